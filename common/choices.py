"""Enums for model fields, whose choices stand in no migration."""

from django.db import models


class TextChoices(models.TextChoices):
    """`choices=X.as_choices` keeps labels out of migrations: a new label needs none."""

    @classmethod
    def as_choices(cls) -> list[tuple[str, str]]:
        """Return (stored value, label) pairs."""
        return [(str(value), str(label)) for value, label in cls.choices]


class IntegerChoices(models.IntegerChoices):
    """The same for numbers."""

    @classmethod
    def as_choices(cls) -> list[tuple[int, str]]:
        """Return (stored value, label) pairs."""
        return [(int(value), str(label)) for value, label in cls.choices]
