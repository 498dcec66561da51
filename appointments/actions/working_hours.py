"""Actions on working hours, extra hours, time away and closures of sites."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time

from django.db import transaction

from access.audit.record import record
from access.authz.policy import require_permission, sites_with_permission
from access.enums import AuditAction, Permission
from access.models import RoleAssignment, Site, User
from appointments.availability import practitioners_at
from appointments.enums import AwayReason, Weekday
from appointments.holiday_closures import federal_holidays
from appointments.locking import locked
from appointments.models import Closure, ExtraHours, TimeAway, WorkingHours
from common.errors import InvalidInput, NotFound, NotPermitted
from common.text_input import required_words


def set_working_hours(
    *,
    practitioner: User,
    site: Site,
    weekday: Weekday,
    starts_time: time,
    ends_time: time,
    from_date: date,
    until_date: date | None = None,
    now: datetime,
    by: User,
) -> WorkingHours:
    """Set weekly hours by the site's clock.

    Raises HoursOverlap, because a practitioner cannot work at two places at once.
    """
    require_permission(by, Permission.SET_CALENDAR, on=WorkingHours(site=site))
    _refuse_stranger(practitioner, site)
    _refuse_backwards(starts_time, ends_time)
    if until_date is not None and until_date <= from_date:
        raise InvalidInput("The end is before the start.", field="until_date")
    with locked(practitioners=[practitioner.pk]):
        hours = WorkingHours.objects.create(
            practitioner=practitioner,
            site=site,
            weekday=weekday,
            starts_time=starts_time,
            ends_time=ends_time,
            from_date=from_date,
            until_date=until_date,
        )
        record(AuditAction.SET_WORKING_HOURS, on=hours, now=now, by=by)
    return hours


@transaction.atomic
def set_working_week(
    *,
    practitioner: User,
    site: Site,
    weekdays: Iterable[Weekday],
    starts_time: time,
    ends_time: time,
    from_date: date,
    until_date: date | None = None,
    now: datetime,
    by: User,
) -> list[WorkingHours]:
    """Set the same hours on several days of every week: all or none. Raises HoursOverlap."""
    return [
        set_working_hours(
            practitioner=practitioner,
            site=site,
            weekday=weekday,
            starts_time=starts_time,
            ends_time=ends_time,
            from_date=from_date,
            until_date=until_date,
            now=now,
            by=by,
        )
        for weekday in weekdays
    ]


@transaction.atomic
def end_working_hours(
    *, hours: WorkingHours, until_date: date, now: datetime, by: User
) -> WorkingHours | None:
    """End hours before `until_date`; hours that never applied are deleted, and None is returned.

    Raises NotFound if they were deleted meanwhile.
    """
    require_permission(by, Permission.SET_CALENDAR, on=hours)
    kept = WorkingHours.objects.select_for_update().filter(pk=hours.pk).first()
    if kept is None:
        raise NotFound
    record(
        AuditAction.END_WORKING_HOURS, on=kept, now=now, by=by, detail={"until": str(until_date)}
    )
    if until_date <= kept.from_date:
        kept.delete()
        return None
    kept.until_date = min(until_date, kept.until_date or until_date)
    kept.save(update_fields=["until_date"])
    return kept


def add_extra_hours(
    *,
    practitioner: User,
    site: Site,
    on_date: date,
    starts_time: time,
    ends_time: time,
    now: datetime,
    by: User,
) -> ExtraHours:
    """Add hours on one day. Raises HoursOverlap."""
    require_permission(by, Permission.SET_CALENDAR, on=ExtraHours(site=site))
    _refuse_stranger(practitioner, site)
    _refuse_backwards(starts_time, ends_time)
    with locked(practitioners=[practitioner.pk]):
        hours = ExtraHours.objects.create(
            practitioner=practitioner,
            site=site,
            on_date=on_date,
            starts_time=starts_time,
            ends_time=ends_time,
        )
        record(AuditAction.ADD_EXTRA_HOURS, on=hours, now=now, by=by)
    return hours


@transaction.atomic
def remove_extra_hours(*, hours: ExtraHours, now: datetime, by: User) -> None:
    require_permission(by, Permission.SET_CALENDAR, on=hours)
    record(AuditAction.REMOVE_EXTRA_HOURS, on=hours, now=now, by=by)
    hours.delete()


def add_time_away(
    *,
    practitioner: User,
    starts_at: datetime,
    ends_at: datetime,
    reason: AwayReason,
    now: datetime,
    by: User,
) -> TimeAway:
    """Add a time when nothing can be booked with this practitioner, at any site.

    For the user's own time, or a colleague's with SET_CALENDAR at a site where they work. Visits
    already booked stay: they are listed (`visits_in_the_way`), and staff move each one. Raises
    HoursOverlap, NotPermitted or InvalidInput.
    """
    _require_over_time_of(practitioner, by)
    if ends_at <= starts_at:
        raise InvalidInput("The end is before the start.", field="ends_at")
    with locked(practitioners=[practitioner.pk]):
        away = TimeAway.objects.create(
            practitioner=practitioner, starts_at=starts_at, ends_at=ends_at, reason=reason
        )
        record(AuditAction.ADD_TIME_AWAY, on=away, now=now, by=by, detail={"of": practitioner.pk})
    return away


@transaction.atomic
def remove_time_away(*, away: TimeAway, now: datetime, by: User) -> None:
    _require_over_time_of(away.practitioner, by)
    record(
        AuditAction.REMOVE_TIME_AWAY, on=away, now=now, by=by, detail={"of": away.practitioner_id}
    )
    away.delete()


@transaction.atomic
def close_site(
    *, site: Site, from_date: date, until_date: date, name: str, now: datetime, by: User
) -> Closure:
    """Close a site from `from_date` to the day before `until_date`.

    Visits already booked stay and are listed. Raises InvalidInput if this closure exists already.
    """
    require_permission(by, Permission.SET_CALENDAR, on=Closure(site=site))
    if until_date <= from_date:
        raise InvalidInput("The end is before the start.", field="until_date")
    closure, made = Closure.objects.get_or_create(
        site=site,
        from_date=from_date,
        name=required_words(name, "name"),
        defaults={"until_date": until_date},
    )
    if not made:
        raise InvalidInput("This closure is already recorded.", field="name")
    record(AuditAction.CLOSE_SITE, on=closure, now=now, by=by)
    return closure


@transaction.atomic
def close_on_federal_holidays(*, site: Site, year: int, now: datetime, by: User) -> list[Closure]:
    """Close a site on the observed federal holidays of `year` (5 U.S.C. 6103) not closed yet.

    Optional: a clinic that doses every day does not use it, or reopens single days.
    """
    require_permission(by, Permission.SET_CALENDAR, on=Closure(site=site))
    if not 1971 <= year <= 2199:
        raise InvalidInput("The year must be between 1971 and 2199.", field="year")
    made = []
    for day, name in sorted(federal_holidays(year).items()):
        closure, new = Closure.objects.get_or_create(
            site=site,
            from_date=day,
            name=name[:100],
            defaults={"until_date": date.fromordinal(day.toordinal() + 1)},
        )
        if new:
            record(AuditAction.CLOSE_SITE, on=closure, now=now, by=by)
            made.append(closure)
    return made


@transaction.atomic
def reopen_site(*, closure: Closure, now: datetime, by: User) -> None:
    """Delete a closure."""
    require_permission(by, Permission.SET_CALENDAR, on=closure)
    record(AuditAction.REOPEN_SITE, on=closure, now=now, by=by)
    closure.delete()


def _refuse_stranger(practitioner: User, site: Site) -> None:
    if practitioner not in practitioners_at(site=site):
        raise InvalidInput("This person does not see patients at this site.", field="practitioner")


def _refuse_backwards(starts_time: time, ends_time: time) -> None:
    if ends_time <= starts_time:
        raise InvalidInput("The end is before the start.", field="ends_time")


def _require_over_time_of(practitioner: User, by: User) -> None:
    """Require the user's own time, or that of staff at a site whose calendar they set."""
    if practitioner.pk == by.pk and sites_with_permission(by, Permission.SEE_SCHEDULE):
        return
    kept = sites_with_permission(by, Permission.SET_CALENDAR)
    if not RoleAssignment.objects.filter(user=practitioner, site__in=kept).exists():
        raise NotPermitted
