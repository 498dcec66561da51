"""Everybody who may ask: each role, in each relation to the patient, and nobody at all.

Two who hold the same rights, and the same over this patient, are answered by the same code: one of
them is asked for both. With MAINSTAY_FULL=1 (`make test-full`) everybody is asked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.test import Client

from access.authz.policy import can, forget_roles
from access.authz.roles import SEEING_PATIENTS
from access.enums import Permission, Role
from access.models import CareTeamPlace, User
from patients.enums import DischargeReason
from patients.models import Episode, Patient
from tests.support.auth import prove
from tests.support.full_run import FULL
from tests.support.world import NOW, TODAY, World, make_user, make_world
from treatments.actions.discharge import discharge_from_care

RELATIONS = ("own", "same site", "other site", "formerly")
#: The fifth sign: one's own patient until discharge, and the days of grace are over.
AFTER_CARE = "discharged"
OPENED, REFUSED, ABSENT, OVER = "+", "-", ".", "e"
#: A day after the discharge; the clinic of this walk gives no days of grace.
AFTERWARDS = NOW + timedelta(hours=23)
FOLDER = Path(__file__).parent
#: Set: the tables are written anew (with WORKERS=0), to be read line by line before they are kept.
WRITE = bool(os.environ.get("MAINSTAY_WRITE_MATRIX"))
#: Those with equal rights are asked, too.
ASK_ALL = FULL or WRITE
ROLES = list(Role)


def people(world: World) -> dict[Role, list[User]]:
    """For each role four colleagues, in the order of RELATIONS.

    On the care team of `world.patient`; at the same site and not on it; at another site; and on
    the team once, until care ended and the days of grace were over.
    """
    found = {}
    for role in ROLES:
        own = make_user(f"{role.value} own", role, world.here)
        same = make_user(f"{role.value} same", role, world.here)
        other = make_user(f"{role.value} other", role, world.there)
        once = make_user(f"{role.value} once", role, world.here)
        _place(world, own, date(2999, 12, 31))
        _place(world, once, date(2020, 1, 31))
        found[role] = [own, same, other, once]
    return found


def _place(world: World, user: User, until: date) -> None:
    CareTeamPlace.objects.create(
        user=user,
        patient_id=world.patient.pk,
        site=world.here,
        chosen_by=world.clinical_director,
        since_date=date(2020, 1, 1),
        planned_end_date=until,
    )
    forget_roles(user)


def formerly_caring(world: World) -> dict[Role, User]:
    """A colleague of each role who is on the care team of `world.patient`, where a role can be."""
    found = {}
    for role in ROLES:
        found[role] = make_user(f"{role.value} until discharge", role, world.here)
        if role in SEEING_PATIENTS:
            world.put_on_care_team(found[role])
    return found


def end_care(world: World) -> None:
    """`world.patient` leaves through the ordinary verb: nobody at the clinic treats them any more."""
    still = Episode.objects.open().filter(patient=world.patient)
    for episode in list(still) or [world.admit()]:
        discharge_from_care(
            episode=episode,
            discharge_date=TODAY,
            reason=DischargeReason.COMPLETED,
            now=NOW,
            by=world.prescriber,
        )
    assert not CareTeamPlace.objects.filter(
        patient_id=world.patient.pk, ended_at__isnull=True, planned_end_date__gt=TODAY
    ).exists()


class Colleague(Client):
    """Somebody signed in, and what they hold: anywhere, and over the patient of the walk."""

    def __init__(self, user: User) -> None:
        super().__init__(raise_request_exception=True)
        self.user = user
        self.held: frozenset[Permission] = frozenset()
        self.over: frozenset[Permission] = frozenset()
        self.force_login(user)
        prove(self)

    def weigh(self, patient: Patient) -> Colleague:
        forget_roles(self.user)
        self.held = frozenset(right for right in Permission if can(self.user, right))
        self.over = frozenset(right for right in Permission if can(self.user, right, on=patient))
        return self

    def likeness(self, needs: Collection[Permission] | None) -> Hashable:
        """The same for all who need not be asked apart, where one of `needs` opens the door.

        To whom the door is shut, the rest does not matter: tests/guards/test_routes.py and
        tests/api/test_rights.py ask every role at every door.
        """
        if ASK_ALL:
            return id(self)
        is_shut = needs is not None and not self.held.intersection(needs)
        return "shut" if is_shut else (self.held, self.over)


Colleagues = Mapping[Role, list[Colleague]]


@dataclass(frozen=True)
class Walk:
    """A world and everybody who asks in it; each question is undone."""

    world: World
    colleagues: Colleagues
    #: Who cared for the patient until the discharge, signed in when it is over.
    formerly: Colleagues
    ids: dict[str, int]


@contextmanager
def walked(
    blocker: Any, furnish: Callable[[World], dict[str, int]] = lambda world: {}
) -> Iterator[Walk]:
    """Made once for all pages of a module that one process walks."""
    with time_machine.travel(NOW, tick=False), blocker.unblock(), undone():
        world = make_world()
        colleagues = {
            role: [Colleague(user).weigh(world.patient) for user in users]
            for role, users in people(world).items()
        }
        once = formerly_caring(world)
        with time_machine.travel(AFTERWARDS, tick=False):
            formerly = {role: [Colleague(user)] for role, user in once.items()}
        yield Walk(world, colleagues, formerly, furnish(world))


@pytest.fixture
def _at_this_moment(settings: Any) -> Iterator[None]:
    """The clinic of this walk gives no days of grace."""
    settings.CARE_TEAM_GRACE_DAYS = 0
    with time_machine.travel(NOW, tick=False):
        yield


@contextmanager
def afterwards(walk: Walk) -> Iterator[Colleagues]:
    """Care is ended, the grace too; and who cared before asks again."""
    end_care(walk.world)
    assert settings.CARE_TEAM_GRACE_DAYS == 0
    with time_machine.travel(AFTERWARDS, tick=False):
        for (colleague,) in walk.formerly.values():
            colleague.weigh(walk.world.patient)
        yield walk.formerly


def or_over(ask: Callable[[Client], str]) -> Callable[[Client], str]:
    """Refused by what became of the patient, not by right: theirs to do, were there care."""
    return lambda client: OVER if (said := ask(client)).startswith("?") else said


def beside(four: Mapping[str, str], fifth: Mapping[str, str]) -> dict[str, str]:
    """The walk through care, and the walk after it, in one table."""
    assert set(four) == set(fifth), set(four) ^ set(fifth)
    return {
        key: "  ".join(a + b for a, b in zip(cells.split(), fifth[key].split(), strict=True))
        for key, cells in four.items()
    }


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is undone at its end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def line(
    clients: Colleagues, ask: Callable[[Client], str], needs: Collection[Permission] | None = None
) -> str:
    """What each gets: a sign for each of a role's clients, in the order of RELATIONS."""
    signs: dict[Hashable, str] = {}
    everybody = [client for role in ROLES for client in clients[role]]
    # Of those alike, who holds most is asked.
    for client in sorted(everybody, key=lambda one: -len(one.held)):
        like = client.likeness(needs)
        if like not in signs:
            with undone():
                signs[like] = ask(client)
    return "  ".join(
        "".join(signs[client.likeness(needs)] for client in clients[role]) for role in ROLES
    )


