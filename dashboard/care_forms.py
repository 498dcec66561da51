"""What staff type about doses taken home, drug tests to come and kits."""

from __future__ import annotations

from typing import Any

from django import forms

from dashboard.forms import choose, day_field
from dispensary.enums import CallBackOutcome, NaloxoneProduct
from dispensary.equipping import MOST_KITS
from patients.enums import Substance
from treatments.enums import Specimen


class CallBackForm(forms.Form):
    day = day_field("Expected on")
    clock = forms.TimeField(
        label="At the latest at",
        widget=forms.TimeInput(attrs={"type": "time", "step": "300"}, format="%H:%M"),
    )


class CountForm(forms.Form):
    outcome = forms.ChoiceField(
        label="What came of it", choices=choose(CallBackOutcome, empty="Choose…")
    )
    missing = forms.IntegerField(
        label="How many doses are missing or opened", min_value=1, max_value=200, required=False
    )
    note = forms.CharField(label="Note", max_length=300, required=False)

    def clean_outcome(self) -> CallBackOutcome:
        return CallBackOutcome(self.cleaned_data["outcome"])


class PlanTestForm(forms.Form):
    due_date = day_field("To be taken on", help_text="The patient is told the day before.")


class DrawTestForm(forms.Form):
    from_date = day_field("From")
    until_date = day_field("Until, not included")
    only_there = forms.BooleanField(
        label="Only days on which they come anyway, for a dose or a visit", required=False
    )


class TakeTestForm(forms.Form):
    collected_date = day_field("Collected on")
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
            self.add_error("negative", "A substance has one result in a test.")
        return found


class CallOffForm(forms.Form):
    reason = forms.CharField(
        label="Why it is not taken",
        max_length=300,
        help_text="Extenuating circumstances, as for each patient (42 CFR 8.12(f)(6)).",
    )


class KitForm(forms.Form):
    product = forms.ChoiceField(
        label="Product", choices=choose(NaloxoneProduct), initial=NaloxoneProduct.NASAL_4_MG
    )
    number = forms.IntegerField(label="Kits", min_value=1, max_value=MOST_KITS, initial=1)
    given_date = day_field("Given on")
    expires_date = day_field("Expires on", help_text="As printed; a month alone: its last day.")
    lot = forms.CharField(label="Lot", max_length=40, required=False)

    def clean_product(self) -> NaloxoneProduct:
        return NaloxoneProduct(self.cleaned_data["product"])


class DeclinedKitForm(forms.Form):
    declined_date = day_field("On")
