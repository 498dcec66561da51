"""Forms for disclosures and their accounting. Each basis shows only the fields it needs."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from common.form_fields import choose, day_field
from common.time_zones import EARLIEST, LATEST, is_supported_date
from patients.consents.disclosure_policy import ONLY_PURPOSE, ONLY_RECIPIENTS
from patients.enums import (
    Basis,
    CourtSection,
    EmergencyGround,
    Information,
    NoticeForm,
    Purpose,
    RecipientKind,
    RegistryOccasion,
)
from patients.forms.fields import Filled, several, text, tick
from patients.models.disclosures import WITH_CONSENT

#: Fields that each basis needs in addition to the recipient and the information.
OWN_FIELDS = {
    Basis.CONSENT: ("named_as", "purpose", "purpose_detail"),
    Basis.REGISTRY: ("distance_miles", "occasion"),
    Basis.EMERGENCY: (
        "medical_person",
        "medical_facility",
        "emergency_nature",
        "emergency_ground",
    ),
    Basis.RESEARCH: ("authority_reference", "agreement_reference"),
    Basis.AUDIT: ("authority_reference", "agreement_reference"),
    Basis.COURT_ORDER: (
        "court_section",
        "order_reference",
        "subpoena_reference",
        "order_information",
        "order_reaches_communications",
    ),
}


class DisclosureForm(Filled):
    """A disclosure to be decided; the disclosure policy checks more than this form does."""

    recipient = text("Recipient", 300)
    recipient_kind = forms.ChoiceField(label="Kind of recipient")
    recipient_address = text("Recipient's address", 300)
    named_as = text(
        "Recipient as named in the consent, if not by name",
        300,
        required=False,
        help_text="The entry in the consent that covers the recipient, word for word.",
    )
    information = several(
        "Information", list(Information), help_text="Only what the purpose needs (2.13(a))."
    )
    information_detail = text(
        "Description of the information",
        500,
        help_text="Which part and period, without the content.",
    )
    purpose = forms.ChoiceField(label="Purpose", choices=choose(Purpose, empty="Choose…"))
    purpose_detail = text("Description of another purpose", 300, required=False)
    medical_person = text("Medical personnel who receive it", 200)
    medical_facility = text("Their facility", 200)
    emergency_nature = text("Nature of the emergency", 500)
    emergency_ground = forms.ChoiceField(
        label="Reason for no consent", choices=choose(EmergencyGround)
    )
    distance_miles = forms.IntegerField(
        label="Miles from here", min_value=0, max_value=9999, help_text="At most 200."
    )
    occasion = forms.ChoiceField(
        label="Occasion", choices=choose(RegistryOccasion, empty="None of these"), required=False
    )
    court_section = forms.ChoiceField(
        label="Court order under", choices=choose(CourtSection, empty="No court order")
    )
    order_reference = text("Court and number of the order", 200)
    subpoena_reference = text("Subpoena or mandate", 200)
    order_information = several("Information the order covers", list(Information))
    order_reaches_communications = tick("The order covers confidential communications (2.63)")
    authority_reference = text("Authority or approval, with its reference", 300)
    agreement_reference = text("Written agreement to follow 42 CFR part 2", 300)
    notice_form = forms.ChoiceField(label="Notice to send", choices=choose(NoticeForm))
    through_record = tick(
        "Sent from this record", help_text="Not by phone or on paper from elsewhere."
    )

    def __init__(self, *args: Any, basis: Basis, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.basis = basis
        self.keep("basis", basis)
        self.initial["through_record"] = True
        own = OWN_FIELDS[basis]
        self.drop(*{name for names in OWN_FIELDS.values() for name in names} - set(own))
        if basis not in WITH_CONSENT:
            self.drop("notice_form")
        if basis == Basis.COURT_ORDER:  # the policy refuses a subpoena alone and gives a remedy
            for name in own:
                self.fields[name].required = False
        kinds = [kind for kind in RecipientKind if kind in ONLY_RECIPIENTS.get(basis, {kind})]
        self.fields["recipient_kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.basis in ONLY_PURPOSE:
            data["purpose"] = ONLY_PURPOSE[self.basis]
        return data


class AccountingForm(forms.Form):
    """Finds the patient by record number and is sent by POST, so that no URL names a patient."""

    record_number = forms.CharField(
        label="Record number",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "M-000013"}),
    )
    asked_date = day_field("Requested on", help_text="Covers the three years before this date.")

    def clean_asked_date(self) -> date:
        day: date = self.cleaned_data["asked_date"]
        if not is_supported_date(day):
            raise forms.ValidationError(
                f"The year must be between {EARLIEST.year} and {LATEST.year}."
            )
        return day

    def clean_record_number(self) -> str:
        return str(self.cleaned_data["record_number"]).strip().upper()
