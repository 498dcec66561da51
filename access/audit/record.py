"""Writing to the audit trail: `record` writes one entry in the transaction of the action.

An action without its audit entry cannot be committed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.db import models, transaction

from access.authz.policy import patient_of, roles_at, token_scope_of
from access.enums import AuditAction, AuditKind, Role
from access.models import AuditEntry, Site, User

#: The network address of the user who acts; None for background work.
_origin: ContextVar[str | None] = ContextVar("origin", default=None)


class OutsideTransaction(RuntimeError):
    """Raised outside a transaction: an action and its audit entry must be saved together."""


@contextmanager
def with_origin(origin: str | None) -> Iterator[None]:
    """Use this network address in all audit entries that are written inside the block."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


def current_origin() -> str | None:
    """The network address of the user who acts now; None for background work."""
    return _origin.get()


def role_names(user: User, site_id: int | None) -> str:
    """Names of the roles that `user` holds at the site, or anywhere if `site_id` is None."""
    return ", ".join(sorted(Role(role).label for role in roles_at(user, site_id)))


def token_detail(by: User) -> dict[str, int]:
    """The id of the API token that `by` acts through, as audit detail; empty for a session."""
    scope = token_scope_of(by)
    return {} if scope is None else {"token": scope.token}


def entry(
    action: AuditAction,
    *,
    on: models.Model,
    kind: AuditKind = AuditKind.CHANGE,
    now: datetime,
    by: User,
    detail: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Build the audit entry for one action without saving it.

    `on` may have `patient_id` and `site_id`.
    """
    site_id = _site_of(on)
    return AuditEntry(
        at=now,
        kind=kind,
        actor_id=by.pk,
        actor_label=by.name,
        actor_role=role_names(by, site_id),
        origin=current_origin(),
        action=action,
        object_type=str(on._meta.verbose_name),
        object_id=on.pk,
        patient_id=patient_of(on),
        site_id=site_id,
        detail={**(detail or {}), **token_detail(by)},
    )


def _site_of(on: models.Model) -> int | None:
    """The row's own site, or that of its patient, so that entries about patients have a site."""
    if isinstance(on, Site):
        return on.pk
    site_id: int | None = getattr(on, "site_id", None)
    if site_id is None and getattr(on, "patient_id", None) is not None:
        site_id = on.patient.site_id  # type: ignore[attr-defined]
    return site_id


def record(
    action: AuditAction,
    *,
    on: models.Model,
    kind: AuditKind = AuditKind.CHANGE,
    now: datetime,
    by: User,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Record that `by` did `action` to `on`; `detail` names changed fields, never clinical text.

    Raises OutsideTransaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction(action)
    entry(action, on=on, kind=kind, now=now, by=by, detail=detail).save(force_insert=True)
