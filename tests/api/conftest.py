"""Callers of the API, at one fixed moment."""

import pytest
import time_machine

from access.enums import Role
from access.models import RoleAssignment, User
from tests.api.callers import Caller
from tests.support.world import NOW, World, make_user


@pytest.fixture(autouse=True)
def _fixed_moment():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def call():
    """`call(user)` asks with that person's session; `call()` asks as nobody."""
    return Caller


@pytest.fixture
def everything(world: World) -> User:
    """Somebody who holds every right at `world.here`."""
    user = make_user("Every right")
    for role in (Role.CLINICAL_DIRECTOR, Role.PRIVACY_OFFICER, Role.SYSTEM_ADMINISTRATOR):
        RoleAssignment.objects.create(user=user, site=world.here, role=role, granted_at=NOW)
    return user
