"""Rules that map the trials' terms to the clinic's, and choices the data leave open.

Sources: the package's documentation and the trials' protocols as published: CTN-0027 (Saxon 2013,
Hser 2014), CTN-0030 (Weiss 2011), CTN-0051 (Lee 2018).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from appointments.enums import MissReason
from patients.enums import Sex, Substance, UseFrequency
from treatments.enums import Modality, Product

SYSTEM = "CTN-0094"
#: Day 0 (consent) of every participant. The data have no calendar dates; this is a Monday.
DAY_ZERO = date(2010, 1, 4)
#: For participants whose age is missing; flagged as estimated, as all birth dates here are.
BIRTH_DATE_UNKNOWN = date(1900, 1, 1)
ZONE = "America/New_York"

PROGRAMS = {
    "27": ("CTN-0027", "CTN-0027: methadone or buprenorphine (START)"),
    "30": ("CTN-0030", "CTN-0030: prescription opioid addiction (POATS)"),
    "51": ("CTN-0051", "CTN-0051: naltrexone or buprenorphine (X:BOT)"),
}
SEXES = {"Yes": Sex.MALE, "No": Sex.FEMALE}


@dataclass(frozen=True, kw_only=True)
class TrialArm:
    """What the participants of one arm were to be given."""

    product: Product
    modality: Modality | None = None
    #: mg of one unit of `amount`: an injection of naltrexone is written as 1.
    mg_per_unit: Decimal = Decimal(1)


#: By project and name of the arm. EMM and SMM are enhanced and standard medical management.
ARMS: Mapping[tuple[str, str], TrialArm] = {
    ("27", "Methadone"): TrialArm(product=Product.METHADONE_ORAL),
    ("27", "Outpatient BUP"): TrialArm(product=Product.BUPRENORPHINE_NALOXONE_TABLET),
    ("30", "Outpatient BUP + EMM"): TrialArm(
        product=Product.BUPRENORPHINE_NALOXONE_TABLET,
        modality=Modality.ENHANCED_MEDICAL_MANAGEMENT,
    ),
    ("30", "Outpatient BUP + SMM"): TrialArm(
        product=Product.BUPRENORPHINE_NALOXONE_TABLET, modality=Modality.MEDICAL_MANAGEMENT
    ),
    ("51", "Inpatient BUP"): TrialArm(product=Product.BUPRENORPHINE_NALOXONE_FILM),
    ("51", "Inpatient NR-NTX"): TrialArm(
        product=Product.NALTREXONE_INJECTION, mg_per_unit=Decimal(380)
    ),
}
#: Days of medication by protocol, by project and randomization (meta_study_length.csv).
TREATMENT_DAYS = {("27", 1): 168, ("30", 1): 28, ("30", 2): 112, ("51", 1): 168}
#: A participant covered until this many days before the planned end stayed as long as the study
#: asked.
DAYS_BEFORE_PLANNED_END = 14
#: Above this, a sublingual dose is outside labels and guidelines; probably another drug was given.
UNLIKELY_BUPRENORPHINE_MG = Decimal(32)

#: Flags of visit.csv that say why a participant did not come; of several, the first here is taken.
MISS_REASONS = {
    "is_dead": MissReason.DIED,
    "is_in_jail": MissReason.IN_JAIL,
    "is_in_hospital": MissReason.IN_HOSPITAL,
    "is_illness": MissReason.ILLNESS,
    "is_moved": MissReason.MOVED,
    "is_on_vacation": MissReason.ON_HOLIDAY,
    "is_no_funding": MissReason.NO_FUNDING,
    "is_forgot": MissReason.FORGOT,
    "is_unable": MissReason.UNABLE,
    "is_left_study": MissReason.LEFT_TREATMENT,
    "is_missing_14_consecutive": MissReason.LEFT_TREATMENT,
    "is_other": MissReason.OTHER,
    "is_window": MissReason.OTHER,
    "is_no_show": MissReason.UNKNOWN,
}
FLAG_WORDS = {
    "is_dead": "died",
    "is_in_jail": "in jail",
    "is_in_hospital": "in hospital",
    "is_illness": "ill",
    "is_moved": "moved",
    "is_on_vacation": "on vacation",
    "is_no_funding": "no funding",
    "is_forgot": "forgot",
    "is_unable": "unable",
    "is_left_study": "left study",
    "is_missing_14_consecutive": "missed 14 days running",
    "is_other": "other reason",
    "is_window": "outside the window",
    "is_no_show": "no show",
}
MISSED = {"MISSING", "no visit"}
NOT_A_VISIT = "Cross Active Study"
#: In these two trials week n is seven times n days after randomization (median of the dated ones).
TRIALS_WITH_WEEKS = {"27", "51"}
WEEK = re.compile(r"WK(\d+)")

SUBSTANCES = {
    "Heroin": Substance.HEROIN,
    "Opioid": Substance.OTHER_OPIOID,
    "Buprenorphine": Substance.OTHER_OPIOID,
    "Methadone": Substance.METHADONE_NON_PRESCRIBED,
    "THC": Substance.CANNABIS,
    "Cocaine": Substance.COCAINE,
    "Alcohol": Substance.ALCOHOL,
    "Benzodiazepine": Substance.BENZODIAZEPINE,
    "Amphetamine": Substance.OTHER_STIMULANT,
    "Methylphenidate": Substance.OTHER_STIMULANT,
    "Cathinones": Substance.OTHER_STIMULANT,
    "Sedatives": Substance.OTHER_SEDATIVE,
    "Mdma/Hallucinogen": Substance.HALLUCINOGEN,
    "Hallucinogen": Substance.HALLUCINOGEN,
    "Pcp": Substance.HALLUCINOGEN,
    "Inhalant": Substance.INHALANT,
}
OPIOIDS = {Substance.HEROIN, Substance.OTHER_OPIOID, Substance.METHADONE_NON_PRESCRIBED}
DAYS_OF_HISTORY = 30
TEMPERATURE = {"1": True, "0": False}


def protocol_day(*, project: str, visit: str, randomized: int | None) -> int | None:
    """Return the study day on which a visit without a day was due, or None if unknown."""
    week = WEEK.fullmatch(visit)
    if week is None or randomized is None or project not in TRIALS_WITH_WEEKS:
        return None
    return randomized + 7 * int(week[1])


def miss_reason(flags: list[str]) -> MissReason:
    return next((MISS_REASONS[flag] for flag in MISS_REASONS if flag in flags), MissReason.UNKNOWN)


def use_frequency(days: int) -> UseFrequency:
    """Return the frequency of use from days of use in the 30 before consent."""
    if days >= 25:
        return UseFrequency.DAILY
    if days >= 9:
        return UseFrequency.MOST_DAYS
    return UseFrequency.WEEKLY if days >= 4 else UseFrequency.MONTHLY
