"""Series: all or nothing, edits of one, following, all, and nine o'clock stays nine o'clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.models import AuditEntry
from appointments.actions.booking import cancel_appointment, move_appointment
from appointments.actions.check_in import mark_arrived
from appointments.actions.series import cancel_series, move_series, plan_group_series
from appointments.enums import AppointmentStatus, CancelledBy, SeriesReach
from appointments.errors import PatientBusy, SeriesConflicts
from appointments.models import Appointment, AppointmentSeries, GroupSession, HeldTime
from appointments.recurrence import days_of, ending, shifted
from appointments.series_preview import Pattern, propose_series
from common.errors import InvalidInput
from common.time_zones import moment_of
from tests.support import calendar_world as calendar
from tests.support.calendar_world import FAR
from tests.support.world import NOW, ZONE

ZONES = (
    "America/New_York",
    "America/Denver",
    "America/Phoenix",
    "America/Anchorage",
    "Pacific/Honolulu",
    "Europe/Berlin",
)


def changes_of_clocks(zone: str) -> list[date]:
    """Days of 2026 to 2028 on which the offset at noon is not that of the day before."""
    found, day = [], date(2026, 1, 1)
    while day < date(2029, 1, 1):
        noon = datetime.combine(day, time(12), tzinfo=ZoneInfo(zone))
        if (
            noon.utcoffset()
            != (noon - timedelta(days=1)).replace(tzinfo=ZoneInfo(zone)).utcoffset()
        ):
            found.append(day)
        day += timedelta(days=1)
    return found


def test_the_zones_change_as_they_do():
    """Else the tests below would prove nothing."""
    assert {zone: len(changes_of_clocks(zone)) for zone in ZONES} == {
        "America/New_York": 6,
        "America/Denver": 6,
        "America/Phoenix": 0,
        "America/Anchorage": 6,
        "Pacific/Honolulu": 0,
        "Europe/Berlin": 6,
    }


@pytest.mark.parametrize("zone", ZONES)
def test_nine_o_clock_stays_nine_o_clock_over_every_change(world, zone):
    """In zones without a change, over the days on which New York has one."""
    world.here.time_zone = zone
    world.here.save()
    for change in changes_of_clocks(zone) or changes_of_clocks("America/New_York"):
        first = change - timedelta(days=3)
        proposed = propose_series(
            pattern=pattern(world),
            rule="FREQ=DAILY;COUNT=7",
            start_date=first,
            now=NOW - timedelta(days=99),
        )
        assert [one.problem for one in proposed] == [None] * 7
        local = [one.starts_at.astimezone(ZoneInfo(zone)) for one in proposed]
        assert [moment.time() for moment in local] == [time(9)] * 7
        assert [moment.date() for moment in local] == [first + timedelta(days=n) for n in range(7)]
        assert all((one.ends_at - one.starts_at) == timedelta(minutes=45) for one in proposed)


@pytest.mark.parametrize("zone", [zone for zone in ZONES if changes_of_clocks(zone)])
@given(minute=st.integers(0, 24 * 60 - 1), number=st.integers(0, 5), length=st.integers(1, 720))
def test_every_clock_time_over_every_change(zone, minute, number, length):
    """A time that is left out is so much later; one that comes twice is the first of the two."""
    clock, change = time(*divmod(minute, 60)), changes_of_clocks(zone)[number]
    for day in (change - timedelta(days=1), change, change + timedelta(days=1)):
        start = moment_of(day, clock, zone)
        local = start.astimezone(UTC).astimezone(ZoneInfo(zone))
        later = start.replace(fold=1).astimezone(UTC)
        if local.time() == clock:
            assert local.date() == day
            assert start.astimezone(UTC) <= later
        else:  # the gap: an hour later, on the same day
            assert (local.date(), day) == (change, change)
            assert local.replace(tzinfo=None) - datetime.combine(day, clock) == timedelta(hours=1)
        end = start.astimezone(UTC) + timedelta(minutes=length)
        assert end - start.astimezone(UTC) == timedelta(minutes=length)


def pattern(world, **changes) -> Pattern:
    return Pattern(
        **{
            "site": world.here,
            "type": world.visit_type,
            "practitioner": world.counselor,
            "room": None,
            "patient": world.patient,
            "starts_time": time(9),
            "minutes": 45,
            "buffer_minutes": 0,
            **changes,
        }
    )


# --- rules ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=WEEKLY;COUNT=3", ["2026-03-02", "2026-03-09", "2026-03-16"]),
        ("RRULE:FREQ=WEEKLY;COUNT=2", ["2026-03-02", "2026-03-09"]),
        ("freq=weekly;byday=mo,we;count=3", ["2026-03-02", "2026-03-04", "2026-03-09"]),
        ("FREQ=WEEKLY;INTERVAL=2;UNTIL=20260330", ["2026-03-02", "2026-03-16", "2026-03-30"]),
        ("FREQ=MONTHLY;BYDAY=1TU;COUNT=2", ["2026-03-03", "2026-04-07"]),
        ("FREQ=DAILY;UNTIL=20260303T235959Z", ["2026-03-02", "2026-03-03"]),
    ],
)
def test_rules_make_days(rule, days):
    assert [f"{day}" for day in days_of(rule, date(2026, 3, 2))] == days


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "weekly",
        "FREQ=HOURLY;COUNT=2",
        "FREQ=WEEKLY;COUNT=0",
        "FREQ=WEEKLY;COUNT=105",
        "FREQ=WEEKLY;COUNT=60",  # beyond a year
        "FREQ=DAILY",  # 366 visits
        "FREQ=WEEKLY;UNTIL=20280101",
        "FREQ=WEEKLY;COUNT=2;UNTIL=20260401",
        "FREQ=WEEKLY;BYHOUR=9",
        "FREQ=WEEKLY;FREQ=DAILY",
        "FREQ=WEEKLY;INTERVAL=0;COUNT=2",
        "FREQ=WEEKLY;BYDAY=XX;COUNT=2",
        "FREQ=MONTHLY;BYDAY=5MO;BYSETPOS=9;COUNT=2",
        "FREQ=MONTHLY;BYDAY=53MO",
        "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=SU",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=30;COUNT=2",  # not in March of one year twice
        "FREQ=WEEKLY;UNTIL=20260101",
        "FREQ=WEEKLY;COUNT=2\nRRULE:FREQ=DAILY",
        "FREQ=WEEKLY;UNTIL=x",
    ],
)
def test_what_is_no_rule_is_refused(rule):
    with pytest.raises(InvalidInput):
        days_of(rule, date(2026, 3, 2))


@given(st.text(max_size=40) | st.from_regex(r"(FREQ|COUNT|BYDAY|UNTIL|WKST)=[A-Z0-9,+\-]{0,12};?"))
def test_whatever_is_typed_is_days_or_a_refusal(rule):
    try:
        days = days_of(rule, date(2026, 3, 2))
    except InvalidInput:
        return
    assert days == sorted(set(days))
    assert 1 <= len(days) <= 104


def test_a_rule_on_another_day_and_with_another_end():
    assert shifted("FREQ=WEEKLY;BYDAY=MO,SU;COUNT=9", 1) == "FREQ=WEEKLY;BYDAY=MO,TU;COUNT=9"
    assert ending("FREQ=WEEKLY;COUNT=9", date(2026, 5, 1)) == "FREQ=WEEKLY;UNTIL=20260501"
    with pytest.raises(InvalidInput):
        shifted("FREQ=MONTHLY;BYMONTHDAY=3", 1)


# --- booking -------------------------------------------------------------------------------------


def test_a_series_holds_every_time_of_it(world):
    made = calendar.series(world)
    visits = list(made.appointments.order_by("starts_at"))
    assert [visit.series_date for visit in visits] == [FAR + timedelta(weeks=n) for n in range(4)]
    assert len({visit.check_in_code for visit in visits}) == 4
    assert HeldTime.objects.count() == 4
    assert AuditEntry.objects.filter(action="book appointment").count() == 4


def test_a_conflict_is_named_and_nothing_is_booked(world):
    day = FAR + timedelta(weeks=2)
    world.book(moment_of(day, time(9, 30), ZONE), patient=world.register("Second"))
    calendar.closure(world, FAR + timedelta(weeks=1))
    with pytest.raises(SeriesConflicts) as told:
        calendar.series(world)
    assert [named for named, _ in told.value.days] == [
        f"{FAR + timedelta(weeks=1):%-d %b %Y}",
        f"{day:%-d %b %Y}",
    ]
    assert "closed" in str(told.value)
    assert AppointmentSeries.objects.count() == 0
    assert Appointment.objects.count() == 1


def test_the_caller_says_which_days_are_left_out_and_which_moved(world):
    day = FAR + timedelta(weeks=2)
    world.book(moment_of(day, time(9, 30), ZONE), patient=world.register("Second"))
    calendar.closure(world, FAR + timedelta(weeks=1))
    at_eleven = moment_of(day, time(11), ZONE)
    made = calendar.series(world, leave_out=[FAR + timedelta(weeks=1)], moved={day: at_eleven})
    starts = [visit.starts_at for visit in made.appointments.order_by("series_date")]
    assert len(starts) == 3
    assert starts[1] == at_eleven


def test_the_proposal_names_each_kind_of_conflict_in_as_many_queries(
    world, django_assert_num_queries
):
    patient = world.register("Second")
    days = [FAR + timedelta(weeks=n) for n in range(5)]
    calendar.every_day(world, starts_time=time(8), ends_time=time(12))
    world.book(moment_of(days[0], time(9), ZONE), patient=patient)
    world.book(moment_of(days[1], time(9), ZONE), practitioner=world.nurse)
    calendar.closure(world, days[2])
    calendar.away(world, moment_of(days[3], time(0), ZONE))
    with django_assert_num_queries(6):
        found = propose_series(
            pattern=pattern(world), rule="FREQ=WEEKLY;COUNT=5", start_date=FAR, now=NOW
        )
    assert [one.problem and one.problem.code for one in found] == [
        "slot_taken",
        "patient_busy",
        "site_closed",
        "practitioner_away",
        None,
    ]
    outside = propose_series(
        pattern=pattern(world, starts_time=time(11, 30)),
        rule="FREQ=WEEKLY;COUNT=1",
        start_date=days[4],
        now=NOW,
    )
    assert outside[0].why == "The practitioner does not work at this site at that time."


# --- editing -------------------------------------------------------------------------------------


def starts(series) -> list[str]:
    return [
        f"{visit.starts_at.astimezone(ZoneInfo(ZONE)):%m-%d %H:%M}"
        for visit in series.appointments.order_by("starts_at")
    ]


def second(series) -> Appointment:
    found: Appointment = series.appointments.select_related("site").order_by("series_date")[1]
    return found


def test_one_is_moved_alone(world):
    made = calendar.series(world)
    visit = second(made)
    move_appointment(
        appointment=visit,
        starts_at=visit.starts_at + timedelta(hours=5),
        now=NOW,
        by=world.front_desk,
    )
    assert starts(made) == ["03-23 09:00", "03-30 14:00", "04-06 09:00", "04-13 09:00"]
    assert visit.series_date == date(2026, 3, 30)


def test_following_become_a_series_of_their_own(world):
    made = calendar.series(world)
    later = move_series(
        appointment=second(made),
        reach=SeriesReach.FOLLOWING,
        starts_time=time(10, 30),
        days_later=1,
        practitioner=world.nurse,
        now=NOW,
        by=world.front_desk,
    )
    made.refresh_from_db()
    assert starts(made) == ["03-23 09:00"]
    assert starts(later) == ["03-31 10:30", "04-07 10:30", "04-14 10:30"]
    assert made.ends_before == date(2026, 3, 30)
    assert {visit.practitioner for visit in later.appointments.all()} == {world.nurse}
    assert {visit.version for visit in later.appointments.all()} == {2}


def test_all_that_are_to_come_move_and_what_was_moved_alone_stays(world):
    made = calendar.series(world)
    alone = second(made)
    move_appointment(
        appointment=alone,
        starts_at=alone.starts_at + timedelta(hours=5),
        now=NOW,
        by=world.front_desk,
    )
    first = made.appointments.select_related("site").earliest("series_date")
    move_series(
        appointment=first,
        reach=SeriesReach.ALL,
        starts_time=time(9, 30),
        now=NOW,
        by=world.front_desk,
    )
    assert starts(made) == ["03-23 09:30", "03-30 14:00", "04-06 09:30", "04-13 09:30"]


def test_what_took_place_stays_where_it_was(world):
    made = calendar.series(world)
    first = made.appointments.select_related("site").earliest("series_date")
    mark_arrived(appointment=first, now=first.starts_at, by=world.front_desk)
    move_series(
        appointment=second(made),
        reach=SeriesReach.ALL,
        starts_time=time(11),
        now=first.starts_at + timedelta(hours=1),
        by=world.front_desk,
    )
    assert starts(made) == ["03-23 09:00", "03-30 11:00", "04-06 11:00", "04-13 11:00"]


@pytest.mark.parametrize("days_later", [-1, 1])
def test_a_daily_series_moves_through_its_own_times(world, days_later):
    """Each comes to where the next still is: looked at when all have moved."""
    made = calendar.series(world, rule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=5")
    first = made.appointments.select_related("site").earliest("series_date")
    move_series(
        appointment=first,
        reach=SeriesReach.ALL,
        days_later=days_later,
        now=NOW,
        by=world.front_desk,
    )
    assert starts(made)[0] == f"03-{23 + days_later} 09:00"
    assert len(starts(made)) == 5
    move_series(
        appointment=made.appointments.select_related("site").earliest("series_date"),
        reach=SeriesReach.ALL,
        starts_time=time(9, 15),
        now=NOW,
        by=world.front_desk,
    )
    assert HeldTime.objects.count() == 5


def test_a_move_that_meets_something_moves_nothing(world):
    made = calendar.series(world)
    world.book(moment_of(date(2026, 4, 13), time(11), ZONE), patient=world.register("Second"))
    before = starts(made)
    with pytest.raises(SeriesConflicts, match="13 Apr 2026"):
        move_series(
            appointment=second(made),
            reach=SeriesReach.FOLLOWING,
            starts_time=time(10, 30),
            now=NOW,
            by=world.front_desk,
        )
    assert starts(made) == before
    assert AppointmentSeries.objects.count() == 1


@pytest.mark.parametrize(
    ("reach", "left"), [(SeriesReach.FOLLOWING, ["03-23 09:00"]), (SeriesReach.ALL, [])]
)
def test_cancelling(world, reach, left):
    made = calendar.series(world)
    cancel_series(
        appointment=second(made),
        reach=reach,
        cancelled_by=CancelledBy.PATIENT,
        reason="New shift",
        now=NOW,
        by=world.front_desk,
    )
    assert starts_of(made, AppointmentStatus.BOOKED) == left
    assert HeldTime.objects.count() == len(left)
    assert {visit.cancel_reason for visit in made.appointments.filter(status="cancelled")} == {
        "New shift"
    }


def starts_of(series, status) -> list[str]:
    return [
        f"{visit.starts_at.astimezone(ZoneInfo(ZONE)):%m-%d %H:%M}"
        for visit in series.appointments.filter(status=status).order_by("starts_at")
    ]


def test_a_visit_by_itself_has_none_that_follow(world):
    visit = world.book(NOW + timedelta(days=2))
    with pytest.raises(InvalidInput, match="not part of a series"):
        cancel_series(
            appointment=visit,
            reach=SeriesReach.FOLLOWING,
            cancelled_by=CancelledBy.PATIENT,
            reason="x",
            now=NOW,
            by=world.front_desk,
        )


def test_a_cancelled_day_can_be_booked_again_in_its_series(world):
    made = calendar.series(world)
    cancel_appointment(
        appointment=second(made),
        cancelled_by=CancelledBy.PATIENT,
        reason="Shift",
        now=NOW,
        by=world.front_desk,
    )
    assert world.book(moment_of(date(2026, 3, 30), time(9), ZONE))


def test_a_group_that_meets_every_week(world):
    made = plan_group_series(
        site=world.here,
        type=calendar.group_type(world),
        practitioner=world.counselor,
        rule="FREQ=WEEKLY;COUNT=3",
        start_date=FAR,
        starts_time=time(18),
        now=NOW,
        by=world.counselor,
    )
    assert made.patient is None
    assert GroupSession.objects.filter(series=made).count() == HeldTime.objects.count() == 3
    session = GroupSession.objects.earliest("starts_at")
    calendar.seat(world, session)
    with pytest.raises(PatientBusy):
        calendar.seat(world, session)
