"""Querysets of the rows that a request body may name, limited to what the caller may see."""

from __future__ import annotations

from django.db.models import QuerySet

from access.authz.policy import has_permission, sites_with_any_role, sites_with_permission
from access.enums import Permission
from access.models import Site, User
from appointments.models import (
    AppointmentType,
    Closure,
    ExtraHours,
    GroupSession,
    Room,
    TimeAway,
    WaitlistEntry,
    WorkingHours,
)
from patients.models import ContactPoint, Episode, Patient, PendingRestriction, Program
from treatments.queries import note_readers_at


def patients(user: User) -> QuerySet[Patient]:
    return Patient.objects.visible_to(user).select_related("site")


def patients_with_consents(user: User) -> QuerySet[Patient]:
    """Also for callers who may see consents but no names, such as the privacy officer."""
    return Patient.objects.with_consents_visible_to(user).select_related("site")


def patients_with_disclosures(user: User) -> QuerySet[Patient]:
    return Patient.objects.with_disclosures_visible_to(user).select_related("site")


def contact_points(user: User) -> QuerySet[ContactPoint]:
    return ContactPoint.objects.visible_to(user)


def restriction_wishes(user: User) -> QuerySet[PendingRestriction]:
    return PendingRestriction.objects.visible_to(user)


def episodes(user: User) -> QuerySet[Episode]:
    return Episode.objects.visible_to(user).select_related("site", "patient")


def sites(user: User) -> QuerySet[Site]:
    """Sites where the caller may see patients."""
    return Site.objects.filter(pk__in=sites_with_permission(user, Permission.SEE_IDENTITY))


def worked_sites(user: User) -> QuerySet[Site]:
    """Sites where the caller has any role; all sites for a caller who manages staff accounts."""
    if has_permission(user, Permission.MANAGE_USERS):
        return Site.objects.all()
    return Site.objects.filter(pk__in=sites_with_any_role(user))


def programs(user: User) -> QuerySet[Program]:
    return Program.objects.filter(site_id__in=sites_with_permission(user, Permission.SEE_IDENTITY))


def scheduled_sites(user: User) -> QuerySet[Site]:
    return Site.objects.filter(pk__in=sites_with_permission(user, Permission.SEE_SCHEDULE))


def appointment_types(user: User) -> QuerySet[AppointmentType]:
    """Visit types belong to the whole clinic: visible to every caller who sees a schedule."""
    if not has_permission(user, Permission.SEE_SCHEDULE):
        return AppointmentType.objects.none()
    return AppointmentType.objects.filter(is_active=True)


def reminded_types(user: User) -> QuerySet[AppointmentType]:
    """All visit types, also inactive ones, for callers who set up reminders.

    They may lack the permission to see a schedule.
    """
    if not has_permission(user, Permission.SET_UP_REMINDERS):
        return AppointmentType.objects.none()
    return AppointmentType.objects.all()


def rooms(user: User) -> QuerySet[Room]:
    return Room.objects.filter(site_id__in=sites_with_permission(user, Permission.SEE_SCHEDULE))


def working_hours(user: User) -> QuerySet[WorkingHours]:
    return WorkingHours.objects.filter(
        site_id__in=sites_with_permission(user, Permission.SEE_SCHEDULE)
    )


def extra_hours(user: User) -> QuerySet[ExtraHours]:
    return ExtraHours.objects.filter(
        site_id__in=sites_with_permission(user, Permission.SEE_SCHEDULE)
    )


def times_away(user: User) -> QuerySet[TimeAway]:
    """Times away of colleagues at the sites whose schedule the caller sees."""
    seen = User.objects.filter(
        role_assignments__site_id__in=sites_with_permission(user, Permission.SEE_SCHEDULE)
    )
    return TimeAway.objects.filter(practitioner__in=seen).select_related("practitioner")


def closures(user: User) -> QuerySet[Closure]:
    return Closure.objects.filter(site_id__in=sites_with_permission(user, Permission.SEE_SCHEDULE))


def group_sessions(user: User) -> QuerySet[GroupSession]:
    return GroupSession.objects.visible_to(user).select_related(
        "site", "type", "practitioner", "room"
    )


def waitlist_entries(user: User) -> QuerySet[WaitlistEntry]:
    return WaitlistEntry.objects.visible_to(user).select_related("site", "type")


def set_up_sites(user: User) -> QuerySet[Site]:
    return Site.objects.filter(pk__in=sites_with_permission(user, Permission.SET_UP))


def note_readers(user: User) -> QuerySet[User]:
    """Colleagues who may be named as note readers, at the sites where the caller writes notes."""
    sites = sites_with_permission(user, Permission.SEE_COUNSELING_NOTES)
    return note_readers_at(Site.objects.filter(pk__in=sites))


def practitioners(user: User) -> QuerySet[User]:
    """Colleagues at the sites whose schedule the caller sees."""
    found = User.objects.filter(
        is_active=True,
        is_service=False,
        role_assignments__site_id__in=sites_with_permission(user, Permission.SEE_SCHEDULE),
    )
    return found.distinct()
