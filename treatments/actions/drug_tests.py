"""The verbs on drug tests: those that were taken, and those to come.

At least eight random tests a year (42 CFR 8.12(f)(6)). A day counts as random only if it was drawn:
each of the days that were given is equally likely, whatever was drawn before, so that nobody is safe
for some weeks after a test.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from random import Random

from django.db import IntegrityError, transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import Permission
from access.models import User
from common.errors import InvalidInput
from common.time_zones import day_of, refuse_future_date
from patients.models import Patient
from treatments.enums import Specimen
from treatments.errors import DayHasItsTest, NoDayToDraw, PlannedTestOver
from treatments.models import DrugTest, DrugTestResult, PlannedTest

#: Random tests for each patient in a year, at the least: 42 CFR 8.12(f)(6).
RANDOM_TESTS_A_YEAR = 8
#: So far ahead at most a test is planned or drawn.
FURTHEST = timedelta(days=366)
#: Days from which one is drawn if nobody says otherwise: eight times in a year.
DRAWN_FROM = timedelta(days=45)


@transaction.atomic
def record_drug_test(
    *,
    patient: Patient,
    collected_date: date,
    is_random: bool,
    specimen: Specimen = Specimen.URINE,
    positive: Iterable[str] = (),
    negative: Iterable[str] = (),
    now: datetime,
    by: User,
) -> DrugTest:
    """A specimen and its results by substance. It settles the test planned for that day, if one was."""
    require_permission(by, Permission.RECORD_CLINICAL, on=patient)
    test = _write(patient, collected_date, is_random, specimen, positive, negative, now)
    planned = PlannedTest.objects.waited_for().filter(
        patient=patient, due_date=collected_date, is_random=is_random
    )
    planned.update(test=test)
    record("record drug test", on=test, now=now, by=by)
    return test


def plan_drug_test(*, patient: Patient, due_date: date, now: datetime, by: User) -> PlannedTest:
    """A test on a day that the patient may know: it counts towards no eight. Raises DayHasItsTest."""
    require_permission(by, Permission.RECORD_CLINICAL, on=patient)
    today = day_of(now, patient.site.time_zone)
    if not today <= due_date <= today + FURTHEST:
        raise InvalidInput("A test is planned for today or within a year.", field="due_date")
    return _plan(patient, due_date, False, {}, now, by)


def draw_random_test(
    *, patient: Patient, days: Collection[date], chance: Random, now: datetime, by: User
) -> PlannedTest:
    """A random test on one of `days`, each equally likely: those on which the site is open.

    `chance` is the caller's: the machine's own randomness in a clinic, a seeded one in a test. Days
    with a test already, and days that are not to come, are left out. Raises NoDayToDraw.
    """
    require_permission(by, Permission.RECORD_CLINICAL, on=patient)
    today = day_of(now, patient.site.time_zone)
    planned = PlannedTest.objects.in_force().filter(patient=patient, due_date__gt=today)
    taken = set(planned.values_list("due_date", flat=True))
    left = sorted(day for day in set(days) - taken if today < day <= today + FURTHEST)
    if not left:
        raise NoDayToDraw
    # How many days there were, for whoever checks the draw; never which one it was.
    return _plan(patient, chance.choice(left), True, {"days": len(left)}, now, by)


@transaction.atomic
def take_planned_test(
    *,
    planned: PlannedTest,
    collected_date: date,
    specimen: Specimen = Specimen.URINE,
    positive: Iterable[str] = (),
    negative: Iterable[str] = (),
    now: datetime,
    by: User,
) -> DrugTest:
    """The specimen of a planned test, on its day or later. Raises PlannedTestOver."""
    require_permission(by, Permission.RECORD_CLINICAL, on=planned)
    held = _held(planned)
    if held.is_random and collected_date < held.due_date:
        raise InvalidInput("A random test is not taken before its day.", field="collected_date")
    test = _write(held.patient, collected_date, held.is_random, specimen, positive, negative, now)
    held.test = test
    held.save(update_fields=["test"])
    record("record drug test", on=test, now=now, by=by, detail={"planned": held.pk})
    return test


@transaction.atomic
def call_off_planned_test(
    *, planned: PlannedTest, reason: str, now: datetime, by: User
) -> PlannedTest:
    """It will not be taken, with the circumstances that excuse it. Raises PlannedTestOver."""
    require_permission(by, Permission.RECORD_CLINICAL, on=planned)
    if not reason.strip():
        raise InvalidInput("Write why it is not taken.", field="reason")
    held = _held(planned)
    held.called_off_at, held.called_off_by, held.reason = now, by, reason.strip()
    held.save(update_fields=["called_off_at", "called_off_by", "reason"])
    record("call off planned test", on=held, now=now, by=by)
    return held


def _plan(
    patient: Patient,
    due_date: date,
    is_random: bool,
    detail: dict[str, int],
    now: datetime,
    by: User,
) -> PlannedTest:
    try:
        with transaction.atomic():
            row = PlannedTest.objects.create(
                patient=patient,
                site_id=patient.site_id,
                due_date=due_date,
                is_random=is_random,
                planned_by=by,
                recorded_at=now,
            )
            action = "draw random test" if is_random else "plan drug test"
            record(action, on=row, now=now, by=by, detail=detail)
    except IntegrityError as problem:
        raise DayHasItsTest(field="due_date") from problem
    return row


def _held(planned: PlannedTest) -> PlannedTest:
    """As it stands now, held until the answer is written."""
    rows = PlannedTest.objects.select_related("patient__site")
    held = rows.select_for_update(no_key=True, of=("self",)).get(pk=planned.pk)
    if not held.is_waited_for:
        raise PlannedTestOver
    return held


def _write(
    patient: Patient,
    collected_date: date,
    is_random: bool,
    specimen: Specimen,
    positive: Iterable[str],
    negative: Iterable[str],
    now: datetime,
) -> DrugTest:
    zone = patient.site.time_zone
    refuse_future_date(collected_date, zone=zone, now=now, field="collected_date")
    test = DrugTest.objects.create(
        patient=patient,
        collected_date=collected_date,
        is_random=is_random,
        specimen=specimen,
        recorded_at=now,
    )
    DrugTestResult.objects.bulk_create(
        DrugTestResult(test=test, substance=substance, is_positive=found)
        for found, substances in ((True, positive), (False, negative))
        for substance in substances
    )
    return test
