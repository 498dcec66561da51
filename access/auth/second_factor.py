"""Second factors: which an account has, and whether what was shown is right.

An authenticator app (TOTP, RFC 6238), passkeys (WebAuthn) and recovery codes. The tables and the
arithmetic are allauth's; no code ever goes out by e-mail or text.
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
#: One step to either side: telephones' clocks are a little off.
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
    """A passkey whose answer to our challenge was right; made by `registered` only."""

    credential: Mapping[str, Any]


def factor_rows() -> QuerySet[Authenticator]:
    """Apps and passkeys. Recovery codes stand in for them and are none themselves."""
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
    """Ids of those who have set one up."""
    rows = factor_rows().filter(user_id__in=[user.pk for user in users])
    return set(rows.values_list("user_id", flat=True))


def has_passkey(user: User) -> bool:
    return factors_of(user).filter(type=Authenticator.Type.WEBAUTHN).exists()


def has_app(user: User) -> bool:
    return factors_of(user).filter(type=Authenticator.Type.TOTP).exists()


def name_of(factor: Authenticator) -> str:
    """What its owner called it; an app has no name of its own."""
    if factor.type == Authenticator.Type.WEBAUTHN:
        return str(factor.data["name"])
    return KINDS[factor.type].capitalize()


def codes_left(user: User) -> int:
    row = Authenticator.objects.filter(
        user_id=user.pk, type=Authenticator.Type.RECOVERY_CODES
    ).first()
    return len(RecoveryCodes(row).get_unused_codes()) if row else 0


def clear_factors(user: User, *, now: datetime) -> dict[str, int]:
    """All of them gone, all sessions and tokens ended, the grace to set one up not begun: how many."""
    gone: int = Authenticator.objects.filter(user_id=user.pk).delete()[0]
    User.objects.filter(pk=user.pk).update(factor_grace_ends_at=None)
    end_all_sessions(user)
    return {"removed": gone, "tokens revoked": revoke_all_tokens(user, now=now)}


# --- the authenticator app ---------------------------------------------------------------------


def new_secret() -> str:
    """For an app that is being set up. Sealed: it waits in the session, which lies in the database."""
    sealed: str = get_adapter().encrypt(generate_totp_secret())
    return sealed


def open_secret(sealed: str) -> str:
    secret: str = get_adapter().decrypt(sealed)
    return secret


def app_picture(user: User, secret: str) -> tuple[str, str]:
    """The QR code as SVG, and the address that stands in it."""
    adapter = get_adapter()
    address = adapter.build_totp_url(user, secret)
    return adapter.build_totp_svg(address), address


def step_of(secret: str, code: str, *, now: datetime, after: int) -> int | None:
    """In which step of time `code` is right, if it is and the step lies after `after`."""
    current = int(now.timestamp()) // PERIOD
    for step in (current + offset for offset in STEPS):
        right = format_hotp_value(hotp_value(secret, step))
        if step > after and compare_user_code(actual=code, expected=right):
            return step
    return None


# --- passkeys; the challenge waits in the session of the request -----------------------------------


def registration_options(user: User) -> dict[str, Any]:
    """Always with the device's own check of its owner, so that the passkey alone can sign in."""
    options: dict[str, Any] = webauthn.begin_registration(user, passwordless=True)
    return options


def registered(credential: Any) -> NewPasskey | None:
    """None unless it answers the challenge of this session, at this address, by its owner's hand."""
    try:
        webauthn.parse_registration_response(credential)
        binding = webauthn.complete_registration(credential)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return NewPasskey(credential) if binding.is_user_verified() else None


def passkey_options(user: User | None) -> dict[str, Any]:
    """For `user`'s own passkeys, or for whichever the device offers."""
    options: dict[str, Any] = webauthn.begin_authentication(user)
    return options


def passkey_shown(user: User | None, answer: Any) -> Authenticator | None:
    """The passkey that answered the challenge of this session; None if it is not right."""
    try:
        webauthn.parse_authentication_response(answer)
        owner = user or webauthn.extract_user_from_response(answer)
        found: Authenticator = webauthn.complete_authentication(owner, answer)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return found
