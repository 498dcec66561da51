"""Every page in a real browser: accessible, within its width, and nothing in the console.

A page is opened wide and made narrower; with MAINSTAY_FULL=1 it is opened anew for each width.
"""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import PICTURES
from tests.support.full_run import FULL

#: WCAG 2.0 to 2.2, levels A and AA.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
PAGES = {
    "prescriber": [
        "/schedule",
        "/patients",
        "/patients/{patient}",
        "/patients/{patient}/edit",
        "/patients/{patient}/book",
        "/patients/{patient}/admit",
        "/patients/{patient}/event",
        "/patients/{patient}/diagnosis",
        "/patients/{patient}/substance",
        "/patients/{patient}/assessment",
        "/patients/{patient}/doses",
        "/patients/{patient}/consents",
        "/patients/{patient}/consents/new",
        "/patients/{patient}/disclose",
        "/patients/{patient}/notice",
        "/plans/{plan}",
        "/patients/new",
        "/patients/{patient}/care-team",
        "/patients/{patient}/emergency",
        "/patients/{patient}/counselling-notes",
        "/patients/{patient}/note-reader",
        "/emergency",
        "/account",
        "/account/factors",
        "/account/factors/app",
        "/account/factors/passkey",
        "/account/tokens/new",
        "/prove",
    ],
    "nurse": [
        "/episodes/{episode}/dose",
        "/episodes/{episode}/take-home",
        "/episodes/{episode}/missed",
    ],
    "director": [
        "/outcomes/retention",
        "/reminders",
        "/reminders?reason=moved",
        "/reminders/figures",
        "/message-texts",
        "/message-texts/write",
        "/message-rules",
        "/jobs",
    ],
    "administrator": ["/staff", "/staff/new"],
    "privacy": [
        "/audit",
        "/audit/record",
        "/emergencies",
        "/accounting",
        "/patients/{patient}/consents",
        "/patients/{patient}/restriction",
        "/restriction-wishes",
        "/roles-to-confirm",
    ],
    "front-desk": [
        "/patients/{patient}",
        "/plans/{plan}",
        "/patients/{patient}/restriction-wish",
        "/patients/{patient}/messages",
        "/follow-ups",
        "/replies",
    ],
}
SIZES = {"desktop": (1280, 900), "tablet": (820, 1180), "phone": (390, 844)}
#: The widths that a page is shown in, opened once.
IN_TURN = [[size] for size in SIZES] if FULL else [[*SIZES]]


def ids(page: Page) -> dict[str, str]:
    """A patient in care with a plan in force, found as a person would: by opening records."""
    page.goto("/patients")
    links = page.locator("#rows tbody th a").evaluate_all("rows => rows.map(row => row.pathname)")
    for address in links:
        page.goto(address)
        plan = page.get_by_role("link", name="Open", exact=True)
        dose = page.get_by_role("link", name="Give dose")
        if plan.count() and dose.count():
            return {
                "patient": address.rsplit("/", 1)[1],
                "plan": (plan.get_attribute("href") or "").rsplit("/", 1)[1],
                "episode": re.findall(r"\d+", dose.get_attribute("href") or "")[0],
            }
    raise AssertionError("nobody in care on the first page of patients")


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    return {}


@pytest.mark.parametrize("sizes", IN_TURN, ids="-".join)
@pytest.mark.parametrize("who", PAGES)
def test_pages_are_accessible_and_fit(enter, found, who, sizes):
    if not found:
        found.update(ids(enter("prescriber")))
    page = enter(who, *SIZES[sizes[0]])
    for template in PAGES[who]:
        page.goto(template.format(**found))
        for size in sizes:
            judge_at(page, size)


def judge_at(page: Page, size: str) -> None:
    width, height = SIZES[size]
    if page.viewport_size != {"width": width, "height": height}:
        page.set_viewport_size({"width": width, "height": height})
    _judge(page, size)


def test_the_way_in_is_accessible(enter):
    page = enter("nurse")
    page.get_by_role("button", name="Sign out").click()
    _judge(page, "desktop")
    page.goto("/patients")
    assert "/sign-in" in page.url


