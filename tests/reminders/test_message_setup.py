"""Rules, texts, replies and wishes through the API and the admin: the same verbs, the same refusals."""

import pytest
import time_machine

from access.models import AuditEntry
from common.errors import InvalidInput
from reminders.actions.message_templates import write_message_text
from reminders.enums import Channel, Language, Step, TemplateKind
from reminders.message_rendering import Letter, compose
from reminders.message_templates import SAMPLE, Wording, answer_words
from reminders.models import IncomingText, MessageText, ReminderRule
from reminders.models.message_preferences import LONGEST_ALIAS
from reminders.sms_length import LONGEST, segments
from tests.api.callers import Caller, refusal
from tests.support.world import NOW

CALL = {"kind": "call", "language": "en", "channel": "sms"}
VISIT = {"kind": "visit", "language": "en", "channel": "sms"}
RULE = {"subject_kind": "appointment", "step": "two_hours"}


@pytest.fixture(autouse=True)
def _at_this_moment():
    with time_machine.travel(NOW, tick=False):
        yield


def trail(action):
    return AuditEntry.objects.filter(action=action).count()


# --- rules -----------------------------------------------------------------------------------------


def test_a_rule_is_made_changed_and_read(world):
    caller = Caller(world.system_administrator)
    made = caller.post("reminder-rules", {**RULE, "appointment_type": world.visit_type.pk})
    assert made.status_code == 201
    pk = made.json()["id"]
    again = caller.post("reminder-rules", {**RULE, "appointment_type": world.visit_type.pk})
    assert again.json()["id"] == pk, "one for each subject, step and kind of visit"
    changed = caller.patch(f"reminder-rules/{pk}", {"by_email": False}).json()
    assert (changed["by_sms"], changed["by_email"], changed["is_active"]) == (True, False, True)
    assert [row["id"] for row in caller.get("reminder-rules").json()["results"]] == [pk]
    assert trail("set reminder rule") == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"step": "afterwards"}, "step"),
        ({"by_sms": False, "by_email": False}, "by_sms"),
        ({"step": "nine_days"}, "step"),
        ({"is_sent": True}, "is_sent"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_in_the_one_shape(world, body, field):
    answer = Caller(world.clinical_director).post("reminder-rules", {**RULE, **body})
    assert answer.status_code == 400
    assert refusal(answer)["attr"] == field
    assert not ReminderRule.objects.exists()
    assert trail("set reminder rule") == 0


def test_no_change_leaves_a_rule_without_a_way(world):
    rule = world.reminder_rule()
    caller = Caller(world.clinical_director)
    answer = caller.patch(f"reminder-rules/{rule.pk}", {"by_sms": False, "by_email": False})
    assert (answer.status_code, refusal(answer)["attr"]) == (400, "by_sms")
    rule.refresh_from_db()
    assert rule.channels == {Channel.SMS, Channel.EMAIL}


def test_a_change_keeps_what_somebody_else_changed_meanwhile(world):
    """The row is read anew under its lock, not taken from the caller's copy."""
    from reminders.actions.reminder_rules import change_reminder_rule

    by = world.clinical_director
    mine, theirs = world.reminder_rule(), ReminderRule.objects.get()
    change_reminder_rule(rule=theirs, by_email=False, now=NOW, by=by)
    change_reminder_rule(rule=mine, is_active=False, now=NOW, by=by)
    row = ReminderRule.objects.get()
    assert (row.by_sms, row.by_email, row.is_active) == (True, False, False)


# --- texts -----------------------------------------------------------------------------------------


def test_a_text_is_written_changed_and_taken_back(world):
    caller = Caller(world.clinical_director)
    made = caller.post("message-texts", {**CALL, "text": "{hello}Please  ring us."}).json()
    assert (made["text"], made["segments"], made["warning"]) == (
        "{hello}Please ring us.",
        1,
        "",
    )
    address = f"message-texts/{made['id']}"
    changed = caller.patch(address, {"text": "{hello}Please ring."}).json()
    assert changed["text"] == "{hello}Please ring."
    assert caller.post(f"{address}/take-back").status_code == 204
    assert not MessageText.objects.exists()
    assert caller.get(address).status_code == 404
    assert (trail("write text of messages"), trail("take back text of messages")) == (2, 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Your methadone {day} {time}", "must not say"),
        ("Come {day}", "must contain {time}"),
        ("{day} {time} {name}", "Use only"),
        ("{day} {time} https://x.example", "web address"),
        ("{day} {time} " + "word " * 30, "Too long for one text message"),
        ("   ", "blank"),
        ("x" * 301, "300"),
    ],
)
def test_what_the_checker_refuses_is_refused_with_its_reason(world, words, said):
    caller = Caller(world.clinical_director)
    kept = world.message_text(TemplateKind.VISIT)
    before = kept.text
    for answer in (
        caller.post("message-texts", {**VISIT, "text": words}),
        caller.patch(f"message-texts/{kept.pk}", {"text": words}),
    ):
        assert answer.status_code == 400
        assert (refusal(answer)["attr"], said in refusal(answer)["detail"]) == ("text", True)
    kept.refresh_from_db()
    assert kept.text == before


