"""The staff's pages: constant in queries, empty states that help, nothing typed is lost."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.auth.login_throttle import account_of
from access.enums import Permission
from access.models import AuditEntry
from dashboard.timeline import dose_runs
from dispensary.models.doses import DoseRecord
from patients.models import Patient
from reminders.planning import plan_due_reminders
from tests.support.world import NOW, PASSWORD, TODAY, World

LATER = NOW + timedelta(days=1, hours=1)


def fill(world: World, count: int, start: int = 0) -> None:
    """`count` more patients, each admitted, reachable, booked tomorrow with a plan in force."""
    for number in range(start, start + count):
        patient = world.register(f"Person{number:03}")
        world.reachable(patient)
        world.signed(world.admit(patient))
        world.book(
            LATER + timedelta(minutes=45 * number), patient=patient, practitioner=world.nurse
        )
    plan_due_reminders(now=NOW)


def queries_of(client, address, post=None) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        answer = client.post(address, post) if post else client.get(address)
    assert answer.status_code == 200, address
    return len(seen)


@pytest.mark.parametrize(
    ("address", "post"),
    [
        ("/patients", None),
        ("/patients", {"words": "person"}),
        ("/schedule?day=2026-03-04", None),
        ("/reminders", None),
        ("/outcomes/retention?as_of=2026-03-03", None),
    ],
)
def test_lists_take_the_same_queries_for_one_row_and_for_thirty(world, sign_in, address, post):
    client = sign_in(world.clinical_director)
    fill(world, 1)
    queries_of(client, address, post)
    few = queries_of(client, address, post)
    fill(world, 29, start=1)
    assert queries_of(client, address, post) == few
    assert few <= 14


def test_the_patient_page_does_not_grow_with_the_record(world, sign_in):
    client = sign_in(world.clinical_director)
    fill(world, 1)
    patient = Patient.objects.get(family_name="Person000")
    address = f"/patients/{patient.pk}"
    queries_of(client, address)
    few = queries_of(client, address)
    for day in range(3, 30):
        world.book(NOW + timedelta(days=day), patient=patient)
    assert queries_of(client, address) == few
    assert few <= 38


def test_the_staff_page_does_not_grow_with_the_staff(world, sign_in):
    from access.enums import Role
    from tests.support.world import make_user

    client = sign_in(world.system_administrator)
    queries_of(client, "/staff")
    few = queries_of(client, "/staff")
    for number in range(30):
        make_user(f"Colleague {number}", Role.NURSE, world.here)
    assert queries_of(client, "/staff") == few


def test_no_name_stands_in_an_address(world, sign_in):
    """Search goes by POST, and pages are turned by id."""
    fill(world, 3)
    client = sign_in(world.front_desk)
    page = client.get("/patients?words=Person000").content.decode()
    assert "Person001" in page, "words in the address are ignored"
    assert "Person000" in client.post("/patients", {"words": "person000"}).content.decode()


def test_turning_pages_meets_everybody_once(world, sign_in, monkeypatch):
    from dashboard.views import patients

    monkeypatch.setattr(patients, "PAGE", 2)
    fill(world, 5)
    client = sign_in(world.front_desk)
    seen, after = [], ""
    while True:
        page = client.post("/patients", {"words": "", "after": after}).context["page"]
        seen += [row.family_name for row in page.rows]
        if page.next_after is None:
            break
        after = str(page.next_after)
    assert seen == sorted(seen)
    assert seen == ["Person000", "Person001", "Person002", "Person003", "Person004", "Rivera"]


@pytest.mark.parametrize("after", ["x", "-1", "999999999999", "1; DROP TABLE"])
def test_a_strange_cursor_is_the_first_page(world, sign_in, after):
    client = sign_in(world.front_desk)
    assert "Rivera" in client.get("/patients", {"after": after}).content.decode()


def test_refused_forms_keep_what_was_typed(world, sign_in):
    client = sign_in(world.front_desk)
    answer = client.post(
        "/patients/new",
        {
            "site": world.here.pk,
            "given_name": "Zoe",
            "family_name": "Kept",
            "birth_date": "2090-01-01",
            "sex": "female",
            "language": "en",
        },
    )
    assert answer.status_code == 422
    text = answer.content.decode()
    assert 'value="Kept"' in text
    assert "must be between 1900 and today" in text


def test_look_alikes_are_shown_and_somebody_new_may_be_insisted_on(world, sign_in):
    client = sign_in(world.front_desk)
    typed = {
        "site": world.here.pk,
        "given_name": "Anna",
        "family_name": "Rivera",
        "birth_date": "1990-05-17",
        "sex": "female",
        "language": "en",
    }
    answer = client.post("/patients/new", typed)
    assert answer.status_code == 422
    assert world.patient.record_number in answer.content.decode()
    assert client.post("/patients/new", {**typed, "is_somebody_new": "true"}).status_code == 302
    assert Patient.objects.filter(family_name="Rivera").count() == 2


def test_sign_in_leaves_its_trace_and_says_the_same_for_both_mistakes(world, client):
    wrong = client.post("/sign-in", {"username": world.nurse.email, "password": "wrong"})
    unknown = client.post("/sign-in", {"username": "nobody@example.org", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 422
    said = "Please enter a correct"
    assert said in wrong.content.decode()
    assert said in unknown.content.decode()
    of_unknown, of_nurse = AuditEntry.objects.filter(action="failed sign-in").order_by("-id")
    assert of_nurse.actor_id == world.nurse.pk
    assert of_unknown.actor_label == "sign-in"
    assert of_unknown.detail == {"account": account_of(" Nobody@Example.ORG")}
    assert "nobody" not in str(of_unknown.detail)
    right = client.post("/sign-in", {"username": world.nurse.email, "password": PASSWORD})
    assert right.status_code == 302
    assert AuditEntry.objects.filter(action="sign in", actor_id=world.nurse.pk).exists()


def test_unknown_accounts_cost_the_same_statements(world, client):
    """What the database does tells nobody, by its time, whether there is such an account."""

    def asked(email: str) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            client.post("/sign-in", {"username": email, "password": "wrong"})
        said = [one["sql"] for one in captured if "SAVEPOINT" not in one["sql"]]
        return [" ".join(sql.split()[:3]) for sql in said]

    asked("first@example.org")  # the door's own account is made once
    assert asked(world.nurse.email) == asked("nobody@example.org")


def test_a_service_account_cannot_sign_in(world, client):
    from access.actions.accounts import service_account

    service = service_account("reminders", now=NOW)
    service.set_password(PASSWORD)
    service.save()
    answer = client.post("/sign-in", {"username": service.email, "password": PASSWORD})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("role", "first"),
    [
        ("nurse", "/schedule"),
        ("privacy_officer", "/audit"),
        ("system_administrator", "/staff"),
    ],
)
def test_each_role_starts_where_its_work_is(world, sign_in, role, first):
    assert sign_in(getattr(world, role)).get("/")["Location"] == first


def test_somebody_without_a_role_is_told_what_to_do(world, sign_in):
    from tests.support.world import make_user

    client = sign_in(make_user("Nobody Yet"))
    assert "Ask your system administrator" in client.get("/", follow=True).content.decode()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/schedule", "No appointments"),
        ("/reminders", "No reminders"),
        ("/outcomes/retention", "No episodes to report yet"),
    ],
)
def test_empty_pages_say_what_to_do(world, sign_in, address, says):
    assert says in sign_in(world.clinical_director).get(address).content.decode()


def test_health_is_told_without_a_word_of_patients(world, client):
    assert client.get("/healthz").json() == {"status": "live"}
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json() == {
        "status": "not ready",
        "database": True,
        "redis": True,
        "worker": False,
        "beat": False,
    }


def test_ready_when_both_hearts_beat(world, client):
    from django.utils import timezone

    from reminders.job_health import BEAT, WORKER, record_heartbeat

    for name in (WORKER, BEAT):
        record_heartbeat(name, now=timezone.now())
    assert client.get("/readyz").status_code == 200


def test_a_stopped_job_shows_on_every_page(world, sign_in):
    from reminders.job_health import WORKER, record_heartbeat

    record_heartbeat(WORKER, now=NOW)
    page = sign_in(world.nurse).get("/schedule").content.decode()
    assert "Not running:" in page


def test_the_policy_of_our_pages_is_strict(world, sign_in):
    policy = sign_in(world.nurse).get("/schedule")["Content-Security-Policy"]
    assert "unsafe" not in policy


def dose(day: int, outcome: str = "given", amount: int | None = 30) -> DoseRecord:
    return DoseRecord(
        dose_date=TODAY + timedelta(days=day),
        outcome=outcome,
        product="methadone_oral",
        amount_mg=None if amount is None else Decimal(amount),
    )


def test_runs_of_doses_become_one_line():
    days = [
        dose(0),
        dose(1),
        dose(2, "take_home"),
        dose(3, "missed", None),
        dose(4),
        dose(6),
        dose(7, amount=40),
    ]
    assert [(run.title, run.detail) for run in dose_runs(days)] == [
        ("Methadone, oral 30 mg", "3 days, 1 taken home"),
        ("Dose missed", ""),
        ("Methadone, oral 30 mg", ""),
        ("Methadone, oral 30 mg", ""),
        ("Methadone, oral 40 mg", ""),
    ]


def test_templates_ask_for_permissions_that_exist():
    """A button asks `can.see_plan`; a name that no permission has would hide it from everybody."""
    known = {right.name.lower() for right in Permission}
    for path in Path("dashboard/templates").rglob("*.html"):
        asked = set(re.findall(r"\bcan\.([a-z_]+)", path.read_text()))
        assert asked <= known, path


def test_who_reads_counseling_notes_finds_them_on_the_record(world, sign_in):
    address = f"/patients/{world.patient.pk}"
    link = f'href="{reverse("dashboard:counseling_notes", args=[world.patient.pk])}"'
    assert link in sign_in(world.counselor).get(address).content.decode()
    assert link not in sign_in(world.front_desk).get(address).content.decode()
