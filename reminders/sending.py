"""Send due reminders: claim, commit, check again, hand over, save the result.

A message is handed over at most once. The claim is a lease in the table. A worker that dies after
handing over leaves an `uncertain` row, which is sent again only if a staff member asks for it; a
worker that dies before leaves a row that the next run takes up again. What a gateway could not take
is tried again as long as it would still help.

A worker that outlives its lease has lost the row: every update of the row checks that the claim is
still this run's (decision 5 says which test fails without which guard).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q, QuerySet

from access.actions.accounts import service_account
from access.audit.record import record
from access.enums import AuditAction
from access.models import User
from patients.models import Patient
from reminders.enums import Channel, ReminderStatus, SkipReason, TemplateKind
from reminders.gateways import (
    Gateway,
    GatewayRefused,
    GatewayUnavailable,
    TryLater,
    gateway_for,
    takes_replies,
)
from reminders.message_rendering import Letter, compose
from reminders.message_templates import Wording, wording
from reminders.models import Reminder
from reminders.pre_send_checks import Defer, Send, Skip, check_before_send
from reminders.rate_limit import wait_for_turn
from reminders.reminder_rules import is_too_late
from reminders.reply_links import link_for
from reminders.retry_policy import BACKOFF
from reminders.subjects import SUBJECTS
from vault.encrypted_fields import encrypted_fields_of

BATCH = 50


#: A claim whose worker never came back is taken up again after this long.
LEASE = timedelta(minutes=10)


#: So short that heartbeats and planning, which share the worker's processes, never wait long.
#: A run that leaves something asks for the next one (reminders/tasks.py).
LONGEST_RUN_SECONDS = 5.0


#: Counts of a run besides the statuses: deferred to a later time, and not reached in this run.
PUT_OFF, LEFT = "put off", "left"


#: Decrypted row by row, each in its own try: one value that cannot be decrypted must not stop the
#: rest.
OWN_ENCRYPTED = tuple(field.name for field in encrypted_fields_of(Reminder))


ENCRYPTED = (*OWN_ENCRYPTED, *(f"patient__{field.name}" for field in encrypted_fields_of(Patient)))


@dataclass
class _Run:
    """State of one run: its time, its actor, and what it learned about the gateways."""

    now: datetime
    actor: User
    gateways: dict[Channel, Gateway | None]
    wording: Wording
    started: float
    unavailable: set[str] = field(default_factory=set)
    #: Gateways that are up but whose rate limit is used up for the rest of this run.
    slow: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)

    def is_over(self) -> bool:
        return self.seconds_left() <= 0

    def seconds_left(self) -> float:
        return LONGEST_RUN_SECONDS - (monotonic() - self.started)

    def leave_out(self, channel: str, *, tried_at: float) -> None:
        """Stop using a channel whose gateway does not answer.

        The time spent waiting for it is not taken from the other channel's time.
        """
        self.unavailable.add(channel)
        self.started += monotonic() - tried_at

    def due(self) -> QuerySet[Reminder]:
        """Return the reminders that this run could still claim."""
        return Reminder.objects.filter(status=ReminderStatus.DUE, due_at__lte=self.now).exclude(
            channel__in=self.unavailable
        )

    def left(self) -> int:
        """Count what the next run will find, without the gateways that are down."""
        down = self.unavailable - self.slow
        due = Reminder.objects.filter(status=ReminderStatus.DUE, due_at__lte=self.now)
        return due.exclude(channel__in=down).count()


def send_due_reminders(*, now: datetime) -> dict[str, int]:
    """Send what is due and return how many reminders ended in which status.

    Safe to run in any number of workers.
    """
    run = _Run(
        now=now,
        actor=service_account("reminders", now=now),
        gateways={channel: gateway_for(channel) for channel in Channel},
        wording=wording(),
        started=monotonic(),
    )
    release_dead_claims(now=now)
    while not run.is_over() and (claimed := _claim(run)):
        _work_through(claimed, run)
    # With a rate limit so low that this run sent nothing, running again at once would not help; the
    # next minute's run continues.
    goes_on = run.is_over() or (run.slow and run.counts)
    if goes_on and (left := run.left()):
        run.counts[LEFT] = left
    return dict(run.counts)


def release_dead_claims(*, now: datetime) -> int:
    """Release claims older than the lease: due again, or uncertain if already handed over.

    Claims from the future by more than a lease are released too: the clock has gone back since, and
    no running worker made them.
    """
    over = Q(claimed_at__lt=now - LEASE) | Q(claimed_at__gt=now + LEASE)
    dead = Reminder.objects.filter(over, status=ReminderStatus.CLAIMED)
    uncertain = _call_uncertain(dead.filter(handed_over_at__isnull=False), now=now)
    waiting = dead.filter(handed_over_at__isnull=True).update(
        status=ReminderStatus.DUE, claimed_at=None
    )
    return uncertain + waiting


@transaction.atomic
def _call_uncertain(handed_over: QuerySet[Reminder], *, now: datetime) -> int:
    """Mark rows as uncertain, with an audit entry, because staff must know of them."""
    unread = handed_over.defer(*OWN_ENCRYPTED)
    rows = list(unread.select_for_update(skip_locked=True, of=("self",)))
    if not rows:
        return 0
    by = service_account("reminders", now=now)
    Reminder.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=ReminderStatus.UNCERTAIN,
        finished_at=now,
        failure="The worker stopped while sending this. It may have been sent.",
    )
    for row in rows:
        record(AuditAction.REMINDER_UNCERTAIN, on=row, now=now, by=by)
    return len(rows)


@transaction.atomic
def _claim(run: _Run) -> list[Reminder]:
    """Claim up to BATCH due rows, skipping rows that another worker is claiming.

    The lock only shares the work out; that no message goes out twice does not depend on it.
    """
    due = (
        run.due()
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("patient", "site")
        .defer(*ENCRYPTED)
        .order_by("due_at", "pk")[:BATCH]
    )
    rows = list(due)
    Reminder.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=ReminderStatus.CLAIMED, claimed_at=run.now
    )
    return rows


def _claimed_row(reminder: Reminder, run: _Run) -> QuerySet[Reminder]:
    """Return the row while this run holds its claim; empty once another run has taken it up."""
    return Reminder.objects.filter(
        pk=reminder.pk, status=ReminderStatus.CLAIMED, claimed_at=run.now
    )


def _work_through(claimed: list[Reminder], run: _Run) -> None:
    """Send the claimed rows one by one until time is up; release those that were not begun."""
    try:
        for reminder in claimed:
            if run.is_over():
                break
            if reminder.channel in run.unavailable or not _has_turn(reminder, run):
                continue
            run.counts[_send_one(reminder, run)] += 1
    finally:
        Reminder.objects.filter(
            pk__in=[row.pk for row in claimed],
            status=ReminderStatus.CLAIMED,
            claimed_at=run.now,
            handed_over_at__isnull=True,
        ).update(status=ReminderStatus.DUE, claimed_at=None)


def _has_turn(reminder: Reminder, run: _Run) -> bool:
    """Wait for the rate limit (reminders/rate_limit.py); False if it takes longer than this run."""
    if run.gateways[Channel(reminder.channel)] is None:
        return True
    if wait_for_turn(reminder.channel, patience=run.seconds_left()):
        return True
    run.unavailable.add(reminder.channel)
    run.slow.add(reminder.channel)
    return False


def _send_one(reminder: Reminder, run: _Run) -> str:
    try:
        verdict = check_before_send(reminder, now=run.now)
        if isinstance(verdict, Skip):
            return _skip(reminder, verdict.reason, run)
        gateway = run.gateways[Channel(reminder.channel)]
        if gateway is None:
            return _skip(reminder, SkipReason.NO_GATEWAY, run)
        if isinstance(verdict, Defer):
            return _put_off(reminder, verdict.until, run)
        text = _text(reminder, verdict, run)
    except (OperationalError, InterfaceError):
        # The database is not available; that is no failure of this row.
        raise
    except Exception as problem:
        if run.is_over():
            # Most likely the worker's own time limit; that is no failure of this row either.
            raise
        return _finish(reminder, ReminderStatus.FAILED, run, failure=type(problem).__name__)
    return _hand_over(reminder, gateway, verdict, text, run)


def _text(reminder: Reminder, go: Send, run: _Run) -> str:
    occasion, template = go.occasion, SUBJECTS[reminder.subject_kind].template
    letter = Letter(
        kind=template,
        site=occasion.site,
        language=reminder.patient.language,
        channel=reminder.channel,
        at=occasion.at,
        alias=go.alias,
        by_text=takes_replies(run.gateways[Channel(reminder.channel)]),
        link=link_for(reminder) if template == TemplateKind.VISIT else "",
    )
    return compose(letter, run.wording)


def _hand_over(reminder: Reminder, gateway: Gateway, go: Send, text: str, run: _Run) -> str:
    """Hand the message over, outside any transaction.

    The row says that it is being handed over before the gateway is called.
    """
    taken = (
        _claimed_row(reminder, run)
        .filter(handed_over_at__isnull=True)
        .update(handed_over_at=run.now, attempts=reminder.attempts + 1, body=text)
    )
    if not taken:
        return ReminderStatus.CLAIMED
    tried_at = monotonic()
    try:
        reference = gateway.send(to=go.to, text=text, key=reminder.key)
    except GatewayRefused as problem:
        return _finish(reminder, ReminderStatus.FAILED, run, failure=str(problem)[:300])
    except GatewayUnavailable as problem:
        if not isinstance(problem, TryLater):
            run.leave_out(reminder.channel, tried_at=tried_at)
        return _try_later(reminder, go, str(problem)[:300], run)
    except Exception as problem:
        failure = (
            f"No clear answer from the gateway ({type(problem).__name__}). It may have been sent."
        )
        return _finish(reminder, ReminderStatus.UNCERTAIN, run, failure=failure)
    return _finish(
        reminder, ReminderStatus.SENT, run, gateway_reference=reference[:100], failure=""
    )


def _try_later(reminder: Reminder, go: Send, failure: str, run: _Run) -> str:
    """Make the reminder due again later, or fail it if that would be too late.

    Staff can call the patient of a failed reminder.
    """
    again_at = run.now + BACKOFF[min(reminder.attempts, len(BACKOFF) - 1)]
    if is_too_late(reminder.subject_kind, go.occasion.at, reminder.step, again_at):
        return _finish(reminder, ReminderStatus.FAILED, run, failure=failure)
    return _put_off(reminder, again_at, run, failure=failure)


def _put_off(reminder: Reminder, until: datetime, run: _Run, **values: str) -> str:
    changed = _claimed_row(reminder, run).update(
        status=ReminderStatus.DUE, due_at=until, claimed_at=None, handed_over_at=None, **values
    )
    return PUT_OFF if changed else ReminderStatus.CLAIMED


def _skip(reminder: Reminder, reason: SkipReason, run: _Run) -> str:
    if reason == SkipReason.TOO_LATE and reminder.failure:
        # It was tried in time and no gateway took it, which says more than "too late".
        return _finish(reminder, ReminderStatus.FAILED, run, failure=reminder.failure)
    return _finish(reminder, ReminderStatus.SKIPPED, run, skip_reason=reason)


@transaction.atomic
def _finish(reminder: Reminder, status: ReminderStatus, run: _Run, **values: str) -> str:
    """Set the final status and write the audit entry.

    Also for a row that was marked uncertain meanwhile: the gateway has answered now.
    """
    ours = Reminder.objects.filter(
        pk=reminder.pk,
        claimed_at=run.now,
        status__in=[ReminderStatus.CLAIMED, ReminderStatus.UNCERTAIN],
    ).exclude(status=status)
    if not ours.update(status=status, finished_at=run.now, **values):
        return ReminderStatus.CLAIMED
    record(AuditAction(f"reminder {status}"), on=reminder, now=run.now, by=run.actor)
    return status
