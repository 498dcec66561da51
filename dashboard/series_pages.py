"""The page that books a series: first every date with its conflicts, then the whole series."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from access.models import Site
from appointments.forms.series import RepeatingForm
from appointments.series_occurrences import pattern_of
from appointments.series_preview import Occurrence, propose_series
from common.errors import DomainError, NotFound, NotPermitted
from common.time_zones import moment_of
from dashboard.http.form_views import add_problem
from dashboard.http.query_params import require_supported_date
from patients.models import Patient


def series_page(
    request: HttpRequest,
    form: RepeatingForm,
    book: Callable[..., object],
    *,
    site: Site,
    patient: Patient | None = None,
    done: str,
    back: str,
    **words: str,
) -> HttpResponseBase:
    """Show every date with its conflicts; call `book` only after a user has seen them.

    `words`: `title` and `button` of the page, and `one`, what one date of the series is called.
    """
    zone = site.time_zone
    proposed: list[Occurrence] = []
    if request.method == "POST" and form.is_valid():
        try:
            proposed = _proposed(form, site, patient, request)
            if "book" in request.POST:
                left_out, moved = ticked(request, proposed), _moved(request, zone)
                book(**_series_data(form), leave_out=left_out, moved=moved, now=timezone.now())
                messages.success(request, done)
                return redirect(back)
        except (NotPermitted, NotFound):
            raise
        except DomainError as problem:
            add_problem(form, problem)
    shown = {
        "form": form,
        "patient": patient,
        "site": site,
        "back": back,
        "proposed": proposed,
        "left_out": ticked(request, proposed),
        "moved_days": set(_moved(request, zone)),
        "conflicts": sum(1 for one in proposed if one.problem),
        **words,
    }
    return render(request, "dashboard/series.html", shown, status=422 if form.errors else 200)


def ticked(request: HttpRequest, proposed: list[Any]) -> list[date]:
    """The days whose box is checked, of those in `proposed`."""
    chosen = set(request.POST.getlist("leave_out"))
    return [one.day for one in proposed if one.day.isoformat() in chosen]


def _series_data(form: RepeatingForm) -> dict[str, Any]:
    of_the_rule = {"how_often", "weekdays", "count"}
    kept = {name: value for name, value in form.cleaned_data.items() if name not in of_the_rule}
    return {**kept, "rule": form.rule()}


def _proposed(
    form: RepeatingForm, site: Site, patient: Patient | None, request: HttpRequest
) -> list[Occurrence]:
    asked = _series_data(form)
    return propose_series(
        pattern=pattern_of(
            site,
            asked["type"],
            asked["practitioner"],
            asked["room"],
            patient,
            asked["starts_time"],
        ),
        rule=asked["rule"],
        start_date=_within_reach(asked["start_date"]),
        moved=_moved(request, site.time_zone),
        now=timezone.now(),
    )


def _within_reach(day: date) -> date:
    require_supported_date(datetime.combine(day, time.min))
    return day


def _moved(request: HttpRequest, zone: str) -> dict[date, datetime]:
    """Days for which the user typed another time of the same day."""
    found = {}
    for name, clock in request.POST.items():
        if not name.startswith("clock-") or not clock:
            continue
        try:
            day = date.fromisoformat(name.removeprefix("clock-"))
            found[day] = moment_of(_within_reach(day), time.fromisoformat(str(clock)), zone)
        except ValueError:
            continue
    return found
