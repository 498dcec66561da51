"""The trail, sealed: a row that is changed, removed, added or swapped later is found and named.

Writers only insert; nothing waits for anybody. Each minute the rows of transactions that have
all ended are digested one by one, the digests kept in a seal, and the seal chained to the one
before by an HMAC whose key is not in the database. Whoever owns the tables can alter rows, or
seals, but cannot make a seal that fits. What was written since the last seal is not protected
yet. Removing the newest seals with all their rows leaves a shorter chain that fits: compare
with a head (`number:digest`) that was noted elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from access.models import AuditEntry, AuditSeal
from common.paging import rows_after, rows_until

logger = logging.getLogger(__name__)

BATCH = 5000
LEAF = 40
CONTENT = (
    "id",
    "at",
    "actor_id",
    "actor_label",
    "actor_role",
    "kind",
    "action",
    "object_type",
    "object_id",
    "patient_id",
    "site_id",
    "origin",
    "detail",
    "transaction_number",
)
ORDER = ("transaction_number", "id")
#: Of PostgreSQL's advisory locks, the one of whoever seals.
SEALER = 0x5EA1


@dataclass(frozen=True)
class Fault:
    """What does not fit, in words that name the row or the seal."""

    words: str

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Verdict:
    """What a verification saw. `head` is the newest seal, to be noted outside the database."""

    rows: int
    unsealed: int
    head: str
    faults: tuple[Fault, ...]


def seal_trail(*, now: datetime) -> int:
    """Seal what can be sealed; returns how many rows. Any number of workers may try at once."""
    sealed = 0
    while written := _seal_once(now):
        sealed += written
    return sealed


def verify_trail(*, expected_head: str = "") -> Verdict:
    """Read everything and compare. `expected_head`: a `number:digest` noted earlier, elsewhere."""
    faults: list[Fault] = []
    rows, before = 0, None
    expected_number, _, expected_digest = expected_head.partition(":")
    floors = sorted(set(AuditSeal.objects.values_list("rows_above_id", flat=True)))
    for seal in AuditSeal.objects.order_by("number").iterator(chunk_size=20):
        faults += _faults_of_seal(seal, before)
        ceiling = next((floor for floor in floors if floor > seal.rows_above_id), None)
        faults += _faults_of_rows(seal, before, ceiling)
        if str(seal.number) == expected_number and bytes(seal.digest).hex() != expected_digest:
            faults.append(Fault(f"Seal {seal.number} is not the one that was noted."))
        rows += seal.count
        before = seal
    if expected_number and (before is None or before.number < int(expected_number)):
        faults.append(
            Fault(f"Seal {expected_number}, noted elsewhere, is missing: the end was cut.")
        )
    return Verdict(rows, _waiting(before).count(), str(before or ""), tuple(faults))


@transaction.atomic
def _seal_once(now: datetime) -> int:
    """One seal over at most BATCH rows, if there are any and nobody else is sealing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALER])
        if cursor.fetchone() != (True,):
            return 0
    before = AuditSeal.objects.order_by("-number").first()
    rows = list(_ended(_waiting(before))[:BATCH])
    if not rows:
        return 0
    number = before.number + 1 if before else 1
    seal = AuditSeal(
        number=number,
        sealed_at=now,
        rows_above_id=_rows_above(before),
        last_transaction=rows[-1].transaction_number,
        last_id=rows[-1].pk,
        count=len(rows),
        leaves=b"".join(_leaf(row) for row in rows),
        key_name=_key_name(settings.AUDIT_SEAL_KEYS[0]),
    )
    seal.digest = _digest(seal, before, settings.AUDIT_SEAL_KEYS[0])
    seal.save(force_insert=True)
    if before is None or before.sealed_at.date() != now.date():
        # The day's first head, where an administrator's log keeps it apart from the database.
        logger.info("audit trail sealed, head %s", seal)
    return len(rows)


def _waiting(before: AuditSeal | None) -> QuerySet[AuditEntry]:
    """Rows behind the last seal, in sealing order."""
    rows: QuerySet[AuditEntry] = AuditEntry.objects.order_by(*ORDER)
    if before is None:
        return rows
    if _rows_above(before) != before.rows_above_id:
        return rows.filter(pk__gt=_rows_above(before))
    rows = rows.filter(pk__gt=before.rows_above_id)
    return rows_after(rows, order=ORDER, values=(before.last_transaction, before.last_id))


