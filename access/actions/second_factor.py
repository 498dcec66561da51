"""Actions on second factors: set up, verify, remove and reset."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.db import IntegrityError, transaction

from access.audit.record import record
from access.auth.second_factor import (
    APP,
    KINDS,
    PASSKEY,
    RECOVERY,
    NewPasskey,
    factors_of,
    has_factor,
    name_of,
    step_of,
)
from access.auth.sessions import end_all_sessions
from access.authz.policy import needs_second_factor
from access.enums import AuditAction, AuditKind
from access.errors import (
    AlreadySetUp,
    GraceOver,
    LastFactor,
    NoFactor,
    PasskeyKnown,
    WrongCode,
)
from access.models import User
from access.role_approval import reset_factors
from access.staff_scope import require_over
from common.errors import NotFound
from common.text_input import required_words

LONGEST_NAME = 60


@transaction.atomic
def begin_grace(*, now: datetime, by: User) -> None:
    """Start the period in which a sign-in by password alone may set up a second factor.

    It lasts FACTOR_GRACE_MINUTES, so that closing the window by accident does not lock the user
    out. It is given once; only `reset_second_factor` gives it again. Raises GraceOver.
    """
    ends_at = now + timedelta(minutes=settings.FACTOR_GRACE_MINUTES)
    begun = User.objects.filter(pk=by.pk, factor_grace_ends_at__isnull=True)
    if begun.update(factor_grace_ends_at=ends_at):
        record(AuditAction.BEGIN_SECOND_FACTOR_GRACE, on=by, kind=AuditKind.SIGN_IN, now=now, by=by)
    by.refresh_from_db(fields=["factor_grace_ends_at"])
    if by.factor_grace_ends_at is None or by.factor_grace_ends_at <= now:
        raise GraceOver


@transaction.atomic
def add_authenticator_app(*, secret: str, code: str, now: datetime, by: User) -> list[str]:
    """Set up an authenticator app with a first correct `code`, which then counts as used.

    Returns new recovery codes, once, if this is the account's first factor; otherwise an empty
    list. Raises WrongCode or AlreadySetUp.
    """
    step = step_of(secret, code, now=now, after=-1)
    if step is None:
        raise WrongCode(field="code")
    data = {"secret": get_adapter().encrypt(secret), "last_step": step}
    try:
        with transaction.atomic():
            return _add(Authenticator.Type.TOTP, data, now, by)
    except IntegrityError as problem:
        raise AlreadySetUp from problem


@transaction.atomic
def add_passkey(*, passkey: NewPasskey, name: str, now: datetime, by: User) -> list[str]:
    """Add a passkey that has answered our challenge.

    Returns recovery codes as `add_authenticator_app` does. Raises PasskeyKnown or InvalidInput.
    """
    words = required_words(name, "name")[:LONGEST_NAME]
    data = {"name": words, "credential": dict(passkey.credential)}
    try:
        with transaction.atomic():
            return _add(Authenticator.Type.WEBAUTHN, data, now, by)
    except IntegrityError as problem:
        raise PasskeyKnown from problem


@transaction.atomic
def remove_factor(*, factor: Authenticator, now: datetime, by: User) -> None:
    """Remove one's own second factor; the last one cannot be removed while a role requires one.

    Raises LastFactor or NotFound.
    """
    if factor.user_id != by.pk or factor.type == Authenticator.Type.RECOVERY_CODES:
        raise NotFound
    User.objects.select_for_update().get(pk=by.pk)  # two removals at once must not remove both
    is_last = not factors_of(by).exclude(pk=factor.pk).exists()
    if is_last and needs_second_factor(by):
        raise LastFactor
    detail = {"factor": KINDS[factor.type], "name": name_of(factor)}
    factor.delete()
    if is_last:
        Authenticator.objects.filter(user_id=by.pk).delete()
    record(
        AuditAction.REMOVE_SECOND_FACTOR,
        on=by,
        kind=AuditKind.SIGN_IN,
        now=now,
        by=by,
        detail=detail,
    )


@transaction.atomic
def make_recovery_codes(*, now: datetime, by: User) -> list[str]:
    """Create new recovery codes, returned once, and invalidate the old ones. Raises NoFactor."""
    if not has_factor(by):
        raise NoFactor
    Authenticator.objects.filter(user_id=by.pk, type=Authenticator.Type.RECOVERY_CODES).delete()
    return _recovery_codes(now, by)


@transaction.atomic
def show_code(*, code: str, now: datetime, by: User) -> str:
    """Verify and use up `code`; returns "authenticator app", "recovery code" or "" if wrong.

    No code works twice: the time step of the last accepted code is stored, and neither it nor an
    earlier one is accepted again.
    """
    rows = Authenticator.objects.select_for_update().filter(user_id=by.pk)
    held = {row.type: row for row in rows.exclude(type=Authenticator.Type.WEBAUTHN)}
    shown = ""
    app = held.get(Authenticator.Type.TOTP)
    if app is not None and _spend_step(app, code, now):
        shown = APP
        _record(AuditAction.SHOW_APP_CODE, {}, now, by)
    codes = held.get(Authenticator.Type.RECOVERY_CODES)
    if not shown and codes is not None and RecoveryCodes(codes).validate_code(code):
        shown = RECOVERY
        left = len(RecoveryCodes(_fresh(codes)).get_unused_codes())
        _record(AuditAction.USE_RECOVERY_CODE, {"left": left}, now, by)
    if not shown:
        _record(AuditAction.WRONG_SECOND_FACTOR, {"factor": "code"}, now, by)
    return shown


@transaction.atomic
def record_passkey(*, passkey: Authenticator | None, now: datetime, by: User) -> str:
    """Record that a passkey was accepted, or that none was.

    `passkey` is the result of `access.auth.second_factor.passkey_shown`. Returns "passkey", or ""
    if it was not accepted.
    """
    if passkey is None or passkey.user_id != by.pk:
        _record(AuditAction.WRONG_SECOND_FACTOR, {"factor": PASSKEY}, now, by)
        return ""
    Authenticator.objects.filter(pk=passkey.pk).update(last_used_at=now)
    _record(AuditAction.SHOW_PASSKEY, {"name": name_of(passkey)}, now, by)
    return PASSKEY


@transaction.atomic
def record_reauthentication_success(*, shown: str, now: datetime, by: User) -> None:
    """Record the result of a reauthentication; `shown` is the method, or "" if it failed."""
    if shown:
        _record(AuditAction.REAUTHENTICATE, {"with": shown}, now, by)
    else:
        _record(AuditAction.FAIL_REAUTHENTICATION, {}, now, by)


@transaction.atomic
def record_password_accepted(*, now: datetime, by: User) -> None:
    """Record that the password was correct and the second factor is still missing.

    If no second factor follows in the audit trail, somebody else may know the password.
    """
    _record(AuditAction.ACCEPT_PASSWORD, {}, now, by)


@transaction.atomic
def reset_second_factor(*, user: User, now: datetime, by: User) -> None:
    """Remove all factors of `user`, for example after a lost phone, and start the grace again.

    All sessions and tokens end, and `user` gets an e-mail. `by` must manage staff at all sites of
    the account and cannot reset their own. If the owner has not chosen their own password either,
    the roles wait for a second person again. Raises NotPermitted or OwnAccessUnchanged.
    """
    require_over(user, by)
    detail = reset_factors(user, now=now, by=by)
    record(
        AuditAction.RESET_SECOND_FACTOR,
        on=user,
        kind=AuditKind.SIGN_IN,
        now=now,
        by=by,
        detail=detail,
    )


def _add(kind: str, data: dict[str, Any], now: datetime, by: User) -> list[str]:
    """Add a factor; the first one ends other sessions, because they began by password alone."""
    first = not has_factor(by)
    Authenticator.objects.create(user_id=by.pk, type=kind, data=data, created_at=now)
    _record(
        AuditAction.ADD_SECOND_FACTOR,
        {"factor": KINDS[kind], "name": data.get("name", "")},
        now,
        by,
    )
    if not first:
        return []
    User.objects.filter(pk=by.pk).update(factor_grace_ends_at=now)
    end_all_sessions(by)
    return _recovery_codes(now, by)


def _recovery_codes(now: datetime, by: User) -> list[str]:
    codes: list[str] = RecoveryCodes.activate(by).generate_codes()
    _record(AuditAction.CREATE_RECOVERY_CODES, {"count": len(codes)}, now, by)
    return codes


def _spend_step(app: Authenticator, code: str, now: datetime) -> bool:
    secret = get_adapter().decrypt(app.data["secret"])
    step = step_of(secret, code, now=now, after=app.data.get("last_step", -1))
    if step is None:
        return False
    app.data["last_step"] = step
    app.last_used_at = now
    app.save(update_fields=["data", "last_used_at"])
    return True


def _fresh(row: Authenticator) -> Authenticator:
    row.refresh_from_db()
    return row


def _record(action: AuditAction, detail: dict[str, Any], now: datetime, by: User) -> None:
    record(action, on=by, kind=AuditKind.SIGN_IN, now=now, by=by, detail=detail)
