"""What staff type about messages: a patient's wishes, the clinic's texts and rules, what came of a call."""

from __future__ import annotations

from django import forms


class CloseForm(forms.Form):
    note = forms.CharField(
        label="What was done", max_length=300, help_text="For instance: called, comes on Monday."
    )
