"""What reminders do, in counts: how many arrive and are answered, and who comes with and without one.

No experiment: who gets no reminder differs from who gets one (no phone, booked late, said no). The
difference is told with its uncertainty and with that sentence.
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

#: So far back.
PERIOD = timedelta(days=90)
#: Of a normal distribution, for 95 %.
Z = 1.959963984540054
CAME = (AppointmentStatus.ARRIVED, AppointmentStatus.COMPLETED)


@dataclass(frozen=True)
class Share:
    """`part` of `whole`, with Wilson's 95 % interval; None where there is nothing to divide."""

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
    """Missed without a reminder, less missed with one; Newcombe's hybrid interval (method 10)."""

    share: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out "no difference"."""
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
    """Of the visits and messages of the last 90 days at some sites."""

    missed_with: Share
    missed_without: Share
    #: Of the texts of which the gateway said what became of them.
    delivered: Share
    #: Texts sent of which it has not said so.
    unreported: int
    #: Of the visits told of by text.
    confirmed: Share
    uncertain: int
    by_status: dict[str, int]

    @property
    def difference(self) -> Difference | None:
        return difference(self.missed_without, self.missed_with)


def figures(*, sites: Collection[int], now: datetime) -> Figures:
    """Four queries. `sites` are those whose counts the reader may see."""
    since = now - PERIOD
    missed = _missed(sites, since, now)
    messages = Reminder.objects.filter(site__in=sites, due_at__gte=since, due_at__lt=now)
    counted = messages.order_by().values_list("status").annotate(count=Count("pk"))
    by_status = {str(ReminderStatus(status).label): count for status, count in counted}
    # One that was not delivered has failed since; of some the gateway never says what became of them.
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
    """Of visits that were kept or missed: how many were missed, by whether a message had gone out."""
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
