"""What is left to a person, written down: nobody who missed a visit or a dose is forgotten.

Run every few minutes; running it twice writes nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from access.actions.accounts import service_account
from access.audit.record import entry
from access.models import AuditEntry, CareTeamPlace, User
from appointments.models import Appointment
from common.time_zones import day_of
from patients.enums import DischargeReason, EventKind
from patients.models import ClinicalEvent, Episode
from reminders.enums import FollowUpReason
from reminders.models import FollowUp
from reminders.planning import visits_without_a_way
from reminders.sources.appointments import missed_between
from reminders.sources.base import with_site
from reminders.sources.call_backs import not_counted_between
from reminders.sources.doses import closes_on, missed_on, windows_closing
from reminders.sources.drug_tests import not_taken
from reminders.sources.expirations import consents_ending, not_renewed, orders_ending, to_review
from treatments.models import PlannedTest

#: A clock that stood still for this long loses nobody who missed something meanwhile.
LOOK_BACK = timedelta(days=7)
#: So long before its last day a consent is thought of; so late at most a review is.
CONSENT_NOTICE, REVIEW_LOOK_BACK = timedelta(days=14), timedelta(days=90)
#: So long before its last day whoever signs plans is told of an order.
ORDER_NOTICE = timedelta(days=7)
#: One writer at a time: what is new is known before it is written. Any number will do.
WRITER = 7_304_001


@dataclass(frozen=True)
class NewFollowUp:
    """One thing for a person to do."""

    reason: FollowUpReason
    subject_id: int
    patient_id: int
    site_id: int
    due_date: date
    version: int = 1
    #: When it came to be, for what one call settles (`_called_once`).
    happened_at: datetime | None = None

    @property
    def key(self) -> tuple[str, int, int]:
        return self.reason, self.subject_id, self.version

    def is_later_than(self, other: NewFollowUp) -> bool:
        if self.happened_at is None or other.happened_at is None:
            return False
        return self.happened_at > other.happened_at


def create_follow_ups(*, now: datetime) -> int:
    """Insert the follow-ups that are not there yet; returns how many were new.

    A finder that fails keeps no other from being noted; what it failed with is raised at the end.
    """
    problems: list[Exception] = []
    noted = _note(now, problems)
    if problems:
        raise problems[0]
    return noted


@transaction.atomic
def _note(now: datetime, problems: list[Exception]) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITER])
    needs: list[NewFollowUp] = []
    for find in FINDING:
        try:
            with transaction.atomic():
                needs += list(find(now))
        except (OperationalError, InterfaceError):
            raise
        except Exception as problem:
            problems.append(problem)
    known = _known(needs)
    new = _called_once([need for need in needs if need.key not in known])
    if new:
        _write(new, now)
    return len(new)


def create_reschedule_follow_up(*, appointment: Appointment, now: datetime, by: User) -> bool:
    """The patient asked for it, by text or link. Inside the caller's transaction; asked twice, once.

    False where somebody has already done what was asked for this version: a person reads it anew.
    """
    need = NewFollowUp(
        FollowUpReason.RESCHEDULE,
        appointment.pk,
        appointment.patient_id,
        appointment.site_id,
        day_of(now, appointment.site.time_zone),
        appointment.version,
    )
    if need.key not in _known([need]):
        _write([need], now, by=by)
        return True
    reason, subject, version = need.key
    asked = FollowUp.objects.to_do().filter(reason=reason, subject_id=subject)
    return asked.filter(subject_version=version).exists()


def _known(needs: Iterable[NewFollowUp]) -> set[tuple[str, int, int]]:
    subjects = {need.subject_id for need in needs}
    rows = FollowUp.objects.filter(subject_id__in=subjects)
    return set(rows.values_list("reason", "subject_id", "subject_version"))


def _called_once(needs: list[NewFollowUp]) -> list[NewFollowUp]:
    """One call for all of a patient's misses of a kind: not another beside one that is still to be made,
    nor for a miss that lies before one that was.
    """
    calls: dict[tuple[str, int], NewFollowUp] = {}
    for one in needs:
        latest = calls.get((str(one.reason), one.patient_id))
        if one.happened_at and (latest is None or one.is_later_than(latest)):
            calls[str(one.reason), one.patient_id] = one
    for reason, patient, done_at in FollowUp.objects.filter(
        reason__in={reason for reason, _ in calls}, patient__in={patient for _, patient in calls}
    ).values_list("reason", "patient_id", "done_at"):
        miss = calls.get((reason, patient))
        if miss and miss.happened_at and (done_at is None or done_at >= miss.happened_at):
            del calls[reason, patient]
    return [one for one in needs if not one.happened_at] + list(calls.values())


def _write(needs: list[NewFollowUp], now: datetime, by: User | None = None) -> None:
    actor = by or service_account("reminders", now=now)
    helpers = _helpers({need.patient_id for need in needs}, now)
    rows = FollowUp.objects.bulk_create(
        FollowUp(
            patient_id=need.patient_id,
            site_id=need.site_id,
            reason=need.reason,
            subject_id=need.subject_id,
            subject_version=need.version,
            due_date=need.due_date,
            for_user_id=helpers.get(need.patient_id),
            recorded_at=now,
        )
        for need in needs
    )
    AuditEntry.objects.bulk_create(
        entry("note follow-up", on=row, now=now, by=actor) for row in rows
    )


def _helpers(patients: set[int], now: datetime) -> dict[int, int]:
    """Who has been on each patient's care team longest: whoever else may do it, too."""
    places = CareTeamPlace.objects.filter(patient_id__in=patients).on(now.date())
    newest_first = places.order_by("-since_date", "-pk").values_list("patient_id", "user_id")
    return dict(newest_first)