def test_long_words_are_kept_with_a_warning(world):
    caller = Caller(world.clinical_director)
    long = "{hello}We expect you " + "here " * 22 + "soon."
    answer = caller.post("message-texts", {**CALL, "text": long})
    assert answer.status_code == 201
    assert "will be shortened" in answer.json()["warning"]
    foreign = caller.post("message-texts", {**CALL, "text": "{hello}Call ж."}).json()
    assert "ж" in foreign["warning"]


def test_a_text_that_went_bad_in_the_table_says_so(world):
    MessageText.objects.create(**CALL, text="Methadone", recorded_at=NOW)
    (row,) = Caller(world.clinical_director).get("message-texts").json()["results"]
    assert "must not say" in row["warning"]


def longest_that_is_kept(world):
    """The text with most letters that the checker takes."""
    kept = ""
    for letters in range(40, 160):
        text = "{hello}{day} {time} " + "x" * letters + " {answer}"
        try:
            write_message_text(
                kind=TemplateKind.VISIT,
                language=Language.EN,
                channel=Channel.SMS,
                text=text,
                now=NOW,
                by=world.clinical_director,
            )
        except InvalidInput:
            break
        kept = text
    return kept


def test_whatever_the_checker_keeps_can_be_sent_to_everybody(world):
    """Also to whoever chose the longest name: else each of their reminders would fail as too long."""
    text = longest_that_is_kept(world)
    assert text
    name = "M" * LONGEST_ALIAS
    letter = Letter(
        TemplateKind.VISIT, world.here, "en", Channel.SMS, NOW, alias=name, by_text=True
    )
    sent = compose(letter, Wording({(TemplateKind.VISIT, Language.EN, Channel.SMS): text}))
    assert segments(sent) == 1
    filled = {**SAMPLE, "hello": f"{name}: ", "answer": answer_words("en", "sms", by_text=True)}
    assert len(text.format(**filled)) == LONGEST


def test_an_e_mail_may_be_long(world):
    body = {**VISIT, "channel": "email", "text": "{day} {time} " + "word " * 50}
    answer = Caller(world.clinical_director).post("message-texts", body)
    assert answer.status_code == 201


def test_who_may_not_set_up_reads_and_writes_none(world):
    rule, text = world.reminder_rule(), world.message_text()
    caller = Caller(world.nurse)
    for path in ("reminder-rules", "message-texts"):
        assert caller.get(path).status_code == 403
    assert caller.post("reminder-rules", RULE).status_code == 403
    assert caller.patch(f"reminder-rules/{rule.pk}", {"is_active": False}).status_code == 403
    assert caller.post(f"message-texts/{text.pk}/take-back").status_code == 403


# --- replies ---------------------------------------------------------------------------------------


