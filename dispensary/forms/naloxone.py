"""Forms for naloxone kits."""

from __future__ import annotations

from django import forms

from common.form_fields import choose, day_field
from dispensary.actions.naloxone import MOST_KITS
from dispensary.enums import NaloxoneProduct


class KitForm(forms.Form):
    product = forms.ChoiceField(
        label="Product", choices=choose(NaloxoneProduct), initial=NaloxoneProduct.NASAL_4_MG
    )
    number = forms.IntegerField(label="Kits", min_value=1, max_value=MOST_KITS, initial=1)
    given_date = day_field("Date given")
    expires_date = day_field(
        "Expiration date",
        help_text="As printed on the kit. If only a month is printed, use its last day.",
    )
    lot = forms.CharField(label="Lot", max_length=40, required=False)

    def clean_product(self) -> NaloxoneProduct:
        return NaloxoneProduct(self.cleaned_data["product"])


class DeclinedKitForm(forms.Form):
    declined_date = day_field("Date")
