"""One row for each reminder subject, with everything that differs between subjects.

`source` and `follow_ups` are dotted paths, as in Django's settings: the models read the permissions
of this table, and sources import the models, so names avoid an import circle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.utils.module_loading import import_string

from access.enums import Permission
from reminders.due_events import NewFollowUp, Source
from reminders.enums import Step, Subject, TemplateKind

#: Steps that a clinic can choose for a subject with a day or a time ahead.
BEFORE = (Step.SEVEN_DAYS, Step.THREE_DAYS, Step.ONE_DAY, Step.TWO_HOURS)
DAYS_BEFORE = BEFORE[:-1]
#: A message that would arrive later than this before the time is not sent: it could not help.
LAST_USEFUL = timedelta(hours=2)
#: How long before the time a message of each step still helps; negative means after it. A subject
#: with a day and no hour counts as noon, so that on the day itself a message helps until three.
#: After a missed visit or dose a message helps for a day.
LAST_USEFUL_BY_STEP: Mapping[Step, timedelta] = {
    Step.TWO_HOURS: timedelta(minutes=30),
    Step.THE_DAY: timedelta(hours=-3),
    Step.AFTERWARDS: timedelta(hours=-24),
}


@dataclass(frozen=True)
class SubjectSpec:
    """What the reminders app needs to know about one subject.

    `permission` is needed besides SEE_REMINDERS to see its reminders; None means that the
    permission for the schedule is enough. `default_steps` are sent unless the clinic changed its
    rules; `offered_steps` can be chosen. `template` is the kind of message. `source` finds what is
    due; `lapsed_source` finds what fell due while planning was not running, where that differs.
    `follow_ups` are the functions that find what a staff member must do about it.
    """

    permission: Permission | None
    template: TemplateKind
    default_steps: tuple[Step, ...]
    offered_steps: tuple[Step, ...]
    source: str
    follow_ups: tuple[str, ...] = ()
    lapsed_source: str = ""
    last_useful_by_step: Mapping[Step, timedelta] = field(
        default_factory=lambda: LAST_USEFUL_BY_STEP
    )

    @cached_property
    def events(self) -> Source:
        """The source of due events."""
        source: Source = import_string(f"reminders.sources.{self.source}")
        return source

    @cached_property
    def lapsed_events(self) -> Source:
        """The source of events that fell due while planning was not running."""
        path = self.lapsed_source or self.source
        source: Source = import_string(f"reminders.sources.{path}")
        return source

    def last_useful(self, step: str) -> timedelta:
        """How long before the moment a message still helps; negative: how long after it."""
        return self.last_useful_by_step.get(Step(step), LAST_USEFUL)


#: Defaults for visits: two reminders work better than one (4.4 % missed against 5.5 %, n = 54,066);
#: injections: 7, 3 and 1 days before the window closes; after a miss one message within a day
#: (docs/clinical.md).
SUBJECTS: Mapping[str, SubjectSpec] = {
    Subject.APPOINTMENT: SubjectSpec(
        permission=None,
        template=TemplateKind.VISIT,
        default_steps=(Step.THREE_DAYS, Step.ONE_DAY),
        offered_steps=BEFORE,
        source="appointments.UPCOMING_VISITS",
        lapsed_source="appointments.LAPSED_VISITS",
        follow_ups=("unreachable_patients",),
    ),
    Subject.MISSED_VISIT: SubjectSpec(
        permission=None,
        template=TemplateKind.REBOOK,
        default_steps=(Step.AFTERWARDS,),
        offered_steps=(Step.AFTERWARDS,),
        source="appointments.MISSED_VISITS",
        follow_ups=("no_shows",),
    ),
    Subject.MISSED_DOSE: SubjectSpec(
        permission=Permission.SEE_DOSES,
        template=TemplateKind.CALL,
        default_steps=(Step.AFTERWARDS,),
        offered_steps=(Step.AFTERWARDS,),
        source="doses.MISSED_DOSES",
        follow_ups=("missed_doses",),
    ),
    Subject.INJECTION: SubjectSpec(
        permission=Permission.SEE_DOSES,
        template=TemplateKind.COME,
        default_steps=DAYS_BEFORE,
        offered_steps=DAYS_BEFORE,
        source="doses.INJECTION_WINDOWS",
        follow_ups=("late_injections",),
    ),
    Subject.TAKE_HOME_END: SubjectSpec(
        permission=Permission.SEE_DOSES,
        template=TemplateKind.COME,
        default_steps=(Step.ONE_DAY,),
        offered_steps=(Step.ONE_DAY,),
        source="doses.TAKE_HOME_ENDS",
    ),
    Subject.CALL_BACK: SubjectSpec(
        permission=Permission.SEE_DOSES,
        template=TemplateKind.COME,
        default_steps=(Step.AT_ONCE, Step.ONE_DAY, Step.TWO_HOURS),
        offered_steps=(Step.AT_ONCE, Step.ONE_DAY, Step.TWO_HOURS),
        source="call_backs.CALL_BACKS",
        follow_ups=("uncounted_call_backs",),
    ),
    Subject.PLANNED_TEST: SubjectSpec(
        permission=Permission.SEE_CLINICAL,
        template=TemplateKind.COME,
        default_steps=(Step.ONE_DAY,),
        offered_steps=(Step.THREE_DAYS, Step.ONE_DAY, Step.THE_DAY),
        source="drug_tests.PLANNED_TESTS",
        follow_ups=("missed_tests",),
    ),
    Subject.RANDOM_TEST: SubjectSpec(
        permission=Permission.SEE_CLINICAL,
        template=TemplateKind.COME,
        # Not the day before: a patient who knows the day is not tested at random.
        default_steps=(Step.THE_DAY,),
        offered_steps=(Step.THE_DAY,),
        source="drug_tests.RANDOM_TESTS",
        follow_ups=("missed_tests",),
    ),
    Subject.NALOXONE: SubjectSpec(
        permission=Permission.SEE_CLINICAL,
        template=TemplateKind.CALL,
        default_steps=(Step.THIRTY_DAYS,),
        offered_steps=(Step.THIRTY_DAYS, Step.SEVEN_DAYS),
        source="naloxone.EXPIRING_KITS",
    ),
    Subject.PLAN_REVIEW: SubjectSpec(
        permission=Permission.SEE_PLAN,
        template=TemplateKind.CALL,
        default_steps=(Step.SEVEN_DAYS,),
        offered_steps=DAYS_BEFORE,
        source="expirations.PLAN_REVIEWS",
        follow_ups=("plan_reviews",),
    ),
    Subject.ORDER_END: SubjectSpec(
        permission=Permission.SEE_PLAN,
        template=TemplateKind.CALL,
        default_steps=(Step.SEVEN_DAYS,),
        offered_steps=DAYS_BEFORE,
        source="expirations.ORDER_ENDS",
        follow_ups=("ending_orders",),
    ),
    Subject.CONSENT_END: SubjectSpec(
        permission=Permission.SEE_CONSENTS,
        template=TemplateKind.CALL,
        default_steps=(Step.SEVEN_DAYS,),
        offered_steps=DAYS_BEFORE,
        source="expirations.CONSENT_ENDS",
        follow_ups=("ending_consents",),
    ),
}

#: Needed besides SEE_REMINDERS: without it a user must not learn of the subject from a reminder's
#: row.
SUBJECT_PERMISSIONS: Mapping[str, Permission] = {
    subject: spec.permission for subject, spec in SUBJECTS.items() if spec.permission
}


def follow_up_finders() -> list[Callable[[datetime], Iterable[NewFollowUp]]]:
    """Each finder once, in the order of SUBJECTS."""
    names = dict.fromkeys(name for spec in SUBJECTS.values() for name in spec.follow_ups)
    return [import_string(f"reminders.follow_up_finders.{name}") for name in names]
