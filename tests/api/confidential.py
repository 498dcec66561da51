"""What an answer must not hold, for each who asks: a patient of either site, and who may know what of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.test import Client

from access.authz.policy import forget_roles
from access.enums import Role
from access.models import CareTeamPlace, User
from patients.actions.findings import record_event
from patients.enums import EventKind
from patients.models import Patient, Program
from tests.api.population import MARKS, populate
from tests.matrix.people import RELATIONS, people
from tests.support.auth import prove
from tests.support.world import NOW, TODAY, World, make_user

#: Of counseling notes: for who wrote them and whom they named, whatever the role.
NOTE_MARK = "spoke of her brother"
FOUND_HERE, FOUND_THERE = "Found by the canal", "Found under the pier"
NO_CLINICAL = (Role.FRONT_DESK, Role.PRIVACY_OFFICER, Role.SYSTEM_ADMINISTRATOR)
OWN_CASELOAD = (Role.COUNSELOR, Role.CASE_MANAGER)


@dataclass(frozen=True)
class Asker:
    """`cookies` are the session's; None for `role` is nobody at all."""

    role: Role | None
    relation: str
    cookies: dict[str, str]
    forbidden: tuple[str, ...]
    foreign: frozenset[int]

    def __repr__(self) -> str:
        return f"{self.role or 'nobody' if self.relation in RELATIONS else 'a colleague'} ({self.relation})"


class Confidential:
    """Two patients of whom everything is known, one at each site, and the words that give each away."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ids_here = populate(world, 11, owner=world.prescriber)
        there = mirrored(world)
        self.ids_there = populate(there, 12, owner=there.prescriber, patient=world.other_patient)
        self.here = Patient.objects.get(pk=self.ids_here["patients"])
        self.there = Patient.objects.get(pk=self.ids_there["patients"])
        # Of their own, because whoever populates writes the same of everybody.
        for patient, by, note in (
            (self.here, world.prescriber, FOUND_HERE),
            (self.there, there.prescriber, FOUND_THERE),
        ):
            record_event(
                patient=patient,
                kind=EventKind.OVERDOSE,
                occurred_date=TODAY,
                note=note,
                now=NOW,
                by=by,
            )

    @property
    def of_here(self) -> tuple[str, ...]:
        return ("Person11", self.here.record_number, _phone(self.here), FOUND_HERE)

    @property
    def of_there(self) -> tuple[str, ...]:
        return ("Elsewhere", self.there.record_number, _phone(self.there), FOUND_THERE)

    def forbidden(self, role: Role | None, relation: str) -> tuple[str, ...]:
        """Words that an answer to such a person must not hold."""
        if role is None:
            return (*self.of_here, *self.of_there, *MARKS)
        words = (NOTE_MARK, *(self.of_here if relation == "other site" else self.of_there))
        if role is Role.SYSTEM_ADMINISTRATOR:
            words += (*self.of_here, *self.of_there)
        if role in NO_CLINICAL:
            words += MARKS
        if role in OWN_CASELOAD and relation != "own":
            words += MARKS
        return tuple(dict.fromkeys(words))


def _phone(patient: Patient) -> str:
    value: str = patient.contact_points.get().value
    return value


def mirrored(world: World) -> World:
    """The same world seen from the other site, with colleagues of its own."""
    staff = {role: make_user(f"{role.value} upland", role, world.there) for role in Role}
    return replace(
        world,
        here=world.there,
        there=world.here,
        staff=staff,
        program=Program.objects.get(site=world.there),
        patient=world.other_patient,
        other_patient=world.patient,
    )


def make_askers(known: Confidential) -> dict[Role | None, dict[str, Asker]]:
    """By role and relation to the patient here (tests/matrix/people.py)."""
    found: dict[Role | None, dict[str, Asker]] = {
        None: {
            relation: Asker(None, relation, {}, known.forbidden(None, relation), frozenset())
            for relation in RELATIONS
        }
    }
    for role, colleagues in people(known.world).items():
        _take_on(colleagues[0], known)
        found[role] = {
            relation: Asker(
                role,
                relation,
                session_cookies(user),
                known.forbidden(role, relation),
                frozenset({known.here.pk if relation == "other site" else known.there.pk}),
            )
            for relation, user in zip(RELATIONS, colleagues, strict=True)
        }
    return found


def _take_on(user: User, known: Confidential) -> None:
    CareTeamPlace.objects.create(
        user=user,
        patient_id=known.here.pk,
        site=known.here.site,
        chosen_by=known.world.clinical_director,
        since_date=date(2020, 1, 1),
        planned_end_date=date(2999, 12, 31),
    )
    forget_roles(user)


def session_cookies(user: User) -> dict[str, str]:
    """What that person's browser keeps: the session, and the token that a page with a form leaves."""
    client = Client()
    client.force_login(user)
    prove(client)
    client.get("/account")
    return {name: morsel.value for name, morsel in client.cookies.items()}


def told(asker: Asker, *, sent: str, answer: Any, text: str) -> list[str]:
    """What of the forbidden stands in an answer, unless the asker wrote it there."""
    words = [word for word in asker.forbidden if word in text and word not in sent]
    rows = [f"a row of patient {pk}" for pk in sorted(asker.foreign & set(patients_in(answer)))]
    return words + rows


def patients_in(answer: Any) -> Iterator[int]:
    """Every value under `patient`, however deep."""
    if isinstance(answer, dict):
        if isinstance(answer.get("patient"), int):
            yield answer["patient"]
        for inner in answer.values():
            yield from patients_in(inner)
    elif isinstance(answer, list):
        for inner in answer:
            yield from patients_in(inner)
