"""Addresses of the API. Ids only: nothing of a patient stands in an address."""

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from api.account import Me, Tokens
from api.addresses import NoSuchAddress
from api.appointments import Appointments
from api.audit import AuditEntries
from api.call_backs import CallBacks
from api.care_teams import CareTeamPlaces
from api.consents import Consents, PrivacyNotices, Restrictions, RestrictionWishes
from api.contacts import ContactPoints, EmergencyContacts, Identifiers
from api.disclosures import Disclosures
from api.docs import SchemaView, docs
from api.doses import Doses
from api.episodes import Episodes
from api.findings import Assessments, Diagnoses, DrugTests, Events, SubstanceUses
from api.groups import GroupSessions
from api.message_setup import MessageTexts, ReminderRules
from api.messages import FollowUps, Replies, Wishes
from api.naloxone import NaloxoneOffers
from api.notes import CounsellingNotes, NoteReaders
from api.opening import Closures, ExtraHoursOfStaff, TimesAway, WorkingHoursOfStaff
from api.outcomes import Retention
from api.patients import Patients
from api.plan_parts import Goals, Interventions, Problems
from api.planned_tests import PlannedTests
from api.plans import Plans
from api.reference import AppointmentTypes, Practitioners, Programs, Rooms, Sites
from api.reminders import Reminders
from api.series import SeriesOfAppointments
from api.staff import Staff
from api.waitlist import WaitlistEntries, WaitlistOffers

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
    ("counselling-notes", CounsellingNotes),
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
    ("restriction-wishes", RestrictionWishes),
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
