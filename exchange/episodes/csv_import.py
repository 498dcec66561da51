"""Write checked lines as patients, episodes and first plans, in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model

from access.actions.accounts import service_account
from access.actions.imported_sites import create_imported_site
from access.audit import record
from access.enums import AuditAction
from access.models import User
from common.time_zones import moment_of
from exchange.bulk_insert import Batch, Ids, analyze
from exchange.bulk_plan_signatures import PlanRounds, PlanSignature
from exchange.episodes.csv_reader import Table
from exchange.episodes.row_parser import EpisodeLine
from exchange.episodes.validation import Checked, check_table
from patients.models import Episode, Identifier, Patient, Program
from treatments.dosing import LIMITS
from treatments.enums import Arm, Frequency, PlanStatus, ProblemArea
from treatments.models import Goal, Intervention, Problem, TreatmentPlan

LINES_AT_ONCE = 1000
NOON = time(12)
# Any number, as long as every import uses the same one.
IMPORT_LOCK = 8_112_004


class BadLines(Exception):
    """Some lines cannot be loaded, and skipping them was not allowed."""

    def __init__(self, checked: Checked) -> None:
        self.checked = checked
        super().__init__(f"{len(checked.bad_lines)} bad lines")


class EpisodeLoader:
    """Writes the lines of one file: each patient once, each episode."""

    def __init__(self, *, system: str, by: User, now: datetime) -> None:
        ids = Ids()
        self.batch, self.rounds = Batch(ids), PlanRounds(ids=ids)
        self.system, self.by, self.now = system, by, now
        self.patients = dict(
            Identifier.objects.filter(system=system).values_list("value", "patient_id")
        )

    def add(self, line: EpisodeLine, program: Program) -> None:
        patient_id = self._patient(line, program.site_id)
        episode_id = self.batch.add(
            Episode,
            patient_id=patient_id,
            program_id=program.pk,
            site_id=program.site_id,
            admission_date=line.admission_date,
            referral_source=line.referral_source,
            discharge_date=line.discharge_date,
            discharge_reason=line.discharge_reason or "",
            recorded_at=self.now,
        )
        self._write_audit_rows(
            AuditAction.IMPORT_EPISODE_OF_CARE,
            Episode(pk=episode_id, patient_id=patient_id, site_id=program.site_id),
        )
        if line.product is not None or line.modalities:
            self._plan(line, patient_id=patient_id, episode_id=episode_id, program=program)

    def write(self) -> None:
        self.batch.write()
        self.rounds.write()

    def _write_audit_rows(self, action: AuditAction, on: Model) -> None:
        """Add one audit entry for a record, so that a patient's audit trail says when it came in."""
        self.batch.add_audit(record.entry(action, on=on, now=self.now, by=self.by))

    def _patient(self, line: EpisodeLine, site_id: int) -> int:
        if line.person_id in self.patients:
            return self.patients[line.person_id]
        patient_id = self.batch.add(
            Patient,
            site_id=site_id,
            given_name=line.given_name,
            family_name=line.family_name,
            birth_date=line.birth_date,
            birth_date_is_estimated=line.birth_date_is_estimated,
            sex=line.sex,
            recorded_at=self.now,
        )
        self.batch.add_leaf(
            Identifier,
            patient_id=patient_id,
            site_id=site_id,
            system=self.system,
            value=line.person_id,
            recorded_at=self.now,
        )
        self._write_audit_rows(AuditAction.IMPORT_PATIENT, Patient(pk=patient_id, site_id=site_id))
        self.patients[line.person_id] = patient_id
        return patient_id

    def _plan(
        self, line: EpisodeLine, *, patient_id: int, episode_id: int, program: Program
    ) -> None:
        batch, signatures = self.rounds.of_version(1)
        plan_id = batch.add(
            TreatmentPlan,
            episode_id=episode_id,
            patient_id=patient_id,
            site_id=program.site_id,
            number=1,
            summary="Taken over from the clinic's list.",
            written_by_id=self.by.pk,
            recorded_at=self.now,
        )
        self._write_audit_rows(
            AuditAction.IMPORT_SIGNED_PLAN,
            TreatmentPlan(pk=plan_id, patient_id=patient_id, site_id=program.site_id),
        )
        _add_interventions(batch, plan_id, line)
        ended = line.discharge_date is not None
        signatures.append(
            PlanSignature(
                plan_id=plan_id,
                status=PlanStatus.CLOSED if ended else PlanStatus.ACTIVE,
                signed_by_id=self.by.pk,
                signed_at=moment_of(line.admission_date, NOON, settings.TIME_ZONE),
                start_date=line.admission_date,
                end_date=line.discharge_date,
            )
        )


def _add_interventions(batch: Batch, plan_id: int, line: EpisodeLine) -> None:
    problem_id = batch.add(
        Problem,
        plan_id=plan_id,
        area=ProblemArea.OPIOID_USE,
        description="Opioid use disorder",
    )
    goal_id = batch.add(Goal, problem_id=problem_id, description="Stay in treatment")
    if line.product is not None:
        limits = LIMITS[line.product]
        above = (
            limits.reason_above is not None and (line.dose_mg or Decimal(0)) > limits.reason_above
        )
        batch.add_leaf(
            Intervention,
            goal_id=goal_id,
            arm=Arm.MEDICATION,
            product=line.product,
            dose_mg=line.dose_mg,
            form=limits.form,
            interval_days=limits.interval_days,
            dose_reason="As in the clinic's list." if above else "",
        )
    for modality in line.modalities:
        batch.add_leaf(
            Intervention,
            goal_id=goal_id,
            arm=Arm.BEHAVIORAL,
            modality=modality,
            frequency=Frequency.AS_NEEDED,
        )


@transaction.atomic
def load_episodes(
    *,
    table: Table,
    system: str,
    create_programs: bool,
    skip_bad: bool,
    today: date,
    now: datetime,
) -> Checked:
    """Check again inside the transaction, then load all good lines that are not there yet.

    Raises BadLines, with nothing loaded, when there are bad ones and `skip_bad` is not set.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])
    checked = check_table(table=table, system=system, create_programs=create_programs, today=today)
    if checked.problems and not skip_bad:
        raise BadLines(checked)
    if checked.good:
        _load(checked.good, system=system, now=now)
    return checked


def _load(lines: Sequence[EpisodeLine], *, system: str, now: datetime) -> None:
    by = service_account("episode-import", now=now)
    record.record(AuditAction.IMPORT_EPISODES, on=by, now=now, by=by, detail={"lines": len(lines)})
    loader = EpisodeLoader(system=system, by=by, now=now)
    programs = _programs(lines, now=now, by=by)
    for number, line in enumerate(lines, start=1):
        loader.add(line, programs[line.site, line.program])
        if number % LINES_AT_ONCE == 0:
            loader.write()
    loader.write()
    analyze()


def _programs(
    lines: Sequence[EpisodeLine], *, now: datetime, by: User
) -> Mapping[tuple[str, str], Program]:
    programs = {}
    for site_code, code in sorted({(line.site, line.program) for line in lines}):
        site = create_imported_site(code=site_code, details={"name": site_code}, now=now, by=by)
        program, created = Program.objects.get_or_create(
            site=site, code=code, defaults={"name": code}
        )
        if created:
            record.record(AuditAction.CREATE_PROGRAM, on=program, now=now, by=by)
        programs[site_code, code] = program
    return programs
