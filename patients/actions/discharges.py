"""Actions on episodes of care: admission and discharge."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import CareTeamPlace, User
from common.errors import InvalidInput
from common.time_zones import day_of
from patients.enums import DischargeReason
from patients.errors import (
    DischargeBeforeAdmission,
    DischargeBeforeLastDose,
    EpisodeClosed,
)
from patients.models import (
    Episode,
)


@transaction.atomic
def discharge(
    *,
    episode: Episode,
    discharge_date: date,
    reason: DischargeReason,
    now: datetime,
    by: User,
) -> Episode:
    """End an episode of care and the places on the care team that depend on it.

    The plan is closed by treatments/actions/discharge.py, which calls this function. Raises
    DischargeBeforeAdmission, DischargeBeforeLastDose, EpisodeClosed, InvalidInput, NotPermitted or
    NotFound.
    """
    require_permission(by, Permission.ADMIT, on=episode)
    if discharge_date < episode.admission_date:
        raise DischargeBeforeAdmission(field="discharge_date")
    if discharge_date > day_of(now, episode.site.time_zone):
        raise InvalidInput("The discharge date is in the future.", field="discharge_date")
    open_still = Episode.objects.open().filter(pk=episode.pk)
    try:
        with transaction.atomic():
            ended = open_still.update(
                discharge_date=discharge_date, discharge_reason=reason, discharged_at=now
            )
    except IntegrityError as problem:
        raise DischargeBeforeLastDose(field="discharge_date") from problem
    if not ended:
        raise EpisodeClosed
    record(
        AuditAction.DISCHARGE, on=episode, now=now, by=by
    )  # without the reason, which is clinical
    if not Episode.objects.open().filter(patient=episode.patient_id).exists():
        CareTeamPlace.objects.filter(patient_id=episode.patient_id).end_with_care(discharge_date)
    episode.refresh_from_db()
    return episode
