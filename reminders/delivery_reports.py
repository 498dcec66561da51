"""Inbound webhooks: texts from patients, and delivery reports from the gateway.

Each text is identified by the gateway's reference; a repeated one changes nothing and gets no
answer.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from access.actions.accounts import service_account
from access.audit.record import record
from access.enums import AuditAction
from reminders.enums import Delivery, ReminderStatus
from reminders.inbound import HANDED_OVER
from reminders.models import Reminder

#: Statuses by which a gateway reports a message that it has, one that arrived, and one that did
#: not.
ON_ITS_WAY = frozenset({"accepted", "queued", "scheduled", "sending", "sent"})


ARRIVED = frozenset({"delivered", "read"})


LOST = frozenset({"failed", "undelivered"})


@transaction.atomic
def record_delivery(*, key: str, reference: str, status: str, code: str, now: datetime) -> bool:
    """Save what became of the message `key`; an uncertain one that the gateway knows was taken.

    Returns False if no message has this key, as after it was sent again.
    """
    row = _of_key(key)
    if row is None or status not in ON_ITS_WAY | ARRIVED | LOST:
        return False
    taken = {"gateway_reference": reference[:100]}
    if row.delivery or row.status not in {*HANDED_OVER, ReminderStatus.CLAIMED}:
        return True
    by = service_account("reminders", now=now)
    if row.status == ReminderStatus.CLAIMED:
        # The report came before the answer to the hand-over: the worker that holds the row sets its
        # status.
        if status not in ON_ITS_WAY:
            lost = Delivery.UNDELIVERED if status in LOST else Delivery.DELIVERED
            _set(row, delivery=lost)
        return True
    if status in LOST:
        number = code if code.isdecimal() and len(code) <= 6 else "no number"
        failure = f"The gateway reports that it was not delivered ({number})."
        _set(
            row,
            status=ReminderStatus.FAILED,
            delivery=Delivery.UNDELIVERED,
            failure=failure,
            **taken,
        )
        record(AuditAction.REMINDER_FAILED, on=row, now=now, by=by)
        return True
    delivery = {"delivery": Delivery.DELIVERED} if status in ARRIVED else {}
    if row.status == ReminderStatus.UNCERTAIN:
        _set(row, status=ReminderStatus.SENT, failure="", **delivery, **taken)
        record(AuditAction.REMINDER_SENT, on=row, now=now, by=by)
    elif row.status == ReminderStatus.SENT and delivery:
        _set(row, **delivery)
    return True


def _set(row: Reminder, **values: str) -> None:
    Reminder.objects.filter(pk=row.pk).update(**values)


def _of_key(key: str) -> Reminder | None:
    pk, _, asked = key.partition("-")
    if not (pk.isdecimal() and asked.isdecimal() and len(pk) <= 18 and len(asked) <= 4):
        return None
    rows = Reminder.objects.select_for_update(of=("self",))
    return rows.filter(pk=int(pk), asked_again=int(asked) - 1).first()
