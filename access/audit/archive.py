"""Archive of old months of the audit trail as files that can be verified with the key alone.

A file is gzipped lines of JSON: a header; then each batch that covers rows of the month, followed
by those rows exactly as they were digested; at the end the number of rows, their ids, and an HMAC
over everything before. The row in the database that accounts for the archived month has an HMAC,
too.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import os
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.db.models import Min, QuerySet

from access.audit.digests import (
    CONTENT,
    content_of,
    digest_of_seal,
    in_batches,
    key_called,
    key_name,
    leaf_of,
    leaves_of,
    sealing_key,
    signed,
)
from access.audit.hash_chain import digest_of_archive
from access.audit.partitions import months, next_month, table_of
from access.audit.record import record
from access.enums import AuditAction
from access.errors import MonthNotSealed
from access.models import AuditArchive, AuditBatch, AuditEntry, User

FORMAT = "mainstay audit trail 1"


@dataclass
class FileVerdict:
    """Result of verifying a file: its content and the errors found in it."""

    month: str = ""
    rows: int = 0
    digest: str = ""
    faults: list[str] = field(default_factory=list)


def archive_month(*, month: date, folder: Path, now: datetime, by: User) -> AuditArchive:
    """Write a month of the audit trail to a file, verify the file, then drop the month's table.

    Run as the owner of the tables. Either the file is complete and the month is gone, or the month
    stays; a file left over from a failed run is overwritten. Raises MonthNotSealed while a row of
    the month is not in a batch yet.
    """
    path = folder / f"audit-{month:%Y-%m}.jsonl.gz"
    ids = _write(path, month)
    verdict = verify_file(path)
    if verdict.faults:
        raise MonthNotSealed(month, verdict.faults[0])
    with transaction.atomic():
        _lock(month)
        if _rows(month).count() != len(ids):
            raise MonthNotSealed(month, "a row came meanwhile")
        archive = AuditArchive(
            month=month,
            archived_at=now,
            count=len(ids),
            ids=_ranges(ids),
            file_name=path.name,
            file_digest=verdict.digest,
            key_name=key_name(sealing_key()),
        )
        archive.digest = digest_of_archive(archive, sealing_key())
        archive.save(force_insert=True)
        detail = {"month": f"{month:%Y-%m}", "rows": len(ids)}
        record(AuditAction.ARCHIVE_PARTITION, on=by, now=now, by=by, detail=detail)
        _drop_partition(month)
    return archive


def verify_file(path: Path) -> FileVerdict:
    """Compare every row in a file with its batch, and the file with its own final HMAC.

    Needs AUDIT_CHAIN_KEYS and no database. Errors in the file are reported in the result, never
    raised.
    """
    verdict = FileVerdict(digest=_digest_of(path))
    try:
        with gzip.open(path) as lines:
            _Reader(verdict).read(lines)
    except (OSError, EOFError, ValueError, KeyError, TypeError) as problem:
        verdict.faults.append(f"{path.name} cannot be read to its end: {problem}")
    return verdict


def _rows(month: date) -> QuerySet[AuditEntry]:
    bounds = [
        datetime.fromisoformat(f"{day.isoformat()}T00:00:00+00:00")
        for day in (month, next_month(month))
    ]
    return AuditEntry.objects.filter(at__gte=bounds[0], at__lt=bounds[1])


def _covering(month: date) -> Iterable[AuditBatch]:
    """Batches that may cover rows of the month, oldest first."""
    seals = AuditBatch.objects.order_by("number")
    if seals.values("rows_above_id").distinct().count() == 1:
        first = _rows(month).aggregate(first=Min("transaction_number"))["first"]
        seals = seals.filter(last_transaction__gte=first or 0)
    return seals.iterator(chunk_size=100)


def _write(path: Path, month: date) -> array[int]:
    """Write the file and sync it to the disk; returns the ids of the rows in it."""
    expected = _rows(month).count()
    ids = array("q")
    digest = hashlib.sha256()
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        with gzip.GzipFile(fileobj=raw, mode="wb") as file:
            for line in _lines(month, ids, expected):
                file.write(line)
                digest.update(line)
            if len(ids) != expected:
                raise MonthNotSealed(month, f"{expected - len(ids)} rows wait for their seal")
            file.write(_line({"end": _end(ids, digest.hexdigest())}))
        # Closing the gzip file wrote its last bytes, so the file is complete only now.
        raw.flush()
        os.fsync(raw.fileno())
    partial.replace(path)
    _sync_folder(path.parent)
    return ids


def _sync_folder(folder: Path) -> None:
    """Sync the folder, so that the file's name is on the disk before the table is dropped."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lines(month: date, ids: array[int], expected: int) -> Iterator[bytes]:
    yield _line({"format": FORMAT, "month": f"{month:%Y-%m}", "columns": list(CONTENT)})
    before: AuditBatch | None = None
    for seals in in_batches(_covering(month)):
        wanted = [row_id for seal in seals for row_id, _ in leaves_of(seal)]
        found = {row.pk: row for row in _rows(month).filter(pk__in=wanted)}
        for seal in seals:
            rows = [found[row_id] for row_id, _ in leaves_of(seal) if row_id in found]
            if rows:
                yield _line({"seal": _batch_header(seal, before)})
                ids.extend(row.pk for row in rows)
                yield from (content_of(row).encode() + b"\n" for row in rows)
            before = seal
        if len(ids) == expected:
            return


