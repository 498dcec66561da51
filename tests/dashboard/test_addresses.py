"""Whatever stands in an address, the answer is a page: never a failure of ours."""

from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.enums import Role
from access.models import RoleAssignment
from common.time_zones import EARLIEST, LATEST
from dashboard.http.query_params import cursor, day_or_none
from tests.support.world import NOW, TODAY, World

EDGES = st.sampled_from(
    [
        "",
        "²",
        "٣",
        "-1",
        "0",
        "1.5",
        "1e9",
        "9" * 19,
        "9" * 5000,
        str(2**63),
        "\x00",
        "%00",
        "x' OR 1=1",
        "0001-01-01",
        "1899-12-31",
        "1900-01-01",
        "2199-12-31",
        "2200-01-01",
        "9999-12-31",
        "2026-02-30",
        "20260304",
        "2026-W10-2",
        "2026-03-04T10:00",
        "0" * 400,
    ]
)
ANYTHING = EDGES | st.text(max_size=12) | st.integers().map(str) | st.dates().map(str)
PAGES = {
    "/patients": ("after",),
    "/reminders": ("after", "status", "reason", "channel", "site", "day"),
    "/follow-ups": ("after", "mine"),
    "/replies": ("after", "all"),
    "/message-texts/write": ("kind", "language", "channel"),
    "/audit": ("after", "kind"),
    "/schedule": ("day", "site", "with"),
    "/patients/{patient}": ("before",),
    "/patients/{patient}/doses": ("after",),
    "/patients/{patient}/book/times": ("day", "type", "practitioner"),
    "/outcomes/retention": ("as_of", "days", "program", "by", "measure"),
}
fuzzed = settings(
    max_examples=60,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def everybody(world: World) -> Client:
    """The session of somebody who may open all of these pages."""
    user = world.clinical_director
    RoleAssignment.objects.create(
        user=user, site=world.here, role=Role.PRIVACY_OFFICER, granted_at=NOW
    )
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("address", PAGES)
def test_no_address_breaks_a_page(world: World, everybody: Client, address: str) -> None:
    path = address.format(patient=world.patient.pk)
    right = {
        "type": str(world.visit_type.pk),
        "practitioner": str(world.counselor.pk),
        "day": str(TODAY),
    }
    names = PAGES[address]

    @fuzzed
    @given(st.fixed_dictionaries({}, optional=dict.fromkeys(names, ANYTHING)))
    def ask(typed: dict[str, str]) -> None:
        query = {**{name: right[name] for name in names if name in right}, **typed}
        answer = everybody.get(f"{path}?{urlencode(query)}")
        assert answer.status_code in {200, 422}, query

    ask()


@pytest.mark.parametrize(
    ("path", "names"),
    [("/patients", ("after", "words")), ("/audit", ("after", "record_number"))],
)
def test_no_hidden_field_breaks_a_page(
    world: World, everybody: Client, path: str, names: tuple[str, ...]
) -> None:
    @fuzzed
    @given(st.fixed_dictionaries(dict.fromkeys(names, ANYTHING)))
    def ask(typed: dict[str, str]) -> None:
        assert everybody.post(path, typed).status_code == 200

    ask()


@pytest.mark.parametrize("after", ["²", "٣", "9" * 20, "", "-1", "1.0", None, str(2**63), "0"])
def test_a_cursor_that_cannot_be_is_none(after: str | None) -> None:
    assert cursor(after) is None


def test_a_cursor_is_an_id() -> None:
    assert cursor("17") == 17
    assert cursor(str(2**63 - 1)) == 2**63 - 1


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31", "²", None])
def test_a_day_out_of_bounds_is_none(day: str | None) -> None:
    assert day_or_none(day) is None


def test_days_at_the_bounds() -> None:
    assert [day_or_none(str(EARLIEST)), day_or_none(str(LATEST))] == [EARLIEST, LATEST]
    assert day_or_none("2026-03-03") == date(2026, 3, 3)


@pytest.mark.parametrize("day", [EARLIEST, LATEST])
def test_the_schedule_reaches_the_bounds(everybody: Client, day: date) -> None:
    assert everybody.get(f"/schedule?day={day}").context["day"] == day


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_visit_beyond_the_calendar_is_refused_at_its_day(
    world: World, everybody: Client, day: str
) -> None:
    visit = world.book(NOW + timedelta(days=1))
    typed = {
        "day": day,
        "clock": "23:30",
        "type": world.visit_type.pk,
        "practitioner": world.counselor.pk,
    }
    for path in (f"/patients/{world.patient.pk}/book", f"/appointments/{visit.pk}/move"):
        answer = everybody.post(path, typed)
        assert answer.status_code == 422
        assert answer.context["form"].errors.keys() == {"day"}
        assert "The year must be between 1900 and 2199." in answer.content.decode()
