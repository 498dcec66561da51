"""Actions on doses. Amounts are milligrams of the ordered product."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Max

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from common.errors import InvalidInput
from common.time_zones import day_of
from dispensary.actions.void_doses import void_dose
from dispensary.enums import DoseOutcome
from dispensary.errors import (
    DoseAlreadyRecorded,
    DoseDiffersFromOrder,
    DoseInFuture,
    MissedDosesNeedReview,
    NoActiveOrder,
    NotForHome,
    TooSoon,
)
from dispensary.missed_doses import REVIEW_AFTER_MISSED_DAYS, missed_days
from dispensary.models.doses import DoseQuerySet, DoseRecord
from dispensary.queries import orders_on
from dispensary.take_home_limits import take_home_ceiling
from patients.errors import EpisodeClosed
from patients.models import Episode
from treatments.dosing import LIMITS, MOST_RECORDED_MG, medication_of
from treatments.enums import Medication, Product
from treatments.models import Intervention

#: Take-home doses that are handed out today begin at most this far ahead.
FURTHEST_TAKE_HOME = timedelta(days=7)


@transaction.atomic
def give_dose(
    *,
    episode: Episode,
    product: Product,
    amount_mg: Decimal,
    dose_date: date,
    now: datetime,
    by: User,
) -> DoseRecord:
    """Record a dose taken under observation. It must match a signed order.

    Raises NoActiveOrder, DoseDiffersFromOrder, MissedDosesNeedReview, TooSoon, DoseInFuture,
    DoseAlreadyRecorded, EpisodeClosed, InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.RECORD_DOSES, on=episode)
    episode = _lock_open_episode(episode)
    _refuse_day(episode, dose_date, now)
    order = _order(episode, product, amount_mg, dose_date)
    _refuse_too_soon(order, episode, dose_date, 1)
    _refuse_after_missed_days(order, episode, dose_date)
    return _write(
        DoseOutcome.GIVEN,
        episode,
        product,
        amount_mg,
        dose_date,
        action=AuditAction.GIVE_DOSE,
        now=now,
        by=by,
    )


@transaction.atomic
def give_take_home_doses(
    *,
    episode: Episode,
    product: Product,
    amount_mg: Decimal,
    first_date: date,
    days: int,
    rationale: str,
    now: datetime,
    by: User,
) -> list[DoseRecord]:
    """Hand out doses for `days` days from `first_date`, all or none.

    The limit of 42 CFR 8.12(i)(3) applies to methadone and includes the doses that the patient has
    already. The rationale is documented every time (8.12(i)(2)). Raises NotForHome, NoActiveOrder,
    DoseDiffersFromOrder, MissedDosesNeedReview, TooSoon, DoseAlreadyRecorded, EpisodeClosed,
    InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.RECORD_DOSES, on=episode)
    episode = _lock_open_episode(episode)
    today = day_of(now, episode.site.time_zone)
    order = _order(episode, product, amount_mg, today)
    if not LIMITS[product].goes_home:
        raise NotForHome(field="product")
    if not today <= first_date <= today + FURTHEST_TAKE_HOME or days < 1:
        raise InvalidInput(
            f"The first day must be within {FURTHEST_TAKE_HOME.days} days from today.",
            field="first_date",
        )
    if not rationale.strip():
        raise InvalidInput("Enter why take-home doses are suitable.", field="rationale")
    _refuse_above_ceiling(episode, product, days, today)
    _refuse_too_soon(order, episode, first_date, days)
    _refuse_after_missed_days(order, episode, first_date)
    return [
        _write(
            DoseOutcome.TAKE_HOME,
            episode,
            product,
            amount_mg,
            first_date + timedelta(days=offset),
            action=AuditAction.GIVE_TAKE_HOME_DOSE,
            reason=rationale.strip(),
            now=now,
            by=by,
        )
        for offset in range(days)
    ]


@transaction.atomic
def record_missed_dose(
    *, episode: Episode, dose_date: date, reason: str = "", now: datetime, by: User
) -> DoseRecord:
    """Record that the patient missed the dose of `dose_date`.

    Raises NoActiveOrder, DoseInFuture, DoseAlreadyRecorded, EpisodeClosed, InvalidInput,
    NotPermitted or NotFound.
    """
    require_permission(by, Permission.RECORD_DOSES, on=episode)
    episode = _lock_open_episode(episode)
    _refuse_day(episode, dose_date, now)
    orders = orders_on(episode=episode, day=dose_date)
    if not orders:
        raise NoActiveOrder
    return _write(
        DoseOutcome.MISSED,
        episode,
        Product(orders[0].product),
        None,
        dose_date,
        action=AuditAction.RECORD_MISSED_DOSE,
        reason=reason.strip(),
        now=now,
        by=by,
    )


@transaction.atomic
def correct_dose(
    *,
    dose: DoseRecord,
    amount_mg: Decimal,
    dose_date: date | None = None,
    reason: str,
    now: datetime,
    by: User,
) -> DoseRecord:
    """Void a dose record and record what really happened, in one step; also after discharge.

    The ledger says what was consumed (21 CFR 1304.24(a)), so the amount need not be the ordered
    one. A missed dose becomes a dose given. Raises AlreadyVoided, DoseInFuture,
    DoseAlreadyRecorded, InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.CORRECT_DOSES, on=dose)
    episode = _lock_episode(dose.episode_id)
    day = dose_date or dose.dose_date
    _refuse_day(episode, day, now)
    _refuse_amount(amount_mg)
    void_dose(dose=dose, reason=reason, now=now, by=by)
    went_home = dose.outcome == DoseOutcome.TAKE_HOME
    return _write(
        DoseOutcome.TAKE_HOME if went_home else DoseOutcome.GIVEN,
        episode,
        Product(dose.product),
        amount_mg,
        day,
        portion=dose.portion,
        action=AuditAction.CORRECT_DOSE,
        reason=reason.strip(),
        now=now,
        by=by,
    )