def _batch_header(seal: AuditBatch, before: AuditBatch | None) -> dict[str, Any]:
    if before is None:
        before = AuditBatch.objects.filter(number=seal.number - 1).first()
    return {
        "number": seal.number,
        "sealed_at": seal.sealed_at.isoformat(),
        "rows_above_id": seal.rows_above_id,
        "last_transaction": seal.last_transaction,
        "last_id": seal.last_id,
        "count": seal.count,
        "leaves": bytes(seal.leaves).hex(),
        "key_name": seal.key_name,
        "digest": bytes(seal.digest).hex(),
        "before": bytes(before.digest).hex() if before else "",
    }


def _end(ids: array[int], digest: str) -> dict[str, Any]:
    stored = [len(ids), _ranges(ids), digest]
    key = sealing_key()
    return {
        "rows": len(ids),
        "ids": _ranges(ids),
        "key_name": key_name(key),
        "digest": signed(stored, key).hex(),
    }


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _ranges(ids: Iterable[int]) -> list[list[int]]:
    """Convert ids to ranges with both ends included, so that consecutive ids are stored once."""
    found: list[list[int]] = []
    for row_id in sorted(ids):
        if found and found[-1][1] == row_id - 1:
            found[-1][1] = row_id
        else:
            found.append([row_id, row_id])
    return found


def _digest_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _lock(month: date) -> None:
    """Block writes to the month's table until the transaction ends; other months stay writable."""
    if month not in months():
        raise MonthNotSealed(month, "it has no table of its own")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '3s'")
        cursor.execute(f"LOCK TABLE {table_of(month)} IN EXCLUSIVE MODE")


def _drop_partition(month: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE access_auditentry DETACH PARTITION {table_of(month)}")
        cursor.execute(f"DROP TABLE {table_of(month)}")


class _Reader:
    """Reads and checks a file from beginning to end, one line at a time."""

    def __init__(self, verdict: FileVerdict) -> None:
        self.verdict = verdict
        self.read_before = hashlib.sha256()
        self.ids = array("q")
        self.leaves: dict[int, bytes] = {}
        self.last_seal: dict[str, Any] | None = None
        self.ended = False

    def read(self, lines: gzip.GzipFile | BinaryIO) -> None:
        header = json.loads(line := lines.readline())
        if header.get("format") != FORMAT:
            self.fault("this is no file of the audit trail")
            return
        self.verdict.month = header["month"]
        self.read_before.update(line)
        for line in lines:
            if line.startswith(b'{"end":'):
                self.end(json.loads(line)["end"])
                continue
            if self.ended:
                self.fault("something stands behind the end")
            self.read_before.update(line)
            if line.startswith(b'{"seal":'):
                self.seal(json.loads(line)["seal"])
            else:
                self.row(line.rstrip(b"\n").decode())
        if not self.ended:
            self.fault("the end of the file is missing")

    def fault(self, words: str) -> None:
        self.verdict.faults.append(words)

    def seal(self, stored: dict[str, Any]) -> None:
        number, key = stored["number"], key_called(stored["key_name"])
        seal = AuditBatch(
            number=number,
            sealed_at=datetime.fromisoformat(stored["sealed_at"]),
            rows_above_id=stored["rows_above_id"],
            last_transaction=stored["last_transaction"],
            last_id=stored["last_id"],
            count=stored["count"],
            leaves=bytes.fromhex(stored["leaves"]),
        )
        before = bytes.fromhex(stored["before"])
        if key is None:
            self.fault(f"Batch {number} was made with a key that is not in AUDIT_CHAIN_KEYS.")
        elif digest_of_seal(seal, before, key).hex() != stored["digest"]:
            self.fault(f"Batch {number} was altered.")
        last = self.last_seal
        if last and last["number"] == number - 1 and last["digest"] != stored["before"]:
            self.fault(f"Batch {number} does not follow batch {last['number']}.")
        self.last_seal = stored
        self.leaves = dict(leaves_of(seal))

    def row(self, content: str) -> None:
        row_id = int(json.loads(content)[0])
        leaf = self.leaves.pop(row_id, None)
        if leaf is None:
            self.fault(f"Row {row_id} stands where its seal does not know it.")
        elif leaf != leaf_of(row_id, content):
            self.fault(f"Row {row_id} was changed.")
        self.ids.append(row_id)

    def end(self, stored: dict[str, Any]) -> None:
        self.ended = True
        self.verdict.rows = len(self.ids)
        ranges = stored["ids"]
        here = set(self.ids)
        for first, last in ranges:
            for row_id in range(first, last + 1):
                if row_id not in here:
                    self.fault(f"Row {row_id} was removed.")
        key = key_called(stored["key_name"])
        expected = [stored["rows"], ranges, self.read_before.hexdigest()]
        if key is None or not hmac.compare_digest(signed(expected, key).hex(), stored["digest"]):
            self.fault("The file is not as it was written.")
