"""What can be wrong with an encrypted value. None of these is a refusal that a person could act on."""

from django.core.exceptions import FieldError


class DecryptionError(RuntimeError):
    """A value is not what was written there: changed, cut short, or moved from another column."""


class KeyMissing(RuntimeError):
    """A value was encrypted with a key that is not in FIELD_ENCRYPTION_KEYS."""


class EncryptedColumnError(FieldError):
    """Somebody asked the database about words that it cannot read."""
