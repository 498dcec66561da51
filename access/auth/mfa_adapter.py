"""Adapter for allauth's MFA: names of the clinic, and encryption of secrets.

The database holds no plain secret of an authenticator app and no plain seed of recovery codes.
"""

from __future__ import annotations

import base64
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction

from vault import encryption

#: Part of the encryption: a ciphertext that is copied into another column cannot be decrypted
#: there.
COLUMN = "mfa.authenticator.data"
#: Where allauth stores the secrets: of an authenticator app, and of recovery codes.
SECRET_PARTS = ("secret", "seed")
NAME = "Mainstay"


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Names the clinic in authenticators and encrypts their secrets with the clinic's keys."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(encryption.encrypt(text, column=COLUMN)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypt a secret. Raises DecryptionError or KeyMissing (vault/encryption.py)."""
        return encryption.decrypt(base64.b64decode(encrypted_text), column=COLUMN)

    def get_totp_issuer(self) -> str:
        return NAME

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Bind passkeys to the host name of the request, without its port."""
        return {"id": context.request.get_host().partition(":")[0], "name": NAME}


def secrets_under_old_keys() -> int:
    """Count the authenticators with a secret that is not encrypted with the first key."""
    return sum(_is_old(one.data) for one in Authenticator.objects.all())


def reencrypt_secrets() -> int:
    """Encrypt old secrets with the first key, one transaction per row; returns how many rows."""
    written = 0
    for pk in Authenticator.objects.values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if row is not None and _is_old(row.data):
                adapter = FactorAdapter()
                for part in _secrets_of(row.data):
                    row.data[part] = adapter.encrypt(adapter.decrypt(row.data[part]))
                row.save(update_fields=["data"])
                written += 1
    return written


def _secrets_of(data: dict[str, Any]) -> list[str]:
    return [part for part in SECRET_PARTS if data.get(part)]


def _is_old(data: dict[str, Any]) -> bool:
    newest = encryption.key_name(settings.FIELD_ENCRYPTION_KEYS[0])
    kept = (base64.b64decode(data[part]) for part in _secrets_of(data))
    return any(encryption.key_name_of(one) != newest for one in kept)
