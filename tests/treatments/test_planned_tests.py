"""Drug tests to come: drawn from the days that were given, settled by the patient's own, ended once."""

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from access.models import AuditEntry
from appointments.queries import open_days
from common.errors import InvalidInput, NotFound, NotPermitted
from tests.api.callers import Caller
from tests.support import calendar_world as calendar
from tests.support import care_world as care
from tests.support.world import NOW, TODAY
from treatments.actions.drug_tests import (
    call_off_planned_test,
    draw_random_test,
    plan_drug_test,
    record_drug_test,
    take_planned_test,
)
from treatments.errors import DayHasItsTest, NoDayToDraw, PlannedTestOver
from treatments.models import DrugTest, PlannedTest

DAY = timedelta(days=1)
TOMORROW = TODAY + DAY
DAYS = [TODAY + DAY * number for number in range(1, 11)]


def take(world, row, day=TODAY, now=NOW, **found):
    return take_planned_test(planned=row, collected_date=day, now=now, by=world.nurse, **found)


# --- the draw ------------------------------------------------------------------------------------


def test_the_same_seed_draws_the_same_day_and_every_day_can_be_drawn(world):
    drawn: Counter[date] = Counter()
    for seed in range(300):
        with transaction.atomic():
            row = care.drawn_test(world, DAYS, seed=seed)
            assert row.is_random
            drawn[row.due_date] += 1
            transaction.set_rollback(True)
    assert set(drawn) == set(DAYS)
    # 30 of each are to be expected; so far from it a fair draw comes once in millions.
    assert all(8 <= times <= 60 for times in drawn.values()), drawn
    assert care.drawn_test(world, DAYS, seed=7).due_date == Random(7).choice(DAYS)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=some.sets(some.dates(TODAY - 5 * DAY, TODAY + 400 * DAY), max_size=20),
    seed=some.integers(0, 10**6),
)
def test_only_days_to_come_out_of_those_given_and_none_twice(world, days, seed):
    with transaction.atomic():
        taken = set()
        while True:
            try:
                row = draw_random_test(
                    patient=world.patient, days=days, chance=Random(seed), now=NOW, by=world.nurse
                )
            except NoDayToDraw:
                break
            taken.add(row.due_date)
        assert taken == {day for day in days if TODAY < day <= TODAY + 366 * DAY}
        transaction.set_rollback(True)


def test_the_trail_says_how_many_days_there_were_and_not_which_it_is(world):
    row = care.drawn_test(world, DAYS)
    trail = AuditEntry.objects.get(action="draw random test")
    assert (trail.object_id, trail.detail) == (row.pk, {"days": 10})


def test_days_on_which_the_site_is_shut_or_nobody_works_are_none_to_draw(world):
    ends = TODAY + 14 * DAY
    assert len(open_days(site=world.here, from_date=TODAY, until_date=ends)) == 14
    calendar.closure(world, TOMORROW)
    left = open_days(site=world.here, from_date=TODAY, until_date=ends)
    assert TOMORROW not in left
    calendar.hours(world, world.nurse)
    weekdays = {
        day.weekday() for day in open_days(site=world.here, from_date=TODAY, until_date=ends)
    }
    assert weekdays < set(range(7))


# --- planned, taken, called off ------------------------------------------------------------------


@pytest.mark.parametrize("due_date", [TODAY - DAY, TODAY + 367 * DAY])
def test_a_test_is_planned_within_a_year(world, due_date):
    with pytest.raises(InvalidInput):
        care.planned_test(world, due_date=due_date)


def test_one_a_day_unless_it_was_called_off(world):
    row = care.planned_test(world)
    with pytest.raises(DayHasItsTest):
        care.planned_test(world)
    call_off_planned_test(planned=row, reason="In hospital", now=NOW, by=world.nurse)
    assert care.planned_test(world).pk != row.pk


def test_taking_it_records_a_test_that_is_as_random_as_it(world):
    row = care.drawn_test(world, [TOMORROW])
    with pytest.raises(InvalidInput) as early:
        take(world, row)
    assert early.value.field == "collected_date"
    test = take(world, row, TOMORROW, NOW + DAY, positive=["fentanyl"], negative=["cocaine"])
    row.refresh_from_db()
    assert (row.test, test.is_random, test.results.count()) == (test, True, 2)
    with pytest.raises(PlannedTestOver):
        take(world, row, TOMORROW, NOW + DAY)
    with pytest.raises(PlannedTestOver):
        call_off_planned_test(planned=row, reason="Ill", now=NOW, by=world.nurse)


