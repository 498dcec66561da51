"""The verbs on second factors: set up, shown, taken off, reset."""

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
from access.enums import AuditKind
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
    """The one sign-in by password alone that sets up a second factor. Raises GraceOver.

    It stays open for FACTOR_GRACE_MINUTES, so that a closed window is no lock-out, and is given
    anew by `reset_second_factor` only.
    """
    ends_at = now + timedelta(minutes=settings.FACTOR_GRACE_MINUTES)
    begun = User.objects.filter(pk=by.pk, factor_grace_ends_at__isnull=True)
    if begun.update(factor_grace_ends_at=ends_at):
        record("begin setting up a second factor", on=by, kind=AuditKind.SIGN_IN, now=now, by=by)
    by.refresh_from_db(fields=["factor_grace_ends_at"])
    if by.factor_grace_ends_at is None or by.factor_grace_ends_at <= now:
        raise GraceOver


@transaction.atomic
def add_authenticator_app(*, secret: str, code: str, now: datetime, by: User) -> list[str]:
    """Set up with a first right `code`, which then counts as used. Raises WrongCode, AlreadySetUp.

    Returns new recovery codes, once, if there were none.
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
    """`passkey` has answered our challenge. Raises PasskeyKnown. Returns as for an app."""
    words = required_words(name, "name")[:LONGEST_NAME]
    data = {"name": words, "credential": dict(passkey.credential)}
    try:
        with transaction.atomic():
            return _add(Authenticator.Type.WEBAUTHN, data, now, by)
    except IntegrityError as problem:
        raise PasskeyKnown from problem


@transaction.atomic
def remove_factor(*, factor: Authenticator, now: datetime, by: User) -> None:
    """One's own. The last one stays where the role asks for one. Raises LastFactor."""
    if factor.user_id != by.pk or factor.type == Authenticator.Type.RECOVERY_CODES:
        raise NotFound
    User.objects.select_for_update().get(pk=by.pk)  # two at once must not remove both
    is_last = not factors_of(by).exclude(pk=factor.pk).exists()
    if is_last and needs_second_factor(by):
        raise LastFactor
    detail = {"factor": KINDS[factor.type], "name": name_of(factor)}
    factor.delete()
    if is_last:
        Authenticator.objects.filter(user_id=by.pk).delete()
    record("remove second factor", on=by, kind=AuditKind.SIGN_IN, now=now, by=by, detail=detail)


@transaction.atomic
def make_recovery_codes(*, now: datetime, by: User) -> list[str]:
    """New ones, returned once; the old ones are void. Raises NoFactor."""
    if not has_factor(by):
        raise NoFactor
    Authenticator.objects.filter(user_id=by.pk, type=Authenticator.Type.RECOVERY_CODES).delete()
    return _recovery_codes(now, by)


@transaction.atomic
def show_code(*, code: str, now: datetime, by: User) -> str:
    """What `code` was, "authenticator app" or "recovery code", and spends it; "" if it is wrong.

    No code works twice: the step of time that it stood for is kept, and no earlier one counts.
    """
    rows = Authenticator.objects.select_for_update().filter(user_id=by.pk)
    held = {row.type: row for row in rows.exclude(type=Authenticator.Type.WEBAUTHN)}
    shown = ""
    app = held.get(Authenticator.Type.TOTP)
    if app is not None and _spend_step(app, code, now):
        shown = APP
        _record("show code of app", {}, now, by)
    codes = held.get(Authenticator.Type.RECOVERY_CODES)
    if not shown and codes is not None and RecoveryCodes(codes).validate_code(code):
        shown = RECOVERY
        left = len(RecoveryCodes(_fresh(codes)).get_unused_codes())
        _record("use recovery code", {"left": left}, now, by)
    if not shown:
        _record("wrong second factor", {"factor": "code"}, now, by)
    return shown


@transaction.atomic
def record_passkey(*, passkey: Authenticator | None, now: datetime, by: User) -> str:
    """That a passkey was right, or none was: what `access.factors.passkey_shown` found."""
    if passkey is None or passkey.user_id != by.pk:
        _record("wrong second factor", {"factor": PASSKEY}, now, by)
        return ""
    Authenticator.objects.filter(pk=passkey.pk).update(last_used_at=now)
    _record("show passkey", {"name": name_of(passkey)}, now, by)
    return PASSKEY


@transaction.atomic
def record_reauthentication_success(*, shown: str, now: datetime, by: User) -> None:
    """That the person at the screen has proven to be `by` once more; "" if the proof was wrong."""
    if shown:
        _record("prove identity again", {"with": shown}, now, by)
    else:
        _record("failed proof of identity", {}, now, by)


@transaction.atomic
def record_password_accepted(*, now: datetime, by: User) -> None:
    """Half of a sign-in. Alone in the trail, it tells of a password that somebody else knows."""
    _record("password right, second factor asked", {}, now, by)


@transaction.atomic
def reset_second_factor(*, user: User, now: datetime, by: User) -> None:
    """For a lost telephone: all factors of `user` go, all sessions end, the grace begins anew.

    By who manages staff at all of the person's sites, and never one's own. If the password is not
    their own either, their roles wait for a second person again. `user` hears of it.
    """
    require_over(user, by)
    detail = reset_factors(user, now=now, by=by)
    record("reset second factor", on=user, kind=AuditKind.SIGN_IN, now=now, by=by, detail=detail)


def _add(kind: str, data: dict[str, Any], now: datetime, by: User) -> list[str]:
    """The first one ends the account's other sessions: they began by password alone."""
    first = not has_factor(by)
    Authenticator.objects.create(user_id=by.pk, type=kind, data=data, created_at=now)
    _record("add second factor", {"factor": KINDS[kind], "name": data.get("name", "")}, now, by)
    if not first:
        return []
    User.objects.filter(pk=by.pk).update(factor_grace_ends_at=now)
    end_all_sessions(by)
    return _recovery_codes(now, by)


def _recovery_codes(now: datetime, by: User) -> list[str]:
    codes: list[str] = RecoveryCodes.activate(by).generate_codes()
    _record("make recovery codes", {"count": len(codes)}, now, by)
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


def _record(action: str, detail: dict[str, Any], now: datetime, by: User) -> None:
    record(action, on=by, kind=AuditKind.SIGN_IN, now=now, by=by, detail=detail)
