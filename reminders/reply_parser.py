"""What a text means: the whole message first, then what is near to STOP, then nothing at all.

The words are those that the law and the carriers name (47 CFR 64.1200(a)(10); CTIA), in English and
Spanish. CANCEL ends texts, as the rule has it; it cancels no visit. YES is START where texts are
stopped, and else a yes to the visit. A text that only looks like STOP stops at once and goes to a person
besides: a text too few can be mended by a call.
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
#: Within a longer message these end texts, too: "please stop texting me".
NEAR_STOP = ("stop", "unsubscribe", "quit", "revoke", "opt out", "no mas", "alto", "basta")
#: A word of this many letters may have one letter wrong.
FORGIVING_FROM = 4


@dataclass(frozen=True)
class Understood:
    """`is_sure`: the whole message was one of the words."""

    meaning: ReplyIntent
    tongue: Language | None
    is_sure: bool


def understand(text: str, *, is_stopped: bool) -> Understood:
    """What `text` means, from a number where texts are stopped or not."""
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
    """Small letters without accents, digits that stand for letters, or anything but words."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall("[a-z0-9]+", bare))


def _is_near_stop(plain: str) -> bool:
    padded = f" {plain.replace('0', 'o')} "
    if any(f" {words} " in padded for words in NEAR_STOP):
        return True
    only = plain.replace("0", "o").replace(" ", "")
    return any(_one_letter_apart(only, word) for word in WORDS[ReplyIntent.STOP][Language.EN])


def _one_letter_apart(typed: str, word: str) -> bool:
    """One letter too many, too few, another or two exchanged; the first one holds: "shop" is not "stop"."""
    if len(word) < FORGIVING_FROM or typed[:2] != word[:2] or abs(len(typed) - len(word)) > 1:
        return False
    if len(typed) == len(word):
        wrong = [at for at, pair in enumerate(zip(typed, word, strict=True)) if pair[0] != pair[1]]
        exchanged = len(wrong) == 2 and sorted(typed) == sorted(word)
        return len(wrong) <= 1 or exchanged
    shorter, longer = sorted((typed, word), key=len)
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))