def _ended(rows: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
    """Only rows of transactions before which none is still open: nothing can slip in between."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_snapshot_xmin(txid_current_snapshot())")
        (oldest_open,) = cursor.fetchone()
    return rows.filter(transaction_number__lt=oldest_open)


def _rows_above(before: AuditSeal | None) -> int:
    """Ids that count from here on.

    A database restored into a new server counts its transactions from the start again: then
    everything up to the highest id sealed so far is left out, and the count begins anew.
    """
    if before is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_snapshot_xmax(txid_current_snapshot())")
        (next_transaction,) = cursor.fetchone()
    if next_transaction > before.last_transaction:
        return before.rows_above_id
    every = AuditSeal.objects.iterator(chunk_size=20)
    return max(int.from_bytes(leaf[:8]) for seal in every for leaf in _leaves(seal))


def _faults_of_seal(seal: AuditSeal, before: AuditSeal | None) -> Iterator[Fault]:
    expected = before.number + 1 if before else 1
    if seal.number != expected:
        yield Fault(f"Seal {expected} is missing.")
    key = next((k for k in settings.AUDIT_SEAL_KEYS if _key_name(k) == seal.key_name), None)
    if key is None:
        yield Fault(f"Seal {seal.number} was made with a key that is not in AUDIT_SEAL_KEYS.")
    elif not hmac.compare_digest(_digest(seal, before, key), bytes(seal.digest)):
        yield Fault(f"Seal {seal.number} was altered, or the one before it was.")


def _faults_of_rows(
    seal: AuditSeal, before: AuditSeal | None, ceiling: int | None
) -> Iterator[Fault]:
    """Rows of the sealed stretch against the digests taken then. Ids end at `ceiling`, if given."""
    sealed = {int.from_bytes(leaf[:8]): leaf for leaf in _leaves(seal)}
    found = {row.pk: row for row in AuditEntry.objects.filter(pk__in=list(sealed))}
    for number, leaf in sealed.items():
        if number not in found:
            yield Fault(f"Row {number} was removed (seal {seal.number}).")
        elif _leaf(found[number]) != leaf:
            yield Fault(f"Row {number} was changed (seal {seal.number}).")
    standing = _stretch(seal, before)
    for row in standing if ceiling is None else standing.filter(pk__lte=ceiling):
        if row.pk not in sealed:
            yield Fault(f"Row {row.pk} was added afterwards (seal {seal.number}).")


def _stretch(seal: AuditSeal, before: AuditSeal | None) -> QuerySet[AuditEntry]:
    """Whatever stands now between the seal before and this one."""
    rows: QuerySet[AuditEntry] = AuditEntry.objects.filter(pk__gt=seal.rows_above_id)
    rows = rows.only(*ORDER).order_by(*ORDER)
    if before is not None and before.rows_above_id == seal.rows_above_id:
        rows = rows_after(rows, order=ORDER, values=(before.last_transaction, before.last_id))
    return rows_until(rows, order=ORDER, values=(seal.last_transaction, seal.last_id))


def _leaves(seal: AuditSeal) -> Iterator[bytes]:
    leaves = bytes(seal.leaves)
    return (leaves[start : start + LEAF] for start in range(0, len(leaves), LEAF))


def _leaf(row: AuditEntry) -> bytes:
    """The row's id and the digest of everything in it."""
    content = [_plain(getattr(row, name)) for name in CONTENT]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return row.pk.to_bytes(8) + hashlib.sha256(text.encode()).digest()


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _key_name(key: str) -> str:
    """Tells keys apart and gives nothing of them away."""
    return hashlib.sha256(b"name of " + key.encode()).hexdigest()[:16]


def _digest(seal: AuditSeal, before: AuditSeal | None, key: str) -> bytes:
    said = [
        seal.number,
        seal.sealed_at.astimezone(UTC).isoformat(),
        seal.rows_above_id,
        seal.last_transaction,
        seal.last_id,
        seal.count,
        hashlib.sha256(bytes(seal.leaves)).hexdigest(),
        bytes(before.digest).hex() if before else "",
    ]
    return hmac.digest(key.encode(), json.dumps(said).encode(), "sha256")
