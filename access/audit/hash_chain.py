"""Hash chain over the audit trail: finds rows that were changed, removed, added or swapped.

Writing an audit row only inserts it and waits for nothing. Each minute, rows of transactions that
have all ended are digested one by one. Their digests are stored in a batch, and the batch is linked
to the previous one by an HMAC whose key is not in the database. Somebody who owns the tables can
alter rows or batches, but cannot make a batch with a correct HMAC. Rows written since the last
batch are not protected yet. Removing the newest batches with all their rows leaves a shorter chain
that is still valid: to detect this, compare with a head (`number:digest`) that was noted elsewhere.
"""

from __future__ import annotations

import hmac
import logging
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from access.audit.digests import (
    BATCH,
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
from access.models import AuditArchive, AuditBatch, AuditEntry
from common.paging import rows_after, rows_until

logger = logging.getLogger(__name__)

ORDER = ("transaction_number", "id")
#: PostgreSQL advisory lock of the worker that adds batches.
SEALER = 0x5EA1


@dataclass(frozen=True)
class Fault:
    """One error found by a verification, as text that names the row or the batch."""

    words: str

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Verdict:
    """Result of a verification. `head` is the newest batch, to be noted outside the database."""

    rows: int
    in_files: int
    unsealed: int
    head: str
    faults: tuple[Fault, ...]


def extend_hash_chain(*, now: datetime) -> int:
    """Add all rows that are ready to the hash chain; returns how many rows.

    Safe to call from any number of workers at once.
    """
    sealed = 0
    while written := _add_batch(now):
        sealed += written
    return sealed


def verify_audit_trail(*, expected_head: str = "") -> Verdict:
    """Read all batches and rows and compare them; `expected_head` is a head noted elsewhere.

    `expected_head` has the form `number:digest`.
    """
    archived = Archived()
    faults = list(archived.faults)
    rows, before = 0, None
    expected_number, _, expected_digest = expected_head.partition(":")
    floors = sorted(set(AuditBatch.objects.values_list("rows_above_id", flat=True)))
    for batches in in_batches(AuditBatch.objects.order_by("number").iterator(chunk_size=100)):
        ceiling = next((floor for floor in floors if floor > batches[0].rows_above_id), None)
        faults += _faults_of_rows(batches, before, ceiling, archived)
        for batch in batches:
            faults += _faults_of_seal(batch, before)
            if (
                str(batch.number) == expected_number
                and bytes(batch.digest).hex() != expected_digest
            ):
                faults.append(Fault(f"Batch {batch.number} is not the one that was noted."))
            rows += batch.count
            before = batch
    if expected_number and (before is None or before.number < int(expected_number)):
        faults.append(
            Fault(f"Batch {expected_number}, noted elsewhere, is missing: the end was cut.")
        )
    faults += archived.faults_of_counts()
    return Verdict(
        rows=rows,
        in_files=archived.found.total(),
        unsealed=_waiting(before).count(),
        head=str(before or ""),
        faults=tuple(faults),
    )


def digest_of_archive(archive: AuditArchive, key: str) -> bytes:
    """The HMAC over an archive row, which cannot be made for other rows without the key."""
    values = [archive.month.isoformat(), archive.count, archive.ids, archive.file_digest]
    return signed(values, key)


class Archived:
    """The rows that are no longer in the database because their month was archived in a file."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.found: Counter[AuditArchive] = Counter()
        self.archives = list(AuditArchive.objects.order_by("month"))
        self._ranges: list[tuple[int, int, AuditArchive]] = []
        for archive in self.archives:
            key = key_called(archive.key_name)
            if key is None or digest_of_archive(archive, key) != bytes(archive.digest):
                self.faults.append(Fault(f"What says that {archive} is in a file was altered."))
            else:
                self._ranges += [(first, last, archive) for first, last in archive.ids]
        self._ranges.sort(key=lambda one: one[0])
        self._firsts = [first for first, _, _ in self._ranges]

    def excuses(self, row_id: int) -> bool:
        """Whether that row is in a file; also counts it, for `faults_of_counts`."""
        place = bisect_right(self._firsts, row_id) - 1
        if place < 0 or self._ranges[place][1] < row_id:
            return False
        self.found[self._ranges[place][2]] += 1
        return True

    def faults_of_counts(self) -> Iterator[Fault]:
        for archive in self.archives:
            if self.found[archive] != archive.count:
                yield Fault(
                    f"{archive} went into {archive.file_name} with {archive.count} rows; batches"
                    f" know {self.found[archive]} of them."
                )


@transaction.atomic
def _add_batch(now: datetime) -> int:
    """Add one batch of up to BATCH rows, unless there are none or another worker adds one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALER])
        if cursor.fetchone() != (True,):
            return 0
    before = AuditBatch.objects.order_by("-number").first()
    rows = list(_ended(_waiting(before))[:BATCH])
    if not rows:
        return 0
    batch = AuditBatch(
        number=before.number + 1 if before else 1,
        sealed_at=now,
        rows_above_id=_rows_above(before),
        last_transaction=rows[-1].transaction_number,
        last_id=rows[-1].pk,
        count=len(rows),
        leaves=b"".join(leaf_of(row.pk, content_of(row)) for row in rows),
        key_name=key_name(sealing_key()),
    )
    batch.digest = digest_of_seal(batch, _digest(before), sealing_key())
    batch.save(force_insert=True)
    if before is None or before.sealed_at.date() != now.date():
        # Log the first head of each day, so that an administrator's log keeps it outside the
        # database.
        logger.info("audit trail sealed, head %s", batch)
    return len(rows)


