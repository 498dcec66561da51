"""The calendar by hand: a series, a move by keyboard and by mouse, checking in, an offer from the waitlist."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from appointments.holiday_closures import federal_holidays
from tests.browser.conftest import ZONE
from tests.browser.test_looks import IN_TURN, SIZES, judge_at
from tests.browser.test_looks import _judge as judge

FAMILY = "Quillmore"


def today() -> date:
    return datetime.now(ZoneInfo(ZONE)).date()


def open_day(ahead: int, weekday: int | None = None) -> date:
    """The first day so far ahead on which the demonstration is open, and so is the day before."""
    day = today() + timedelta(days=ahead)
    closed = {**federal_holidays(day.year), **federal_holidays(day.year + 1)}
    while (weekday is not None and day.weekday() != weekday) or {
        day,
        day - timedelta(days=1),
    } & set(closed):
        day += timedelta(days=1)
    return day


@pytest.fixture(scope="module")
def known() -> dict[str, str]:
    return {}


@pytest.fixture
def patient(enter, known: dict[str, str]) -> str:
    """The page of somebody with no visits, registered once for all of these."""
    if "address" not in known:
        page = enter("front-desk")
        page.goto("/patients/new")
        page.get_by_label("Given name").fill("Iris")
        page.get_by_label("Family name").fill(FAMILY)
        page.get_by_label("Birth date").fill("1979-06-21")
        page.get_by_role("button", name="Register").click()
        expect(page.get_by_role("heading", name=FAMILY)).to_be_visible()
        known["address"] = page.url
    return str(known["address"])


def book(page: Page, address: str, day: date, clock: str = "") -> str:
    """Counseling with Marcus at that clock, or at a free time early on that day; its clock."""
    page.goto(f"{address}/book")
    page.get_by_label("Visit type").select_option(label="Counseling")
    page.get_by_label("Practitioner").select_option(label="Marcus Bell")
    page.get_by_label("Day", exact=True).fill(day.isoformat())
    if clock:
        page.get_by_label("Time", exact=True).fill(clock)
    else:
        # Of that day, and not of the one before it was chosen; the first may pass while this is typed.
        page.locator(f'#times [data-day="{day.isoformat()}"]').nth(1).click()
    typed = str(page.get_by_label("Time", exact=True).input_value())
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_text("Appointment booked.", exact=True)).to_be_visible()
    return typed


def test_a_series_shows_its_conflicts_and_books_the_rest(enter, patient):
    """At a quarter past five nobody of the demonstration is booked, but this patient on the second day."""
    page = enter("front-desk")
    thursday = open_day(8, weekday=3)
    book(page, patient, thursday, "17:15")
    page.goto(f"{patient}/book")
    page.get_by_role("link", name="Book a series").click()
    page.get_by_label("Visit type").select_option(label="Counseling")
    page.get_by_label("Practitioner").select_option(label="Marcus Bell")
    page.get_by_label("First day").fill((thursday - timedelta(days=1)).isoformat())
    page.get_by_label("Time", exact=True).fill("17:15")
    page.get_by_label("How often", exact=True).select_option(label="Every day")
    page.get_by_label("Number of dates").fill("2")
    page.get_by_role("button", name="Show appointments").click()
    expect(page.get_by_text("2 appointments, 1 conflict", exact=True)).to_be_visible()
    expect(page.get_by_text("The practitioner already has an appointment")).to_be_visible()
    judge(page, "desktop")
    page.get_by_role("button", name="Book series").click()
    expect(page.get_by_text("cannot be booked, so none was")).to_be_visible()
    page.get_by_role("listitem").filter(has_text="already has").get_by_role("checkbox").check()
    page.get_by_role("button", name="Book series").click()
    expect(page.get_by_text("Series booked.")).to_be_visible()
    expect(
        page.get_by_role("region", name="Upcoming appointments").get_by_text("17:15")
    ).to_have_count(2)


def test_a_visit_is_moved_by_keyboard_alone(enter, patient):
    page = enter("front-desk")
    day = open_day(4)
    clock = book(page, patient, day)
    page.goto(f"/calendar?view=day&day={day.isoformat()}")
    visit = page.get_by_role("link", name=re.compile(f"{clock}.*{FAMILY}"))
    visit.focus()
    page.keyboard.press("m")
    dialog = page.get_by_role("dialog", name="Move to another time")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(visit).to_be_focused()
    page.keyboard.press("m")
    options = dialog.get_by_role("option")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = options.nth(2)
    expect(chosen).to_have_attribute("aria-selected", "true")
    judge(page, "desktop")
    new_clock = chosen.get_attribute("data-clock")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Appointment moved. Reminders use the new time.")).to_be_visible()
    assert new_clock != clock
    expect(page.get_by_role("link", name=re.compile(f"{new_clock}.*{FAMILY}"))).to_be_visible()


def test_a_visit_is_dragged_and_the_server_says_why_not(enter, patient):
    page = enter("front-desk")
    day = open_day(6)
    clock = book(page, patient, day)
    page.goto(f"/calendar?view=day&day={day.isoformat()}")
    block = page.locator(".block[data-visit]").filter(has_text=FAMILY)
    lines = page.get_by_role("region", name="Marcus Bell").locator(".line")
    block.drag_to(
        lines.nth(0), source_position={"x": 20, "y": 4}, target_position={"x": 20, "y": 4}
    )
    # Seven in the morning is before the hours.
    expect(page.get_by_text("does not work at this site at that time")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile(f"{clock}.*{FAMILY}"))).to_be_visible()


def test_checking_in_at_the_desk_and_in_the_waiting_room(enter, patient, chromium: Browser):
    page = enter("front-desk")
    book(page, patient, today())
    page.goto(patient)
    page.get_by_role("region", name="Upcoming appointments").get_by_role(
        "link", name="Open"
    ).first.click()
    code = page.locator("dd.numbers").inner_text()
    assert re.fullmatch(r"\d{6}", code)
    director = enter("director")
    director.goto("/screens")
    director.get_by_label("Name").fill("Waiting room")
    director.get_by_role("button", name="Enroll kiosk").click()
    link = director.locator(".break strong").inner_text()
    judge(director, "desktop")
    screen = chromium.new_context(viewport={"width": 820, "height": 1180}).new_page()
    screen.goto(link)
    judge(screen, "desktop")
    screen.get_by_role("button", name="Set up kiosk").click()
    screen.wait_for_url("**/check-in")
    judge(screen, "tablet")
    _type(screen, code, "1979-06-22")
    expect(screen.get_by_text("That did not work. Please ask at the front desk.")).to_be_visible()
    _type(screen, code, "1979-06-21")
    expect(screen.get_by_text("Thank you. Please take a seat.")).to_be_visible()
    assert FAMILY not in screen.content()
    screen.context.close()
    page.goto("/waiting-room")
    row = page.get_by_role("row", name=re.compile(FAMILY))
    expect(row).to_contain_text("min since")
    judge(page, "desktop")
    row.get_by_role("button", name="Complete").click()
    expect(page.get_by_text("Appointment completed.", exact=True)).to_be_visible()


def _type(screen: Page, code: str, birth_date: str) -> None:
    screen.get_by_label("Your code").fill(code)
    screen.get_by_label("Your birth date").fill(birth_date)
    screen.get_by_role("button", name="Check in").click()


def test_a_time_is_offered_to_who_waits(enter, patient):
    page = enter("front-desk")
    page.goto(f"{patient}/waitlist")
    page.get_by_label("Visit type").select_option(label="Counseling")
    page.get_by_role("button", name="Add to waitlist").click()
    expect(page.get_by_text("Added to the waitlist.")).to_be_visible()
    page.goto("/waitlist")
    row = page.get_by_role("row", name=re.compile(FAMILY))
    row.get_by_role("link", name="Offer a time").click()
    page.locator("[data-time]").last.click()
    judge(page, "desktop")
    page.get_by_role("button", name="Hold for 30 minutes").click()
    expect(page.get_by_text("The time is held.")).to_be_visible()
    expect(row.get_by_text("offered")).to_be_visible()
    judge(page, "desktop")
    row.get_by_role("button", name="Accept").click()
    expect(
        page.get_by_text("Appointment booked. The patient was removed from the waitlist.")
    ).to_be_visible()
    expect(page.get_by_role("row", name=re.compile(FAMILY))).to_have_count(0)


def test_a_seat_in_a_group_and_all_that_follow(enter, patient):
    page = enter("front-desk")
    page.goto(f"{patient}/groups")
    judge(page, "desktop")
    page.get_by_role("radio", name=re.compile("Evening group")).first.check()
    page.get_by_role("button", name="Show this and all later sessions").click()
    expect(page.get_by_role("heading", name="Sessions")).to_be_visible()
    judge(page, "desktop")
    page.get_by_role("checkbox", name=re.compile("Leave out")).last.check()
    page.get_by_role("button", name="Book seats").click()
    expect(page.get_by_text("Booked.", exact=True)).to_be_visible()
    page.goto(f"{patient}/groups")
    expect(page.get_by_text("Has a seat").first).to_be_visible()


def test_a_group_s_pages_are_accessible_and_fit(enter, patient):
    for sizes in IN_TURN:
        page = enter("front-desk", *SIZES[sizes[0]])
        page.goto(f"{patient}/groups")
        for size in sizes:
            judge_at(page, size)
        session = page.get_by_role("radio", name=re.compile("Evening group")).first
        group = f"/groups/{session.get_attribute('value')}"
        for address in ("", "/seats", "/move-series", "/cancel-series"):
            page.goto(group + address)
            for size in sizes:
                judge_at(page, size)


PAGES = {
    "counselor": [
        "/calendar",
        "/calendar?view=week",
        "/calendar?view=month",
        "/calendar?by=room",
        "/waiting-room",
        "/waitlist",
        "/hours",
        "/hours/away",
        "/groups/new",
        "/account/calendar",
    ],
    "director": ["/hours", "/hours/new", "/hours/close", "/hours/holidays", "/screens"],
}


@pytest.mark.parametrize("sizes", IN_TURN, ids="-".join)
@pytest.mark.parametrize("who", PAGES)
def test_pages_are_accessible_and_fit(enter, who, sizes):
    page = enter(who, *SIZES[sizes[0]])
    for address in PAGES[who]:
        page.goto(address)
        for size in sizes:
            judge_at(page, size)
