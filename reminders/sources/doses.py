"""Sources of missed doses, injections whose window closes, and ends of take-home supplies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db.models import DateTimeField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from common.time_zones import moment_of
from dispensary.enums import DoseOutcome
from dispensary.models.doses import DoseRecord
from reminders.due_events import DueEvent
from reminders.enums import SkipReason, Step, Subject
from reminders.sources.base import NOON, VERSION, ZONES_APART, not_planned
from treatments.dosing import INJECTIONS, LIMITS
from treatments.enums import PlanStatus
from treatments.models import Intervention, TreatmentPlan

DAY = timedelta(days=1)


class MissedDoses:
    """Doses recorded as missed, with none taken since."""

    def due(
        self,
        *,
        after: datetime,
        until: datetime,
        step: Step,
        type_id: int | None,
        other_types: frozenset[int],
    ) -> Iterable[DueEvent]:
        days = ((after - ZONES_APART).date(), (until + ZONES_APART).date())
        found = map(_missed, _not_planned(missed_on(*days), Subject.MISSED_DOSE, step))
        return (one for one in found if after < one.at <= until)

    def now(self, subject_id: int, version: int) -> DueEvent | SkipReason:
        row = _missed_for_good().filter(pk=subject_id).select_related("site").first()
        return _missed(row) if row else SkipReason.SETTLED


class Injections:
    """The latest injection of a patient who needs another, until the window of that one closes."""

    def due(
        self,
        *,
        after: datetime,
        until: datetime,
        step: Step,
        type_id: int | None,
        other_types: frozenset[int],
    ) -> Iterable[DueEvent]:
        rows = windows_closing((after - ZONES_APART).date(), (until + ZONES_APART).date())
        found = map(_closing, _not_planned(rows, Subject.INJECTION, step))
        return (one for one in found if after < one.at <= until)

    def now(self, subject_id: int, version: int) -> DueEvent | SkipReason:
        rows = DoseRecord.objects.effective().filter(outcome=DoseOutcome.GIVEN, pk=subject_id)
        row = _still_waited_for(rows).select_related("site").first()
        return _closing(row) if row else SkipReason.SETTLED


class TakeHomeEnds:
    """The day after the last take-home dose: the patient is expected with the empty bottles."""

    def due(
        self,
        *,
        after: datetime,
        until: datetime,
        step: Step,
        type_id: int | None,
        other_types: frozenset[int],
    ) -> Iterable[DueEvent]:
        # The last dose is for the day before.
        days = ((after - 2 * ZONES_APART).date(), until.date())
        rows = DoseRecord.objects.effective().filter(
            outcome=DoseOutcome.TAKE_HOME, dose_date__range=days
        )
        rows = rows.filter(~Exists(_taken_after()))
        found = map(_expected_again, _not_planned(rows, Subject.TAKE_HOME_END, step))
        return (one for one in found if after < one.at <= until)

    def now(self, subject_id: int, version: int) -> DueEvent | SkipReason:
        rows = DoseRecord.objects.effective().filter(outcome=DoseOutcome.TAKE_HOME, pk=subject_id)
        row = rows.filter(~Exists(_taken_after())).select_related("site").first()
        return _expected_again(row) if row else SkipReason.SETTLED


#: Days from one injection to the last day of the next one's window (label or order,
#: treatments/dosing.py).
WINDOWS: Mapping[str, timedelta] = {
    product: timedelta(days=LIMITS[product].intervals[1]) for product in INJECTIONS
}


def missed_on(first: date, last: date) -> QuerySet[DoseRecord]:
    """Return the doses missed on these days, with none taken since."""
    return _missed_for_good().filter(dose_date__range=(first, last))


def windows_closing(first: date, last: date) -> QuerySet[DoseRecord]:
    """Return injections whose window closes on these days and that need a next one."""
    given = Q()
    for product, days in WINDOWS.items():
        given |= Q(product=product, dose_date__range=(first - days, last - days))
    injections = DoseRecord.objects.effective().filter(given, product__in=INJECTIONS)
    return _still_waited_for(injections.filter(outcome=DoseOutcome.GIVEN))


def closes_on(dose: DoseRecord) -> date:
    """Return the last day on which the next injection is in time."""
    return dose.dose_date + WINDOWS[dose.product]


def _missed_for_good() -> QuerySet[DoseRecord]:
    """Return missed doses with no dose given since.

    A take-home dose for a later day counts only if it was handed out after the miss.
    """
    after = ExpressionWrapper(OuterRef("dose_date") + DAY, output_field=DateTimeField())
    since = DoseRecord.objects.effective().taken()
    since = since.filter(patient=OuterRef("patient"), dose_date__gte=OuterRef("dose_date"))
    since = since.filter(Q(outcome=DoseOutcome.GIVEN) | Q(recorded_at__gte=after))
    return DoseRecord.objects.effective().filter(~Exists(since), outcome=DoseOutcome.MISSED)


def _still_waited_for(injections: QuerySet[DoseRecord]) -> QuerySet[DoseRecord]:
    """Return the patients' latest injections for which an active order still asks for another.

    A dose by mouth in between does not count. Also those of patients for whom no plan is known
    (after an import, say).
    """
    later = DoseRecord.objects.effective().taken().filter(product__in=INJECTIONS)
    later = later.filter(patient=OuterRef("patient"), dose_date__gt=OuterRef("dose_date"))
    plans = TreatmentPlan.objects.active().filter(patient=OuterRef("patient"))
    ordered = Intervention.objects.filter(
        goal__problem__plan__patient=OuterRef("patient"),
        goal__problem__plan__status=PlanStatus.ACTIVE,
        product__in=INJECTIONS,
    )
    return injections.filter(~Exists(later)).filter(Exists(ordered) | ~Exists(plans))


def _taken_after() -> QuerySet[DoseRecord]:
    """Any medication taken later.

    It shows that staff saw the patient, so the plan has gone on or changed.
    """
    taken = DoseRecord.objects.effective().taken()
    return taken.filter(patient=OuterRef("patient"), dose_date__gt=OuterRef("dose_date"))


def _not_planned(rows: QuerySet[DoseRecord], kind: Subject, step: Step) -> QuerySet[DoseRecord]:
    return not_planned(rows, kind, step).order_by("dose_date", "pk")


def _missed(row: DoseRecord) -> DueEvent:
    at = moment_of(row.dose_date, NOON, row.site.time_zone)
    return DueEvent(row.pk, VERSION, row.patient_id, row.site, at, at)


def _closing(row: DoseRecord) -> DueEvent:
    zone = row.site.time_zone
    at, given = (moment_of(day, NOON, zone) for day in (closes_on(row), row.dose_date))
    return DueEvent(row.pk, VERSION, row.patient_id, row.site, at, given)


def _expected_again(row: DoseRecord) -> DueEvent:
    at = moment_of(row.dose_date + timedelta(days=1), NOON, row.site.time_zone)
    return DueEvent(row.pk, VERSION, row.patient_id, row.site, at, row.recorded_at)


MISSED_DOSES = MissedDoses()
INJECTION_WINDOWS = Injections()
TAKE_HOME_ENDS = TakeHomeEnds()
