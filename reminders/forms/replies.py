"""Form to close a reply by text."""

from __future__ import annotations

from django import forms


class CloseForm(forms.Form):
    note = forms.CharField(
        label="What was done", max_length=300, help_text="For example: called, comes on Monday."
    )
