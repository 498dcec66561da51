"""Participants gathered from the files: one person with all of their rows.

Rows that cannot be used are counted under a name that says why.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from exchange.ctn0094 import rules, source


@dataclass(frozen=True, slots=True)
class Randomization:
    """A randomization: `which` is 1 or 2; `day` is the study day."""

    which: int
    day: int
    arm: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A row of visit.csv. `is_placed` when the day comes from the protocol and was not recorded."""

    name: str
    day: int
    is_kept: bool
    is_placed: bool
    flags: tuple[str, ...]


@dataclass(slots=True)
class Participant:
    """A participant. Lists are in the order of the files; days are study days."""

    who: int
    project: str
    site: str
    age: int | None = None
    is_male: str = ""
    has_opioid_dependence: bool = False
    randomizations: list[Randomization] = field(default_factory=list)
    doses: list[tuple[int, Decimal]] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    died: bool = False
    specimens: dict[int, bool | None] = field(default_factory=dict)
    positives: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    withdrawal: list[tuple[int, int]] = field(default_factory=list)
    use_days: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    @property
    def randomized_on(self) -> int | None:
        return self.randomizations[0].day if self.randomizations else None


def read_participants(folder: Path, left_out: Counter[str]) -> list[Participant]:
    """Return all participants by number; `left_out` counts rows that are not taken, by reason."""
    people = _people(folder)
    _read_randomizations(folder, people, left_out)
    _read_doses(folder, people, left_out)
    _read_visits(folder, people, left_out)
    _read_urine(folder, people, left_out)
    _read_withdrawal(folder, people, left_out)
    _read_use(folder, people, left_out)
    for name, why in source.NOT_READ.items():
        left_out[f"{name}: {why}"] += source.count_rows(folder, name)
    return [people[who] for who in sorted(people)]


def _people(folder: Path) -> dict[int, Participant]:
    sites = dict(source.columns(folder, "site_masked.csv"))
    people = {
        int(who): Participant(who=int(who), project=project, site=sites[who])
        for who, project in source.columns(folder, "everybody.csv")
    }
    for who, age, is_male in source.columns(folder, "demographics.csv"):
        people[int(who)].age = int(float(age)) if age else None
        people[int(who)].is_male = is_male
    for who, dependence in source.columns(folder, "psychiatric.csv"):
        people[int(who)].has_opioid_dependence = dependence == "Yes"
    return people


def _read_randomizations(
    folder: Path, people: dict[int, Participant], left_out: Counter[str]
) -> None:
    for who, arm, which, day in source.columns(folder, "randomization.csv"):
        person = people[int(who)]
        if (person.project, int(which)) not in rules.TREATMENT_DAYS:
            left_out["second randomization that repeats the first"] += 1
            continue
        person.randomizations.append(Randomization(int(which), _day(day), arm))
    for person in people.values():
        person.randomizations.sort(key=lambda randomization: randomization.which)


def _read_doses(folder: Path, people: dict[int, Participant], left_out: Counter[str]) -> None:
    for who, amount, day in source.columns(folder, "treatment.csv.gz"):
        person = people[int(who)]
        if not person.randomizations:
            left_out["dose of somebody in no arm: the drug is not known"] += 1
            continue
        person.doses.append((_day(day), Decimal(amount)))


def _read_visits(folder: Path, people: dict[int, Participant], left_out: Counter[str]) -> None:
    for row in source.rows(folder, "visit.csv"):
        person = people[int(row["who"])]
        flags = tuple(flag for flag in rules.FLAG_WORDS if row[flag] == "1")
        person.died = person.died or "is_dead" in flags
        name, is_kept = row["visit"], row["what"] not in rules.MISSED
        if name == rules.NOT_A_VISIT:
            left_out["visit row 'Cross Active Study': a form, not a visit"] += 1
            continue
        day = _day(row["when"]) if row["when"] else None
        placed = day is None
        if day is None:
            day = rules.protocol_day(
                project=person.project, visit=name, randomized=person.randomized_on
            )
        if day is None:
            left_out[f"missed visit without a day ({_why_undated(person, name)})"] += 1
            continue
        person.visits.append(Visit(name, day, is_kept, placed, flags))


def _why_undated(person: Participant, name: str) -> str:
    return f"{name} has no protocol day" if person.randomizations else "never randomized"


def _read_urine(folder: Path, people: dict[int, Participant], left_out: Counter[str]) -> None:
    for who, temperature, day in source.columns(folder, "uds_temp.csv"):
        if not day:
            left_out["urine specimen without a day"] += 1
            continue
        specimens = people[int(who)].specimens
        if _day(day) in specimens:
            left_out["second urine specimen of a day: taken as one"] += 1
        specimens[_day(day)] = rules.TEMPERATURE.get(temperature)
    for who, substance, day in source.columns(folder, "uds.csv"):
        person = people[int(who)]
        person.specimens.setdefault(_day(day), None)
        person.positives[_day(day)].append(substance)


def _read_withdrawal(folder: Path, people: dict[int, Participant], left_out: Counter[str]) -> None:
    for who, band, day in source.columns(folder, "withdrawal.csv"):
        if not (band and day):
            left_out["withdrawal without a band or a day"] += 1
            continue
        people[int(who)].withdrawal.append((_day(day), int(float(band))))


def _read_use(folder: Path, people: dict[int, Participant], left_out: Counter[str]) -> None:
    for who, substance, day in source.columns(folder, "tlfb.csv.gz"):
        if -rules.DAYS_OF_HISTORY <= _day(day) < 0:
            people[int(who)].use_days[substance].add(_day(day))
        else:
            left_out["day of reported use outside the 30 before consent"] += 1


def _day(text: str) -> int:
    return int(float(text))


def in_batches(people: list[Participant], size: int) -> Iterator[list[Participant]]:
    for first in range(0, len(people), size):
        yield people[first : first + size]
