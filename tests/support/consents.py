"""Consents and disclosures as they come in on paper: whole ones, to be changed by each test."""

from datetime import date
from typing import Any

from patients.notice_texts import TPO_RECIPIENTS

SIGNED = date(2026, 3, 1)


def tpo_consent(**changes: Any) -> dict[str, Any]:
    """The single consent for treatment, payment and health care operations."""
    return {
        "kind": "tpo",
        "discloser": "Harbor clinic and its staff",
        "information": ["identity", "attendance", "dates", "diagnoses", "plan", "medication"],
        "information_detail": "All of my record but counseling notes",
        "recipients": [TPO_RECIPIENTS],
        "purposes": ["treatment", "payment", "operations"],
        "how_to_revoke": "In writing to the front desk, except where already relied on",
        "expiration": "end_of_treatment",
        "states_hipaa_redisclosure": True,
        "states_loss_of_protection": True,
        "states_consequences": True,
        "signed_by": "A. R.",
        "signed_for": "self",
        "signature_form": "paper",
        "date_signed": SIGNED,
        **changes,
    }


def specific_consent(**changes: Any) -> dict[str, Any]:
    """To one named recipient until a date."""
    return {
        **tpo_consent(),
        "kind": "specific",
        "information": ["attendance", "drug_tests"],
        "information_detail": "Whether I come, and my drug tests",
        "recipients": ["County Housing Office", "the officers of the drug court"],
        "purposes": ["benefits", "criminal_justice"],
        "expiration": "date",
        "expiry_date": date(2026, 6, 1),
        "states_hipaa_redisclosure": False,
        "states_loss_of_protection": False,
        "states_consequences": False,
        **changes,
    }


def notes_consent(**changes: Any) -> dict[str, Any]:
    return {
        **specific_consent(),
        "kind": "counselling_notes",
        "information": ["counselling_notes"],
        "information_detail": "Notes of my sessions since January",
        "recipients": ["Dr Lowe"],
        "purposes": ["treatment"],
        **changes,
    }


def proceedings_consent(**changes: Any) -> dict[str, Any]:
    return {
        **specific_consent(),
        "kind": "legal_proceedings",
        "recipients": ["Family Court of the county"],
        "purposes": ["legal_proceedings"],
        "expiration": "event",
        "expiry_date": None,
        "expiry_event": "the court's decision on custody",
        **changes,
    }


def registry_consent(**changes: Any) -> dict[str, Any]:
    return {
        **specific_consent(),
        "kind": "registry",
        "information": ["identity", "medication", "dates"],
        "information_detail": "That I am in treatment, drug and dose, dates",
        "recipients": ["State registry", "Upland program"],
        "purposes": ["multiple_enrolment"],
        **changes,
    }


def to_treating_provider(**changes: Any) -> dict[str, Any]:
    return {
        "basis": "consent",
        "recipient": "Dr Lowe",
        "recipient_kind": "treating_provider",
        "recipient_address": "1 Quay Street",
        "information": ["medication"],
        "information_detail": "The present dose",
        "purpose": "treatment",
        **changes,
    }
