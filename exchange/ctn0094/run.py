"""State of one import run, and the ids under which a participant is written."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Model

from access.audit import record
from access.enums import AuditAction
from access.models import User
from appointments.models import AppointmentType
from exchange.bulk_insert import Batch
from exchange.bulk_plan_signatures import PlanRounds
from exchange.ctn0094.participants import Participant
from patients.models import Program


@dataclass(frozen=True, kw_only=True)
class Load:
    """What one import run writes with."""

    batch: Batch
    rounds: PlanRounds
    by: User
    now: datetime
    day_zero: date
    visit_type: AppointmentType
    programs: Mapping[tuple[str, str], Program]
    left_out: Counter[str]
    noted: Counter[str]

    def write_audit_rows(self, action: AuditAction, on: Model) -> None:
        """Add one audit entry for a record, as the actions do: it names the patient and the site."""
        self.batch.add_audit(record.entry(action, on=on, now=self.now, by=self.by))

    def date_of(self, study_day: int) -> date:
        return self.day_zero + timedelta(days=study_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One participant and the ids under which they are written."""

    participant: Participant
    patient_id: int
    episode_id: int
    site_id: int
