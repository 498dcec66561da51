"""A counselor outside the caseload: shut, opened in an emergency, reviewed; then put on the team."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD


def _somebody_else_s(page: Page) -> str:
    """A patient in care whose plan this person may not see."""
    page.goto("/patients")
    links = page.locator("#rows tbody th a").evaluate_all("rows => rows.map(row => row.pathname)")
    for address in links:
        page.goto(address)
        if page.get_by_role("heading", name="Not on your caseload").count():
            return str(address)
    raise AssertionError("everybody on the first page is on this caseload")


def test_outside_the_caseload(enter):
    counselor = enter("counselor")
    address = _somebody_else_s(counselor)
    expect(counselor.get_by_role("heading", name="Treatment plan")).to_have_count(0)
    _open_in_an_emergency(counselor)
    _review(enter("privacy", 820, 1180))
    _close(counselor, address)
    _put_on_the_team(enter("prescriber"), address)
    counselor.goto(address)
    expect(counselor.get_by_role("heading", name="Treatment plan")).to_be_visible()
    counselor.goto("/patients")
    counselor.get_by_role("link", name="My caseload").click()
    expect(counselor.locator("#rows caption")).to_contain_text("Your caseload")


def _open_in_an_emergency(page: Page) -> None:
    page.get_by_role("link", name="Open emergency access").click()
    page.get_by_label("Overdose or another medical emergency").check()
    page.get_by_label("What happened").fill("Found unconscious at the door.")
    page.get_by_label("Your password").fill("not the password at all")
    page.get_by_role("button", name="Open record").click()
    expect(page.get_by_text("This is not your current password.")).to_be_visible()
    expect(page.get_by_label("What happened")).to_have_value("Found unconscious at the door.")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Open record").click()
    expect(page.get_by_role("heading", name="Treatment plan")).to_be_visible()
    expect(page.get_by_text("Emergency access", exact=True)).to_be_visible()


def _review(page: Page) -> None:
    page.get_by_role("link", name=re.compile("Emergency access 1")).click()
    expect(page.get_by_text("Found unconscious at the door.")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Review")).first.click()
    page.get_by_label("Justified", exact=True).check()
    page.get_by_label("Explanation").fill("The ambulance report fits.")
    page.get_by_role("button", name="Save review").click()
    expect(page.get_by_text("The ambulance report fits.")).to_be_visible()


def _close(page: Page, address: str) -> None:
    page.get_by_role("button", name="End emergency access").click()
    expect(page.get_by_text("Emergency access ended.")).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("heading", name="Not on your caseload")).to_be_visible()


def _put_on_the_team(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Add somebody to the care team").click()
    page.get_by_label("Staff member").select_option(label="Marcus Bell")
    page.get_by_role("button", name="Add to care team").click()
    team = page.get_by_role("region", name="Care team")
    expect(team.get_by_text("Marcus Bell", exact=True)).to_be_visible()
