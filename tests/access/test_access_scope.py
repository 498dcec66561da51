"""Whom a right reaches: the site, one's own caseload, or one record opened in an emergency."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from access.actions.care_teams import add_to_care_team, take_off_care_team
from access.actions.emergency_access import end_emergency, open_in_emergency, review_emergency
from access.audit.read_log import record_reads
from access.audit.response_guard import check_rows
from access.authz.policy import access_scope, can, forget_roles
from access.authz.roles import CASELOAD_ONLY, PERMISSIONS, READ_IN_AN_EMERGENCY
from access.enums import EmergencyReason, Permission, ReviewOutcome, Role
from access.errors import AlreadyOpen, AlreadyReviewed, OwnAccessUnchanged, WrongPassword
from access.models import AuditEntry, CareTeamPlace, EmergencyAccess, RoleAssignment
from access.row_tracking import track_reads
from common.errors import InvalidInput, NotFound, NotPermitted
from patients.actions.discharges import discharge
from patients.enums import DischargeReason
from patients.models import Episode, Patient
from tests.support.world import NOW, PASSWORD, TODAY
from treatments.models import Problem, TreatmentPlan

IN_A_MONTH = TODAY + timedelta(days=30)
GRACE = timedelta(days=14)


@pytest.fixture(autouse=True)
def _at_this_moment():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def somebody_else(world):
    """A patient of the site with a plan, on nobody's caseload."""
    patient = world.register("Santos", given_name="Luz", birth_date=date(1971, 2, 3))
    world.signed(world.admit(patient))
    return patient


def put_on(world, patient, end=IN_A_MONTH, user=None):
    user = user or world.counselor
    place = add_to_care_team(
        patient=patient, user=user, planned_end_date=end, now=NOW, by=world.prescriber
    )
    forget_roles(user)
    return place


def opened(world, patient=None, by=None, **changes):
    deed: dict[str, Any] = {
        "reason": EmergencyReason.OVERDOSE,
        "words": "Found unconscious.",
        "password": PASSWORD,
    } | changes
    return open_in_emergency(
        patient=patient or world.other_patient, now=NOW, by=by or world.nurse, **deed
    )


# --- the caseload ---------------------------------------------------------------------------------


@pytest.mark.parametrize("role", CASELOAD_ONLY)
def test_caseload_rights_are_rights_of_the_role(role):
    assert CASELOAD_ONLY[role] <= PERMISSIONS[role]


def test_a_counsellor_reads_the_plans_of_the_caseload_only(world, somebody_else):
    world.signed(world.admit())
    for rows in (TreatmentPlan.objects, Problem.objects):
        seen = rows.visible_to(world.counselor)
        assert seen.count() == 1
        assert rows.visible_to(world.prescriber).count() == 2
    assert not can(world.counselor, Permission.SEE_PLAN, on=somebody_else)
    assert can(world.counselor, Permission.SEE_IDENTITY, on=somebody_else)


def test_being_put_on_the_care_team_opens_the_plan_and_being_taken_off_shuts_it(
    world, somebody_else
):
    place = put_on(world, somebody_else)
    assert can(world.counselor, Permission.WRITE_PLAN, on=somebody_else)
    take_off_care_team(place=place, now=NOW, by=world.prescriber)
    forget_roles(world.counselor)
    assert not can(world.counselor, Permission.WRITE_PLAN, on=somebody_else)


def test_access_ends_with_care_and_some_days_of_grace(world, somebody_else):
    put_on(world, somebody_else)
    end = NOW + (IN_A_MONTH - TODAY)
    for moment, open_then in ((end + GRACE, True), (end + GRACE + timedelta(days=1), False)):
        with time_machine.travel(moment, tick=False):
            forget_roles(world.counselor)
            assert can(world.counselor, Permission.SEE_PLAN, on=somebody_else) is open_then


def test_the_grace_is_the_clinic_s(world, somebody_else, settings):
    settings.CARE_TEAM_GRACE_DAYS = 0
    put_on(world, somebody_else)
    with time_machine.travel(NOW + timedelta(days=31), tick=False):
        forget_roles(world.counselor)
        assert not can(world.counselor, Permission.SEE_PLAN, on=somebody_else)


