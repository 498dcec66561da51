"""Actions on episodes of care: admission and discharge."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from common.errors import InvalidInput
from common.time_zones import day_of
from patients.enums import ReferralSource
from patients.errors import (
    EpisodeAlreadyOpen,
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
