"""Forms for call-backs of take-home doses."""

from __future__ import annotations

from django import forms

from common.form_fields import choose, day_field
from dispensary.enums import CallBackOutcome


class CallBackForm(forms.Form):
    day = day_field("Expected date")
    clock = forms.TimeField(
        label="Latest time",
        widget=forms.TimeInput(attrs={"type": "time", "step": "300"}, format="%H:%M"),
    )


class CountForm(forms.Form):
    outcome = forms.ChoiceField(label="Result", choices=choose(CallBackOutcome, empty="Choose…"))
    missing = forms.IntegerField(
        label="Number of doses missing or opened", min_value=1, max_value=200, required=False
    )
    note = forms.CharField(label="Note", max_length=300, required=False)

    def clean_outcome(self) -> CallBackOutcome:
        return CallBackOutcome(self.cleaned_data["outcome"])
