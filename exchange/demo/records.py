"""Rows of the clinic's tables for one synthetic patient and the course of treatment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from access.audit import record
from access.enums import AuditAction, Role
from access.models import CareTeamPlace, User
from common.time_zones import moment_of
from dispensary.enums import DoseOutcome
from dispensary.models.doses import DoseRecord
from exchange.bulk_insert import Batch
from exchange.demo.clinic import ZONE, Place
from exchange.demo.doses import DoseDay, Regimen, Taken
from exchange.demo.people import Person, draw
from exchange.demo.treatment_course import Stay
from patients.diagnosis_codes import CODES
from patients.enums import (
    ContactKind,
    DischargeReason,
    EventKind,
    Instrument,
    Route,
    Substance,
    UseFrequency,
)
from patients.models import (
    Assessment,
    ClinicalEvent,
    ContactPoint,
    Diagnosis,
    EmergencyContact,
    Episode,
    Patient,
    SubstanceUse,
)
from treatments.enums import Product
from treatments.models import DrugTest, DrugTestResult

PRODUCTS = {
    Regimen.METHADONE: Product.METHADONE_ORAL,
    Regimen.BUPRENORPHINE: Product.BUPRENORPHINE_NALOXONE_FILM,
    Regimen.XR_BUPRENORPHINE: Product.SUBLOCADE,
    Regimen.XR_NALTREXONE: Product.NALTREXONE_INJECTION,
}
PROGRAM_OF = {Regimen.METHADONE: "otp", Regimen.NONE: "outpatient"}
OUTCOMES = {
    Taken.OBSERVED: DoseOutcome.GIVEN,
    Taken.TAKEN_HOME: DoseOutcome.TAKE_HOME,
    Taken.MISSED: DoseOutcome.MISSED,
}
ENDINGS = {
    DischargeReason.DEATH: EventKind.DEATH,
    DischargeReason.INCARCERATED: EventKind.INCARCERATION,
}
OPIOIDS = {Substance.FENTANYL: 55, Substance.HEROIN: 25, Substance.OTHER_OPIOID: 20}
OTHERS = (
    Substance.ALCOHOL,
    Substance.COCAINE,
    Substance.CANNABIS,
    Substance.METHAMPHETAMINE,
    Substance.BENZODIAZEPINE,
)
ROUTES = {
    Substance.FENTANYL: {Route.SMOKED: 50, Route.INJECTED: 35, Route.INHALED: 15},
    Substance.HEROIN: {Route.INJECTED: 65, Route.INHALED: 25, Route.SMOKED: 10},
    Substance.OTHER_OPIOID: {Route.ORAL: 70, Route.INHALED: 30},
}
PANEL = ("Fentanyl", "Opiates", "Cocaine", "Amphetamines", "Benzodiazepines")
MEDICATION_SEEN_AS = {
    Regimen.METHADONE: "Methadone metabolite",
    Regimen.BUPRENORPHINE: "Buprenorphine",
    Regimen.XR_BUPRENORPHINE: "Buprenorphine",
}
DAYS_BETWEEN_TESTS = 42
DAYS_A_TEST_LOOKS_BACK = 5


#: Days from today until a place on a care team ends, in an open episode.
CARE_DAYS = 90


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One synthetic patient whose rows are being added."""

    batch: Batch
    random: Random
    place: Place
    patient_id: int
    prescribers: Sequence[int]
    nurses: Sequence[int]
    counselors: Sequence[int]
    managers: Sequence[int]
    now: datetime
    today: date


def open_chart(
    *,
    batch: Batch,
    random: Random,
    place: Place,
    person: Person,
    since: date,
    now: datetime,
    today: date,
    by: User,
) -> Chart:
    """Add the patient, contact details and the audit entry."""
    patient_id = batch.add(
        Patient,
        site_id=place.site.pk,
        given_name=person.given_name,
        family_name=person.family_name,
        preferred_name=person.preferred_name,
        birth_date=person.birth_date,
        sex=person.sex,
        gender_identity=person.gender_identity,
        pronouns=person.pronouns,
        language=person.language,
        recorded_at=moment(since, hour=9),
    )
    _add_contacts(batch=batch, person=person, patient_id=patient_id, at=moment(since, hour=9))
    patient = Patient(pk=patient_id, site_id=place.site.pk)
    batch.add_audit(
        record.entry(AuditAction.SEED_DEMONSTRATION_PATIENT, on=patient, now=now, by=by)
    )
    return Chart(
        batch=batch,
        random=random,
        place=place,
        patient_id=patient_id,
        prescribers=place.colleagues(role=Role.PRESCRIBER, random=random),
        nurses=place.colleagues(role=Role.NURSE, random=random),
        counselors=place.colleagues(role=Role.COUNSELOR, random=random),
        managers=place.colleagues(role=Role.CASE_MANAGER, random=random),
        now=now,
        today=today,
    )


