"""Digests of the hash chain: one digest for each row, and an HMAC that links the batches."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from django.conf import settings

from access.models import AuditBatch, AuditEntry

#: Largest number of rows in one batch, and of rows compared at once.
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


def content_of(row: AuditEntry) -> str:
    """Serialize the whole row as one line; its digest is taken of this, and files store it."""
    content = [_plain(getattr(row, name)) for name in CONTENT]
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def leaf_of(row_id: int, content: str) -> bytes:
    """40 bytes: the row's id and the SHA-256 of its content."""
    return row_id.to_bytes(8) + hashlib.sha256(content.encode()).digest()


def leaves_of(seal: AuditBatch) -> Iterator[tuple[int, bytes]]:
    """Yield (row id, leaf) for every row in the batch, in order."""
    leaves = bytes(seal.leaves)
    for start in range(0, len(leaves), LEAF):
        leaf = leaves[start : start + LEAF]
        yield int.from_bytes(leaf[:8]), leaf


def in_batches(seals: Iterable[AuditBatch]) -> Iterator[list[AuditBatch]]:
    """Group consecutive batches with the same `rows_above_id`, up to BATCH rows in a group.

    A quiet clinic has only a few rows in the batch of each minute. Reading years of such batches
    one by one would take hours.
    """
    batch: list[AuditBatch] = []
    rows = 0
    for seal in seals:
        fits = rows + seal.count <= BATCH and (
            not batch or batch[0].rows_above_id == seal.rows_above_id
        )
        if batch and not fits:
            yield batch
            batch, rows = [], 0
        batch.append(seal)
        rows += seal.count
    if batch:
        yield batch


def key_name(key: str) -> str:
    """Return a name that distinguishes keys and reveals nothing about them."""
    return hashlib.sha256(b"name of " + key.encode()).hexdigest()[:16]


def sealing_key() -> str:
    """The key that new batches are signed with."""
    key: str = settings.AUDIT_CHAIN_KEYS[0]
    return key


def key_called(name: str) -> str | None:
    """The configured key with that name, or None."""
    return next((key for key in settings.AUDIT_CHAIN_KEYS if key_name(key) == name), None)


def digest_of_seal(seal: AuditBatch, before: bytes, key: str) -> bytes:
    """The HMAC over a batch; `before` is the digest of the previous batch, empty for the first."""
    return signed(
        [
            seal.number,
            seal.sealed_at.astimezone(UTC).isoformat(),
            seal.rows_above_id,
            seal.last_transaction,
            seal.last_id,
            seal.count,
            hashlib.sha256(bytes(seal.leaves)).hexdigest(),
            before.hex(),
        ],
        key,
    )


def signed(values: list[object], key: str) -> bytes:
    """Return an HMAC over plain values, which cannot be made without the key."""
    return hmac.digest(key.encode(), json.dumps(values).encode(), "sha256")


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
