"""One true call of every action, for tests that walk them all.

`before(world, name)` sets the stage and gives the deed as a function that
returns who did it. A guard test compares DEEDS with the actions in the code.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from access.actions import roles, second_factor, tokens
from access.actions.accounts import create_staff_account, service_account, set_account_active
from access.actions.care_teams import add_to_care_team, take_off_care_team
from access.actions.emergency_access import end_emergency, open_in_emergency, review_emergency
from access.actions.imported_sites import create_imported_site
from access.actions.passwords import change_own_password, reset_password
from access.actions.second_factor_reset import reset_second_factor_from_server
from access.actions.sessions import end_session, sign_out_elsewhere
from access.actions.sign_ins import record_sign_in, record_sign_out, record_unknown_sign_in
from access.actions.sites import set_up_site
from access.auth.second_factor import PERIOD, NewPasskey
from access.enums import EmergencyReason, Permission, ReviewOutcome, Role
from access.models import CareTeamPlace, Site, StaffSession, User
from appointments.actions import patient_replies
from appointments.actions.booking import (
    book_appointment,
    cancel_appointment,
    confirm_appointment,
    move_appointment,
)
from appointments.actions.check_in import complete_appointment, mark_arrived
from appointments.actions.no_shows import mark_no_show
from appointments.actions.rooms import set_up_room
from appointments.actions.visit_types import set_up_visit_type
from appointments.enums import CancelledBy
from dispensary.actions.doses import (
    correct_dose,
    give_dose,
    give_take_home_doses,
    record_missed_dose,
)
from dispensary.actions.void_doses import void_dose
from patients.actions import restrictions
from patients.actions.admissions import admit
from patients.actions.consents import end_consent, record_consent
from patients.actions.contacts import (
    add_contact_point,
    add_emergency_contact,
    add_identifier,
    retire_contact_point,
)
from patients.actions.discharges import discharge
from patients.actions.disclosures import disclose
from patients.actions.findings import (
    record_assessment,
    record_diagnosis,
    record_event,
    record_substance_use,
)
from patients.actions.people import register_patient, register_patient_with_contacts, update_patient
from patients.actions.privacy_notices import record_privacy_notice
from patients.actions.programs import set_up_program
from patients.enums import (
    ConsentEnd,
    ContactKind,
    DischargeReason,
    EventKind,
    Instrument,
    NoticeMethod,
    RestrictionDecision,
)
from reminders.actions.follow_ups import finish_follow_up
from reminders.actions.message_preferences import set_message_preferences
from reminders.actions.message_templates import write_message_text
from reminders.actions.reminder_rules import change_reminder_rule, set_reminder_rule
from reminders.actions.reminders import run_now, send_again
from reminders.actions.replies import close_text
from reminders.enums import Channel, FollowUpOutcome, Language, Step, Subject, TemplateKind
from reminders.models import Reminder
from reminders.planning import plan_due_reminders
from tests.support.auth import token_for
from tests.support.calendar_action_cases import CALENDAR
from tests.support.care_action_cases import CARE
from tests.support.consents import notes_consent, to_treating_provider, tpo_consent
from tests.support.world import NOW, PASSWORD, TODAY, World, give_role, make_user
from treatments.actions import counseling_notes, drug_tests
from treatments.actions.discharge import discharge_from_care
from treatments.actions.plan_signatures import sign_plan
from treatments.actions.treatment_plans import (
    add_behavioral_intervention,
    add_goal,
    add_medication,
    add_problem,
    begin_plan,
    close_plan,
    describe_plan,
    discard_draft,
    remove_plan_part,
)
from treatments.enums import Frequency, Modality, ProblemArea, Product

Stage = Callable[[World], tuple[Callable[..., Any], dict[str, Any], User]]
SOON = NOW + timedelta(hours=1)
LATER = NOW + timedelta(days=2)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def _draft(world: World) -> Any:
    return world.draft(world.admit())


def _goal(world: World) -> Any:
    return _draft(world).problems.get().goals.get()


def _signed(world: World) -> Any:
    return world.signed(world.admit())


def _dose(world: World) -> Any:
    plan = _signed(world)
    return give_dose(
        episode=plan.episode,
        product=Product.METHADONE_ORAL,
        amount_mg=Decimal(30),
        dose_date=TODAY,
        now=NOW,
        by=world.nurse,
    )


def _arrived(world: World) -> Any:
    return mark_arrived(appointment=world.book(SOON), now=NOW, by=world.front_desk)


def _failed_reminder(world: World) -> Any:
    world.reachable()
    world.book(LATER)
    plan_due_reminders(now=NOW)
    Reminder.objects.update(status="failed")
    return Reminder.objects.get()


def _token(world: World) -> Any:
    return token_for(world.nurse, expires_at=NOW + timedelta(days=9), now=NOW)[0]


def _with_password(user: User) -> str:
    password = "what the nurse types in"
    user.set_password(password)
    user.save()
    return password


def _emergency(world: World) -> dict[str, Any]:
    return {
        "patient": world.other_patient,
        "reason": EmergencyReason.OVERDOSE,
        "words": "Unconscious in the waiting room.",
        "password": PASSWORD,
    }


def _opened(world: World) -> Any:
    """By the nurse; reviewed at the site of the patient, so by an officer who works there, too."""
    give_role(world.privacy_officer, Role.PRIVACY_OFFICER, world.there)
    return open_in_emergency(**_emergency(world), now=NOW, by=world.nurse)


def proposed(
    world: World, user: User | None = None, role: Role = Role.NURSE, site: Site | None = None
) -> Any:
    """A role that waits for its second person; a newcomer's password is their own."""
    return roles.grant_role(
        user=user or make_user("Newcomer"),
        site=site or world.here,
        role=role,
        now=NOW,
        by=world.system_administrator,
    )