def _no_shows(now: datetime) -> Iterator[NewFollowUp]:
    for row in _of_the_living(missed_between(now - LOOK_BACK, now)):
        today = day_of(now, row.site.time_zone)
        reason, at = FollowUpReason.NO_SHOW, row.starts_at
        yield NewFollowUp(reason, row.pk, row.patient_id, row.site_id, today, happened_at=at)


def _missed_doses(now: datetime) -> Iterator[NewFollowUp]:
    for row in _of_the_living(missed_on((now - LOOK_BACK).date(), now.date())):
        today = day_of(now, row.site.time_zone)
        reason, at = FollowUpReason.MISSED_DOSE, row.recorded_at
        yield NewFollowUp(reason, row.pk, row.patient_id, row.site_id, today, happened_at=at)


def _late_injections(now: datetime) -> Iterator[NewFollowUp]:
    """The last day on which the next one was in time is over."""
    for row in _of_the_living(windows_closing((now - LOOK_BACK).date(), now.date())):
        today, reason = day_of(now, row.site.time_zone), FollowUpReason.INJECTION_LATE
        if closes_on(row) < today:
            yield NewFollowUp(reason, row.pk, row.patient_id, row.site_id, today)


def _unreachable(now: datetime) -> Iterator[NewFollowUp]:
    """Nobody is told by message: to be called on the day before, or now if that is over."""
    found = {one.subject_id: one for one in visits_without_a_way(now=now)}
    living = _of_the_living(Appointment.objects.filter(pk__in=found))
    for pk, zone in living.values_list("pk", "site__time_zone"):
        one = found[pk]
        due = max(day_of(now, zone), day_of(one.at - timedelta(days=1), zone))
        reason = FollowUpReason.UNREACHABLE
        yield NewFollowUp(reason, pk, one.patient_id, one.site.pk, due, one.version)


def _not_counted(now: datetime) -> Iterator[NewFollowUp]:
    for row in _of_the_living(not_counted_between(now - LOOK_BACK, now)):
        today = day_of(now, row.site.time_zone)
        yield NewFollowUp(FollowUpReason.NOT_COUNTED, row.pk, row.patient_id, row.site_id, today)


def _missed_tests(now: datetime) -> Iterator[NewFollowUp]:
    for row in _of_the_living(_in_care(not_taken((now - LOOK_BACK).date(), now.date()))):
        today = day_of(now, row.site.time_zone)
        if row.due_date < today:
            yield NewFollowUp(
                FollowUpReason.MISSED_TEST, row.pk, row.patient_id, row.site_id, today
            )


def _reviews(now: datetime) -> Iterator[NewFollowUp]:
    due = (now - REVIEW_LOOK_BACK).date(), now.date()
    for row in _of_the_living(to_review(*due)):
        if row.review_date is not None:
            reason = FollowUpReason.PLAN_REVIEW
            yield NewFollowUp(reason, row.pk, row.patient_id, row.site_id, row.review_date)


def _consents(now: datetime) -> Iterator[NewFollowUp]:
    ending = (now.date(), (now + CONSENT_NOTICE).date())
    for row in not_renewed(list(_of_the_living(consents_ending(*ending)))):
        if row.expiry_date is not None:
            reason = FollowUpReason.CONSENT_ENDING
            yield NewFollowUp(reason, row.pk, row.patient_id, row.site_id, row.expiry_date)


def _orders(now: datetime) -> Iterator[NewFollowUp]:
    ending = (now - LOOK_BACK).date(), (now + ORDER_NOTICE).date()
    for row in _of_the_living(orders_ending(*ending), "goal__problem__plan__"):
        plan, reason = row.goal.problem.plan, FollowUpReason.ORDER_ENDING
        if row.last_date is not None:
            yield NewFollowUp(reason, row.pk, plan.patient_id, plan.site_id, row.last_date)


def _in_care(rows: QuerySet[PlannedTest]) -> QuerySet[PlannedTest]:
    """Nobody is tested who has left; who was never admitted may be, before admission."""
    stays = Episode.objects.filter(patient=OuterRef("patient"))
    return rows.filter(Exists(stays.open()) | ~Exists(stays))


def _of_the_living(rows: QuerySet, path: str = "") -> QuerySet:  # type: ignore[type-arg]
    """Nobody is told to call the dead. `path` leads from a row to what names patient and site."""
    patient = OuterRef(f"{path}patient")
    deaths = ClinicalEvent.objects.filter(patient=patient, kind=EventKind.DEATH)
    ended = Episode.objects.filter(patient=patient, discharge_reason=DischargeReason.DEATH)
    living = rows.filter(~Exists(deaths), ~Exists(ended))
    return with_site(living, f"{path}site").order_by("pk")


#: Each gives what it has found; one after another, in one transaction.
FINDING = (
    _no_shows,
    _missed_doses,
    _late_injections,
    _unreachable,
    _not_counted,
    _missed_tests,
    _reviews,
    _orders,
    _consents,
)
