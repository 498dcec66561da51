"""Errors of encrypted values. They are faults of data or code, not refusals for a user."""

from django.core.exceptions import FieldError


class DecryptionError(RuntimeError):
    """A stored value was changed, truncated, or moved from another column."""


class KeyMissing(RuntimeError):
    """A value was encrypted with a key that is not in FIELD_ENCRYPTION_KEYS."""


class EncryptedColumnError(FieldError):
    """A query used an encrypted column in a way that the database cannot answer."""
