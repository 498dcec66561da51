"""A real Chromium against a really launched clinic: web, worker, beat, PostgreSQL and Valkey."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from bench.hours import zone_where_it_is
from tests.support import launching
from tests.support.launching import Launched

PASSWORD = "demonstration-only-pass"
CHROMIUM = next(
    (path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()),
    os.environ.get("CHROMIUM", ""),
)
#: It is nine in the morning in the demonstration: reminders go out, and the day has room.
ZONE = zone_where_it_is(9, datetime.now(UTC))
#: What the text gateway would sign with, and the address that it believes to post to.
PUBLIC_URL, TEXT_SECRET = "https://clinic.example.org", "only-for-this-test"
#: Where `make screenshots` wants its pictures; empty in an ordinary run.
PICTURES = os.environ.get("MAINSTAY_PICTURES", "")


@pytest.fixture(scope="package")
def clinic() -> Iterator[Launched]:
    with launching.migrated_state_folder() as state:
        launched = Launched(
            state,
            launching.free_port(),
            TIME_ZONE=ZONE,
            PUBLIC_URL=PUBLIC_URL,
            SMS_URL=f"https://AC1:{TEXT_SECRET}@texts.example.org",
        )
        try:
            launched.wait_until_ready()
            yield launched
        finally:
            launched.stop()


# Not for the session: while it lives, its event loop makes Django refuse every query.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM:
        if os.environ.get("MAINSTAY_REQUIRE_BROWSER"):
            pytest.fail("No Chromium here, and this run must not go without.")
        pytest.skip("No Chromium on this machine: install Debian's `chromium` to run these.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def enter(chromium: Browser, clinic: Launched) -> Iterator[Callable[..., Page]]:
    """`enter("nurse")` is a page signed in as the demonstration's nurse. Problems in it fail."""
    contexts = []
    troubles: list[str] = []

    def sign_in(who: str, width: int = 1280, height: int = 900) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            base_url=f"http://127.0.0.1:{clinic.port}",
            locale="en-GB",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda message: (
                troubles.append(f"{page.url}: {message.text}")
                if message.type == "error"
                and "the server responded with a status of 4" not in message.text
                else None
            ),
        )
        page.goto("/sign-in")
        page.get_by_label("E-mail").fill(f"{who}@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda address: "sign-in" not in address)
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert troubles == []