def test_discharge_ends_the_care_of_the_team(world):
    episode = world.admit()
    discharge(
        episode=episode,
        discharge_date=TODAY,
        reason=DischargeReason.COMPLETED,
        now=NOW,
        by=world.prescriber,
    )
    assert {place.planned_end_date for place in CareTeamPlace.objects.all()} == {TODAY}


def test_said_again_the_end_moves(world, somebody_else):
    put_on(world, somebody_else)
    put_on(world, somebody_else, end=IN_A_MONTH + timedelta(days=30))
    place = CareTeamPlace.objects.get(patient_id=somebody_else.pk)
    assert place.planned_end_date == IN_A_MONTH + timedelta(days=30)


def test_nobody_puts_themselves_on_a_care_team(world, somebody_else):
    with pytest.raises(OwnAccessUnchanged):
        put_on(world, somebody_else, user=world.prescriber)
    with pytest.raises(NotPermitted):
        add_to_care_team(
            patient=somebody_else,
            user=world.counselor,
            planned_end_date=IN_A_MONTH,
            now=NOW,
            by=world.counselor,
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        CareTeamPlace.objects.create(
            patient_id=somebody_else.pk,
            site=world.here,
            user=world.counselor,
            chosen_by=world.counselor,
            since_date=TODAY,
            planned_end_date=IN_A_MONTH,
        )


def test_the_refusal_of_self_assignment_is_in_the_trail(world, somebody_else, sign_in):
    form = {"user": world.prescriber.pk, "planned_end_date": IN_A_MONTH.isoformat()}
    answer = sign_in(world.prescriber).post(f"/patients/{somebody_else.pk}/care-team", form)
    assert answer.status_code in {403, 422}
    assert not CareTeamPlace.objects.filter(user=world.prescriber).exists()


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.PRIVACY_OFFICER])
def test_a_care_team_is_of_people_who_see_patients(world, somebody_else, role):
    with pytest.raises(InvalidInput):
        put_on(world, somebody_else, user=world.staff[role])
    with pytest.raises(InvalidInput):
        put_on(world, somebody_else, user=world.stranger)
    with pytest.raises(InvalidInput):
        put_on(world, somebody_else, end=TODAY - timedelta(days=1))


def test_the_place_is_of_a_patient_of_that_site(world):
    place = CareTeamPlace.objects.get(user=world.counselor)
    CareTeamPlace.objects.filter(pk=place.pk).update(site=world.there)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    CareTeamPlace.objects.filter(pk=place.pk).update(site=world.here)


def test_the_usual_question_costs_no_more_statements(world, django_assert_num_queries):
    forget_roles(world.nurse)
    with django_assert_num_queries(1):
        access_scope(world.nurse, Permission.SEE_PLAN)
        access_scope(world.nurse, Permission.SEE_IDENTITY)
    forget_roles(world.counselor)
    with django_assert_num_queries(2):
        access_scope(world.counselor, Permission.SEE_PLAN)
        access_scope(world.counselor, Permission.SEE_CLINICAL)


# --- emergencies ----------------------------------------------------------------------------------


def test_an_emergency_opens_one_record_for_reading_for_four_hours(world):
    for right in (Permission.SEE_IDENTITY, Permission.SEE_PLAN, Permission.SEE_DOSES):
        assert not can(world.nurse, right, on=world.other_patient)
    opened(world)
    assert Patient.objects.visible_to(world.nurse).filter(pk=world.other_patient.pk).exists()
    for right in Permission:
        reads = right in READ_IN_AN_EMERGENCY & PERMISSIONS[Role.NURSE]
        assert can(world.nurse, right, on=world.other_patient) is reads, right
    with time_machine.travel(NOW + timedelta(hours=4), tick=False):
        forget_roles(world.nurse)
        assert not can(world.nurse, Permission.SEE_IDENTITY, on=world.other_patient)


def test_it_opens_nobody_else(world):
    other = world.other_patient
    opened(world)
    assert access_scope(world.nurse, Permission.SEE_PLAN).patients == {other.pk}
    assert set(Patient.objects.visible_to(world.nurse)) == {world.patient, other}


