"""Texts: discreet, and one SMS long whatever a site is called."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from access.models import Site
from common.banned_words import BANNED_STEMS, BANNED_WORDS, banned_word
from reminders.enums import Channel, TemplateKind
from reminders.message_rendering import (
    TEMPLATES,
    BannedWording,
    Letter,
    appointment_text,
    compose,
    refuse_banned_words,
)
from reminders.message_templates import Wording
from reminders.sms_length import gsm_length, in_gsm_letters, segments
from tests.support.world import NOW, ZONE, make_site

IN_TWO_DAYS = NOW + timedelta(days=2)
#: The day and hour that take the most letters.
WORDIEST = datetime(2026, 9, 23, 15, 0, tzinfo=UTC)
LONGEST_NAME = Site._meta.get_field("neutral_name").max_length or 0
LONGEST_PHONE = Site._meta.get_field("phone").max_length or 0


def text_of(name: str, phone: str, language: str = "en", at: datetime = WORDIEST) -> str:
    site = Site(neutral_name=name, phone=phone, time_zone=ZONE)
    return appointment_text(starts_at=at, site=site, language=language)


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_texts_are_discreet_and_one_segment_long(db, language):
    text = appointment_text(starts_at=IN_TWO_DAYS, site=make_site("harbor"), language=language)
    assert segments(text) == 1
    assert text.isascii()
    assert refuse_banned_words(text) == text
    assert text.endswith(" Harbor Office 555-0100")
    assert "10:00" in text


@pytest.mark.parametrize("word", [*BANNED_STEMS, *BANNED_WORDS])
def test_telling_words_are_refused(word):
    with pytest.raises(BannedWording):
        refuse_banned_words(f"Your {word.upper()}: tomorrow")


@pytest.mark.parametrize(
    "name",
    [
        "Harbor Opioids Program",
        "Addictions Center",
        "Methadone_North",
        "RiversideMethadone",
        "Clinica de Metadona",
        "Centro de Adicción",
        "Subutex desk",
        "Brixadi clinic",
        "Sobriety House",
        "Treatment Center",
        "Narcan depot",
        "M.A.T. and MAT office",
        "Drogas No",
        "OVERDOSE line",
    ],
)
def test_names_that_tell_are_refused_however_they_are_written(name):
    assert banned_word(name)


@pytest.mark.parametrize(
    "name",
    [
        "Front desk",
        "Harbor Office",
        "Matthews Street",
        "Dr. Maddox, Discovery House",
        "Laurine and Sons",
        "Mathilda Rose",
        "Site 7",
        "Oficina del Sud",
        "Wellington and Marlborough Streets",
        "+1 617 555 0100",
    ],
)
def test_innocent_names_are_not(name):
    assert banned_word(name) is None


@pytest.mark.parametrize("language", TEMPLATES)
@given(
    name=some.text(max_size=LONGEST_NAME),
    phone=some.text(max_size=LONGEST_PHONE),
    at=some.datetimes(
        datetime(2026, 1, 1),  # noqa: DTZ001
        datetime(2028, 1, 1),  # noqa: DTZ001
        timezones=some.just(UTC),
    ),
)
@example("W" * 60, "5" * 40, WORDIEST)
@example("Ж" * 60, "5" * 40, WORDIEST)
@example("€" * 60, "[" * 40, WORDIEST)
@example("…" * 60, "…" * 40, WORDIEST)
@example("🙂" * 60, "", WORDIEST)
@example("", "", WORDIEST)
def test_no_site_makes_a_text_of_two_segments(language, name, phone, at):
    try:
        text = text_of(name, phone, language, at)
    except BannedWording:
        return
    assert segments(text) == 1
    assert gsm_length(text) is not None
    assert text.startswith(text_of("", "", language, at))


def test_the_name_gives_way_to_the_phone_word_by_word():
    name = "The Harbor Office of Wellington and Marlborough Streets West"
    phone = "+1 (617) 555-0100 ext 4321, then press 2"
    assert (len(name), len(phone)) == (LONGEST_NAME, LONGEST_PHONE)
    assert text_of(name, phone) == (
        "You have an appointment Wed 23 Sep at 11:00. If you cannot come, please call. "
        "The Harbor Office of Wellington and +1 (617) 555-0100 ext 4321, then press 2"
    )


def test_a_name_of_one_long_word_is_cut_within_it():
    text = text_of("W" * 60, "5" * 40)
    assert len(text) == 160
    assert text.endswith(f" {'W' * 41} {'5' * 40}")


def test_a_phone_that_does_not_fit_is_left_out_not_cut():
    text = text_of("Harbor Office", "…" * 40)
    assert text.endswith("please call. Harbor Office")


def test_half_a_telling_word_is_not_sent_either():
    with pytest.raises(BannedWording):
        text_of("Harbor Office of the Old Ferry Road, Methadone", "5" * 40)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Clínica Área “Uno” – 2º…", 'Clinica Area "Uno" - 2o...'),
        ("Ñandú € [x]", "Ñandu € [x]"),
        ("Łódź\n\tOffice", "Lodz Office"),
        ("Гавань 12", "12"),
        ("Har\u200bbor\N{NO-BREAK SPACE}Office", "Harbor Office"),
    ],
)
def test_letters_that_an_sms_has_not(written, sent):
    assert in_gsm_letters(written) == sent


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 80 + "a", 2),
        ("Ж" * 70, 1),
        ("Ж" * 71, 2),
        ("🙂" * 35, 1),
        ("🙂" * 36, 2),
        ("Ж" * 134, 2),
        ("Ж" * 135, 3),
    ],
)
def test_how_many_segments(text, count):
    assert segments(text) == count


def test_the_letters_of_a_link_are_no_words(world):
    """A signature may spell anything between its dashes."""
    letter = Letter(
        TemplateKind.VISIT,
        world.here,
        "en",
        Channel.EMAIL,
        NOW,
        link="https://clinic.example.org/a/x-mat-9_heroin_otp",
    )
    assert "x-mat-9_heroin_otp" in compose(letter, Wording())


@pytest.mark.parametrize(
    "words",
    [
        "Your injection is due",
        "Come for your test",
        "See your psychiatrist",
        "Counseling group",
        "Your medication is ready",
        "Bring your bottles",
        "UA today",
        "meth clinic",
        "su inyección",
        "Su terapia de grupo",
        "opi0id",
        "f3ntanyl",
    ],
)
def test_what_such_a_clinic_would_write_without_thinking_tells(words):
    assert banned_word(words)


@pytest.mark.parametrize(
    "words", ["Harbor Medical", "Latest news", "Ana Testa", "Call 413-555-0100 at 10:00"]
)
def test_what_any_office_would_write_does_not(words):
    assert banned_word(words) is None
