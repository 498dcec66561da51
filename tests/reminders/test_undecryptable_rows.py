"""One row that cannot be read, one zone that is gone, one source that fails: nobody else waits for it."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection

from appointments.maintenance import run_calendar_maintenance
from appointments.models import Appointment
from dispensary.models.call_backs import CallBack
from dispensary.models.doses import DoseRecord
from patients.models import Consent, ContactPoint, Patient
from reminders.enums import FollowUpReason, ReminderStatus, Step, Subject
from reminders.follow_ups import create_follow_ups
from reminders.models import FollowUp, MessagePreferences, Reminder
from reminders.planning import plan_due_reminders
from reminders.sending import LEASE, send_due_reminders
from reminders.sources.base import not_planned
from reminders.subjects import SUBJECTS, follow_up_finders
from tests.appointments.test_waitlist import freed
from tests.reminders.conftest import IN_TWO_DAYS
from tests.reminders.test_expirations import consent_until, ordered_until
from tests.support import calendar_world as calendar
from tests.support.world import NOW, TODAY
from treatments.models import Goal, PlannedTest, Problem, TreatmentPlan
from vault import encryption
from vault.encrypted_fields import encrypted_fields_of
from vault.table_rewrite import unwatched


def spoil(model, column, **which):
    """The ciphertext of another column: whole to look at, and it cannot be unsealed here."""
    table, (pk,) = model._meta.db_table, model.objects.filter(**which).values_list("pk", flat=True)
    elsewhere = encryption.encrypt("words", column="of.another")
    with connection.cursor() as cursor, unwatched(cursor, table):
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [elsewhere, pk])  # noqa: S608


@pytest.fixture
def two(world):
    """Two patients whom two visits and their wishes wait for; the second is the one who suffers."""
    world.reachable()
    world.book(IN_TWO_DAYS)
    second = world.register("Second")
    world.reachable(second)
    world.book(IN_TWO_DAYS - timedelta(hours=1), patient=second, practitioner=world.nurse)
    world.wishes(second, alias="Sam")
    return second


@pytest.mark.parametrize(
    ("model", "column"), [(Reminder, "body"), (Reminder, "failure"), (Patient, "pronouns")]
)
def test_a_row_that_cannot_be_unsealed_keeps_no_other_from_being_sent(
    world, two, gateway, model, column
):
    plan_due_reminders(now=NOW)
    spoil(model, column, **({"patient": two} if model is Reminder else {"pk": two.pk}))
    send_due_reminders(now=NOW)
    assert Reminder.objects.filter(patient=world.patient, status="sent").exists()


@pytest.mark.parametrize(
    ("model", "column"), [(ContactPoint, "value"), (MessagePreferences, "alias")]
)
def test_what_cannot_be_unsealed_fails_its_own_reminder_alone(world, two, gateway, model, column):
    spoil(model, column, patient=two)
    assert plan_due_reminders(now=NOW) == 2
    assert send_due_reminders(now=NOW) == {"failed": 1, "sent": 1}
    assert Reminder.objects.get(patient=two).failure == "DecryptionError"


def test_a_visit_that_cannot_be_unsealed_keeps_no_other_from_being_planned(world, two):
    spoil(Appointment, "note", patient=two)
    assert plan_due_reminders(now=NOW) == 2


@pytest.mark.parametrize("model", [CallBack, PlannedTest, TreatmentPlan, DoseRecord])
def test_planning_reads_nothing_that_is_sealed(model):
    asked = str(not_planned(model.objects.all(), Subject.PLANNED_TEST, Step.ONE_DAY).query)
    for field in encrypted_fields_of(model):
        assert f'"{field.column}"' not in asked


def test_a_dead_claim_is_called_uncertain_whatever_its_row_holds(two, gateway):
    plan_due_reminders(now=NOW)
    Reminder.objects.update(status=ReminderStatus.CLAIMED, claimed_at=NOW, handed_over_at=NOW)
    spoil(Reminder, "failure", patient=two)
    send_due_reminders(now=NOW + LEASE + timedelta(seconds=1))
    assert set(Reminder.objects.values_list("status", flat=True)) == {"uncertain"}


def test_a_zone_that_is_gone_fails_its_own_reminder_alone(world, two, gateway):
    MessagePreferences.objects.update(time_zone="Europe/Nowhere")
    assert plan_due_reminders(now=NOW) == 2
    assert send_due_reminders(now=NOW) == {"failed": 1, "sent": 1}
    assert Reminder.objects.get(patient=two).failure == "ZoneInfoNotFoundError"


def test_a_source_that_fails_keeps_no_other_and_is_told(world, two, monkeypatch):
    def broken(**asked):
        raise KeyError("broken source")

    monkeypatch.setattr(SUBJECTS[Subject.APPOINTMENT].events, "due", broken)
    asked = []

    def whole(**how):
        asked.append(how)
        return []

    monkeypatch.setattr(SUBJECTS[Subject.ORDER_END].events, "due", whole)
    with pytest.raises(KeyError):
        plan_due_reminders(now=NOW)
    assert asked


#: Papers end at noon of their day.
NOON = NOW + timedelta(hours=3)


# --- what is left to a person ----------------------------------------------------------------------


def reasons() -> list[tuple[str, int]]:
    return list(FollowUp.objects.order_by("pk").values_list("reason", "patient_id"))


def test_a_consent_that_cannot_be_unsealed_is_looked_at_and_keeps_no_other(world):
    ends = TODAY + timedelta(days=7)
    second = world.register("Second")
    consent_until(world, ends)
    consent_until(world, ends, patient=second)
    # It would be settled by this one, if anybody could tell that.
    consent_until(world, ends + timedelta(days=300), patient=second)
    spoil(Consent, "recipients", patient=second, expiry_date=ends)
    assert create_follow_ups(now=NOW) == 2
    ending = FollowUpReason.CONSENT_ENDING
    assert sorted(reasons()) == sorted([(ending, world.patient.pk), (ending, second.pk)])
    world.reachable()
    world.reachable(second)
    assert plan_due_reminders(now=NOON) == 2


def test_an_order_whose_plan_cannot_be_unsealed_is_followed_up_and_told(world):
    world.reachable()
    ordered_until(world, TODAY + timedelta(days=7))
    for model, column in (
        (Goal, "description"),
        (Problem, "description"),
        (TreatmentPlan, "summary"),
    ):
        spoil(model, column)
    assert create_follow_ups(now=NOW) == 1
    assert plan_due_reminders(now=NOON) == 1


def test_a_finder_that_fails_keeps_no_other_and_is_told(world, monkeypatch):
    def broken(now):
        Appointment.objects.raw("SELECT nothing FROM nowhere")[0]

    consent_until(world, TODAY + timedelta(days=7))
    finders = follow_up_finders()
    monkeypatch.setattr("reminders.follow_ups.follow_up_finders", lambda: [broken, *finders])
    with pytest.raises(ProgrammingError):
        create_follow_ups(now=NOW)
    assert reasons() == [(FollowUpReason.CONSENT_ENDING, world.patient.pk)]


def test_the_calendar_s_job_reads_nothing_that_is_sealed(world):
    late = world.book(NOW + timedelta(hours=1), patient=world.register("Late"))
    spoil(Appointment, "note", pk=late.pk)
    spoil(Appointment, "cancel_reason", pk=freed(world).pk)
    calendar.entry(world, world.register("First"))
    assert run_calendar_maintenance(now=NOW)["times offered"] == 1
    assert run_calendar_maintenance(now=NOW + timedelta(hours=3))["no-shows"] == 1
