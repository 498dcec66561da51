"""The pages of groups that meet again and again: read first, then booked; a conflict loses nothing."""

from datetime import time, timedelta

import pytest
import time_machine

from appointments.enums import GroupStatus
from appointments.models import Appointment, AppointmentSeries, GroupSession
from common.time_zones import moment_of
from tests.support import calendar_world as calendar
from tests.support.calendar_world import FAR
from tests.support.world import NOW, ZONE, World


@pytest.fixture(autouse=True)
def _at_this_moment():
    with time_machine.travel(NOW, tick=False):
        yield


def group(world: World, **more: str) -> dict[str, object]:
    return {
        "type": calendar.group_type(world).pk,
        "practitioner": world.counselor.pk,
        "start_date": FAR.isoformat(),
        "starts_time": "14:00",
        "how_often": "weekly",
        "count": "3",
        **more,
    }


def test_a_group_is_planned_around_a_closed_day(world: World, sign_in):
    calendar.closure(world, FAR)
    client = sign_in(world.front_desk)
    page = client.post("/groups/new", group(world)).content.decode()
    assert "3 sessions, 1 conflict" in page
    assert "The site is closed on that day." in page
    refused = client.post("/groups/new", group(world, book="1"))
    assert refused.status_code == 422
    assert 'value="14:00"' in refused.content.decode()
    assert not AppointmentSeries.objects.exists()
    answer = client.post("/groups/new", group(world, book="1", leave_out=FAR.isoformat()))
    assert answer.status_code == 302
    assert GroupSession.objects.count() == 2


def test_seats_are_shown_before_they_are_booked(world: World, sign_in):
    sessions = calendar.group_series(world)
    world.book(sessions[1].starts_at, practitioner=world.nurse)
    client = sign_in(world.front_desk)
    path = f"/groups/{sessions[0].pk}/seats"
    typed = {"record_number": world.patient.record_number, "note": "Needs a lift"}
    assert path in client.get(f"/groups/{sessions[0].pk}").content.decode()
    page = client.post(path, typed).content.decode()
    assert "4 sessions, 1 conflict" in page
    assert "Needs a lift" in page
    assert client.post(path, {**typed, "book": "1"}).status_code == 422
    left_out = (sessions[1].series_date or FAR).isoformat()
    assert client.post(path, {**typed, "book": "1", "leave_out": left_out}).status_code == 302
    seats = Appointment.objects.exclude(group_session=None)
    assert {seat.note for seat in seats} == {"Needs a lift"}
    assert len(seats) == 3
    unknown = client.post(path, {"record_number": "M-999999"})
    assert unknown.status_code == 422
    assert "No patient with this record number. Check the number." in unknown.content.decode()


def test_who_has_every_seat_is_told_so(world: World, sign_in):
    sessions = calendar.group_series(world)
    calendar.seats(world, sessions[0])
    page = sign_in(world.front_desk).post(
        f"/groups/{sessions[0].pk}/seats", {"record_number": world.patient.record_number}
    )
    assert "already has a seat in every upcoming session" in page.content.decode()


def test_the_group_is_moved_and_cancelled_from_here_on(world: World, sign_in):
    sessions = calendar.group_series(world)
    calendar.seats(world, sessions[0])
    client = sign_in(world.front_desk)
    page = f"/groups/{sessions[2].pk}"
    typed = {
        "reach": "following",
        "starts_time": "16:00",
        "days_later": "0",
        "practitioner": world.nurse.pk,
    }
    assert client.post(f"{page}/move-series", typed).status_code == 302
    sessions[2].refresh_from_db()
    assert (sessions[2].practitioner, sessions[2].version) == (world.nurse, 2)
    answer = client.post(f"{page}/cancel-series", {"reach": "following", "reason": "Ill"})
    assert answer.status_code == 302
    left = GroupSession.objects.filter(status=GroupStatus.PLANNED)
    assert {one.pk for one in left} == {sessions[0].pk, sessions[1].pk}
    assert client.get(f"{page}/move-series").status_code == 404


@pytest.mark.parametrize("whose", ["patient", "group"])
def test_a_page_that_was_opened_before_a_colleague_s_change_puts_nothing_back(
    world: World, sign_in, whose
):
    """Opened with 14:00 and the counselor; then 10:00 is set for all; then the nurse, on the old page."""
    row: GroupSession | Appointment
    if whose == "group":
        row = calendar.group_series(world)[0]
        page = f"/groups/{row.pk}/move-series"
    else:
        row = calendar.series(world, starts_time=time(14)).appointments.earliest("starts_at")
        page = f"/appointments/{row.pk}/series/move"
    client = sign_in(world.front_desk)
    shown = client.get(page).content.decode()
    names = ("starts_time", "practitioner", "initial-starts_time", "initial-practitioner")
    opened = {"starts_time": "14:00", "practitioner": world.counselor.pk}
    opened |= {f"initial-{name}": value for name, value in opened.items()}
    assert all(f'name="{name}"' in shown for name in names)
    chosen = {"reach": "all", "days_later": "0"}
    assert client.post(page, {**opened, **chosen, "starts_time": "10:00"}).status_code == 302
    late = {**opened, **chosen, "practitioner": world.nurse.pk}
    assert client.post(page, late).status_code == 302
    row.refresh_from_db()
    assert row.starts_at == moment_of(FAR, time(10), ZONE)
    assert row.practitioner == world.nurse


def test_a_session_by_itself_has_no_such_pages(world: World, sign_in):
    alone = calendar.session(world)
    client = sign_in(world.front_desk)
    assert "Move series" not in client.get(f"/groups/{alone.pk}").content.decode()
    for what in ("seats", "move-series", "cancel-series"):
        assert client.get(f"/groups/{alone.pk}/{what}").status_code == 404


def test_from_the_patient_a_seat_in_one_or_in_all_that_follow(world: World, sign_in):
    sessions = calendar.group_series(world, start_date=FAR - timedelta(days=7))
    alone = calendar.session(world)
    client = sign_in(world.front_desk)
    path = f"/patients/{world.patient.pk}/groups"
    assert path in client.get(f"/patients/{world.patient.pk}/book").content.decode()
    assert "Choose a session." in client.post(path, {"what": "one"}).content.decode()
    assert client.post(path, {"session": alone.pk, "what": "one"}).status_code == 302
    assert "Has a seat" in client.get(path).content.decode()
    refused = client.post(path, {"session": alone.pk, "what": "all"})
    assert "does not repeat" in refused.content.decode()
    page = client.post(path, {"session": sessions[0].pk, "what": "all"}).content.decode()
    assert "4 sessions, 0 conflicts" in page
    typed = {"session": sessions[0].pk, "book": "1", "leave_out": f"{sessions[3].series_date}"}
    assert client.post(path, typed).status_code == 302
    assert Appointment.objects.filter(group_session__in=sessions).count() == 3


def test_where_no_group_meets_one_is_told_what_to_do(world: World, sign_in):
    page = sign_in(world.front_desk).get(f"/patients/{world.patient.pk}/groups")
    assert "Plan a group" in page.content.decode()


def test_a_session_of_another_site_is_no_choice(world: World, sign_in):
    session = calendar.session(world)
    GroupSession.objects.filter(pk=session.pk).update(site=world.there)
    path = f"/patients/{world.patient.pk}/groups"
    answer = sign_in(world.front_desk).post(path, {"session": session.pk, "what": "one"})
    assert answer.status_code == 422
    assert not Appointment.objects.filter(patient=world.patient).exists()
