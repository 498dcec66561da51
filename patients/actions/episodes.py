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
from patients.enums import DischargeReason, ReferralSource
from patients.errors import (
    DischargeBeforeAdmission,
    DischargeBeforeLastDose,
    EpisodeAlreadyOpen,
    EpisodeClosed,
    EpisodesOverlap,
)
from patients.models import (
    Episode,
    Patient,
    Program,
)


def admit(
    *,
    patient: Patient,
    program: Program,
    admission_date: date,
    referral_source: ReferralSource = ReferralSource.UNKNOWN,
    now: datetime,
    by: User,
) -> Episode:
    """Begin an episode of care; the admission date is treatment day 1.

    Raises EpisodeAlreadyOpen, EpisodesOverlap, InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.ADMIT, on=patient)
    if program.site_id != patient.site_id or not program.is_active:
        raise InvalidInput("This program does not admit patients at this site.", field="program")
    if admission_date > day_of(now, patient.site.time_zone):
        raise InvalidInput("The admission date is in the future.", field="admission_date")
    if admission_date < patient.birth_date:
        raise InvalidInput("The admission date is before the birth date.", field="admission_date")
    try:
        with transaction.atomic():
            episode = Episode.objects.create(
                patient=patient,
                program=program,
                site_id=patient.site_id,
                admission_date=admission_date,
                referral_source=referral_source,
                recorded_at=now,
            )
            record(AuditAction.ADMIT, on=episode, now=now, by=by)
    except IntegrityError as problem:
        overlaps = "episode_stays_do_not_overlap" in str(problem)
        raise (
            EpisodesOverlap(field="admission_date") if overlaps else EpisodeAlreadyOpen
        ) from problem
    return episode


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
