"""Every address, for every role: what is not granted is denied, and nothing is forgotten."""

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from access.authz.roles import NAMED_ONLY, PERMISSIONS
from access.decorators import NEEDS, OPEN
from access.enums import EmergencyReason, Permission, Role
from access.models import CareTeamPlace, EmergencyAccess
from patients.actions.disclosures import disclose
from patients.actions.findings import (
    record_assessment,
    record_diagnosis,
    record_event,
    record_substance_use,
)
from patients.actions.privacy_notices import record_privacy_notice
from patients.actions.restrictions import end_restriction
from patients.enums import (
    EventKind,
    Instrument,
    NoticeMethod,
    RestrictionEndGround,
    Substance,
)
from patients.models import Program, RestrictionRequest
from reminders.enums import Subject
from reminders.models import Reminder
from reminders.planning import plan_due_reminders
from tests.matrix.people import undone
from tests.support import calendar_world as calendar
from tests.support import care_world as care
from tests.support.action_cases import LATER, proposed, restricted, wished
from tests.support.consents import to_treating_provider
from tests.support.world import NOW, TODAY, make_world
from treatments.actions.drug_tests import record_drug_test
from treatments.enums import Product
from treatments.models import TreatmentPlan


def patterns(resolver=None, prefix="", space=""):
    """(address, name, view) of everything but the API and the admin, which have walks of their own."""
    for entry in (resolver or get_resolver()).url_patterns:
        address = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if entry.namespace not in {"admin", "api"}:
                yield from patterns(entry, address, entry.namespace or space)
        elif isinstance(entry, URLPattern):
            yield address, entry.name, entry.callback


PAGES = {name: (address, view) for address, name, view in patterns()}
OPEN_TO_ANYONE = {
    "sign_in",
    "second_step",
    "passkey_sign_in",
    "healthz",
    "readyz",
    # Opened by a secret of their own, and without a session (decision 21).
    "feed",
    "check_in",
    "enroll_screen",
    # Signed by the text gateway, or by us: tests/reminders/test_inbound_replies.py.
    "text_came",
    "text_delivery",
    "answer_link",
}
OPEN_TO_STAFF = {
    "home",
    "sign_out",
    "no_role",
    "still_here",
    "own_password",
    "account",
    "end_session",
    "sign_out_elsewhere",
    "prove",
    "factors",
    "add_app",
    "add_passkey",
    "remove_factor",
    "new_recovery_codes",
    "new_token",
    "revoke_token",
}


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_what_it_needs(name):
    _, view = PAGES[name]
    opened = getattr(view, OPEN, None)
    if name in OPEN_TO_ANYONE | OPEN_TO_STAFF:
        assert opened == ("anyone" if name in OPEN_TO_ANYONE else "staff")
    else:
        assert opened is None
        assert getattr(view, NEEDS, frozenset()), f"{name} names no right"


def test_a_page_that_says_nothing_is_shut(world, rf, sign_in):
    """The planted fault: a view without a right is refused to everybody."""
    from clinic.middleware.permission_middleware import PermissionMiddleware

    def forgetful(request):
        raise AssertionError("reached")

    for user in world.staff.values():
        request = rf.get("/anything")
        request.user = user
        request.session = {}
        request.resolver_match = get_resolver().resolve("/patients")
        answer = PermissionMiddleware(lambda request: HttpResponse()).process_view(
            request, forgetful, (), {}
        )
        assert answer is not None
        assert answer.status_code == 403


def one_finding_of_each_kind(world):
    """Each with a word that stands nowhere else (CLINICAL_WORDS)."""
    on = {"patient": world.patient, "now": NOW, "by": world.prescriber}
    record_diagnosis(code="F11.20", **on)
    record_substance_use(use={"substance": Substance.FENTANYL}, **on)
    record_event(kind=EventKind.OVERDOSE, occurred_date=TODAY, note="Found in the park", **on)
    record_assessment(instrument=Instrument.COWS, score=7, assessed_date=TODAY, **on)
    record_drug_test(collected_date=TODAY, is_random=True, positive=["Xylazine"], **on)


