"""What comes back: signed or refused, once, and in the words of two languages."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.core import mail, signing
from django.core.cache import cache
from django.test import Client
from hypothesis import given
from hypothesis import strategies as some

from access.models import AuditEntry
from appointments.actions.booking import move_appointment
from appointments.enums import AppointmentStatus
from common.banned_words import banned_word
from dashboard.views.webhooks import LONGEST_BODY, MOST_BAD, signature
from patients.enums import ContactKind
from reminders.actions.follow_ups import finish_follow_up
from reminders.enums import (
    FollowUpOutcome,
    FollowUpReason,
    Language,
    ReminderStatus,
    ReplyIntent,
    SkipReason,
)
from reminders.message_templates import ANSWERS, LINK_WORDS
from reminders.models import FollowUp, IncomingText, OptedOutNumber, Reminder
from reminders.planning import plan_due_reminders
from reminders.reply_links import SALT, link_for
from reminders.reply_parser import WORDS, understand
from reminders.sending import send_due_reminders
from tests.reminders.conftest import IN_TWO_DAYS
from tests.support.world import NOW

ADDRESS, TOKEN = "https://clinic.example.org", "the account's own secret"
NUMBER = "+15550101234"


@pytest.fixture(autouse=True)
def _reachable_clinic(settings):
    settings.PUBLIC_URL = ADDRESS
    settings.SMS_URL = f"https://AC1:{TOKEN.replace(' ', '%20')}@api.example.org"
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


def post(path, fields, *, signed_with=TOKEN, client=None):
    address = f"{ADDRESS}{path}"
    given_signature = signature(signed_with, address, list(fields.items()))
    return (client or Client()).post(
        path,
        urlencode(fields),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": given_signature},
    )


def text(words, reference="SM1", number=NUMBER, **how):
    return post("/texts/incoming", {"MessageSid": reference, "From": number, "Body": words}, **how)


def said(answer) -> str:
    found = re.search("<Message>(.*)</Message>", answer.content.decode())
    return found.group(1) if found else ""


@pytest.fixture
def sent(due, gateway):
    send_due_reminders(now=NOW)
    return due


# --- the door --------------------------------------------------------------------------------------


def test_the_signature_is_twilio_s_own():
    """The worked example of its documentation."""
    fields = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+12349013030"),
        ("Digits", "1234"),
        ("From", "+12349013030"),
        ("To", "+18005551212"),
    ]
    address = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature("12345", address, fields) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


@pytest.mark.django_db
def test_without_the_right_signature_nothing_happens():
    for answer in (
        text("STOP", signed_with="guessed"),
        Client().post("/texts/incoming", {"MessageSid": "SM1", "From": NUMBER, "Body": "STOP"}),
        post("/texts/delivery?key=1-1", {"MessageStatus": "delivered"}, signed_with="guessed"),
    ):
        assert answer.status_code == 403
        assert answer.content == b""
    assert not IncomingText.objects.exists()


@pytest.mark.django_db
def test_a_clinic_without_an_account_takes_nothing(settings):
    settings.SMS_URL = ""
    assert text("STOP", signed_with="").status_code == 403


@pytest.mark.django_db
def test_a_body_without_end_is_not_read():
    assert text("x" * LONGEST_BODY).status_code == 413


@pytest.mark.django_db
def test_who_guesses_signatures_is_slowed_down():
    for _ in range(MOST_BAD):
        text("STOP", signed_with="guessed")
    assert text("STOP", signed_with="guessed").status_code == 429


def test_the_same_text_again_changes_nothing_and_is_not_answered(world, sent):
    assert said(text("STOP"))
    assert said(text("STOP")) == ""
    assert IncomingText.objects.count() == OptedOutNumber.objects.count() == 1


def test_looking_at_the_door_does_nothing(db):
    assert Client().get("/texts/incoming").status_code == 405


# --- words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        (word, meaning)
        for meaning, tongues in WORDS.items()
        for words in tongues.values()
        for word in words
    ],
)
def test_every_word_is_understood_however_it_is_written(words, meaning):
    for written in (words, words.upper(), f"  {words.title()}!  ", f"{words}."):
        found = understand(written, is_stopped=False)
        assert (found.meaning, found.is_sure) == (meaning, True)


def test_no_word_means_two_things():
    every = [word for tongues in WORDS.values() for words in tongues.values() for word in words]
    assert len(every) == len(set(every))


@pytest.mark.parametrize(
    "words",
    ["Stop", "STOPALL", "Unsubscribe", "Cancel", "End", "Quit", "revoke", "opt out", "No más"],
)
def test_what_the_law_names_ends_texts(words):
    assert understand(words, is_stopped=False).meaning == ReplyIntent.STOP


@pytest.mark.parametrize(
    "words",
    [
        "stopp",
        "stpo",
        "st0p",
        "please stop texting me",
        "STOP!!! now",
        "sotp it",
        "no mas por favor",
    ],
)
def test_what_is_near_to_stop_stops_and_is_read_by_a_person(words):
    found = understand(words, is_stopped=False)
    if words == "sotp it":
        assert found.meaning == ReplyIntent.UNCLEAR
        return
    assert (found.meaning, found.is_sure) == (ReplyIntent.STOP, False)


@pytest.mark.parametrize(
    "words",
    ["my bus is late", "shop", "Who are you?", "", "🙂", "the bus stops here", "crash"],
)
def test_what_is_not_understood_goes_to_a_person(words):
    assert understand(words, is_stopped=False).meaning == ReplyIntent.UNCLEAR


def test_yes_is_start_only_where_texts_are_stopped():
    assert understand("YES", is_stopped=True).meaning == ReplyIntent.START
    assert understand("Yes", is_stopped=False).meaning == ReplyIntent.CONFIRM


@given(some.text())
def test_whatever_is_typed_has_a_meaning(words):
    assert understand(words, is_stopped=False).meaning in ReplyIntent


@pytest.mark.parametrize("tongue", Language)
def test_every_answer_is_discreet(tongue):
    for answers in ANSWERS.values():
        assert banned_word(answers[tongue]) is None
    assert banned_word(LINK_WORDS[tongue]) is None


# --- deeds -----------------------------------------------------------------------------------------


def test_c_confirms_the_visit_that_was_written_about(world, sent):
    assert said(text("c")) == "Thank you. Harbor Office 555-0100"
    sent.refresh_from_db()
    assert sent.status == AppointmentStatus.CONFIRMED
    row = IncomingText.objects.get()
    assert (row.patient, row.meaning, row.needs_person) == (
        world.patient,
        ReplyIntent.CONFIRM,
        False,
    )
    assert AuditEntry.objects.filter(action="confirm appointment", patient_id=world.patient.pk)


def test_c_for_a_visit_that_was_moved_goes_to_a_person(world, sent):
    move_appointment(
        appointment=sent, starts_at=IN_TWO_DAYS + timedelta(hours=2), now=NOW, by=world.nurse
    )
    assert said(text("C")) == ""
    assert IncomingText.objects.get().needs_person
    sent.refresh_from_db()
    assert sent.status == AppointmentStatus.BOOKED


def test_r_asks_a_person_to_call_once(world, sent):
    assert said(text("R")).startswith("We will call you")
    text("cambiar", "SM2")
    row = FollowUp.objects.get()
    assert (row.reason, row.patient) == (FollowUpReason.RESCHEDULE, world.patient)
    sent.refresh_from_db()
    assert sent.status == AppointmentStatus.BOOKED


def test_r_again_after_somebody_has_called_is_read_by_a_person(world, sent):
    text("R")
    finish_follow_up(
        follow_up=FollowUp.objects.get(),
        outcome=FollowUpOutcome.NOT_REACHED,
        now=NOW,
        by=world.front_desk,
    )
    text("R", "SM2")
    assert FollowUp.objects.count() == 1
    assert IncomingText.objects.get(gateway_reference="SM2").needs_person


def test_help_says_who_this_is_and_how_to_stop(world, sent):
    assert (
        said(text("HELP"))
        == "Appointment reminders. Reply STOP to get none. Harbor Office 555-0100"
    )


def test_stop_ends_every_text_at_once_with_one_confirmation(world, sent, gateway):
    assert said(text("STOP")).startswith("You will get no more texts")
    assert said(text("STOP", "SM2")) == ""
    assert said(text("C", "SM3")) == ""
    world.book(IN_TWO_DAYS + timedelta(hours=3), practitioner=world.nurse)
    plan_due_reminders(now=NOW)
    before = len(gateway.sent)
    assert send_due_reminders(now=NOW) == {"skipped": 1}
    assert len(gateway.sent) == before
    assert Reminder.objects.get(status="skipped").skip_reason == SkipReason.OPTED_OUT


def test_stop_holds_for_everybody_who_shares_the_number(world, sent, gateway):
    text("ALTO")
    other = world.register("Other")
    world.reachable(other)
    world.book(IN_TWO_DAYS, patient=other, practitioner=world.nurse)
    plan_due_reminders(now=NOW)
    assert send_due_reminders(now=NOW) == {"skipped": 1}


@pytest.mark.parametrize("column", ["phone", "neutral_name"])
def test_a_telling_name_or_number_takes_no_stop_back(world, sent, column):
    setattr(world.here, column, "Harbor Methadone Clinic")
    world.here.save()
    assert said(text("STOP")) == ANSWERS[ReplyIntent.STOP][Language.EN]
    assert OptedOutNumber.objects.in_force().count() == 1
    assert IncomingText.objects.get().meaning == ReplyIntent.STOP


def waits_for_a_person(reference):
    row = IncomingText.objects.get(gateway_reference=reference)
    return row.needs_person and not FollowUp.objects.exists()


@pytest.mark.parametrize("words", ["C", "R"])
def test_an_answer_from_a_shared_number_is_nobody_s_and_read_by_a_person(world, sent, words):
    world.reachable(world.register("Other"))
    assert said(text(words)) == ""
    assert waits_for_a_person("SM1")
    assert IncomingText.objects.get().patient is None
    sent.refresh_from_db()
    assert sent.status == AppointmentStatus.BOOKED


@pytest.mark.parametrize("words", ["C", "R"])
def test_an_answer_that_may_mean_two_visits_is_read_by_a_person(world, sent, words):
    second = world.book(IN_TWO_DAYS + timedelta(hours=3), practitioner=world.nurse)
    plan_due_reminders(now=NOW)
    send_due_reminders(now=NOW)
    assert said(text(words)) == ""
    assert waits_for_a_person("SM1")
    assert IncomingText.objects.get().patient == world.patient
    for visit in (sent, second):
        visit.refresh_from_db()
        assert visit.status == AppointmentStatus.BOOKED


def test_an_answer_after_the_other_visit_was_confirmed_means_this_one(world, sent):
    text("C")
    second = world.book(IN_TWO_DAYS + timedelta(hours=3), practitioner=world.nurse)
    plan_due_reminders(now=NOW)
    send_due_reminders(now=NOW + timedelta(minutes=1))
    assert said(text("C", "SM2")).startswith("Thank you")
    second.refresh_from_db()
    assert second.status == AppointmentStatus.CONFIRMED


def test_stop_in_spanish_is_answered_in_the_patient_s_language(world, sent):
    world.patient.language = "es"
    world.patient.save()
    assert said(text("no más")).startswith("No recibira mas mensajes")


def test_start_lets_texts_go_again_only_after_stop(world, sent, gateway):
    assert said(text("START")) == ""
    text("STOP", "SM2")
    assert said(text("start", "SM3")).startswith("You will get texts from us again")
    world.book(IN_TWO_DAYS + timedelta(hours=3), practitioner=world.nurse)
    plan_due_reminders(now=NOW)
    assert send_due_reminders(now=NOW) == {"sent": 1}
    assert said(text("STOP", "SM4")).startswith("You will get no more"), "a new STOP, a new one"


def test_an_unclear_text_waits_for_a_person_and_is_closed_by_one(world, sent, sign_in):
    assert said(text("my bus is late")) == ""
    client = sign_in(world.front_desk)
    page = client.get("/replies").content.decode()
    assert "my bus is late" in page
    assert "Rivera" in page
    row = IncomingText.objects.get()
    assert client.post(f"/replies/{row.pk}/close", {"note": " "}).status_code == 422
    assert client.post(f"/replies/{row.pk}/close", {"note": "Called."}).status_code == 302
    row.refresh_from_db()
    assert (row.closed_by, row.note) == (world.front_desk, "Called.")
    assert "my bus is late" not in client.get("/replies").content.decode()


def test_a_text_that_fits_nobody_is_kept_and_read(world, sign_in):
    text("hello?", number="+16175559999")
    row = IncomingText.objects.get()
    assert row.patient is None
    assert "hello?" in sign_in(world.front_desk).get("/replies").content.decode()
    assert "hello?" not in sign_in(world.privacy_officer).get("/replies").content.decode()


def test_incoming_words_stand_in_no_column_in_the_clear(world, sent, django_db_blocker):
    from django.db import connection

    text("lighthouse")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(one)::text FROM reminders_incomingtext one")
        (row,) = cursor.fetchone()
    assert "lighthouse" not in row
    assert NUMBER not in row


# --- what the gateway says later -------------------------------------------------------------------


def delivery(row, status, code="", key=None):
    path = f"/texts/delivery?key={key or row.key}"
    return post(path, {"MessageSid": "SM9", "MessageStatus": status, "ErrorCode": code})


def test_delivered_and_not_delivered(world, sent):
    row = Reminder.objects.get()
    assert delivery(row, "delivered").status_code == 204
    row.refresh_from_db()
    assert (row.status, row.delivery) == ("sent", "delivered")
    delivery(row, "failed", "30003")
    row.refresh_from_db()
    assert row.status == "sent", "what arrived has arrived"


def test_what_did_not_arrive_has_failed_with_its_number(world, sent):
    row = Reminder.objects.get()
    delivery(row, "undelivered", "30003")
    row.refresh_from_db()
    assert (row.status, row.failure) == (
        "failed",
        "The gateway reports that it was not delivered (30003).",
    )
    assert row.delivery == "undelivered"


def test_an_uncertain_one_that_the_gateway_knows_was_sent(world, due, gateway):
    gateway.failure = TimeoutError()
    send_due_reminders(now=NOW)
    row = Reminder.objects.get()
    assert row.status == ReminderStatus.UNCERTAIN
    delivery(row, "queued")
    row.refresh_from_db()
    assert (row.status, row.gateway_reference, row.failure) == ("sent", "SM9", "")


@pytest.mark.parametrize("key", ["", "1", "x-y", "999999999-1", "1-2-3", "9" * 40 + "-1", "-1-1"])
def test_a_key_that_is_nobody_s_changes_nothing(world, sent, key):
    assert delivery(Reminder.objects.get(), "failed", key=key or "none").status_code == 204
    assert Reminder.objects.get().status == "sent"


# --- links -----------------------------------------------------------------------------------------


@pytest.fixture
def link(world, settings):
    settings.REMINDER_EMAIL_GATEWAY = "smtp"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    world.reachable(kind=ContactKind.EMAIL)
    visit = world.book(IN_TWO_DAYS)
    plan_due_reminders(now=NOW)
    found = link_for(Reminder.objects.get())
    assert found.startswith(f"{ADDRESS}/a/")
    assert mail is not None
    return visit, found.removeprefix(ADDRESS)


def test_looking_at_a_link_changes_nothing_and_tells_nothing(world, link):
    visit, path = link
    page = Client().get(path).content.decode()
    assert "Thu 5 Mar, 10:00" in page
    assert "Harbor Office" in page
    assert banned_word(re.sub("<[^>]*>", " ", page)) is None
    for word in ("Rivera", "Ana", "Counseling", world.patient.record_number):
        assert word not in page
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.BOOKED


def test_a_link_confirms(world, link):
    visit, path = link
    assert "We expect you" in Client().post(path, {"answer": "yes"}).content.decode()
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.CONFIRMED


def test_a_link_gives_the_visit_back_and_asks_a_person_to_call(world, link):
    visit, path = link
    Client().post(path, {"answer": "no"})
    visit.refresh_from_db()
    assert (visit.status, visit.cancelled_by) == (AppointmentStatus.CANCELLED, "patient")
    assert FollowUp.objects.get().reason == FollowUpReason.RESCHEDULE


def test_expired_used_moved_and_forged_links_answer_alike(world, link):
    visit, path = link
    forged = f"/a/{signing.dumps([1, 1], salt='another', compress=True)}"
    unknown = f"/a/{signing.dumps([10**9, 1], salt=SALT, compress=True)}"
    odd = f"/a/{signing.dumps('words', salt=SALT, compress=True)}"
    with time_machine.travel(IN_TWO_DAYS, tick=False):
        expired = Client().get(path)
    Client().post(path, {"answer": "yes"})
    answers = [expired, *(Client().get(one) for one in (path, forged, unknown, odd, f"{path}x"))]
    answers += [Client().post(one, {"answer": "yes"}) for one in (path, forged)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.CONFIRMED


def test_a_link_of_a_visit_that_moved_is_no_longer_good(world, link):
    visit, path = link
    move_appointment(
        appointment=visit, starts_at=IN_TWO_DAYS + timedelta(hours=2), now=NOW, by=world.nurse
    )
    assert Client().get(path).status_code == 404
