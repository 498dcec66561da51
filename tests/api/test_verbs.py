"""Every verb of the API once, as it should go. A guard compares this list with the routes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from access.enums import Role
from access.models import ApiToken, AuditEntry, User
from reminders.models import Reminder
from tests.api.calendar_verbs import CALENDAR
from tests.api.care_verbs import CARE
from tests.api.population import populate
from tests.support import consents
from tests.support.action_cases import proposed, restricted
from tests.support.api_routes import RESOURCES
from tests.support.auth import token_for
from tests.support.world import NOW, PASSWORD, World

#: Who asks, the id in the address, the body.
Request = tuple[User, int, dict[str, Any]]
Stage = Callable[[World], Request]

SOON = "2026-03-05T10:00:00-05:00"
TODAY = "2026-03-03"
TOMORROW = "2026-03-04"
GIVEN = {"product": "methadone_oral", "amount_mg": "30.00", "dose_date": TODAY}


def json_ready(paper: dict[str, Any]) -> dict[str, Any]:
    """Days as text."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in paper.items()
    }


def _of_patient(user: str, **body: Any) -> Stage:
    return lambda w: (getattr(w, user), 0, {"patient": w.patient.pk, **body})


def _booked(user: str, **body: Any) -> Stage:
    return lambda w: (getattr(w, user), w.book(NOW + timedelta(days=2)).pk, body)


def _draft(user: str, **body: Any) -> Stage:
    return lambda w: (getattr(w, user), w.draft(w.admit()).pk, body)


def _draft_read_by(user: str) -> Stage:
    def stage(world: World) -> Request:
        draft = world.draft(world.admit())
        draft.refresh_from_db()
        return getattr(world, user), draft.pk, {"revision": draft.revision, "start_date": TODAY}

    return stage


def _signed(user: str, **body: Any) -> Stage:
    return lambda w: (getattr(w, user), w.signed(w.admit()).pk, body)


def _part(kind: str, user: str, **body: Any) -> Stage:
    def stage(world: World) -> Request:
        problem = world.draft(world.admit()).problems.get()
        goal = problem.goals.get()
        parts: dict[str, Any] = {
            "problem": problem,
            "goal": goal,
            "intervention": goal.interventions.first(),
        }
        return getattr(world, user), parts[kind].pk, body

    return stage


def _dose(**body: Any) -> Stage:
    def stage(world: World) -> Request:
        episode = world.signed(world.admit()).episode
        return world.nurse, 0, {"episode": episode.pk, **body}

    return stage


def _arrived(world: World) -> Request:
    from appointments.actions.check_in import mark_arrived

    appointment = world.book(NOW + timedelta(hours=2))
    mark_arrived(appointment=appointment, now=NOW, by=world.front_desk)
    return world.counselor, appointment.pk, {}


def _missed_visit(world: World) -> Request:
    earlier = world.book(NOW - timedelta(hours=1), now=NOW - timedelta(days=1))
    return world.front_desk, earlier.pk, {"reason": "forgot"}


def _failed_reminder(world: World) -> Request:
    pk = populate(world, 1)["reminders"]
    Reminder.objects.filter(pk=pk).update(status="failed")
    return world.front_desk, pk, {}


def shut(user: User) -> User:
    """An account that was disabled."""
    User.objects.filter(pk=user.pk).update(is_active=False)
    return user


def _account(**body: Any) -> Stage:
    return lambda w: (w.system_administrator, w.nurse.pk, body)


def _discharge(world: World) -> Request:
    episode = world.signed(world.admit()).episode
    return world.prescriber, episode.pk, {"discharge_date": TODAY, "reason": "completed"}


def _contact(world: World) -> Request:
    world.reachable()
    return world.front_desk, world.patient.contact_points.get().pk, {}


def _token(world: World) -> Request:
    token, _ = token_for(world.nurse, expires_at=NOW + timedelta(days=1), now=NOW)
    return world.nurse, token.pk, {}


def _new_token(world: World) -> dict[str, Any]:
    return {
        "name": "lab",
        "rights": ["see_identity"],
        "sites": [world.here.pk],
        "expires_at": "2026-12-31T00:00:00Z",
    }


PERSON = {"given_name": "Jo", "family_name": "Unheard", "birth_date": "1980-02-29"}

