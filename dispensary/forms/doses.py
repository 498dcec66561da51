"""Forms for dose records. They check format; actions check the rules."""

from __future__ import annotations

from typing import Any

from django import forms

from common.form_fields import Choice, day_field
from treatments.enums import Product


class GiveDoseForm(forms.Form):
    order = forms.ChoiceField(label="Ordered dose", widget=forms.RadioSelect)
    amount_mg = forms.DecimalField(
        label="Amount given (mg)",
        max_digits=7,
        decimal_places=2,
        help_text="Enter the amount that you gave. It is checked against the order.",
    )
    dose_date = day_field("Dose date")

    def __init__(self, *args: Any, orders: list[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["order"].choices = orders  # type: ignore[attr-defined]
        self.fields["order"].initial = orders[0][0] if orders else None

    def clean_order(self) -> Product:
        return Product(self.cleaned_data["order"])


class TakeHomeForm(GiveDoseForm):
    days = forms.IntegerField(label="Number of days", min_value=1, max_value=28, initial=1)
    rationale = forms.CharField(
        label="Why take-home doses are suitable",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, orders: list[Choice], **kwargs: Any) -> None:
        super().__init__(*args, orders=orders, **kwargs)
        self.fields["dose_date"].label = "First day"
        self.fields["amount_mg"].label = "Amount for each day (mg)"


class MissedDoseForm(forms.Form):
    dose_date = day_field("Dose date")
    reason = forms.CharField(label="Reason, if known", max_length=300, required=False)


class VoidDoseForm(forms.Form):
    reason = forms.CharField(label="What was wrong with this row", max_length=300)


class CorrectDoseForm(VoidDoseForm):
    amount_mg = forms.DecimalField(label="Amount actually given (mg)", decimal_places=2)
    dose_date = day_field("Dose date")
