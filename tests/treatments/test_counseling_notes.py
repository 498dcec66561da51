"""SUD counseling notes: for their author, and for whom the author or a consent names. Nobody else."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client

from access.actions.emergency_access import open_in_emergency
from access.authz.policy import can, forget_roles
from access.authz.roles import CASELOAD_ONLY, NAMED_ONLY, PERMISSIONS, READ_IN_AN_EMERGENCY
from access.enums import EmergencyReason, Permission, Role
from access.errors import OwnAccessUnchanged
from access.models import AuditEntry, RoleAssignment
from common.errors import InvalidInput, NotFound, NotPermitted
from common.text_input import plain_name
from patients.actions.consents import end_consent, record_consent
from patients.enums import ConsentEnd
from tests.support.consents import notes_consent
from tests.support.world import NOW, PASSWORD, TODAY, make_user
from treatments.actions.counseling_notes import (
    amend_counseling_note,
    end_note_reading,
    name_note_reader,
    open_notes_by_consent,
    write_counseling_note,
)
from treatments.errors import AlreadyNamed, NoteNotYours
from treatments.models import CounselingNote, NoteReader

WORDS = "She spoke of her brother.\n\nA second paragraph."


@pytest.fixture(autouse=True)
def _at_this_moment():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def note(world):
    return world.note(WORDS)


def reads(user, note):
    """Both forms of the one question agree."""
    forget_roles(user)
    by_word = CounselingNote.objects.visible_to(user).filter(pk=note.pk).exists()
    assert can(user, Permission.SEE_COUNSELING_NOTES, on=note) == by_word
    return by_word


def readers(world, note):
    return {role for role, user in world.staff.items() if reads(user, note)}


def consent_for(world, *names, **changes):
    return world.consent(**notes_consent(recipients=list(names), **changes))


def test_only_the_author_reads_a_note_whatever_the_role(world, note):
    assert readers(world, note) == {Role.COUNSELOR}
    assert note.words == WORDS


def test_not_even_on_the_same_care_team(world, note):
    another = make_user("Another", Role.COUNSELOR, world.here)
    world.put_on_care_team(another)
    assert not reads(another, note)


def test_no_role_and_no_emergency_opens_notes():
    assert {Permission.SEE_COUNSELING_NOTES} == NAMED_ONLY
    assert not NAMED_ONLY & READ_IN_AN_EMERGENCY
    assert Permission.WRITE_COUNSELING_NOTES not in READ_IN_AN_EMERGENCY
    assert Permission.WRITE_COUNSELING_NOTES in CASELOAD_ONLY[Role.COUNSELOR]
    for role in (Role.NURSE, Role.CASE_MANAGER, Role.FRONT_DESK, Role.PRIVACY_OFFICER):
        assert Permission.SEE_COUNSELING_NOTES not in PERMISSIONS[role]


def test_an_emergency_opens_the_record_and_not_the_notes(world, note):
    another = make_user("Another", Role.COUNSELOR, world.here)
    open_in_emergency(
        patient=world.patient,
        reason=EmergencyReason.OVERDOSE,
        words="In the street.",
        password=PASSWORD,
        now=NOW,
        by=another,
    )
    forget_roles(another)
    assert can(another, Permission.SEE_PLAN, on=world.patient)
    assert not reads(another, note)


def test_the_author_names_a_colleague_until_a_day(world, note):
    world.named_reader(until_date=TODAY + timedelta(days=3))
    assert readers(world, note) == {Role.COUNSELOR, Role.PRESCRIBER}
    with time_machine.travel(NOW + timedelta(days=3, hours=12), tick=False):
        assert reads(world.prescriber, note)  # the last day is included
    with time_machine.travel(NOW + timedelta(days=4), tick=False):
        assert not reads(world.prescriber, note)


def test_naming_is_for_one_patient_and_one_author(world, note):
    world.named_reader()
    other = write_counseling_note(
        patient=world.patient,
        session_date=TODAY,
        words="Mine.",
        now=NOW,
        by=world.clinical_director,
    )
    assert not reads(world.prescriber, other)
    someone = world.register("Santos", given_name="Luz", birth_date=date(1971, 2, 3))
    world.put_on_care_team(world.counselor, someone)
    theirs = write_counseling_note(
        patient=someone, session_date=TODAY, words="Theirs.", now=NOW, by=world.counselor
    )
    assert not reads(world.prescriber, theirs)


def test_naming_ends_when_the_author_says_so(world, note):
    named = world.named_reader()
    with pytest.raises(NoteNotYours):
        end_note_reading(named=named, now=NOW, by=world.prescriber)
    end_note_reading(named=named, now=NOW, by=world.counselor)
    assert not reads(world.prescriber, note)
    world.named_reader()  # and may be said anew
    assert reads(world.prescriber, note)


def test_whoever_loses_the_role_reads_no_more(world, note):
    world.named_reader()
    RoleAssignment.objects.filter(user=world.prescriber).delete()
    assert not reads(world.prescriber, note)
    RoleAssignment.objects.filter(user=world.counselor).delete()
    assert not reads(world.counselor, note)


def test_nobody_opens_notes_to_themselves(world, note):
    name = {"patient": world.patient, "until_date": TODAY, "now": NOW}
    with pytest.raises(OwnAccessUnchanged):
        name_note_reader(reader=world.prescriber, by=world.prescriber, **name)
    consent = consent_for(world, world.clinical_director.name)
    with pytest.raises(OwnAccessUnchanged):
        open_notes_by_consent(
            consent=consent,
            author=world.counselor,
            reader=world.clinical_director,
            now=NOW,
            by=world.clinical_director,
        )
    row = {
        "patient": world.patient,
        "site": world.here,
        "author": world.counselor,
        "reader": world.prescriber,
        "until_date": TODAY,
        "recorded_at": NOW,
    }
    for wrong in ({"named_by": world.prescriber}, {"named_by": world.nurse}):
        with pytest.raises(IntegrityError, match="note_reader_named_by"), transaction.atomic():
            NoteReader.objects.create(**row, **wrong)


@pytest.mark.parametrize("role", [Role.NURSE, Role.CASE_MANAGER, Role.FRONT_DESK])
def test_only_who_may_read_notes_can_be_named(world, role):
    with pytest.raises(InvalidInput) as refused:
        world.named_reader(world.staff[role])
    assert refused.value.field == "reader"


def test_nobody_of_another_site_can_be_named(world):
    with pytest.raises(InvalidInput):
        world.named_reader(world.stranger)


@pytest.mark.parametrize("days", [-1, 367])
def test_naming_lasts_a_year_at_the_most(world, days):
    with pytest.raises(InvalidInput) as refused:
        world.named_reader(until_date=TODAY + timedelta(days=days))
    assert refused.value.field == "until_date"


def test_naming_twice_is_refused(world):
    world.named_reader()
    with pytest.raises(AlreadyNamed):
        world.named_reader()


def test_a_consent_names_a_reader_until_it_is_revoked(world, note):
    consent = consent_for(world, f"Dr {world.prescriber.name.title()}")
    open_notes_by_consent(
        consent=consent,
        author=world.counselor,
        reader=world.prescriber,
        now=NOW,
        by=world.privacy_officer,
    )
    assert readers(world, note) == {Role.COUNSELOR, Role.PRESCRIBER}
    end_consent(
        consent=consent, reason=ConsentEnd.REVOKED, how="By phone", now=NOW, by=world.front_desk
    )
    assert readers(world, note) == {Role.COUNSELOR}


def test_a_consent_that_expires_closes_the_notes(world, note):
    consent = consent_for(world, "prescriber", expiry_date=TODAY + timedelta(days=5))
    named = open_notes_by_consent(
        consent=consent,
        author=world.counselor,
        reader=world.prescriber,
        now=NOW,
        by=world.privacy_officer,
    )
    assert named.until_date == consent.expiry_date
    with time_machine.travel(NOW + timedelta(days=6), tick=False):
        assert not reads(world.prescriber, note)


def test_only_a_consent_for_notes_that_names_the_reader_and_holds(world):
    opening = {"author": world.counselor, "now": NOW, "by": world.privacy_officer}
    with pytest.raises(InvalidInput) as refused:
        open_notes_by_consent(consent=world.consent(), reader=world.prescriber, **opening)
    assert refused.value.field == "consent"
    consent = consent_for(world, "Dr Lowe")
    with pytest.raises(InvalidInput) as refused:
        open_notes_by_consent(consent=consent, reader=world.prescriber, **opening)
    assert refused.value.field == "reader"
    ended = consent_for(world, "prescriber")
    end_consent(
        consent=ended, reason=ConsentEnd.REVOKED, how="By phone", now=NOW, by=world.front_desk
    )
    with pytest.raises(InvalidInput) as refused:
        open_notes_by_consent(consent=ended, reader=world.prescriber, **opening)
    assert refused.value.field == "consent"


def test_a_counsellor_writes_for_the_caseload_only(world):
    someone = world.register("Santos", given_name="Luz", birth_date=date(1971, 2, 3))
    with pytest.raises(NotPermitted):
        write_counseling_note(
            patient=someone, session_date=TODAY, words="x", now=NOW, by=world.counselor
        )


@pytest.mark.parametrize("words", ["", "  \n ", "x" * 20_001])
def test_a_note_says_something_and_not_everything(world, words):
    with pytest.raises(InvalidInput) as refused:
        world.note(words)
    assert refused.value.field == "words"


def test_no_session_lies_ahead(world):
    with pytest.raises(InvalidInput) as refused:
        write_counseling_note(
            patient=world.patient,
            session_date=TODAY + timedelta(days=1),
            words="x",
            now=NOW,
            by=world.counselor,
        )
    assert refused.value.field == "session_date"


def test_an_amendment_stands_beside_the_note(world, note):
    amended = amend_counseling_note(note=note, words="Half.", now=NOW, by=world.counselor)
    assert (amended.amends, amended.session_date) == (note, note.session_date)
    note.refresh_from_db()
    assert note.words == WORDS


def test_nobody_amends_another_s_note(world, note):
    with pytest.raises(NotFound):
        amend_counseling_note(note=note, words="x", now=NOW, by=world.stranger)
    world.named_reader()
    forget_roles(world.prescriber)
    with pytest.raises(NoteNotYours):
        amend_counseling_note(note=note, words="x", now=NOW, by=world.prescriber)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE treatments_counsellingnote SET session_date = session_date - 1",
        "DELETE FROM treatments_counsellingnote",
        "UPDATE treatments_notereader SET until_date = until_date + 1",
        "UPDATE treatments_notereader SET ended_at = now(), reader_id = author_id + 1000",
        "DELETE FROM treatments_notereader",
    ],
)
def test_the_database_keeps_them(world, note, statement):
    world.named_reader()
    with (
        pytest.raises(IntegrityError, match=r"append-only|ends, once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@transaction.atomic
def checked_at_once(row):
    """Deferred constraints are looked at when a transaction ends; a test's never does."""
    row.save()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_note_amends_its_author_s_own_of_the_same_patient(world, note):
    row = {"site": world.here, "session_date": TODAY, "words": "x", "recorded_at": NOW}
    someone = world.register("Santos", given_name="Luz", birth_date=date(1971, 2, 3))
    for wrong in (
        {"patient": world.patient, "author": world.prescriber},
        {"patient": someone, "author": world.counselor},
    ):
        with pytest.raises(IntegrityError, match="note_amends_its_author_s_own"):
            checked_at_once(CounselingNote(**row, **wrong, amends=note))


