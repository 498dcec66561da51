"""The verbs on people and episodes of care."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from access.audit import record
from access.enums import Right
from access.models import CareTeamPlace, Site, User
from access.policy import require
from common.days import day_of, refuse_day_to_come
from common.errors import Conflict, InvalidInput
from common.words import required_words
from patients.diagnosis_codes import CODES
from patients.duplicates import probable_duplicates
from patients.enums import ContactKind, DischargeReason, EventKind, Instrument, ReferralSource
from patients.errors import (
    ChangedMeanwhile,
    DischargeBeforeAdmission,
    DischargeBeforeLastDose,
    EpisodeAlreadyOpen,
    EpisodeClosed,
    ProbableDuplicate,
    StaysOverlap,
)
from patients.identity import PERSON_FIELDS, email_address, person_values, phone_number
from patients.models import (
    Assessment,
    ClinicalEvent,
    ContactPoint,
    Diagnosis,
    EmergencyContact,
    Episode,
    Identifier,
    Patient,
    Program,
    SubstanceUse,
)


def register_patient(
    *,
    site: Site,
    person: Mapping[str, Any],
    is_somebody_new: bool = False,
    now: datetime,
    by: User,
) -> Patient:
    """A new record at `site`. `person` holds PERSON_FIELDS.

    Raises ProbableDuplicate (with ids of look-alikes) unless `is_somebody_new`.
    """
    require(by, Right.EDIT_IDENTITY, on=_at(site))
    known = person_values(person, now=now, zone=site.time_zone)
    if not is_somebody_new:
        alike = probable_duplicates(
            given_name=known["given_name"],
            family_name=known["family_name"],
            birth_date=known["birth_date"],
            user=by,
        )
        if alike:
            raise ProbableDuplicate([patient.pk for patient in alike])
    with transaction.atomic():
        patient = Patient.objects.create(site=site, recorded_at=now, **known)
        record("register patient", on=patient, now=now, by=by)
    return patient


@transaction.atomic
def register_patient_with_contacts(
    *,
    site: Site,
    person: Mapping[str, Any],
    phone: str = "",
    may_text: bool = False,
    email: str = "",
    may_email: bool = False,
    is_somebody_new: bool = False,
    now: datetime,
    by: User,
) -> Patient:
    """The front desk's one form: the person and how to reach them, all or nothing."""
    patient = register_patient(
        site=site, person=person, is_somebody_new=is_somebody_new, now=now, by=by
    )
    for kind, value, allowed, field in (
        (ContactKind.PHONE, phone, may_text, "phone"),
        (ContactKind.EMAIL, email, may_email, "email"),
    ):
        if value:
            try:
                add_contact_point(
                    patient=patient,
                    kind=kind,
                    value=value,
                    may_send_messages=allowed,
                    now=now,
                    by=by,
                )
            except InvalidInput as problem:
                problem.field = field
                raise
    return patient


@transaction.atomic
def update_patient(
    *, patient: Patient, person: Mapping[str, Any], version: int, now: datetime, by: User
) -> Patient:
    """Change identity fields. `version` is the one that the editor saw; ChangedMeanwhile if older."""
    require(by, Right.EDIT_IDENTITY, on=patient)
    before = {name: getattr(patient, name) for name in PERSON_FIELDS}
    known = person_values({**before, **person}, now=now, zone=patient.site.time_zone)
    changed = Patient.objects.filter(pk=patient.pk, version=version).update(
        version=F("version") + 1, **known
    )
    if not changed:
        raise ChangedMeanwhile
    fields = sorted(name for name in known if known[name] != before.get(name))
    record("change identity", on=patient, now=now, by=by, detail={"fields": fields})
    patient.refresh_from_db()
    return patient


@transaction.atomic
def add_contact_point(
    *,
    patient: Patient,
    kind: ContactKind,
    value: str,
    may_send_messages: bool,
    may_leave_message: bool = False,
    is_shared: bool = False,
    now: datetime,
    by: User,
) -> ContactPoint:
    """A phone number or e-mail address and what the patient allows there."""
    require(by, Right.EDIT_IDENTITY, on=patient)
    checked = phone_number(value) if kind == ContactKind.PHONE else email_address(value)
    allowed = {
        "may_send_messages": may_send_messages,
        "may_leave_message": may_leave_message,
        "is_shared": is_shared,
        "is_active": True,
    }
    point, _ = ContactPoint.objects.of_value(checked).update_or_create(
        patient=patient,
        kind=kind,
        defaults=allowed,
        create_defaults={**allowed, "value": checked, "recorded_at": now},
    )
    record("set contact point", on=point, now=now, by=by, detail={"kind": kind})
    return point


