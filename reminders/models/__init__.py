"""What is to be sent and what was, what patients wish and clinics set, and what is left to people."""

from reminders.models.follow_ups import FollowUp
from reminders.models.reminding import Reminder
from reminders.models.running import JobRun
from reminders.models.setting_up import MessageText, ReminderRule
from reminders.models.wishes import MessageWishes

__all__ = [
    "FollowUp",
    "JobRun",
    "MessageText",
    "MessageWishes",
    "Reminder",
    "ReminderRule",
]
