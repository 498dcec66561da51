"""Reminders: plan and send messages to patients, read their replies, list follow-ups."""
