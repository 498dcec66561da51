"""Where what is due comes from: one module for each table that something can fall due in."""

from collections.abc import Mapping

from reminders.enums import Subject
from reminders.sources.appointments import LapsedVisits, MissedVisits, Visits
from reminders.sources.base import DueEvent, Source
from reminders.sources.call_backs import CallBacks
from reminders.sources.doses import Injections, MissedDoses, TakeHomeEnds
from reminders.sources.drug_tests import DrugTestsToCome
from reminders.sources.expirations import ConsentEnds, OrderEnds, PlanReviews
from reminders.sources.naloxone import Kits

SOURCES: Mapping[str, Source] = {
    Subject.APPOINTMENT: Visits(),
    Subject.MISSED_VISIT: MissedVisits(),
    Subject.MISSED_DOSE: MissedDoses(),
    Subject.INJECTION: Injections(),
    Subject.TAKE_HOME_END: TakeHomeEnds(),
    Subject.CALL_BACK: CallBacks(),
    Subject.PLANNED_TEST: DrugTestsToCome(Subject.PLANNED_TEST, is_random=False),
    Subject.RANDOM_TEST: DrugTestsToCome(Subject.RANDOM_TEST, is_random=True),
    Subject.NALOXONE: Kits(),
    Subject.PLAN_REVIEW: PlanReviews(),
    Subject.CONSENT_END: ConsentEnds(),
    Subject.ORDER_END: OrderEnds(),
}
#: Where what lapsed in an outage comes from.
LAPSED_SOURCES: Mapping[str, Source] = {**SOURCES, Subject.APPOINTMENT: LapsedVisits()}

__all__ = ["LAPSED_SOURCES", "SOURCES", "DueEvent", "Source"]
