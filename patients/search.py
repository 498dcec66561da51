"""What somebody typed to find a person: read, and asked of the database so that an index answers.

`folded` and `name_keys` are functions of the database (patients/migrations/0010_forgiving_search.py);
two generated columns of the patient hold what they give, so no way of writing a row can forget them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import add

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat
from django.db.models.lookups import GreaterThanOrEqual

#: From so many letters on a word is also looked for by its sound and by what is nearly it.
FORGIVEN_FROM = 3
#: From so many letters on they must also look alike by so much (0 to 1, trigrams): in shorter words
#: one letter changes nearly all.
COMPARED_FROM, LEAST_LIKENESS = 5, 0.2
#: More words than a name has: each costs a look at the index.
MOST_WORDS = 8

#: 1980-03-07, 3/7/1980 (the month first, as it is written in the United States), 7 Mar 1980, March 7, 1980.
_DATES = (
    (re.compile(r"\b(\d{4}-\d{1,2}-\d{1,2})\b"), ("%Y-%m-%d",)),
    (re.compile(r"\b(\d{1,2}/\d{1,2}/\d{4})\b"), ("%m/%d/%Y",)),
    (re.compile(r"\b(\d{1,2} [a-z]{3,9} \d{4})\b", re.IGNORECASE), ("%d %b %Y", "%d %B %Y")),
    (re.compile(r"\b([a-z]{3,9} \d{1,2} \d{4})\b", re.IGNORECASE), ("%b %d %Y", "%B %d %Y")),
)


@dataclass(frozen=True)
class PatientSearch:
    """`number` is what may be a telephone number, an e-mail address or another system's number."""

    words: tuple[str, ...]
    birth_date: date | None
    number: str


def read(typed: str) -> PatientSearch:
    """The parts of what was typed. What looks like a day and is none stays among the words."""
    typed = typed.replace("\x00", "")
    rest, born = _without_birth_date(typed)
    words = tuple(rest.split()[:MOST_WORDS])
    is_number = "@" in rest or any(character.isdigit() for character in rest)
    return PatientSearch(words, born, " ".join(rest.split()) if is_number else "")


def is_forgiven(word: str) -> bool:
    """Whether what is nearly `word` is meant, too: a name, and long enough not to be like half of all."""
    return len(word) >= FORGIVEN_FROM and not any(
        letter.isdigit() or letter == "@" for letter in word
    )


class Folded(models.Func):
    """Small letters without accents, as `search_text` holds them."""

    function = "folded"
    output_field = models.TextField()


class NameKeys(models.Func):
    """How the words of a text sound, and the words with each of their letters left out in turn.

    Two words that differ by one letter, missing, too many, wrong or swapped, have a key in common.
    """

    function = "name_keys"
    output_field = ArrayField(models.TextField())


def is_meant(word: str) -> Q:
    """The condition for one word that was typed. Short ones only begin a word: else half would match."""
    written = Folded(models.Value(word))
    if len(word) < FORGIVEN_FROM:
        return Q(search_text__contains=Concat(models.Value(" "), written))
    if not is_forgiven(word):
        return Q(search_text__contains=written)
    alike = Q(name_keys__overlap=NameKeys(models.Value(word)))
    if len(word) >= COMPARED_FROM:
        # "Maria" has the sound of "Moore": alike to the ear, and to nobody's eye.
        alike &= Q(GreaterThanOrEqual(_likeness(word), LEAST_LIKENESS))
    return Q(search_text__contains=written) | alike


def rank_of(words: tuple[str, ...]) -> Combinable:
    """0 for each word that begins a name, 1 for a part of one, more the less it is like any.

    A short word counts less where it does not begin the family name.
    """
    return reduce(add, map(_rank, words), models.Value(0.0, output_field=models.FloatField()))


def _rank(word: str) -> Combinable:
    begins = Concat(models.Value(" "), Folded(models.Value(word)))
    otherwise: Combinable
    if len(word) < FORGIVEN_FROM:
        cases, otherwise = (
            [models.When(search_text__startswith=begins, then=0.0)],
            models.Value(0.5),
        )
    elif is_forgiven(word):
        cases = [
            models.When(search_text__contains=begins, then=0.0),
            models.When(search_text__contains=Folded(models.Value(word)), then=1.0),
        ]
        otherwise = 3.0 - Cast(_likeness(word), models.FloatField())
    else:
        return models.Value(0.0, output_field=models.FloatField())
    return models.Case(*cases, default=otherwise, output_field=models.FloatField())


def _likeness(word: str) -> models.Func:
    return models.Func(
        Folded(models.Value(word)),
        F("search_text"),
        function="WORD_SIMILARITY",
        output_field=models.FloatField(),
    )


def _without_birth_date(typed: str) -> tuple[str, date | None]:
    # Commas and dots as in "March 7, 1980" and "7. Mar. 1980".
    plain = " ".join(re.sub(r"(?<=\w)[.,](?=\s)", " ", typed).split())
    for pattern, forms in _DATES:
        found = pattern.search(plain)
        day = _day(found[1], forms) if found else None
        if found and day:
            return plain[: found.start()] + " " + plain[found.end() :], day
    return typed, None


def _day(text: str, forms: tuple[str, ...]) -> date | None:
    for form in forms:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day, in no zone
        except ValueError:
            continue
    return None
