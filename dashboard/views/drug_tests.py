"""Planned and random drug tests: plan, draw, take, cancel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import SystemRandom
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from access.decorators import requires
from access.enums import Permission
from access.models import User
from appointments.queries import open_days
from appointments.visit_bundling import days_there
from common.errors import InvalidInput
from common.paging import page_by_key
from common.time_zones import day_of
from dashboard.http.form_views import form_page, staff_user
from dashboard.http.lookups import visible
from dashboard.http.query_params import cursor
from patients.models import Patient
from treatments.actions.drug_tests import (
    DRAWN_FROM,
    FURTHEST,
    RANDOM_TESTS_A_YEAR,
    call_off_planned_test,
    draw_random_test,
    plan_drug_test,
    take_planned_test,
)
from treatments.forms.drug_tests import CallOffForm, DrawTestForm, PlanTestForm, TakeTestForm
from treatments.models import DrugTest, PlannedTest

PAGE = 50
#: A planned test without a result stays on the day's list for this long.
SHOWN_FOR = timedelta(days=30)
DAY = timedelta(days=1)
#: How far ahead days with other appointments are looked for, and how many are shown.
PROPOSED, MOST_PROPOSED = timedelta(days=30), 6
#: A patient who comes on so many days of the drawing period needs no extra trip for the test.
OFTEN = 10


@dataclass(frozen=True)
class ShownTests:
    """Random tests of a calendar year against the required eight, and the tests to come.

    `drawn` are random tests whose day has not come: no page shows that day before.
    """

    year: int
    taken: int
    planned: list[PlannedTest]
    drawn: list[PlannedTest]
    wanted: int = RANDOM_TESTS_A_YEAR


def tests_of(row: Patient, today: date, user: User) -> ShownTests:
    """Tests of this year and to come. An invalid specimen counts for none of the eight."""
    tests = DrugTest.objects.visible_to(user).filter(patient=row, is_random=True)
    this_year = tests.filter(collected_date__year=today.year).exclude(is_valid=False)
    waited_for = PlannedTest.objects.visible_to(user).waited_for().filter(patient=row)
    planned = list(waited_for.order_by("due_date", "id"))
    shown = [one for one in planned if one.is_told(today)]
    drawn = [one for one in planned if not one.is_told(today)]
    return ShownTests(today.year, this_year.count(), shown, drawn)


@requires(Permission.SEE_CLINICAL)
def planned_tests(request: HttpRequest) -> HttpResponse:
    """Patients to be tested today, and those who were not tested on the days before."""
    user = staff_user(request)
    now = timezone.now()
    rows = PlannedTest.objects.visible_to(user).waited_for().come_due(now=now, since=SHOWN_FOR)
    rows = rows.select_related("patient", "site")
    after = cursor(request.GET.get("after"))
    page = page_by_key(rows, order=PlannedTest.ORDER, after=after, size=PAGE)
    late = {row.pk for row in page.rows if row.due_date < day_of(now, row.site.time_zone)}
    return render(request, "dashboard/planned_tests.html", {"page": page, "late": late})


@requires(Permission.RECORD_CLINICAL)
def plan(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    row = visible(Patient.objects.select_related("site"), user, pk, Permission.RECORD_CLINICAL)
    now = timezone.now()
    tomorrow = day_of(now, row.site.time_zone) + DAY
    there = _there(row, tomorrow, tomorrow + PROPOSED, user)
    return form_page(
        request,
        PlanTestForm(request.POST or None, initial={"due_date": next(iter(there), None)}),
        lambda data: plan_drug_test(patient=row, now=now, by=user, **data),
        title=f"Plan drug test: {row.display_name}",
        button="Plan test",
        done="Drug test planned.",
        back=reverse("dashboard:patient", args=[pk]),
        note="The patient may know about this test, so it does not count as one of the eight random tests.",
        there=list(there.items())[:MOST_PROPOSED],
        template="dashboard/plan_test.html",
    )


@requires(Permission.RECORD_CLINICAL)
def draw(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    row = visible(Patient.objects.select_related("site"), user, pk, Permission.RECORD_CLINICAL)
    now = timezone.now()
    tomorrow = day_of(now, row.site.time_zone) + DAY
    last = tomorrow + DRAWN_FROM
    often = len(_there(row, tomorrow, last, user)) >= OFTEN
    initial = {"from_date": tomorrow, "until_date": last, "only_there": often}
    return form_page(
        request,
        DrawTestForm(request.POST or None, initial=initial),
        lambda data: draw_random_test(
            patient=row, days=_days(data, row, user), chance=SystemRandom(), now=now, by=user
        ),
        title=f"Draw random test: {row.display_name}",
        button="Draw test",
        done="Random test drawn. Staff and patient see it only on the day of the test.",
        back=reverse("dashboard:patient", args=[pk]),
        note="The test falls on one of the days when the site is open, each equally likely.",
    )


def _there(row: Patient, first: date, end: date, user: User) -> dict[date, str]:
    return days_there(patient=row, from_date=first, until_date=end, now=timezone.now(), user=user)


def _days(data: dict[str, Any], row: Patient, user: User) -> list[date]:
    first, end = data["from_date"], data["until_date"]
    if not first < end <= first + FURTHEST:
        raise InvalidInput("Choose a period of one day to one year.", field="until_date")
    days = open_days(site=row.site, from_date=first, until_date=end)
    if data["only_there"]:
        there = _there(row, first, end, user)
        days = [day for day in days if day in there]
    return days


@requires(Permission.RECORD_CLINICAL)
def take(request: HttpRequest, pk: int) -> HttpResponseBase:
    user, row = staff_user(request), _planned(request, pk)
    now = timezone.now()
    return form_page(
        request,
        TakeTestForm(
            request.POST or None, initial={"collected_date": day_of(now, row.site.time_zone)}
        ),
        lambda data: take_planned_test(planned=row, now=now, by=user, **data),
        title=f"{row}: {row.patient.display_name}",
        button="Save test",
        done="Drug test saved.",
        back=reverse("dashboard:patient", args=[row.patient_id]),
    )


@requires(Permission.RECORD_CLINICAL)
def call_off(request: HttpRequest, pk: int) -> HttpResponseBase:
    user, row = staff_user(request), _planned(request, pk)
    return form_page(
        request,
        CallOffForm(request.POST or None),
        lambda data: call_off_planned_test(planned=row, now=timezone.now(), by=user, **data),
        title=f"Cancel drug test: {row.patient.display_name}",
        button="Cancel test",
        done="Drug test canceled.",
        back=reverse("dashboard:patient", args=[row.patient_id]),
    )


def _planned(request: HttpRequest, pk: int) -> PlannedTest:
    rows = PlannedTest.objects.select_related("patient", "site")
    found: PlannedTest = visible(rows, staff_user(request), pk, Permission.RECORD_CLINICAL)
    return found
