"""The steps from a right password to a session, with the second factor in between.

Until the second factor is shown, nobody is signed in: the anonymous session of the browser only
remembers for some minutes whose password was right. It stops counting when the account's password
or session epoch changes.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from typing import Any

from django.contrib.auth import load_backend, login, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from access.actions.second_factor import record_passkey, show_code
from access.actions.sign_ins import record_sign_in
from access.audit.record import current_origin
from access.auth.login_throttle import (
    count_failed_attempt,
    count_wrong_code,
    refuse_too_many_attempts,
    refuse_too_many_codes,
)
from access.auth.reauthentication import mark_second_factor_shown, record_reauthentication
from access.auth.second_factor import has_passkey, passkey_options, passkey_shown
from access.auth.sessions import begin_session, follow_session
from access.models import User
from dashboard.known_devices import remember_browser

BACKEND = "access.auth.backends.StaffBackend"
WAITING = "password_was_right"
WAITING_SECONDS = 10 * 60


def ask_second_factor(request: HttpRequest, user: User, *, then: str) -> HttpResponse:
    """Remember that the password was right and go to the second factor. Grants no access yet."""
    request.session.cycle_key()
    request.session.set_expiry(WAITING_SECONDS)
    request.session[WAITING] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "since": int(timezone.now().timestamp()),
        "then": then,
    }
    return redirect("dashboard:second_step")


def waiting(request: HttpRequest) -> User | None:
    """The user whose password was right in this browser, if that still counts."""
    kept = request.session.get(WAITING)
    if not kept or timezone.now().timestamp() - kept["since"] > WAITING_SECONDS:
        return None
    user = active_user(kept["user"])
    if user is None or not constant_time_compare(kept["hash"], user.get_session_auth_hash()):
        return None
    return user


def active_user(pk: int) -> User | None:
    found = load_backend(BACKEND).get_user(pk)
    return found if isinstance(found, User) else None


def where_to(request: HttpRequest) -> str:
    address: str = request.session.get(WAITING, {}).get("then", "")
    return address


def factor_shown(typed: Mapping[str, Any], user: User, known: str) -> str:
    """The second factor that was accepted, as the audit trail names it; "" counts a failure.

    `typed` holds a passkey's `credential`, or a `code`; `known` names the browser
    (known_devices.py).
    """
    origin, now = current_origin(), timezone.now()
    refuse_too_many_attempts(email=user.email, address=origin, known=known)
    if typed.get("credential"):
        found = passkey_shown(user, typed["credential"])
        shown = record_passkey(passkey=found, now=now, by=user)
        if not shown:
            count_failed_attempt(email=user.email, address=origin, known=known)
        return shown
    refuse_too_many_codes(user=user)
    shown = show_code(code=typed.get("code", ""), now=now, by=user)
    if not shown:
        count_wrong_code(user=user, address=origin, known=known)
    return shown


def complete(
    request: HttpRequest, user: User, *, shown: str, second_factor: bool, then: str
) -> HttpResponse:
    """Sign in: write the audit trail, the session, and the list of sessions that the user sees."""
    now = timezone.now()
    request.session.pop(WAITING, None)
    record_sign_in(succeeded=True, shown=shown, now=now, by=user)
    login(request, user, backend=BACKEND)
    request.session.set_expiry(None)  # the wait for a second factor had a short expiry
    record_reauthentication(request.session, now=now)
    if second_factor:
        mark_second_factor_shown(request.session)
    begin_session(
        session_key=request.session.session_key or "",
        user_agent=request.headers.get("User-Agent", ""),
        now=now,
        by=user,
    )
    answer = redirect(safe_address(request, then))
    remember_browser(request, answer, user)
    return answer


def stay_signed_in(request: HttpRequest, user: User) -> None:
    """Keep this session after an action that ends all sessions of the account."""
    old_key = request.session.session_key or ""
    update_session_auth_hash(request, user)
    follow_session(old_key=old_key, new_key=request.session.session_key or "")


def safe_address(request: HttpRequest, address: str) -> str:
    """`address` if it is on this site, else the home page."""
    here = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if here else resolve_url("dashboard:home")


def passkeys_elsewhere(request: HttpRequest) -> str:
    """The address to use instead of an IP address, because passkeys need a host name; or ""."""
    host, _, port = request.get_host().rpartition(":")
    try:
        ipaddress.ip_address((host or port).strip("[]"))
    except ValueError:
        return ""
    return f"http://localhost:{port}{request.path}" if host else f"http://localhost{request.path}"


def options_on_page(request: HttpRequest, user: User | None) -> str:
    """The passkey options for the page's button; "" if no passkey can be used."""
    if passkeys_elsewhere(request) or (user is not None and not has_passkey(user)):
        return ""
    if not request.user.is_authenticated:
        request.session.set_expiry(
            WAITING_SECONDS
        )  # the challenge of an anonymous session expires soon
    return json.dumps(passkey_options(user), default=dict)
