"""URLs of the API. They contain ids only, and nothing else of a patient."""

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from api.framework.docs_page import SchemaView, docs
from api.framework.not_found import NoSuchAddress
from api.resources.account import Me, Tokens
from api.resources.appointments import Appointments
from api.resources.audit import AuditEntries
from api.resources.call_backs import CallBacks
from api.resources.care_teams import CareTeamPlaces
from api.resources.clinical_findings import Assessments, Diagnoses, Events, SubstanceUses
from api.resources.consents import Consents
from api.resources.contacts import ContactPoints, EmergencyContacts, Identifiers
from api.resources.counseling_notes import CounselingNotes, NoteReaders
from api.resources.disclosures import Disclosures
from api.resources.doses import Doses
from api.resources.drug_tests import DrugTests
from api.resources.episodes import Episodes
from api.resources.follow_ups import FollowUps
from api.resources.group_sessions import GroupSessions
from api.resources.message_preferences import Wishes
from api.resources.message_templates import MessageTexts
from api.resources.naloxone import NaloxoneOffers
from api.resources.patients import Patients
from api.resources.plan_parts import Goals, Interventions, Problems
from api.resources.planned_tests import PlannedTests
from api.resources.privacy_notices import PrivacyNotices
from api.resources.reference_lists import AppointmentTypes, Practitioners, Programs, Rooms, Sites
from api.resources.reminder_rules import ReminderRules
from api.resources.reminders import Reminders
from api.resources.replies import Replies
from api.resources.restrictions import PendingRestrictions, Restrictions
from api.resources.retention import Retention
from api.resources.series import SeriesOfAppointments
from api.resources.staff import Staff
from api.resources.treatment_plans import Plans
from api.resources.waitlist import WaitlistEntries, WaitlistOffers
from api.resources.working_hours import Closures, ExtraHoursOfStaff, TimesAway, WorkingHoursOfStaff

app_name = "api"

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
for name, resource in (
    ("patients", Patients),
    ("contact-points", ContactPoints),
    ("emergency-contacts", EmergencyContacts),
    ("identifiers", Identifiers),
    ("care-team-places", CareTeamPlaces),
    ("episodes", Episodes),
    ("diagnoses", Diagnoses),
    ("substance-uses", SubstanceUses),
    ("events", Events),
    ("assessments", Assessments),
    ("drug-tests", DrugTests),
    ("planned-tests", PlannedTests),
    ("plans", Plans),
    ("counselling-notes", CounselingNotes),
    ("note-readers", NoteReaders),
    ("problems", Problems),
    ("goals", Goals),
    ("interventions", Interventions),
    ("doses", Doses),
    ("call-backs", CallBacks),
    ("naloxone-offers", NaloxoneOffers),
    ("consents", Consents),
    ("privacy-notices", PrivacyNotices),
    ("restriction-requests", Restrictions),
    ("restriction-wishes", PendingRestrictions),
    ("disclosures", Disclosures),
    ("appointments", Appointments),
    ("appointment-series", SeriesOfAppointments),
    ("group-sessions", GroupSessions),
    ("waitlist-entries", WaitlistEntries),
    ("waitlist-offers", WaitlistOffers),
    ("working-hours", WorkingHoursOfStaff),
    ("extra-hours", ExtraHoursOfStaff),
    ("times-away", TimesAway),
    ("closures", Closures),
    ("appointment-types", AppointmentTypes),
    ("rooms", Rooms),
    ("practitioners", Practitioners),
    ("sites", Sites),
    ("programs", Programs),
    ("reminders", Reminders),
    ("message-wishes", Wishes),
    ("follow-ups", FollowUps),
    ("replies", Replies),
    ("reminder-rules", ReminderRules),
    ("message-texts", MessageTexts),
    ("staff", Staff),
    ("tokens", Tokens),
    ("audit-entries", AuditEntries),
):
    router.register(name, resource, basename=name)

urlpatterns = [
    *router.urls,
    path("me", Me.as_view(), name="me"),
    path("reports/retention", Retention.as_view(), name="retention"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    re_path(r"^", NoSuchAddress.as_view()),
]
