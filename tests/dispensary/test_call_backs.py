"""Called back with the doses taken home: who can be, what may be written of it, and who sees it."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError

from access.models import AuditEntry
from common.errors import InvalidInput, NotFound, NotPermitted
from dispensary.actions.call_backs import call_back_take_homes, count_take_homes
from dispensary.actions.void_doses import void_dose
from dispensary.enums import CallBackOutcome
from dispensary.errors import AlreadyCalledBack, AlreadyCounted, NothingTakenHome
from dispensary.models.call_backs import CallBack
from tests.support import care_world as care
from tests.support.care_world import TOMORROW_NOON
from tests.support.world import NOW

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LATE = TOMORROW_NOON + HOUR


def count(world, row, outcome, *, now=NOW, **more):
    return count_take_homes(call_back=row, outcome=outcome, now=now, by=world.nurse, **more)


def test_who_has_doses_at_home_is_called_back_and_counted(world):
    row = care.called_back(world)
    assert (row.outcome, row.asked_by, row.due_at) == ("", world.nurse, TOMORROW_NOON)
    row = count(world, row, CallBackOutcome.MISSING, missing=2, note=" two seals broken ")
    assert (row.missing, row.counted_by, row.note) == (2, world.nurse, "two seals broken")
    trail = AuditEntry.objects.filter(object_type="call-back").order_by("pk")
    assert list(trail.values_list("action", flat=True)) == [
        "call back take-home doses",
        "count take-home doses",
    ]


def test_who_has_nothing_at_home_is_not(world):
    with pytest.raises(NothingTakenHome):
        care.called_back(world, world.patient)
    doses = care.at_home(world)
    void_dose(dose=doses[0], reason="Never handed out", now=NOW, by=world.nurse)
    with pytest.raises(NothingTakenHome):
        care.called_back(world, world.patient)


def test_bottles_of_days_that_are_over_are_nothing_to_count(world):
    care.at_home(world)
    with pytest.raises(NothingTakenHome):
        care.called_back(world, world.patient, due_at=NOW + 3 * DAY, now=NOW + 2 * DAY)


@pytest.mark.parametrize("due_at", [NOW - HOUR, NOW, NOW + timedelta(days=7, minutes=1)])
def test_within_a_week_and_not_in_the_past(world, due_at):
    care.at_home(world)
    with pytest.raises(InvalidInput) as refused:
        care.called_back(world, world.patient, due_at=due_at)
    assert refused.value.field == "due_at"


def test_one_at_a_time(world):
    row = care.called_back(world)
    with pytest.raises(AlreadyCalledBack):
        care.called_back(world, world.patient)
    count(world, row, CallBackOutcome.CALLED_OFF)
    assert care.called_back(world, world.patient).pk != row.pk


def test_counted_once(world):
    row = care.called_back(world)
    count(world, row, CallBackOutcome.ALL_THERE)
    with pytest.raises(AlreadyCounted):
        count(world, row, CallBackOutcome.MISSING, missing=1)


@pytest.mark.parametrize(
    ("outcome", "missing"),
    [(CallBackOutcome.MISSING, None), (CallBackOutcome.MISSING, 0), (CallBackOutcome.ALL_THERE, 1)],
)
def test_how_many_are_missing_is_said_where_some_are(world, outcome, missing):
    row = care.called_back(world)
    with pytest.raises(InvalidInput):
        count(world, row, outcome, missing=missing)


def test_nobody_did_not_come_while_they_are_expected(world):
    row = care.called_back(world)
    with pytest.raises(InvalidInput):
        count(world, row, CallBackOutcome.DID_NOT_COME)
    assert count(world, row, CallBackOutcome.DID_NOT_COME, now=LATE).outcome == "did_not_come"


def test_who_records_doses_does_it_and_who_sees_doses_sees_it(world):
    row = care.called_back(world)
    seen = {
        role.value
        for role, user in world.staff.items()
        if CallBack.objects.visible_to(user).exists()
    }
    assert seen == {"prescriber", "nurse", "clinical_director"}
    with pytest.raises(NotFound):
        count_take_homes(
            call_back=row, outcome=CallBackOutcome.ALL_THERE, now=NOW, by=world.stranger
        )
    with pytest.raises(NotPermitted):
        call_back_take_homes(
            patient=world.patient, due_at=TOMORROW_NOON, now=NOW, by=world.front_desk
        )


# --- what the table refuses by itself ------------------------------------------------------------


def write(world, **values):
    with transaction.atomic():
        return CallBack.objects.create(
            **{
                "patient": world.patient,
                "site": world.here,
                "asked_at": NOW,
                "asked_by": world.nurse,
                "due_at": TOMORROW_NOON,
                "recorded_at": NOW,
                **values,
            }
        )


COUNTED = {"counted_at": NOW + HOUR, "outcome": "all_there"}


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"due_at": NOW}, "call_back_is_soon"),
        ({"due_at": NOW + 8 * DAY}, "call_back_is_soon"),
        ({"outcome": "all_there"}, "call_back_counted_by_somebody"),
        ({"counted_at": NOW}, "call_back_counted_by_somebody"),
        ({**COUNTED, "by": True, "counted_at": NOW - HOUR}, "call_back_counted_by_somebody"),
        ({**COUNTED, "by": True, "outcome": "lost"}, "call_back_counted_by_somebody"),
        ({**COUNTED, "by": True, "outcome": "missing"}, "call_back_says_how_many"),
        ({**COUNTED, "by": True, "missing": 1}, "call_back_says_how_many"),
        ({**COUNTED, "by": True, "outcome": "did_not_come"}, "call_back_is_waited_for"),
    ],
)
def test_what_cannot_be(world, values, name):
    care.at_home(world)
    if values.get("by"):
        values = {**values, "counted_by": world.nurse}
    values = {key: value for key, value in values.items() if key != "by"}
    with pytest.raises(IntegrityError, match=name):
        write(world, **values)


def test_the_table_itself_wants_doses_at_home_and_one_call_at_a_time(world):
    with pytest.raises(IntegrityError, match="nothing that was taken home"):
        write(world)
    care.at_home(world)
    write(world)
    with pytest.raises(IntegrityError, match="call_back_one_at_a_time"):
        write(world)


def test_it_stands_where_its_patient_is(world):
    care.at_home(world)
    write(world, site=world.there)
    with (
        pytest.raises(IntegrityError, match="call_back_is_where_its_patient_is"),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("changes", [{"due_at": NOW + 2 * DAY}, {"outcome": ""}, None])
def test_it_is_answered_and_never_edited(world, changes):
    row = care.called_back(world)
    count(world, row, CallBackOutcome.ALL_THERE)
    rows = CallBack.objects.filter(pk=row.pk)
    with pytest.raises((IntegrityError, InternalError), match="never edited"), transaction.atomic():
        rows.delete() if changes is None else rows.update(**changes)


def test_the_pages_call_back_and_count(world, sign_in):
    care.at_home(world)
    client = sign_in(world.nurse)
    with time_machine.travel(NOW, tick=False):
        page = client.get(f"/patients/{world.patient.pk}").content.decode()
        assert "1 take-home dose for today or later" in page
        typed = {"day": "2026-03-04", "clock": "12:00"}
        assert client.post(f"/patients/{world.patient.pk}/call-back", typed).status_code == 302
        assert client.post(f"/patients/{world.patient.pk}/call-back", typed).status_code == 422
        row = CallBack.objects.get()
        assert "expected by" in client.get(f"/patients/{world.patient.pk}").content.decode()
        address = f"/call-backs/{row.pk}/count"
        assert client.post(address, {"outcome": "missing"}).status_code == 422
        assert client.post(address, {"outcome": "missing", "missing": "1"}).status_code == 302
        page = client.get(f"/patients/{world.patient.pk}").content.decode()
        assert "doses missing or opened (1)" in page
