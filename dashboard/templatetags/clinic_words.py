"""Template filters for dates, times and shares.

Dates have the month as a word, so that it cannot be taken for a day; times are on the site's clock.
"""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import template
from django.template import Context

from access.models import Site
from appointments.enums import Weekday
from appointments.models import Appointment
from reminders.job_health import label_of
from reminders.message_templates import falls_back, language_of

register = template.Library()


@register.filter
def day(value: date | None) -> str:
    """`Tue 3 Nov 2026`."""
    return f"{value:%a} {value.day} {value:%b %Y}" if value else ""


@register.simple_tag
def clinic_moment(moment: datetime, site: Site) -> str:
    """`Tue 3 Nov 2026, 14:30` on the site's clock."""
    local = moment.astimezone(ZoneInfo(site.time_zone))
    return f"{day(local.date())}, {local:%H:%M}"


@register.simple_tag
def clinic_time(moment: datetime, site: Site) -> str:
    """`14:30` on the site's clock."""
    return f"{moment.astimezone(ZoneInfo(site.time_zone)):%H:%M}"


@register.filter
def may_arrive(visit: Appointment, now: datetime) -> bool:
    """Whether it is early enough before `visit` to check in."""
    return visit.may_arrive(now)


@register.filter
def lookup(mapping: dict[Any, Any], key: Any) -> Any:
    """`mapping[key]`, or None."""
    return mapping.get(key)


@register.filter
def percent(share: float | None) -> str:
    """A share of 0 to 1 as a percentage with one decimal."""
    return "—" if share is None else f"{share * 100:.1f} %"


@register.simple_tag
def clinic_date(moment: datetime, site: Site) -> str:
    """`2026-11-03`, the day on the site's clock, as date inputs take it."""
    return f"{moment.astimezone(ZoneInfo(site.time_zone)):%Y-%m-%d}"


@register.filter
def weekday(number: int) -> str:
    """`Mon` for 0."""
    return Weekday(number).label[:3]


@register.simple_tag(takes_context=True)
def calendar_query(context: Context, to: date, view: str = "") -> str:
    """The query string of the same calendar on another day, or in another view."""
    kept = {
        "site": context["site"].code,
        "view": view or context["view"],
        "day": to.isoformat(),
        "with": context["who"].pk if context["who"] else "",
        "room": context["room"].pk if context["room"] else "",
        "by": "room" if context["by_room"] else "",
    }
    return urlencode({name: value for name, value in kept.items() if value != ""})


@register.filter
def points(share: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    return f"{share * 100:+.1f} points"


@register.filter
def tongue(language: str) -> str:
    """The language of messages to a patient, and whether it is the patient's own."""
    written = language_of(language).label
    return f"{written} (no texts in “{language}” yet)" if falls_back(language) else written


@register.filter
def job_label(name: str) -> str:
    """The words for the name of a background job or of one of its counts."""
    return label_of(name)