VERBS: dict[str, tuple[Stage, int]] = {
    "POST patients": (
        lambda w: (
            w.front_desk,
            0,
            {**PERSON, "site": w.here.pk, "phone": "555 010 2345", "may_text": True},
        ),
        201,
    ),
    "PATCH patients/<int:pk>": (
        lambda w: (w.front_desk, w.patient.pk, {"version": 1, "preferred_name": "Nita"}),
        200,
    ),
    "POST patients/search": (lambda w: (w.front_desk, 0, {"words": "RIVERA ana"}), 200),
    "POST contact-points": (
        _of_patient("front_desk", kind="email", value="a@example.org", may_send_messages=True),
        201,
    ),
    "POST contact-points/<int:pk>/retire": (_contact, 200),
    "POST emergency-contacts": (
        _of_patient("front_desk", name="Mother", phone="555 0101 999"),
        201,
    ),
    "POST identifiers": (_of_patient("front_desk", system="state", value="77"), 201),
    "POST episodes": (
        lambda w: (
            w.case_manager,
            0,
            {
                "patient": w.patient.pk,
                "program": w.program.pk,
                "admission_date": TODAY,
                "referral_source": "court",
            },
        ),
        201,
    ),
    "POST episodes/<int:pk>/discharge": (_discharge, 200),
    "POST diagnoses": (_of_patient("nurse", code="F11.20", onset_date="2019-01-01"), 201),
    "POST substance-uses": (
        _of_patient("nurse", substance="heroin", route="injected", age_at_first_use=19),
        201,
    ),
    "POST events": (
        _of_patient("nurse", kind="overdose", occurred_date=TODAY, naloxone_given=True),
        201,
    ),
    "POST assessments": (
        _of_patient("nurse", instrument="cows", score=12, assessed_date=TODAY),
        201,
    ),
    "POST drug-tests": (
        _of_patient(
            "nurse",
            collected_date=TODAY,
            is_random=True,
            positive=["fentanyl"],
            negative=["cocaine"],
        ),
        201,
    ),
    "POST consents": (_of_patient("front_desk", **json_ready(consents.specific_consent())), 201),
    "POST consents/<int:pk>/end": (
        lambda w: (w.front_desk, w.consent().pk, {"reason": "revoked", "how": "In a letter"}),
        200,
    ),
    "POST privacy-notices": (
        _of_patient("front_desk", version="2026-02", given_date=TODAY, method="paper"),
        201,
    ),
    "POST restriction-requests": (
        _of_patient(
            "privacy_officer",
            request="Nothing to my plan",
            requested_date=TODAY,
            purposes=["payment", "operations"],
            to_health_plan=True,
            is_paid_in_full=True,
            decision="agreed",
            reason="Paid out of pocket",
        ),
        201,
    ),
    "POST restriction-wishes": (
        _of_patient("front_desk", asked_date=TODAY, request="Nothing to my plan"),
        201,
    ),
    "POST restriction-requests/<int:pk>/lift": (
        lambda w: (
            w.privacy_officer,
            restricted(w).pk,
            {"ground": "in_writing", "words": "A letter of hers"},
        ),
        200,
    ),
    "POST disclosures": (
        lambda w: (
            w.nurse,
            0,
            {"patient": w.consent().patient_id, **consents.to_treating_provider()},
        ),
        201,
    ),
    "POST disclosures/accounting": (
        lambda w: (
            w.privacy_officer,
            0,
            {"patient": populate(w, 1, patient=w.patient)["patients"], "asked_date": TODAY},
        ),
        200,
    ),
    "POST plans": (
        lambda w: (w.counselor, 0, {"episode": w.admit().pk, "summary": "Sleep."}),
        201,
    ),
    "POST plans/<int:pk>/describe": (
        _draft("counselor", summary="Sleep.", review_date="2026-06-01"),
        200,
    ),
    "POST plans/<int:pk>/problems": (
        _draft("counselor", area="housing", description="No home"),
        201,
    ),
    "POST plans/<int:pk>/sign": (_draft_read_by("prescriber"), 200),
    "POST plans/<int:pk>/close": (_signed("prescriber", end_date=TODAY), 200),
    "POST plans/<int:pk>/discard": (_draft("counselor"), 204),
    "POST problems/<int:pk>/goals": (
        _part("problem", "counselor", description="A room", target_date=TODAY),
        201,
    ),
    "POST problems/<int:pk>/remove": (_part("problem", "counselor"), 200),
    "POST goals/<int:pk>/behavioural-work": (
        _part("goal", "counselor", modality="cbt", frequency="weekly", minutes=50),
        201,
    ),
    "POST goals/<int:pk>/medication": (
        _part("goal", "prescriber", product="bup_nx_film", dose_mg="8.00"),
        201,
    ),
    "POST goals/<int:pk>/remove": (_part("goal", "counselor"), 200),
    "POST interventions/<int:pk>/remove": (_part("intervention", "counselor"), 200),
    "POST counselling-notes": (
        _of_patient("counselor", session_date=TODAY, words="She spoke of her brother."),
        201,
    ),
    "POST counselling-notes/<int:pk>/amend": (
        lambda w: (w.counselor, w.note().pk, {"words": "Her half-brother."}),
        201,
    ),
    "POST note-readers": (
        lambda w: (
            w.counselor,
            0,
            {"patient": w.patient.pk, "reader": w.prescriber.pk, "until_date": TOMORROW},
        ),
        201,
    ),
    "POST note-readers/<int:pk>/end": (
        lambda w: (w.counselor, w.named_reader().pk, {}),
        200,
    ),
    "POST care-team-places": (
        lambda w: (
            w.clinical_director,
            0,
            {"patient": w.patient.pk, "user": w.nurse.pk, "planned_end_date": TOMORROW},
        ),
        201,
    ),
    "POST care-team-places/<int:pk>/end": (
        lambda w: (w.clinical_director, w.put_on_care_team(w.nurse).pk, {}),
        200,
    ),
    "POST doses/give": (_dose(**GIVEN), 201),
    "POST doses/take-home": (
        _dose(
            product="methadone_oral",
            amount_mg="30",
            first_date=TOMORROW,
            days=2,
            rationale="Clinic closed at the weekend.",
        ),
        201,
    ),
    "POST doses/missed": (_dose(dose_date=TODAY, reason="Did not come"), 201),
    "POST doses/<int:pk>/void": (
        lambda w: (w.nurse, populate(w, 1)["doses"], {"reason": "Wrong patient"}),
        201,
    ),
    "POST doses/<int:pk>/correct": (
        lambda w: (
            w.nurse,
            populate(w, 1)["doses"],
            {"amount_mg": "25", "reason": "25 mg were swallowed"},
        ),
        201,
    ),
    "POST appointments": (
        lambda w: (
            w.front_desk,
            0,
            {
                "patient": w.patient.pk,
                "site": w.here.pk,
                "type": w.visit_type.pk,
                "practitioner": w.counselor.pk,
                "starts_at": SOON,
                "room": None,
            },
        ),
        201,
    ),
    "POST appointments/<int:pk>/confirm": (_booked("front_desk"), 200),
    "POST appointments/<int:pk>/move": (_booked("front_desk", starts_at=SOON), 200),
    "POST appointments/<int:pk>/cancel": (
        _booked("front_desk", cancelled_by="patient", reason="Shift"),
        200,
    ),
    "POST appointments/<int:pk>/arrive": (
        lambda w: (w.front_desk, w.book(NOW + timedelta(hours=2)).pk, {}),
        200,
    ),
    "POST appointments/<int:pk>/complete": (_arrived, 200),
    "POST appointments/<int:pk>/no-show": (_missed_visit, 200),
    "POST reminders/<int:pk>/send-again": (_failed_reminder, 200),
    "POST message-wishes": (
        _of_patient("front_desk", by_email=False, from_time="09:00:00", alias="Nita"),
        201,
    ),
    "POST follow-ups/<int:pk>/finish": (
        lambda w: (w.front_desk, w.follow_up().pk, {"outcome": "reached"}),
        200,
    ),
    "POST replies/<int:pk>/close": (
        lambda w: (w.front_desk, w.incoming_text().pk, {"note": "Called: comes on Monday"}),
        200,
    ),
    "POST reminder-rules": (
        lambda w: (
            w.system_administrator,
            0,
            {
                "subject_kind": "appointment",
                "step": "two_hours",
                "appointment_type": w.visit_type.pk,
                "by_email": False,
            },
        ),
        201,
    ),
    "PATCH reminder-rules/<int:pk>": (
        lambda w: (w.clinical_director, w.reminder_rule().pk, {"is_active": False}),
        200,
    ),
    "POST message-texts": (
        lambda w: (
            w.clinical_director,
            0,
            {"kind": "call", "language": "en", "channel": "sms", "text": "{hello}Please ring us."},
        ),
        201,
    ),
    "PATCH message-texts/<int:pk>": (
        lambda w: (w.clinical_director, w.message_text().pk, {"text": "{hello}Please ring us."}),
        200,
    ),
    "POST message-texts/<int:pk>/take-back": (
        lambda w: (w.clinical_director, w.message_text().pk, {}),
        204,
    ),
    "POST staff": (
        lambda w: (
            w.system_administrator,
            0,
            {"email": "new@example.org", "name": "New", "password": PASSWORD},
        ),
        201,
    ),
    "POST staff/<int:pk>/grant-role": (
        lambda w: (
            w.system_administrator,
            w.nurse.pk,
            {"site": w.here.pk, "role": Role.COUNSELOR},
        ),
        200,
    ),
    "POST staff/<int:pk>/withdraw-role": (
        lambda w: (
            w.system_administrator,
            w.nurse.pk,
            {"assignment": w.nurse.role_assignments.get().pk},
        ),
        200,
    ),
    "POST staff/<int:pk>/withdraw-proposal": (
        lambda w: (
            w.system_administrator,
            (waiting := proposed(w)).user_id,
            {"proposal": waiting.pk},
        ),
        200,
    ),
    "POST staff/<int:pk>/enable": (lambda w: (w.system_administrator, shut(w.nurse).pk, {}), 200),
    "POST staff/<int:pk>/disable": (_account(), 200),
    "POST tokens": (
        lambda w: (w.nurse, 0, _new_token(w)),
        201,
    ),
    "POST tokens/<int:pk>/revoke": (_token, 200),
    **CALENDAR,
    **CARE,
}


