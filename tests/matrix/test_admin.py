"""Every page of the Django admin for every role and relation: lists, records, pop-ups, buttons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client

from access.enums import AuditKind, Permission, Role
from access.models import AuditEntry, User
from appointments.actions.check_in import mark_arrived
from appointments.models import Appointment
from reminders.enums import ReminderStatus
from reminders.models import Reminder
from tests.guards.test_routes import ids_for
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
    undone,
    walked,
)
from tests.support.world import NOW, World

#: What nobody does here, whoever they are: rows change through actions only (decision 6).
NEVER = ("add", "delete")
#: Tables of the clinic's own, the same for every site.
OF_THE_CLINIC = (
    "/access/user/",
    "/access/site/",
    "/reminders/reminderrule/",
    "/reminders/messagetext/",
)


MODELS = list(admin.site._registry)
pytestmark = pytest.mark.usefixtures("_at_this_moment")


@pytest.fixture(scope="module")
def walk(django_db_setup: None, django_db_blocker: Any) -> Iterator[Walk]:
    with walked(django_db_blocker, furnished) as walk:
        yield walk


def furnished(world: World) -> dict[str, int]:
    ids: dict[str, int] = ids_for(world)
    Reminder.objects.update(status=ReminderStatus.FAILED)
    return ids


def ours(model: type[Model], world: World) -> Any:
    """A row about `world.patient`, or at their site; the newest."""
    rows = model._default_manager.order_by("-pk")
    if model is User:
        return world.nurse
    for path, one in (("patient", world.patient), ("site", world.here)):
        if any(field.name == path for field in model._meta.fields):
            return rows.filter(**{path: one}).first()
    return world.patient if model is type(world.patient) else rows.first()


def base_of(model: type[Model]) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def asks(model: type[Model], pk: Any) -> Iterator[tuple[str, str]]:
    base = base_of(model)
    yield f"GET {base}", base
    yield f"GET {base}?_popup=1&_to_field=id", f"{base}?_popup=1&_to_field=id"
    for page in ("add", "change", "history", "delete"):
        yield f"GET {base}…/{page}/", f"{base}add/" if page == "add" else f"{base}{pk}/{page}/"


def look(address: str, change: str, client: Client) -> str:
    """A list is opened only for whom the row stands in it."""
    answer = client.get(address)
    if answer.status_code == 403:
        return REFUSED
    if answer.status_code in {302, 404}:
        return ABSENT
    if answer.status_code == 400:
        return "x"
    if "/change/" in address or "/history/" in address:
        return OPENED
    return OPENED if change in answer.content.decode() else ABSENT


def press(model: type[Model], button: str, pk: Any, client: Client) -> str:
    """A button is opened only for whom something was done."""
    before = AuditEntry.objects.filter(kind=AuditKind.CHANGE).count()
    answer = client.post(base_of(model), {"action": button, "_selected_action": [pk]})
    if answer.status_code == 403:
        return REFUSED
    done = AuditEntry.objects.filter(kind=AuditKind.CHANGE).count() - before
    return OPENED if done else ABSENT


def buttons(model: type[Model]) -> list[str]:
    named = admin.site._registry[model].actions or ()
    return [one if isinstance(one, str) else one.__name__ for one in named]


def _visit(world: World, button: str) -> Appointment:
    """One for which the button is meant."""
    before = {"mark_no_show": timedelta(hours=1)}.get(button, timedelta())
    visit = world.book(NOW - before, now=NOW - timedelta(days=1))
    if button == "complete_appointment":
        mark_arrived(appointment=visit, now=NOW, by=world.front_desk)
    return visit


def rows_after_care(walk: Walk, model: type[Model], row: Any) -> dict[str, str]:
    """The same of a patient who was discharged, for who cared for them."""
    found: dict[str, str] = {}
    needs = needs_of(model)
    with undone(), afterwards(walk) as clients:
        for key, address in asks(model, row.pk):
            shown = partial(look, address, f"{base_of(model)}{row.pk}/change/")
            found[key] = line(clients, shown, needs)
    for button in buttons(model):
        with undone():
            chosen = _visit(walk.world, button) if model is Appointment else row
            with afterwards(walk) as clients:
                pressed = partial(press, model, button, chosen.pk)
                found[f"POST {base_of(model)} {button}"] = line(clients, pressed)
    return found


def rows_of(walk: Walk, model: type[Model], row: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    needs = needs_of(model)
    for key, address in asks(model, row.pk):
        shown = partial(look, address, f"{base_of(model)}{row.pk}/change/")
        found[key] = line(walk.colleagues, shown, needs)
        assert nobody().get(address).status_code == 302, address
    for button in buttons(model):
        with undone():
            chosen = _visit(walk.world, button) if model is Appointment else row
            pressed = partial(press, model, button, chosen.pk)
            found[f"POST {base_of(model)} {button}"] = line(walk.colleagues, pressed)
    return found


def needs_of(model: type[Model]) -> set[Permission]:
    """What opens its pages. A button may need more: there is no door of its own."""
    return {admin.site._registry[model].seen_with}  # type: ignore[attr-defined]


def is_of(model: type[Model], key: str) -> bool:
    return key.partition(" ")[2].startswith(base_of(model))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_who_gets_what_is_as_the_table_says(walk: Walk, model: type[Model]):
    row = ours(model, walk.world)
    assert row is not None, f"No row of {model.__name__}: ids_for makes one of everything."
    with undone():
        in_care = rows_of(walk, model, row)
    found = beside(in_care, rows_after_care(walk, model, row))
    assert compare("admin", found, partial(is_of, model)) == []
    for key, cells in found.items():
        by_role = columns(cells)
        if key.endswith(tuple(f"…/{page}/" for page in NEVER)):
            assert OPENED not in cells, key
        if not any(table in key for table in OF_THE_CLINIC):
            other = {signs[2] for signs in by_role.values()}
            assert other <= {REFUSED, ABSENT, "x"}, key
            assert OPENED not in by_role[Role.SYSTEM_ADMINISTRATOR], key


def test_the_table_tells_of_no_page_that_is_gone():
    gone = [key for key in keys_of("admin") if not any(is_of(model, key) for model in MODELS)]
    assert gone == []