CONSENTS = (
    "Treatment, payment and health care operations",
    "One specific disclosure",
    "SUD counseling notes",
    "Legal proceedings",
    "Central registry or other programs, to prevent multiple enrollment",
)
GROUNDS = ("consent (2.31", "enrollment, with", "emergency", "Research", "Audit", "Court order")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_what_is_asked_after_the_first_question_is_accessible_and_fits(enter, found, size):
    if not found:
        found.update(ids(enter("prescriber")))
    page = enter("prescriber", *SIZES[size])
    for path, choices in (("consents/new", CONSENTS), ("disclose", GROUNDS)):
        for choice in choices:
            page.goto(f"/patients/{found['patient']}/{path}")
            page.get_by_label(choice).check()
            page.get_by_role("button", name="Next").click()
            expect(page.get_by_role("button", name="Next")).to_have_count(0)
            _judge(page, size)


def test_a_consent_signed_used_revoked_and_accounted_for(enter, found):
    """Refused without consent; signed; disclosed with its notice; revoked; refused; accounted for."""
    if not found:
        found.update(ids(enter("prescriber")))
    page = enter("prescriber")
    consents = f"/patients/{found['patient']}/consents"
    _tell_the_sister(page, found["patient"])
    expect(page.get_by_role("alert").first).to_contain_text("Ask the patient to sign a consent")
    _judge(page, "desktop")
    _sign(page, f"{consents}/new")
    _judge(page, "desktop")
    _tell_the_sister(page, found["patient"])
    expect(page.get_by_text("prohibits unauthorized use or disclosure")).to_be_visible()
    _judge(page, "phone")
    page.goto(consents)
    number = (page.locator(".under").text_content() or "").split("·")[-1].strip()
    page.get_by_role("link", name=re.compile("End consent.*One specific")).first.click()
    _judge(page, "desktop")
    page.get_by_label("Explanation").fill("In a letter")
    page.get_by_role("button", name="End consent").click()
    _tell_the_sister(page, found["patient"])
    expect(page.get_by_role("alert").first).to_contain_text("revoked")
    officer = enter("privacy")
    officer.goto("/accounting")
    officer.get_by_label("Record number").fill(number)
    officer.get_by_role("button", name="Show").click()
    expect(officer.get_by_role("rowheader", name="My sister")).to_be_visible()
    assert officer.url.endswith("/accounting")
    _judge(officer, "desktop")
    with officer.expect_download() as paper:
        officer.get_by_role("button", name="PDF").click()
    assert paper.value.suggested_filename == "accounting.pdf"


def _sign(page: Page, address: str) -> None:
    """A specific consent; refused until it says on which day it ends, with what was typed kept."""
    page.goto(address)
    page.get_by_label(CONSENTS[1]).check()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Appointments kept and missed").check()
    page.get_by_label("Specific description").fill("Whether I come")
    page.get_by_label("Recipients", exact=True).fill("My sister")
    page.get_by_label("Informing family or friends").check()
    page.get_by_label("Signed by").fill("The patient")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Missing: the last day (2.31(a)(7)).", exact=True)).to_be_visible()
    _judge(page, "desktop")
    assert page.get_by_label("Recipients", exact=True).input_value() == "My sister"
    page.get_by_label("Expiry date").fill("2099-01-01")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Consent saved.")).to_be_visible()


def _tell_the_sister(page: Page, patient: str) -> None:
    page.goto(f"/patients/{patient}/disclose")
    page.get_by_label("The patient's consent").check()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Recipient", exact=True).fill("My sister")
    page.get_by_label("Kind of recipient").select_option("other")
    page.get_by_label("Recipient's address").fill("1 Quay Street")
    page.get_by_label("Appointments kept and missed").check()
    page.get_by_label("Description of the information").fill("Visits of this month")
    page.get_by_label("Purpose", exact=True).select_option("family")
    page.get_by_role("button", name="Disclose").click()


def _judge(page: Page, size: str) -> None:
    # Between two pages there is no document to judge.
    expect(page.locator("h1").first).to_be_visible()
    page.wait_for_load_state()
    if size != "tablet":  # the same rules on the same parts; only its width is its own
        results = Axe().run(page, options=RULES)
        told = results.generate_report() if results.violations_count else ""
        assert results.violations_count == 0, f"{page.url}\n{told}"
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0, f"{page.url} is {overflow} px wider than a {size}"


def test_everything_can_be_reached_by_keyboard(enter):
    page = enter("front-desk")
    page.goto("/schedule")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('main')")


