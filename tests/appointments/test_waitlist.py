"""One expiring offer at a time, by clinical priority, and what the calendar does by itself."""

import re
from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from access.models import AuditEntry
from appointments.actions.booking import cancel_appointment, move_appointment
from appointments.actions.check_in import mark_arrived
from appointments.actions.waitlist import (
    accept_offer,
    decline_offer,
    put_on_waitlist,
    withdraw_from_waitlist,
)
from appointments.enums import (
    AppointmentStatus,
    CancelledBy,
    ClinicalPriority,
    OfferStatus,
    WaitlistStatus,
    Weekday,
)
from appointments.errors import AlreadyWaiting, OfferOpen, OfferOver, PatientBusy, SlotTaken
from appointments.maintenance import run_calendar_maintenance
from appointments.models import (
    Appointment,
    AppointmentType,
    FreedSlot,
    Room,
    WaitlistEntry,
    WaitlistOffer,
)
from common.errors import InvalidInput, NotPermitted
from common.time_zones import moment_of
from dashboard.context_processors import COUNTED, _waiting
from tests.api.callers import Caller
from tests.support import calendar_world as calendar
from tests.support.world import NOW, TODAY, ZONE

#: Three in the afternoon of the same day.
AFTERNOON = moment_of(TODAY, time(15), ZONE)


def test_once_per_patient_and_kind(world):
    calendar.entry(world)
    with pytest.raises(AlreadyWaiting):
        calendar.entry(world)


def test_an_open_offer_holds_its_time(world):
    offer = calendar.offer(world, starts_at=AFTERNOON)
    with pytest.raises(SlotTaken):
        world.book(AFTERNOON, patient=world.register("Second"))
    with pytest.raises(OfferOpen):
        calendar.offer(world, offer.entry, starts_at=AFTERNOON + timedelta(hours=2))
    decline_offer(offer=offer, now=NOW, by=world.front_desk)
    assert world.book(AFTERNOON, patient=world.register("Third"))


def test_an_accepted_offer_is_a_visit(world):
    offer = calendar.offer(world, starts_at=AFTERNOON)
    visit = accept_offer(offer=offer, now=NOW, by=world.front_desk)
    assert (visit.starts_at, visit.practitioner) == (AFTERNOON, world.counselor)
    offer.refresh_from_db()
    assert (offer.status, offer.accepted) == (OfferStatus.ACCEPTED, visit)
    assert WaitlistEntry.objects.get().status == WaitlistStatus.BOOKED
    with pytest.raises(OfferOver):
        accept_offer(offer=offer, now=NOW, by=world.front_desk)


def test_an_offer_that_is_over_is_not_accepted(world):
    offer = calendar.offer(world, starts_at=AFTERNOON)
    with pytest.raises(OfferOver):
        accept_offer(offer=offer, now=offer.expires_at, by=world.front_desk)
    run_calendar_maintenance(now=offer.expires_at)
    offer.refresh_from_db()
    assert offer.status == OfferStatus.EXPIRED
    assert world.book(AFTERNOON, patient=world.register("Second"))


def test_who_is_busy_then_is_not_offered_it(world):
    world.book(AFTERNOON, practitioner=world.nurse)
    with pytest.raises(PatientBusy):
        calendar.offer(world, starts_at=AFTERNOON)


def test_too_soon_to_be_offered(world):
    with pytest.raises(InvalidInput, match="too soon"):
        calendar.offer(world, starts_at=NOW + timedelta(minutes=15))


def test_withdrawing_ends_the_offer(world):
    offer = calendar.offer(world, starts_at=AFTERNOON)
    withdraw_from_waitlist(entry=offer.entry, now=NOW, by=world.front_desk)
    offer.refresh_from_db()
    assert offer.status == OfferStatus.WITHDRAWN
    assert world.book(AFTERNOON)


# --- by itself -----------------------------------------------------------------------------------


def freed(world, starts_at=AFTERNOON) -> Appointment:
    visit = world.book(starts_at, patient=world.register("Leaving"))
    return cancel_appointment(
        appointment=visit,
        cancelled_by=CancelledBy.PATIENT,
        reason="Shift",
        now=NOW,
        by=world.front_desk,
    )


def waits(world, name, **more) -> WaitlistEntry:
    return calendar.entry(world, more.pop("patient", None) or world.register(name), **more)


def offered() -> list[WaitlistEntry]:
    return [
        offer.entry for offer in WaitlistOffer.objects.open().select_related("entry").order_by("pk")
    ]


