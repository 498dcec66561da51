"""Whoever read a record is in the trail; a page cannot forget it, and a broken trail shows nothing."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from access.authz.policy import access_date
from access.enums import AuditKind
from access.models import AuditEntry, CareTeamPlace
from access.row_tracking import track_reads
from clinic.middleware.read_audit_middleware import client_address
from patients.models import ContactPoint, Patient
from tests.api.callers import Caller
from tests.support.world import NOW, World


@pytest.fixture(autouse=True)
def _from_elsewhere(settings):
    settings.LOOPBACK_ONLY = False


def readings() -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(kind=AuditKind.READ).order_by("id"))


def signed_in(world: World, who: str) -> Client:
    client = Client(REMOTE_ADDR="192.0.2.7")
    client.force_login(getattr(world, who))
    return client


def test_a_page_says_who_read_whose_record_what_in_which_role_and_from_where(world):
    world.signed(world.admit())
    assert signed_in(world, "nurse").get(f"/patients/{world.patient.pk}").status_code == 200
    (row,) = readings()
    assert (row.actor_id, row.actor_role) == (world.nurse.pk, "Nurse")
    assert (row.patient_id, row.site_id) == (world.patient.pk, world.here.pk)
    assert row.origin == "192.0.2.7"
    assert row.detail["page"] == "dashboard:patient"
    assert {"patient", "treatment plan", "episode of care"} <= set(row.detail["records"])


def test_what_the_front_desk_did_not_see_is_not_said_to_be_read(world):
    world.signed(world.admit())
    signed_in(world, "front_desk").get(f"/patients/{world.patient.pk}")
    (row,) = readings()
    assert "treatment plan" not in row.detail["records"]
    assert "diagnosis" not in row.detail["records"]


def test_a_list_leaves_one_row_for_each_patient_in_it(world):
    others = [world.register(f"Person{number}") for number in range(3)]
    signed_in(world, "front_desk").get("/patients")
    assert {row.patient_id for row in readings()} == {world.patient.pk, *(p.pk for p in others)}


def test_the_api_leaves_a_trail_too_and_knows_the_site(world):
    world.reachable()
    ContactPoint.objects.get()
    assert Caller(world.nurse).get("contact-points").status_code == 200
    (row,) = readings()
    assert (row.patient_id, row.site_id) == (world.patient.pk, world.here.pk)
    assert row.detail["records"] == ["contact point"]


def test_the_admin_leaves_a_trail_too(world):
    signed_in(world, "prescriber").get(f"/admin/patients/patient/{world.patient.pk}/change/")
    assert [row.patient_id for row in readings()] == [world.patient.pk]


def test_what_nobody_saw_is_not_a_reading(world):
    client = signed_in(world, "front_desk")
    contact = world.reachable() or world.patient.contact_points.get()
    assert client.post(f"/contact-points/{contact.pk}/retire").status_code in {302, 404}
    assert readings() == []


def test_no_trail_no_record(world, monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION break_trail() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'trail broken'; END $$;"
            "CREATE TRIGGER break_trail BEFORE INSERT ON access_auditentry"
            " FOR EACH ROW EXECUTE FUNCTION break_trail()"
        )
    with pytest.raises(DatabaseError, match="trail broken"):
        signed_in(world, "nurse").get(f"/patients/{world.patient.pk}")


@pytest.mark.parametrize("number", [1, 20])
def test_it_costs_one_statement(world, number):
    for index in range(number):
        world.register(f"Person{index}")
    client = signed_in(world, "front_desk")
    with CaptureQueriesContext(connection) as captured:
        client.get("/patients")
    written = [one["sql"] for one in captured if "access_auditentry" in one["sql"]]
    assert len(written) == 1
    assert written[0].startswith("INSERT")


def test_a_refusal_is_in_the_trail_without_saying_whether_it_exists(world):
    client = signed_in(world, "front_desk")
    for pk in (world.other_patient.pk, 10**9):
        client.get(f"/patients/{pk}")
    client.get("/audit")
    rows = AuditEntry.objects.filter(kind=AuditKind.REFUSAL).order_by("id")
    assert [row.detail["page"] for row in rows] == [
        "dashboard:patient",
        "dashboard:patient",
        "dashboard:audit",
    ]
    assert [row.patient_id for row in rows] == [None, None, None]
    assert rows[0].detail["named"] == {"pk": str(world.other_patient.pk)}


def test_background_work_is_not_noticed(world):
    with track_reads() as reading:
        Patient.objects.get(pk=world.patient.pk)
    assert set(reading.records) == {world.patient.pk}
    Patient.objects.get(pk=world.other_patient.pk)
    assert set(reading.records) == {world.patient.pk}


@pytest.mark.parametrize(
    ("https", "forwarded", "address"),
    [
        (False, "203.0.113.9", "192.0.2.7"),
        (True, "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (True, "nonsense", None),
    ],
)
def test_only_the_proxy_is_believed(rf, settings, https, forwarded, address):
    settings.HTTPS = https
    request = rf.get("/", REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == address


REFUSED_FORMS = {
    "prescriber": [
        "/patients/{patient}/edit",
        "/patients/{patient}/contact",
        "/patients/{patient}/assessment",
        "/patients/{patient}/disclose",
        "/patients/{patient}/consents/new",
        "/plans/{plan}/problem",
    ],
    "counselor": ["/patients/{patient}/counselling-notes"],
}


@pytest.mark.parametrize(
    ("role", "address"),
    [(role, address) for role, pages in REFUSED_FORMS.items() for address in pages],
)
def test_a_form_that_is_shown_again_is_a_reading_too(world, role, address):
    """An empty form, sent, would otherwise be a look at the record that nobody sees."""
    world.note()
    plan = world.draft(world.admit())
    client = signed_in(world, role)
    answer = client.post(address.format(patient=world.patient.pk, plan=plan.pk), {"filled": "1"})
    assert answer.status_code == 422
    assert {row.patient_id for row in readings()} == {world.patient.pk}


def test_the_look_alike_that_a_registration_meets_is_read(world):
    person = {"given_name": "Ana", "family_name": "Rivera", "birth_date": "1990-05-17"}
    client = signed_in(world, "front_desk")
    body = {**person, "site": world.here.pk}
    answer = client.post("/api/v1/patients", body, content_type="application/json")
    assert answer.status_code == 409
    assert {row.patient_id for row in readings()} == {world.patient.pk}


def test_it_says_on_what_ground_the_record_was_open(world):
    """The weightiest that was needed, in one word; and no statement more for it (see above)."""
    world.signed(world.admit())
    page = f"/patients/{world.patient.pk}"
    for who, ground in (("nurse", "site"), ("front_desk", "site"), ("counselor", "caseload")):
        signed_in(world, who).get(page)
        assert readings()[-1].detail["ground"] == ground, who
    place = CareTeamPlace.objects.get(user=world.counselor)
    place.planned_end_date = access_date() - timedelta(days=2)
    place.since_date = place.planned_end_date
    place.save()
    signed_in(world, "counselor").get(page)
    assert readings()[-1].detail["ground"] == "grace"


def test_named_readers_and_authors_are_told_apart(world):
    world.note()
    world.named_reader()
    with time_machine.travel(NOW, tick=False):
        for who, ground in (("counselor", "author"), ("prescriber", "named")):
            assert Caller(getattr(world, who)).get("counselling-notes").json()["results"]
            assert readings()[-1].detail["ground"] == ground, who
