"""The privacy officer's page: everything, one kind of thing, or all about one record."""

import pytest
from django.test import Client

from access.enums import TrailKind


@pytest.fixture
def officer(world):
    client = Client()
    client.force_login(world.privacy_officer)
    return client


@pytest.fixture
def looked_at(world):
    nurse = Client()
    nurse.force_login(world.nurse)
    nurse.get(f"/patients/{world.patient.pk}")
    return world.patient


def test_who_looked_at_one_record(officer, looked_at, world):
    page = officer.post("/audit", {"record_number": looked_at.record_number.lower()})
    text = page.content.decode()
    assert f"Who looked at record {looked_at.record_number}" in text
    assert world.nurse.name in text
    assert "read" in text
    assert looked_at.family_name not in text


def test_rows_say_the_number_by_which_to_ask(officer, looked_at):
    page = officer.get("/audit?kind=read").content.decode()
    assert f'data-label="Patient">{looked_at.record_number}<' in page


def test_a_record_of_another_site_is_as_unknown_as_none(officer, world):
    elsewhere = officer.post("/audit", {"record_number": world.other_patient.record_number})
    nobody = officer.post("/audit", {"record_number": "M-999999"})
    for answer in (elsewhere, nobody):
        assert b"Nothing is recorded about a record of this number" in answer.content
    assert officer.post("/audit", {"record_number": "M-999999"}).status_code == 200


@pytest.mark.parametrize("kind", TrailKind.values)
def test_one_kind_of_entry(officer, looked_at, kind):
    rows = officer.get(f"/audit?kind={kind}").context["page"].rows
    assert {row.kind for row in rows} <= {kind}
    assert rows or kind != TrailKind.READ


def test_looking_at_the_trail_is_no_reading_of_a_record(officer, looked_at):
    before = len(officer.get("/audit?kind=read").context["page"].rows)
    officer.post("/audit", {"record_number": looked_at.record_number})
    assert len(officer.get("/audit?kind=read").context["page"].rows) == before