def test_replies_are_read_and_closed_once(world):
    row = world.incoming_text()
    caller = Caller(world.front_desk)
    (shown,) = caller.get("replies", to_read="true").json()["results"]
    assert (shown["id"], shown["text"], shown["patient"]) == (
        row.pk,
        "my bus is late",
        world.patient.pk,
    )
    assert caller.get("replies", to_read="false").json()["results"] == []
    blank = caller.post(f"replies/{row.pk}/close", {"note": " "})
    assert (blank.status_code, refusal(blank)["attr"]) == (400, "note")
    closed = caller.post(f"replies/{row.pk}/close", {"note": "Called: comes on Monday"})
    assert (closed.status_code, closed.json()["closed_by"]) == (200, world.front_desk.pk)
    twice = caller.post(f"replies/{row.pk}/close", {"note": "Again"})
    assert (twice.status_code, refusal(twice)["code"]) == (409, "already_done")
    assert caller.get("replies", to_read="true").json()["results"] == []
    assert len(caller.get("replies", to_read="false").json()["results"]) == 1
    assert trail("close text") == 1


def test_a_reply_of_nobody_s_number_is_shown_to_who_answers_texts(world):
    row = world.incoming_text()
    IncomingText.objects.filter(pk=row.pk).update(patient=None)
    (shown,) = Caller(world.front_desk).get("replies").json()["results"]
    assert (shown["id"], shown["patient"]) == (row.pk, None)
    assert Caller(world.system_administrator).get("replies").status_code == 403


def test_replies_are_neither_written_nor_changed_here(world):
    row = world.incoming_text()
    caller = Caller(world.front_desk)
    assert caller.post("replies", {"text": "C"}).status_code == 405
    assert caller.patch(f"replies/{row.pk}", {"text": "C"}).status_code == 405


# --- the admin -------------------------------------------------------------------------------------


def press(client, table, button, pk):
    return client.post(
        f"/admin/reminders/{table}/", {"action": button, "_selected_action": [pk]}, follow=True
    )


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("switch_off", (False, True, True)),
        ("by_text_alone", (True, True, False)),
        ("by_email_alone", (True, False, True)),
    ],
)
def test_the_buttons_of_a_rule_are_its_action(world, sign_in, button, expected):
    rule = world.reminder_rule()
    client = sign_in(world.system_administrator)
    before = trail("set reminder rule")
    assert "1 changed." in press(client, "reminderrule", button, rule.pk).content.decode()
    rule.refresh_from_db()
    assert (rule.is_active, rule.by_sms, rule.by_email) == expected
    assert trail("set reminder rule") == before + 1
    press(client, "reminderrule", "both_ways", rule.pk)
    press(client, "reminderrule", "switch_on", rule.pk)
    rule.refresh_from_db()
    assert (rule.is_active, rule.by_sms, rule.by_email) == (True, True, True)


def test_the_button_of_a_text_takes_it_back(world, sign_in):
    text = world.message_text()
    client = sign_in(world.clinical_director)
    assert (
        "1 restored to the default."
        in press(client, "messagetext", "take_back", text.pk).content.decode()
    )
    assert not MessageText.objects.exists()
    assert trail("take back text of messages") == 1


def test_the_admin_shows_replies_and_wishes_and_no_button(world, sign_in):
    reply, wishes = world.incoming_text(), world.wishes(alias="Nita")
    IncomingText.objects.filter(pk=world.incoming_text(reference="SM2").pk).update(patient=None)
    client = sign_in(world.front_desk)
    listed = client.get("/admin/reminders/incomingtext/").content.decode()
    assert "Tue 3 Mar 2026, 10:00" in listed
    assert "Tue 3 Mar 2026, 15:00" in listed, "nobody's number: UTC"
    shown = client.get(f"/admin/reminders/incomingtext/{reply.pk}/change/").content.decode()
    assert "my bus is late" in shown
    assert (
        "Nita"
        in client.get(f"/admin/reminders/messagepreferences/{wishes.pk}/change/").content.decode()
    )
    assert client.get("/admin/reminders/reminderrule/").status_code == 403


def test_the_step_of_the_world_s_rule_is_one_that_is_not_shipped(world):
    """Else `ids_for` would change what is planned elsewhere."""
    from reminders.subjects import SUBJECTS

    assert world.reminder_rule().step == Step.SEVEN_DAYS
    assert Step.SEVEN_DAYS not in SUBJECTS["appointment"].default_steps