def test_a_freed_time_goes_by_priority_and_then_by_waiting(world):
    visit = freed(world)
    waits(world, "Routine")
    late = waits(world, "Late", priority=ClinicalPriority.PREGNANT, now=NOW)
    early = waits(world, "Early", priority=ClinicalPriority.PREGNANT, now=NOW - timedelta(days=2))
    first = waits(world, "First", priority=ClinicalPriority.AFTER_OVERDOSE)
    order: list[WaitlistEntry] = []
    now = NOW
    while len(order) < 4:
        run_calendar_maintenance(now=now)
        run_calendar_maintenance(now=now)  # twice is as once
        (entry,) = offered()
        order.append(entry)
        now += timedelta(minutes=31)
    assert order[:3] == [first, early, late]
    (left,) = FreedSlot.objects.filter(appointment=visit)
    assert {offer.freed for offer in WaitlistOffer.objects.all()} == {left}
    run_calendar_maintenance(now=now)
    assert offered() == []  # everybody was asked


def test_the_next_one_accepts(world):
    freed(world)
    first, second = waits(world, "First", priority=2), waits(world, "Second")
    run_calendar_maintenance(now=NOW)
    decline_offer(offer=WaitlistOffer.objects.get(entry=first), now=NOW, by=world.front_desk)
    run_calendar_maintenance(now=NOW)
    offer = WaitlistOffer.objects.select_related("entry__type", "site", "practitioner", "room").get(
        entry=second
    )
    visit = accept_offer(offer=offer, now=NOW, by=world.front_desk)
    assert (visit.patient, visit.starts_at) == (second.patient, AFTERNOON)
    run_calendar_maintenance(now=NOW)
    assert offered() == []


def moved(world, visit, to, practitioner=None) -> Appointment:
    return move_appointment(
        appointment=visit, starts_at=to, practitioner=practitioner, now=NOW, by=world.front_desk
    )


def test_the_time_a_moved_visit_leaves_is_offered_too(world):
    visit = world.book(AFTERNOON, patient=world.register("Leaving"))
    first = waits(world, "First")
    waits(world, "Left it", patient=visit.patient, priority=ClinicalPriority.AFTER_OVERDOSE)
    moved(world, visit, AFTERNOON + timedelta(days=3))
    run_calendar_maintenance(now=NOW)
    assert offered() == [first]
    offer = WaitlistOffer.objects.get()
    assert (offer.starts_at, offer.practitioner) == (AFTERNOON, world.counselor)


def test_the_time_of_whom_a_visit_was_taken_from_is_offered(world):
    visit = world.book(AFTERNOON, patient=world.register("Leaving"))
    moved(world, visit, AFTERNOON, world.nurse)
    waits(world, "First")
    run_calendar_maintenance(now=NOW)
    assert WaitlistOffer.objects.get().practitioner == world.counselor


def test_a_visit_that_moves_a_little_or_back_leaves_nothing(world):
    visit = world.book(AFTERNOON, patient=world.register("Leaving"))
    waits(world, "First")
    moved(world, visit, AFTERNOON + timedelta(minutes=15))
    run_calendar_maintenance(now=NOW)
    moved(world, visit, AFTERNOON + timedelta(days=1))
    moved(world, visit, AFTERNOON)
    other = AFTERNOON + timedelta(days=1)
    world.book(other, patient=world.register("Took the other"))
    run_calendar_maintenance(now=NOW)
    assert [(offer.starts_at, offer.status) for offer in WaitlistOffer.objects.all()] == []


def test_one_time_left_twice_is_offered_once_to_each(world):
    visit = world.book(AFTERNOON, patient=world.register("Moves"))
    moved(world, visit, AFTERNOON + timedelta(days=3))
    freed(world)
    assert FreedSlot.objects.filter(starts_at=AFTERNOON).count() == 2
    waits(world, "First")
    for minutes in (0, 31, 62):
        run_calendar_maintenance(now=NOW + timedelta(minutes=minutes))
    assert WaitlistOffer.objects.count() == 1


def test_who_declined_a_time_by_hand_is_not_asked_for_it_by_the_job(world):
    offer = calendar.offer(world, starts_at=AFTERNOON)
    decline_offer(offer=offer, now=NOW, by=world.front_desk)
    freed(world)
    run_calendar_maintenance(now=NOW)
    assert offered() == []


