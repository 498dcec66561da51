"""Forms of consents and disclosures. Each kind and ground asks only what it needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms


def several(label: str, words: Sequence[Any], *, required: bool = True, help_text: str = "") -> Any:
    """Boxes to tick."""
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
    """The first question: which kind, or which ground. The next page asks what that one needs."""

    def __init__(self, *args: Any, name: str, label: str, enum: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[name] = forms.ChoiceField(
            label=label, choices=enum.choices, widget=forms.RadioSelect
        )


class Filled(forms.Form):
    """A second page: what was chosen stays with it, hidden."""

    filled = forms.CharField(widget=forms.HiddenInput, initial="1")

    def keep(self, name: str, value: str) -> None:
        self.fields[name] = forms.CharField(widget=forms.HiddenInput, initial=value)

    def drop(self, *names: str) -> None:
        for name in names:
            del self.fields[name]


LONGEST_LINE = 300


class OnePerLine(forms.CharField):
    """Names or classes, one in each line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, **options)

    def clean(self, value: Any) -> list[str]:
        lines = [line.strip() for line in (super().clean(value) or "").splitlines()]
        if any(len(line) > LONGEST_LINE for line in lines):
            raise forms.ValidationError(f"Each line holds at most {LONGEST_LINE} characters.")
        return [line for line in lines if line]
