"""Every text is discreet, whoever writes it; what is refused is told with every reason."""

import pytest

from common.banned_words import BANNED_STEMS, BANNED_WORDS
from common.errors import InvalidInput
from reminders.actions.message_templates import write_message_text
from reminders.enums import Channel, Language, TemplateKind
from reminders.message_templates import (
    NEEDED,
    PLACEHOLDERS,
    ROOM_FOR_SENDER,
    SHIPPED,
    WrongText,
    check_text,
    falls_back,
    language_of,
    length_of,
    shipped,
)
from reminders.models import MessageText
from reminders.sending import send_due_reminders
from reminders.sms_length import LONGEST
from tests.support.world import NOW

WHICH = [
    (kind, tongue, channel) for kind in TemplateKind for tongue in Language for channel in Channel
]
#: What facts.md forbids, English and Spanish.
BANNED = (
    "methadone",
    "suboxone",
    "buprenorphine",
    "opioid",
    "heroin",
    "addiction",
    "rehab",
    "detox",
    "recovery",
    "MAT",
    "MOUD",
    "OTP",
    "drug",
    "urine",
    "relapse",
    "metadona",
    "adicción",
    "recuperación",
    "orina",
    "dosis",
    "clínica de tratamiento",
)


def written(world, text, kind=TemplateKind.VISIT, language=Language.EN, channel=Channel.SMS):
    write_message_text(
        kind=kind,
        language=language,
        channel=channel,
        text=text,
        now=NOW,
        by=world.clinical_director,
    )


def test_every_shipped_text_passes_the_checker():
    assert set(SHIPPED) == set(TemplateKind.values)
    for kind, language, channel in WHICH:
        text = shipped(kind, language)
        check_text(kind, text)
        length = length_of(kind, language, channel, text)
        assert not length.warning, (kind, language, channel, length)
        if channel == Channel.SMS:
            assert length.segments == 1
            assert length.letters <= LONGEST - ROOM_FOR_SENDER


@pytest.mark.parametrize("word", [*BANNED, *BANNED_STEMS, *BANNED_WORDS])
def test_a_banned_word_is_refused_in_every_text(word):
    for kind in TemplateKind:
        fields = " ".join(f"{{{name}}}" for name in NEEDED.get(kind, ()))
        with pytest.raises(WrongText, match="must not say"):
            check_text(kind, f"{fields} About your {word.upper()} today.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("You have an appointment {day}.", "must contain {time}"),
        ("{day} {time} {name}", "Use only"),
        ("{day} {time} {site.phone}", "Use only"),
        ("{day!r} {time}", "Use only"),
        ("{day:>500} {time}", "Use only"),
        ("{0} {day} {time}", "Use only"),
        ("{day} {time", "not closed"),
        ("{day} {time} https://x.example", "web address"),
    ],
)
def test_what_a_text_may_leave_open(text, words):
    with pytest.raises(WrongText, match=words):
        check_text(TemplateKind.VISIT, text)


def test_all_reasons_are_told_at_once():
    with pytest.raises(WrongText) as refused:
        check_text(TemplateKind.VISIT, "Your {dose} of methadone")
    assert len(refused.value.reasons) == 4


def test_own_words_go_out_and_can_be_taken_back(world, due, gateway):
    written(world, "{hello}We expect you {day} {time}.")
    send_due_reminders(now=NOW)
    assert gateway.sent[0][1].startswith("We expect you Thu 5 Mar 10:00. Harbor Office")
    written(world, "")
    assert not MessageText.objects.exists()


def test_refused_words_are_not_kept(world):
    with pytest.raises(InvalidInput):
        written(world, "Your methadone {day} {time}")
    assert not MessageText.objects.exists()


def test_a_text_that_went_bad_in_the_table_does_not_leave(world, due, gateway):
    """Around the checker, by a hand in the database: the last look refuses it."""
    MessageText.objects.create(
        kind="visit", language="en", channel="sms", text="Methadone {day} {time}", recorded_at=NOW
    )
    assert send_due_reminders(now=NOW) == {"failed": 1}
    assert gateway.sent == []


def test_long_words_warn_and_foreign_letters_are_named():
    long = length_of("visit", "en", "sms", "{day} {time} " + "word " * 30)
    assert "will be shortened" in long.warning
    assert "ж" in length_of("visit", "en", "sms", "{day} {time} ж").warning


def test_a_language_without_texts_falls_back_and_says_so():
    assert (language_of("fr"), language_of("es-MX"), language_of("EN")) == ("en", "es", "en")
    assert falls_back("fr")
    assert not falls_back("es-MX")


def test_no_placeholder_is_filled_from_a_record():
    assert set().union(*PLACEHOLDERS.values()) == {"hello", "day", "time", "answer"}


def test_the_page_shows_what_goes_out_and_keeps_what_was_typed(world, sign_in):
    client = sign_in(world.clinical_director)
    which = {"kind": "visit", "language": "en", "channel": "sms"}
    seen = client.post(
        "/message-texts/preview", {**which, "text": "{hello}See you {day} {time}."}
    ).content.decode()
    assert "Maria: See you Wed 23 Sep 11:00. Harbor Office" in seen
    bad = "{day} {time} methadone"
    assert (
        "must not say"
        in client.post("/message-texts/preview", {**which, "text": bad}).content.decode()
    )
    refused = client.post("/message-texts/write", {**which, "text": bad})
    assert refused.status_code == 422
    assert bad in refused.content.decode()
    assert (
        client.post("/message-texts/write", {**which, "text": "See you {day} {time}."}).status_code
        == 302
    )
    assert "See you {day} {time}." in client.get("/message-texts").content.decode()
