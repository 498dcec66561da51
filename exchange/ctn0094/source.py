"""The files of CTN-0094: their names, columns and rows.

A CSV export of the R package public.ctn0094data 1.0.6. An empty cell is missing; `when` is the
study day, counted from consent on day 0, and is written with a decimal point.
"""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

#: The files that are read, and the columns that the import needs.
READ = {
    "everybody.csv": ("who", "project"),
    "demographics.csv": ("who", "age", "is_male"),
    "site_masked.csv": ("who", "site_masked"),
    "randomization.csv": ("who", "treatment", "which", "when"),
    "treatment.csv.gz": ("who", "amount", "when"),
    "visit.csv": ("who", "visit", "what", "is_no_note", "when"),
    "uds.csv": ("who", "what", "when"),
    "uds_temp.csv": ("who", "was_temp_ok", "when"),
    "withdrawal.csv": ("who", "withdrawal", "when"),
    "tlfb.csv.gz": ("who", "what", "when"),
    "psychiatric.csv": ("who", "has_opiates_dx"),
}
#: Files without a place in the clinic's records, or that repeat others. Counted, not loaded.
NOT_READ = {
    "all_drugs.csv.gz": "the same reports and tests as tlfb and uds, under finer names",
    "asi.csv": "intravenous use ever; no date",
    "detox.csv": "days of withdrawal management before the trial",
    "fagerstrom.csv": "nicotine dependence",
    "first_survey.csv": "day of the first questionnaire",
    "pain.csv": "pain; no such instrument here",
    "qol.csv": "homelessness",
    "rbs.csv": "risk behavior survey",
    "rbs_iv.csv": "risk behavior survey, injecting",
    "screening_date.csv": "day of screening",
    "sex.csv": "sexual risk behavior",
    "withdrawal_pre_post.csv": "withdrawal around the first dose; a third of the rows has no day",
}


class NotTheData(Exception):
    """The folder is not an export of CTN-0094; the message says what is missing."""


def check_folder(folder: Path) -> None:
    """Raise NotTheData unless every file that is read is there with its columns."""
    missing = [name for name in READ if not (folder / name).is_file()]
    if missing:
        raise NotTheData(
            f"{folder} does not hold CTN-0094: {', '.join(missing)} not found. "
            "Name the folder that holds everybody.csv."
        )
    for name, columns in READ.items():
        with _open(folder / name) as lines:
            header = next(csv.reader(lines), [])
        absent = [column for column in columns if column not in header]
        if absent:
            raise NotTheData(f"{name} has no column {', '.join(absent)}.")


def rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of one file."""
    with _open(folder / name) as lines:
        yield from csv.DictReader(lines)


def columns(folder: Path, name: str) -> Iterator[list[str]]:
    """Yield the columns of READ of one file, row by row, for the long files."""
    with _open(folder / name) as lines:
        reader = csv.reader(lines)
        header = next(reader)
        wanted = [header.index(column) for column in READ[name]]
        for row in reader:
            yield [row[index] for index in wanted]


def count_rows(folder: Path, name: str) -> int:
    """Count the rows of a file that is not loaded; 0 when it is not there."""
    path = folder / name
    if not path.is_file():
        return 0
    with _open(path) as lines:
        return max(0, sum(1 for _ in csv.reader(lines)) - 1)


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")
