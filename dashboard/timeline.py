"""The timeline of a patient: doses, appointments, events, plans and tests in one order.

Only rows that the user may see are included: each source is read through its own `visible_to`. The
timeline is shown by whole days, newest first, page by page. A page leaves no source out of a day,
so that both arms of treatment stand beside each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import TypeVar

from django.db.models import Model, QuerySet

from access.actor import Actor
from appointments.models import Appointment
from common.time_zones import day_of, moment_of
from dispensary.enums import DoseOutcome
from dispensary.models.call_backs import CallBack
from dispensary.models.doses import DoseRecord
from dispensary.models.naloxone import NaloxoneOffer
from patients.models import Assessment, ClinicalEvent, Episode, Patient
from treatments.enums import PlanStatus
from treatments.models import DrugTest, TreatmentPlan

#: About how many lines a page has, and how many rows of each source are read for it.
MOST = 40
#: Doses are grouped into few lines; this is half a year of them.
MOST_DOSES = 200
DAY = timedelta(days=1)

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Entry:
    """`kind` chooses the mark beside the line; `until` is the last day of a run of doses."""

    day: date
    kind: str
    title: str
    detail: str = ""
    until: date | None = None
    tone: str = ""

    @property
    def last_day(self) -> date:
        return self.until or self.day


@dataclass(frozen=True)
class Timeline:
    """All entries from `first` to `last`; older ones are before the day `earlier`."""

    entries: list[Entry]
    first: date | None = None
    last: date | None = None
    earlier: date | None = None


@dataclass(frozen=True)
class Part:
    """The entries of one source. On and before `cut_on` there may be more rows than were read."""

    entries: list[Entry]
    cut_on: date | None = None


def timeline(*, patient: Patient, today: date, before: date | None, user: Actor) -> Timeline:
    """What happened before the day `before`, or up to the latest; a constant number of queries."""
    before = before or date.max
    doses, doses_cut_on = _doses(patient, before, user)
    parts = [
        _episodes(patient, before, user),
        _plans(patient, before, user),
        _visits(patient, min(before, today + DAY), user),
        _events(patient, before, user),
        _assessments(patient, before, user),
        _tests(patient, before, user),
        _naloxone(patient, before, user),
        _call_backs(patient, before, user),
        Part([], doses_cut_on),
    ]
    entries = [entry for part in parts for entry in part.entries]
    return _page(entries, doses, max((part.cut_on for part in parts if part.cut_on), default=None))


def _page(entries: list[Entry], doses: list[DoseRecord], cut_on: date | None) -> Timeline:
    """The latest whole days with about MOST lines: at least one day, however long it is."""
    known = _after(date.min, entries, doses)
    if not known:
        return Timeline([])
    latest = known[0].last_day
    shown = _after(cut_on, entries, doses) if cut_on else known
    if len(shown) > MOST:
        cut_on = shown[MOST].last_day
    if cut_on is None:
        return Timeline(shown, first=min(entry.day for entry in shown), last=latest)
    cut_on = min(cut_on, latest - DAY)
    first = cut_on + DAY
    return Timeline(_after(cut_on, entries, doses), first=first, last=latest, earlier=first)


def _after(day: date, entries: list[Entry], doses: list[DoseRecord]) -> list[Entry]:
    """Entries after `day`, newest first. A run of doses that began earlier is cut at `day`."""
    later = [entry for entry in entries if entry.day > day]
    later += dose_runs([dose for dose in doses if dose.dose_date > day])
    return sorted(later, key=lambda entry: (entry.last_day, entry.kind), reverse=True)


def _doses(patient: Patient, before: date, user: Actor) -> tuple[list[DoseRecord], date | None]:
    """Doses in order of days, and the day on which the list was cut, or None."""
    doses = DoseRecord.objects.visible_to(user).effective()
    rows = doses.filter(patient=patient, dose_date__lt=before).order_by("-dose_date", "-id")
    found = list(rows[: MOST_DOSES + 1])
    cut_on = found[-1].dose_date if len(found) > MOST_DOSES else None
    return sorted(found, key=lambda dose: (dose.dose_date, dose.portion)), cut_on


def _part(rows: QuerySet[Row], entry_of: Callable[[Row], Entry]) -> Part:
    """The first MOST of `rows` (newest first); one more is read to know whether there are more."""
    entries = [entry_of(row) for row in rows[: MOST + 1]]
    return Part(entries, entries[-1].day if len(entries) > MOST else None)


def dose_runs(doses: list[DoseRecord]) -> list[Entry]:
    """Join consecutive days with the same dose into one line: 'Methadone 80 mg, 13 days'."""
    runs: list[list[DoseRecord]] = []
    for dose in doses:
        if runs and _continues(runs[-1][-1], dose):
            runs[-1].append(dose)
        else:
            runs.append([dose])
    return [_run_entry(run) for run in runs]


def _continues(last: DoseRecord, dose: DoseRecord) -> bool:
    """Whether `dose` belongs to the run: another amount, a gap or a miss starts a new one."""
    alike = (last.product, last.amount_mg) == (dose.product, dose.amount_mg)
    both_missed = {last.outcome, dose.outcome} == {DoseOutcome.MISSED}
    neither = DoseOutcome.MISSED not in {last.outcome, dose.outcome}
    return (
        alike and (both_missed or neither) and dose.dose_date - last.dose_date <= timedelta(days=1)
    )


def _run_entry(run: list[DoseRecord]) -> Entry:
    first, last = run[0], run[-1]
    days = (last.dose_date - first.dose_date).days + 1
    count = f"{days} days" if days > 1 else ""
    if first.outcome == DoseOutcome.MISSED:
        words = "Doses missed" if days > 1 else "Dose missed"
        return Entry(first.dose_date, "missed", words, count, last.dose_date, tone="warn")
    words = f"{first.get_product_display()} {first.dose_words}"
    home = sum(dose.outcome == DoseOutcome.TAKE_HOME for dose in run)
    taken_home = f"{home} taken home" if home else ""
    detail = ", ".join(part for part in (count, taken_home) if part)
    return Entry(first.dose_date, "dose", words, detail, last.dose_date)


def _episodes(patient: Patient, before: date, user: Actor) -> Part:
    """Admission and discharge of each episode; no patient has so many that they must be cut."""
    rows = Episode.objects.visible_to(user).filter(patient=patient).select_related("program")
    ends = [entry for row in rows for entry in _ends_of(row)]
    return Part([entry for entry in ends if entry.day < before])


def _ends_of(row: Episode) -> Iterable[Entry]:
    yield Entry(row.admission_date, "episode", f"Admitted to {row.program}")
    if row.discharge_date:
        yield Entry(row.discharge_date, "episode", f"Discharged from {row.program}", row.why_left)


def _plans(patient: Patient, before: date, user: Actor) -> Part:
    rows = TreatmentPlan.objects.visible_to(user).filter(patient=patient, start_date__lt=before)
    signed = rows.exclude(status=PlanStatus.DRAFT).select_related("signed_by")
    return _part(signed.order_by("-start_date"), _plan_entry)


def _plan_entry(row: TreatmentPlan) -> Entry:
    start: date = row.start_date  # type: ignore[assignment]  # a constraint: a signed plan has one
    return Entry(start, "plan", f"Plan version {row.number} signed", f"by {row.signed_by}")


def _visits(patient: Patient, before: date, user: Actor) -> Part:
    """Appointments up to today; later ones are listed elsewhere on the page."""
    zone = patient.site.time_zone
    ends = moment_of(before, time.min, zone)
    rows = Appointment.objects.visible_to(user).filter(patient=patient, starts_at__lt=ends)
    latest = rows.select_related("type", "practitioner").order_by("-starts_at")
    return _part(latest, lambda row: _visit_entry(row, zone))


def _visit_entry(row: Appointment, zone: str) -> Entry:
    tones = {"no_show": "warn", "cancelled": "quiet"}
    who = f"with {row.practitioner}" if row.practitioner else ""
    why = row.get_miss_reason_display() if row.miss_reason else ""
    detail = ", ".join(part for part in (row.get_status_display(), who, why) if part)
    tone = tones.get(row.status, "")
    return Entry(day_of(row.starts_at, zone), "visit", str(row.type), detail, tone=tone)


def _events(patient: Patient, before: date, user: Actor) -> Part:
    rows = ClinicalEvent.objects.visible_to(user).filter(patient=patient, occurred_date__lt=before)
    return _part(rows.order_by("-occurred_date"), _event_entry)


def _event_entry(row: ClinicalEvent) -> Entry:
    detail = ", ".join(part for part in (row.get_substance_display(), row.note) if part)
    return Entry(row.occurred_date, "event", row.get_kind_display(), detail, tone="alert")


def _assessments(patient: Patient, before: date, user: Actor) -> Part:
    rows = Assessment.objects.visible_to(user).filter(patient=patient, assessed_date__lt=before)
    return _part(rows.order_by("-assessed_date"), _assessment_entry)


def _assessment_entry(row: Assessment) -> Entry:
    return Entry(row.assessed_date, "test", row.get_instrument_display(), f"score {row.score}")


def _tests(patient: Patient, before: date, user: Actor) -> Part:
    rows = DrugTest.objects.visible_to(user).filter(patient=patient, collected_date__lt=before)
    return _part(rows.prefetch_related("results").order_by("-collected_date"), _test_entry)


def _test_entry(row: DrugTest) -> Entry:
    positive = [result.substance for result in row.results.all() if result.is_positive]
    if positive:
        found = "positive: " + ", ".join(positive)
    elif not row.is_valid:
        found = "invalid specimen"
    else:
        found = "no positive results"
    return Entry(row.collected_date, "test", "Drug test", found)


def _naloxone(patient: Patient, before: date, user: Actor) -> Part:
    rows = NaloxoneOffer.objects.visible_to(user).filter(patient=patient, offered_date__lt=before)
    return _part(rows.order_by("-offered_date", "-id"), _naloxone_entry)


def _naloxone_entry(row: NaloxoneOffer) -> Entry:
    until = f"expires {row.expires_date:%-d %b %Y}" if row.expires_date else ""
    detail = ", ".join(part for part in (row.get_product_display(), until) if part)
    return Entry(row.offered_date, "event", f"Naloxone {row.get_answer_display().lower()}", detail)


def _call_backs(patient: Patient, before: date, user: Actor) -> Part:
    """Counted call-backs; an open one is shown at the top of the page."""
    zone = patient.site.time_zone
    rows = CallBack.objects.visible_to(user).filter(
        patient=patient, counted_at__lt=moment_of(before, time.min, zone)
    )
    return _part(rows.order_by("-counted_at"), lambda row: _call_back_entry(row, zone))


def _call_back_entry(row: CallBack, zone: str) -> Entry:
    day = day_of(row.counted_at or row.asked_at, zone)
    missing = f"{row.missing}" if row.missing else ""
    detail = " ".join(part for part in (missing, row.get_outcome_display().lower()) if part)
    return Entry(day, "event", "Call-back for take-home doses", detail)
