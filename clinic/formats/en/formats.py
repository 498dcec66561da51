"""Dates as "30 Nov 2026, 14:30" in the admin and wherever a template names no format.

The dashboard and the PDF documents write the same form (dashboard/templatetags/clinic_words.py).
"""

DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = "j M"
SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = "j M Y, H:i"
