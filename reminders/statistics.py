"""Reminder statistics: messages delivered and confirmed, no-shows with and without one.

This is no experiment: patients who get no reminder differ from those who get one (no phone, booked
late, opted out). The difference is shown with its uncertainty and with that sentence.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from django.db.models import Count, Exists, OuterRef, Q

from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from reminders.enums import Channel, Delivery, ReminderStatus, ReplyIntent, Subject
from reminders.models import IncomingText, Reminder

#: The statistics cover this many days before now.
PERIOD = timedelta(days=90)
#: 95 % quantile (two-sided) of the normal distribution.
Z = 1.959963984540054
CAME = (AppointmentStatus.ARRIVED, AppointmentStatus.COMPLETED)


@dataclass(frozen=True)
class Share:
    """`part` of `whole`, with Wilson's 95 % interval; None where `whole` is 0."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float] | None:
        if not self.whole:
            return None
        p, n = self.part / self.whole, self.whole
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z / (1 + Z * Z / n) * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Difference:
    """Share missed without a reminder minus share missed with one.

    The interval is Newcombe's hybrid interval (method 10).
    """

    share: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval excludes "no difference"."""
        return self.low > 0 or self.high < 0


def difference(without: Share, with_one: Share) -> Difference | None:
    a, b = without.interval, with_one.interval
    if a is None or b is None or without.share is None or with_one.share is None:
        return None
    p, q = without.share, with_one.share
    return Difference(
        p - q,
        p - q - sqrt((p - a[0]) ** 2 + (b[1] - q) ** 2),
        p - q + sqrt((a[1] - p) ** 2 + (q - b[0]) ** 2),
    )


@dataclass(frozen=True)
class Figures:
    """Figures on the visits and messages of the last 90 days at some sites."""

    missed_with: Share
    missed_without: Share
    #: Of the texts whose delivery the gateway reported.
    delivered: Share
    #: Number of texts sent whose delivery the gateway has not reported.
    unreported: int
    #: Of the visits with a reminder by text.
    confirmed: Share
    uncertain: int
    by_status: dict[str, int]

    @property
    def difference(self) -> Difference | None:
        return difference(self.missed_without, self.missed_with)


def figures(*, sites: Collection[int], now: datetime) -> Figures:
    """Return the figures of `sites`, whose counts the user may see. Runs four queries."""
    since = now - PERIOD
    missed = _missed(sites, since, now)
    messages = Reminder.objects.filter(site__in=sites, due_at__gte=since, due_at__lt=now)
    counted = messages.order_by().values_list("status").annotate(count=Count("pk"))
    by_status = {str(ReminderStatus(status).label): count for status, count in counted}
    # A message that was not delivered is FAILED by now; for some the gateway never reports.
    reported = messages.filter(channel=Channel.SMS).aggregate(
        delivered=Count("pk", filter=Q(delivery=Delivery.DELIVERED)),
        lost=Count("pk", filter=Q(delivery=Delivery.UNDELIVERED)),
        silent=Count("pk", filter=Q(delivery="", status=ReminderStatus.SENT)),
    )
    confirming = IncomingText.objects.filter(reminder=OuterRef("pk"), meaning=ReplyIntent.CONFIRM)
    told = messages.filter(
        subject_kind=Subject.APPOINTMENT, channel=Channel.SMS, status=ReminderStatus.SENT
    ).aggregate(
        all=Count("subject_id", distinct=True),
        confirmed=Count("subject_id", distinct=True, filter=Exists(confirming)),
    )
    return Figures(
        missed_with=missed[True],
        missed_without=missed[False],
        delivered=Share(reported["delivered"], reported["delivered"] + reported["lost"]),
        unreported=reported["silent"],
        confirmed=Share(told["confirmed"], told["all"]),
        uncertain=by_status.get(str(ReminderStatus.UNCERTAIN.label), 0),
        by_status=by_status,
    )


def _missed(sites: Collection[int], since: datetime, now: datetime) -> dict[bool, Share]:
    """Return the share of no-shows among visits kept or missed, by whether a message went out."""
    reminded = Reminder.objects.filter(
        subject_kind=Subject.APPOINTMENT,
        subject_id=OuterRef("pk"),
        status=ReminderStatus.SENT,
    )
    visits = Appointment.objects.filter(
        site__in=sites,
        starts_at__gte=since,
        starts_at__lt=now,
        status__in=[*CAME, AppointmentStatus.NO_SHOW],
    )
    rows = (
        visits.annotate(reminded=Exists(reminded))
        .order_by()
        .values_list("reminded")
        .annotate(missed=Count("pk", filter=Q(status=AppointmentStatus.NO_SHOW)), all=Count("pk"))
    )
    found = {reminded: Share(missed, count) for reminded, missed, count in rows}
    return {one: found.get(one, Share(0, 0)) for one in (True, False)}
