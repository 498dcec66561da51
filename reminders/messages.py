"""The texts. They name neither the treatment nor what kind of clinic this is.

A patient's phone may be read by somebody else (42 CFR 2.13(c)); the sender is
the site's neutral name. `refuse_telling_words` guards every text that leaves.
Each fits one SMS: what is written for it takes at most half, the rest is the site's
phone, whole or not at all, and then as much of its name as there is room for.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from access.models import Site
from common.discretion import telling_word
from reminders.segments import LONGEST, gsm_length, in_gsm_letters, segments

TEMPLATES = {
    "en": "You have an appointment {day} at {time}. If you cannot come, please call.",
    "es": "Tiene una cita el {day} a las {time}. Si no puede venir, llame.",
}
_WEEKDAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "es": ("lun", "mar", "mie", "jue", "vie", "sab", "dom"),
}
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
}


class TellingText(ValueError):
    """A text names what must not be named."""


class TooLong(ValueError):
    """A text does not fit one SMS."""


def appointment_text(*, starts_at: datetime, site: Site, language: str) -> str:
    """What is sent before an appointment, in the patient's language or in English; one SMS long."""
    tongue = language[:2] if language[:2] in TEMPLATES else "en"
    local = starts_at.astimezone(ZoneInfo(site.time_zone))
    day = f"{_WEEKDAYS[tongue][local.weekday()]} {local.day} {_MONTHS[tongue][local.month - 1]}"
    words = TEMPLATES[tongue].format(day=day, time=f"{local:%H:%M}")
    sender, phone = in_gsm_letters(site.neutral_name), in_gsm_letters(site.phone)
    # Before anything is cut: half a telling word still tells, and the list would not know it.
    refuse_telling_words(f"{words} {sender} {phone}")
    text = refuse_telling_words(_in_one_segment(words, sender, phone))
    if segments(text) > 1:
        raise TooLong(text)
    return text


def _in_one_segment(words: str, sender: str, phone: str) -> str:
    """A number that is cut is a wrong number, so the name gives way to it; both are in GSM letters."""
    phone = _cut(phone, _room_after(words), whole=True)
    sender = _cut(sender, _room_after(words, phone))
    return _joined(words, sender, phone)


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _room_after(*parts: str) -> int:
    """Places left in one segment, without the space before what comes next."""
    return LONGEST - 1 - (gsm_length(_joined(*parts)) or 0)


def _cut(text: str, room: int, *, whole: bool = False) -> str:
    """As many words of `text` as have room; if not even the first has, its first letters."""
    while text and (gsm_length(text) or 0) > room:
        if whole:
            return ""
        text = text.rpartition(" ")[0] or text[:-1]
    return text


def refuse_telling_words(text: str) -> str:
    """`text` unchanged, or TellingText naming the word."""
    found = telling_word(text)
    if found:
        raise TellingText(f"A message must not say “{found}”.")
    return text