@pytest.mark.parametrize(
    ("is_random", "day", "settles"),
    [(False, TODAY, True), (True, TODAY, False), (False, TODAY - DAY, False)],
)
def test_one_recorded_otherwise_settles_what_was_planned_for_its_day(
    world, is_random, day, settles
):
    row, other = care.planned_test(world), care.planned_test(world, world.register("Santos"))
    record_drug_test(
        patient=world.patient, collected_date=day, is_random=is_random, now=NOW, by=world.nurse
    )
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.test is not None) == settles
    assert other.test is None


def test_called_off_for_a_reason(world):
    row = care.planned_test(world)
    with pytest.raises(InvalidInput):
        call_off_planned_test(planned=row, reason="  ", now=NOW, by=world.nurse)
    row = call_off_planned_test(planned=row, reason=" In hospital ", now=NOW, by=world.nurse)
    assert (row.reason, row.called_off_by, row.is_waited_for) == ("In hospital", world.nurse, False)


def test_who_sees_findings_sees_it_and_nobody_else(world):
    row = care.planned_test(world)
    seen = {
        role.value
        for role, user in world.staff.items()
        if PlannedTest.objects.visible_to(user).exists()
    }
    assert seen == {"prescriber", "nurse", "clinical_director", "counsellor", "case_manager"}
    with pytest.raises(NotPermitted):
        plan_drug_test(patient=world.patient, due_date=TOMORROW, now=NOW, by=world.front_desk)
    with pytest.raises(NotFound):
        take_planned_test(planned=row, collected_date=TODAY, now=NOW, by=world.stranger)


# --- what the table refuses by itself ------------------------------------------------------------


def settle(row, test):
    with transaction.atomic(), connection.cursor() as cursor:
        PlannedTest.objects.filter(pk=row.pk).update(test=test)
        cursor.execute("SET CONSTRAINTS planned_test_is_settled_by_its_patient_s IMMEDIATE")


def test_another_patient_s_test_and_one_that_was_not_random_settle_nothing(world):
    drawn = care.drawn_test(world, [TOMORROW])
    stamp = {"collected_date": TODAY, "now": NOW, "by": world.nurse}
    theirs = record_drug_test(patient=world.register("Santos"), is_random=True, **stamp)
    known = record_drug_test(patient=world.patient, is_random=False, **stamp)
    for test in (theirs, known):
        with pytest.raises(IntegrityError, match="settled_by_its_patient_s"):
            settle(drawn, test)
    settle(drawn, record_drug_test(patient=world.patient, is_random=True, **stamp))


@pytest.mark.parametrize(
    "changes",
    [
        {"called_off_at": NOW},
        {"called_off_at": NOW, "by": True},
        {"called_off_at": NOW, "by": True, "reason": "Ill", "test": True},
        {"reason": "Ill"},
    ],
)
def test_called_off_by_somebody_for_a_reason_and_not_taken_too(world, changes):
    row = care.planned_test(world)
    values = {key: value for key, value in changes.items() if key not in {"by", "test"}}
    if changes.get("by"):
        values["called_off_by"] = world.nurse
    if changes.get("test"):
        values["test"] = DrugTest.objects.create(
            patient=world.patient, collected_date=TODAY, is_random=False, recorded_at=NOW
        )
    with (
        pytest.raises(IntegrityError, match="planned_test_called_off_for_a_reason"),
        transaction.atomic(),
    ):
        PlannedTest.objects.filter(pk=row.pk).update(**values)


@pytest.mark.parametrize("changes", [{"due_date": TOMORROW}, {"is_random": True}, None])
def test_its_day_and_kind_are_never_edited(world, changes):
    row = care.planned_test(world)
    rows = PlannedTest.objects.filter(pk=row.pk)
    with pytest.raises(IntegrityError, match="never edited"), transaction.atomic():
        rows.delete() if changes is None else rows.update(**changes)


# --- the pages -----------------------------------------------------------------------------------