def test_every_verb_is_tried_here():
    assert set(VERBS) == {route.key for route in RESOURCES if route.method != "GET"}


@pytest.mark.parametrize("key", VERBS)
def test_verb(world: World, call, key: str):
    stage, status = VERBS[key]
    user, pk, body = stage(world)
    trail = AuditEntry.objects.count()
    method, pattern = key.split(" ")
    response = call(user).ask(method, pattern.replace("<int:pk>", str(pk)), body)
    assert response.status_code == status, response.content
    assert response["Cache-Control"] == "no-store"
    if key != "POST patients/search":
        assert AuditEntry.objects.count() > trail
        assert AuditEntry.objects.latest("pk").actor_id == user.pk


@pytest.mark.parametrize(
    "route", [route for route in RESOURCES if route.method == "GET"], ids=lambda route: route.key
)
def test_reading(world: World, call, everything: User, route):
    ids = populate(world, 1, owner=everything)
    ids["audit-entries"] = AuditEntry.objects.latest("pk").pk
    path = route.path(ids.get(route.resource, 0))
    body = call(everything).get(path).json()
    if route.is_list:
        assert set(body) == {"results", "next"}
        assert ids[route.resource] in [row["id"] for row in body["results"]]
    elif route.is_detail:
        assert body["id"] == ids[route.resource]


