"""Findings from the trial data: diagnosis, substances before consent, urine, withdrawal."""

from collections import defaultdict

from exchange.ctn0094 import rules
from exchange.ctn0094.run import Entry, Load
from patients.diagnosis_codes import CODES
from patients.enums import Instrument, Substance
from patients.models import Assessment, Diagnosis, SubstanceUse
from treatments.enums import Specimen
from treatments.models import DrugTest, DrugTestResult

#: DSM-IV opioid dependence, which the trials required.
OPIOID_DEPENDENCE = "F11.20"


def add_findings(load: Load, entry: Entry) -> None:
    person = entry.participant
    if person.has_opioid_dependence:
        load.batch.add_leaf(
            Diagnosis,
            patient_id=entry.patient_id,
            code=OPIOID_DEPENDENCE,
            description=CODES[OPIOID_DEPENDENCE],
            recorded_at=load.now,
        )
    else:
        load.noted["opioid dependence not recorded: no diagnosis"] += 1
    _add_substances(load, entry)
    _add_urine(load, entry)
    for day, band in person.withdrawal:
        load.batch.add_leaf(
            Assessment,
            patient_id=entry.patient_id,
            instrument=Instrument.WITHDRAWAL_BAND,
            assessed_date=load.date_of(day),
            score=band,
            recorded_at=load.now,
        )


def _add_substances(load: Load, entry: Entry) -> None:
    """Add days of use in the 30 before consent; the opioid with most days is the main one."""
    days: dict[Substance, set[int]] = defaultdict(set)
    for name, used_on in entry.participant.use_days.items():
        days[rules.SUBSTANCES.get(name, Substance.OTHER)] |= used_on
        load.noted["day of reported use summarised in the substance history"] += len(used_on)
    opioids = [substance for substance in days if substance in rules.OPIOIDS]
    main = max(opioids, key=lambda substance: (len(days[substance]), substance), default=None)
    for substance, used_on in sorted(days.items()):
        load.batch.add_leaf(
            SubstanceUse,
            patient_id=entry.patient_id,
            substance=substance,
            frequency=rules.use_frequency(len(used_on)),
            is_primary=substance == main,
            recorded_at=load.now,
        )


def _add_urine(load: Load, entry: Entry) -> None:
    """Add one test per specimen; the data name only positive results."""
    for day, is_valid in entry.participant.specimens.items():
        test_id = load.batch.add(
            DrugTest,
            patient_id=entry.patient_id,
            collected_date=load.date_of(day),
            specimen=Specimen.URINE,
            is_valid=is_valid,
            recorded_at=load.now,
        )
        for substance in entry.participant.positives.get(day, ()):
            load.batch.add_leaf(
                DrugTestResult, test_id=test_id, substance=substance, is_positive=True
            )
