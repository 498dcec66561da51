"""Federal holidays, and appointments in the way of a closure or time away."""

from __future__ import annotations

from datetime import date, datetime

import holidays
from django.db.models import QuerySet

from access.actor import Actor
from access.models import Site, User
from appointments.enums import EXPECTED
from appointments.models import Appointment
from common.time_zones import day_bounds

#: Holidays of the federal government (5 U.S.C. 6103); states add days of their own.
COUNTRY = "US"


def federal_holidays(year: int) -> dict[date, str]:
    """Return the days in `year` on which holidays are observed, with their names.

    A holiday on a Saturday is observed on the Friday before, one on a Sunday on the Monday after.
    New Year's Day of the next year may be observed on this year's last day; then it counts here.
    """
    around = holidays.country_holidays(COUNTRY, years=(year, year + 1), observed=True)
    actual = holidays.country_holidays(COUNTRY, years=(year, year + 1), observed=False)
    return {
        day: name
        for day, name in around.items()
        if day.year == year and not (day in actual and day.weekday() >= 5)
    }


def visits_in_the_way(
    *,
    user: Actor,
    starts_at: datetime,
    ends_at: datetime,
    practitioner: User | None = None,
    site: Site | None = None,
) -> QuerySet[Appointment]:
    """Return expected visits of a practitioner or site between two moments, for staff to move."""
    found = Appointment.objects.visible_to(user).filter(
        status__in=EXPECTED, starts_at__lt=ends_at, ends_at__gt=starts_at
    )
    if practitioner is not None:
        found = found.filter(practitioner=practitioner)
    if site is not None:
        found = found.filter(site=site)
    return found.select_related("patient", "type", "practitioner", "site").order_by(
        "starts_at", "id"
    )


def closed_moments(site: Site, from_date: date, until_date: date) -> tuple[datetime, datetime]:
    return day_bounds(from_date, site.time_zone)[0], day_bounds(until_date, site.time_zone)[0]