def test_it_opens_no_more_than_the_role_may_read(world, somebody_else):
    opened(world, somebody_else, by=world.counselor)
    assert can(world.counselor, Permission.SEE_PLAN, on=somebody_else)
    assert not can(world.counselor, Permission.SEE_DOSES, on=somebody_else)
    assert not can(world.counselor, Permission.WRITE_PLAN, on=somebody_else)


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.PRIVACY_OFFICER, Role.SYSTEM_ADMINISTRATOR])
def test_who_reads_no_clinical_record_opens_none_in_an_emergency(world, role):
    with pytest.raises(NotPermitted):
        opened(world, by=world.staff[role])


def test_it_asks_for_proof_a_reason_and_words(world):
    with pytest.raises(WrongPassword):
        opened(world, password="not the password at all")
    with pytest.raises(InvalidInput):
        opened(world, words="   ")
    assert not EmergencyAccess.objects.exists()
    opened(world)
    with pytest.raises(AlreadyOpen):
        opened(world)


def test_one_ends_one_s_own_and_no_other(world):
    row = opened(world)
    with pytest.raises(NotFound):
        end_emergency(opened=row, now=NOW, by=world.prescriber)
    end_emergency(opened=row, now=NOW, by=world.nurse)
    assert not can(world.nurse, Permission.SEE_IDENTITY, on=world.other_patient)


def test_reading_in_an_emergency_says_so_in_the_trail(world):
    row = opened(world)
    with track_reads() as reading:
        Patient.objects.get(pk=world.other_patient.pk)
    grounds = check_rows(reading, world.nurse).grounds
    place = str(world.there.pk)
    record_reads(reading, page="patient", grounds=grounds, site_of=place, now=NOW, by=world.nurse)
    detail = AuditEntry.objects.latest("pk").detail
    assert (detail["emergency"], detail["ground"]) == (row.pk, "emergency")


def test_a_review_is_by_another_and_written_once(world, somebody_else):
    row = opened(world, somebody_else, by=world.counselor)
    review: dict[str, Any] = {
        "outcome": ReviewOutcome.JUSTIFIED,
        "words": "Ambulance was called.",
        "now": NOW,
    }
    with pytest.raises(NotPermitted):
        review_emergency(opened=row, **review, by=world.clinical_director)
    with pytest.raises(InvalidInput):
        review_emergency(opened=row, **(review | {"words": " "}), by=world.privacy_officer)
    review_emergency(opened=row, **review, by=world.privacy_officer)
    with pytest.raises(AlreadyReviewed):
        review_emergency(opened=row, **review, by=world.privacy_officer)


def test_nobody_reviews_their_own(world, somebody_else):
    RoleAssignment.objects.create(
        user=world.counselor, site=world.here, role=Role.PRIVACY_OFFICER, granted_at=NOW
    )
    forget_roles(world.counselor)
    row = opened(world, somebody_else, by=world.counselor)
    with pytest.raises(OwnAccessUnchanged):
        review_emergency(
            opened=row,
            outcome=ReviewOutcome.JUSTIFIED,
            words="I say so.",
            now=NOW,
            by=world.counselor,
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        EmergencyAccess.objects.filter(pk=row.pk).update(
            outcome="justified", review_words="so", reviewed_at=NOW, reviewed_by=world.counselor
        )


@pytest.mark.parametrize(
    "change",
    [
        {"words": "Nothing happened."},
        {"reason": EmergencyReason.OTHER},
        {"ends_at": NOW + timedelta(days=9)},
        {"opened_at": NOW - timedelta(days=9)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_was_opened_is_kept_as_it_was(world, change):
    row = opened(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        EmergencyAccess.objects.filter(pk=row.pk).update(**change)


def test_what_was_opened_is_not_deleted(world):
    opened(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        EmergencyAccess.objects.all().delete()


def test_rows_through_any_table_obey_the_same_reach(world, somebody_else):
    """`visible_to` of each table and `can` on each row say the same of everybody."""
    world.signed(world.admit())
    for user in world.staff.values():
        for rows, right in (
            (Patient.objects.all(), Permission.SEE_IDENTITY),
            (Episode.objects.all(), Permission.SEE_IDENTITY),
            (TreatmentPlan.objects.all(), Permission.SEE_PLAN),
        ):
            seen = set(rows.visible_to(user).values_list("pk", flat=True))
            assert seen == {row.pk for row in rows if can(user, right, on=row)}, user