def test_a_course_of_care(world: World, call):
    """Admission, a plan of both arms, signature, a dose, a visit, discharge: what one answer gives
    the next call takes."""
    doctor, nurse = call(world.prescriber), call(world.nurse)
    episode = doctor.post(
        "episodes",
        {
            "patient": world.patient.pk,
            "program": world.program.pk,
            "admission_date": "2026-02-01",
        },
    ).json()
    plan = doctor.post("plans", {"episode": episode["id"]}).json()
    assert (plan["status"], plan["problems"]) == ("draft", [])
    plan = doctor.post(
        f"plans/{plan['id']}/problems", {"area": "opioid_use", "description": "Daily use"}
    ).json()
    problem = plan["problems"][0]["id"]
    plan = doctor.post(f"problems/{problem}/goals", {"description": "30 days without"}).json()
    goal = plan["problems"][0]["goals"][0]["id"]
    doctor.post(f"goals/{goal}/behavioural-work", {"modality": "cbt", "frequency": "weekly"})
    plan = doctor.post(
        f"goals/{goal}/medication", {"product": "methadone_oral", "dose_mg": "30"}
    ).json()
    behavioral, medication = plan["problems"][0]["goals"][0]["interventions"]
    assert (behavioral["arm"], behavioral["modality"]) == ("behavioural", "cbt")
    assert (medication["arm"], medication["dose_mg"]) == ("medication", "30.00")
    signed = doctor.post(
        f"plans/{plan['id']}/sign", {"start_date": "2026-02-01", "revision": plan["revision"]}
    ).json()
    assert signed["status"] == "active"
    assert signed["signed_by"] == world.prescriber.pk
    assert signed["signed_at"] == "2026-03-03T10:00:00-05:00"
    dose = nurse.post("doses/give", {"episode": episode["id"], **GIVEN}).json()
    assert dose["amount_mg"] == "30.00"
    voiding = nurse.post(f"doses/{dose['id']}/void", {"reason": "Spilt"}).json()
    assert voiding["voids"] == dose["id"]
    assert nurse.get(f"doses/{dose['id']}").json()["voided_by"] == voiding["id"]
    ended = doctor.post(
        f"episodes/{episode['id']}/discharge", {"discharge_date": TODAY, "reason": "completed"}
    ).json()
    assert ended["discharge_reason"] == "completed"
    assert doctor.get(f"plans/{plan['id']}").json()["status"] == "closed"


