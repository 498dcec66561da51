"""Appointments: calendar, series, groups, waitlist, working hours and check-in."""