def _waiting(before: AuditBatch | None) -> QuerySet[AuditEntry]:
    """Rows after the last batch, in the order of the chain."""
    rows: QuerySet[AuditEntry] = AuditEntry.objects.order_by(*ORDER)
    if before is None:
        return rows
    if _rows_above(before) != before.rows_above_id:
        return rows.filter(pk__gt=_rows_above(before))
    rows = rows.filter(pk__gt=before.rows_above_id)
    return rows_after(rows, order=ORDER, values=(before.last_transaction, before.last_id))


def _ended(rows: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
    """Keep rows of transactions older than every open one, so that none can come in between."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_snapshot_xmin(txid_current_snapshot())")
        (oldest_open,) = cursor.fetchone()
    return rows.filter(transaction_number__lt=oldest_open)


def _rows_above(before: AuditBatch | None) -> int:
    """The id above which rows count.

    A database that was restored on a new server counts its transactions from the start again. Then
    all ids up to the highest one in a batch are left out, and the count starts again.
    """
    if before is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_snapshot_xmax(txid_current_snapshot())")
        (next_transaction,) = cursor.fetchone()
    if next_transaction > before.last_transaction:
        return before.rows_above_id
    every = AuditBatch.objects.iterator(chunk_size=20)
    return max(row_id for batch in every for row_id, _ in leaves_of(batch))


def _digest(batch: AuditBatch | None) -> bytes:
    return bytes(batch.digest) if batch else b""


def _faults_of_seal(batch: AuditBatch, before: AuditBatch | None) -> Iterator[Fault]:
    expected = before.number + 1 if before else 1
    if batch.number != expected:
        yield Fault(f"Batch {expected} is missing.")
    key = key_called(batch.key_name)
    if key is None:
        yield Fault(f"Batch {batch.number} was made with a key that is not in AUDIT_CHAIN_KEYS.")
    elif not hmac.compare_digest(digest_of_seal(batch, _digest(before), key), bytes(batch.digest)):
        yield Fault(f"Batch {batch.number} was altered, or the one before it was.")


def _faults_of_rows(
    batches: list[AuditBatch], before: AuditBatch | None, ceiling: int | None, archived: Archived
) -> Iterator[Fault]:
    """Compare rows covered by `batches` with the stored digests, up to the id `ceiling`, if any."""
    sealed = {
        row_id: (leaf, batch.number) for batch in batches for row_id, leaf in leaves_of(batch)
    }
    ends = [(batch.last_transaction, batch.last_id) for batch in batches]
    missing = set(sealed)
    standing = _rows_covered_by(batches, before)
    for row in standing if ceiling is None else standing.filter(pk__lte=ceiling):
        if row.pk not in sealed:
            batch = batches[bisect_left(ends, (row.transaction_number, row.pk))]
            yield Fault(f"Row {row.pk} was added afterwards (batch {batch.number}).")
        elif row.pk not in missing:
            yield Fault(f"Row {row.pk} stands twice (batch {sealed[row.pk][1]}).")
        elif leaf_of(row.pk, content_of(row)) != sealed[row.pk][0]:
            yield Fault(f"Row {row.pk} was changed (batch {sealed[row.pk][1]}).")
        missing.discard(row.pk)
    yield from _faults_of_missing({row_id: sealed[row_id][1] for row_id in missing}, archived)


def _faults_of_missing(missing: dict[int, int], archived: Archived) -> Iterator[Fault]:
    """Report missing rows unless they are in a file; `missing` maps row ids to batch numbers."""
    moved = set(AuditEntry.objects.filter(pk__in=list(missing)).values_list("pk", flat=True))
    for row_id, batch in sorted(missing.items()):
        if row_id in moved:
            yield Fault(f"Row {row_id} was changed (batch {batch}).")
        elif not archived.excuses(row_id):
            yield Fault(f"Row {row_id} was removed (batch {batch}).")


def _rows_covered_by(batches: list[AuditBatch], before: AuditBatch | None) -> QuerySet[AuditEntry]:
    """All rows now between the batch `before` and the last of `batches`."""
    rows: QuerySet[AuditEntry] = AuditEntry.objects.filter(pk__gt=batches[0].rows_above_id)
    rows = rows.order_by(*ORDER)
    if before is not None and before.rows_above_id == batches[0].rows_above_id:
        rows = rows_after(rows, order=ORDER, values=(before.last_transaction, before.last_id))
    return rows_until(rows, order=ORDER, values=(batches[-1].last_transaction, batches[-1].last_id))
