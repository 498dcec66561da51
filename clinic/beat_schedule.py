"""When Celery beat runs which task."""

from typing import Any

from celery.schedules import crontab

#: Name of the entry, task and schedule. A run that is missed or doubled does no harm.
BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "plan reminders": {"task": "reminders.plan", "schedule": crontab()},
    "send reminders": {"task": "reminders.send", "schedule": crontab()},
    "calendar maintenance": {"task": "appointments.keep_calendar", "schedule": crontab()},
    "create follow-ups": {"task": "reminders.follow_up", "schedule": crontab(minute="*/5")},
    "extend the hash chain": {"task": "access.seal", "schedule": crontab()},
    "send staff e-mails": {"task": "access.tell_staff", "schedule": crontab()},
    "remove expired sessions": {
        "task": "access.tidy_sessions",
        "schedule": crontab(minute=7),
    },
    "create audit partitions": {
        "task": "access.keep_trail_months",
        "schedule": crontab(hour=3, minute=17),
    },
    "verify the audit trail": {
        "task": "access.verify_trail",
        "schedule": crontab(hour=3, minute=47),
    },
    "worker heartbeat": {"task": "reminders.heartbeat", "schedule": 15.0},
}