@transaction.atomic
def retire_contact_point(*, contact_point: ContactPoint, now: datetime, by: User) -> None:
    """No message goes there any more."""
    require(by, Right.EDIT_IDENTITY, on=contact_point.patient)
    contact_point.is_active = False
    contact_point.save(update_fields=["is_active"])
    record("retire contact point", on=contact_point, now=now, by=by)


@transaction.atomic
def add_emergency_contact(
    *,
    patient: Patient,
    name: str,
    phone: str,
    relationship: str = "",
    knows_of_treatment: bool = False,
    now: datetime,
    by: User,
) -> EmergencyContact:
    require(by, Right.EDIT_IDENTITY, on=patient)
    contact = EmergencyContact.objects.create(
        patient=patient,
        name=required_words(name, "name"),
        phone=phone_number(phone, "phone"),
        relationship=relationship.strip(),
        knows_of_treatment=knows_of_treatment,
        recorded_at=now,
    )
    record("add emergency contact", on=contact, now=now, by=by)
    return contact


def add_identifier(
    *, patient: Patient, system: str, value: str, now: datetime, by: User
) -> Identifier:
    """The person's number in another system. Raises Conflict if it names somebody already."""
    require(by, Right.EDIT_IDENTITY, on=patient)
    taken = Conflict("This number is already in use in that system.", remedy="Check the number.")
    system, value = required_words(system, "system"), required_words(value, "value")
    # The constraint sees one hash; while keys are being changed, the same number may have two.
    same = Identifier.objects.of_value(value).filter(site=patient.site_id, system=system)
    if same.exists():
        raise taken
    try:
        with transaction.atomic():
            identifier = Identifier.objects.create(
                patient=patient,
                site_id=patient.site_id,
                system=system,
                value=value,
                recorded_at=now,
            )
            record("add identifier", on=identifier, now=now, by=by, detail={"system": system})
    except IntegrityError as problem:
        raise taken from problem
    return identifier


@transaction.atomic
def set_up_program(*, site: Site, code: str, name: str, now: datetime, by: User) -> Program:
    """Make the program `code` of a site, or change its name."""
    program = Program(site=site, code=code, name=name)
    require(by, Right.SET_UP, on=program)
    known = Program.objects.select_for_update().filter(site=site, code=code).first()
    if known is not None and known.name == name:
        return known
    program, created = Program.objects.update_or_create(
        site=site, code=code, defaults={"name": name}
    )
    record("make program" if created else "change program", on=program, now=now, by=by)
    return program


def admit(
    *,
    patient: Patient,
    program: Program,
    admission_date: date,
    referral_source: ReferralSource = ReferralSource.UNKNOWN,
    now: datetime,
    by: User,
) -> Episode:
    """Begin an episode of care; its date is treatment day 1.

    Raises EpisodeAlreadyOpen or StaysOverlap.
    """
    require(by, Right.ADMIT, on=patient)
    if program.site_id != patient.site_id or not program.is_active:
        raise InvalidInput("This program does not admit patients of this site.", field="program")
    if admission_date > day_of(now, patient.site.time_zone):
        raise InvalidInput("The admission date lies in the future.", field="admission_date")
    if admission_date < patient.birth_date:
        raise InvalidInput("The admission date lies before birth.", field="admission_date")
    try:
        with transaction.atomic():
            episode = Episode.objects.create(
                patient=patient,
                program=program,
                site_id=patient.site_id,
                admission_date=admission_date,
                referral_source=referral_source,
                recorded_at=now,
            )
            record("admit", on=episode, now=now, by=by)
    except IntegrityError as problem:
        overlaps = "episode_stays_do_not_overlap" in str(problem)
        raise (
            StaysOverlap(field="admission_date") if overlaps else EpisodeAlreadyOpen
        ) from problem
    return episode