def _lock_episode(episode_id: int) -> Episode:
    """Lock the episode and its patient, so that neither the episode nor its plan ends meanwhile.

    The patient is locked because doses at home are counted over all their programs.
    """
    rows = Episode.objects.select_related("patient", "site")
    return rows.select_for_update(no_key=True, of=("self", "patient")).get(pk=episode_id)


def _lock_open_episode(episode: Episode) -> Episode:
    held = _lock_episode(episode.pk)
    if not held.is_open:
        raise EpisodeClosed
    return held


def _order(episode: Episode, product: Product, amount_mg: Decimal, day: date) -> Intervention:
    """The order for `product` on `day`. Raises NoActiveOrder or DoseDiffersFromOrder."""
    orders = [row for row in orders_on(episode=episode, day=day) if row.product == product]
    if not orders:
        raise NoActiveOrder
    for order in orders:
        if order.dose_mg == amount_mg:
            return order
    raise DoseDiffersFromOrder(
        f"The signed plan orders {orders[0].dose_words}, not {amount_mg.normalize():f} mg.",
        field="amount_mg",
    )


def _refuse_day(episode: Episode, dose_date: date, now: datetime) -> None:
    if dose_date > day_of(now, episode.site.time_zone):
        raise DoseInFuture(field="dose_date")
    last = episode.discharge_date or dose_date
    if not episode.admission_date <= dose_date <= last:
        raise InvalidInput("The dose date is outside this episode of care.", field="dose_date")


def _refuse_amount(amount_mg: Decimal) -> None:
    fits = amount_mg.is_finite() and 0 < amount_mg <= MOST_RECORDED_MG
    if not fits or amount_mg != round(amount_mg, 2):
        raise InvalidInput(
            f"The amount must be more than 0 and at most {MOST_RECORDED_MG:f} mg, with at most two decimals.",
            remedy="Check the decimal point and the unit.",
            field="amount_mg",
        )


def _refuse_above_ceiling(episode: Episode, product: Product, days: int, today: date) -> None:
    if medication_of(product) != Medication.METHADONE:
        return
    treatment_day = (today - episode.admission_date).days + 1
    ceiling = take_home_ceiling(treatment_day)
    doses = DoseRecord.objects.filter(patient=episode.patient_id, dose_date__gte=today).effective()
    in_hand = doses.filter(outcome=DoseOutcome.TAKE_HOME).count()
    if in_hand + days > ceiling:
        raise InvalidInput(
            f"On treatment day {treatment_day} at most {ceiling} take-home doses are allowed, and"
            f" the patient has {in_hand} in hand.",
            remedy=f"Give {max(ceiling - in_hand, 0)} or fewer (42 CFR 8.12(i)(3)).",
            field="days",
        )