def _add_contacts(*, batch: Batch, person: Person, patient_id: int, at: datetime) -> None:
    batch.add_leaf(
        ContactPoint,
        patient_id=patient_id,
        kind=ContactKind.PHONE,
        value=person.phone,
        may_send_messages=person.texts_allowed,
        may_leave_message=person.relative_knows,
        recorded_at=at,
    )
    batch.add_leaf(
        ContactPoint,
        patient_id=patient_id,
        kind=ContactKind.EMAIL,
        value=person.email,
        may_send_messages=True,
        recorded_at=at,
    )
    batch.add_leaf(
        EmergencyContact,
        patient_id=patient_id,
        name=person.relative,
        relationship="Relative",
        phone=person.relative_phone,
        knows_of_treatment=person.relative_knows,
        recorded_at=at,
    )


def add_care_team(*, chart: Chart, stay: Stay) -> None:
    """Add the counselor and the case manager of the latest episode, chosen by its prescriber."""
    if not stay.has_behavioral_arm:
        return
    for colleague in (chart.counselors[0], chart.managers[0]):
        chart.batch.add_leaf(
            CareTeamPlace,
            user_id=colleague,
            patient_id=chart.patient_id,
            site_id=chart.place.site.pk,
            chosen_by_id=chart.prescribers[0],
            since_date=stay.start,
            planned_end_date=stay.end or chart.today + timedelta(days=CARE_DAYS),
        )


def add_history(*, chart: Chart, since: date, birth_date: date) -> None:
    """Add diagnosis and substances as recorded at the first admission."""
    at = moment(since, hour=10)
    main = draw(chart.random, OPIOIDS)
    others = chart.random.sample(OTHERS, chart.random.choice((0, 0, 1, 1, 2)))
    chart.batch.add_leaf(
        Diagnosis,
        patient_id=chart.patient_id,
        code="F11.20",
        description=CODES["F11.20"],
        onset_date=since,
        recorded_at=at,
    )
    for substance in (main, *others):
        chart.batch.add_leaf(
            SubstanceUse,
            patient_id=chart.patient_id,
            substance=substance,
            route=draw(chart.random, ROUTES.get(substance, {Route.UNKNOWN: 1})),
            frequency=UseFrequency.DAILY if substance is main else UseFrequency.WEEKLY,
            age_at_first_use=min(
                14 + int(chart.random.random() * 12), since.year - birth_date.year
            ),
            is_primary=substance is main,
            recorded_at=at,
        )


def add_episode(*, chart: Chart, stay: Stay, referral: str) -> int:
    return chart.batch.add(
        Episode,
        patient_id=chart.patient_id,
        site_id=chart.place.site.pk,
        program_id=chart.place.programs[PROGRAM_OF.get(stay.regimen, "office-based")].pk,
        admission_date=stay.start,
        referral_source=referral,
        discharge_date=stay.end,
        discharge_reason=stay.reason or "",
        recorded_at=moment(stay.start, hour=9),
    )


def add_doses(*, chart: Chart, episode_id: int, regimen: Regimen, doses: Sequence[DoseDay]) -> None:
    if regimen is Regimen.NONE:
        return
    product = PRODUCTS[regimen]
    for dose in doses:
        recorded_at = (
            moment(dose.day, minute=dose.minute) if dose.minute else moment(dose.day, hour=18)
        )
        if recorded_at > chart.now:
            continue
        chart.batch.add_leaf(
            DoseRecord,
            patient_id=chart.patient_id,
            episode_id=episode_id,
            site_id=chart.place.site.pk,
            dose_date=dose.day,
            outcome=OUTCOMES[dose.taken],
            product=product,
            amount_mg=None if dose.taken is Taken.MISSED else Decimal(dose.mg),
            recorded_by_id=chart.nurses[0],
            recorded_at=recorded_at,
        )


