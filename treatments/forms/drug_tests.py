"""Forms for planned and taken drug tests."""

from __future__ import annotations

from typing import Any

from django import forms

from common.form_fields import choose, day_field
from patients.enums import Substance
from treatments.enums import Specimen


class PlanTestForm(forms.Form):
    due_date = day_field("Test date", help_text="The patient is told the day before.")


class DrawTestForm(forms.Form):
    from_date = day_field("From")
    until_date = day_field("Until (not included)")
    only_there = forms.BooleanField(
        label="Only days when the patient already comes for a dose or an appointment",
        required=False,
    )


class TakeTestForm(forms.Form):
    collected_date = day_field("Collection date")
    specimen = forms.ChoiceField(label="Specimen", choices=choose(Specimen))
    positive = forms.MultipleChoiceField(
        label="Positive for",
        choices=choose(Substance),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    negative = forms.MultipleChoiceField(
        label="Negative for",
        choices=choose(Substance),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean_specimen(self) -> Specimen:
        return Specimen(self.cleaned_data["specimen"])

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if set(found.get("positive", ())) & set(found.get("negative", ())):
            self.add_error("negative", "A substance can have only one result in a test.")
        return found


class CallOffForm(forms.Form):
    reason = forms.CharField(
        label="Reason for canceling",
        max_length=300,
        help_text="Extenuating circumstances, as for each patient (42 CFR 8.12(f)(6)).",
    )
