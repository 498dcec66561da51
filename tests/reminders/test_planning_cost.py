"""What planning and noting read grows with what is due, not with the tables. Counted in pages, not in seconds."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments.models import Appointment
from dispensary.models.call_backs import CallBack
from dispensary.models.naloxone import NaloxoneOffer
from patients.models import Patient
from reminders.enums import Step, Subject
from reminders.models import Reminder
from reminders.planning import plan_due_reminders
from reminders.sending import release_dead_claims
from reminders.sources.appointments import UpcomingVisits
from reminders.sources.base import not_planned
from tests.support.world import NOW
from treatments.models import PlannedTest

#: Both so large that no plan reads them whole: the second history is four times the first.
DUE, SMALL, LARGE = 50, 3000, 12_000
REMINDERS = Reminder._meta.db_table


def people(world, count, prefix):
    return Patient.objects.bulk_create(
        Patient(
            site=world.here,
            given_name="Person",
            family_name=f"{prefix}{number}",
            birth_date="1990-01-01",
            recorded_at=NOW,
        )
        for number in range(count)
    )


def visits(world, patients, starts_at, status="booked"):
    return Appointment.objects.bulk_create(
        (
            Appointment(
                patient=person,
                site=world.here,
                type=world.visit_type,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=30),
                held_since=NOW,
                status=status,
                recorded_at=NOW,
            )
            for person in patients
        ),
        batch_size=1000,
    )


def care(world, patients, days):
    """For each a call-back, a drug test and a kit of long ago, and of a day far ahead."""
    stamp = {"site": world.here, "recorded_at": NOW}
    called, planned = {"asked_by": world.nurse, **stamp}, {"planned_by": world.nurse, **stamp}
    offered = {"offered_by": world.nurse, "answer": "given", "product": "nasal_4_mg", **stamp}
    past, ahead, day = NOW - timedelta(days=days), NOW + timedelta(days=days), timedelta(days=1)
    counted = {"outcome": "all_there", "counted_at": past + day, "counted_by": world.nurse}
    excused = {"called_off_at": past, "called_off_by": world.nurse, "reason": "Ill"}
    CallBack.objects.bulk_create(
        CallBack(patient=one, asked_at=asked, due_at=asked + day, **answer, **called)
        for one in patients
        for asked, answer in ((past, counted), (ahead, {}))
    )
    PlannedTest.objects.bulk_create(
        PlannedTest(patient=one, due_date=due.date(), is_random=True, **answer, **planned)
        for one in patients
        for due, answer in ((past, excused), (ahead, {}))
    )
    given = (past - day).date()
    NaloxoneOffer.objects.bulk_create(
        NaloxoneOffer(
            patient=one, offered_date=given, expires_date=ends.date(), number=1, **offered
        )
        for one in patients
        for ends in (past, ahead)
    )


def history(world, patients, point, days):
    """A visit long ago for each, and its reminder; and one far ahead. And of care likewise."""
    care(world, patients, days)
    past = visits(world, patients, NOW - timedelta(days=days), status="completed")
    visits(world, patients, NOW + timedelta(days=days))
    Reminder.objects.bulk_create(
        (
            Reminder(
                patient_id=visit.patient_id,
                site=world.here,
                contact_point=point,
                subject_kind="appointment",
                subject_id=visit.pk,
                subject_version=1,
                step="one_day",
                channel="sms",
                due_at=NOW - timedelta(days=days),
                status="sent",
                recorded_at=NOW,
            )
            for visit in past
        ),
        batch_size=1000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def pages_read() -> int:
    """By every question that planning asks, as the database itself counts them."""
    with CaptureQueriesContext(connection) as caught:
        plan_due_reminders(now=NOW)
        release_dead_claims(now=NOW)
    total = 0
    for query in caught:
        if query["sql"].startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query['sql']}")
                (plan,) = cursor.fetchone()
            top = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
            total += top["Shared Hit Blocks"] + top["Shared Read Blocks"]
    return total


def test_five_times_the_table_is_not_five_times_the_work(world):
    with connection.cursor() as cursor:
        # Who is called back has doses at home; here only the size of the table matters.
        cursor.execute(
            "ALTER TABLE dispensary_callback DISABLE TRIGGER call_back_is_of_doses_at_home"
        )
    world.reachable()
    point = world.patient.contact_points.get()
    visits(world, people(world, DUE, "Due"), NOW + timedelta(days=2))
    history(world, people(world, SMALL, "Early"), point, 100)
    small = pages_read()
    history(world, people(world, LARGE, "Later"), point, 200)
    large = pages_read()
    assert small > 0
    assert large < 1.6 * small, (small, large)


def visits_to_plan():
    return UpcomingVisits().due(
        after=NOW + timedelta(days=1),
        until=NOW + timedelta(days=3),
        step=Step.THREE_DAYS,
        type_id=None,
        other_types=frozenset(),
    )


def all_others_to_plan():
    """As the other sources ask, here of the same rows."""
    return not_planned(Appointment.objects.all(), Subject.APPOINTMENT, Step.THREE_DAYS)


@pytest.mark.parametrize("to_plan", [visits_to_plan, all_others_to_plan])
def test_what_the_statistics_do_not_know_yet_makes_no_join_of_each_with_each(world, to_plan):
    """Very many were planned just now, where there were none: still one look-up for each visit."""
    world.reachable()
    point = world.patient.contact_points.get()
    due = visits(world, people(world, 300, "Due"), NOW + timedelta(days=2))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    Reminder.objects.bulk_create(
        Reminder(
            patient_id=visit.patient_id,
            site=world.here,
            contact_point=point,
            subject_kind="appointment",
            subject_id=visit.pk,
            subject_version=1,
            step="three_days",
            channel="sms",
            due_at=NOW,
            recorded_at=NOW,
        )
        for visit in due
    )
    with CaptureQueriesContext(connection) as caught:
        assert list(to_plan()) == []
    (query,) = caught
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query['sql']}")
        (plan,) = cursor.fetchone()
    (top,) = json.loads(plan) if isinstance(plan, str) else plan
    looked = [node for node in nodes(top["Plan"]) if node.get("Relation Name") == REMINDERS]
    assert [node["Index Name"] for node in looked] == ["reminder_once_per_step_and_channel"]
    assert [node["Actual Loops"] for node in looked] == [300]


def nodes(plan):
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)
