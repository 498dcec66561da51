"""Rows behind every list of the API, made through the actions."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from access.authz.policy import can
from access.enums import Permission
from access.models import User
from appointments.models import AppointmentType, Room
from patients.actions import restrictions
from patients.actions.contacts import add_contact_point, add_emergency_contact, add_identifier
from patients.actions.disclosures import disclose
from patients.actions.findings import (
    record_assessment,
    record_diagnosis,
    record_event,
    record_substance_use,
)
from patients.actions.privacy_notices import record_privacy_notice
from patients.enums import EventKind, Instrument, NoticeMethod, RestrictionDecision
from patients.models import Patient, Program
from reminders.models import Reminder
from reminders.planning import plan_due_reminders
from tests.support import calendar_world as calendar
from tests.support import care_world as care
from tests.support.auth import token_for
from tests.support.consents import to_treating_provider
from tests.support.world import NOW, TODAY, World, make_user
from treatments.actions import counseling_notes
from treatments.actions.drug_tests import record_drug_test

#: Stand nowhere but in clinical records: an answer that holds one of them has told too much.
MARKS = (
    "I want my kids back",
    "Daily heroin use",
    "methadone_oral",
    "motivational_interviewing",
    "30.00",
    "F11.20",
    "fentanyl",
    "Found in the park",
    "overdose",
    "cows",
    "spoke of her brother",
)


def populate(
    world: World, number: int, owner: User | None = None, patient: Patient | None = None
) -> dict[str, int]:
    """One more of everything, about somebody new unless `patient` is given. Gives the id of the new row for each resource of the API."""
    by = world.prescriber
    patient = patient or world.register(f"Person{number}")
    point = add_contact_point(
        patient=patient,
        kind="phone",  # type: ignore[arg-type]
        value=f"555 0200 {number:03}",
        may_send_messages=True,
        now=NOW,
        by=by,
    )
    treated = _care(world, patient)
    starts_at = NOW + timedelta(days=2, minutes=45 * number)
    appointment = world.book(starts_at, patient=patient)
    plan_due_reminders(now=NOW)
    made: dict[str, Any] = {
        "patients": patient,
        "contact-points": point,
        "emergency-contacts": add_emergency_contact(
            patient=patient, name="Mother", phone="555 0300 111", now=NOW, by=by
        ),
        "identifiers": add_identifier(
            patient=patient, system="state", value=str(number), now=NOW, by=by
        ),
        **treated,
        "care-team-places": world.put_on_care_team(world.nurse, patient),
        "appointments": appointment,
        "message-wishes": world.wishes(patient, alias="Nita"),
        "follow-ups": world.follow_up(patient),
        "replies": world.incoming_text(patient),
        "reminders": Reminder.objects.filter(patient=patient).order_by("pk").first(),
        **_findings(world, patient),
        **_papers(world, patient),
        **_notes(world, patient, owner or by),
        **_references(world, number),
        **_calendar(world, number, patient),
        "audit-entries": None,
    }
    if owner is not None:
        made["tokens"] = token_for(
            owner, name=f"lab {number}", expires_at=NOW + timedelta(days=9), now=NOW
        )[0]
    return {name: row.pk for name, row in made.items() if row is not None}


def _care(world: World, patient: Any) -> dict[str, Any]:
    """An episode with a plan in force, a dose taken home, and called back with it."""
    episode = world.admit(patient)
    plan = world.signed(episode)
    problem = plan.problems.get()
    goal = problem.goals.get()
    return {
        "episodes": episode,
        "plans": plan,
        "problems": problem,
        "goals": goal,
        "interventions": goal.interventions.first(),
        "doses": care.at_home(world, episode)[0],
        "call-backs": care.called_back(world, patient),
    }


def _findings(world: World, patient: Any) -> dict[str, Any]:
    words = {"patient": patient, "now": NOW, "by": world.prescriber}
    return {
        "diagnoses": record_diagnosis(code="F11.20", **words),
        "substance-uses": record_substance_use(use={"substance": "fentanyl"}, **words),
        "events": record_event(
            kind=EventKind.OVERDOSE, occurred_date=TODAY, note="Found in the park", **words
        ),
        "assessments": record_assessment(
            instrument=Instrument.COWS, score=7, assessed_date=TODAY, **words
        ),
        "drug-tests": record_drug_test(
            collected_date=TODAY, is_random=True, positive=["fentanyl"], **words
        ),
        "naloxone-offers": care.kit(world, patient),
        "planned-tests": care.planned_test(world, patient, TODAY + timedelta(days=1)),
    }


def _notes(world: World, patient: Any, owner: User) -> dict[str, Any]:
    """Open to the owner, or to the prescriber where the owner writes none."""
    writes = can(owner, Permission.WRITE_COUNSELING_NOTES, on=patient)
    words = {"patient": patient, "now": NOW, "by": owner if writes else world.prescriber}
    return {
        "counselling-notes": counseling_notes.write_counseling_note(
            session_date=TODAY, words="She spoke of her brother.", **words
        ),
        "note-readers": counseling_notes.name_note_reader(
            reader=world.counselor, until_date=TODAY, **words
        ),
    }


def _papers(world: World, patient: Any) -> dict[str, Any]:
    words = {"patient": patient, "now": NOW}
    return {
        "consents": world.consent(patient),
        "disclosures": disclose(disclosure=to_treating_provider(), by=world.prescriber, **words),
        "privacy-notices": record_privacy_notice(
            version="2026-02",
            given_date=TODAY,
            method=NoticeMethod.PAPER,
            by=world.front_desk,
            **words,
        ),
        "restriction-wishes": restrictions.ask_for_restriction(
            request="Nothing to my plan", asked_date=TODAY, by=world.front_desk, **words
        ),
        "restriction-requests": restrictions.decide_restriction(
            request="Nothing to my plan",
            requested_date=TODAY,
            purposes=["payment"],
            to_health_plan=True,
            decision=RestrictionDecision.AGREED,
            reason="Paid out of pocket",
            by=world.privacy_officer,
            **words,
        ),
    }


def _calendar(world: World, number: int, patient: Any) -> dict[str, Any]:
    """With a colleague of its own each time, so that nothing is in the way of anything."""
    from access.enums import Role

    who = make_user(f"Facilitator {number}", Role.COUNSELOR, world.here)
    waits = calendar.entry(world, patient)
    return {
        "working-hours": calendar.hours(world, who, starts_time=time(0), ends_time=time(23, 59)),
        "extra-hours": calendar.evening_hours(world, who, day=TODAY + timedelta(days=31)),
        "times-away": calendar.away(world, practitioner=who),
        "closures": calendar.closure(world, TODAY + timedelta(days=100 + number)),
        "group-sessions": calendar.session(
            world, practitioner=world.case_manager, starts_at=NOW + timedelta(days=40 + number)
        ),
        "appointment-series": calendar.series(
            world,
            patient=world.register(f"Weekly{number}"),
            practitioner=who,
            start_date=date(2026, 3, 23),
            rule="FREQ=WEEKLY;COUNT=2",
        ),
        "waitlist-entries": waits,
        "waitlist-offers": calendar.offer(
            world, waits, practitioner=who, starts_at=datetime(2026, 3, 16, 15, tzinfo=UTC)
        ),
    }


def _references(world: World, number: int) -> dict[str, Any]:
    from access.enums import Role

    colleague = make_user(f"Colleague {number}", Role.COUNSELOR, world.here)
    kind = AppointmentType.objects.create(code=f"type-{number}", name=f"Visit {number}", minutes=30)
    return {
        "reminder-rules": world.reminder_rule(kind),
        "message-texts": world.message_text(),
        "programs": Program.objects.create(
            site=world.here, code=f"program-{number}", name=f"Program {number}"
        ),
        "rooms": Room.objects.create(site=world.here, name=f"Room {number}"),
        "appointment-types": kind,
        "practitioners": colleague,
        "staff": colleague,
        "sites": world.here,
    }
