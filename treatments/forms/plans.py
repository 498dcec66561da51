"""Forms for treatment plans. They check format; actions check the rules."""

from __future__ import annotations

from django import forms

from common.form_fields import choose, day_field
from treatments.enums import Frequency, Modality, ProblemArea, Product


class DescribePlanForm(forms.Form):
    summary = forms.CharField(
        label="Patient's goals, in their own words",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    review_date = day_field(
        "Review by", required=False, help_text="If empty: 90 days after signing."
    )


class ProblemForm(forms.Form):
    area = forms.ChoiceField(label="Area", choices=choose(ProblemArea))
    description = forms.CharField(label="Problem", max_length=500)

    def clean_area(self) -> ProblemArea:
        return ProblemArea(self.cleaned_data["area"])


class GoalForm(forms.Form):
    description = forms.CharField(label="Goal", max_length=500)
    target_date = day_field("Target date", required=False)


class BehavioralForm(forms.Form):
    modality = forms.ChoiceField(label="Intervention", choices=choose(Modality))
    frequency = forms.ChoiceField(
        label="Frequency", choices=choose(Frequency), initial=Frequency.WEEKLY
    )
    minutes = forms.IntegerField(label="Minutes", required=False, min_value=5, max_value=480)
    instructions = forms.CharField(label="Instructions", max_length=500, required=False)

    def clean_modality(self) -> Modality:
        return Modality(self.cleaned_data["modality"])

    def clean_frequency(self) -> Frequency:
        return Frequency(self.cleaned_data["frequency"])


class MedicationForm(forms.Form):
    product = forms.ChoiceField(label="Medication", choices=choose(Product))
    dose_mg = forms.DecimalField(
        label="Dose (mg)", max_digits=7, decimal_places=2, min_value=0, localize=False
    )
    interval_days = forms.IntegerField(
        label="Days between doses",
        required=False,
        min_value=1,
        max_value=90,
        help_text="If empty: the usual interval of the product.",
    )
    last_date = day_field(
        "Last day of the order", required=False, help_text="If empty: until the plan ends."
    )
    dose_reason = forms.CharField(
        label="Reason, if the dose is unusual", max_length=500, required=False
    )
    instructions = forms.CharField(label="Instructions", max_length=500, required=False)

    def clean_product(self) -> Product:
        return Product(self.cleaned_data["product"])