def test_the_trail_says_that_it_was_written_and_not_what(world, note):
    row = AuditEntry.objects.latest("pk")
    assert (row.action, row.patient_id) == ("write counselling note", world.patient.pk)
    assert "brother" not in str(row.detail)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def test_the_page_shows_what_is_yours_and_keeps_what_was_typed(world, note):
    address = f"/patients/{world.patient.pk}/counselling-notes"
    counselor = signed_in(world.counselor)
    assert "spoke of her brother" in counselor.get(address).content.decode()
    read = AuditEntry.objects.latest("pk")
    assert "counseling note" in read.detail["records"]
    typed = {"session_date": "2026-03-02", "words": "New and <b>unsaid</b>."}
    assert counselor.post(address, typed).status_code == 302
    page = counselor.get(address).content.decode()
    assert "New and &lt;b&gt;unsaid&lt;/b&gt;." in page
    answer = counselor.post(address, {**typed, "session_date": "2026-03-09"})
    assert answer.status_code == 422
    assert "New and &lt;b&gt;unsaid" in answer.content.decode()


def test_another_reader_sees_no_sign_of_notes(world, note):
    address = f"/patients/{world.patient.pk}/counselling-notes"
    text = signed_in(world.prescriber).get(address).content.decode()
    assert "brother" not in text
    assert "You have not written a counseling note" in text
    assert signed_in(world.nurse).get(address).status_code == 403
    prescriber = signed_in(world.prescriber)
    for path in (f"/counselling-notes/{note.pk}/amend", f"/counselling-notes/{10**9}/amend"):
        assert prescriber.get(path).status_code == 404


