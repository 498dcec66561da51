"""A reply is read, a reminder that was not sent explains itself, a link is opened on a phone."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page, expect

from dashboard.views.webhooks import signature
from tests.browser.conftest import PUBLIC_URL, TEXT_SECRET, ZONE
from tests.browser.test_looks import SIZES, _judge

PHONE = "6175550231"


def _register(page: Page) -> str:
    page.goto("/patients/new")
    page.get_by_label("Given name").fill("Theodora")
    page.get_by_label("Family name").fill("Wrenfield")
    page.get_by_label("Birth date").fill("1979-07-07")
    page.get_by_label("Mobile phone").fill(PHONE)
    page.get_by_label("May we text this number?").check()
    page.get_by_role("textbox", name="E-mail (optional)").fill("theo@example.org")
    page.get_by_label("May we e-mail this address?").check()
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="Wrenfield, Theodora")).to_be_visible()
    return page.url


def _book(page: Page, address: str, days: int) -> None:
    page.goto(f"{address}/book")
    page.get_by_label("Visit type").select_option(label="Counseling")
    page.get_by_label("Practitioner").select_option(label="Marcus Bell")
    day = datetime.now(ZoneInfo(ZONE)).date() + timedelta(days=days)
    page.get_by_label("Day", exact=True).fill(day.isoformat())
    # Of that day, and not of the one before it was chosen.
    page.locator(f'#times [data-day="{day.isoformat()}"]').first.click()
    page.get_by_role("button", name="Book").click()
    expect(page.get_by_text("Appointment booked.", exact=True)).to_be_visible()


def _plan_and_send(page: Page) -> None:
    page.goto("/reminders")
    page.get_by_role("button", name="Plan and send now").click()
    expect(page.get_by_text("Reminders planned.")).to_be_visible()


def _row(page: Page, path: str) -> Locator:
    """Loaded again until it is there: the worker may be at it while the button's run is over."""
    row = page.get_by_role("row", name=re.compile("Wrenfield")).first
    for _ in range(20):
        page.goto(path)
        if row.count():
            break
        page.wait_for_timeout(500)
    expect(row).to_be_visible()
    return row


def _text(port: int, words: str) -> str:
    """As the gateway posts it."""
    fields = {"MessageSid": f"SM{len(words)}", "From": f"+1{PHONE}", "Body": words}
    asked = Request(
        f"http://127.0.0.1:{port}/texts/incoming",
        data=urlencode(fields).encode(),
        headers={
            "X-Twilio-Signature": signature(
                TEXT_SECRET, f"{PUBLIC_URL}/texts/incoming", list(fields.items())
            )
        },
    )
    with urlopen(asked, timeout=20) as answer:  # noqa: S310
        return str(answer.read().decode())


def _link(page: Page) -> str:
    words = _row(page, "/reminders?status=sent&channel=email").inner_text()
    found = re.search(rf"{PUBLIC_URL}(/a/\S+)", words)
    assert found, words
    return found.group(1)


def test_messages_from_both_ends(enter, clinic):
    page = enter("front-desk")
    address = _register(page)
    _book(page, address, 2)
    _plan_and_send(page)
    _row(page, "/reminders?status=sent&channel=sms")
    path = _link(page)
    _read_a_reply(page, clinic.port)
    _find_out_why_nothing_was_sent(page, address)
    _open_the_link_on_a_phone(page, path)


def _read_a_reply(page: Page, port: int) -> None:
    assert "<Message>" not in _text(port, "can my sister come along")
    row = _row(page, "/replies")
    expect(row).to_contain_text("can my sister come along")
    _judge(page, "desktop")
    row.get_by_role("link", name=re.compile("Close")).click()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text("This field is required.")).to_be_visible()
    page.get_by_label("What was done").fill("Called: she may.")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text("Reply closed.", exact=True)).to_be_visible()


def _find_out_why_nothing_was_sent(page: Page, address: str) -> None:
    page.goto(f"{address}/messages")
    tomorrow = datetime.now(ZoneInfo(ZONE)).date() + timedelta(days=1)
    page.get_by_label("No messages until").fill(tomorrow.isoformat())
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    # Between one day and three from now at any hour: its message is due at once.
    _book(page, address, 2)
    _plan_and_send(page)
    row = _row(page, "/reminders?status=skipped&reason=paused")
    row.get_by_role("link", name=re.compile("history of this message")).click()
    expect(page.get_by_text("The patient paused all messages.")).to_be_visible()
    expect(page.get_by_text("Call if it cannot wait")).to_be_visible()
    _judge(page, "desktop")


def _open_the_link_on_a_phone(page: Page, path: str) -> None:
    browser = page.context.browser
    assert browser is not None
    origin = page.url.split("/", 3)[:3]
    width, height = SIZES["phone"]
    context = browser.new_context(viewport={"width": width, "height": height})
    try:
        phone = context.new_page()
        phone.goto("/".join(origin) + path)
        expect(phone.get_by_role("button", name="I will come")).to_be_visible()
        assert "Wrenfield" not in phone.content()
        _judge(phone, "phone")
        phone.get_by_role("button", name="I will come").click()
        expect(phone.get_by_text("Thank you. We expect you.")).to_be_visible()
        phone.goto("/".join(origin) + path)
        expect(phone.get_by_text("This link is no longer good").first).to_be_visible()
        _judge(phone, "phone")
    finally:
        context.close()
