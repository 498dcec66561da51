"""Second factors in a real browser: an app, and a passkey in Chromium's virtual authenticator."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.test_looks import _judge
from tests.support.auth import code_of


def new_device(page: Page) -> Any:
    """A device that checks its owner and says yes, as a phone's fingerprint does."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session


def by_name(page: Page, clinic: Any, address: str) -> str:
    """The same clinic by name: passkeys belong to names, not to 127.0.0.1."""
    return f"http://localhost:{clinic.port}{address}"


def prove_if_asked(page: Page) -> None:
    if "/prove" in page.url:
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()


def test_a_passkey_from_registering_to_signing_in(enter: Callable[..., Page], clinic: Any) -> None:
    page = enter("case-manager")
    page.goto("/account/factors")
    expect(page.get_by_text("Passkeys do not work at this address")).to_be_visible()
    device = new_device(page)
    page.goto(by_name(page, clinic, "/sign-in"))
    page.get_by_label("E-mail").fill("case-manager@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(by_name(page, clinic, "/account/factors/passkey"))
    _judge(page, "desktop")
    # A name first: the device is not asked without one.
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_label("Name of this device")).to_be_focused()
    page.get_by_label("Name of this device").fill("Phone")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    _judge(page, "desktop")
    page.get_by_role("link", name="I saved the codes").click()
    page.goto(by_name(page, clinic, "/account/factors"))
    expect(page.get_by_text("Phone", exact=True).first).to_be_visible()
    _judge(page, "desktop")

    page.get_by_role("button", name="Sign out").click()
    # As the second step after the password …
    page.get_by_label("E-mail").fill("case-manager@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    _judge(page, "desktop")
    page.get_by_role("button", name="Use passkey").click()
    page.wait_for_url(re.compile("/schedule"))
    page.get_by_role("button", name="Sign out").click()
    # … and alone, without any.
    page.get_by_role("link", name="Sign in with a passkey").click()
    _judge(page, "desktop")
    page.get_by_role("button", name="Use passkey").click()
    page.wait_for_url(re.compile("/schedule"))

    _remove_the_only_one(page, clinic)
    device.detach()


def _remove_the_only_one(page: Page, clinic: Any) -> None:
    """The demonstration lets go of the last one; its other tests sign in by password alone."""
    page.goto(by_name(page, clinic, "/account/factors"))
    page.get_by_role("button", name=re.compile("Remove.*Phone")).click()
    expect(page.get_by_text("Second factor removed.")).to_be_visible()
    expect(page.get_by_role("heading", name="Choose one")).to_be_visible()


@pytest.mark.parametrize("size", [(1280, 900), (390, 844)], ids=["desktop", "phone"])
def test_an_app_from_its_picture_to_signing_in(enter: Callable[..., Page], size: Any) -> None:
    page = enter("counselor", *size)
    name = "phone" if size[0] < 500 else "desktop"
    page.goto("/account")
    page.get_by_role("link", name="Set up").click()
    _judge(page, name)
    page.get_by_role("link", name="Set up app").click()
    prove_if_asked(page)
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    _judge(page, name)
    page.get_by_text("Cannot scan it?").click()
    secret = re.sub(r"\s", "", page.locator("details strong").inner_text())
    page.get_by_label("Code from the app").fill(code_of(secret, steps=-1))
    page.get_by_role("button", name="Set up app").click()
    codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    spare = codes.first.inner_text()
    _judge(page, name)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save as file").click()
    assert spare in saved.value.path().read_text()

    page.get_by_role("link", name="I saved the codes").click()
    for code in (code_of(secret), spare):
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("E-mail").fill("counselor@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_label("Code").fill(code)
        _judge(page, name)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(re.compile("/schedule"))
    page.goto("/account/factors")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="Choose one")).to_be_visible()


def test_the_page_that_asks_again(enter: Callable[..., Page]) -> None:
    page = enter("nurse")
    page.goto("/prove?next=/account")
    _judge(page, "desktop")
    page.get_by_label("Your password").fill("not this one")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert").first).to_contain_text("The password or code is wrong")
    _judge(page, "desktop")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(re.compile("/account$"))
