"""A small world to test in: two sites, one colleague of each role, a patient here and one there.

Everything is built through the actions, as the product builds it, at one fixed moment.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from access.actions.care_teams import add_to_care_team
from access.authz.policy import forget_roles
from access.enums import Role
from access.models import CareTeamPlace, RoleAssignment, Site, User
from appointments.actions.booking import book_appointment
from appointments.models import Appointment, AppointmentType, Room
from patients.actions.admissions import admit
from patients.actions.consents import record_consent
from patients.actions.contacts import add_contact_point
from patients.actions.people import register_patient
from patients.enums import ContactKind
from patients.models import Consent, Episode, Patient, Program
from reminders.actions.message_preferences import set_message_preferences
from reminders.actions.message_templates import write_message_text
from reminders.actions.reminder_rules import set_reminder_rule
from reminders.enums import (
    Channel,
    FollowUpReason,
    Language,
    ReplyIntent,
    Step,
    Subject,
    TemplateKind,
)
from reminders.message_templates import SHIPPED
from reminders.models import FollowUp, IncomingText, MessagePreferences, MessageText, ReminderRule
from tests.support.consents import tpo_consent
from treatments.actions.counseling_notes import name_note_reader, write_counseling_note
from treatments.actions.plan_signatures import sign_plan
from treatments.actions.treatment_plans import (
    add_behavioral_intervention,
    add_goal,
    add_medication,
    add_problem,
    begin_plan,
)
from treatments.enums import Frequency, Modality, ProblemArea, Product
from treatments.models import CounselingNote, NoteReader, TreatmentPlan

#: A Tuesday, ten in the morning in New York.
NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
TODAY = date(2026, 3, 3)
PASSWORD = "correct horse battery staple"
ZONE = "America/New_York"


def make_site(code: str) -> Site:
    return Site.objects.create(
        code=code, name=code.title(), neutral_name="Harbor Office", phone="555-0100", time_zone=ZONE
    )


def make_user(name: str, role: Role | None = None, site: Site | None = None) -> User:
    user = User(email=f"{name.lower().replace(' ', '-')}@example.org", name=name, created_at=NOW)
    user.set_password(PASSWORD)
    user.save()
    if role is not None and site is not None:
        RoleAssignment.objects.create(user=user, site=site, role=role, granted_at=NOW)
    return user


def give_role(user: User, role: Role, site: Site) -> None:
    """As if given and confirmed long ago (tests/access/test_role_approval.py has the two steps)."""
    RoleAssignment.objects.create(user=user, site=site, role=role, granted_at=NOW)
    forget_roles(user)


@dataclass
class World:
    """`here` is the site where `staff` works; `there` is the other one."""

    here: Site
    there: Site
    staff: dict[Role, User]
    stranger: User
    program: Program
    patient: Patient
    other_patient: Patient
    visit_type: AppointmentType
    extra: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        """`world.nurse` is the nurse."""
        try:
            return self.staff[Role[name.upper()]]
        except KeyError:
            raise AttributeError(name) from None

    def person(self, family_name: str = "Rivera", **changes: Any) -> dict[str, Any]:
        return {
            "given_name": "Ana",
            "family_name": family_name,
            "birth_date": date(1990, 5, 17),
            "sex": "female",
            "language": "en",
            **changes,
        }

    def register(self, family_name: str, **changes: Any) -> Patient:
        return register_patient(
            site=self.here,
            person=self.person(family_name, **changes),
            is_somebody_new=True,
            now=NOW,
            by=self.front_desk,
        )

    def put_on_care_team(self, colleague: User, patient: Patient | None = None) -> CareTeamPlace:
        place = add_to_care_team(
            patient=patient or self.patient,
            user=colleague,
            # Reach ends by the real clock, which no test waits for (see tests/access/test_access_scope.py).
            planned_end_date=date(2999, 12, 31),
            now=NOW,
            by=self.clinical_director,
        )
        forget_roles(colleague)
        return place

    def admit(self, patient: Patient | None = None, days_ago: int = 40) -> Episode:
        return admit(
            patient=patient or self.patient,
            program=self.program,
            admission_date=TODAY - timedelta(days=days_ago),
            now=NOW,
            by=self.prescriber,
        )

    def draft(self, episode: Episode) -> TreatmentPlan:
        """A draft of both arms: methadone 30 mg daily, weekly motivational interviewing."""
        by = self.prescriber
        plan = begin_plan(episode=episode, summary="I want my kids back.", now=NOW, by=by)
        problem = add_problem(
            plan=plan, area=ProblemArea.OPIOID_USE, description="Daily heroin use", now=NOW, by=by
        )
        goal = add_goal(problem=problem, description="No heroin for 30 days", now=NOW, by=by)
        add_medication(
            goal=goal, product=Product.METHADONE_ORAL, dose_mg=Decimal(30), now=NOW, by=by
        )
        add_behavioral_intervention(
            goal=goal,
            modality=Modality.MOTIVATIONAL_INTERVIEWING,
            frequency=Frequency.WEEKLY,
            now=NOW,
            by=by,
        )
        return plan

    def signed(
        self, episode: Episode, start: date | None = None, now: datetime = NOW
    ) -> TreatmentPlan:
        return sign_plan(
            plan=self.draft(episode),
            start_date=start or episode.admission_date,
            now=now,
            by=self.prescriber,
        )

    def note(self, words: str = "She spoke of her brother.") -> CounselingNote:
        """A counseling note of the counselor's."""
        return write_counseling_note(
            patient=self.patient, session_date=TODAY, words=words, now=NOW, by=self.counselor
        )

    def named_reader(
        self, reader: User | None = None, until_date: date = date(2026, 12, 31)
    ) -> NoteReader:
        """The counselor names the prescriber, or somebody else."""
        return name_note_reader(
            patient=self.patient,
            reader=reader or self.prescriber,
            until_date=until_date,
            now=NOW,
            by=self.counselor,
        )

    def reachable(
        self, patient: Patient | None = None, kind: ContactKind = ContactKind.PHONE
    ) -> None:
        add_contact_point(
            patient=patient or self.patient,
            kind=kind,
            value="555 0101 234" if kind == ContactKind.PHONE else "ana@example.org",
            may_send_messages=True,
            now=NOW,
            by=self.front_desk,
        )

    def follow_up(
        self, patient: Patient | None = None, reason: FollowUpReason = FollowUpReason.NO_SHOW
    ) -> FollowUp:
        """As the job notes it, of nothing in particular."""
        about = patient or self.patient
        return FollowUp.objects.create(
            patient=about,
            site_id=about.site_id,
            reason=reason,
            subject_id=about.pk,
            due_date=TODAY,
            recorded_at=NOW,
        )

    def incoming_text(self, patient: Patient | None = None, reference: str = "") -> IncomingText:
        """One that nobody understood."""
        about = patient or self.patient
        return IncomingText.objects.create(
            gateway_reference=reference or f"SM{about.pk}",
            patient=about,
            number="+15550101234",
            text="my bus is late",
            received_at=NOW,
            meaning=ReplyIntent.UNCLEAR,
            needs_person=True,
            recorded_at=NOW,
        )

    def reminder_rule(self, type: AppointmentType | None = None) -> ReminderRule:
        """Of a step that is not shipped."""
        return set_reminder_rule(
            subject_kind=Subject.APPOINTMENT,
            step=Step.SEVEN_DAYS,
            appointment_type=type,
            by_sms=True,
            by_email=True,
            is_active=True,
            now=NOW,
            by=self.clinical_director,
        )

    def message_text(self, kind: TemplateKind = TemplateKind.CALL, text: str = "") -> MessageText:
        """The shipped words, as if they were the clinic's own."""
        return write_message_text(
            kind=kind,
            language=Language.EN,
            channel=Channel.SMS,
            text=text or SHIPPED[kind][Language.EN],
            now=NOW,
            by=self.clinical_director,
        )

    def wishes(self, patient: Patient | None = None, **wishes: Any) -> MessagePreferences:
        return set_message_preferences(
            patient=patient or self.patient, wishes=wishes, now=NOW, by=self.front_desk
        )

    def consent(self, patient: Patient | None = None, **changes: Any) -> Consent:
        """A TPO consent in force; `changes` make it another."""
        return record_consent(
            patient=patient or self.patient,
            consent={**tpo_consent(), **changes},
            now=NOW,
            by=self.front_desk,
        )

    def book(
        self,
        starts_at: datetime,
        *,
        patient: Patient | None = None,
        practitioner: User | None = None,
        room: Room | None = None,
        now: datetime = NOW,
    ) -> Appointment:
        return book_appointment(
            patient=patient or self.patient,
            site=self.here,
            type=self.visit_type,
            practitioner=practitioner or self.counselor,
            starts_at=starts_at,
            room=room,
            now=now,
            by=self.front_desk,
        )


def make_world() -> World:
    here, there = make_site("harbor"), make_site("upland")
    staff = {role: make_user(role.value.replace("_", " "), role, here) for role in Role}
    stranger = make_user("Stranger from upland", Role.CLINICAL_DIRECTOR, there)
    program = Program.objects.create(site=here, code="otp", name="Treatment program")
    Program.objects.create(site=there, code="otp", name="Treatment program")
    world = World(
        here=here,
        there=there,
        staff=staff,
        stranger=stranger,
        program=program,
        patient=Patient(),
        other_patient=Patient(),
        visit_type=AppointmentType.objects.create(
            code="counselling", name="Counseling", minutes=45
        ),
    )
    world.patient = world.register("Rivera")
    for colleague in (world.counselor, world.case_manager):
        world.put_on_care_team(colleague)
    world.other_patient = register_patient(
        site=there, person=world.person("Elsewhere"), is_somebody_new=True, now=NOW, by=stranger
    )
    return world
