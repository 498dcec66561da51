"""Models of reminders, templates, rules, message preferences, replies and follow-ups."""

from reminders.models.follow_ups import FollowUp
from reminders.models.inbound_texts import IncomingText
from reminders.models.job_runs import GatewayRateLimit, JobRun
from reminders.models.message_preferences import MessagePreferences
from reminders.models.opt_outs import OptedOutNumber
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
