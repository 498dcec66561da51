"""The calendar's verbs in the API, as they should go (see test_verbs.py)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from access.models import User
from tests.support import calendar_world as calendar
from tests.support.world import NOW, World

Stage = Callable[[World], tuple[User, int, dict[str, Any]]]

TODAY, TOMORROW, LATER = "2026-03-03", "2026-03-04", "2026-04-30"
FAR = "2026-03-23"
MOMENT, END = "2026-03-05T21:30:00-05:00", "2026-03-06T18:00:00-05:00"


def _series(w: World) -> dict[str, Any]:
    return {
        "site": w.here.pk,
        "type": w.visit_type.pk,
        "practitioner": w.counselor.pk,
        "rule": "FREQ=WEEKLY;BYDAY=MO;COUNT=4",
        "start_date": FAR,
        "starts_time": "09:00",
    }


def _one_of_series(w: World) -> dict[str, Any]:
    visit = calendar.series(w).appointments.order_by("series_date")[1]
    return {"appointment": visit.pk, "reach": "following"}


def _session(w: World, **body: Any) -> tuple[User, int, dict[str, Any]]:
    planned = calendar.session(w)
    calendar.seat(w, planned)
    return w.front_desk, planned.pk, body


def _of_group_series(w: World, **body: Any) -> tuple[User, int, dict[str, Any]]:
    sessions = calendar.group_series(w)
    calendar.seats(w, sessions[0])
    return w.front_desk, sessions[1].pk, body


def _met(w: World) -> tuple[User, int, dict[str, Any]]:
    planned = calendar.session(w, starts_at=NOW - timedelta(minutes=1), now=NOW - timedelta(days=1))
    return w.counselor, planned.pk, {}


def _unseated(w: World) -> tuple[User, int, dict[str, Any]]:
    return w.front_desk, calendar.session(w).pk, {"patient": w.patient.pk}


CALENDAR: dict[str, tuple[Stage, int]] = {
    "POST appointments/free-times": (
        lambda w: (
            w.front_desk,
            0,
            {
                "site": w.here.pk,
                "type": w.visit_type.pk,
                "from_date": TOMORROW,
                "until_date": "2026-03-06",
                "practitioners": [w.counselor.pk],
                "patient": w.patient.pk,
                "most": 20,
            },
        ),
        200,
    ),
    "POST appointments/one-trip-days": (
        lambda w: (
            w.front_desk,
            0,
            {
                "patient": w.book(NOW + timedelta(days=2)).patient_id,
                "type": w.visit_type.pk,
                "from_date": TODAY,
                "until_date": "2026-03-12",
            },
        ),
        200,
    ),
    "POST appointment-types/set-up": (
        lambda w: (
            w.system_administrator,
            0,
            {
                "code": "family",
                "name": "Family session",
                "minutes": 60,
                "buffer_minutes": 15,
                "modes": ["in_person", "video"],
                "roles": ["counsellor"],
                "arm": "behavioural",
            },
        ),
        201,
    ),
    "POST rooms/set-up": (
        lambda w: (
            w.system_administrator,
            0,
            {"site": w.here.pk, "name": "Room 7", "capacity": 10},
        ),
        201,
    ),
    "POST working-hours": (
        lambda w: (
            w.clinical_director,
            0,
            {
                "practitioner": w.counselor.pk,
                "site": w.here.pk,
                "weekday": 0,
                "starts_time": "09:00",
                "ends_time": "17:00",
                "from_date": TODAY,
            },
        ),
        201,
    ),
    "POST working-hours/<int:pk>/end": (
        lambda w: (w.clinical_director, calendar.hours(w).pk, {"until_date": FAR}),
        204,
    ),
    "POST extra-hours": (
        lambda w: (
            w.clinical_director,
            0,
            {
                "practitioner": w.counselor.pk,
                "site": w.here.pk,
                "on_date": FAR,
                "starts_time": "18:00",
                "ends_time": "20:00",
            },
        ),
        201,
    ),
    "POST extra-hours/<int:pk>/remove": (
        lambda w: (w.clinical_director, calendar.evening_hours(w).pk, {}),
        204,
    ),
    "POST times-away": (
        lambda w: (
            w.clinical_director,
            0,
            {
                "practitioner": w.counselor.pk,
                "starts_at": MOMENT,
                "ends_at": END,
                "reason": "training",
            },
        ),
        201,
    ),
    "POST times-away/<int:pk>/remove": (
        lambda w: (w.clinical_director, calendar.away(w).pk, {}),
        204,
    ),
    "POST closures": (
        lambda w: (
            w.clinical_director,
            0,
            {"site": w.here.pk, "from_date": FAR, "until_date": LATER, "name": "Moving house"},
        ),
        201,
    ),
    "POST closures/<int:pk>/remove": (
        lambda w: (w.clinical_director, calendar.closure(w).pk, {}),
        204,
    ),
    "POST closures/federal-holidays": (
        lambda w: (w.clinical_director, 0, {"site": w.here.pk, "year": 2026}),
        201,
    ),
    "POST group-sessions": (
        lambda w: (
            w.front_desk,
            0,
            {
                "site": w.here.pk,
                "type": calendar.group_type(w).pk,
                "practitioner": w.counselor.pk,
                "starts_at": MOMENT,
                "capacity": 6,
                "video_link": "https://meet.example.org/x",
            },
        ),
        201,
    ),
    "POST group-sessions/<int:pk>/move": (lambda w: _session(w, starts_at=MOMENT), 200),
    "POST group-sessions/<int:pk>/cancel": (lambda w: _session(w, reason="Ill"), 200),
    "POST group-sessions/<int:pk>/complete": (_met, 200),
    "POST group-sessions/<int:pk>/book": (_unseated, 201),
    "POST group-sessions/<int:pk>/book-series": (
        lambda w: (w.front_desk, calendar.group_series(w)[0].pk, {"patient": w.patient.pk}),
        201,
    ),
    "POST group-sessions/<int:pk>/move-series": (
        lambda w: _of_group_series(w, reach="following", starts_time="10:00"),
        200,
    ),
    "POST group-sessions/<int:pk>/cancel-series": (
        lambda w: _of_group_series(w, reach="all", reason="Ill"),
        200,
    ),
    "POST appointment-series": (
        lambda w: (
            w.front_desk,
            0,
            {
                **_series(w),
                "patient": w.patient.pk,
                "leave_out": ["2026-03-30"],
                "moved": [{"day": FAR, "starts_at": "2026-03-24T10:00:00-04:00"}],
            },
        ),
        201,
    ),
    "POST appointment-series/groups": (
        lambda w: (
            w.front_desk,
            0,
            {**_series(w), "type": calendar.group_type(w).pk, "capacity": 5},
        ),
        201,
    ),
    "POST appointment-series/propose": (
        lambda w: (w.front_desk, 0, {**_series(w), "patient": w.patient.pk}),
        200,
    ),
    "POST appointment-series/move": (
        lambda w: (w.front_desk, 0, {**_one_of_series(w), "starts_time": "10:00"}),
        200,
    ),
    "POST appointment-series/cancel": (
        lambda w: (
            w.front_desk,
            0,
            {**_one_of_series(w), "cancelled_by": "patient", "reason": "Shift"},
        ),
        200,
    ),
    "POST waitlist-entries": (
        lambda w: (
            w.nurse,
            0,
            {
                "patient": w.patient.pk,
                "site": w.here.pk,
                "type": w.visit_type.pk,
                "from_date": TODAY,
                "until_date": FAR,
                "weekdays": [0, 2],
                "earliest_time": "09:00",
                "priority": 2,
            },
        ),
        201,
    ),
    "POST waitlist-entries/<int:pk>/withdraw": (
        lambda w: (w.front_desk, calendar.entry(w).pk, {}),
        200,
    ),
    "POST waitlist-entries/<int:pk>/offer": (
        lambda w: (
            w.front_desk,
            calendar.entry(w).pk,
            {"practitioner": w.counselor.pk, "starts_at": MOMENT},
        ),
        201,
    ),
    "POST waitlist-offers/<int:pk>/accept": (
        lambda w: (w.front_desk, calendar.offer(w).pk, {}),
        201,
    ),
    "POST waitlist-offers/<int:pk>/decline": (
        lambda w: (w.front_desk, calendar.offer(w).pk, {}),
        200,
    ),
}