def add_events(*, chart: Chart, stay: Stay) -> None:
    for day in stay.returns_to_use:
        overdose = day in stay.overdoses
        chart.batch.add_leaf(
            ClinicalEvent,
            patient_id=chart.patient_id,
            kind=EventKind.OVERDOSE if overdose else EventKind.RETURN_TO_USE,
            occurred_date=day,
            substance=draw(chart.random, OPIOIDS),
            naloxone_given=chart.random.random() < 0.8 if overdose else None,
            note="Survived; seen the next day." if overdose else "",
            recorded_at=min(moment(day + timedelta(days=1), hour=11), chart.now),
        )


def add_ending(*, chart: Chart, stay: Stay) -> None:
    """Add a death or an imprisonment as an event, so that the timeline shows it."""
    kind = ENDINGS.get(stay.reason) if stay.reason else None
    if kind is None or stay.end is None:
        return
    chart.batch.add_leaf(
        ClinicalEvent,
        patient_id=chart.patient_id,
        kind=kind,
        occurred_date=stay.end,
        recorded_at=min(moment(stay.end, hour=17), chart.now),
    )


def add_assessments(*, chart: Chart, stay: Stay) -> None:
    """Add withdrawal at the start of an agonist; mood at the start and every three months."""
    mood = chart.random.randrange(4, 20)
    if stay.regimen in MEDICATION_SEEN_AS:
        _assess(chart, Instrument.COWS, stay.start, chart.random.randrange(8, 26))
    for day in _every(stay=stay, days=91, first=0):
        _assess(chart, Instrument.PHQ9, day, min(27, max(0, mood + chart.random.randrange(-3, 3))))
        _assess(chart, Instrument.GAD7, day, min(21, max(0, mood + chart.random.randrange(-4, 3))))
        mood = max(1, mood - 2)


def _assess(chart: Chart, instrument: Instrument, day: date, score: int) -> None:
    chart.batch.add_leaf(
        Assessment,
        patient_id=chart.patient_id,
        instrument=instrument,
        assessed_date=day,
        score=score,
        recorded_at=min(moment(day, hour=10), chart.now),
    )


def add_drug_tests(*, chart: Chart, stay: Stay) -> None:
    """Add about nine random tests a year (8.12(f)(6) asks for eight); some show opioid use."""
    for day in _every(stay=stay, days=DAYS_BETWEEN_TESTS, first=3):
        slipped = any(
            0 <= (day - slip).days <= DAYS_A_TEST_LOOKS_BACK for slip in stay.returns_to_use
        )
        test_id = chart.batch.add(
            DrugTest,
            patient_id=chart.patient_id,
            collected_date=day,
            is_random=day != stay.start,
            is_valid=chart.random.random() > 0.01,
            recorded_at=min(moment(day, hour=12), chart.now),
        )
        for substance in PANEL:
            opioid = substance in PANEL[:2]
            chance = 0.9 if opioid and slipped else 0.05 if opioid else 0.12
            _result(chart, test_id, substance, chart.random.random() < chance)
        if stay.regimen in MEDICATION_SEEN_AS:
            _result(chart, test_id, MEDICATION_SEEN_AS[stay.regimen], chart.random.random() < 0.96)


def _result(chart: Chart, test_id: int, substance: str, positive: bool) -> None:
    chart.batch.add_leaf(DrugTestResult, test_id=test_id, substance=substance, is_positive=positive)


def _every(*, stay: Stay, days: int, first: int) -> list[date]:
    """Return days of the episode about `days` apart, beginning `first` days after its start."""
    length = (stay.last_visit - stay.start).days
    return [stay.start + timedelta(days=number) for number in range(first, length + 1, days)]


def moment(day: date, *, hour: int = 0, minute: int = 0) -> datetime:
    """Return a datetime of the clinic's day: `minute` counts from `hour`."""
    return moment_of(day, time(hour + minute // 60, minute % 60), ZONE)
