"""Enums about patients, consents and disclosures.

Codes of substances, routes and frequencies follow TEDS.
"""

from common.choices import TextChoices


class Sex(TextChoices):
    """Sex as recorded for clinical reference ranges; identity is `Patient.gender_identity`."""

    FEMALE = "female", "Female"
    MALE = "male", "Male"
    INTERSEX = "intersex", "Intersex"
    UNKNOWN = "unknown", "Not recorded"


class ContactKind(TextChoices):
    PHONE = "phone", "Phone"
    EMAIL = "email", "E-mail"


class ReferralSource(TextChoices):
    """Who referred the patient (TEDS PSOURCE)."""

    SELF = "self", "Self or family"
    TREATMENT_PROVIDER = "treatment_provider", "Another treatment provider"
    HEALTH_CARE = "health_care", "Hospital or other health care"
    SCHOOL = "school", "School"
    EMPLOYER = "employer", "Employer"
    COMMUNITY = "community", "Community organization"
    COURT = "court", "Court or criminal justice"
    STUDY = "study", "Clinical trial"
    UNKNOWN = "unknown", "Not recorded"


class DischargeReason(TextChoices):
    """Why an episode ended (TEDS REASON, with two administrative reasons added)."""

    COMPLETED = "completed", "Treatment completed"
    DROPPED_OUT = "dropped_out", "Left treatment"
    TERMINATED = "terminated", "Ended by the clinic"
    TRANSFERRED = "transferred", "Transferred to another program"
    INCARCERATED = "incarcerated", "Incarcerated"
    DEATH = "death", "Died"
    STUDY_ENDED = "study_ended", "Study ended"
    OTHER = "other", "Other"


class Substance(TextChoices):
    """TEDS substances, with fentanyl separate because it changes an induction."""

    HEROIN = "heroin", "Heroin"
    FENTANYL = "fentanyl", "Fentanyl"
    OTHER_OPIOID = "other_opioid", "Other opioid"
    METHADONE_NON_PRESCRIBED = "methadone_non_prescribed", "Methadone, not prescribed"
    ALCOHOL = "alcohol", "Alcohol"
    COCAINE = "cocaine", "Cocaine or crack"
    CANNABIS = "cannabis", "Cannabis"
    METHAMPHETAMINE = "methamphetamine", "Methamphetamine"
    OTHER_STIMULANT = "other_stimulant", "Other stimulant"
    BENZODIAZEPINE = "benzodiazepine", "Benzodiazepine"
    OTHER_SEDATIVE = "other_sedative", "Other sedative"
    HALLUCINOGEN = "hallucinogen", "Hallucinogen"
    INHALANT = "inhalant", "Inhalant"
    OTHER = "other", "Other"


class Route(TextChoices):
    ORAL = "oral", "By mouth"
    SMOKED = "smoked", "Smoked"
    INHALED = "inhaled", "Inhaled or snorted"
    INJECTED = "injected", "Injected"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Not recorded"


class UseFrequency(TextChoices):
    """Days of use in the past month, in the ranges used for state reporting."""

    NONE = "none", "None in the past month"
    MONTHLY = "monthly", "1–3 days in the past month"
    WEEKLY = "weekly", "1–2 days a week"
    MOST_DAYS = "most_days", "3–6 days a week"
    DAILY = "daily", "Daily"
    UNKNOWN = "unknown", "Not recorded"


class EventKind(TextChoices):
    RETURN_TO_USE = "return_to_use", "Return to use"
    OVERDOSE = "overdose", "Overdose"
    HOSPITAL_STAY = "hospital_stay", "Hospital stay"
    INCARCERATION = "incarceration", "Incarceration"
    DEATH = "death", "Death"


class Instrument(TextChoices):
    COWS = "cows", "Clinical Opiate Withdrawal Scale (COWS)"
    WITHDRAWAL_BAND = "withdrawal_band", "Withdrawal severity (none to severe)"
    PHQ9 = "phq9", "PHQ-9"
    GAD7 = "gad7", "GAD-7"


class ConsentKind(TextChoices):
    """What a consent under 42 CFR 2.31 is for; a consent has one kind, so none are combined."""

    TPO = "tpo", "Treatment, payment and health care operations"
    SPECIFIC = "specific", "One specific disclosure"
    COUNSELING_NOTES = "counselling_notes", "SUD counseling notes"
    LEGAL_PROCEEDINGS = "legal_proceedings", "Legal proceedings"
    REGISTRY = "registry", "Central registry or other programs, to prevent multiple enrollment"


class Information(TextChoices):
    """Kinds of information in a record, as consents, court orders and disclosures name them."""

    IDENTITY = "identity", "Name, birth date, contact details"
    ATTENDANCE = "attendance", "Appointments kept and missed"
    DATES = "dates", "Dates of admission, change and discharge"
    DIAGNOSES = "diagnoses", "Diagnoses and substance use"
    PLAN = "plan", "Treatment plan"
    MEDICATION = "medication", "Medication and doses"
    DRUG_TESTS = "drug_tests", "Drug tests"
    ASSESSMENTS = "assessments", "Assessments and events"
    COUNSELING_NOTES = "counselling_notes", "SUD counseling notes"


