"""Reads of the dispensing window."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from patients.models import Episode
from treatments.enums import Arm, PlanStatus
from treatments.models import Intervention


def orders_on(*, episode: Episode, day: date) -> list[Intervention]:
    """Medication that the signed plan in force on `day` orders, as written.

    A plan is in force from its start to the day before its end: on the day of a change the
    new one holds. What an import took over was signed by a service account: nobody has answered
    for it, so nobody dispenses from it until a person signs the next version.
    """
    return list(
        Intervention.objects.filter(
            Q(goal__problem__plan__end_date__isnull=True)
            | Q(goal__problem__plan__end_date__gt=day),
            goal__problem__plan__episode_id=episode.pk,
            goal__problem__plan__start_date__lte=day,
            goal__problem__plan__signed_by__is_service=False,
            arm=Arm.MEDICATION,
        )
        .exclude(goal__problem__plan__status=PlanStatus.DRAFT)
        .select_related("goal__problem__plan")
        .order_by("-goal__problem__plan__number", "pk")
    )