def papers_of(world):
    """A notice given, and a restriction that was agreed to."""
    on = {"patient": world.patient, "now": NOW}
    record_privacy_notice(
        version="2026-02",
        given_date=TODAY,
        method=NoticeMethod.PAPER,
        by=world.front_desk,
        **on,
    )
    end_restriction(
        restriction=restricted(world),
        ground=RestrictionEndGround.IN_WRITING,
        words="A letter.",
        now=NOW,
        by=world.privacy_officer,
    )
    restricted(world)


def calendar_of(world):
    """One of everything that stands in the calendar, where nothing is in the way of anything."""
    session = calendar.session(world)
    place = calendar.entry(world)
    world.extra["calendar"] = {
        "groups": session,
        "waitlist": place,
        "offers": calendar.offer(world, place),
        "working-hours": calendar.hours(world, world.nurse),
        "extra-hours": calendar.evening_hours(world, world.nurse),
        "times-away": calendar.away(world, practitioner=world.nurse),
        "closures": calendar.closure(world),
        "screens": calendar.kiosk(world)[0],
    }


def emergency_of(world):
    """Opened by the counselor; not over."""
    return EmergencyAccess.objects.create(
        user=world.counselor,
        patient_id=world.patient.pk,
        site=world.here,
        reason=EmergencyReason.OVERDOSE,
        words="In the street.",
        opened_at=NOW,
        ends_at=NOW + timedelta(hours=4),
    )


def ids_for(world):
    """Ids of one of everything about `world.patient`."""
    episode = world.extra["episode"] = world.admit()
    plan = world.signed(episode)
    problem = plan.problems.first()
    goal = problem.goals.first()
    dose = care.at_home(world, episode)[0]
    one_finding_of_each_kind(world)
    care.kit(world)
    world.reachable()
    consent = world.consent(signed_by="Ana Rivera")
    disclosure = disclose(
        patient=world.patient, disclosure=to_treating_provider(), now=NOW, by=world.nurse
    )
    papers_of(world)
    wish = wished(world)
    visit = world.book(LATER)
    calendar_of(world)
    plan_due_reminders(now=NOW)
    # What the admin lists of the clinic's own: after planning, which they would change.
    world.reminder_rule()
    world.message_text()
    return {
        "patients": world.patient.pk,
        "episodes": episode.pk,
        "plans": plan.pk,
        "problems": problem.pk,
        "goals": goal.pk,
        "doses": dose.pk,
        "call-backs": care.called_back(world, world.patient).pk,
        "planned-tests": care.planned_test(world).pk,
        "consents": consent.pk,
        "disclosures": disclosure.pk,
        "appointments": visit.pk,
        "contacts": world.patient.contact_points.get().pk,
        "reminders": Reminder.objects.get(subject_kind=Subject.APPOINTMENT).pk,
        "follow-ups": world.follow_up().pk,
        "wishes": world.wishes(alias="Nita").pk,
        "replies": world.incoming_text().pk,
        "orders": goal.interventions.get(product=Product.METHADONE_ORAL).pk,
        "other-programs": Program.objects.create(site=world.here, code="other", name="Other").pk,
        **{name: row.pk for name, row in world.extra["calendar"].items()},
        "site": world.here.pk,
        "staff": world.nurse.pk,
        "roles": world.nurse.role_assignments.get().pk,
        "roles-to-confirm": proposed(world).pk,
        "restriction-wishes": wish.pk,
        "restrictions": RestrictionRequest.objects.agreed().get().pk,
        "counselling-notes": world.note("She spoke of her brother.").pk,
        "note-readers": world.named_reader().pk,
        "plan-parts": plan.problems.get().pk,
        "care-team-places": CareTeamPlace.objects.get(user=world.counselor).pk,
        "emergencies": emergency_of(world).pk,
    }


def concrete(address, ids):
    first = address.split("/")[0]
    address = address.replace("<slug:kind>", "problem").replace("<slug:secret>", "no-such-secret")
    return "/" + re.sub(r"<int:\w+>", str(ids.get(first, 1)), address)


