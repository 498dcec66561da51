"""Words about people. Codes of substances, routes and frequencies follow TEDS."""

from django.db import models


class Sex(models.TextChoices):
    """Sex as recorded for clinical reference ranges; identity is `Patient.gender_identity`."""

    FEMALE = "female", "Female"
    MALE = "male", "Male"
    INTERSEX = "intersex", "Intersex"
    UNKNOWN = "unknown", "Not recorded"


class ContactKind(models.TextChoices):
    PHONE = "phone", "Phone"
    EMAIL = "email", "E-mail"


class ReferralSource(models.TextChoices):
    """Who sent the person (TEDS PSOURCE)."""

    SELF = "self", "Self or family"
    TREATMENT_PROVIDER = "treatment_provider", "Another treatment provider"
    HEALTH_CARE = "health_care", "Hospital or other health care"
    SCHOOL = "school", "School"
    EMPLOYER = "employer", "Employer"
    COMMUNITY = "community", "Community organisation"
    COURT = "court", "Court or criminal justice"
    STUDY = "study", "Clinical trial"
    UNKNOWN = "unknown", "Not recorded"


class DischargeReason(models.TextChoices):
    """Why an episode ended (TEDS REASON, with two administrative ends of its own)."""

    COMPLETED = "completed", "Treatment completed"
    DROPPED_OUT = "dropped_out", "Left treatment"
    TERMINATED = "terminated", "Ended by the clinic"
    TRANSFERRED = "transferred", "Transferred to another program"
    INCARCERATED = "incarcerated", "Incarcerated"
    DEATH = "death", "Died"
    STUDY_ENDED = "study_ended", "Study ended"
    OTHER = "other", "Other"


class Substance(models.TextChoices):
    """TEDS substances, with fentanyl apart because it changes an induction."""

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


class Route(models.TextChoices):
    ORAL = "oral", "By mouth"
    SMOKED = "smoked", "Smoked"
    INHALED = "inhaled", "Inhaled or snorted"
    INJECTED = "injected", "Injected"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Not recorded"


class UseFrequency(models.TextChoices):
    """Days of use in the past month, in the state reporting bands."""

    NONE = "none", "None in the past month"
    MONTHLY = "monthly", "1–3 days in the past month"
    WEEKLY = "weekly", "1–2 days a week"
    MOST_DAYS = "most_days", "3–6 days a week"
    DAILY = "daily", "Daily"
    UNKNOWN = "unknown", "Not recorded"


class EventKind(models.TextChoices):
    RETURN_TO_USE = "return_to_use", "Return to use"
    OVERDOSE = "overdose", "Overdose"
    HOSPITAL_STAY = "hospital_stay", "Hospital stay"
    INCARCERATION = "incarceration", "Incarceration"
    DEATH = "death", "Death"


class Instrument(models.TextChoices):
    COWS = "cows", "Clinical Opiate Withdrawal Scale (COWS)"
    WITHDRAWAL_BAND = "withdrawal_band", "Withdrawal severity (none to severe)"
    PHQ9 = "phq9", "PHQ-9"
    GAD7 = "gad7", "GAD-7"
