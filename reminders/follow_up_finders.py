"""Find what staff must do about a patient. One function for each reason.

reminders/subjects.py names them; `create_follow_ups` saves what they return.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from appointments.models import Appointment
from common.time_zones import day_of
from patients.enums import DischargeReason, EventKind
from patients.models import ClinicalEvent, Episode
from reminders.due_events import NewFollowUp
from reminders.enums import FollowUpReason
from reminders.planning import visits_without_a_way
from reminders.sources.appointments import missed_between
from reminders.sources.base import with_site
from reminders.sources.call_backs import not_counted_between
from reminders.sources.doses import closes_on, missed_on, windows_closing
from reminders.sources.drug_tests import not_taken
from reminders.sources.expirations import consents_ending, not_renewed, orders_ending, to_review
from treatments.models import PlannedTest

#: An outage of this length leaves out no patient who missed something during it.
LOOK_BACK = timedelta(days=7)
#: How long before its last day a consent is listed, and how long after its date a plan review is.
CONSENT_NOTICE, REVIEW_LOOK_BACK = timedelta(days=14), timedelta(days=90)
#: How long before its last day an order is listed for the staff who sign plans.
ORDER_NOTICE = timedelta(days=7)


def no_shows(now: datetime) -> Iterator[NewFollowUp]:
    for row in _of_the_living(missed_between(now - LOOK_BACK, now)):
        today = day_of(now, row.site.time_zone)
        reason, at = FollowUpReason.NO_SHOW, row.starts_at
        yield NewFollowUp(reason, row.pk, row.patient_id, row.site_id, today, happened_at=at)


def missed_doses(now: datetime) -> Iterator[NewFollowUp]:
    for row in _of_the_living(missed_on((now - LOOK_BACK).date(), now.date())):
        today = day_of(now, row.site.time_zone)
        reason, at = FollowUpReason.MISSED_DOSE, row.recorded_at
        yield NewFollowUp(reason, row.pk, row.patient_id, row.site_id, today, happened_at=at)


def late_injections(now: datetime) -> Iterator[NewFollowUp]:
    """Injections whose window is over."""
    for row in _of_the_living(windows_closing((now - LOOK_BACK).date(), now.date())):
        today, reason = day_of(now, row.site.time_zone), FollowUpReason.INJECTION_LATE
        if closes_on(row) < today:
            yield NewFollowUp(reason, row.pk, row.patient_id, row.site_id, today)


def unreachable_patients(now: datetime) -> Iterator[NewFollowUp]:
    """Visits of patients whom no message can reach.

    To be called on the day before, or now if that day is over.
    """
    found = {one.subject_id: one for one in visits_without_a_way(now=now)}
    living = _of_the_living(Appointment.objects.filter(pk__in=found))
    for pk, zone in living.values_list("pk", "site__time_zone"):
        one = found[pk]
        due = max(day_of(now, zone), day_of(one.at - timedelta(days=1), zone))
        reason = FollowUpReason.UNREACHABLE
        yield NewFollowUp(reason, pk, one.patient_id, one.site.pk, due, one.version)


def uncounted_call_backs(now: datetime) -> Iterator[NewFollowUp]:
    for row in _of_the_living(not_counted_between(now - LOOK_BACK, now)):
        today = day_of(now, row.site.time_zone)
        yield NewFollowUp(FollowUpReason.NOT_COUNTED, row.pk, row.patient_id, row.site_id, today)


def missed_tests(now: datetime) -> Iterator[NewFollowUp]:
    for row in _of_the_living(_in_care(not_taken((now - LOOK_BACK).date(), now.date()))):
        today = day_of(now, row.site.time_zone)
        if row.due_date < today:
            yield NewFollowUp(
                FollowUpReason.MISSED_TEST, row.pk, row.patient_id, row.site_id, today
            )


def plan_reviews(now: datetime) -> Iterator[NewFollowUp]:
    due = (now - REVIEW_LOOK_BACK).date(), now.date()
    for row in _of_the_living(to_review(*due)):
        if row.review_date is not None:
            reason = FollowUpReason.PLAN_REVIEW
            yield NewFollowUp(reason, row.pk, row.patient_id, row.site_id, row.review_date)


def ending_consents(now: datetime) -> Iterator[NewFollowUp]:
    ending = (now.date(), (now + CONSENT_NOTICE).date())
    for row in not_renewed(list(_of_the_living(consents_ending(*ending)))):
        if row.expiry_date is not None:
            reason = FollowUpReason.CONSENT_ENDING
            yield NewFollowUp(reason, row.pk, row.patient_id, row.site_id, row.expiry_date)


def ending_orders(now: datetime) -> Iterator[NewFollowUp]:
    ending = (now - LOOK_BACK).date(), (now + ORDER_NOTICE).date()
    for row in _of_the_living(orders_ending(*ending), "goal__problem__plan__"):
        plan, reason = row.goal.problem.plan, FollowUpReason.ORDER_ENDING
        if row.last_date is not None:
            yield NewFollowUp(reason, row.pk, plan.patient_id, plan.site_id, row.last_date)


def _in_care(rows: QuerySet[PlannedTest]) -> QuerySet[PlannedTest]:
    """Leave out patients who have left; patients never admitted may be tested before admission."""
    stays = Episode.objects.filter(patient=OuterRef("patient"))
    return rows.filter(Exists(stays.open()) | ~Exists(stays))


def _of_the_living(rows: QuerySet, path: str = "") -> QuerySet:  # type: ignore[type-arg]
    """Leave out patients who have died.

    `path` leads from a row to the model that names patient and site.
    """
    patient = OuterRef(f"{path}patient")
    deaths = ClinicalEvent.objects.filter(patient=patient, kind=EventKind.DEATH)
    ended = Episode.objects.filter(patient=patient, discharge_reason=DischargeReason.DEATH)
    living = rows.filter(~Exists(deaths), ~Exists(ended))
    return with_site(living, f"{path}site").order_by("pk")