@pytest.fixture(scope="module")
def furnished(django_db_setup, django_db_blocker):
    """One world for all tests here, that only ask; what one of them changes all the same is undone."""
    with django_db_blocker.unblock(), undone():
        world = make_world()
        yield world, ids_for(world)


@pytest.fixture
def world(furnished):
    with undone():
        yield furnished[0]


@pytest.fixture
def ids(furnished):
    return furnished[1]


@pytest.mark.parametrize("role", Role, ids=str)
def test_each_role_opens_exactly_what_its_rights_open(world, ids, role):
    client = Client()
    client.force_login(world.staff[role])
    for name, (address, view) in PAGES.items():
        if name in OPEN_TO_ANYONE | OPEN_TO_STAFF:
            continue
        allowed = bool(getattr(view, NEEDS) & PERMISSIONS[role])
        answer = client.get(concrete(address, ids))
        if allowed:
            # 404 where a page is for a right on a row that this role may not see at all.
            assert answer.status_code in {200, 302, 404, 405, 422}, (role, address)
        else:
            assert answer.status_code == 403, (role, address, answer.status_code)


def test_nobody_signed_in_is_led_to_the_door(world, ids, client):
    for name, (address, _) in PAGES.items():
        if name not in OPEN_TO_ANYONE:
            answer = client.get(concrete(address, ids))
            assert answer.status_code == 302, address
            assert answer["Location"].startswith("/sign-in"), address


def test_a_stranger_from_another_site_gets_the_answer_of_no_such_row(world, ids):
    """Same status and same words for "not for you" and "does not exist" (42 CFR 2.13(c))."""
    client = Client()
    client.force_login(world.stranger)
    nothing = dict.fromkeys(ids, 10**12)
    for address, view in PAGES.values():
        if (
            "<int:" not in address
            or not getattr(view, NEEDS, frozenset()) & PERMISSIONS[Role.CLINICAL_DIRECTOR]
        ):
            continue
        theirs, missing = (client.get(concrete(address, chosen)) for chosen in (ids, nothing))
        assert theirs.status_code == missing.status_code, address
        assert theirs.status_code in {404, 405}, address
        assert without_token(theirs) == without_token(missing), address


def without_token(answer):
    """The forgery token differs at every rendering."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


def without_chance(answer):
    """What people wrote: forgery tokens and a passkey's challenge are long runs whose letters may spell F11."""
    return re.sub(r"[\w-]{32,}", "", answer.content.decode())


CLINICAL_WORDS = (
    "Methadone",
    "heroin",
    "Motivational",
    "F11",
    "30 mg",
    "Found in the park",
    "kids back",
    "Fentanyl",
    "COWS",
    "Xylazine",
)


def test_the_front_desk_reads_no_plan_and_no_dose_at_any_address(world, ids):
    client = Client()
    client.force_login(world.front_desk)
    for address, _view in PAGES.values():
        text = without_chance(client.get(concrete(address, ids)))
        found = [word for word in CLINICAL_WORDS if word.lower() in text.lower()]
        assert not found, (address, found)


def test_the_clinical_words_are_really_in_what_a_prescriber_reads(world, ids):
    """Else the tests of what others do not read would prove nothing."""
    client = Client()
    client.force_login(world.prescriber)
    pages = [concrete(address, ids) for address, _ in PAGES.values()]
    read = "".join(client.get(page).content.decode() for page in pages).lower()
    in_admin = [address for _, address in admin_addresses(ids)]
    read_there = "".join(client.get(page).content.decode() for page in in_admin).lower()
    shown_nowhere_here = {"kids back", "30 mg", "Motivational", "heroin"}
    assert not [word for word in CLINICAL_WORDS if word.lower() not in read]
    assert not [
        word
        for word in CLINICAL_WORDS
        if word.lower() not in read_there and word not in shown_nowhere_here
    ]


@pytest.mark.parametrize("role", [Role.PRIVACY_OFFICER, Role.SYSTEM_ADMINISTRATOR])
def test_who_sees_no_patients_sees_no_name_at_any_address(world, ids, role):
    client = Client()
    client.force_login(world.staff[role])
    for address, _view in PAGES.values():
        assert "Rivera" not in client.get(concrete(address, ids)).content.decode(), address