def _refuse_too_soon(order: Intervention, episode: Episode, first: date, days: int) -> None:
    """Raise TooSoon if a dose before or after is closer than the interval of label and order."""
    product = Product(order.product)
    doses = DoseRecord.objects.filter(patient=episode.patient_id, product=product)
    doses = doses.effective().taken()
    label = _label_gap(product, doses, episode, first)
    # An order may be for every second or third day; injections may come early within their window.
    gap = max(label, (order.interval_days or 1) if LIMITS[product].goes_home else 1)
    if days > 1 and gap > 1:
        raise TooSoon(f"The order is every {gap} days: give each take-home dose separately.")
    near = doses.filter(
        dose_date__gt=first - timedelta(days=gap),
        dose_date__lt=first + timedelta(days=days - 1 + gap),
    ).exclude(dose_date__range=(first, first + timedelta(days=days - 1)))
    clash = near.order_by("dose_date").first()
    if clash is not None:
        raise TooSoon(
            f"{product.label} is recorded for {clash.dose_date:%-d %b %Y}; doses must be at least {gap} days apart."
        )


def _label_gap(product: Product, doses: DoseQuerySet, episode: Episode, first: date) -> int:
    """Minimum days between doses by the label.

    The shorter gap is for the beginning of treatment, and does not apply while an injection of
    another episode still has effect.
    """
    after_first, later = LIMITS[product].earliest
    elsewhere = doses.exclude(episode=episode).filter(
        dose_date__gt=first - timedelta(days=later), dose_date__lt=first + timedelta(days=later)
    )
    is_beginning = doses.filter(episode=episode).count() < 2 and not elsewhere.exists()
    return after_first if is_beginning else later


def _refuse_after_missed_days(order: Intervention, episode: Episode, dose_date: date) -> None:
    """After three missed methadone days, require an order that was signed after the gap."""
    if medication_of(order.product) != Medication.METHADONE:
        return
    doses = DoseRecord.objects.filter(patient=episode.patient_id, dose_date__lt=dose_date)
    taken = doses.effective().taken()
    # Doses of another medication, perhaps in another program, must not hide missed days of this
    # one.
    last = _last_day(taken.filter(product=order.product)) or _last_day(taken)
    if last is None or missed_days(last, dose_date) < REVIEW_AFTER_MISSED_DAYS:
        return
    signed_at = order.goal.problem.plan.signed_at
    reviewed = day_of(signed_at, episode.site.time_zone) if signed_at else None
    if reviewed is None or reviewed <= last + timedelta(days=REVIEW_AFTER_MISSED_DAYS - 1):
        raise MissedDosesNeedReview(
            f"{missed_days(last, dose_date)} days without a dose: tolerance may be lost."
        )


def _last_day(doses: DoseQuerySet) -> date | None:
    last: date | None = doses.aggregate(last=Max("dose_date"))["last"]
    return last


def _write(
    outcome: DoseOutcome,
    episode: Episode,
    product: Product,
    amount_mg: Decimal | None,
    dose_date: date,
    *,
    portion: int = 1,
    action: AuditAction,
    reason: str = "",
    now: datetime,
    by: User,
) -> DoseRecord:
    rows = DoseRecord.objects.filter(
        patient=episode.patient_id, dose_date=dose_date, portion=portion
    )
    corrections = rows.filter(outcome=DoseOutcome.VOID).count()
    try:
        with transaction.atomic():
            dose = DoseRecord.objects.create(
                patient_id=episode.patient_id,
                episode=episode,
                site_id=episode.site_id,
                dose_date=dose_date,
                outcome=outcome,
                product=product,
                amount_mg=amount_mg,
                portion=portion,
                correction=corrections,
                recorded_by=by,
                reason=reason,
                recorded_at=now,
            )
            record(action, on=dose, now=now, by=by)
    except IntegrityError as problem:
        raise DoseAlreadyRecorded from problem
    return dose
