"""The trail: `record` writes one row, in the caller's transaction. No audit, no deed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.db import models, transaction

from access.authz.policy import patient_of, roles_at, token_scope_of
from access.enums import AuditKind, Role
from access.models import AuditEntry, Site, User

#: The network address that the person who acts came from; None for background work.
_origin: ContextVar[str | None] = ContextVar("origin", default=None)


class OutsideTransaction(RuntimeError):
    """An audit row outside the deed's transaction could survive without it, or the reverse."""


@contextmanager
def with_origin(origin: str | None) -> Iterator[None]:
    """Rows written inside say that the person who acts came from this network address."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


def current_origin() -> str | None:
    """The network address of whoever acts just now; None for background work."""
    return _origin.get()


def role_names(user: User, site_id: int | None) -> str:
    """In which role: the names of the roles that `user` holds at the site, or anywhere if None."""
    return ", ".join(sorted(Role(role).label for role in roles_at(user, site_id)))


def token_detail(by: User) -> dict[str, int]:
    """Which token acted, where none but the owner is named otherwise."""
    scope = token_scope_of(by)
    return {} if scope is None else {"token": scope.token}


def entry(
    action: str,
    *,
    on: models.Model,
    kind: AuditKind = AuditKind.CHANGE,
    now: datetime,
    by: User,
    detail: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """The row for one deed, not saved. `on` may carry `patient_id` and `site_id`."""
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
    """The row's own site, or that of the patient it belongs to: no patient's row is without one."""
    if isinstance(on, Site):
        return on.pk
    site_id: int | None = getattr(on, "site_id", None)
    if site_id is None and getattr(on, "patient_id", None) is not None:
        site_id = on.patient.site_id  # type: ignore[attr-defined]
    return site_id


def record(
    action: str,
    *,
    on: models.Model,
    kind: AuditKind = AuditKind.CHANGE,
    now: datetime,
    by: User,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write that `by` did `action` to `on`. `detail` names changed fields, never clinical text."""
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction(action)
    entry(action, on=on, kind=kind, now=now, by=by, detail=detail).save(force_insert=True)
