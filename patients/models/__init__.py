"""Models of patients and their records. Every table names its personal fields."""

from patients.models.assessments import Assessment
from patients.models.clinical_events import ClinicalEvent
from patients.models.consents import Consent, PrivacyNotice
from patients.models.diagnoses import Diagnosis
from patients.models.disclosures import Disclosure, RestrictionRequest
from patients.models.episodes import Episode, EpisodeQuerySet
from patients.models.people import (
    RECORD_NUMBER_SEQUENCE,
    ClinicalQuerySet,
    ContactPoint,
    EmergencyContact,
    Identifier,
    LinkedQuerySet,
    Patient,
    PatientQuerySet,
)
from patients.models.programs import Program
from patients.models.restrictions import PendingRestriction, RestrictionEnd
from patients.models.substance_use import SubstanceUse

__all__ = [
    "RECORD_NUMBER_SEQUENCE",
    "Assessment",
    "ClinicalEvent",
    "ClinicalQuerySet",
    "Consent",
    "ContactPoint",
    "Diagnosis",
    "Disclosure",
    "EmergencyContact",
    "Episode",
    "EpisodeQuerySet",
    "Identifier",
    "LinkedQuerySet",
    "Patient",
    "PatientQuerySet",
    "PendingRestriction",
    "PrivacyNotice",
    "Program",
    "RestrictionEnd",
    "RestrictionRequest",
    "SubstanceUse",
]