def test_me(world: World, call):
    body = call(world.front_desk).get("me").json()
    assert body["email"] == world.front_desk.email
    assert body["roles"] == [{"site": world.here.pk, "site_code": "harbor", "role": "front_desk"}]
    assert "edit_identity" in body["rights"]["harbor"]
    assert "see_plan" not in body["rights"]["harbor"]


def test_retention(world: World, call):
    world.signed(world.admit())
    director = call(world.clinical_director)
    body = director.get(
        "reports/retention", days=30, by="arm", measure="episode", program="otp", as_of=TODAY
    ).json()
    assert [group["group"] for group in body["groups"]] == ["Medication and behavioral"]
    assert body["total"]["retained"] == 1
    assert body["as_of"] == TODAY
    theirs = call(world.stranger).get("reports/retention").json()
    assert theirs["total"]["episodes"] == 0


def test_a_new_secret_is_shown_once_and_kept_nowhere(world: World, call):
    nurse = call(world.nurse)
    body = nurse.post("tokens", _new_token(world)).json()
    assert len(body["secret"]) > 40
    assert "secret" not in nurse.get(f"tokens/{body['id']}").json()
    assert body["secret"] not in str(list(ApiToken.objects.values()))
    assert call(token=body["secret"]).get("me").json()["id"] == world.nurse.pk


def test_a_retired_contact_point_and_its_flags(world: World, call):
    user, pk, _ = _contact(world)
    assert call(user).post(f"contact-points/{pk}/retire").json()["is_active"] is False


def test_a_deficient_consent_says_each_element_that_is_missing(world: World, call):
    paper = json_ready(consents.tpo_consent(states_consequences=False, signed_for="minor"))
    answer = call(world.front_desk).post("consents", {"patient": world.patient.pk, **paper})
    assert answer.status_code == 400
    errors = answer.json()["errors"]
    assert {error["attr"] for error in errors} == {"states_consequences", "signer_capacity"}
    assert {error["code"] for error in errors} == {"deficient_consent"}


def test_the_door_s_refusal_says_its_reason(world: World, call):
    body = {"patient": world.patient.pk, **consents.to_treating_provider()}
    answer = call(world.nurse).post("disclosures", body)
    assert answer.status_code == 409
    (error,) = answer.json()["errors"]
    assert (error["code"], error["reason"]) == ("disclosure_refused", "no_consent")
    assert AuditEntry.objects.filter(action="refused disclosure").count() == 1
    world.consent()
    body = call(world.nurse).post("disclosures", body).json()
    assert body["notice_text"].startswith("42 CFR part 2 prohibits")
    account = {"patient": world.patient.pk, "asked_date": TODAY}
    found = call(world.privacy_officer).post("disclosures/accounting", account).json()
    assert [row["id"] for row in found["counted"]] == [body["id"]]
    assert (found["first"], found["not_counted"]) == ("2023-03-03", [])


def test_the_privacy_officer_reads_consents_and_not_who_signed(world: World, call):
    row = world.consent(signed_by="Ana Rivera")
    other = world.consent(
        signed_by="Luz Rivera", signed_for="representative", signer_capacity="Guardian"
    )
    officer, nurse = call(world.privacy_officer), call(world.nurse)
    assert officer.get(f"consents/{row.pk}").json()["signed_by"] == ""
    assert officer.get(f"consents/{other.pk}").json()["signed_by"] == "Luz Rivera"
    assert nurse.get(f"consents/{row.pk}").json()["signed_by"] == "Ana Rivera"


def test_the_purpose_may_be_left_out_only_where_the_ground_has_one(world: World, call):
    world.consent()
    body = {"patient": world.patient.pk, **consents.to_treating_provider()}
    del body["purpose"]
    answer = call(world.nurse).post("disclosures", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "purpose"
    emergency = {
        "basis": "emergency",
        "recipient_kind": "medical_personnel",
        "medical_person": "Dr Lowe",
        "medical_facility": "County Hospital",
        "emergency_nature": "Found without breathing",
        "emergency_ground": "no_consent_possible",
    }
    found = call(world.nurse).post("disclosures", {**body, **emergency})
    assert (found.status_code, found.json()["purpose"]) == (201, "treatment")
