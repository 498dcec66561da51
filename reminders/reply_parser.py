"""Find the intent of a text: match the whole message, then anything close to STOP.

The keywords are those that the law and the carriers name (47 CFR 64.1200(a)(10); CTIA), in English
and Spanish. CANCEL stops texts, as the rule requires; it cancels no visit. YES means START where
texts are stopped, and otherwise confirms the visit. A text that only resembles STOP stops texts at
once and also goes to a staff member: a text too few can be made up for by a call.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from reminders.enums import Language, ReplyIntent

WORDS: Mapping[ReplyIntent, Mapping[Language, tuple[str, ...]]] = {
    ReplyIntent.CONFIRM: {
        Language.EN: ("c", "confirm", "confirmed", "ok", "y"),
        Language.ES: ("confirmar", "confirmo", "si", "vale"),
    },
    ReplyIntent.RESCHEDULE: {
        Language.EN: ("r", "reschedule", "change", "another time"),
        Language.ES: ("cambiar", "cambio", "otra hora", "otro dia"),
    },
    ReplyIntent.HELP: {Language.EN: ("help", "info"), Language.ES: ("ayuda", "informacion")},
    ReplyIntent.STOP: {
        Language.EN: (
            "stop",
            "stopall",
            "stop all",
            "unsubscribe",
            "cancel",
            "end",
            "quit",
            "revoke",
            "opt out",
            "optout",
        ),
        Language.ES: (
            "alto",
            "parar",
            "pare",
            "basta",
            "no mas",
            "cancelar",
            "salir",
            "baja",
            "detener",
        ),
    },
    ReplyIntent.START: {
        Language.EN: ("start", "unstop"),
        Language.ES: ("empezar", "comenzar", "iniciar", "inicio"),
    },
}
YES = ("yes",)
#: Within a longer message these stop texts, too: "please stop texting me".
NEAR_STOP = ("stop", "unsubscribe", "quit", "revoke", "opt out", "no mas", "alto", "basta")
#: A word of at least this many letters may have one letter wrong.
FORGIVING_FROM = 4


@dataclass(frozen=True)
class Understood:
    """Parsed intent of a text; `is_sure` if the whole message was one of the keywords."""

    meaning: ReplyIntent
    tongue: Language | None
    is_sure: bool


def understand(text: str, *, is_stopped: bool) -> Understood:
    """Return the intent of `text`, given whether texts to its number are stopped."""
    plain = plain_words(text)
    if plain in YES:
        meaning = ReplyIntent.START if is_stopped else ReplyIntent.CONFIRM
        return Understood(meaning, Language.EN, is_sure=True)
    for meaning, by_tongue in WORDS.items():
        for tongue, words in by_tongue.items():
            if plain in words:
                return Understood(meaning, tongue, is_sure=True)
    if _is_near_stop(plain):
        return Understood(ReplyIntent.STOP, None, is_sure=False)
    return Understood(ReplyIntent.UNCLEAR, None, is_sure=False)


def plain_words(text: str) -> str:
    """Return the words of `text` in lower case, without accents and punctuation."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall("[a-z0-9]+", bare))


def _is_near_stop(plain: str) -> bool:
    padded = f" {plain.replace('0', 'o')} "
    if any(f" {words} " in padded for words in NEAR_STOP):
        return True
    only = plain.replace("0", "o").replace(" ", "")
    return any(_one_letter_apart(only, word) for word in WORDS[ReplyIntent.STOP][Language.EN])


def _one_letter_apart(typed: str, word: str) -> bool:
    """Whether one letter is extra, missing or different, or two letters are swapped.

    The first two letters must match: "shop" is not "stop".
    """
    if len(word) < FORGIVING_FROM or typed[:2] != word[:2] or abs(len(typed) - len(word)) > 1:
        return False
    if len(typed) == len(word):
        wrong = [at for at, pair in enumerate(zip(typed, word, strict=True)) if pair[0] != pair[1]]
        exchanged = len(wrong) == 2 and sorted(typed) == sorted(word)
        return len(wrong) <= 1 or exchanged
    shorter, longer = sorted((typed, word), key=len)
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))