class Purpose(TextChoices):
    TREATMENT = "treatment", "Treatment"
    PAYMENT = "payment", "Payment"
    OPERATIONS = "operations", "Health care operations"
    AT_REQUEST = "at_request", "At the request of the patient"
    BENEFITS = "benefits", "Benefits, housing or work"
    FAMILY = "family", "Informing family or friends"
    CRIMINAL_JUSTICE = "criminal_justice", "Supervision after a court's referral"
    MULTIPLE_ENROLLMENT = "multiple_enrolment", "Preventing multiple enrollment"
    LEGAL_PROCEEDINGS = "legal_proceedings", "Legal proceedings"
    AUDIT = "audit", "Audit or evaluation"
    RESEARCH = "research", "Research"
    OTHER = "other", "Another purpose (describe it)"


class RecipientKind(TextChoices):
    TREATING_PROVIDER = "treating_provider", "Treating provider"
    HEALTH_PLAN = "health_plan", "Health plan"
    THIRD_PARTY_PAYER = "third_party_payer", "Third-party payer"
    PROGRAM_HELPER = "program_helper", "Person or organization that helps operate this program"
    INTERMEDIARY = "intermediary", "Intermediary, such as a health information exchange"
    REGISTRY = "registry", "Central registry"
    TREATMENT_PROGRAM = "treatment_program", "Withdrawal or maintenance treatment program"
    MEDICAL_PERSONNEL = "medical_personnel", "Medical personnel in an emergency"
    AUDITOR = "auditor", "Auditor or evaluator"
    RESEARCHER = "researcher", "Researcher"
    COURT = "court", "Court, or a party under its order"
    OTHER = "other", "Other recipient"


class Basis(TextChoices):
    """The provision of 42 CFR part 2 that a disclosure is based on."""

    CONSENT = "consent", "The patient's consent (2.31, 2.33)"
    REGISTRY = "registry", "Preventing multiple enrollment, with consent (2.34)"
    EMERGENCY = "emergency", "Medical emergency (2.51)"
    RESEARCH = "research", "Research (2.52)"
    AUDIT = "audit", "Audit or evaluation (2.53)"
    COURT_ORDER = "court_order", "Court order and subpoena (2.61 to 2.67)"


class Expiration(TextChoices):
    DATE = "date", "On a date"
    EVENT = "event", "At an event"
    END_OF_TREATMENT = "end_of_treatment", "At the end of treatment"
    NONE = "none", "None"


class SignatureForm(TextChoices):
    PAPER = "paper", "On paper"
    ELECTRONIC = "electronic", "Electronically"


class SignedFor(TextChoices):
    """Who signed: the patient, or somebody for the patient (42 CFR 2.14, 2.15)."""

    SELF = "self", "The patient"
    MINOR = "minor", "A parent or guardian, for a minor"
    REPRESENTATIVE = (
        "representative",
        "A representative, for a patient who lacks capacity or has died",
    )


class ConsentEnd(TextChoices):
    REVOKED = "revoked", "Revoked by the patient"
    EVENT = "event", "The expiry event happened"
    FALSE = "false", "Found to be materially false"


class ConsentState(TextChoices):
    IN_FORCE = "in_force", "Active"
    NOT_SIGNED_YET = "not_signed_yet", "Not signed yet"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Revoked"
    FALSE = "false", "Found to be false"


class NoticeForm(TextChoices):
    """Which notice of 42 CFR 2.32(a) is sent with a disclosure (patients/notice_texts.py)."""

    SHORT = "short", "Short form, 2.32(a)(2)"
    LONG = "long", "Long form, 2.32(a)(1)"


class NoticeMethod(TextChoices):
    PAPER = "paper", "On paper"
    ELECTRONIC = "electronic", "Electronically"
    READ_ALOUD = "read_aloud", "Read aloud"


class RegistryOccasion(TextChoices):
    """The only occasions on which 42 CFR 2.34(a)(1) allows a disclosure to a registry."""

    ACCEPTED = "accepted", "Accepted for treatment"
    DRUG_CHANGED = "drug_changed", "Type or dosage of the drug changed"
    INTERRUPTED = "interrupted", "Treatment interrupted"
    RESUMED = "resumed", "Treatment resumed"
    TERMINATED = "terminated", "Treatment terminated"


class EmergencyGround(TextChoices):
    NO_CONSENT_POSSIBLE = "no_consent_possible", "Consent cannot be obtained before"
    DECLARED_DISASTER = (
        "declared_disaster",
        "Closed in a declared disaster, unable to obtain consent",
    )


class CourtSection(TextChoices):
    NON_CRIMINAL = "2_64", "2.64, other than criminal"
    AGAINST_PATIENT = "2_65", "2.65, to investigate or prosecute a patient"
    AGAINST_PROGRAM = "2_66", "2.66, to investigate or prosecute the program"
    UNDERCOVER = "2_67", "2.67, to place an undercover agent"


class RestrictionDecision(TextChoices):
    AGREED = "agreed", "Agreed"
    REFUSED = "refused", "Refused"


class RestrictionEndGround(TextChoices):
    """How a patient lifts an agreed restriction (45 CFR 164.522(a)(2)(i), (ii))."""

    IN_WRITING = "in_writing", "The patient asked or agreed in writing"
    SPOKEN = "spoken", "The patient agreed orally, documented here"