def test_a_time_whose_room_was_taken_is_offered_without_it(world):
    room = Room.objects.create(site=world.here, name="Room 1")
    visit = world.book(AFTERNOON, patient=world.register("Leaving"), room=room)
    moved(world, visit, AFTERNOON + timedelta(days=3))
    taker = world.register("Taker")
    world.book(AFTERNOON, patient=taker, practitioner=world.nurse, room=room)
    waits(world, "First")
    run_calendar_maintenance(now=NOW)
    assert WaitlistOffer.objects.get().room is None


def test_nobody_frees_a_time_by_hand(world):
    freed(world)
    with pytest.raises(IntegrityError, match="freed time follows"), transaction.atomic():
        FreedSlot.objects.update(starts_at=NOW)


def test_only_who_can_come_then(world):
    freed(world)
    other_kind = AppointmentType.objects.create(code="medical", name="Medical", minutes=30)
    waits(world, "Kind", type=other_kind)
    waits(world, "Nurse", practitioner=world.nurse)
    waits(world, "Monday", weekdays=[Weekday.MONDAY])
    waits(world, "Morning", latest_time=time(12))
    waits(world, "Evening", earliest_time=time(17))
    busy = waits(world, "Busy", priority=1)
    world.book(AFTERNOON, patient=busy.patient, practitioner=world.nurse)
    fits = waits(
        world,
        "Fits",
        weekdays=[Weekday.TUESDAY],
        earliest_time=time(15),
        latest_time=time(15),
        practitioner=world.counselor,
    )
    run_calendar_maintenance(now=NOW)
    assert offered() == [fits]


@pytest.mark.parametrize(("days", "is_offered"), [(0, True), (1, True), (2, False)])
def test_times_of_today_and_tomorrow(world, days, is_offered):
    freed(world, AFTERNOON + timedelta(days=days))
    waits(world, "First")
    run_calendar_maintenance(now=NOW)
    assert bool(offered()) == is_offered


def clock(hour: int, minute: int = 0, days: int = 0):
    return moment_of(TODAY + timedelta(days=days), time(hour, minute), ZONE)


def nights_work(first, last) -> list[WaitlistEntry]:
    """Whom the job asks, if it runs every ten minutes from the one moment to the other."""
    asked, now = 0, first
    while now <= last:
        run_calendar_maintenance(now=now)
        assert len(offered()) <= 1
        asked, now = asked + 1, now + timedelta(minutes=10)
    assert asked
    return [row.entry for row in WaitlistOffer.objects.select_related("entry").order_by("pk")]


def test_overnight_nobody_loses_their_turn(world):
    """Canceled by link in the evening for nine o'clock: the first in turn is asked in the morning."""
    freed(world, clock(9, days=1))
    first = waits(world, "First", priority=ClinicalPriority.AFTER_OVERDOSE)
    waits(world, "Second")
    assert nights_work(clock(17, 40), clock(7, 50, days=1)) == []
    run_calendar_maintenance(now=clock(8, days=1))
    assert offered() == [first]


def test_an_offer_ends_before_the_desk_closes(world):
    freed(world, clock(9, days=1))
    waits(world, "First")
    run_calendar_maintenance(now=clock(17, 31))
    assert offered() == []
    run_calendar_maintenance(now=clock(17, 30))
    assert offered()
    assert WaitlistOffer.objects.get().expires_at == clock(18)


def test_with_recorded_hours_the_desk_is_open_while_somebody_works(world):
    """The nurse works in the evening: then somebody is there to call, for the counselor's time too."""
    calendar.every_day(world, starts_time=time(9), ends_time=time(12))
    calendar.every_day(world, world.nurse, starts_time=time(16), ends_time=time(20))
    freed(world, clock(10, days=1))
    waits(world, "First")
    for hour, minute in ((8, 30), (11, 45), (14, 0), (19, 45)):
        run_calendar_maintenance(now=clock(hour, minute))
        assert offered() == [], (hour, minute)
    run_calendar_maintenance(now=clock(19))
    assert offered()


def test_where_nobody_works_that_day_or_the_site_is_closed_nothing_is_offered(world):
    freed(world, clock(9, days=1))
    waits(world, "First")
    closed = calendar.closure(world, TODAY)
    run_calendar_maintenance(now=NOW)
    assert offered() == []
    closed.delete()
    nobody = calendar.hours(world, world.nurse, Weekday.MONDAY)
    run_calendar_maintenance(now=NOW)  # a Tuesday
    assert offered() == []
    nobody.delete()
    run_calendar_maintenance(now=NOW)
    assert offered()


