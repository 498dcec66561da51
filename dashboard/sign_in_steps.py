"""From a right password to a session: between the two stands the second factor, where there is one.

Until it is shown, nobody is signed in: the browser's anonymous session only remembers whose
password was right, for some minutes, and for no other password or epoch of the account.
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
from access.auth.reauthentication import mark_second_factor_shown, record_reauthentication
from access.auth.second_factor import has_passkey, passkey_options, passkey_shown
from access.auth.sessions import begin_session, follow_session
from access.auth.throttling import (
    count_failed_attempt,
    count_wrong_code,
    refuse_too_many_attempts,
    refuse_too_many_codes,
)
from access.models import User
from dashboard.known_devices import remember_browser

BACKEND = "access.auth.backends.StaffBackend"
WAITING = "password_was_right"
WAITING_SECONDS = 10 * 60


def ask_second_factor(request: HttpRequest, user: User, *, then: str) -> HttpResponse:
    """The password was right. Nothing is opened yet."""
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
    """Whose password was right in this browser, if that still counts."""
    said = request.session.get(WAITING)
    if not said or timezone.now().timestamp() - said["since"] > WAITING_SECONDS:
        return None
    user = active_user(said["user"])
    if user is None or not constant_time_compare(said["hash"], user.get_session_auth_hash()):
        return None
    return user


def active_user(pk: int) -> User | None:
    found = load_backend(BACKEND).get_user(pk)
    return found if isinstance(found, User) else None


def where_to(request: HttpRequest) -> str:
    said: str = request.session.get(WAITING, {}).get("then", "")
    return said


def factor_shown(typed: Mapping[str, Any], user: User, known: str) -> str:
    """What second factor was shown, in the trail's words, or "" and one more failure counted.

    `typed` holds a passkey's `credential`, or a `code`; `known` names the browser (devices.py).
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
    """Signed in: the trail, the session, and the list of sessions that its owner sees."""
    now = timezone.now()
    request.session.pop(WAITING, None)
    record_sign_in(succeeded=True, shown=shown, now=now, by=user)
    login(request, user, backend=BACKEND)
    request.session.set_expiry(None)  # what waited for a factor was short; a session is not
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
    """After a deed that ends all sessions of the account, this one goes on."""
    old_key = request.session.session_key or ""
    update_session_auth_hash(request, user)
    follow_session(old_key=old_key, new_key=request.session.session_key or "")


def safe_address(request: HttpRequest, address: str) -> str:
    """`address` if it lies in this clinic, else the first page."""
    here = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if here else resolve_url("dashboard:home")


def passkeys_elsewhere(request: HttpRequest) -> str:
    """Passkeys belong to names, never to numbers: where to go instead of 127.0.0.1."""
    host, _, port = request.get_host().rpartition(":")
    try:
        ipaddress.ip_address((host or port).strip("[]"))
    except ValueError:
        return ""
    return f"http://localhost:{port}{request.path}" if host else f"http://localhost{request.path}"


def options_on_page(request: HttpRequest, user: User | None) -> str:
    """What the page's button asks the device for; empty where no passkey can answer."""
    if passkeys_elsewhere(request) or (user is not None and not has_passkey(user)):
        return ""
    if not request.user.is_authenticated:
        request.session.set_expiry(WAITING_SECONDS)  # a stranger's challenge is soon forgotten
    return json.dumps(passkey_options(user), default=dict)
