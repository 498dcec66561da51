"""Description of a consent in plain text: what it covers and when it ends."""

from __future__ import annotations

from patients.enums import Expiration, Information, Purpose
from patients.models import Consent


def scope_of(consent: Consent) -> str:
    """A clear explanation of the consent's scope (42 CFR 2.32(b)), without the patient's name."""
    via = f", through {consent.intermediary} ({consent.intermediary_participants})"
    return (
        f"Consent signed on {consent.date_signed:%-d %b %Y}. {consent.discloser} may disclose:"
        f" {words(Information, consent.information)} ({consent.information_detail})."
        f" To: {'; '.join(consent.recipients)}{via if consent.intermediary else ''}."
        f" Purpose: {purpose_words(consent)}. Ends: {end_words(consent)}."
        f" It can be revoked: {consent.how_to_revoke}."
    )


def words(enum: type[Information] | type[Purpose], values: list[str]) -> str:
    """Labels of `values`, in the order of the enum."""
    return ", ".join(member.label.lower() for member in enum if member in values) or "everything"


def purpose_words(consent: Consent) -> str:
    named = words(Purpose, consent.purposes)
    return f"{named}: {consent.purpose_detail}" if consent.purpose_detail else named


def end_words(consent: Consent) -> str:
    """Describe when the consent ends."""
    if consent.expiration == Expiration.DATE:
        return f"after {consent.expiry_date:%-d %b %Y}"
    if consent.expiration == Expiration.EVENT:
        return consent.expiry_event
    if consent.expiration == Expiration.NONE:
        return "never, unless it is revoked"
    return Expiration(consent.expiration).label.lower()
