"""What goes through on every page that takes something: the page's name, and what is typed there.

`drafts`, `draft-problems`, … in an address stand for a plan that is being written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from tests.support import calendar_world as calendar
from tests.support.consents import notes_consent
from tests.support.world import NOW, PASSWORD, World

Typed = Mapping[str, Any]
Form = Callable[[World, Mapping[str, int]], Typed]

TODAY, TOMORROW, SOON = "2026-03-03", "2026-03-04", "2026-03-20"
NOTHING: Form = lambda w, ids: {}  # noqa: E731 - a button without a form


def fixed(**typed: Any) -> Form:
    return lambda w, ids: typed


def _person(w: World, ids: Mapping[str, int]) -> Typed:
    return {
        "given_name": "Luz",
        "family_name": "Santos",
        "birth_date": "1971-02-03",
        "sex": "female",
        "language": "en",
    }


#: Looked up by number, in the body.
def _number(w: World, ids: Mapping[str, int]) -> Typed:
    return {"record_number": w.patient.record_number}


def _weekly(w: World) -> dict[str, Any]:
    return {
        "practitioner": w.counselor.pk,
        "start_date": SOON,
        "starts_time": "11:00",
        "how_often": "weekly",
        "count": "2",
    }


def _emergency(**more: Any) -> dict[str, Any]:
    return {"reason": "overdose", "words": "In the street.", "password": PASSWORD, **more}


FORMS: dict[str, Form] = {
    "confirm": NOTHING,
    "arrive": NOTHING,
    "complete": NOTHING,
    "no_show": fixed(reason="unknown"),
    "cancel": fixed(cancelled_by="patient", reason="Shift"),
    "move": fixed(day=SOON, clock="11:00"),
    "move_to": fixed(day=SOON, clock="11:00"),
    "move_series": lambda w, ids: {
        "reach": "following",
        "starts_time": "11:00",
        "days_later": "0",
        "practitioner": w.counselor.pk,
    },
    "cancel_series": fixed(reach="all", cancelled_by="patient", reason="Shift"),
    "book_series": lambda w, ids: {**_weekly(w), "type": w.visit_type.pk, "book": "1"},
    "plan_group": lambda w, ids: {**_weekly(w), "type": calendar.group_type(w).pk, "book": "1"},
    "patient_groups": lambda w, ids: {"session": ids["groups"], "what": "one"},
    "group_seats": lambda w, ids: {**_number(w, ids), "book": "1"},
    "move_group_series": lambda w, ids: {
        "reach": "following",
        "starts_time": "11:00",
        "days_later": "0",
        "practitioner": w.counselor.pk,
    },
    "cancel_group_series": fixed(reach="all", reason="Ill"),
    "group": _number,
    "move_group": fixed(day=SOON, clock="11:00"),
    "cancel_group": fixed(reason="Ill"),
    "complete_group": NOTHING,
    "own_feed": NOTHING,
    "revoke_feed": NOTHING,
    "put_on_waitlist": lambda w, ids: {
        "type": calendar.other_type(w).pk,
        "from_date": TODAY,
        "last_date": SOON,
        "priority": "5",
    },
    "offer_time": lambda w, ids: {"practitioner": w.counselor.pk, "day": SOON, "clock": "11:00"},
    "withdraw_from_waitlist": NOTHING,
    "accept_offer": NOTHING,
    "decline_offer": NOTHING,
    "add_hours": lambda w, ids: {
        "practitioner": w.counselor.pk,
        "weekdays": ["1", "2"],
        "starts_time": "09:00",
        "ends_time": "17:00",
        "from_date": TODAY,
    },
    "end_hours": fixed(until_date=SOON),
    "add_extra_hours": lambda w, ids: {
        "practitioner": w.counselor.pk,
        "on_date": SOON,
        "starts_time": "18:00",
        "ends_time": "20:00",
    },
    "remove_extra_hours": NOTHING,
    "add_time_away": lambda w, ids: {
        "practitioner": w.counselor.pk,
        "from_date": SOON,
        "last_date": SOON,
        "reason": "leave",
    },
    "remove_time_away": NOTHING,
    "close_site": fixed(from_date=SOON, last_date=SOON, name="Moving house"),
    "close_holidays": fixed(year="2027"),
    "reopen_site": NOTHING,
    "kiosks": fixed(name="Waiting room"),
    "end_kiosk": NOTHING,
    "patients": fixed(words="rivera"),
    "register": lambda w, ids: {**_person(w, ids), "site": w.here.pk},
    "edit_patient": lambda w, ids: {**_person(w, ids), "version": w.patient.version},
    "add_contact_point": fixed(kind="email", value="a@example.org"),
    "add_emergency_contact": fixed(name="Mother", phone="555 0101 999"),
    "admit": lambda w, ids: {
        "program": ids["other-programs"],
        "admission_date": TODAY,
        "referral_source": "self",
    },
    "add_event": fixed(kind="return_to_use", occurred_date=TODAY, substance="heroin"),
    "add_diagnosis": fixed(code="F11.10"),
    "add_substance_use": fixed(substance="heroin", route="injected", frequency="daily"),
    "add_assessment": fixed(instrument="cows", score="9", assessed_date=TODAY),
    "book": lambda w, ids: {
        "type": w.visit_type.pk,
        "practitioner": w.counselor.pk,
        "day": SOON,
        "clock": "10:00",
    },
    "add_to_care_team": lambda w, ids: {"user": w.nurse.pk, "planned_end_date": SOON},
    "take_off_care_team": NOTHING,
    "open_in_emergency": lambda w, ids: _emergency(),
    "open_by_number": lambda w, ids: _emergency(
        record_number=w.patient.record_number, birth_date=w.patient.birth_date.isoformat()
    ),
    "end_emergency": NOTHING,
    "review_emergency": fixed(outcome="justified", words="The ambulance was called."),
    "retire_contact_point": NOTHING,
    "discharge": fixed(discharge_date=TODAY, reason="completed"),
    "begin_plan": NOTHING,
    "give_dose": fixed(order="methadone_oral", amount_mg="30", dose_date="2026-03-02"),
    "take_home": fixed(
        order="methadone_oral", amount_mg="30", dose_date=TOMORROW, days="1", rationale="Holiday"
    ),
    "call_back": fixed(day=TOMORROW, clock="12:00"),
    "count_call_back": fixed(outcome="missing", missing="2"),
    "give_kit": fixed(
        product="nasal_4_mg", number="1", given_date=TODAY, expires_date="2028-01-31", lot="L77"
    ),
    "decline_kit": fixed(declined_date=TODAY),
    "plan_test": fixed(due_date=SOON),
    "draw_test": fixed(from_date=TOMORROW, until_date="2026-04-18"),
    "take_test": fixed(collected_date=TODAY, specimen="urine", positive=["fentanyl"]),
    "call_off_test": fixed(reason="In hospital"),
    "missed_dose": fixed(dose_date="2026-03-02", reason="no_show"),
    "record_consent": lambda w, ids: {
        "filled": "1",
        "kind": "counselling_notes",
        **notes_consent(),
        "recipients": "Dr Lowe",
        "date_signed": "2026-03-01",
        "expiry_date": "2026-06-01",
    },
    "add_notice": fixed(version="2026-02", given_date=TODAY, method="paper"),
    "decide_restriction": fixed(
        requested_date=TODAY,
        request="Nothing to my plan",
        purposes=["payment"],
        to_health_plan="on",
        decision="agreed",
        reason="Paid out of pocket",
    ),
    "ask_for_restriction": fixed(asked_date=TODAY, request="Nothing to my plan"),
    "answer_restriction_wish": fixed(
        requested_date=TODAY,
        request="Not to my brother's clinic",
        purposes=["treatment"],
        decision="agreed",
        reason="It is possible",
    ),
    "lift_restriction": fixed(ground="in_writing", words="A letter of hers"),
    "disclose": fixed(basis="consent"),
    "end_consent": fixed(reason="revoked", how="In a letter"),
    "accounting": lambda w, ids: {**_number(w, ids), "asked_date": TODAY},
    "print_accounting": lambda w, ids: {**_number(w, ids), "asked_date": TODAY},
    "void_dose": fixed(reason="Typed twice"),
    "correct_dose": fixed(reason="Typed wrong", amount_mg="25", dose_date=TODAY),
    "describe_plan": fixed(summary="I want to work.", review_date=SOON),
    "add_problem": fixed(**{"problem-area": "housing", "problem-description": "No lease"}),
    "sign_plan": lambda w, ids: {"start_date": TODAY, "revision": ids["revision"]},
    "discard_plan": NOTHING,
    "close_plan": NOTHING,
    "add_goal": fixed(description="A lease by June"),
    "add_behavioral": fixed(modality="cbt", frequency="weekly"),
    "add_medication": fixed(product="naltrexone_oral", dose_mg="50"),
    "remove_plan_part": NOTHING,
    "send_again": NOTHING,
    "run_reminders": NOTHING,
    "message_wishes": fixed(by_sms="on", from_time="09:00", until_time="18:00", alias="Nita"),
    "close_reply": fixed(note="Called: comes on Monday"),
    "finish_follow_up": fixed(outcome="reached", note="Comes on Monday"),
    "message_rules": fixed(
        subject_kind="appointment", step="two_hours", is_active="on", by_sms="on"
    ),
    "write_message_text": fixed(
        kind="call", language="en", channel="sms", text="{hello}Please ring us."
    ),
    "preview_message_text": fixed(
        kind="call", language="en", channel="sms", text="{hello}Please ring us."
    ),
    "counseling_notes": fixed(session_date=TODAY, words="She spoke of her brother."),
    "name_note_reader": lambda w, ids: {"reader": w.clinical_director.pk, "until_date": SOON},
    "amend_note": fixed(words="Her half-brother."),
    "consent_note_reader": lambda w, ids: {
        "author": w.counselor.pk,
        "reader": w.clinical_director.pk,
    },
    "end_note_reader": NOTHING,
    "audit": _number,
    "access_report": _number,
    "print_access_report": _number,
    "new_password": NOTHING,
    "add_staff": fixed(name="Newcomer", email="new@example.org", password="correct horse battery"),
    "grant_role": lambda w, ids: {"role": "nurse", "site": w.there.pk},
    "switch_account": NOTHING,
    "withdraw_role": NOTHING,
    "withdraw_proposal": NOTHING,
    "confirm_role": NOTHING,
    "refuse_role": NOTHING,
    "end_staff_token": NOTHING,
    "reset_factor": NOTHING,
}
#: Pages of a draft, not of the plan in force.
OF_A_DRAFT = {
    "describe_plan",
    "add_problem",
    "sign_plan",
    "discard_plan",
    "add_goal",
    "add_behavioral",
    "add_medication",
    "remove_plan_part",
}
#: Visits that somebody may arrive for now, or that are over.
NOW_DUE = {
    "calendar": NOW,
    "waiting_room": NOW,
    "schedule": NOW,
    "arrive": NOW,
    "complete": NOW,
    "no_show": NOW - timedelta(hours=1),
}