def test_the_menu_counts_what_is_open_in_one_read(world, sign_in, django_assert_num_queries):
    freed(world)
    waits(world, "First")
    run_calendar_maintenance(now=NOW)
    assert _waiting(world.front_desk, ["dashboard:waitlist"]) == {"dashboard:waitlist": 1}
    assert _waiting(world.stranger, ["dashboard:waitlist"]) == {"dashboard:waitlist": 0}
    with django_assert_num_queries(1):
        _waiting(world.front_desk, COUNTED)
    page = sign_in(world.front_desk).get("/account").content.decode()
    assert re.search(r'href="/waitlist"[^>]*>Waitlist <span class="tag tag-warn">1<', page)
    calendar.decline(world)
    page = sign_in(world.front_desk).get("/account").content.decode()
    assert re.search(r'href="/waitlist"[^>]*>Waitlist</a>', page)


def test_a_time_that_was_given_away_is_not_offered(world):
    freed(world)
    world.book(AFTERNOON + timedelta(minutes=15), patient=world.register("Second"))
    waits(world, "First")
    run_calendar_maintenance(now=NOW)
    assert offered() == []


def test_places_lapse(world):
    place = waits(world, "First", until_date=TODAY + timedelta(days=1))
    run_calendar_maintenance(now=NOW + timedelta(days=1))
    place.refresh_from_db()
    assert place.status == WaitlistStatus.WAITING
    run_calendar_maintenance(now=NOW + timedelta(days=3))
    place.refresh_from_db()
    assert place.status == WaitlistStatus.LAPSED


def test_no_shows_by_rule(world):
    hour = AppointmentType.objects.create(
        code="short", name="Short", minutes=15, no_show_after_minutes=20
    )
    never = AppointmentType.objects.create(
        code="never", name="Never", minutes=15, no_show_after_minutes=None
    )
    start = NOW + timedelta(minutes=30)
    visits = {}
    for kind, who in (
        (world.visit_type, world.counselor),
        (hour, world.nurse),
        (never, world.prescriber),
    ):
        world.visit_type = kind
        visits[kind.code] = world.book(start, patient=world.register(kind.name), practitioner=who)
    came = world.book(start, patient=world.patient, practitioner=world.case_manager)
    mark_arrived(appointment=came, now=start, by=world.front_desk)

    def missed(minutes: int) -> set[str]:
        run_calendar_maintenance(now=start + timedelta(minutes=minutes))
        found = Appointment.objects.filter(status=AppointmentStatus.NO_SHOW)
        return {visit.type.code for visit in found.select_related("type")}

    assert missed(19) == set()
    assert missed(20) == {"short"}
    assert missed(59) == {"short"}
    assert missed(60) == missed(600) == {"short", "counselling"}
    row = AuditEntry.objects.filter(action="mark no-show").latest("pk")
    assert (row.actor_label, row.detail["by"]) == ("calendar", "rule")


def test_long_past_visits_are_left_to_people(world):
    visit = world.book(NOW + timedelta(hours=1))
    assert run_calendar_maintenance(now=NOW + timedelta(days=8))["no-shows"] == 0
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.BOOKED


def test_a_day_that_is_over_is_refused(world):
    with pytest.raises(InvalidInput):
        calendar.entry(world, until_date=date(2026, 3, 3))


def test_the_front_desk_learns_nobody_s_reason(world, sign_in):
    """In turn for everybody; why, for who sees something clinical."""
    waits(world, "First", priority=ClinicalPriority.AFTER_OVERDOSE)
    words = ClinicalPriority.AFTER_OVERDOSE.label.split(",")[0]
    desk = sign_in(world.front_desk).get("/waitlist").content.decode()
    assert "First" in desk
    assert words not in desk
    assert words in sign_in(world.nurse).get("/waitlist").content.decode()
    (told,) = Caller(world.front_desk).get("waitlist-entries").json()["results"]
    assert told["priority"] is None
    (told,) = Caller(world.nurse).get("waitlist-entries").json()["results"]
    assert told["priority"] == ClinicalPriority.AFTER_OVERDOSE


def test_a_reason_is_given_by_who_sees_something_clinical(world, sign_in):
    on = {
        "patient": world.patient,
        "site": world.here,
        "type": world.visit_type,
        "from_date": TODAY,
        "until_date": TODAY + timedelta(days=9),
        "now": NOW,
    }
    with pytest.raises(NotPermitted):
        put_on_waitlist(priority=ClinicalPriority.PREGNANT, by=world.front_desk, **on)
    page = sign_in(world.front_desk).get(f"/patients/{world.patient.pk}/waitlist")
    assert "Priority" not in page.content.decode()
    assert put_on_waitlist(priority=ClinicalPriority.PREGNANT, by=world.nurse, **on)
