"""Second factors: which ones an account has, and verification of codes and passkeys.

An authenticator app (TOTP, RFC 6238), passkeys (WebAuthn) and recovery codes. The tables and the
cryptography are allauth's. No code is ever sent by e-mail or text message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from access.auth.sessions import end_all_sessions, revoke_all_tokens
from access.models import User

PERIOD = 30
#: Accept one time step before and after the current one, because clocks of phones differ a little.
STEPS = (0, -1, 1)
FEW_CODES = 3
APP, PASSKEY, RECOVERY = "authenticator app", "passkey", "recovery code"
KINDS: Mapping[str, str] = {
    Authenticator.Type.TOTP: APP,
    Authenticator.Type.WEBAUTHN: PASSKEY,
    Authenticator.Type.RECOVERY_CODES: RECOVERY,
}


@dataclass(frozen=True)
class NewPasskey:
    """A new passkey that answered our challenge correctly; made only by `registered`."""

    credential: Mapping[str, Any]


def factor_rows() -> QuerySet[Authenticator]:
    """Authenticator apps and passkeys; recovery codes do not count as second factors."""
    rows: QuerySet[Authenticator] = Authenticator.objects.exclude(
        type=Authenticator.Type.RECOVERY_CODES
    )
    return rows


def factors_of(user: User) -> QuerySet[Authenticator]:
    """App and passkeys of `user`, oldest first."""
    return factor_rows().filter(user_id=user.pk).order_by("created_at", "pk")


def has_factor(user: User) -> bool:
    return factors_of(user).exists()


def having_factors(users: Iterable[User]) -> set[int]:
    """Ids of the `users` who have set up a second factor."""
    rows = factor_rows().filter(user_id__in=[user.pk for user in users])
    return set(rows.values_list("user_id", flat=True))


def has_passkey(user: User) -> bool:
    return factors_of(user).filter(type=Authenticator.Type.WEBAUTHN).exists()


def has_app(user: User) -> bool:
    return factors_of(user).filter(type=Authenticator.Type.TOTP).exists()


def name_of(factor: Authenticator) -> str:
    """The name that its owner gave to a passkey; an app has only the name of its type."""
    if factor.type == Authenticator.Type.WEBAUTHN:
        return str(factor.data["name"])
    return KINDS[factor.type].capitalize()


def codes_left(user: User) -> int:
    """Number of unused recovery codes of `user`."""
    row = Authenticator.objects.filter(
        user_id=user.pk, type=Authenticator.Type.RECOVERY_CODES
    ).first()
    return len(RecoveryCodes(row).get_unused_codes()) if row else 0


def clear_factors(user: User, *, now: datetime) -> dict[str, int]:
    """Delete all factors, end sessions and tokens, reset the set-up period; returns the counts."""
    gone: int = Authenticator.objects.filter(user_id=user.pk).delete()[0]
    User.objects.filter(pk=user.pk).update(factor_grace_ends_at=None)
    end_all_sessions(user)
    return {"removed": gone, "tokens revoked": revoke_all_tokens(user, now=now)}


# --- authenticator app -------------------------------------------------------------------------


def new_secret() -> str:
    """Create the secret of an app that is being set up, encrypted.

    It is kept in the session until then, and the session is stored in the database.
    """
    sealed: str = get_adapter().encrypt(generate_totp_secret())
    return sealed


def open_secret(sealed: str) -> str:
    """Decrypt the secret of an app that is being set up."""
    secret: str = get_adapter().decrypt(sealed)
    return secret


def app_picture(user: User, secret: str) -> tuple[str, str]:
    """The QR code as SVG, and the URL in it."""
    adapter = get_adapter()
    address = adapter.build_totp_url(user, secret)
    return adapter.build_totp_svg(address), address


def step_of(secret: str, code: str, *, now: datetime, after: int) -> int | None:
    """The time step for which `code` is correct and that is later than `after`, or None."""
    current = int(now.timestamp()) // PERIOD
    for step in (current + offset for offset in STEPS):
        right = format_hotp_value(hotp_value(secret, step))
        if step > after and compare_user_code(actual=code, expected=right):
            return step
    return None


# --- passkeys; the challenge is kept in the session of the request -----------------------------


def registration_options(user: User) -> dict[str, Any]:
    """Options to register a passkey that can sign in alone.

    The device must always verify its owner (PIN or biometrics).
    """
    options: dict[str, Any] = webauthn.begin_registration(user, passwordless=True)
    return options


def registered(credential: Any) -> NewPasskey | None:
    """Verify a new passkey; None unless it answers this session's challenge, user verified."""
    try:
        webauthn.parse_registration_response(credential)
        binding = webauthn.complete_registration(credential)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return NewPasskey(credential) if binding.is_user_verified() else None


def passkey_options(user: User | None) -> dict[str, Any]:
    """Options to sign in with a passkey of `user`, or with any that the device has if None."""
    options: dict[str, Any] = webauthn.begin_authentication(user)
    return options


def passkey_shown(user: User | None, answer: Any) -> Authenticator | None:
    """The passkey that answered this session's challenge, or None if the answer is wrong."""
    try:
        webauthn.parse_authentication_response(answer)
        owner = user or webauthn.extract_user_from_response(answer)
        found: Authenticator = webauthn.complete_authentication(owner, answer)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return found
