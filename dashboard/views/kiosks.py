"""Check-in kiosks: enroll and revoke devices, and the check-in page of a waiting room."""

from __future__ import annotations

import hashlib
import logging

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.actions.accounts import service_account
from access.authz.policy import sites_with_permission
from access.decorators import open_to_anyone, requires
from access.enums import Permission
from appointments.actions.kiosks import arrive_by_code, enroll_kiosk, open_kiosk, revoke_kiosk
from appointments.errors import AskAtTheDesk
from appointments.forms.kiosks import ArrivalForm, KioskEnrollForm
from appointments.kiosks import kiosk_of
from appointments.models import KioskDevice
from common.errors import NotFound
from dashboard.http.form_views import action_button, attempt, staff_user
from dashboard.views.schedule import chosen_site, sites_of

logger = logging.getLogger(__name__)


COOKIE = "mainstay_screen"


YEAR = 365 * 24 * 3600


SERVICE = "check-in device"


#: After so many wrong tries within the window, a kiosk sends everybody to the front desk.
MOST_WRONG, WINDOW = 10, 15 * 60


@requires(Permission.SET_CALENDAR)
def kiosks(request: HttpRequest) -> HttpResponseBase:
    user = staff_user(request)
    sites = sites_of(user, Permission.SET_CALENDAR)
    site = chosen_site(request, sites)
    form = KioskEnrollForm(request.POST or None)
    address = ""
    if request.method == "POST":
        made = attempt(
            form, lambda data: enroll_kiosk(site=site, now=timezone.now(), by=user, **data)
        )
        if made is not None:
            address = request.build_absolute_uri(reverse("dashboard:enroll_screen", args=[made[1]]))
    return render(
        request,
        "dashboard/kiosks.html",
        {
            "site": site,
            "sites": sites,
            "rows": KioskDevice.objects.visible_to(user).filter(site=site).order_by("-pk"),
            "form": form,
            "address": address,
        },
        status=422 if form.errors else 200,
    )


@requires(Permission.SET_CALENDAR)
@require_POST
def end_kiosk(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    kept = sites_with_permission(user, Permission.SET_CALENDAR)
    row = get_object_or_404(KioskDevice.objects.filter(site__in=kept).select_related("site"), pk=pk)
    return action_button(
        request,
        lambda: revoke_kiosk(device=row, now=timezone.now(), by=user),
        done="Kiosk revoked.",
        back=f"{reverse('dashboard:kiosks')}?site={row.site.code}",
    )


@open_to_anyone
def enroll_screen(request: HttpRequest, secret: str) -> HttpResponse:
    """Enroll the device: the link works once and sets an HttpOnly cookie.

    Refused in a browser in which somebody is signed in.
    """
    if request.user.is_authenticated:
        return render(request, "dashboard/kiosk_not_enrolled.html", status=409)
    if request.method != "POST":  # link previews send GET and must not use the link up
        return render(request, "dashboard/enroll_kiosk.html")
    now = timezone.now()
    _, own = open_kiosk(secret=secret, now=now, by=service_account(SERVICE, now=now))
    answer = redirect("dashboard:check_in")
    answer.set_cookie(
        COOKIE,
        own,
        max_age=YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return answer


@open_to_anyone
def check_in(request: HttpRequest) -> HttpResponse:
    """Check in with two fields; every failure gets the same answer."""
    if request.user.is_authenticated:
        return render(request, "dashboard/kiosk_not_enrolled.html", status=409)
    secret = request.COOKIES.get(COOKIE, "")
    device = kiosk_of(secret=secret)
    form = ArrivalForm(request.POST or None)
    told = ""
    if request.method == "POST":
        told = "here" if _arrived(device, form) else "ask"
        form = ArrivalForm()
    shown = {"form": form, "told": told}
    return render(request, "dashboard/check_in.html", shown, status=422 if told == "ask" else 200)


def _arrived(device: KioskDevice, form: ArrivalForm) -> bool:
    now = timezone.now()
    try:
        if _too_many(device) or not form.is_valid():
            raise AskAtTheDesk
        arrive_by_code(
            device=device, now=now, by=service_account(SERVICE, now=now), **form.cleaned_data
        )
    except (AskAtTheDesk, NotFound):
        _count(device)
        return False
    return True


def _key(device: KioskDevice) -> str:
    return "wrong-at-screen:" + hashlib.sha256(str(device.pk).encode()).hexdigest()[:16]


def _too_many(device: KioskDevice) -> bool:
    """Whether the kiosk had too many wrong tries; True if they cannot be counted.

    Without a count a code could be guessed, and the front desk is near.
    """
    try:
        return bool(cache.get(_key(device), 0) >= MOST_WRONG)
    except Exception:
        logger.exception("wrong tries at a screen are not counted")
        return True


def _count(device: KioskDevice) -> None:
    try:
        cache.add(_key(device), 0, WINDOW)
        cache.incr(_key(device))
    except Exception:
        logger.exception("a wrong try at a screen is not counted")
