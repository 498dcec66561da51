"""Actions on drug tests: record, plan, draw, take and call off.

At least eight random tests a year are required (42 CFR 8.12(f)(6)). A test counts as random only if
its day was drawn. Each of the given days is equally likely, whatever was drawn before, so that a
patient cannot rely on some weeks without a test after one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from random import Random

from django.db import IntegrityError, transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from common.errors import InvalidInput
from common.time_zones import day_of, refuse_future_date
from patients.models import Patient
from treatments.enums import Specimen
from treatments.errors import DayHasItsTest, NoDayToDraw, PlannedTestOver
from treatments.models import DrugTest, DrugTestResult, PlannedTest

#: Minimum number of random tests for each patient in a year: 42 CFR 8.12(f)(6).
RANDOM_TESTS_A_YEAR = 8
#: A test is planned or drawn at most this far ahead.
FURTHEST = timedelta(days=366)
#: Default period from which a day is drawn: an eighth of a year.
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
    """Record a specimen and its results by substance.

    A test that was planned for that day counts as taken. Raises InvalidInput, NotPermitted or
    NotFound.
    """
    require_permission(by, Permission.RECORD_CLINICAL, on=patient)
    test = _write(patient, collected_date, is_random, specimen, positive, negative, now)
    planned = PlannedTest.objects.waited_for().filter(
        patient=patient, due_date=collected_date, is_random=is_random
    )
    planned.update(test=test)
    record(AuditAction.RECORD_DRUG_TEST, on=test, now=now, by=by)
    return test


def plan_drug_test(*, patient: Patient, due_date: date, now: datetime, by: User) -> PlannedTest:
    """Plan a test for a day that the patient may know; it does not count as random.

    Raises DayHasItsTest, InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.RECORD_CLINICAL, on=patient)
    today = day_of(now, patient.site.time_zone)
    if not today <= due_date <= today + FURTHEST:
        raise InvalidInput(
            "The date must be between today and one year from now.", field="due_date"
        )
    return _plan(patient, due_date, False, {}, now, by)


def draw_random_test(
    *, patient: Patient, days: Collection[date], chance: Random, now: datetime, by: User
) -> PlannedTest:
    """Draw a random test on one of `days` (when the site is open), all equally likely.

    The caller passes `chance`: the system's random source in a clinic, a seeded one in a test. Days
    that already have a test, and days that are not in the future, are left out. Raises NoDayToDraw,
    DayHasItsTest, NotPermitted or NotFound.
    """
    require_permission(by, Permission.RECORD_CLINICAL, on=patient)
    today = day_of(now, patient.site.time_zone)
    planned = PlannedTest.objects.in_force().filter(patient=patient, due_date__gt=today)
    taken = set(planned.values_list("due_date", flat=True))
    left = sorted(day for day in set(days) - taken if today < day <= today + FURTHEST)
    if not left:
        raise NoDayToDraw
    # The audit entry has the number of days, so that the draw can be checked, but never the day.
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
    """Record the specimen of a planned test, on its day or later.

    Raises PlannedTestOver, InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.RECORD_CLINICAL, on=planned)
    held = _lock_planned_test(planned)
    if held.is_random and collected_date < held.due_date:
        raise InvalidInput("A random test cannot be taken before its day.", field="collected_date")
    test = _write(held.patient, collected_date, held.is_random, specimen, positive, negative, now)
    held.test = test
    held.save(update_fields=["test"])
    record(AuditAction.RECORD_DRUG_TEST, on=test, now=now, by=by, detail={"planned": held.pk})
    return test


@transaction.atomic
def call_off_planned_test(
    *, planned: PlannedTest, reason: str, now: datetime, by: User
) -> PlannedTest:
    """Call off a planned test, with the reason that excuses it.

    Raises PlannedTestOver, InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.RECORD_CLINICAL, on=planned)
    if not reason.strip():
        raise InvalidInput("Enter the reason for canceling the test.", field="reason")
    held = _lock_planned_test(planned)
    held.called_off_at, held.called_off_by, held.reason = now, by, reason.strip()
    held.save(update_fields=["called_off_at", "called_off_by", "reason"])
    record(AuditAction.CANCEL_PLANNED_TEST, on=held, now=now, by=by)
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
            action = AuditAction.DRAW_RANDOM_TEST if is_random else AuditAction.PLAN_DRUG_TEST
            record(action, on=row, now=now, by=by, detail=detail)
    except IntegrityError as problem:
        raise DayHasItsTest(field="due_date") from problem
    return row


def _lock_planned_test(planned: PlannedTest) -> PlannedTest:
    """Lock the planned test until the transaction ends. Raises PlannedTestOver."""
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
