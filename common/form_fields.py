"""Form fields and choices shared by all apps."""

from __future__ import annotations

from typing import Any

from django import forms

Choice = tuple[str, Any]


class DateInput(forms.DateInput):
    """The browser's date picker; the submitted value is always year-month-day."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def day_field(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(label=label, required=required, help_text=help_text, widget=DateInput())


def choose(enum: Any, *, empty: str = "") -> list[Choice]:
    """Choices of an enum, with `empty` as a first line without a value if given."""
    return [*([("", empty)] if empty else []), *enum.choices]
