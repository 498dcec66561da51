"""A text as it goes out: filled in, with the clinic's neutral name and its number, one SMS long.

What is written for it takes most of the room; the rest is the site's phone, whole or not at all, and
then as much of its name as there is room for. `refuse_banned_words` guards every text that leaves.
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
    """What a message is made of. `at` is the moment that it names, if any, in the site's zone."""

    kind: str
    site: Site
    language: str
    channel: str
    at: datetime
    alias: str = ""
    by_text: bool = False
    link: str = ""


def compose(letter: Letter, wording: Wording) -> str:
    """The text, in the patient's language or in English. Raises BannedWording or TooLong."""
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
        # Its letters are chance, and chance tells nothing: it must not stop a message.
        link = f"{LINK_WORDS[tongue]} {letter.link}" if letter.link else ""
        return "\n".join(part for part in (before, link, *sender) if part)
    return _as_sms(in_gsm_letters(words), letter.site)


def appointment_text(*, starts_at: datetime, site: Site, language: str) -> str:
    """What is sent before a visit with the shipped words and no way to answer but to call."""
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
    # Before anything is cut: half a telling word still tells, and the list would not know it.
    refuse_banned_words(f"{words} {sender} {phone}")
    text = refuse_banned_words(_in_one_segment(words, sender, phone))
    if segments(text) > 1:
        raise TooLong
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
    while text and (gsm_length(text) or 0) > max(room, 0):
        if whole:
            return ""
        text = text.rpartition(" ")[0] or text[:-1]
    return text
