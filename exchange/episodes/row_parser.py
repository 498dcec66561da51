"""Parse the cells of one line into an episode, or list what is wrong with each of them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from django.db.models import TextChoices

from exchange.episodes.csv_reader import Line, Problem
from patients.enums import DischargeReason, ReferralSource, Sex
from treatments.dosing import LIMITS
from treatments.enums import Modality, Product

EARLIEST = date(1900, 1, 1)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")
LONGEST_ID = 100
LONGEST_NAME = 100
#: The name of a drug means its most used product; a product can be named instead.
MEDICATIONS: Mapping[str, Product] = {
    "methadone": Product.METHADONE_ORAL,
    "buprenorphine": Product.BUPRENORPHINE_NALOXONE_FILM,
    "naltrexone": Product.NALTREXONE_INJECTION,
    **{product.value: product for product in Product},
}
Value = TypeVar("Value")
Choice = TypeVar("Choice", bound=TextChoices)


class Wrong(Exception):
    """A cell that cannot be right: what is wrong, and how to fix it."""

    def __init__(self, what: str, remedy: str = "") -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(what)


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeLine:
    """One line that can be loaded by itself."""

    number: int
    person_id: str
    given_name: str
    family_name: str
    birth_date: date
    birth_date_is_estimated: bool
    sex: Sex
    site: str
    program: str
    referral_source: ReferralSource
    admission_date: date
    discharge_date: date | None
    discharge_reason: DischargeReason | None
    product: Product | None
    dose_mg: Decimal | None
    modalities: tuple[Modality, ...]


class Cells:
    """Reads the cells of one line; a wrong one becomes a problem, and its default is used."""

    def __init__(self, *, header: tuple[str, ...], line: Line) -> None:
        self.problems: list[Problem] = []
        self._line = line
        self._cells = dict(zip(header, (cell.strip() for cell in line.cells), strict=False))
        if len(line.cells) != len(header):
            self.wrong(
                "",
                f"{len(line.cells)} cells where the first line names {len(header)}.",
                "Put quotation marks around a cell that holds a comma.",
            )

    def read(self, column: str, rule: Callable[[str], Value], default: Value) -> Value:
        try:
            return rule(self._cells.get(column, ""))
        except Wrong as problem:
            self.wrong(column, problem.what, problem.remedy)
            return default

    def wrong(self, column: str, what: str, remedy: str = "") -> None:
        self.problems.append(
            Problem(line=self._line.number, column=column, what=what, remedy=remedy)
        )


def read_line(*, header: tuple[str, ...], line: Line, today: date) -> EpisodeLine | list[Problem]:
    """Return the episode on `line`, or everything that is wrong with it."""
    cells = Cells(header=header, line=line)
    if cells.problems:
        return cells.problems
    person_id = cells.read("person_id", _identifier, "")
    birth_date, estimated = cells.read("birth_date", _birth, (EARLIEST, True))
    product = cells.read("medication", _product, None)
    episode = EpisodeLine(
        number=line.number,
        person_id=person_id,
        given_name=cells.read("given_name", _name, "") or "Patient",
        family_name=cells.read("family_name", _name, "") or person_id,
        birth_date=birth_date,
        birth_date_is_estimated=estimated,
        sex=cells.read("sex", _choice_of(Sex, Sex.UNKNOWN), Sex.UNKNOWN),
        site=cells.read("site", _code, ""),
        program=cells.read("program", _code, ""),
        referral_source=cells.read(
            "referral_source",
            _choice_of(ReferralSource, ReferralSource.UNKNOWN),
            ReferralSource.UNKNOWN,
        ),
        admission_date=cells.read("admission_date", _needed_date, today),
        discharge_date=cells.read("discharge_date", _date_or_none, None),
        discharge_reason=cells.read("discharge_reason", _reason, None),
        product=product,
        dose_mg=cells.read("dose_mg", _dose, None),
        modalities=cells.read("behavioural", _modalities, ()),
    )
    # Cells are compared with one another only when all of them can be read.
    if not cells.problems:
        _check_together(cells, episode, today)
    return cells.problems or episode


def _check_together(cells: Cells, episode: EpisodeLine, today: date) -> None:
    left = episode.discharge_date
    if episode.admission_date > today:
        cells.wrong("admission_date", "lies in the future.", "Check the year.")
    if left is not None and left > today:
        cells.wrong("discharge_date", "lies in the future.", "Leave it empty while in care.")
    if left is not None and left < episode.admission_date:
        cells.wrong("discharge_date", "lies before admission_date.", "Check both.")
    if episode.birth_date > episode.admission_date:
        cells.wrong("birth_date", "lies after admission_date.", "Check both.")
    if (left is None) != (episode.discharge_reason is None):
        cells.wrong(
            "discharge_reason",
            "discharge_date and discharge_reason stand together or not at all.",
            "Fill in both, or neither while the person is in care.",
        )
    _check_dose(cells, episode)


def _check_dose(cells: Cells, episode: EpisodeLine) -> None:
    if (episode.product is None) != (episode.dose_mg is None):
        cells.wrong("dose_mg", "medication and dose_mg stand together or not at all.")
    if episode.product is None or episode.dose_mg is None:
        return
    limits = LIMITS[episode.product]
    if limits.never_above is not None and episode.dose_mg > limits.never_above:
        cells.wrong(
            "dose_mg",
            f"{episode.dose_mg:f} mg is above {limits.never_above:f} mg for "
            f"{episode.product.label}.",
            "Check the decimal point and the unit.",
        )
    if limits.only and episode.dose_mg not in limits.only:
        known = ", ".join(f"{dose:f}" for dose in limits.only)
        cells.wrong("dose_mg", f"{episode.product.label} exists only as {known} mg.")


# --- rules for one cell ----------------------------------------------------------------------


def _needed(text: str) -> str:
    if not text:
        raise Wrong("is empty.", "This column is needed on every line.")
    return text


def _identifier(text: str) -> str:
    if len(_needed(text)) > LONGEST_ID:
        raise Wrong(f"is longer than {LONGEST_ID} characters.")
    return text


def _code(text: str) -> str:
    if not CODE.fullmatch(_needed(text)):
        raise Wrong(
            f"{text!r} is not a code.", "Write letters, digits, - and _; 40 at most, no spaces."
        )
    return text


def _name(text: str) -> str:
    if len(text) > LONGEST_NAME:
        raise Wrong(f"is longer than {LONGEST_NAME} characters.")
    return text


def _date(text: str) -> date:
    try:
        day = date.fromisoformat(text if DAY.fullmatch(text) else "")
    except ValueError as problem:
        raise Wrong(
            f"{text!r} is not a date.", "Write year-month-day, for example 2026-03-14."
        ) from problem
    if day < EARLIEST:
        raise Wrong(f"{text!r} lies before 1900.", "Check the century.")
    return day


def _needed_date(text: str) -> date:
    return _date(_needed(text))


def _date_or_none(text: str) -> date | None:
    return _date(text) if text else None


def _birth(text: str) -> tuple[date, bool]:
    """Parse a birth date; a year alone means January 1, estimated; empty means unknown."""
    if not text:
        return EARLIEST, True
    year_alone = len(text) == 4 and text.isdigit()
    return _date(f"{text}-01-01" if year_alone else text), year_alone


def _choice_of(choices: type[Choice], default: Choice) -> Callable[[str], Choice]:
    def rule(text: str) -> Choice:
        return _one_of(choices, text) if text else default

    return rule


def _one_of(choices: type[Choice], text: str) -> Choice:
    try:
        return choices(text.lower().replace(" ", "_"))
    except ValueError as problem:
        raise Wrong(
            f"{text!r} is not known.", f"Write one of: {', '.join(choices.values)}."
        ) from problem


def _reason(text: str) -> DischargeReason | None:
    return _one_of(DischargeReason, text) if text else None


def _product(text: str) -> Product | None:
    if not text:
        return None
    product = MEDICATIONS.get(text.lower())
    if product is None:
        raise Wrong(f"{text!r} is not known.", f"Write one of: {', '.join(MEDICATIONS)}.")
    return product


def _dose(text: str) -> Decimal | None:
    """Parse a dose in milligrams, with two decimals at most."""
    if not text:
        return None
    try:
        dose = Decimal(text)
    except InvalidOperation as problem:
        raise Wrong(
            f"{text!r} is not a number of mg.", "Write 80 or 5.7, without unit."
        ) from problem
    if not dose.is_finite() or dose <= 0 or dose >= 100_000 or dose != round(dose, 2):
        raise Wrong(f"{text!r} cannot be a dose.", "Write mg above 0, two decimals at most.")
    return dose


def _modalities(text: str) -> tuple[Modality, ...]:
    return tuple(_one_of(Modality, part.strip()) for part in text.split(";") if part.strip())
