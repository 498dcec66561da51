"""Message templates: shipped ones, the clinic's replacements, and the checks for both.

They name neither the treatment nor what kind of clinic this is: a patient's phone may be read by
somebody else (42 CFR 2.13(c)). A template says only that the patient is expected or should call,
not why. The clinic's name and number are added to each (reminders/message_rendering.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from string import Formatter

from access.models import Site
from common.banned_words import banned_word
from reminders.enums import Channel, Language, ReplyIntent, TemplateKind
from reminders.models import MessageText
from reminders.models.message_preferences import LONGEST_ALIAS
from reminders.sms_length import LONGEST, gsm_length, in_gsm_letters, segments

#: Placeholders of each kind. `hello` is the name the patient chose, with a colon, or nothing;
#: `answer` says how to answer, in the way that the gateway allows.
PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    TemplateKind.VISIT: frozenset({"hello", "day", "time", "answer"}),
    TemplateKind.COME: frozenset({"hello", "day"}),
    TemplateKind.CALL: frozenset({"hello"}),
    TemplateKind.REBOOK: frozenset({"hello"}),
}
#: Placeholders without which a message would not help.
NEEDED: Mapping[str, frozenset[str]] = {
    TemplateKind.VISIT: frozenset({"day", "time"}),
    TemplateKind.COME: frozenset({"day"}),
}
SHIPPED: Mapping[str, Mapping[str, str]] = {
    TemplateKind.VISIT: {
        Language.EN: "{hello}You have an appointment {day} at {time}. {answer}",
        Language.ES: "{hello}Tiene una cita el {day} a las {time}. {answer}",
    },
    TemplateKind.COME: {
        Language.EN: "{hello}You are expected {day}. If you cannot come, please call.",
        Language.ES: "{hello}Le esperamos el {day}. Si no puede venir, llame.",
    },
    TemplateKind.CALL: {
        Language.EN: "{hello}Please call us.",
        Language.ES: "{hello}Por favor, llame.",
    },
    TemplateKind.REBOOK: {
        Language.EN: "{hello}Please call us to find a new time for your appointment.",
        Language.ES: "{hello}Por favor, llame para acordar otra cita.",
    },
}
#: How to answer: by text, where the gateway brings replies back, and otherwise by calling.
BY_TEXT: Mapping[str, str] = {
    Language.EN: "Reply C to confirm, R to reschedule, STOP to stop.",
    Language.ES: "Responda C: confirmar, R: cambiar, ALTO: no recibir.",
}
BY_CALLING: Mapping[str, str] = {
    Language.EN: "If you cannot come, please call.",
    Language.ES: "Si no puede venir, llame.",
}
#: Answers to incoming texts. STOP gets one confirmation, and nothing after it (47 CFR
#: 64.1200(a)(12)).
ANSWERS: Mapping[str, Mapping[str, str]] = {
    ReplyIntent.CONFIRM: {Language.EN: "Thank you.", Language.ES: "Gracias."},
    ReplyIntent.RESCHEDULE: {
        Language.EN: "We will call you to find another time.",
        Language.ES: "Le llamaremos para acordar otra cita.",
    },
    ReplyIntent.HELP: {
        Language.EN: "Appointment reminders. Reply STOP to get none.",
        Language.ES: "Recordatorios de citas. Responda ALTO para no recibirlos.",
    },
    ReplyIntent.STOP: {
        Language.EN: "You will get no more texts from us. Reply START to get them again.",
        Language.ES: "No recibira mas mensajes. Responda START para recibirlos de nuevo.",
    },
    ReplyIntent.START: {
        Language.EN: "You will get texts from us again. Reply STOP to get none.",
        Language.ES: "Recibira mensajes de nuevo. Responda ALTO para no recibirlos.",
    },
}
#: Goes before the link in an e-mail.
LINK_WORDS: Mapping[str, str] = {
    Language.EN: "Confirm, or say that you cannot come:",
    Language.ES: "Confirme, o diga que no puede venir:",
}
#: Values for measuring a text: the longest day and hour, a name of usual length.
SAMPLE: Mapping[str, str] = {"hello": "Maria: ", "day": "Wed 23 Sep", "time": "11:00"}
#: The longest name that a patient may choose; a text must fit with it, too.
LONGEST_HELLO = "M" * LONGEST_ALIAS + ": "
#: Letters needed for the clinic's name and number.
ROOM_FOR_SENDER = 26


class BannedWording(ValueError):
    """A text contains a banned word."""


class WrongText(ValueError):
    """A template that cannot be used; `reasons` are sentences for the user who wrote it."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__(" ".join(reasons))


def refuse_banned_words(text: str) -> str:
    """Return `text` unchanged; raises BannedWording, which names the word."""
    found = banned_word(text)
    if found:
        raise BannedWording(f"A message must not say “{found}”.")
    return text


