"""Sources of plan reviews, ends of orders and ends of consents.

The message for all of them is "please call".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from django.db.models import QuerySet

from access.models import Site
from common.time_zones import moment_of
from patients.models import Consent
from reminders.due_events import DueEvent
from reminders.enums import SkipReason, Step, Subject
from reminders.sources.base import NOON, VERSION, ZONES_APART, not_planned, with_site
from treatments.enums import Arm, PlanStatus
from treatments.models import Intervention, TreatmentPlan
from vault.errors import DecryptionError, KeyMissing

#: Path from an order to its site.
ITS_SITE = "goal__problem__plan__site"


class PlanReviews:
    """Active plans, until the day by which they must be reviewed."""

    def due(
        self,
        *,
        after: datetime,
        until: datetime,
        step: Step,
        type_id: int | None,
        other_types: frozenset[int],
    ) -> Iterable[DueEvent]:
        rows = to_review(*_days(after, until))
        rows = not_planned(rows, Subject.PLAN_REVIEW, step).order_by("review_date", "pk")
        return (one for one in _reviews(rows) if after < one.at <= until)

    def now(self, subject_id: int, version: int) -> DueEvent | SkipReason:
        rows = with_site(TreatmentPlan.objects.active().filter(pk=subject_id))
        return next(_reviews(rows), SkipReason.SETTLED)


class OrderEnds:
    """Orders of active plans that have a last day."""

    def due(
        self,
        *,
        after: datetime,
        until: datetime,
        step: Step,
        type_id: int | None,
        other_types: frozenset[int],
    ) -> Iterable[DueEvent]:
        rows = orders_ending(*_days(after, until))
        rows = not_planned(rows, Subject.ORDER_END, step, ITS_SITE).order_by("last_date", "pk")
        return (one for one in _orders(rows) if after < one.at <= until)

    def now(self, subject_id: int, version: int) -> DueEvent | SkipReason:
        rows = with_site(_in_force().filter(pk=subject_id), ITS_SITE)
        return next(_orders(rows), SkipReason.SETTLED)


class ConsentEnds:
    """Consents with a last day that were not ended or renewed."""

    def due(
        self,
        *,
        after: datetime,
        until: datetime,
        step: Step,
        type_id: int | None,
        other_types: frozenset[int],
    ) -> Iterable[DueEvent]:
        rows = consents_ending(*_days(after, until))
        rows = not_planned(rows, Subject.CONSENT_END, step).order_by("expiry_date", "pk")
        return (one for one in _consents(list(rows)) if after < one.at <= until)

    def now(self, subject_id: int, version: int) -> DueEvent | SkipReason:
        rows = with_site(Consent.objects.filter(ended_at__isnull=True, pk=subject_id))
        return next(_consents(list(rows)), SkipReason.SETTLED)


def to_review(first: date, last: date) -> QuerySet[TreatmentPlan]:
    """Return active plans whose review date is in this range."""
    return TreatmentPlan.objects.active().filter(review_date__range=(first, last))


def orders_ending(first: date, last: date) -> QuerySet[Intervention]:
    """Return active orders whose last day is in this range."""
    return _in_force().filter(last_date__range=(first, last))


def consents_ending(first: date, last: date) -> QuerySet[Consent]:
    """Return consents not ended whose last day is in this range."""
    return Consent.objects.filter(ended_at__isnull=True, expiry_date__range=(first, last))


def not_renewed(rows: Sequence[Consent]) -> Iterator[Consent]:
    """Yield the consents without a later one of the same kind for the same recipients.

    Also those whose recipients cannot be read: whether they were renewed is unknown, so staff
    should check.
    """
    if not rows:
        return
    others = Consent.objects.filter(
        ended_at__isnull=True, patient__in={row.patient_id for row in rows}
    )
    alike = {row.pk: _renewing(row) for row in _readable(others)}
    lasting: dict[tuple[object, ...], list[date]] = {}
    for pk, expiry_date in others.values_list("pk", "expiry_date"):
        lasting.setdefault(alike.get(pk, (pk,)), []).append(expiry_date or date.max)
    for row in rows:
        # None if it was ended between the two queries.
        known = lasting.get(alike.get(row.pk, (row.pk,)))
        if known and row.expiry_date is not None and max(known) == row.expiry_date:
            yield row


def _readable(rows: QuerySet[Consent]) -> list[Consent]:
    """Load the encrypted recipients, all at once, or one by one if some cannot be decrypted."""
    needed = rows.only("pk", "patient", "kind", "recipients")
    try:
        return list(needed)
    except (DecryptionError, KeyMissing):
        return [row for pk in rows.values_list("pk", flat=True) for row in _if_readable(needed, pk)]


def _if_readable(rows: QuerySet[Consent], pk: int) -> list[Consent]:
    try:
        return list(rows.filter(pk=pk))
    except (DecryptionError, KeyMissing):
        return []


def _renewing(row: Consent) -> tuple[object, ...]:
    """Return what a consent and its renewal have in common."""
    return row.patient_id, row.kind, frozenset(row.recipients)


def _in_force() -> QuerySet[Intervention]:
    return Intervention.objects.filter(
        goal__problem__plan__status=PlanStatus.ACTIVE, arm=Arm.MEDICATION
    )


def _days(after: datetime, until: datetime) -> tuple[date, date]:
    return (after - ZONES_APART).date(), (until + ZONES_APART).date()


def _reviews(rows: Iterable[TreatmentPlan]) -> Iterator[DueEvent]:
    for row in rows:
        if row.review_date is not None and row.signed_at is not None:
            yield _call(row.pk, row.patient_id, row.site, row.review_date, row.signed_at)


def _orders(rows: Iterable[Intervention]) -> Iterator[DueEvent]:
    for row in rows:
        plan = row.goal.problem.plan
        if row.last_date is not None and plan.signed_at is not None:
            yield _call(row.pk, plan.patient_id, plan.site, row.last_date, plan.signed_at)


def _consents(rows: Sequence[Consent]) -> Iterator[DueEvent]:
    for row in not_renewed(rows):
        if row.expiry_date is not None:
            yield _call(row.pk, row.patient_id, row.site, row.expiry_date, row.recorded_at)


def _call(subject_id: int, patient_id: int, site: Site, day: date, since: datetime) -> DueEvent:
    at = moment_of(day, NOON, site.time_zone)
    return DueEvent(subject_id, VERSION, patient_id, site, at, since)


PLAN_REVIEWS = PlanReviews()
ORDER_ENDS = OrderEnds()
CONSENT_ENDS = ConsentEnds()
