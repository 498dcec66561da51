"""The privacy officer's page: everything, one kind of thing, or all about one record."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from access.enums import AuditKind
from access.models import AuditEntry


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


def test_every_entry_about_one_record(officer, looked_at, world):
    page = officer.post("/audit", {"record_number": looked_at.record_number.lower()})
    text = page.content.decode()
    assert f"Audit entries for record {looked_at.record_number}" in text
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
        assert b"No audit entries for this record number" in answer.content
    assert officer.post("/audit", {"record_number": "M-999999"}).status_code == 200


@pytest.mark.parametrize("kind", AuditKind.values)
def test_one_kind_of_entry(officer, looked_at, kind):
    rows = officer.get(f"/audit?kind={kind}").context["page"].rows
    assert {row.kind for row in rows} <= {kind}
    assert rows or kind != AuditKind.READ


def test_looking_at_the_trail_is_no_reading_of_a_record(officer, looked_at):
    before = len(officer.get("/audit?kind=read").context["page"].rows)
    officer.post("/audit", {"record_number": looked_at.record_number})
    assert len(officer.get("/audit?kind=read").context["page"].rows) == before


def test_who_looked_by_day_and_person(officer, looked_at, world):
    nurse = Client()
    nurse.force_login(world.nurse)
    for _ in range(2):
        nurse.get(f"/patients/{looked_at.pk}")
    page = officer.post("/audit/record", {"record_number": looked_at.record_number.lower()})
    (row,) = [row for row in page.context["rows"] if row.who == world.nurse.name]
    assert (row.role, row.times_read, row.times_written) == ("Nurse", 3, 0)
    assert "patient" in row.records
    assert row.grounds == ("works at the site",)
    text = page.content.decode()
    assert "works at the site" in text
    assert "works at the site" in officer.get("/audit?kind=read").content.decode()
    assert world.nurse.name in text
    assert looked_at.family_name not in text
    assert looked_at.record_number not in officer.get("/audit/record").content.decode()


def test_what_was_written_is_counted_apart(officer, world):
    world.reachable()
    page = officer.post("/audit/record", _days(world, first="2026-03-01", last="2026-03-31"))
    assert sum(row.times_written for row in page.context["rows"]) >= 2


def test_other_days_are_other_rows_and_bad_ones_are_said(officer, looked_at, world):
    answer = officer.post("/audit/record", _days(world, first="2020-01-01", last="2020-12-31"))
    assert "Nobody looked at this record between these dates" in answer.content.decode()
    answer = officer.post("/audit/record", _days(world, first="2020-02-01", last="2020-01-01"))
    assert answer.status_code == 422
    assert "This date is before the first date" in answer.content.decode()
    answer = officer.post("/audit/record", _days(world, first="0001-01-01", last="9999-12-31"))
    assert answer.status_code == 422


def test_who_looked_elsewhere_is_as_unknown_as_nobody(officer, world):
    said = [
        officer.post("/audit/record", {"record_number": number}).context["form"].errors
        for number in (world.other_patient.record_number, "M-999999")
    ]
    assert said[0] == said[1] != {}
    elsewhere = {"record_number": world.other_patient.record_number}
    assert officer.post("/audit/record/print", elsewhere).status_code == 404


def test_who_looked_on_paper(officer, looked_at):
    answer = officer.post("/audit/record/print", {"record_number": looked_at.record_number})
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert looked_at.record_number not in answer["Content-Disposition"]
    # Printing is a reading, too, and stands in the trail.
    newest = AuditEntry.objects.order_by("-id")[0]
    assert (newest.patient_id, newest.detail["page"]) == (
        looked_at.pk,
        "dashboard:print_access_report",
    )


@pytest.mark.parametrize("number", [1, 30])
def test_who_looked_is_one_statement_however_many(officer, world, number):
    for _ in range(number):
        reader = Client()
        reader.force_login(world.nurse)
        reader.get(f"/patients/{world.patient.pk}")
    with CaptureQueriesContext(connection) as captured:
        officer.post("/audit/record", {"record_number": world.patient.record_number})
    told = [one for one in captured if "access_auditentry" in one["sql"]]
    assert len([one for one in told if one["sql"].startswith("SELECT")]) == 1


def _days(world, *, first, last):
    return {"record_number": world.patient.record_number, "first": first, "last": last}
