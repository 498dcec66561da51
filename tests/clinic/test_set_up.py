"""A new server is entered with one file and one command; again, and only changes are made."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from access.models import AuditEntry, Site, User
from appointments.models import AppointmentType, Room
from patients.models import Program
from tests.support.launching import REPOSITORY

pytestmark = pytest.mark.django_db
EXAMPLE = REPOSITORY / "deploy" / "clinic.example.toml"


def set_up(path):
    said = StringIO()
    call_command("set_up_clinic", str(path), stdout=said)
    return said.getvalue()


def test_the_example_makes_a_clinic_that_its_administrator_can_enter():
    said = set_up(EXAMPLE)
    password = said.partition("password for one sign-in: ")[2].split()[0]
    client = Client()
    client.post("/sign-in", {"username": "you@clinic.example.org", "password": password})
    new = "five small birds on a wire"
    client.post("/password", {"old_password": password, "new_password": new})
    assert client.get("/staff").status_code == 200
    assert client.get("/patients").status_code == 403
    assert Site.objects.get().neutral_name == "Main Street Office"
    assert set(Program.objects.values_list("code", flat=True)) == {"otp", "office"}
    assert (Room.objects.count(), AppointmentType.objects.count()) == (3, 4)
    assert AuditEntry.objects.filter(action="begin clinic").exists()


def test_again_it_changes_only_what_changed(tmp_path):
    set_up(EXAMPLE)
    trail = AuditEntry.objects.count()
    assert "password" not in set_up(EXAMPLE)
    assert AuditEntry.objects.count() == trail
    other = tmp_path / "clinic.toml"
    text = EXAMPLE.read_text().replace("+1 555 0100", "+1 555 0199").replace("Room 2", "Room 3")
    other.write_text(
        text
        + '\n[sites.hill]\nname="Hill"\nneutral_name="Hill Office"\ntime_zone="America/Chicago"\n'
    )
    set_up(other)
    assert Site.objects.get(code="main-street").phone == "+1 555 0199"
    assert Room.objects.count() == 4
    administrator = User.objects.get(email="you@clinic.example.org")
    assert administrator.role_assignments.count() == 2
    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True)[trail:])
    assert actions == ["change site", "make room", "make site"]


def test_nobody_begins_a_clinic_that_has_begun(tmp_path):
    set_up(EXAMPLE)
    other = tmp_path / "clinic.toml"
    other.write_text(EXAMPLE.read_text().replace("you@clinic", "somebody-else@clinic"))
    with pytest.raises(CommandError, match="already has staff accounts"):
        set_up(other)
    assert User.objects.filter(is_service=False).count() == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[administrator]", "[administrater]", r"\[administrator\] is missing"),
        ("America/New_York", "New York", "no such zone"),
        ('phone = "+1 555 0100"', 'fone = "+1"', "fone is not known"),
        ('arm = "behavioural"', 'arm = "left"', "one of behavioural, medication"),
        ("minutes = 45", "minutes = 0", "Nothing was changed"),
        ("[sites.main-street]", "[sites.main-street", "line"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_made(tmp_path, old, new, said):
    file = tmp_path / "clinic.toml"
    file.write_text(EXAMPLE.read_text().replace(old, new))
    with pytest.raises(CommandError, match=said):
        set_up(file)
    assert not Site.objects.exists()
