"""Form to finish a follow-up."""

from __future__ import annotations

from django import forms

from common.form_fields import choose
from reminders.enums import FollowUpOutcome


class FinishForm(forms.Form):
    outcome = forms.ChoiceField(label="Result", choices=choose(FollowUpOutcome, empty="Choose…"))
    note = forms.CharField(label="Note", max_length=300, required=False)

    def clean_outcome(self) -> FollowUpOutcome:
        return FollowUpOutcome(self.cleaned_data["outcome"])
