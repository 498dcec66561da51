"""Read the file as lines of cells, or raise one error that says why it cannot be read."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

REQUIRED = ("person_id", "site", "program", "admission_date")
OPTIONAL = (
    "given_name",
    "family_name",
    "birth_date",
    "sex",
    "referral_source",
    "discharge_date",
    "discharge_reason",
    "medication",
    "dose_mg",
    "behavioural",
)
COLUMNS = REQUIRED + OPTIONAL
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the message says what to do with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong in one cell (without `column`: in the whole line) and how to fix it."""

    line: int
    column: str
    what: str
    remedy: str

    def __str__(self) -> str:
        where = f"line {self.line}" + (f", {self.column}" if self.column else "")
        return f"{where}: {self.what} {self.remedy}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One record: the number of its first line, and its cells as written."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    header: tuple[str, ...]
    lines: tuple[Line, ...]


def read_table(path: Path, *, encoding: str) -> Table:
    """Return the header and all records. Raises UnreadableFile."""
    records = _records(_text(path, encoding))
    first = next(records, None)
    if first is None:
        raise UnreadableFile(f"{path.name} is empty. The first line must name the columns.")
    header = tuple(cell.strip().lower() for cell in first.cells)
    _check_header(header)
    return Table(header=header, lines=tuple(records))


def _text(path: Path, encoding: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise UnreadableFile(f"{path} cannot be read: {problem.strerror}.") from problem
    if content.startswith(UTF16_MARKS):
        raise UnreadableFile("The file is UTF-16. Save it as 'CSV UTF-8' and try again.")
    if b"\0" in content:
        raise UnreadableFile("The file is not text (a workbook?). Save it as 'CSV UTF-8'.")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise UnreadableFile(
            f"Line {line} is not {problem.encoding}. Save the file as 'CSV UTF-8', or name its "
            "encoding, for example --encoding cp1252 for older Windows programs."
        ) from problem
    except LookupError as problem:
        raise UnreadableFile(f"There is no encoding {encoding!r}.") from problem


def _records(text: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as problem:
            raise UnreadableFile(
                f"The record that begins on line {begins} cannot be read ({problem}). "
                "Is there a quotation mark that is never closed?"
            ) from problem
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield Line(number=begins, cells=tuple(cells))
        begins = reader.line_num + 1


def _check_header(header: Sequence[str]) -> None:
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        raise UnreadableFile("Columns must be separated by commas; save the file as 'CSV UTF-8'.")
    problems = [f"There is no column {name}." for name in REQUIRED if name not in header]
    problems += [f"{name} stands twice." for name in COLUMNS if header.count(name) > 1]
    problems += [_unknown(name) for name in header if name not in COLUMNS]
    if problems:
        raise UnreadableFile("The first line must name the columns. " + " ".join(problems))


def _unknown(name: str) -> str:
    if not name:
        return "A column has no name."
    meant = get_close_matches(name, COLUMNS, n=1)
    return f"{name!r} is not a column" + (f"; is it {meant[0]}?" if meant else ".")
