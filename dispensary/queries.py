"""Queries about active orders and naloxone kits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from access.actor import Actor
from common.time_zones import day_bounds
from dispensary.enums import DoseOutcome, NaloxoneAnswer
from dispensary.models.doses import DoseRecord
from dispensary.models.naloxone import NaloxoneOffer
from patients.enums import EventKind
from patients.models import ClinicalEvent, Episode, Patient
from treatments.enums import Arm, PlanStatus
from treatments.models import Intervention


def orders_on(*, episode: Episode, day: date) -> list[Intervention]:
    """List the medication orders of the signed plan that is active on `day`, as written.

    Orders past their last day are left out. A plan is active from its start to the day before its
    end; on the day of a change the new version counts. A plan from an import was signed by a
    service account, so nothing is dispensed from it until a person signs the next version.
    """
    return list(
        Intervention.objects.filter(
            Q(goal__problem__plan__end_date__isnull=True)
            | Q(goal__problem__plan__end_date__gt=day),
            Q(last_date__isnull=True) | Q(last_date__gte=day),
            goal__problem__plan__episode_id=episode.pk,
            goal__problem__plan__start_date__lte=day,
            goal__problem__plan__signed_by__is_service=False,
            arm=Arm.MEDICATION,
        )
        .exclude(goal__problem__plan__status=PlanStatus.DRAFT)
        .select_related("goal__problem__plan")
        .order_by("-goal__problem__plan__number", "pk")
    )


@dataclass(frozen=True)
class NaloxoneState:
    """The unexpired kit, the last kit given or declined, and the reasons to offer one now."""

    kit: NaloxoneOffer | None
    last: NaloxoneOffer | None
    why: tuple[str, ...]


def naloxone_of(*, patient: Patient, today: date, user: Actor) -> NaloxoneState:
    """Whether the patient has an unexpired kit, and why to offer one, as far as `user` sees.

    Kits are offered at admission, at every step of take-home doses, and after a gap
    (docs/clinical.md). A patient who has one in date, or has declined since, is not asked again for
    the same reason.
    """
    offers = NaloxoneOffer.objects.visible_to(user).filter(patient=patient)
    newest_first = list(offers.order_by("-offered_date", "-id"))
    last = next(iter(newest_first), None)
    kit = max(
        (one for one in newest_first if one.expires_date and one.expires_date >= today),
        key=lambda one: one.expires_date or today,
        default=None,
    )
    if last is None:
        return NaloxoneState(None, None, ("no kit was offered yet",))
    why = list(_overdose_since(last, user))
    if kit is None:
        why += _reasons_for_another(last, patient, user)
    return NaloxoneState(kit, last, tuple(why))


def _overdose_since(last: NaloxoneOffer, user: Actor) -> Iterator[str]:
    events = ClinicalEvent.objects.visible_to(user).filter(patient=last.patient_id)
    since = events.filter(kind=EventKind.OVERDOSE, occurred_date__gte=last.offered_date)
    if since.exists():
        yield "overdose since then: the kit may have been used"


def _reasons_for_another(last: NaloxoneOffer, patient: Patient, user: Actor) -> Iterator[str]:
    """Reasons to offer a kit after the last one expired or was declined."""
    if last.answer == NaloxoneAnswer.GIVEN:
        yield f"the last one expired on {last.expires_date:%-d %b %Y}"
    doses = DoseRecord.objects.visible_to(user).effective().filter(patient=patient)
    _, next_day = day_bounds(last.offered_date, patient.site.time_zone)
    if doses.filter(outcome=DoseOutcome.TAKE_HOME, recorded_at__gte=next_day).exists():
        yield "take-home doses were given since then"
    if doses.filter(outcome=DoseOutcome.MISSED, dose_date__gt=last.offered_date).exists():
        yield "doses were missed since then"
