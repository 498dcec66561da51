"""Every page of the Django admin for every role and relation: lists, records, pop-ups, buttons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.db.models import Model
from django.test import Client

from access.enums import AuditKind, Role
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
    afterwards,
    all_of,
    beside,
    columns,
    compare,
    formerly_caring,
    line,
    nobody,
    undone,
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


@pytest.fixture(autouse=True)
def _at_this_moment():
    with time_machine.travel(NOW, tick=False):
        yield


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


def rows_after_care(world: World) -> dict[str, str]:
    """The same of a patient who was discharged, for who cared for them."""
    world.extra["formerly"] = formerly_caring(world)
    ids_for(world)
    Reminder.objects.update(status=ReminderStatus.FAILED)
    found: dict[str, str] = {}
    for model in admin.site._registry:
        row = ours(model, world)
        with undone(), afterwards(world) as clients:
            for key, address in asks(model, row.pk):
                shown = partial(look, address, f"{base_of(model)}{row.pk}/change/")
                found[key] = line(clients, shown)
        for button in buttons(model):
            with undone():
                chosen = _visit(world, button) if model is Appointment else row
                with afterwards(world) as clients:
                    pressed = partial(press, model, button, chosen.pk)
                    found[f"POST {base_of(model)} {button}"] = line(clients, pressed)
    return found


def rows_of(world: World) -> dict[str, str]:
    clients = all_of(world)
    ids_for(world)
    Reminder.objects.update(status=ReminderStatus.FAILED)
    found: dict[str, str] = {}
    for model in admin.site._registry:
        row = ours(model, world)
        assert row is not None, f"No row of {model.__name__}: ids_for makes one of everything."
        for key, address in asks(model, row.pk):
            found[key] = line(clients, partial(look, address, f"{base_of(model)}{row.pk}/change/"))
            assert nobody().get(address).status_code == 302, address
        for button in buttons(model):
            with undone():
                chosen = _visit(world, button) if model is Appointment else row
                pressed = partial(press, model, button, chosen.pk)
                found[f"POST {base_of(model)} {button}"] = line(clients, pressed)
    return found


def test_who_gets_what_is_as_the_table_says(world: World, settings):
    settings.CARE_TEAM_GRACE_DAYS = 0
    with undone():
        in_care = rows_of(world)
    found = beside(in_care, rows_after_care(world))
    assert compare("admin", found) == []
    for key, cells in found.items():
        by_role = columns(cells)
        if key.endswith(tuple(f"…/{page}/" for page in NEVER)):
            assert OPENED not in cells, key
        if not any(table in key for table in OF_THE_CLINIC):
            other = {signs[2] for signs in by_role.values()}
            assert other <= {REFUSED, ABSENT, "x"}, key
            assert OPENED not in by_role[Role.SYSTEM_ADMINISTRATOR], key
