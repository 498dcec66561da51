"""What goes in comes out; anything else is an error named for the fact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault import cipher
from vault.errors import KeyMissing, SealBroken

COLUMN = "patients.clinicalevent.note"
OLD, NEW = "an old key " * 6, "a new key " * 6


@given(st.text().filter(str.strip))
def test_every_text_comes_back(text):
    assert cipher.unseal(cipher.seal(text, column=COLUMN), column=COLUMN) == text


@pytest.mark.parametrize(
    "text", ["0", "False", "None", "ñ", "a" * 31, "a" * 32, "\x80", "ends \x80"]
)
def test_texts_that_others_lose(text):
    assert cipher.unseal(cipher.seal(text, column=COLUMN), column=COLUMN) == text


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_nothing_is_kept_as_nothing(text):
    assert cipher.seal(text, column=COLUMN) == b""
    assert cipher.unseal(b"", column=COLUMN) == ""


def test_the_same_text_is_never_the_same_twice():
    assert len({cipher.seal("again", column=COLUMN) for _ in range(50)}) == 50


def test_lengths_tell_little():
    lengths = {len(cipher.seal("x" * letters, column=COLUMN)) for letters in range(1, 32)}
    assert lengths == {69}


def test_the_form_says_version_and_key(settings):
    kept = cipher.seal("words", column=COLUMN)
    assert kept[0] == 1
    assert cipher.key_name_of(kept) == cipher.key_name(settings.FIELD_ENCRYPTION_KEYS[0])
    assert b"words" not in kept


def test_any_changed_byte_is_noticed():
    kept = cipher.seal("words", column=COLUMN)
    for place in range(len(kept)):
        changed = kept[:place] + bytes([kept[place] ^ 1]) + kept[place + 1 :]
        with pytest.raises((SealBroken, KeyMissing)):
            cipher.unseal(changed, column=COLUMN)


def test_cut_short_or_foreign_bytes():
    kept = cipher.seal("words", column=COLUMN)
    for broken in (kept[:-1], kept[:30], b"plain words", kept + b"\0"):
        with pytest.raises(SealBroken):
            cipher.unseal(broken, column=COLUMN)


def test_another_column_is_refused():
    kept = cipher.seal("555 0101", column="patients.contactpoint.value")
    with pytest.raises(SealBroken, match="another column"):
        cipher.unseal(kept, column="patients.emergencycontact.phone")


def test_all_keys_decipher_and_the_first_encrypts(settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    under_old = cipher.seal("words", column=COLUMN)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert cipher.unseal(under_old, column=COLUMN) == "words"
    under_new = cipher.seal("words", column=COLUMN)
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert cipher.unseal(under_new, column=COLUMN) == "words"
    with pytest.raises(KeyMissing, match="not in FIELD_ENCRYPTION_KEYS"):
        cipher.unseal(under_old, column=COLUMN)


def test_a_hash_is_of_its_column_and_key(settings):
    here = cipher.blind_hash("5550101", column="patients.contactpoint.value")
    assert len(here) == cipher.HASH_BYTES
    assert here != cipher.blind_hash("5550101", column="patients.identifier.value")
    settings.BLIND_INDEX_KEYS = [NEW, *settings.BLIND_INDEX_KEYS]
    hashes = cipher.blind_hashes("5550101", column="patients.contactpoint.value")
    assert hashes[1] == here
    assert hashes[0] == cipher.blind_hash("5550101", column="patients.contactpoint.value")