def restricted(world: World) -> Any:
    """An agreed restriction of the patient here."""
    return restrictions.decide_restriction(
        patient=world.patient,
        request="Nothing to my plan",
        requested_date=TODAY,
        purposes=["payment"],
        to_health_plan=True,
        decision=RestrictionDecision.AGREED,
        reason="Paid out of pocket",
        now=NOW,
        by=world.privacy_officer,
    )


def wished(world: World) -> Any:
    """The same, taken down at the desk and not decided."""
    return restrictions.ask_for_restriction(
        patient=world.patient,
        request="Not to my brother's clinic",
        asked_date=TODAY,
        now=NOW,
        by=world.front_desk,
    )


def _session(world: World) -> StaffSession:
    return StaffSession.objects.create(user=world.nurse, session_key="k" * 32, began_at=NOW)


def _with_app(user: User) -> Any:
    data = {"secret": get_adapter().encrypt(SECRET), "last_step": -1}
    return Authenticator.objects.create(user_id=user.pk, type="totp", data=data)


def _code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(NOW.timestamp()) // PERIOD)))


def _contact(world: World) -> Any:
    world.reachable()
    return world.patient.contact_points.get()


STAGES: dict[str, Stage] = {
    "access.create_staff_account": lambda w: (
        create_staff_account,
        {"email": "n@example.org", "name": "New", "password": PASSWORD},
        w.system_administrator,
    ),
    "access.grant_role": lambda w: (
        roles.grant_role,
        {"user": make_user("Newcomer"), "site": w.here, "role": Role.NURSE},
        w.system_administrator,
    ),
    "access.confirm_role": lambda w: (
        roles.confirm_role,
        {"proposal": proposed(w)},
        w.privacy_officer,
    ),
    "access.confirm_role_from_server": lambda w: (
        roles.confirm_role_from_server,
        {"proposal": proposed(w)},
        service_account("server", now=NOW),
    ),
    "access.refuse_role": lambda w: (
        roles.refuse_role,
        {"proposal": proposed(w)},
        w.clinical_director,
    ),
    "access.withdraw_proposal": lambda w: (
        roles.withdraw_proposal,
        {"proposal": proposed(w)},
        w.system_administrator,
    ),
    "access.withdraw_role": lambda w: (
        roles.withdraw_role,
        {"assignment": w.nurse.role_assignments.select_related("user", "site").get()},
        w.system_administrator,
    ),
    "access.set_account_active": lambda w: (
        set_account_active,
        {"user": w.nurse, "active": False},
        w.system_administrator,
    ),
    "access.add_to_care_team": lambda w: (
        add_to_care_team,
        {"patient": w.patient, "user": w.nurse, "planned_end_date": TODAY + timedelta(days=30)},
        w.prescriber,
    ),
    "access.take_off_care_team": lambda w: (
        take_off_care_team,
        {"place": CareTeamPlace.objects.get(user=w.counselor)},
        w.prescriber,
    ),
    "access.open_in_emergency": lambda w: (open_in_emergency, _emergency(w), w.nurse),
    "access.end_emergency": lambda w: (
        end_emergency,
        {"opened": _opened(w)},
        w.nurse,
    ),
    "access.review_emergency": lambda w: (
        review_emergency,
        {"opened": _opened(w), "outcome": ReviewOutcome.JUSTIFIED, "words": "Ambulance came."},
        w.privacy_officer,
    ),
    "access.end_session": lambda w: (end_session, {"session": _session(w)}, w.nurse),
    "access.sign_out_elsewhere": lambda w: (
        sign_out_elsewhere,
        {"keep": _session(w).session_key},
        w.nurse,
    ),
    "access.record_sign_out": lambda w: (record_sign_out, {}, w.nurse),
    "access.create_imported_site": lambda w: (
        create_imported_site,
        {"code": "north", "details": {"name": "North"}},
        service_account("import", now=NOW),
    ),
    "access.change_own_password": lambda w: (
        change_own_password,
        {"old_password": _with_password(w.nurse), "new_password": "five small birds on a wire"},
        w.nurse,
    ),
    "access.reset_password": lambda w: (
        reset_password,
        {"user": w.nurse},
        w.system_administrator,
    ),
    "access.set_up_site": lambda w: (
        set_up_site,
        {"code": w.here.code, "details": {"phone": "+1 555 0199"}},
        w.system_administrator,
    ),
    "access.issue_api_token": lambda w: (
        tokens.issue_api_token,
        {"name": "lab", "rights": [Permission.SEE_DOSES], "sites": [w.here], "expires_at": LATER},
        w.nurse,
    ),
    "access.begin_grace": lambda w: (second_factor.begin_grace, {}, w.nurse),
    "access.add_authenticator_app": lambda w: (
        second_factor.add_authenticator_app,
        {"secret": SECRET, "code": _code(SECRET)},
        w.nurse,
    ),
    "access.add_passkey": lambda w: (
        second_factor.add_passkey,
        {"passkey": NewPasskey({"id": "k1"}), "name": "Phone"},
        w.nurse,
    ),
    "access.remove_factor": lambda w: (
        second_factor.remove_factor,
        {"factor": _with_app(w.nurse)},
        w.nurse,
    ),
    "access.make_recovery_codes": lambda w: (
        second_factor.make_recovery_codes,
        {},
        _with_app(w.nurse).user,
    ),
    "access.show_code": lambda w: (
        second_factor.show_code,
        {"code": _code(SECRET)},
        _with_app(w.nurse).user,
    ),
    "access.record_passkey": lambda w: (second_factor.record_passkey, {"passkey": None}, w.nurse),
    "access.record_reauthentication_success": lambda w: (
        second_factor.record_reauthentication_success,
        {"shown": "password"},
        w.nurse,
    ),
    "access.record_password_accepted": lambda w: (
        second_factor.record_password_accepted,
        {},
        w.nurse,
    ),
    "access.reset_second_factor_from_server": lambda w: (
        reset_second_factor_from_server,
        {"user": _with_app(w.nurse).user},
        service_account("server", now=NOW),
    ),
    "access.reset_second_factor": lambda w: (
        second_factor.reset_second_factor,
        {"user": _with_app(w.nurse).user},
        w.system_administrator,
    ),
    "access.revoke_api_token": lambda w: (tokens.revoke_api_token, {"token": _token(w)}, w.nurse),
    "access.revoke_staff_token": lambda w: (
        tokens.revoke_staff_token,
        {"token": _token(w)},
        w.system_administrator,
    ),
    "access.record_sign_in": lambda w: (record_sign_in, {"succeeded": True}, w.nurse),
    "access.record_unknown_sign_in": lambda w: (
        record_unknown_sign_in,
        {"account": "0" * 32},
        service_account("sign-in", now=NOW),
    ),
    "patients.set_up_program": lambda w: (
        set_up_program,
        {"site": w.here, "code": "new", "name": "New program"},
        w.system_administrator,
    ),
    "appointments.set_up_visit_type": lambda w: (
        set_up_visit_type,
        {"code": "new", "name": "New kind", "minutes": 20},
        w.system_administrator,
    ),
    "appointments.set_up_room": lambda w: (
        set_up_room,
        {"site": w.here, "name": "Room 9"},
        w.system_administrator,
    ),
    "patients.register_patient": lambda w: (
        register_patient,
        {"site": w.here, "person": w.person("Unheard"), "is_somebody_new": True},
        w.front_desk,
    ),
    "patients.register_patient_with_contacts": lambda w: (
        register_patient_with_contacts,
        {
            "site": w.here,
            "person": w.person("Unheard"),
            "phone": "555 010 2345",
            "may_text": True,
            "is_somebody_new": True,
        },
        w.front_desk,
    ),
    "patients.update_patient": lambda w: (
        update_patient,
        {"patient": w.patient, "person": {"preferred_name": "Nita"}, "version": 1},
        w.front_desk,
    ),
    "patients.add_contact_point": lambda w: (
        add_contact_point,
        {
            "patient": w.patient,
            "kind": ContactKind.EMAIL,
            "value": "a@example.org",
            "may_send_messages": True,
        },
        w.front_desk,
    ),
    "patients.retire_contact_point": lambda w: (
        retire_contact_point,
        {"contact_point": _contact(w)},
        w.front_desk,
    ),
    "patients.add_emergency_contact": lambda w: (
        add_emergency_contact,
        {"patient": w.patient, "name": "Mother", "phone": "555 010 9999"},
        w.front_desk,
    ),
    "patients.add_identifier": lambda w: (
        add_identifier,
        {"patient": w.patient, "system": "state", "value": "77"},
        w.front_desk,
    ),
    "patients.admit": lambda w: (
        admit,
        {"patient": w.patient, "program": w.program, "admission_date": TODAY},
        w.prescriber,
    ),
    "patients.discharge": lambda w: (
        discharge,
        {"episode": w.admit(), "discharge_date": TODAY, "reason": DischargeReason.COMPLETED},
        w.prescriber,
    ),
    "patients.record_substance_use": lambda w: (
        record_substance_use,
        {"patient": w.patient, "use": {"substance": "heroin", "route": "injected"}},
        w.nurse,
    ),
    "patients.record_diagnosis": lambda w: (
        record_diagnosis,
        {"patient": w.patient, "code": "F11.20"},
        w.prescriber,
    ),
    "patients.record_event": lambda w: (
        record_event,
        {"patient": w.patient, "kind": EventKind.OVERDOSE, "occurred_date": TODAY},
        w.nurse,
    ),
    "patients.record_assessment": lambda w: (
        record_assessment,
        {
            "patient": w.patient,
            "instrument": Instrument.COWS,
            "score": 12,
            "assessed_date": TODAY,
        },
        w.nurse,
    ),
    "patients.record_consent": lambda w: (
        record_consent,
        {"patient": w.patient, "consent": tpo_consent()},
        w.front_desk,
    ),
    "patients.end_consent": lambda w: (
        end_consent,
        {"consent": w.consent(), "reason": ConsentEnd.REVOKED, "how": "By letter"},
        w.front_desk,
    ),
    "patients.record_privacy_notice": lambda w: (
        record_privacy_notice,
        {
            "patient": w.patient,
            "version": "2026-02",
            "given_date": TODAY,
            "method": NoticeMethod.PAPER,
        },
        w.front_desk,
    ),
    "patients.decide_restriction": lambda w: (
        restrictions.decide_restriction,
        {
            "patient": w.patient,
            "request": "Nothing to my plan",
            "requested_date": TODAY,
            "purposes": ["payment"],
            "to_health_plan": True,
            "decision": RestrictionDecision.AGREED,
            "reason": "Paid out of pocket",
        },
        w.privacy_officer,
    ),
    "patients.ask_for_restriction": lambda w: (
        restrictions.ask_for_restriction,
        {"patient": w.patient, "request": "Nothing to my plan", "asked_date": TODAY},
        w.front_desk,
    ),
    "patients.end_restriction": lambda w: (
        restrictions.end_restriction,
        {"restriction": restricted(w), "ground": "in_writing", "words": "A letter of hers."},
        w.privacy_officer,
    ),
    "patients.disclose": lambda w: (
        disclose,
        {"patient": w.consent().patient, "disclosure": to_treating_provider()},
        w.nurse,
    ),
    "treatments.begin_plan": lambda w: (
        begin_plan,
        {"episode": w.admit()},
        w.counselor,
    ),
    "treatments.describe_plan": lambda w: (
        describe_plan,
        {"plan": _draft(w), "summary": "Sleep.", "review_date": None},
        w.counselor,
    ),
    "treatments.add_problem": lambda w: (
        add_problem,
        {"plan": _draft(w), "area": ProblemArea.HOUSING, "description": "No home"},
        w.counselor,
    ),
    "treatments.add_goal": lambda w: (
        add_goal,
        {"problem": _draft(w).problems.get(), "description": "A room"},
        w.counselor,
    ),
    "treatments.add_behavioral_intervention": lambda w: (
        add_behavioral_intervention,
        {
            "goal": _goal(w),
            "modality": Modality.PEER_SUPPORT,
            "frequency": Frequency.WEEKLY,
        },
        w.counselor,
    ),
    "treatments.add_medication": lambda w: (
        add_medication,
        {
            "goal": _goal(w),
            "product": Product.BUPRENORPHINE_NALOXONE_FILM,
            "dose_mg": Decimal(8),
        },
        w.prescriber,
    ),
    "treatments.remove_plan_part": lambda w: (
        remove_plan_part,
        {"part": _goal(w)},
        w.counselor,
    ),
    "treatments.discard_draft": lambda w: (
        discard_draft,
        {"plan": _draft(w)},
        w.counselor,
    ),
    "treatments.sign_plan": lambda w: (sign_plan, {"plan": _draft(w)}, w.prescriber),
    "treatments.close_plan": lambda w: (close_plan, {"plan": _signed(w)}, w.prescriber),
    "treatments.discharge_from_care": lambda w: (
        discharge_from_care,
        {
            "episode": _signed(w).episode,
            "discharge_date": TODAY,
            "reason": DischargeReason.DROPPED_OUT,
        },
        w.prescriber,
    ),
    "treatments.record_drug_test": lambda w: (
        drug_tests.record_drug_test,
        {
            "patient": w.patient,
            "collected_date": TODAY,
            "is_random": True,
            "positive": ["fentanyl"],
        },
        w.nurse,
    ),
    "dispensary.give_dose": lambda w: (
        give_dose,
        {
            "episode": _signed(w).episode,
            "product": Product.METHADONE_ORAL,
            "amount_mg": Decimal(30),
            "dose_date": TODAY,
        },
        w.nurse,
    ),
    "dispensary.give_take_home_doses": lambda w: (
        give_take_home_doses,
        {
            "episode": _signed(w).episode,
            "product": Product.METHADONE_ORAL,
            "amount_mg": Decimal(30),
            "first_date": TODAY + timedelta(days=1),
            "days": 2,
            "rationale": "Clinic closed at the weekend.",
        },
        w.nurse,
    ),
    "dispensary.record_missed_dose": lambda w: (
        record_missed_dose,
        {"episode": _signed(w).episode, "dose_date": TODAY},
        w.nurse,
    ),
    "dispensary.void_dose": lambda w: (
        void_dose,
        {"dose": _dose(w), "reason": "Wrong patient"},
        w.nurse,
    ),
    "dispensary.correct_dose": lambda w: (
        correct_dose,
        {"dose": _dose(w), "amount_mg": Decimal(25), "reason": "25 mg were swallowed"},
        w.nurse,
    ),
    "treatments.write_counseling_note": lambda w: (
        counseling_notes.write_counseling_note,
        {"patient": w.patient, "session_date": TODAY, "words": "She spoke of her brother."},
        w.counselor,
    ),
    "treatments.amend_counseling_note": lambda w: (
        counseling_notes.amend_counseling_note,
        {"note": w.note(), "words": "Her half-brother."},
        w.counselor,
    ),
    "treatments.name_note_reader": lambda w: (
        counseling_notes.name_note_reader,
        {"patient": w.patient, "reader": w.prescriber, "until_date": TODAY},
        w.counselor,
    ),
    "treatments.open_notes_by_consent": lambda w: (
        counseling_notes.open_notes_by_consent,
        {
            "consent": w.consent(**notes_consent(recipients=["Dr. PRESCRIBER."])),
            "author": w.counselor,
            "reader": w.prescriber,
        },
        w.privacy_officer,
    ),
    "treatments.end_note_reading": lambda w: (
        counseling_notes.end_note_reading,
        {"named": w.named_reader()},
        w.counselor,
    ),
    "appointments.book_appointment": lambda w: (
        book_appointment,
        {
            "patient": w.patient,
            "site": w.here,
            "type": w.visit_type,
            "practitioner": w.counselor,
            "starts_at": LATER,
        },
        w.front_desk,
    ),
    "appointments.move_appointment": lambda w: (
        move_appointment,
        {"appointment": w.book(LATER), "starts_at": LATER + timedelta(days=1)},
        w.front_desk,
    ),
    "appointments.confirm_appointment": lambda w: (
        confirm_appointment,
        {"appointment": w.book(LATER)},
        w.front_desk,
    ),
    "appointments.cancel_appointment": lambda w: (
        cancel_appointment,
        {"appointment": w.book(LATER), "cancelled_by": CancelledBy.PATIENT, "reason": "Shift"},
        w.front_desk,
    ),
    "appointments.mark_arrived": lambda w: (
        mark_arrived,
        {"appointment": w.book(SOON)},
        w.front_desk,
    ),
    "appointments.complete_appointment": lambda w: (
        complete_appointment,
        {"appointment": _arrived(w)},
        w.counselor,
    ),
    "appointments.mark_no_show": lambda w: (
        mark_no_show,
        {"appointment": w.book(NOW - timedelta(hours=1), now=NOW - timedelta(days=1))},
        w.front_desk,
    ),
    "reminders.send_again": lambda w: (
        send_again,
        {"reminder": _failed_reminder(w)},
        w.front_desk,
    ),
    "reminders.run_now": lambda w: (run_now, {}, w.front_desk),
    "reminders.set_message_preferences": lambda w: (
        set_message_preferences,
        {"patient": w.patient, "wishes": {"by_email": False, "alias": "Nita"}},
        w.front_desk,
    ),
    "reminders.write_message_text": lambda w: (
        write_message_text,
        {
            "kind": TemplateKind.CALL,
            "language": Language.EN,
            "channel": Channel.SMS,
            "text": "{hello}Please ring us.",
        },
        w.system_administrator,
    ),
    "reminders.set_reminder_rule": lambda w: (
        set_reminder_rule,
        {
            "subject_kind": Subject.APPOINTMENT,
            "step": Step.TWO_HOURS,
            "by_sms": True,
            "by_email": False,
            "is_active": True,
        },
        w.clinical_director,
    ),
    "reminders.change_reminder_rule": lambda w: (
        change_reminder_rule,
        {"rule": w.reminder_rule(), "is_active": False},
        w.clinical_director,
    ),
    "reminders.close_text": lambda w: (
        close_text,
        {"incoming": w.incoming_text(), "note": "Called: comes on Monday"},
        w.front_desk,
    ),
    "appointments.confirm_by_patient": lambda w: (
        patient_replies.confirm_by_patient,
        {"appointment": w.book(LATER)},
        service_account("reminders", now=NOW),
    ),
    "appointments.cancel_by_patient": lambda w: (
        patient_replies.cancel_by_patient,
        {"appointment": w.book(LATER)},
        service_account("reminders", now=NOW),
    ),
    "reminders.finish_follow_up": lambda w: (
        finish_follow_up,
        {"follow_up": w.follow_up(), "outcome": FollowUpOutcome.REACHED, "note": "Comes Monday"},
        w.front_desk,
    ),
}
STAGES |= CALENDAR | CARE
DEEDS = sorted(STAGES)


def before(world: World, name: str) -> Callable[[], User]:
    """Everything up to the deed; calling the result does it."""
    action, arguments, by = STAGES[name](world)

    def deed() -> User:
        action(**arguments, now=NOW, by=by)
        return by

    return deed
