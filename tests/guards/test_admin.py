"""The admin answers the questions that it shows and no others, and reads no table whole."""

import re
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access import admin_base
from access.admin_base import ReadOnlyAdmin
from access.authz.roles import PERMISSIONS
from access.enums import Permission, Role
from access.models import AuditEntry
from tests.support.world import NOW, World

#: Tables of so few rows that no index is needed.
SMALL = {"User"}
#: The filter's rare values stand in a partial index; the others are met at once.
PARTLY_INDEXED = {"TreatmentPlan.status"}


def pages() -> list[ReadOnlyAdmin]:
    return list(admin.site._registry.values())  # type: ignore[arg-type]


def address_of(page: ReadOnlyAdmin) -> str:
    return reverse(f"admin:{page.model._meta.app_label}_{page.model._meta.model_name}_changelist")


def relations(model: type[models.Model]) -> Iterator[str]:
    """What one may write before `__isnull` to ask of another table: both ways, one step far."""
    for field in model._meta.get_fields():
        if field.is_relation:
            query_name = getattr(field, "related_query_name", None)
            yield query_name() if query_name and not field.concrete else field.name


@pytest.mark.parametrize("listed", pages(), ids=lambda listed: listed.model.__name__)
def test_every_page_of_the_admin_asks_what_it_shows(listed):
    assert isinstance(listed, ReadOnlyAdmin)


@pytest.mark.parametrize("role", Role, ids=str)
def test_no_relation_can_be_asked_about(world: World, role: Role):
    """`?diagnoses__isnull=False` would tell the front desk who has a diagnosis."""
    client = Client()
    client.force_login(world.staff[role])
    asked = 0
    for page in pages():
        for name in sorted(set(relations(page.model)) - set(page.list_filter)):
            for lookup in (f"{name}__isnull=False", f"{name}__id__gt=0"):
                answer = client.get(f"{address_of(page)}?{lookup}")
                expected = 400 if page.seen_with in PERMISSIONS[role] else 403
                assert answer.status_code == expected, (role, page, lookup)
                asked += 1
    assert asked > 60


def test_the_filter_that_told_who_has_a_diagnosis(world: World, sign_in):
    from patients.actions.findings import record_diagnosis

    record_diagnosis(patient=world.patient, code="F11.20", now=NOW, by=world.prescriber)
    client = sign_in(world.front_desk)
    answer = client.get("/admin/patients/patient/?diagnoses__isnull=False")
    assert answer.status_code == 400
    assert world.patient.family_name not in answer.content.decode()


@pytest.mark.parametrize("listed", pages(), ids=lambda listed: listed.model.__name__)
def test_no_column_can_be_asked_about_but_those_of_the_filters(listed, rf):
    shown = set(listed.list_filter) | {"id"}
    for field in listed.model._meta.get_fields():
        for step in ("", *(f"__{name}" for name in columns_of(field.related_model))):
            for end in ("", "__isnull", "__startswith", "__gt"):
                lookup = f"{field.name}{step}{end}"
                allowed = listed.lookup_allowed(lookup, "1", rf.get("/"))
                assert not allowed or field.name in shown, lookup
                assert not allowed or step in {"", "__id"}, lookup
                assert not allowed or end in {"", "__isnull"}, lookup


def columns_of(model: object) -> list[str]:
    return [field.name for field in model._meta.get_fields()] if model else []  # type: ignore[attr-defined]


def test_what_is_shown_as_a_filter_still_filters(world: World, sign_in):
    client = sign_in(world.clinical_director)
    for page in pages():
        for spec in ("", *page.list_filter):
            lookup = (
                f"{spec}__exact"
                if spec not in {"site", "program", "type"}
                else f"{spec}__id__exact"
            )
            answer = client.get(address_of(page), {lookup: "1"} if spec else {})
            expected = 200 if page.seen_with in PERMISSIONS[Role.CLINICAL_DIRECTOR] else 403
            assert answer.status_code == expected, lookup
    by_id = f"/admin/patients/patient/?id__exact={world.patient.pk}"
    assert world.patient.family_name in client.get(by_id).content.decode()


# --- at scale ----------------------------------------------------------------------------------


@pytest.mark.parametrize("listed", pages(), ids=lambda listed: listed.model.__name__)
def test_every_filter_has_an_index(listed):
    if listed.model.__name__ in SMALL:
        return
    firsts = {index.fields[0].lstrip("-") for index in listed.model._meta.indexes if index.fields}
    for name in listed.list_filter:
        field = listed.model._meta.get_field(name)
        if f"{listed.model.__name__}.{name}" not in PARTLY_INDEXED:
            assert name in firsts or getattr(field, "db_index", False), name
        # Choices that are read out of the rows are a DISTINCT over all of them.
        assert field.choices or field.is_relation or isinstance(field, models.BooleanField), name


@pytest.mark.parametrize("listed", pages(), ids=lambda listed: listed.model.__name__)
def test_every_list_has_an_index_in_its_order(listed):
    if listed.model.__name__ in SMALL:
        return
    orders = [tuple(index.fields) for index in listed.model._meta.indexes]
    forwards = tuple(name.lstrip("-") for name in listed.ordering)
    # An index is read from either end.
    assert {tuple(listed.ordering), forwards} & {*orders, ("id",)}, listed.ordering


