"""Messages and remedies for refused disclosures; they name no patient and no recipient."""

from __future__ import annotations

from collections.abc import Mapping

from patients.consents.disclosure_policy import Refusal

WORDS: Mapping[Refusal, tuple[str, str]] = {
    Refusal.NOTHING_NAMED: (
        "What to disclose is missing.",
        "Choose only what the purpose needs (2.13(a)).",
    ),
    Refusal.NO_RECIPIENT: ("The recipient is missing.", "Enter the recipient."),
    Refusal.WRONG_PURPOSE: (
        "This basis does not allow this purpose.",
        "Choose a basis that fits the purpose, or disclose with consent.",
    ),
    Refusal.WRONG_RECIPIENT: (
        "This basis does not allow this kind of recipient.",
        "Choose a basis that fits the recipient, or disclose with consent.",
    ),
    Refusal.REGISTRY_HAS_ITS_OWN_GROUND: (
        "Preventing multiple enrollment has its own basis and limits (2.34).",
        "Choose “Preventing multiple enrollment” as the basis.",
    ),
    Refusal.EMERGENCY_NOT_DOCUMENTED: (
        "The record of the emergency is not complete (2.51(c)).",
        "Enter who receives it, at which facility, the nature of the emergency, and why there is no consent.",
    ),
    Refusal.TOO_FAR: (
        "Only registries and programs within 200 miles may receive this (2.34(a)).",
        "Enter the distance. Beyond 200 miles ask the patient for a specific consent.",
    ),
    Refusal.NO_OCCASION: (
        "A registry may not receive this on this occasion (2.34(a)(1)).",
        "It may when treatment begins, is interrupted, resumes or ends, or when the drug or dose changes.",
    ),
    Refusal.TOO_MUCH_FOR_REGISTRY: (
        "A registry may receive only identity, drug and dose, and dates (2.34(a)(2)).",
        "Leave out everything else.",
    ),
    Refusal.NO_AUTHORITY: (
        "The authority for this audit or research is missing (2.52, 2.53).",
        "Enter the authority or approval and its reference.",
    ),
    Refusal.NO_AGREEMENT: (
        "The recipient has not agreed in writing to follow 42 CFR part 2.",
        "Get the written agreement first and enter its reference.",
    ),
    Refusal.NO_ORDER: (
        "There is no court order.",
        "Records may be disclosed only with an order under 2.61 to 2.67 and a subpoena. Ask the clinic's lawyer.",
    ),
    Refusal.SUBPOENA_ALONE: (
        "A subpoena alone is never enough (2.61).",
        "Do not confirm or deny that anybody is a patient, and ask the clinic's lawyer.",
    ),
    Refusal.ORDER_WITHOUT_SUBPOENA: (
        "The court order allows disclosure, but there is no subpoena that requires it (2.61(b)).",
        "Wait for a subpoena or mandate, or ask the patient for consent.",
    ),
    Refusal.OPENS_NO_RECORDS: (
        "An order under 2.67 places an undercover agent; it does not allow disclosure of records.",
        "Disclose nothing, and ask the clinic's lawyer.",
    ),
    Refusal.BEYOND_THE_ORDER: (
        "The court order does not cover all of this.",
        "Disclose only what the order names.",
    ),
    Refusal.COMMUNICATIONS_NOT_REACHED: (
        "The court order does not cover confidential communications (2.63).",
        "Leave out the counseling notes.",
    ),
    Refusal.NO_CONSENT: (
        "This patient has no consent for this kind of disclosure.",
        "Ask the patient to sign a consent, or choose another basis.",
    ),
    Refusal.NOTES_NEED_THEIR_OWN: (
        "Counseling notes need a separate consent (2.31(b)).",
        "Leave them out. Disclose them separately once that consent is signed.",
    ),
    Refusal.PROCEEDINGS_NEED_THEIR_OWN: (
        "Legal proceedings need a separate consent (2.31(d)).",
        "Ask the patient for that consent, or wait for a court order and a subpoena.",
    ),
    Refusal.REGISTRY_NEEDS_ITS_OWN: (
        "No consent names registries or programs for this (2.34(a)(3)).",
        "Ask the patient to sign a consent that lists each of them.",
    ),
    Refusal.OTHER_PURPOSE: (
        "No consent covers this purpose.",
        "Ask the patient to sign a consent for it.",
    ),
    Refusal.NOT_NAMED: (
        "No consent for this purpose names this recipient.",
        "Enter the recipient as the consent names it, or ask the patient for a new consent.",
    ),
    Refusal.NOT_COVERED: (
        "The consent does not cover all of this.",
        "Disclose only what the consent describes, or ask the patient for a new consent.",
    ),
    Refusal.DEFICIENT: (
        "The consent is incomplete under 2.31(a).",
        "Ask the patient to sign a complete consent.",
    ),
    Refusal.NOT_SIGNED_YET: ("The consent is not signed yet.", "Wait until the patient signs it."),
    Refusal.EXPIRED: ("The consent has expired.", "Ask the patient to sign a new consent."),
    Refusal.KNOWN_FALSE: (
        "The consent is known to be materially false (2.31(c)).",
        "Ask the patient to sign a new consent.",
    ),
    Refusal.REVOKED: (
        "The patient has revoked the consent.",
        "Disclose nothing under it. Ask for a new consent only if the patient wishes.",
    ),
    Refusal.RESTRICTED: (
        "The clinic agreed not to disclose this (2.26).",
        "Leave out what the restriction covers, or ask the privacy officer.",
    ),
}
