"""AES-256-GCM encryption of single values, and keyed hashes to search for them.

A stored value is one byte for the format, eight for the name of the key, a random nonce of 96 bits,
then the ciphertext with its tag. The column is part of the authenticated data, so a value that was
moved to another column is refused. Texts are padded to multiples of 32 bytes, so that the stored
length reveals little about the length of the text.

A text of only spaces is stored as no bytes at all, so that the database can still tell whether
there is a value.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from vault.errors import DecryptionError, KeyMissing

FORM = b"\x01"
NAME_BYTES, NONCE_BYTES, TAG_BYTES = 8, 12, 16
HEAD_BYTES = len(FORM) + NAME_BYTES + NONCE_BYTES
STEP = 32
END = b"\x80"
HASH_BYTES = 32


def encrypt(text: str, *, column: str) -> bytes:
    """Encrypt `text` for `column` (app.model.field) with the first key."""
    if not text.strip():
        return b""
    key = settings.FIELD_ENCRYPTION_KEYS[0]
    nonce = os.urandom(NONCE_BYTES)
    hidden = _cipher(key).encrypt(nonce, _padded(text.encode()), column.encode())
    return FORM + key_name(key) + nonce + hidden


def decrypt(kept: bytes, *, column: str) -> str:
    """Decrypt a stored value; an altered or moved value never gives another text.

    Raises DecryptionError or KeyMissing.
    """
    if not kept:
        return ""
    if kept[: len(FORM)] != FORM or len(kept) < HEAD_BYTES + STEP + TAG_BYTES:
        raise DecryptionError(f"What stands in {column} was not written by this program.")
    cipher = _cipher(_key_named(key_name_of(kept), column))
    nonce = kept[HEAD_BYTES - NONCE_BYTES : HEAD_BYTES]
    try:
        filled = cipher.decrypt(nonce, kept[HEAD_BYTES:], column.encode())
    except InvalidTag as problem:
        raise DecryptionError(
            f"A value in {column} was changed after it was written, or comes from another column."
        ) from problem
    return filled[: filled.rindex(END)].decode()


@cache
def key_name(key: str) -> bytes:
    """Return a name that distinguishes keys and reveals nothing about them."""
    return hashlib.sha256(b"name of " + key.encode()).digest()[:NAME_BYTES]


def key_name_of(kept: bytes) -> bytes:
    return kept[len(FORM) : len(FORM) + NAME_BYTES]


def blind_hash(words: str, *, column: str) -> bytes:
    """Hash of `words` by which they are found in `column`, with the first key."""
    return _blind_hash(settings.BLIND_INDEX_KEYS[0], words, column)


def blind_hashes(words: str, *, column: str) -> list[bytes]:
    """Hashes that `words` may have in `column`: one for each key, the newest first."""
    return [_blind_hash(key, words, column) for key in settings.BLIND_INDEX_KEYS]


def _blind_hash(key: str, words: str, column: str) -> bytes:
    return hmac.digest(_derive_key(key, f"blind index {column}"), words.encode(), "sha256")


@cache
def _cipher(key: str) -> AESGCM:
    return AESGCM(_derive_key(key, "field encryption"))


@cache
def _derive_key(key: str, purpose: str) -> bytes:
    """Derive 32 bytes from a long random key, for one purpose only."""
    information = f"mainstay {purpose}".encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=information).derive(
        key.encode()
    )


def _key_named(name: bytes, column: str) -> str:
    for key in settings.FIELD_ENCRYPTION_KEYS:
        if key_name(key) == name:
            return str(key)
    raise KeyMissing(
        f"A value in {column} was encrypted with key {name.hex()}, which is not in"
        " FIELD_ENCRYPTION_KEYS. Put that key back."
    )


def _padded(plain: bytes) -> bytes:
    """Pad with an end mark and zeros to the next step, to hide the length of the text."""
    return plain + END + b"\0" * (-(len(plain) + len(END)) % STEP)
