"""What allauth's second-factor machinery asks of the clinic: names, and how secrets are kept.

The database holds no secret of an authenticator app and no seed of recovery codes in clear.
"""

from __future__ import annotations

import base64
import hashlib
import os

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12
#: Bound to what it is: a secret copied into another kind of column does not open there.
BOUND_TO = b"mfa_authenticator.data"
NAME = "Mainstay"


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(_keys()[0]).encrypt(nonce, text.encode(), BOUND_TO)
        return "1:" + base64.b64encode(nonce + sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The first key writes, all of them read."""
        raw = base64.b64decode(encrypted_text.removeprefix("1:"))
        for key in _keys():
            try:
                opened = AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], BOUND_TO)
                return opened.decode()
            except InvalidTag:
                continue
        raise InvalidTag

    def get_totp_issuer(self) -> str:
        return NAME

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """A passkey belongs to the name in the address line, without its port."""
        return {"id": context.request.get_host().partition(":")[0], "name": NAME}


def _keys() -> list[bytes]:
    """The settings' keys are text of any length; AES takes 32 bytes."""
    return [
        hashlib.sha256(b"second factor:" + key.encode()).digest()
        for key in settings.FIELD_ENCRYPTION_KEYS
    ]
