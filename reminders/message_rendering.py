"""Render a message: fill in the template, add the clinic's neutral name and number.

A text message is one SMS long. The template takes most of the space; the rest is the site's phone,
whole or not at all, and then as much of its name as fits. `refuse_banned_words` checks every text
that leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from access.models import Site
from reminders.enums import Channel, Language, TemplateKind
from reminders.message_templates import (
    LINK_WORDS,
    SHIPPED,
    BannedWording,
    Wording,
    answer_words,
    language_of,
    refuse_banned_words,
)
from reminders.sms_length import LONGEST, gsm_length, in_gsm_letters, segments

__all__ = ["BannedWording", "TooLong", "appointment_text", "compose", "refuse_banned_words"]

TEMPLATES = SHIPPED[TemplateKind.VISIT]
_WEEKDAYS = {
    Language.EN: ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    Language.ES: ("lun", "mar", "mie", "jue", "vie", "sab", "dom"),
}
_MONTHS = {
    Language.EN: (
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "Nov",
        "Dec",
    ),
    Language.ES: (
        "ene",
        "feb",
        "mar",
        "abr",
        "may",
        "jun",
        "jul",
        "ago",
        "sep",
        "oct",
        "nov",
        "dic",
    ),
}


class TooLong(ValueError):
    """A text does not fit one SMS."""


@dataclass(frozen=True)
class Letter:
    """Input of a message. `at` is the moment that it names, if any, in the site's zone."""

    kind: str
    site: Site
    language: str
    channel: str
    at: datetime
    alias: str = ""
    by_text: bool = False
    link: str = ""


def compose(letter: Letter, wording: Wording) -> str:
    """Return the message in the patient's language or in English.

    Raises BannedWording or TooLong.
    """
    tongue = language_of(letter.language)
    template = wording.of(letter.kind, tongue, letter.channel)
    words = template.format(
        hello=f"{letter.alias}: " if letter.alias else "",
        day=day_words(letter.at, letter.site, tongue),
        time=f"{_local(letter.at, letter.site):%H:%M}",
        answer=answer_words(tongue, letter.channel, by_text=letter.by_text),
    )
    if letter.channel == Channel.EMAIL:
        before, sender = words.strip(), (letter.site.neutral_name, letter.site.phone)
        refuse_banned_words("\n".join((before, LINK_WORDS[tongue], *sender)))
        # The letters of a link are random and reveal nothing: they must not stop a message.
        link = f"{LINK_WORDS[tongue]} {letter.link}" if letter.link else ""
        return "\n".join(part for part in (before, link, *sender) if part)
    return _as_sms(in_gsm_letters(words), letter.site)


def appointment_text(*, starts_at: datetime, site: Site, language: str) -> str:
    """Return the shipped text before a visit, with no way to answer but to call."""
    letter = Letter(TemplateKind.VISIT, site, language, Channel.SMS, starts_at)
    return compose(letter, Wording())


def day_words(moment: datetime, site: Site, tongue: str) -> str:
    local = _local(moment, site)
    language = Language(tongue)
    return (
        f"{_WEEKDAYS[language][local.weekday()]} {local.day} {_MONTHS[language][local.month - 1]}"
    )


def _local(moment: datetime, site: Site) -> datetime:
    return moment.astimezone(ZoneInfo(site.time_zone))


def _as_sms(words: str, site: Site) -> str:
    sender, phone = in_gsm_letters(site.neutral_name), in_gsm_letters(site.phone)
    # Checked before anything is cut: half a banned word still reveals it, and would not match the
    # list.
    refuse_banned_words(f"{words} {sender} {phone}")
    text = refuse_banned_words(_in_one_segment(words, sender, phone))
    if segments(text) > 1:
        raise TooLong
    return text


def _in_one_segment(words: str, sender: str, phone: str) -> str:
    """Fit the text into one segment; the name is shortened first, because a cut number is wrong.

    Both are in GSM letters.
    """
    phone = _cut(phone, _room_after(words), whole=True)
    sender = _cut(sender, _room_after(words, phone))
    return _joined(words, sender, phone)


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _room_after(*parts: str) -> int:
    """Return the space left in one segment, without the space before what comes next."""
    return LONGEST - 1 - (gsm_length(_joined(*parts)) or 0)


def _cut(text: str, room: int, *, whole: bool = False) -> str:
    """Return as many words of `text` as fit; if not even the first does, its first letters."""
    while text and (gsm_length(text) or 0) > max(room, 0):
        if whole:
            return ""
        text = text.rpartition(" ")[0] or text[:-1]
    return text
