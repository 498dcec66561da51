"""Warn about people of a file who may be patients already; a person decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from datetime import date

from exchange.episodes.csv_reader import Problem
from exchange.episodes.row_parser import EpisodeLine
from patients.models import Patient

Names = tuple[str, str, str]


def look_alikes(lines: Sequence[EpisodeLine], known: Container[str]) -> Iterator[Problem]:
    """Yield one warning for each new person with the birth date and one name of a patient.

    `known` holds the person_ids that have a record already. Reads the database once.
    """
    new = {
        line.person_id: line
        for line in reversed(lines)
        if line.person_id not in known and not line.birth_date_is_estimated
    }
    recorded = _recorded({line.birth_date for line in new.values()})
    for line in sorted(new.values(), key=lambda line: line.number):
        mine = {line.given_name.lower(), line.family_name.lower()} - {""}
        for given, family, number in recorded[line.birth_date]:
            if mine & {given, family}:
                yield Problem(
                    line=line.number,
                    column="person_id",
                    what=f"looks like record {number}: the same birth date and name.",
                    remedy="If it is the same person, give the record this number and leave the line out.",
                )


def _recorded(birth_dates: set[date]) -> dict[date, list[Names]]:
    found: dict[date, list[Names]] = defaultdict(list)
    rows = Patient.objects.filter(birth_date__in=birth_dates).values_list(
        "birth_date", "given_name", "family_name", "record_number"
    )
    for born, given, family, number in rows.iterator(chunk_size=5000):
        found[born].append((given.lower(), family.lower(), number))
    return found
