"""People in care and what is known of them. Every table says which of its fields are personal."""

from patients.models.care import Episode, EpisodeQuerySet, Program
from patients.models.consent import Consent, PrivacyNotice
from patients.models.disclosing import Disclosure, RestrictionRequest
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
from patients.models.restricting import RestrictionEnd, RestrictionWish

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
    "PrivacyNotice",
    "Program",
    "RestrictionEnd",
    "RestrictionRequest",
    "RestrictionWish",
    "SubstanceUse",
]
