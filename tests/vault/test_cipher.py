"""What goes in comes out; anything else is an error named for the fact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault import encryption
from vault.errors import DecryptionError, KeyMissing

COLUMN = "patients.clinicalevent.note"
OLD, NEW = "an old key " * 6, "a new key " * 6


@given(st.text().filter(str.strip))
def test_every_text_comes_back(text):
    assert encryption.decrypt(encryption.encrypt(text, column=COLUMN), column=COLUMN) == text


@pytest.mark.parametrize(
    "text", ["0", "False", "None", "ñ", "a" * 31, "a" * 32, "\x80", "ends \x80"]
)
def test_texts_that_others_lose(text):
    assert encryption.decrypt(encryption.encrypt(text, column=COLUMN), column=COLUMN) == text


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_nothing_is_kept_as_nothing(text):
    assert encryption.encrypt(text, column=COLUMN) == b""
    assert encryption.decrypt(b"", column=COLUMN) == ""


def test_the_same_text_is_never_the_same_twice():
    assert len({encryption.encrypt("again", column=COLUMN) for _ in range(50)}) == 50


def test_lengths_tell_little():
    lengths = {len(encryption.encrypt("x" * letters, column=COLUMN)) for letters in range(1, 32)}
    assert lengths == {69}


def test_the_form_says_version_and_key(settings):
    kept = encryption.encrypt("words", column=COLUMN)
    assert kept[0] == 1
    assert encryption.key_name_of(kept) == encryption.key_name(settings.FIELD_ENCRYPTION_KEYS[0])
    assert b"words" not in kept


def test_any_changed_byte_is_noticed():
    kept = encryption.encrypt("words", column=COLUMN)
    for place in range(len(kept)):
        changed = kept[:place] + bytes([kept[place] ^ 1]) + kept[place + 1 :]
        with pytest.raises((DecryptionError, KeyMissing)):
            encryption.decrypt(changed, column=COLUMN)


def test_cut_short_or_foreign_bytes():
    kept = encryption.encrypt("words", column=COLUMN)
    for broken in (kept[:-1], kept[:30], b"plain words", kept + b"\0"):
        with pytest.raises(DecryptionError):
            encryption.decrypt(broken, column=COLUMN)


def test_another_column_is_refused():
    kept = encryption.encrypt("555 0101", column="patients.contactpoint.value")
    with pytest.raises(DecryptionError, match="another column"):
        encryption.decrypt(kept, column="patients.emergencycontact.phone")


def test_all_keys_decipher_and_the_first_encrypts(settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    under_old = encryption.encrypt("words", column=COLUMN)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert encryption.decrypt(under_old, column=COLUMN) == "words"
    under_new = encryption.encrypt("words", column=COLUMN)
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert encryption.decrypt(under_new, column=COLUMN) == "words"
    with pytest.raises(KeyMissing, match="not in FIELD_ENCRYPTION_KEYS"):
        encryption.decrypt(under_old, column=COLUMN)


def test_a_hash_is_of_its_column_and_key(settings):
    here = encryption.blind_hash("5550101", column="patients.contactpoint.value")
    assert len(here) == encryption.HASH_BYTES
    assert here != encryption.blind_hash("5550101", column="patients.identifier.value")
    settings.BLIND_INDEX_KEYS = [NEW, *settings.BLIND_INDEX_KEYS]
    hashes = encryption.blind_hashes("5550101", column="patients.contactpoint.value")
    assert hashes[1] == here
    assert hashes[0] == encryption.blind_hash("5550101", column="patients.contactpoint.value")
