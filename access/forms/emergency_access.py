"""Forms for opening a record in an emergency and for reviewing it."""

from __future__ import annotations

from django import forms

from access.enums import EmergencyReason, ReviewOutcome
from common.form_fields import choose, day_field


class OpenInEmergencyForm(forms.Form):
    reason = forms.ChoiceField(
        label="Reason", choices=choose(EmergencyReason), widget=forms.RadioSelect
    )
    words = forms.CharField(
        label="What happened",
        max_length=500,
        help_text="The privacy officer reads this and reviews every emergency.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    password = forms.CharField(
        label="Your password",
        strip=False,
        help_text="To confirm that it is you.",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_reason(self) -> EmergencyReason:
        return EmergencyReason(self.cleaned_data["reason"])


class FindInEmergencyForm(OpenInEmergencyForm):
    """For a patient whom the user cannot see in any list: number and birth date must both match."""

    record_number = forms.CharField(
        label="Record number", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    birth_date = day_field("Birth date")
    field_order = ("record_number", "birth_date", "reason", "words", "password")


class ReviewEmergencyForm(forms.Form):
    outcome = forms.ChoiceField(
        label="What did you find?", choices=choose(ReviewOutcome), widget=forms.RadioSelect
    )
    words = forms.CharField(
        label="Explanation", max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_outcome(self) -> ReviewOutcome:
        return ReviewOutcome(self.cleaned_data["outcome"])
