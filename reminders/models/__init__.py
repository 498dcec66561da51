"""What is to be sent and what was, what patients wish and clinics set, and what is left to people."""

from reminders.models.answers import IncomingText, StoppedNumber
from reminders.models.follow_ups import FollowUp
from reminders.models.reminding import Reminder
from reminders.models.running import GatewayPace, JobRun
from reminders.models.setting_up import MessageText, ReminderRule
from reminders.models.wishes import MessageWishes

__all__ = [
    "FollowUp",
    "GatewayPace",
    "IncomingText",
    "JobRun",
    "MessageText",
    "MessageWishes",
    "Reminder",
    "ReminderRule",
    "StoppedNumber",
]