def test_the_patient_s_page_counts_this_year_s_random_ones_and_hides_the_day_to_come(
    world, sign_in
):
    stamp = {"patient": world.patient, "now": NOW, "by": world.nurse}
    for day, is_random in (
        (TODAY, True),
        (date(2026, 1, 1), True),
        (date(2025, 12, 31), True),
        (TODAY, False),
    ):
        record_drug_test(collected_date=day, is_random=is_random, **stamp)
    DrugTest.objects.create(
        patient=world.patient,
        collected_date=TODAY,
        is_random=True,
        is_valid=False,
        recorded_at=NOW,
    )
    row = care.drawn_test(world, [TOMORROW])
    client = sign_in(world.nurse)
    address = f"/patients/{world.patient.pk}"
    with time_machine.travel(NOW, tick=False):
        page = client.get(address).content.decode()
        assert "<strong>2 of 8</strong>" in page
        assert "1 more drawn" in page
        assert f"/planned-tests/{row.pk}/take" not in page
        assert "Rivera" not in client.get("/planned-tests").content.decode()
    with time_machine.travel(NOW + DAY, tick=False):
        client = sign_in(world.nurse)
        assert f"/planned-tests/{row.pk}/take" in client.get(address).content.decode()
        assert "Rivera" in client.get("/planned-tests").content.decode()
        assert "tests-title" not in sign_in(world.front_desk).get(address).content.decode()


def test_no_face_says_before_which_day_was_drawn(world, sign_in):
    row = care.drawn_test(world, [TOMORROW])
    care.planned_test(world, world.patient, TOMORROW + DAY)
    with time_machine.travel(NOW, tick=False):
        caller = Caller(world.nurse)
        (other,) = caller.get("planned-tests").json()["results"]
        assert other["due_date"] == "2026-03-05"
        assert caller.get(f"planned-tests/{row.pk}").status_code == 404
        gone = care.drawn_test(world, [TOMORROW + DAY * 9])
        reason = {"reason": "In hospital"}
        assert caller.post(f"planned-tests/{gone.pk}/call-off", reason).status_code == 200
        page = sign_in(world.nurse).get(f"/patients/{world.patient.pk}").content.decode()
        assert f"/planned-tests/{row.pk}/call-off" in page
        days = {"from_date": "2026-03-20", "until_date": "2026-04-05"}
        body = {"patient": world.patient.pk, **days}
        drawn = caller.post("planned-tests/draw", body)
        assert drawn.status_code == 201
        assert "due_date" not in drawn.json()
        page = sign_in(world.nurse).get("/admin/treatments/plannedtest/").content.decode()
        assert f"/{row.pk}/change/" not in page
    with time_machine.travel(NOW + DAY, tick=False):
        assert Caller(world.nurse).get(f"planned-tests/{row.pk}").json()["due_date"] == "2026-03-04"
        page = sign_in(world.nurse).get("/admin/treatments/plannedtest/").content.decode()
        assert f"/{row.pk}/change/" in page


def test_the_pages_plan_draw_take_and_call_off(world, sign_in):
    with time_machine.travel(NOW, tick=False):
        client = sign_in(world.nurse)
        base = f"/patients/{world.patient.pk}"
        assert client.post(f"{base}/planned-test", {"due_date": "2026-03-03"}).status_code == 302
        assert client.post(f"{base}/planned-test", {"due_date": "2026-03-03"}).status_code == 422
        days = {"from_date": "2026-03-04", "until_date": "2026-03-05"}
        assert client.post(f"{base}/random-test", days).status_code == 302
        assert client.post(f"{base}/random-test", days).status_code == 422
        planned, drawn = PlannedTest.objects.order_by("pk")
        typed = {"collected_date": "2026-03-03", "specimen": "urine"}
        both = {"positive": ["fentanyl"], "negative": ["fentanyl"]}
        address = f"/planned-tests/{planned.pk}/take"
        assert client.post(address, {**typed, **both}).status_code == 422
        assert client.post(address, {**typed, "positive": ["fentanyl"]}).status_code == 302
        assert client.post(f"/planned-tests/{drawn.pk}/call-off", {"reason": ""}).status_code == 422
        answer = client.post(f"/planned-tests/{drawn.pk}/call-off", {"reason": "Ill"})
        assert answer.status_code == 302
    planned.refresh_from_db()
    drawn.refresh_from_db()
    assert planned.test is not None
    assert (planned.test.is_random, drawn.is_waited_for) == (False, False)
