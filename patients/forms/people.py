"""Forms for patients and their contacts. They check format; actions check the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from access.models import Site
from patients.enums import (
    ContactKind,
    Sex,
)
from patients.models import Patient

if TYPE_CHECKING:
    PatientModelForm = forms.ModelForm[Patient]
else:
    PatientModelForm = forms.ModelForm
from common.form_fields import DateInput, choose


class PersonForm(PatientModelForm):
    class Meta:
        model = Patient
        fields = (
            "given_name",
            "family_name",
            "preferred_name",
            "birth_date",
            "sex",
            "gender_identity",
            "pronouns",
            "language",
        )
        widgets = {"birth_date": DateInput()}

    field_order = ["given_name", "family_name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sex"].choices = choose(Sex)  # type: ignore[attr-defined]
        self.fields["language"] = forms.ChoiceField(
            label="Language for messages",
            choices=[("en", "English"), ("es", "Spanish")],
            initial="en",
        )
        self.fields["preferred_name"].help_text = "The name the patient wants to be called."


class RegisterForm(PersonForm):
    phone = forms.CharField(label="Mobile phone", required=False, max_length=40)
    may_text = forms.BooleanField(label="May we text this number?", required=False)
    email = forms.EmailField(label="E-mail", required=False)
    may_email = forms.BooleanField(label="May we e-mail this address?", required=False)
    is_somebody_new = forms.BooleanField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, sites: list[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = Site.objects.filter(pk__in=[site.pk for site in sites]).order_by("name")
        self.fields["site"] = forms.ModelChoiceField(
            label="Site", queryset=choices, initial=sites[0] if sites else None, empty_label=None
        )


class EditPersonForm(PersonForm):
    version = forms.IntegerField(widget=forms.HiddenInput())


class ContactPointForm(forms.Form):
    kind = forms.ChoiceField(label="Type", choices=choose(ContactKind))
    value = forms.CharField(label="Number or address", max_length=254)
    may_send_messages = forms.BooleanField(label="May we text or e-mail here?", required=False)
    may_leave_message = forms.BooleanField(label="May we leave a message?", required=False)
    is_shared = forms.BooleanField(label="Phone or mailbox is shared", required=False)


class EmergencyContactForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200)
    relationship = forms.CharField(label="Relationship", max_length=60, required=False)
    phone = forms.CharField(label="Phone", max_length=40)
    knows_of_treatment = forms.BooleanField(
        label="Knows about the treatment",
        required=False,
        help_text="If not, never mention what kind of clinic is calling.",
    )
