"""What a seal is made of: a digest for each row, and an HMAC that chains seal to seal."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from django.conf import settings

from access.models import AuditBatch, AuditEntry

#: Rows under one seal, and rows compared in one go.
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
    """Everything in the row, as one line: what its digest is taken of, and what a file keeps."""
    content = [_plain(getattr(row, name)) for name in CONTENT]
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def leaf_of(row_id: int, content: str) -> bytes:
    """40 bytes: the row's id and the SHA-256 of its content."""
    return row_id.to_bytes(8) + hashlib.sha256(content.encode()).digest()


def leaves_of(seal: AuditBatch) -> Iterator[tuple[int, bytes]]:
    """(row id, leaf) of every row under the seal, in order."""
    leaves = bytes(seal.leaves)
    for start in range(0, len(leaves), LEAF):
        leaf = leaves[start : start + LEAF]
        yield int.from_bytes(leaf[:8]), leaf


def in_batches(seals: Iterable[AuditBatch]) -> Iterator[list[AuditBatch]]:
    """Neighbouring seals that count from the same id on, so many rows together at the most.

    A quiet clinic has a few rows under each minute's seal: asked for one by one, years of them
    would take hours.
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
    """Tells keys apart and gives nothing of them away."""
    return hashlib.sha256(b"name of " + key.encode()).hexdigest()[:16]


def sealing_key() -> str:
    """The key that new seals are made with."""
    key: str = settings.AUDIT_SEAL_KEYS[0]
    return key


def key_called(name: str) -> str | None:
    """The key of that name, if it is among the clinic's."""
    return next((key for key in settings.AUDIT_SEAL_KEYS if key_name(key) == name), None)


def digest_of_seal(seal: AuditBatch, before: bytes, key: str) -> bytes:
    """The HMAC over a seal; `before` is the digest of the seal before it, empty for the first."""
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


def signed(said: list[object], key: str) -> bytes:
    """An HMAC over plain values that nobody can make without the key."""
    return hmac.digest(key.encode(), json.dumps(said).encode(), "sha256")


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