def test_naming_and_ending_on_the_pages(world, note):
    counselor = signed_in(world.counselor)
    form = {"reader": world.prescriber.pk, "until_date": "2026-03-20"}
    answer = counselor.post(f"/patients/{world.patient.pk}/note-reader", form)
    assert answer.status_code == 302
    prescriber = signed_in(world.prescriber)
    address = f"/patients/{world.patient.pk}/counselling-notes"
    assert "spoke of her brother" in prescriber.get(address).content.decode()
    named = NoteReader.objects.get()
    assert counselor.post(f"/note-readers/{named.pk}/end").status_code == 302
    assert "brother" not in prescriber.get(address).content.decode()


def test_a_consent_opens_notes_on_its_page(world, note):
    consent = consent_for(world, "Prescriber")
    front_desk = signed_in(world.front_desk)
    officer = signed_in(world.privacy_officer)
    address = f"/patients/{world.patient.pk}/consents"
    for client, offered in ((front_desk, False), (officer, True)):
        page = client.get(address).content.decode()
        assert (f"/consents/{consent.pk}/note-reader" in page) == offered
    form = {"author": world.counselor.pk, "reader": world.prescriber.pk}
    assert front_desk.post(f"/consents/{consent.pk}/note-reader", form).status_code == 403
    answer = officer.post(f"/consents/{consent.pk}/note-reader", form)
    assert answer.status_code == 302, answer.content.decode()
    assert reads(world.prescriber, note)


