"""Every page for every role and relation: looked at, and sent what would go through."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client

from access.decorators import NEEDS
from access.enums import Role
from appointments.actions.check_in import mark_arrived
from dispensary.actions.call_backs import count_take_homes
from dispensary.enums import CallBackOutcome
from dispensary.models.call_backs import CallBack
from reminders.enums import ReminderStatus
from reminders.models import Reminder
from tests.guards.test_routes import (
    OPEN_TO_ANYONE,
    OPEN_TO_STAFF,
    PAGES,
    concrete,
    ids_for,
)
from tests.matrix.forms import FORMS, NOW_DUE, OF_A_DRAFT
from tests.matrix.people import (
    ABSENT,
    OPENED,
    REFUSED,
    Walk,
    _at_this_moment,  # noqa: F401 - a fixture
    afterwards,
    beside,
    columns,
    compare,
    keys_of,
    line,
    nobody,
    or_over,
    undone,
    walked,
)
from tests.support import calendar_world as calendar
from tests.support.auth import token_for
from tests.support.consents import notes_consent
from tests.support.world import NOW, World

NAMES = [name for name in PAGES if name not in OPEN_TO_ANYONE | OPEN_TO_STAFF]
pytestmark = pytest.mark.usefixtures("_at_this_moment")


@pytest.fixture(scope="module")
def walk(django_db_setup: None, django_db_blocker: Any) -> Iterator[Walk]:
    with walked(django_db_blocker, ids_for) as walk:
        yield walk


def staged(world: World, name: str, ids: dict[str, int]) -> dict[str, int]:
    """The ids for one page: of a draft, of a visit that is due, of a consent for notes."""
    ids = dict(ids)
    if name in OF_A_DRAFT:
        draft = world.draft(world.extra["episode"])
        draft.refresh_from_db()
        problem = draft.problems.earliest("pk")
        ids |= {
            "plans": draft.pk,
            "revision": draft.revision,
            "problems": problem.pk,
            "plan-parts": problem.pk,
            "goals": problem.goals.earliest("pk").pk,
        }
    if name in NOW_DUE:
        visit = world.book(NOW_DUE[name], now=NOW - timedelta(days=1))
        if name in {"complete", "waiting_room"}:
            mark_arrived(appointment=visit, now=NOW, by=world.front_desk)
        ids["appointments"] = visit.pk
    ids |= of_the_calendar(world, name)
    if name == "call_back":
        of_somebody_counted(world)
    if name == "consent_note_reader":
        named = notes_consent(recipients=[world.clinical_director.name])
        ids["consents"] = world.consent(**named).pk
    if name == "end_staff_token":
        token, _ = token_for(world.nurse, expires_at=NOW + timedelta(days=9), now=NOW)
        ids["staff-tokens"] = token.pk
    if name == "send_again":
        Reminder.objects.filter(pk=ids["reminders"]).update(status=ReminderStatus.FAILED)
    return ids


def of_somebody_counted(world: World) -> None:
    """Nobody is called back who is waited for."""
    waited_for = CallBack.objects.waited_for().get(patient=world.patient)
    count_take_homes(
        call_back=waited_for, outcome=CallBackOutcome.ALL_THERE, now=NOW, by=world.nurse
    )


def of_the_calendar(world: World, name: str) -> dict[str, int]:
    """A visit of a series, a group that has met, a place on the waitlist without an offer."""
    if name in {"move_series", "cancel_series"}:
        return {"appointments": calendar.series(world).appointments.earliest("pk").pk}
    if name in {"patient_groups", "group_seats", "move_group_series", "cancel_group_series"}:
        return {"groups": calendar.group_series(world)[0].pk}
    if name == "complete_group":
        met = calendar.session(
            world, starts_at=NOW - timedelta(hours=1), now=NOW - timedelta(days=1)
        )
        return {"groups": met.pk}
    if name in {"withdraw_from_waitlist", "offer_time"}:
        calendar.decline(world)
    return {}


#: Fields in which a row is named: one that is not theirs is no choice, as if there were nothing.
NAMING = {"site", "record_number", "practitioner"}


#: Lists: opened only for whom the patient stands in them.
LISTS = {"patients", "reminders", "emergencies", "schedule", "audit", "calendar", "waitlist"}
LISTS |= {"waiting_room", "follow_ups", "replies", "planned_tests"}


def sign(answer: Any, name: str, world: World) -> str:
    wrong = set(answer.context["form"].errors) if answer.status_code == 422 else set()
    if wrong and wrong <= NAMING:
        return ABSENT
    if wrong:
        return f"?{dict(answer.context['form'].errors)}"
    if answer.status_code == 200 and name in LISTS:
        text = answer.content.decode()
        shown = world.patient.family_name in text or world.patient.record_number in text
        return OPENED if shown else ABSENT
    if answer.status_code in {200, 204, 302}:
        return OPENED
    if answer.status_code == 422:
        return f"?{dict(answer.context['refused'].errors)}"
    return {403: REFUSED, 404: ABSENT, 405: "x"}.get(answer.status_code, f"?{answer.status_code}")


def look(world: World, name: str, path: str, client: Client) -> str:
    return sign(client.get(path), name, world)


def send(world: World, name: str, path: str, typed: Any, client: Client) -> str:
    return sign(client.post(path, typed), name, world)


def rows_of(walk: Walk, name: str) -> dict[str, str]:
    """Both of a page in care, and of those the same of a patient who was discharged."""
    world, (address, view) = walk.world, PAGES[name]
    needs = getattr(view, NEEDS)
    in_care: dict[str, str] = {}
    here = staged(world, name, walk.ids)
    path = concrete(address, here)
    shown = partial(look, world, name, path)
    looked = line(walk.colleagues, shown, needs)
    if set(looked) - {"x", " ", REFUSED, ABSENT}:
        in_care[f"GET /{address}"] = looked
    typed = FORMS[name](world, here) if name in FORMS else None
    sent = partial(send, world, name, path, typed)
    if typed is not None:
        in_care[f"POST /{address}"] = line(walk.colleagues, sent, needs)
    for answer in (nobody().get(path), nobody().post(path, typed or {})):
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("/sign-in"), path
    with afterwards(walk) as clients:
        after_care = {
            key: line(clients, or_over(shown if key.startswith("GET") else sent), needs)
            for key in in_care
        }
    return beside(in_care, after_care)


def both_of(name: str) -> set[str]:
    return {f"{method} /{PAGES[name][0]}" for method in ("GET", "POST")}


@pytest.mark.parametrize("name", NAMES)
def test_who_gets_what_is_as_the_table_says(walk: Walk, name: str):
    with undone():
        found = rows_of(walk, name)
    unread = [key for key, cells in found.items() if "?" in cells or "x" in cells]
    assert unread == [], {key: found[key] for key in unread}
    assert compare("pages", found, both_of(name).__contains__) == []
    for key, cells in found.items():
        by_role = columns(cells)
        if "<int:" in key and "staff/" not in key and "roles/" not in key:
            assert {signs[2] for signs in by_role.values()} <= {REFUSED, ABSENT}, key
        if "patients/<" in key:
            assert OPENED not in by_role[Role.SYSTEM_ADMINISTRATOR], key


def test_the_table_tells_of_no_page_that_is_gone():
    assert keys_of("pages") <= set().union(*(both_of(name) for name in NAMES))


def test_every_page_that_takes_something_is_in_the_table(walk: Walk):
    """A page that nobody typed into would be walked with half of it shut."""
    taking = set()
    with undone():
        client = Client()
        client.force_login(walk.world.clinical_director)
        for name in NAMES:
            address, _ = PAGES[name]
            with undone():
                if client.post(concrete(address, walk.ids), {}).status_code != 405:
                    taking.add(name)
    only_shown = taking - set(FORMS)
    assert only_shown <= ONLY_SHOWN, only_shown


#: They answer a POST as they answer a GET.
ONLY_SHOWN = {
    "calendar",
    "hours",
    "move_times",
    "one_trip",
    "visit",
    "waiting_room",
    "waitlist",
    "consents",
    "disclosure",
    "doses",
    "emergencies",
    "follow_ups",
    "jobs",
    "message_texts",
    "patient",
    "plan",
    "planned_tests",
    "reminder",
    "reminder_figures",
    "reminders",
    "replies",
    "retention",
    "schedule",
    "staff",
    "staff_tokens",
    "times",
}
