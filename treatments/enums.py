"""Enums of treatment plans and drug tests."""

from common.choices import TextChoices


class PlanStatus(TextChoices):
    """A plan is a draft, active once signed, superseded by its next version, or closed."""

    DRAFT = "draft", "Draft"
    ACTIVE = "active", "Active"
    SUPERSEDED = "superseded", "Superseded"
    CLOSED = "closed", "Discontinued"


class Arm(TextChoices):
    """The two arms of treatment in a plan."""

    BEHAVIORAL = "behavioural", "Behavioral"
    MEDICATION = "medication", "Medication"


class ProblemArea(TextChoices):
    OPIOID_USE = "opioid_use", "Opioid use"
    OTHER_SUBSTANCE_USE = "other_substance_use", "Other substance use"
    MENTAL_HEALTH = "mental_health", "Mental health"
    PHYSICAL_HEALTH = "physical_health", "Physical health"
    HOUSING = "housing", "Housing"
    WORK_AND_EDUCATION = "work_and_education", "Work and education"
    FAMILY_AND_RELATIONSHIPS = "family_and_relationships", "Family and relationships"
    LEGAL = "legal", "Legal"


class Modality(TextChoices):
    """Behavioral interventions."""

    COGNITIVE_BEHAVIORAL_THERAPY = "cbt", "Cognitive behavioral therapy"
    MOTIVATIONAL_INTERVIEWING = "motivational_interviewing", "Motivational interviewing"
    CONTINGENCY_MANAGEMENT = "contingency_management", "Contingency management"
    INDIVIDUAL_COUNSELING = "individual_counselling", "Individual counseling"
    GROUP_COUNSELING = "group_counselling", "Group counseling"
    FAMILY_THERAPY = "family_therapy", "Family therapy"
    PEER_SUPPORT = "peer_support", "Peer support"
    MEDICAL_MANAGEMENT = "medical_management", "Medical management"
    ENHANCED_MEDICAL_MANAGEMENT = (
        "enhanced_medical_management",
        "Medical management with drug counseling",
    )
    CASE_MANAGEMENT = "case_management", "Case management"


class Frequency(TextChoices):
    """Recommended frequency of behavioral services (42 CFR 8.12(f)(4)(i))."""

    DAILY = "daily", "Daily"
    TWICE_WEEKLY = "twice_weekly", "Twice a week"
    WEEKLY = "weekly", "Weekly"
    FORTNIGHTLY = "fortnightly", "Every two weeks"
    MONTHLY = "monthly", "Monthly"
    AS_NEEDED = "as_needed", "As needed"


class Product(TextChoices):
    """Products for opioid use disorder; milligrams are not comparable between products."""

    METHADONE_ORAL = "methadone_oral", "Methadone, oral"
    BUPRENORPHINE_SL = "bup_sl_mono", "Buprenorphine, sublingual tablet"
    BUPRENORPHINE_NALOXONE_FILM = "bup_nx_film", "Buprenorphine/naloxone, film"
    BUPRENORPHINE_NALOXONE_TABLET = "bup_nx_tab", "Buprenorphine/naloxone, tablet"
    ZUBSOLV = "zubsolv", "Buprenorphine/naloxone, Zubsolv tablet"
    SUBLOCADE = "sublocade", "Buprenorphine, monthly injection (Sublocade)"
    BRIXADI_WEEKLY = "brixadi_weekly", "Buprenorphine, weekly injection (Brixadi)"
    BRIXADI_MONTHLY = "brixadi_monthly", "Buprenorphine, monthly injection (Brixadi)"
    NALTREXONE_INJECTION = "xr_naltrexone", "Naltrexone, monthly injection"
    NALTREXONE_ORAL = "naltrexone_oral", "Naltrexone, oral"


class Medication(TextChoices):
    """The active drug, for reports."""

    METHADONE = "methadone", "Methadone"
    BUPRENORPHINE = "buprenorphine", "Buprenorphine"
    NALTREXONE = "naltrexone", "Naltrexone"


class Specimen(TextChoices):
    URINE = "urine", "Urine"
    ORAL_FLUID = "oral_fluid", "Oral fluid"
