"""One person's way through the clinic, clicked by those whose work it is.

Register, admit, write and sign a plan with both arms, book, see the reminder go
out through the worker, check in, give a dose, discharge.
"""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from exchange.demo.clinic import LOG_INS
from tests.browser.conftest import ZONE


def test_from_the_front_door_to_discharge(enter):
    front_desk = enter("front-desk")
    address = _register(front_desk)
    prescriber = enter("prescriber")
    _admit(prescriber, address)
    _write_and_sign(prescriber)
    _book(front_desk, address)
    _see_the_reminder_go_out(front_desk, address)
    _check_in(front_desk, address)
    _give_a_dose(enter("nurse"), address)
    _discharge(prescriber, address)


def test_everybody_who_is_printed_can_sign_in_and_has_work_to_do(enter):
    """Each role's log-in opens a first page of its own."""
    for email, name in LOG_INS.values():
        page = enter(email.partition("@")[0])
        expect(page.get_by_text(name, exact=True).first).to_be_visible()
        expect(
            page.get_by_role("navigation", name="Main").get_by_role("link").first
        ).to_be_visible()
        assert "/no-role" not in page.url, email


def _register(page: Page) -> str:
    page.goto("/patients")
    page.get_by_role("link", name="Register a patient").click()
    page.get_by_label("Given name").fill("Walter")
    page.get_by_label("Family name").fill("Quillfeather")
    page.get_by_label("Preferred name").fill("Walt")
    page.get_by_label("Birth date").fill("1984-02-29")
    page.get_by_label("Mobile phone").fill("call me")
    page.get_by_label("May we text this number?").check()
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("This does not look like a phone number.")).to_be_visible()
    expect(page.get_by_label("Family name")).to_have_value("Quillfeather")
    page.get_by_label("Mobile phone").fill("(617) 555-0187")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="Quillfeather, Walt")).to_be_visible()
    return page.url


def _admit(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Admit", exact=True).first.click()
    page.get_by_role("button", name="Admit").click()
    expect(page.get_by_text("Admitted. Next: the treatment plan.")).to_be_visible()


def _write_and_sign(page: Page) -> None:
    page.get_by_role("button", name="Write plan").click()
    _open(page, "Add a problem")
    page.get_by_label("Problem", exact=True).fill("Daily heroin use")
    page.get_by_role("button", name="Add problem").click()
    _open(page, "Add a goal")
    page.get_by_label("Goal", exact=True).fill("No heroin for thirty days")
    page.get_by_role("button", name="Add goal").click()
    _order(page, "200")
    expect(page.get_by_text("is more than the label's first dose of 30 mg")).to_be_visible()
    page.get_by_label("Dose (mg)").fill("30")
    page.get_by_role("button", name="Add medication").click()
    _open(page, "Add behavioral care")
    page.get_by_label("Intervention", exact=True).select_option("Motivational interviewing")
    page.get_by_role("button", name="Add behavioral care").click()
    page.get_by_role("button", name="Sign plan").click()
    expect(page.get_by_text("Version 1 is signed and active.")).to_be_visible()
    arms = page.get_by_role("region", name="Overview")
    expect(arms.get_by_text("Methadone, oral 30 mg daily")).to_be_visible()
    expect(arms.get_by_text("Motivational interviewing, weekly")).to_be_visible()
    expect(page.get_by_role("button", name="Add problem")).to_have_count(0)


def _open(page: Page, form: str) -> None:
    page.locator("summary").filter(has_text=form).click()


def _order(page: Page, dose: str) -> None:
    _open(page, "Add medication")
    page.get_by_label("Medication", exact=True).select_option("Methadone, oral")
    page.get_by_label("Dose (mg)").fill(dose)
    page.get_by_role("button", name="Add medication").click()


def _book(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Book", exact=True).click()
    page.get_by_label("Visit type").select_option(label="Counseling")
    page.get_by_label("Practitioner").select_option(label="Marcus Bell")
    in_two_days = datetime.now(ZoneInfo(ZONE)).date() + timedelta(days=2)
    page.get_by_label("Day", exact=True).fill(in_two_days.isoformat())
    # Of that day, and not of the one before it was chosen.
    page.locator(f'#times [data-day="{in_two_days.isoformat()}"]').first.click()
    page.get_by_role("button", name="Book").click()
    expect(page.get_by_text("Appointment booked.", exact=True)).to_be_visible()
    expect(
        page.get_by_role("region", name="Upcoming appointments").get_by_text("Counseling")
    ).to_be_visible()


def _booked_today(page: Page, address: str, minutes_ahead: int) -> bool:
    """Marcus may be held at that time."""
    start = datetime.now(ZoneInfo(ZONE)) + timedelta(minutes=minutes_ahead)
    page.goto(f"{address}/book")
    page.get_by_label("Visit type").select_option(label="Counseling")
    page.get_by_label("Practitioner").select_option(label="Marcus Bell")
    page.get_by_label("Day", exact=True).fill(start.date().isoformat())
    page.get_by_label("Time", exact=True).fill(f"{start:%H:%M}")
    page.get_by_role("button", name="Book").click()
    page.wait_for_load_state()
    return page.get_by_text("Appointment booked.", exact=True).count() == 1


def _see_the_reminder_go_out(page: Page, address: str) -> None:
    """Beat ticks at the minute; the worker plans, and sends at once what is new."""
    reminders = page.get_by_role("region", name="Reminders")
    for _ in range(150):
        if reminders.get_by_text("Sent", exact=True).count():
            break
        page.wait_for_timeout(1000)
        page.goto(address)
    expect(reminders.get_by_text("Sent", exact=True)).to_be_visible()
    page.goto("/reminders?status=sent")
    row = page.get_by_role("row", name=re.compile("Quillfeather"))
    expect(row).to_contain_text("You have an appointment")
    expect(row).not_to_contain_text(re.compile("methadone|clinic|treatment", re.IGNORECASE))
    page.goto(address)


def _check_in(page: Page, address: str) -> None:
    """The booked visit is two days ahead: one of today is booked as it is for a walk-in."""
    expect(page.get_by_role("button", name="Check in")).to_have_count(0)
    for minutes_ahead in range(15, 600, 45):
        if _booked_today(page, address, minutes_ahead):
            break
    page.get_by_role("region", name="Upcoming appointments").get_by_role(
        "button", name="Check in"
    ).click()
    expect(page.get_by_text("Checked in.")).to_be_visible()
    slot = page.get_by_role("listitem").filter(has_text="Quillfeather")
    expect(slot.get_by_text("Arrived")).to_be_visible()
    slot.get_by_role("button", name="Complete").click()
    expect(page.get_by_text("Appointment completed.", exact=True)).to_be_visible()


def _give_a_dose(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Give dose").click()
    page.get_by_label("Amount given (mg)").fill("300")
    page.get_by_role("button", name="Record dose").click()
    expect(page.get_by_text("The signed plan orders 30 mg, not 300 mg.")).to_be_visible()
    page.get_by_label("Amount given (mg)").fill("30")
    page.get_by_role("button", name="Record dose").click()
    expect(page.get_by_text("Dose recorded.")).to_be_visible()
    timeline = page.get_by_role("region", name="Timeline")
    expect(timeline.get_by_text("Methadone, oral 30 mg")).to_be_visible()


def _discharge(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Discharge").click()
    page.get_by_label("Reason").select_option("Transferred to another program")
    page.get_by_role("button", name="Discharge").click()
    expect(page.get_by_text("Discharged. The treatment plan was discontinued.")).to_be_visible()
    expect(page.get_by_role("region", name="Episodes of care").get_by_text("ended")).to_be_visible()
