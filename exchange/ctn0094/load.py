"""Import participants as patients, in one transaction and each only once."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from django.db import connection, transaction

from access.actions.accounts import service_account
from access.actions.imported_sites import create_imported_site
from access.audit import record
from access.enums import AuditAction
from access.models import User
from appointments.models import AppointmentType
from exchange.bulk_insert import Batch, Ids, analyze
from exchange.bulk_plan_signatures import PlanRounds
from exchange.ctn0094 import rules
from exchange.ctn0094.care import add_doses, add_plans, treatment_end
from exchange.ctn0094.findings import add_findings
from exchange.ctn0094.participants import Participant, in_batches, read_participants
from exchange.ctn0094.run import Entry, Load
from exchange.ctn0094.visits import add_visits
from patients.enums import DischargeReason, ReferralSource, Sex
from patients.models import Episode, Identifier, Patient, Program

PEOPLE_AT_ONCE = 400
# Any number, as long as every import uses the same one.
IMPORT_LOCK = 94_0027


@transaction.atomic
def import_ctn0094(*, folder: Path, day_zero: date, now: datetime) -> dict[str, object]:
    """Import participants that are not here yet; return counts of rows written, noted, left out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])
    left_out: Counter[str] = Counter()
    everybody = read_participants(folder, left_out)
    present = set(Identifier.objects.filter(system=rules.SYSTEM).values_list("value", flat=True))
    new = [person for person in everybody if str(person.who) not in present]
    counts: dict[str, object] = {
        "participants": len(everybody),
        "already_present": len(everybody) - len(new),
    }
    if not new:
        return counts | {"written": {}, "left_out": {}, "noted": {}}
    load = _prepare(new=new, day_zero=day_zero, now=now, left_out=left_out)
    for people in in_batches(new, PEOPLE_AT_ONCE):
        for person in people:
            _add(load, person)
        load.batch.write()
        load.rounds.write()
    analyze()
    return counts | {
        "written": _written(load),
        "noted": dict(sorted(load.noted.items())),
        "left_out": {reason: count for reason, count in sorted(left_out.items()) if count},
    }


def _prepare(
    *, new: Iterable[Participant], day_zero: date, now: datetime, left_out: Counter[str]
) -> Load:
    by, ids = service_account("ctn0094-import", now=now), Ids()
    record.record(AuditAction.IMPORT_CTN0094, on=by, now=now, by=by)
    visit_type, _ = AppointmentType.objects.get_or_create(
        code="study-visit", defaults={"name": "Study visit", "minutes": 30}
    )
    return Load(
        batch=Batch(ids),
        rounds=PlanRounds(ids=ids),
        by=by,
        now=now,
        day_zero=day_zero,
        visit_type=visit_type,
        programs={
            key: _program(*key, now=now, by=by)
            for key in sorted({(p.site, p.project) for p in new})
        },
        left_out=left_out,
        noted=Counter(),
    )


def _program(site_code: str, project: str, *, now: datetime, by: User) -> Program:
    """Return the trial at that site; sites are masked in the data and keep their numbers here."""
    site = create_imported_site(
        code=f"ctn-site-{site_code}",
        details={
            "name": f"CTN site {site_code}",
            "neutral_name": f"Site {site_code}",
            "time_zone": rules.ZONE,
        },
        now=now,
        by=by,
    )
    code, name = rules.PROGRAMS[project]
    program, created = Program.objects.get_or_create(site=site, code=code, defaults={"name": name})
    if created:
        record.record(AuditAction.CREATE_PROGRAM, on=program, now=now, by=by)
    return program


def _add(load: Load, person: Participant) -> None:
    program = load.programs[person.site, person.project]
    patient_id = _add_patient(load, person, site_id=program.site_id)
    end, reason = treatment_end(person)
    episode_id = load.batch.add(
        Episode,
        patient_id=patient_id,
        program_id=program.pk,
        site_id=program.site_id,
        admission_date=load.date_of(0),
        referral_source=ReferralSource.STUDY,
        discharge_date=load.date_of(end),
        discharge_reason=reason,
        recorded_at=load.now,
    )
    load.write_audit_rows(
        AuditAction.IMPORT_EPISODE_OF_CARE,
        Episode(pk=episode_id, patient_id=patient_id, site_id=program.site_id),
    )
    if reason == DischargeReason.OTHER:
        load.noted["consented, never randomized: episode without plan, discharged as other"] += 1
    if reason == DischargeReason.DEATH:
        load.noted["died: the day is not in the data, discharged on the last day covered"] += 1
    entry = Entry(
        participant=person,
        patient_id=patient_id,
        episode_id=episode_id,
        site_id=program.site_id,
    )
    add_plans(load, entry, end=load.date_of(end))
    add_doses(load, entry)
    add_visits(load, entry)
    add_findings(load, entry)


def _add_patient(load: Load, person: Participant, *, site_id: int) -> int:
    patient_id = load.batch.add(
        Patient,
        site_id=site_id,
        given_name="Participant",
        family_name=f"CTN-{person.who:04d}",
        birth_date=_birth_date(load, person),
        birth_date_is_estimated=True,
        sex=rules.SEXES.get(person.is_male, Sex.UNKNOWN),
        recorded_at=load.now,
    )
    load.batch.add_leaf(
        Identifier,
        patient_id=patient_id,
        site_id=site_id,
        system=rules.SYSTEM,
        value=str(person.who),
        recorded_at=load.now,
    )
    load.write_audit_rows(AuditAction.IMPORT_PATIENT, Patient(pk=patient_id, site_id=site_id))
    return patient_id


def _birth_date(load: Load, person: Participant) -> date:
    """Return January 1 of the year that fits the age at consent; always flagged as estimated."""
    if person.age is None:
        load.noted["age missing: birth date 1900-01-01 stands for not known"] += 1
        return rules.BIRTH_DATE_UNKNOWN
    return date(load.day_zero.year - person.age, 1, 1)


def _written(load: Load) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for batch in (load.batch, *(plans for plans, _ in load.rounds.rounds)):
        totals.update(batch.written)
    return {name: count for name, count in totals.items() if count}
