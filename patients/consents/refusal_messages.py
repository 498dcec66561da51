"""Messages and remedies for refused disclosures; they name no patient and no recipient."""

from __future__ import annotations

from collections.abc import Mapping

from patients.consents.disclosure_policy import Refusal

WORDS: Mapping[Refusal, tuple[str, str]] = {
    Refusal.NOTHING_NAMED: (
        "It is not said what is to be disclosed.",
        "Choose only what the purpose needs (2.13(a)).",
    ),
    Refusal.NO_RECIPIENT: ("It is not said to whom.", "Name the recipient."),
    Refusal.WRONG_PURPOSE: (
        "This ground serves another purpose.",
        "Choose the ground that fits the purpose, or disclose with consent.",
    ),
    Refusal.WRONG_RECIPIENT: (
        "This ground does not reach this kind of recipient.",
        "Choose the ground that fits the recipient, or disclose with consent.",
    ),
    Refusal.REGISTRY_HAS_ITS_OWN_GROUND: (
        "Multiple enrollment has a ground and limits of its own (2.34).",
        "Choose multiple enrollment as the ground.",
    ),
    Refusal.EMERGENCY_NOT_DOCUMENTED: (
        "The record of the emergency is not complete (2.51(c)).",
        "Write who receives it, at which facility, what the emergency is, and why there is no consent.",
    ),
    Refusal.TOO_FAR: (
        "Only registries and programs at most 200 miles away may be told (2.34(a)).",
        "Write the distance; beyond 200 miles ask for a specific consent.",
    ),
    Refusal.NO_OCCASION: (
        "This is no moment at which a registry may be told (2.34(a)(1)).",
        "It may be when treatment begins, is interrupted, resumes or ends, or the drug or dose changes.",
    ),
    Refusal.TOO_MUCH_FOR_REGISTRY: (
        "A registry may be told identity, drug and dose, and dates; nothing else (2.34(a)(2)).",
        "Leave the rest out.",
    ),
    Refusal.NO_AUTHORITY: (
        "Nothing shows that they may audit or do this research (2.52, 2.53).",
        "Write whose authority, or which approval, and its reference.",
    ),
    Refusal.NO_AGREEMENT: (
        "They have not bound themselves in writing to part 2.",
        "Get the written agreement first and write its reference.",
    ),
    Refusal.NO_ORDER: (
        "There is no court order.",
        "A record opens only to an order under 2.61 to 2.67 with a subpoena. Ask counsel.",
    ),
    Refusal.SUBPOENA_ALONE: (
        "A subpoena alone is never enough (2.61).",
        "Answer without saying whether anybody is a patient, and ask counsel.",
    ),
    Refusal.ORDER_WITHOUT_SUBPOENA: (
        "The order allows, but nothing compels: there is no subpoena (2.61(b)).",
        "Wait for a subpoena or mandate, or ask the patient for consent.",
    ),
    Refusal.OPENS_NO_RECORDS: (
        "An order under 2.67 places an agent; it opens no record.",
        "Disclose nothing, and ask counsel.",
    ),
    Refusal.BEYOND_THE_ORDER: (
        "The order does not cover all of this.",
        "Disclose only what it names.",
    ),
    Refusal.COMMUNICATIONS_NOT_REACHED: (
        "The order does not reach confidential communications (2.63).",
        "Leave the counseling notes out.",
    ),
    Refusal.NO_CONSENT: (
        "No consent of this patient is for this.",
        "Ask the patient to sign one, or choose another ground.",
    ),
    Refusal.NOTES_NEED_THEIR_OWN: (
        "Counseling notes need a consent of their own (2.31(b)).",
        "Leave them out and disclose them apart, once that consent is signed.",
    ),
    Refusal.PROCEEDINGS_NEED_THEIR_OWN: (
        "Legal proceedings need a consent of their own (2.31(d)).",
        "Ask the patient for that consent, or wait for an order and a subpoena.",
    ),
    Refusal.REGISTRY_NEEDS_ITS_OWN: (
        "No consent names registries or programs for this (2.34(a)(3)).",
        "Ask the patient to sign one that lists each of them.",
    ),
    Refusal.OTHER_PURPOSE: (
        "No consent is for this purpose.",
        "Ask the patient to sign one for it.",
    ),
    Refusal.NOT_NAMED: (
        "No consent for this purpose names this recipient.",
        "Write the entry of the consent that they fall under, or ask for a new consent.",
    ),
    Refusal.NOT_COVERED: (
        "The consent does not cover all of this.",
        "Disclose only what it describes, or ask for a new consent.",
    ),
    Refusal.DEFICIENT: (
        "The consent lacks what 2.31(a) asks for.",
        "Ask the patient to sign a complete one.",
    ),
    Refusal.NOT_SIGNED_YET: ("The consent is not signed yet.", "Wait for the signature."),
    Refusal.EXPIRED: ("The consent has expired.", "Ask the patient to sign a new one."),
    Refusal.KNOWN_FALSE: (
        "The consent is known to be materially false (2.31(c)).",
        "Ask the patient to sign a new one.",
    ),
    Refusal.REVOKED: (
        "The patient has revoked the consent.",
        "Disclose nothing on it; ask only if the patient wishes to consent again.",
    ),
    Refusal.RESTRICTED: (
        "The clinic agreed not to disclose this (2.26).",
        "Leave out what the restriction covers, or ask the privacy officer.",
    ),
}