# --- the admin -----------------------------------------------------------------------------------


def admin_addresses(ids):
    from django.contrib import admin

    for model in admin.site._registry:
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        rows = model._default_manager.order_by("-pk")
        if hasattr(model, "site") and model.__name__ != "AuditEntry":
            rows = rows.filter(site=ids["site"])
        elif hasattr(model, "patient"):
            rows = rows.filter(patient__site=ids["site"])
        row = rows.first()
        yield model, base
        yield model, base + "add/"
        if row is not None:
            for page in ("change", "delete", "history"):
                yield model, f"{base}{row.pk}/{page}/"
    yield (
        None,
        "/admin/autocomplete/?term=a&app_label=patients&model_name=episode&field_name=patient",
    )


@pytest.mark.parametrize("role", Role, ids=str)
def test_the_admin_opens_by_right_and_writes_nothing(world, ids, role):
    from django.contrib import admin

    client = Client()
    client.force_login(world.staff[role])
    for model, address in admin_addresses(ids):
        answer = client.get(address)
        if model is None:
            # Completing what is typed would put names into addresses: shut for everybody.
            assert "Elsewhere" not in answer.content.decode()
            assert answer.status_code in {302, 404}, role
            continue
        seen_with = admin.site._registry[model].seen_with  # type: ignore[attr-defined]
        reads = not address.endswith(("add/", "delete/")) and seen_with in PERMISSIONS[role]
        if address.endswith("history/"):
            assert answer.status_code in {200, 302, 403}, (role, address)
        elif reads:
            # A row that is open only to whom it names sends everybody else away.
            away = {302} if seen_with in NAMED_ONLY and address.endswith("change/") else set()
            assert answer.status_code in {200} | away, (role, address)
        else:
            assert answer.status_code in {302, 403}, (role, address)
        assert client.post(address, {"status": "closed"}).status_code in {200, 302, 403, 405}


def test_posting_to_the_admin_changes_nothing(world, ids, sign_in):
    from patients.models import Patient

    client = sign_in(world.clinical_director)
    address = f"/admin/patients/patient/{world.patient.pk}/change/"
    assert client.post(address, {"family_name": "Changed"}).status_code == 403
    assert Patient.objects.get(pk=world.patient.pk).family_name == "Rivera"


def test_the_front_desk_reads_nothing_clinical_in_the_admin(world, ids):
    client = Client()
    client.force_login(world.front_desk)
    for _, address in admin_addresses(ids):
        text = without_chance(client.get(address))
        found = [word for word in CLINICAL_WORDS if word in text]
        assert not found, (address, found)


@pytest.mark.parametrize("role", [Role.PRIVACY_OFFICER, Role.SYSTEM_ADMINISTRATOR])
def test_who_sees_no_patients_sees_no_name_in_the_admin(world, ids, role):
    client = Client()
    client.force_login(world.staff[role])
    for _, address in admin_addresses(ids):
        assert "Rivera" not in client.get(address).content.decode(), address


def test_a_stranger_sees_no_row_of_ours_in_the_admin(world, ids):
    client = Client()
    client.force_login(world.stranger)
    for model, address in admin_addresses(ids):
        if model is not None and model.__name__ in {"User", "AuditEntry"}:
            continue
        assert "Rivera" not in client.get(address).content.decode(), address


def test_the_admin_s_buttons_call_the_actions(world, ids, sign_in):
    """A counselor may write plans, not end medication; the button asks as the page does."""
    plan = TreatmentPlan.objects.get(pk=ids["plans"])
    for who, status in ((world.counselor, "active"), (world.prescriber, "closed")):
        sign_in(who).post(
            "/admin/treatments/treatmentplan/", {"action": "close", "_selected_action": [plan.pk]}
        )
        plan.refresh_from_db()
        assert plan.status == status


def test_rights_are_all_used_somewhere():
    """A right that no role holds is a door nobody can open."""
    held = frozenset().union(*PERMISSIONS.values())
    assert held == set(Permission)
