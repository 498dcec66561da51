"""Models of patients and their records. Every table names its personal fields."""

from patients.models.consents import Consent, PrivacyNotice
from patients.models.disclosures import Disclosure, RestrictionRequest
from patients.models.episodes import Episode, EpisodeQuerySet, Program
from patients.models.findings import Assessment, ClinicalEvent, Diagnosis, SubstanceUse
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
from patients.models.restrictions import PendingRestriction, RestrictionEnd

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