@pytest.mark.parametrize("listed", pages(), ids=lambda listed: listed.model.__name__)
def test_no_list_reads_its_table_whole(world: World, sign_in, listed):
    if listed.model.__name__ in SMALL:
        return
    role = next(role for role in Role if listed.seen_with in PERMISSIONS[role])
    client = sign_in(world.staff[role])
    table = listed.model._meta.db_table
    for query in ("", "?_facets=1", "?o=1.-2.3", "?all=", "?p=2"):
        with CaptureQueriesContext(connection) as seen:
            client.get(address_of(listed) + query)
        ours = [one["sql"] for one in seen if f'FROM "{table}"' in one["sql"]]
        assert ours, query
        assert not any("DISTINCT" in sql for sql in ours), (query, ours)
        counts = [sql for sql in ours if "COUNT(" in sql]
        assert counts, query
        assert all(f"LIMIT {admin_base.MAX_COUNT + 1}" in sql for sql in counts), (query, counts)
        ordered = [sql.rsplit("ORDER BY", 1)[1] for sql in ours if sql not in counts]
        first = listed.ordering[0].lstrip("-")
        assert all(sql.split(",")[0].split(".")[-1].startswith(f'"{first}"') for sql in ordered)


def test_a_long_list_says_that_it_was_not_counted(world: World, sign_in, monkeypatch):
    monkeypatch.setattr(admin_base, "MAX_COUNT", 60)
    AuditEntry.objects.bulk_create(
        AuditEntry(at=NOW, actor_label="Nobody", action="look", object_type="page")
        for _ in range(200)
    )
    client = sign_in(world.privacy_officer)
    text = client.get("/admin/access/auditentry/").content.decode()
    assert "more than 60" in text
    assert "audit entries" in text
    page = client.get("/admin/access/auditentry/?p=2").context["cl"]
    assert [len(page.result_list), page.result_count] == [11, 61]
    # As far as the pages go: what is older is found by asking more exactly.
    assert client.get("/admin/access/auditentry/?p=3").status_code == 302


def test_a_short_list_is_counted(world: World, sign_in):
    client = sign_in(world.front_desk)
    page = client.get("/admin/patients/patient/").context["cl"]
    assert str(page.result_count) == "1"


def test_the_audit_list_can_be_had_by_kind(world: World, sign_in):
    assert Permission.SEE_AUDIT in PERMISSIONS[Role.PRIVACY_OFFICER]
    client = sign_in(world.privacy_officer)
    client.get("/patients/1")
    rows = client.get("/admin/access/auditentry/?kind__exact=refusal").context["cl"].result_list
    assert {row.kind for row in rows} == {"refusal"}


# --- no name in an address ---------------------------------------------------------------------


@pytest.mark.parametrize("listed", pages(), ids=lambda listed: listed.model.__name__)
def test_what_is_looked_for_stands_in_no_address(world: World, sign_in, listed):
    role = next(role for role in Role if listed.seen_with in PERMISSIONS[role])
    client = sign_in(world.staff[role])
    answer = client.get(address_of(listed), {"q": "Testa", "p": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (302, address_of(listed))
    page = client.get(address_of(listed)).content.decode()
    found = client.post(address_of(listed), {"q": "Nobody Atall"}).content.decode()
    for text in (page, found):
        forms = re.findall(r"<form[^>]*>", text)
        assert forms
        assert all('method="post"' in form for form in forms), forms
        assert "hx-get" not in text
        assert not re.search(r"""(?:href|action)=["'][^"']*[?&;](?:q|s|term)=""", text)
        assert "Atall" not in "".join(re.findall(r"""(?:href|action|src)=["'][^"']*["']""", text))
    if listed.search_fields:
        assert "csrfmiddlewaretoken" in page.split('id="changelist-search"')[1].split("</form>")[0]
        assert 'value="Nobody Atall"' in found


def test_a_name_in_an_address_finds_nobody(world: World, sign_in):
    client = sign_in(world.front_desk)
    listed = "/admin/patients/patient/"
    for family, rows in ((world.patient.family_name, [world.patient]), ("Nobodyatall", [])):
        assert list(client.post(listed, {"q": family}).context["cl"].result_list) == rows
        answer = client.get(listed, {"q": family}, follow=True)
        assert list(answer.context["cl"].result_list) == [world.patient]
        assert answer.context["cl"].query == ""
    for elsewhere in ("search/?s=Testa", "search/?s=Testa&extended=1", "autocomplete/?term=Testa"):
        assert client.get(f"/admin/{elsewhere}").status_code == 404


def test_what_was_found_has_pages_too(world: World, sign_in):
    for number in range(60):
        world.register(f"Manyfold{number:02}")
    client = sign_in(world.front_desk)
    listed = "/admin/patients/patient/"
    first = client.post(listed, {"q": "manyfold"})
    assert len(first.context["cl"].result_list) == 50
    text = first.content.decode()
    assert '<button form="changelist-search" name="p" value="2"' in text
    assert "?p=2" not in text
    rest = client.post(listed, {"q": "manyfold", "p": "2"}).context["cl"].result_list
    assert len(rest) == 10
    for odd in ("0", "99", "x", "²"):
        assert client.post(listed, {"q": "manyfold", "p": odd}).status_code in {200, 302}


def test_all_of_them_means_the_ticked_ones(world: World, sign_in):
    client = sign_in(world.system_administrator)
    ticked = {"action": "disable", "select_across": "1", "_selected_action": [world.nurse.pk]}
    client.post("/admin/access/user/", {**ticked, "index": "0"})
    world.nurse.refresh_from_db()
    world.front_desk.refresh_from_db()
    assert (world.nurse.is_active, world.front_desk.is_active) == (False, True)