def test_on_a_phone_the_menu_is_folded_and_opens_by_key(enter):
    page = enter("director", *SIZES["phone"])
    button, menu = page.get_by_role("button", name=re.compile("^Menu")), page.locator("#menu")
    expect(menu).to_be_hidden()
    button.focus()
    page.keyboard.press("Enter")
    expect(menu).to_be_visible()
    _judge(page, "phone")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Schedule").first).to_be_focused()
    button.click()
    expect(menu).to_be_hidden()
    wide = enter("director", *SIZES["desktop"])
    expect(wide.locator("#menu")).to_be_visible()
    expect(wide.locator(".menu-button")).to_be_hidden()


def test_search_answers_while_typing_without_a_name_in_the_address(enter):
    page = enter("front-desk")
    page.goto("/patients")
    first = page.locator("#rows tbody th a").first
    family = (first.text_content() or "").split(",")[0]
    page.get_by_label("Name, birth date, phone or number").press_sequentially(family.lower()[:4])
    expect(page.locator("#rows caption")).to_contain_text(family.lower()[:4])
    names = page.locator("#rows tbody th a").all_text_contents()
    assert names
    # Then come those who only sound like it.
    assert family.lower()[:4] in names[0].lower()
    assert page.url.endswith("/patients")


PICTURED = {
    "schedule": ("front-desk", "/schedule"),
    "patient": ("prescriber", "/patients/{patient}"),
    "plan": ("prescriber", "/plans/{plan}"),
    "retention": ("director", "/outcomes/retention"),
}


@pytest.mark.skipif(not PICTURES, reason="pictures for the README are made by `make screenshots`")
@pytest.mark.parametrize("name", PICTURED)
def test_pictures_for_the_readme(enter, found, name):
    if not found:
        found.update(ids(enter("prescriber")))
    who, template = PICTURED[name]
    page = enter(who, 1280, 860)
    page.goto(template.format(**found))
    folder = Path(PICTURES)
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")
    if name == "schedule":
        phone = enter(who, 390, 844)
        phone.goto(template)
        phone.screenshot(path=folder / "schedule-phone.png")


def test_a_long_note_is_not_lost_to_the_idle_clock(enter, found):
    """Two minutes of typing are told to the server; the browser's own clock is moved."""
    if not found:
        found.update(ids(enter("prescriber")))
    page = enter("prescriber")
    page.clock.install()
    page.goto(f"/patients/{found['patient']}/counselling-notes")
    page.clock.fast_forward("02:30")
    with page.expect_response("**/still-here") as told:
        page.get_by_label("Note", exact=True).press_sequentially("We")
    assert told.value.status == 204


def test_a_screen_that_somebody_left_is_covered(enter, found):
    """On our pages and in the admin; the browser's own clock is moved."""
    if not found:
        found.update(ids(enter("prescriber")))
    page = enter("prescriber")
    page.clock.install()
    record = f"/patients/{found['patient']}"
    for address in (record, "/admin/patients/patient/"):
        page.goto(address)
        before = page.locator("h1, h2").first
        expect(before).to_be_visible()
        page.clock.fast_forward("13:05")
        _warned(page)
        page.clock.fast_forward("13:05")
        expect(page.get_by_role("button", name="I am still here")).to_be_visible()
        page.clock.fast_forward("02:00")
        expect(page.get_by_role("heading")).to_have_text(["This page has closed"])
        way = page.get_by_role("link")
        expect(way).to_have_count(1)
        expect(way).to_be_focused()
        assert way.get_attribute("href") == f"/sign-in?next={quote(address, safe='')}"
        assert page.title() == "Page closed · Mainstay"
        assert page.locator("body").inner_text().count("\n") < 8
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement.closest('[inert]')")
        _judge(page, "desktop")


def _warned(page: Page) -> None:
    """A notice, and who answers it has the whole time again."""
    button = page.get_by_role("button", name="I am still here")
    expect(button).to_be_visible()
    if "/admin/" not in page.url:
        _judge(page, "desktop")
    with page.expect_response("**/still-here") as told:
        button.press("Enter")
    assert told.value.status == 204
    expect(button).to_have_count(0)


def test_a_click_in_one_tab_keeps_the_other_open(enter):
    page = enter("front-desk")
    other = page.context.new_page()
    page.clock.install()  # of both
    for tab in (page, other):
        tab.goto("/schedule")
    page.clock.fast_forward("12:00")
    with page.expect_response("**/still-here"):
        page.keyboard.press("Shift")
    page.clock.fast_forward("12:00")
    expect(other.get_by_role("heading", level=1).first).to_be_visible()
    expect(other.get_by_text("This page has closed")).to_have_count(0)
    page.clock.fast_forward("03:10")
    expect(other.get_by_text("This page has closed")).to_be_visible()
