"""What is to be sent and what was, what patients wish and clinics set, and what is left to people."""

from reminders.models.follow_ups import FollowUp
from reminders.models.inbound_texts import IncomingText, OptedOutNumber
from reminders.models.job_runs import GatewayRateLimit, JobRun
from reminders.models.message_preferences import MessagePreferences
from reminders.models.reminders import Reminder
from reminders.models.rules_and_templates import MessageText, ReminderRule

__all__ = [
    "FollowUp",
    "GatewayRateLimit",
    "IncomingText",
    "JobRun",
    "MessagePreferences",
    "MessageText",
    "OptedOutNumber",
    "Reminder",
    "ReminderRule",
]
