"""Form fields and base forms shared by the forms for consents, disclosures and restrictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms


def several(label: str, words: Sequence[Any], *, required: bool = True, help_text: str = "") -> Any:
    """Field for several choices, shown as checkboxes."""
    return forms.MultipleChoiceField(
        label=label,
        choices=[(word.value, word.label) for word in words],
        required=required,
        help_text=help_text,
        widget=forms.CheckboxSelectMultiple,
    )


def text(label: str, length: int, *, required: bool = True, help_text: str = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=length, required=required, help_text=help_text)


def tick(label: str, *, help_text: str = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, help_text=help_text)


class ChoiceOf(forms.Form):
    """First page: choose the kind or the basis. The second page shows the fields for it."""

    def __init__(self, *args: Any, name: str, label: str, enum: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[name] = forms.ChoiceField(
            label=label, choices=enum.choices, widget=forms.RadioSelect
        )


class Filled(forms.Form):
    """Second page: keeps the choice of the first page in a hidden field."""

    filled = forms.CharField(widget=forms.HiddenInput, initial="1")

    def keep(self, name: str, value: str) -> None:
        self.fields[name] = forms.CharField(widget=forms.HiddenInput, initial=value)

    def drop(self, *names: str) -> None:
        for name in names:
            del self.fields[name]


LONGEST_LINE = 300


class OnePerLine(forms.CharField):
    """Field for names or classes, one per line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, **options)

    def clean(self, value: Any) -> list[str]:
        lines = [line.strip() for line in (super().clean(value) or "").splitlines()]
        if any(len(line) > LONGEST_LINE for line in lines):
            raise forms.ValidationError(f"Each line holds at most {LONGEST_LINE} characters.")
        return [line for line in lines if line]