def compare(
    name: str, found: Mapping[str, str], belongs: Callable[[str], bool] = lambda key: True
) -> list[str]:
    """Lines of the table of that name that are not as they were found; written, if so asked.

    `belongs` says which lines of the table this walk is about.
    """
    path = FOLDER / f"{name}.txt"
    if WRITE:
        others = {key: cells for key, cells in _read(path) if not belongs(key)}
        rows = sorted({**others, **found}.items(), key=lambda row: row[0].partition(" ")[::-1])
        path.write_text(_head() + "".join(f"{cells}  {key}\n" for key, cells in rows))
    table = {key: cells for key, cells in _read(path) if belongs(key)}
    keys = sorted(set(table) | set(found))
    return [
        f"{key}: the table says {table.get(key)!r}, found {found.get(key)!r}"
        for key in keys
        if table.get(key) != found.get(key)
    ]


def _head() -> str:
    roles = "  ".join(f"{role.value[:5]:<5}" for role in ROLES)
    return (
        "# Who gets what. + opened   - refused   . as if there were nothing   e theirs, but care has ended\n"
        f"# Five signs a role: {', '.join((*RELATIONS, AFTER_CARE))} (see people.py).\n"
        f"# {roles}\n"
    )


def _read(path: Path) -> Iterator[tuple[str, str]]:
    for text in path.read_text().splitlines():
        if not text.startswith("#"):
            width = len(ROLES) * 7 - 2
            yield text[width:].strip(), text[:width]


def columns(cells: str) -> dict[Role, str]:
    return dict(zip(ROLES, cells.split(), strict=True))


def keys_of(name: str) -> set[str]:
    """What the table of that name tells of."""
    return {key for key, _ in _read(FOLDER / f"{name}.txt")}


def nobody() -> Client:
    return Client()
