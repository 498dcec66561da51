"""Stages of the calendar's verbs (see tests/support/action_cases.py)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

from access.actions.accounts import service_account
from access.models import User
from appointments.actions import group_series, group_sessions, series, waitlist, working_hours
from appointments.actions.calendar_feeds import make_calendar_feed, revoke_calendar_feed
from appointments.actions.check_in import mark_arrived
from appointments.actions.kiosks import arrive_by_code, enroll_kiosk, open_kiosk, revoke_kiosk
from appointments.enums import AwayReason, CancelledBy, SeriesReach, Weekday
from tests.support import calendar_world as calendar
from tests.support.calendar_world import FAR, MEETING
from tests.support.world import NOW, TODAY, World

Stage = Callable[[World], tuple[Callable[..., Any], dict[str, Any], User]]


def _first(world: World) -> Any:
    return calendar.series(world).appointments.order_by("series_date").select_related("site")[1]


def _seated(world: World) -> Any:
    """The second of a series, with somebody in each."""
    sessions = calendar.group_series(world)
    calendar.seats(world, sessions[0])
    return sessions[1]


def _with_somebody(world: World) -> Any:
    planned = calendar.session(world)
    calendar.seat(world, planned)
    return planned


def _begun(world: World) -> Any:
    """A session that began, with somebody who arrived for it."""
    planned = calendar.session(world, starts_at=NOW + timedelta(minutes=1))
    mark_arrived(appointment=calendar.seat(world, planned), now=NOW, by=world.front_desk)
    planned.starts_at -= timedelta(minutes=2)  # as a face would have read it two minutes later
    return planned


def _expected(world: World) -> dict[str, Any]:
    visit = world.book(NOW + timedelta(minutes=20))
    device, _ = calendar.kiosk(world)
    return {
        "device": device,
        "code": visit.check_in_code,
        "birth_date": world.patient.birth_date,
    }


def _feed(world: World) -> Any:
    return make_calendar_feed(now=NOW, by=world.counselor)[0]


CALENDAR: dict[str, Stage] = {
    "appointments.set_working_week": lambda w: (
        working_hours.set_working_week,
        {
            "practitioner": w.nurse,
            "site": w.here,
            "weekdays": [Weekday.MONDAY, Weekday.FRIDAY],
            "starts_time": time(7),
            "ends_time": time(8),
            "from_date": TODAY,
        },
        w.clinical_director,
    ),
    "appointments.set_working_hours": lambda w: (
        working_hours.set_working_hours,
        {
            "practitioner": w.counselor,
            "site": w.here,
            "weekday": Weekday.MONDAY,
            "starts_time": time(9),
            "ends_time": time(17),
            "from_date": TODAY,
        },
        w.clinical_director,
    ),
    "appointments.end_working_hours": lambda w: (
        working_hours.end_working_hours,
        {"hours": calendar.hours(w), "until_date": FAR},
        w.clinical_director,
    ),
    "appointments.add_extra_hours": lambda w: (
        working_hours.add_extra_hours,
        {
            "practitioner": w.counselor,
            "site": w.here,
            "on_date": FAR,
            "starts_time": time(18),
            "ends_time": time(20),
        },
        w.clinical_director,
    ),
    "appointments.remove_extra_hours": lambda w: (
        working_hours.remove_extra_hours,
        {"hours": calendar.evening_hours(w)},
        w.clinical_director,
    ),
    "appointments.add_time_away": lambda w: (
        working_hours.add_time_away,
        {
            "practitioner": w.counselor,
            "starts_at": NOW + timedelta(days=1),
            "ends_at": NOW + timedelta(days=2),
            "reason": AwayReason.LEAVE,
        },
        w.counselor,
    ),
    "appointments.remove_time_away": lambda w: (
        working_hours.remove_time_away,
        {"away": calendar.away(w)},
        w.counselor,
    ),
    "appointments.close_site": lambda w: (
        working_hours.close_site,
        {
            "site": w.here,
            "from_date": FAR,
            "until_date": FAR + timedelta(days=2),
            "name": "Moving house",
        },
        w.clinical_director,
    ),
    "appointments.close_on_federal_holidays": lambda w: (
        working_hours.close_on_federal_holidays,
        {"site": w.here, "year": 2026},
        w.clinical_director,
    ),
    "appointments.reopen_site": lambda w: (
        working_hours.reopen_site,
        {"closure": calendar.closure(w)},
        w.clinical_director,
    ),
    "appointments.plan_group_session": lambda w: (
        group_sessions.plan_group_session,
        {
            "site": w.here,
            "type": calendar.group_type(w),
            "practitioner": w.counselor,
            "starts_at": MEETING,
        },
        w.counselor,
    ),
    "appointments.book_into_group": lambda w: (
        group_sessions.book_into_group,
        {"patient": w.patient, "session": calendar.session(w)},
        w.front_desk,
    ),
    "appointments.move_group_session": lambda w: (
        group_sessions.move_group_session,
        {"session": _with_somebody(w), "starts_at": MEETING + timedelta(days=1)},
        w.counselor,
    ),
    "appointments.cancel_group_session": lambda w: (
        group_sessions.cancel_group_session,
        {"session": _with_somebody(w), "reason": "Ill"},
        w.counselor,
    ),
    "appointments.complete_group_session": lambda w: (
        group_sessions.complete_group_session,
        {"session": _begun(w)},
        w.counselor,
    ),
    "appointments.book_series": lambda w: (
        series.book_series,
        {
            "patient": w.patient,
            "site": w.here,
            "type": w.visit_type,
            "practitioner": w.counselor,
            "rule": "FREQ=WEEKLY;COUNT=4",
            "start_date": FAR,
            "starts_time": time(9),
        },
        w.front_desk,
    ),
    "appointments.plan_group_series": lambda w: (
        series.plan_group_series,
        {
            "site": w.here,
            "type": calendar.group_type(w),
            "practitioner": w.counselor,
            "rule": "FREQ=WEEKLY;COUNT=4",
            "start_date": FAR,
            "starts_time": time(18),
        },
        w.counselor,
    ),
    "appointments.move_series": lambda w: (
        series.move_series,
        {"appointment": _first(w), "reach": SeriesReach.FOLLOWING, "starts_time": time(10)},
        w.front_desk,
    ),
    "appointments.cancel_series": lambda w: (
        series.cancel_series,
        {
            "appointment": _first(w),
            "reach": SeriesReach.ALL,
            "cancelled_by": CancelledBy.PATIENT,
            "reason": "Shift",
        },
        w.front_desk,
    ),
    "appointments.book_into_group_series": lambda w: (
        group_series.book_into_group_series,
        {"patient": w.patient, "session": calendar.group_series(w)[0]},
        w.front_desk,
    ),
    "appointments.move_group_series": lambda w: (
        group_series.move_group_series,
        {"session": _seated(w), "reach": SeriesReach.FOLLOWING, "starts_time": time(10)},
        w.front_desk,
    ),
    "appointments.cancel_group_series": lambda w: (
        group_series.cancel_group_series,
        {"session": _seated(w), "reach": SeriesReach.ALL, "reason": "Ill"},
        w.front_desk,
    ),
    "appointments.put_on_waitlist": lambda w: (
        waitlist.put_on_waitlist,
        {
            "patient": w.patient,
            "site": w.here,
            "type": w.visit_type,
            "from_date": TODAY,
            "until_date": FAR,
        },
        w.front_desk,
    ),
    "appointments.withdraw_from_waitlist": lambda w: (
        waitlist.withdraw_from_waitlist,
        {"entry": calendar.offer(w).entry},
        w.front_desk,
    ),
    "appointments.offer_time": lambda w: (
        waitlist.offer_time,
        {
            "entry": calendar.entry(w),
            "practitioner": w.counselor,
            "starts_at": NOW + timedelta(days=3),
        },
        w.front_desk,
    ),
    "appointments.accept_offer": lambda w: (
        waitlist.accept_offer,
        {"offer": calendar.offer(w)},
        w.front_desk,
    ),
    "appointments.decline_offer": lambda w: (
        waitlist.decline_offer,
        {"offer": calendar.offer(w)},
        w.front_desk,
    ),
    "appointments.make_calendar_feed": lambda w: (make_calendar_feed, {}, w.counselor),
    "appointments.revoke_calendar_feed": lambda w: (
        revoke_calendar_feed,
        {"feed": _feed(w)},
        w.counselor,
    ),
    "appointments.enroll_kiosk": lambda w: (
        enroll_kiosk,
        {"site": w.here, "name": "Waiting room"},
        w.clinical_director,
    ),
    "appointments.open_kiosk": lambda w: (
        open_kiosk,
        {"secret": calendar.kiosk_link(w)[1]},
        service_account("check-in device", now=NOW),
    ),
    "appointments.revoke_kiosk": lambda w: (
        revoke_kiosk,
        {"device": calendar.kiosk(w)[0]},
        w.clinical_director,
    ),
    "appointments.arrive_by_code": lambda w: (
        arrive_by_code,
        _expected(w),
        service_account("check-in device", now=NOW),
    ),
}
