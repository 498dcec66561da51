"""Search for patients by name, birth date, phone or number.

`folded` and `name_keys` are functions of the database
(patients/migrations/0010_forgiving_search.py). Two generated columns of the patient hold their
results, so that they are up to date however a row is written.
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

#: Words of at least this length are also searched by sound and by similar spelling.
FORGIVEN_FROM = 3
#: Words of at least this length must also have this trigram similarity (0 to 1). In shorter words
#: one wrong letter changes nearly all trigrams.
COMPARED_FROM, LEAST_LIKENESS = 5, 0.2
#: More words than a name has; each word costs an index lookup.
MOST_WORDS = 8

#: 1980-03-07, 3/7/1980 (month first, as in the United States), 7 Mar 1980, March 7, 1980.
_DATES = (
    (re.compile(r"\b(\d{4}-\d{1,2}-\d{1,2})\b"), ("%Y-%m-%d",)),
    (re.compile(r"\b(\d{1,2}/\d{1,2}/\d{4})\b"), ("%m/%d/%Y",)),
    (re.compile(r"\b(\d{1,2} [a-z]{3,9} \d{4})\b", re.IGNORECASE), ("%d %b %Y", "%d %B %Y")),
    (re.compile(r"\b([a-z]{3,9} \d{1,2} \d{4})\b", re.IGNORECASE), ("%b %d %Y", "%B %d %Y")),
)


@dataclass(frozen=True)
class PatientSearch:
    """Parsed search text; `number` may be a phone number, an e-mail address or an identifier."""

    words: tuple[str, ...]
    birth_date: date | None
    number: str


def read(typed: str) -> PatientSearch:
    """Parse the search text; an invalid date stays among the words."""
    typed = typed.replace("\x00", "")
    rest, born = _without_birth_date(typed)
    words = tuple(rest.split()[:MOST_WORDS])
    is_number = "@" in rest or any(character.isdigit() for character in rest)
    return PatientSearch(words, born, " ".join(rest.split()) if is_number else "")


def is_forgiven(word: str) -> bool:
    """Whether similar spellings of `word` match, too: only for names that are long enough."""
    return len(word) >= FORGIVEN_FROM and not any(
        letter.isdigit() or letter == "@" for letter in word
    )


class Folded(models.Func):
    """Text in lower case and without accents, as in `search_text`."""

    function = "folded"
    output_field = models.TextField()


class NameKeys(models.Func):
    """Keys of the words of a text: how they sound, and each word without one of its letters.

    Two words that differ by one letter (missing, extra, wrong or swapped) have a key in common.
    """

    function = "name_keys"
    output_field = ArrayField(models.TextField())


def is_meant(word: str) -> Q:
    """Condition for one word of the search text.

    Short words match only the beginning of a word; otherwise half of all patients would match.
    """
    written = Folded(models.Value(word))
    if len(word) < FORGIVEN_FROM:
        return Q(search_text__contains=Concat(models.Value(" "), written))
    if not is_forgiven(word):
        return Q(search_text__contains=written)
    alike = Q(name_keys__overlap=NameKeys(models.Value(word)))
    if len(word) >= COMPARED_FROM:
        # "Maria" and "Moore" sound alike by these keys, but look different.
        alike &= Q(GreaterThanOrEqual(_likeness(word), LEAST_LIKENESS))
    return Q(search_text__contains=written) | alike


def rank_of(words: tuple[str, ...]) -> Combinable:
    """Rank of a match: 0 per word that begins a name, 1 for a part of one, more if less alike.

    A short word ranks lower if it does not begin the family name.
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
    # Remove commas and periods as in "March 7, 1980" and "7. Mar. 1980".
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