@transaction.atomic
def discharge(
    *,
    episode: Episode,
    discharge_date: date,
    reason: DischargeReason,
    now: datetime,
    by: User,
) -> Episode:
    """End an episode of care, for a reason. Its plan is closed by `treatments`, which looks here."""
    require(by, Right.ADMIT, on=episode)
    if discharge_date < episode.admission_date:
        raise DischargeBeforeAdmission(field="discharge_date")
    if discharge_date > day_of(now, episode.site.time_zone):
        raise InvalidInput("The discharge date lies in the future.", field="discharge_date")
    open_still = Episode.objects.open().filter(pk=episode.pk)
    try:
        with transaction.atomic():
            ended = open_still.update(discharge_date=discharge_date, discharge_reason=reason)
    except IntegrityError as problem:
        raise DischargeBeforeLastDose(field="discharge_date") from problem
    if not ended:
        raise EpisodeClosed
    record("discharge", on=episode, now=now, by=by)  # why, is clinical: the trail does not say
    if not Episode.objects.open().filter(patient=episode.patient_id).exists():
        CareTeamPlace.objects.filter(patient_id=episode.patient_id).end_with_care(discharge_date)
    episode.refresh_from_db()
    return episode


@transaction.atomic
def record_substance_use(
    *, patient: Patient, use: Mapping[str, Any], now: datetime, by: User
) -> SubstanceUse:
    """One substance: route, frequency, age at first use."""
    require(by, Right.RECORD_CLINICAL, on=patient)
    row = SubstanceUse.objects.create(patient=patient, recorded_at=now, **use)
    record("record substance use", on=row, now=now, by=by)
    return row


def record_diagnosis(
    *, patient: Patient, code: str, onset_date: date | None = None, now: datetime, by: User
) -> Diagnosis:
    """`code` is one of patients/diagnosis_codes.py (ICD-10-CM)."""
    require(by, Right.RECORD_CLINICAL, on=patient)
    zone = patient.site.time_zone
    refuse_day_to_come(onset_date, zone=zone, now=now, field="onset_date")
    if code not in CODES:
        raise InvalidInput(
            f"{code} is not a code this clinic uses.",
            remedy="Choose one from the list, for instance F11.20.",
            field="code",
        )
    try:
        with transaction.atomic():
            diagnosis = Diagnosis.objects.create(
                patient=patient,
                code=code,
                description=CODES[code],
                onset_date=onset_date,
                recorded_at=now,
            )
            record("record diagnosis", on=diagnosis, now=now, by=by)
    except IntegrityError as problem:
        raise Conflict(
            "This diagnosis is already current.", remedy="Nothing needs to be added."
        ) from problem
    return diagnosis


@transaction.atomic
def record_event(
    *,
    patient: Patient,
    kind: EventKind,
    occurred_date: date,
    substance: str = "",
    naloxone_given: bool | None = None,
    note: str = "",
    now: datetime,
    by: User,
) -> ClinicalEvent:
    """Return to use, an overdose and the like, on the day it happened."""
    require(by, Right.RECORD_CLINICAL, on=patient)
    zone = patient.site.time_zone
    refuse_day_to_come(occurred_date, zone=zone, now=now, field="occurred_date")
    event = ClinicalEvent.objects.create(
        patient=patient,
        kind=kind,
        occurred_date=occurred_date,
        substance=substance,
        naloxone_given=naloxone_given,
        note=note.strip(),
        recorded_at=now,
    )
    record("record event", on=event, now=now, by=by)
    return event


def record_assessment(
    *,
    patient: Patient,
    instrument: Instrument,
    score: int,
    assessed_date: date,
    now: datetime,
    by: User,
) -> Assessment:
    """A total on the instrument's own scale; outside its range is refused."""
    require(by, Right.RECORD_CLINICAL, on=patient)
    zone = patient.site.time_zone
    refuse_day_to_come(assessed_date, zone=zone, now=now, field="assessed_date")
    try:
        with transaction.atomic():
            row = Assessment.objects.create(
                patient=patient,
                instrument=instrument,
                score=score,
                assessed_date=assessed_date,
                recorded_at=now,
            )
            record("record assessment", on=row, now=now, by=by)
    except IntegrityError as problem:
        raise InvalidInput(
            f"{score} lies outside the range of {instrument.label}.", field="score"
        ) from problem
    return row


class _AtSite:
    """Something at a site that has no row yet, for the question `may(…, on=…)`."""

    def __init__(self, site: Site) -> None:
        self.site_id = site.pk


def _at(site: Site) -> _AtSite:
    return _AtSite(site)