def test_the_admin_lists_one_s_own_and_no_others(world, note):
    address = "/admin/treatments/counselingnote/"
    change = f"{address}{note.pk}/change/"
    assert change in signed_in(world.counselor).get(address).content.decode()
    for user in (world.prescriber, world.clinical_director):
        client = signed_in(user)
        assert change not in client.get(address).content.decode()
        assert client.get(change).status_code in {302, 404}
    assert signed_in(world.nurse).get(address).status_code == 403


def test_who_wrote_the_consent_down_neither_reads_on_it_nor_opens_notes_with_it(world, note):
    """Else a prescriber would open a counselor's notes with a paper of their own."""
    own = record_consent(
        patient=world.patient,
        consent=notes_consent(recipients=["prescriber"]),
        now=NOW,
        by=world.prescriber,
    )
    opening = {"consent": own, "author": world.counselor, "reader": world.prescriber, "now": NOW}
    with pytest.raises(OwnAccessUnchanged):
        open_notes_by_consent(**opening, by=world.privacy_officer)
    directors = record_consent(
        patient=world.patient,
        consent=notes_consent(recipients=["prescriber"]),
        now=NOW,
        by=world.clinical_director,
    )
    with pytest.raises(OwnAccessUnchanged):
        open_notes_by_consent(**{**opening, "consent": directors}, by=world.clinical_director)
    row = {
        "patient": world.patient,
        "site": world.here,
        "author": world.counselor,
        "reader": world.prescriber,
        "named_by": world.privacy_officer,
        "until_date": TODAY,
        "recorded_at": NOW,
    }
    for consent in (own, world.consent()):
        with (
            pytest.raises(IntegrityError, match="note_reader_is_not_the_recorder"),
            transaction.atomic(),
        ):
            NoteReader.objects.create(**row, consent=consent)


@pytest.mark.parametrize(
    "recipient",
    ["my sister and not prescriber", "Joann Prescriberman", "prescriber or whoever", "The clinic"],
)
def test_a_name_inside_another_is_no_name(world, recipient):
    consent = consent_for(world, recipient)
    with pytest.raises(InvalidInput) as refused:
        open_notes_by_consent(
            consent=consent,
            author=world.counselor,
            reader=world.prescriber,
            now=NOW,
            by=world.privacy_officer,
        )
    assert refused.value.field == "reader"


def test_titles_and_dots_are_no_part_of_a_name():
    assert plain_name("Dr. Amara  OSEI") == plain_name("amara osei")