def language_of(language: str) -> Language:
    """Return the language of messages to a patient: their own if it is shipped, else English."""
    code = language[:2].lower()
    return Language(code) if code in Language.values else Language.EN


def falls_back(language: str) -> bool:
    """Whether there are no templates in the patient's own language."""
    return language[:2].lower() not in Language.values


def shipped(kind: str, language: str) -> str:
    """Return the shipped template, which is the same for both channels."""
    return SHIPPED[kind][language]


@dataclass(frozen=True)
class Wording:
    """Every template in use, read once for a whole run."""

    own: Mapping[tuple[str, str, str], str] = field(default_factory=dict)

    def of(self, kind: str, language: str, channel: str) -> str:
        return self.own.get((kind, language, channel)) or shipped(kind, language)


def wording() -> Wording:
    """Read the clinic's own templates, which replace the shipped ones, in one query."""
    rows = MessageText.objects.all()
    return Wording({(row.kind, row.language, row.channel): row.text for row in rows})


def check_text(kind: str, text: str) -> None:
    """Raise WrongText with every reason why `text` cannot be used."""
    reasons = [*_placeholders_wrong(kind, text), *_words_wrong(text)]
    if reasons:
        raise WrongText(reasons)


def _placeholders_wrong(kind: str, text: str) -> Iterable[str]:
    allowed = PLACEHOLDERS[kind]
    known = ", ".join(f"{{{name}}}" for name in sorted(allowed))
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        yield f"A brace is not closed. Placeholders: {known}."
        return
    used = {name for _, name, _, _ in parts if name is not None}
    if any(spec or conversion for _, _, spec, conversion in parts) or used - allowed:
        yield f"Unknown placeholder. Use only: {known}."
    for name in sorted(NEEDED.get(kind, frozenset()) - used):
        yield f"The text must contain {{{name}}}."


def _words_wrong(text: str) -> Iterable[str]:
    found = banned_word(re.sub(r"{\w*}", " ", text))
    if found:
        yield f"A message must not say “{found}”, because somebody else may read it."
    if re.search(r"https?:|www\.", text, re.IGNORECASE):
        yield "The text must not contain a web address. The link to confirm is added automatically."


@dataclass(frozen=True)
class Length:
    """Length of a text with its placeholders filled in."""

    letters: int
    segments: int
    foreign: str

    @property
    def warning(self) -> str:
        """Warning for the user who writes the template; empty if all is well."""
        if self.foreign:
            return f"These characters are left out or replaced in a text message: {self.foreign}"
        if self.segments > 1 or self.letters > LONGEST - ROOM_FOR_SENDER:
            return "Long text: the clinic's name will be shortened so that it fits in one text message."
        return ""


def length_of(kind: str, language: str, channel: str, text: str) -> Length:
    """Return the length of `text` as an example patient would get it.

    Raises WrongText if it cannot be used.
    """
    check_text(kind, text)
    filled = text.format(**SAMPLE, answer=answer_words(language, channel, by_text=True))
    foreign = "".join(
        sorted({letter for letter in filled if in_gsm_letters(letter) != letter} - {" "})
    )
    sent = in_gsm_letters(filled) if channel == Channel.SMS else filled
    return Length(
        gsm_length(sent) or len(sent), segments(sent), foreign if channel == Channel.SMS else ""
    )


def refuse_too_long(language: str, channel: str, text: str) -> None:
    """Raise WrongText if a text message would need two parts even without the clinic's name.

    No patient would get it: a message that does not fit is not sent
    (reminders/message_rendering.py).
    """
    if channel != Channel.SMS:
        return
    words = {
        **SAMPLE,
        "hello": LONGEST_HELLO,
        "answer": answer_words(language, channel, by_text=True),
    }
    filled = in_gsm_letters(text.format(**words))
    letters = gsm_length(filled) or 0
    if letters > LONGEST:
        most = f"{letters} characters with all placeholders filled in; the limit is {LONGEST}."
        raise WrongText([f"Too long for one text message: {most}"])


def answer_words(language: str, channel: str, *, by_text: bool) -> str:
    """Return the sentence on how to answer. The link in an e-mail is added separately."""
    words = BY_TEXT if by_text and channel == Channel.SMS else BY_CALLING
    return words[language]


def answer_to(meaning: str, language: str, site: Site | None) -> str:
    """Return the clinic's answer to a text, with its neutral name and number.

    Raises BannedWording if it is not neutral.
    """
    named = (site.neutral_name, site.phone) if site else ()
    words = " ".join(part for part in (ANSWERS[meaning][language], *named) if part)
    return refuse_banned_words(in_gsm_letters(words))
