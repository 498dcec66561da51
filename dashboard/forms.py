"""What staff type. Forms check the shape; the actions check the sense."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from access.enums import Right, Role
from access.models import Site, User
from access.policy import sites_with_right
from patients.diagnosis_codes import COMPANIONS, OPIOID
from patients.enums import (
    ContactKind,
    DischargeReason,
    EventKind,
    Instrument,
    ReferralSource,
    Route,
    Sex,
    Substance,
    UseFrequency,
)
from patients.models import Patient, Program
from treatments.enums import Frequency, Modality, ProblemArea, Product

Choice = tuple[str, Any]

if TYPE_CHECKING:
    PatientModelForm = forms.ModelForm[Patient]
else:
    PatientModelForm = forms.ModelForm


class DateInput(forms.DateInput):
    """The browser's own calendar; always year-month-day on the wire."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def day_field(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(label=label, required=required, help_text=help_text, widget=DateInput())


def choose(enum: Any, *, empty: str = "") -> list[Choice]:
    """Choices of an enum, with a first line that is no choice when `empty` is given."""
    return [*([("", empty)] if empty else []), *enum.choices]


class SignInForm(AuthenticationForm):
    username = forms.EmailField(
        label="E-mail",
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


class OwnPasswordForm(forms.Form):
    old_password = forms.CharField(
        label="Your password now",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label="The new one",
        strip=False,
        help_text="15 characters or more; a sentence is good. No rules about signs or digits.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


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
        self.fields["preferred_name"].help_text = "What this person wants to be called."


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
    kind = forms.ChoiceField(label="Kind", choices=choose(ContactKind))
    value = forms.CharField(label="Number or address", max_length=254)
    may_send_messages = forms.BooleanField(label="May we text or e-mail here?", required=False)
    may_leave_message = forms.BooleanField(label="May we leave a message?", required=False)
    is_shared = forms.BooleanField(label="Shared with others", required=False)


class EmergencyContactForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200)
    relationship = forms.CharField(label="Relationship", max_length=60, required=False)
    phone = forms.CharField(label="Phone", max_length=40)
    knows_of_treatment = forms.BooleanField(
        label="Knows of the treatment",
        required=False,
        help_text="If not, say nothing of what kind of clinic is calling.",
    )


class AdmitForm(forms.Form):
    admission_date = day_field("Admission date", help_text="Treatment day 1.")
    referral_source = forms.ChoiceField(
        label="Referred by", choices=choose(ReferralSource), initial=ReferralSource.SELF
    )

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programs = Program.objects.filter(site=patient.site_id, is_active=True).order_by("name")
        self.fields["program"] = forms.ModelChoiceField(
            label="Program", queryset=programs, initial=programs.first(), empty_label=None
        )
        self.order_fields(["program", "admission_date", "referral_source"])

    def clean_referral_source(self) -> ReferralSource:
        return ReferralSource(self.cleaned_data["referral_source"])


class DischargeForm(forms.Form):
    discharge_date = day_field("Discharge date")
    reason = forms.ChoiceField(label="Reason", choices=choose(DischargeReason, empty="Choose…"))

    def clean_reason(self) -> DischargeReason:
        return DischargeReason(self.cleaned_data["reason"])


class EventForm(forms.Form):
    kind = forms.ChoiceField(label="What happened", choices=choose(EventKind, empty="Choose…"))
    occurred_date = day_field("On")
    substance = forms.ChoiceField(
        label="Substance", choices=choose(Substance, empty="Not known"), required=False
    )
    naloxone_given = forms.NullBooleanField(
        label="Was naloxone given?",
        required=False,
        widget=forms.Select(choices=[("", "Not known"), ("true", "Yes"), ("false", "No")]),
    )
    note = forms.CharField(
        label="Note", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_kind(self) -> EventKind:
        return EventKind(self.cleaned_data["kind"])


class DiagnosisForm(forms.Form):
    code = forms.ChoiceField(
        label="Diagnosis (ICD-10-CM)",
        choices=[
            ("", "Choose…"),
            ("Opioids", [(code, f"{code} {words}") for code, words in OPIOID.items()]),
            ("Also", [(code, f"{code} {words}") for code, words in COMPANIONS.items()]),
        ],
    )
    onset_date = day_field("Since", required=False)


class SubstanceUseForm(forms.Form):
    substance = forms.ChoiceField(label="Substance", choices=choose(Substance))
    route = forms.ChoiceField(label="Usual route", choices=choose(Route), initial=Route.UNKNOWN)
    frequency = forms.ChoiceField(
        label="Past month", choices=choose(UseFrequency), initial=UseFrequency.UNKNOWN
    )
    age_at_first_use = forms.IntegerField(
        label="Age at first use", required=False, min_value=0, max_value=110
    )
    is_primary = forms.BooleanField(label="Main substance", required=False)


class AssessmentForm(forms.Form):
    instrument = forms.ChoiceField(label="Instrument", choices=choose(Instrument))
    score = forms.IntegerField(label="Total score", min_value=0)
    assessed_date = day_field("On")

    def clean_instrument(self) -> Instrument:
        return Instrument(self.cleaned_data["instrument"])


class DescribePlanForm(forms.Form):
    summary = forms.CharField(
        label="What the patient wants, in their own words",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    review_date = day_field(
        "Review by", required=False, help_text="Left empty: 90 days after it is signed."
    )


class ProblemForm(forms.Form):
    area = forms.ChoiceField(label="Area", choices=choose(ProblemArea))
    description = forms.CharField(label="Problem", max_length=500)

    def clean_area(self) -> ProblemArea:
        return ProblemArea(self.cleaned_data["area"])


class GoalForm(forms.Form):
    description = forms.CharField(label="Goal", max_length=500)
    target_date = day_field("By", required=False)


class BehaviouralForm(forms.Form):
    modality = forms.ChoiceField(label="What", choices=choose(Modality))
    frequency = forms.ChoiceField(
        label="How often", choices=choose(Frequency), initial=Frequency.WEEKLY
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
        label="Every … days",
        required=False,
        min_value=1,
        max_value=90,
        help_text="Left empty: the product's own interval.",
    )
    last_date = day_field(
        "Last day of the order", required=False, help_text="Left empty: until the plan ends."
    )
    dose_reason = forms.CharField(
        label="Reason, if the dose is unusual", max_length=500, required=False
    )
    instructions = forms.CharField(label="Instructions", max_length=500, required=False)

    def clean_product(self) -> Product:
        return Product(self.cleaned_data["product"])


class GiveDoseForm(forms.Form):
    order = forms.ChoiceField(label="Ordered medication", widget=forms.RadioSelect)
    amount_mg = forms.DecimalField(
        label="Amount given (mg)",
        max_digits=7,
        decimal_places=2,
        help_text="Type the amount that you gave; it is compared with the order.",
    )
    dose_date = day_field("For the day")

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
    dose_date = day_field("For the day")
    reason = forms.CharField(label="Reason, if known", max_length=300, required=False)


class VoidDoseForm(forms.Form):
    reason = forms.CharField(label="What was wrong with this row", max_length=300)


class CorrectDoseForm(VoidDoseForm):
    amount_mg = forms.DecimalField(label="Amount really given (mg)", decimal_places=2)
    dose_date = day_field("For the day")


class StaffAccountForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200)
    email = forms.EmailField(label="E-mail")
    password = forms.CharField(
        label="First password",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 15 characters; a few words that belong together only to them.",
    )


class GrantRoleForm(forms.Form):
    role = forms.ChoiceField(label="Role", choices=choose(Role))

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        managed = sites_with_right(by, Right.MANAGE_USERS)
        self.fields["site"] = forms.ModelChoiceField(
            label="Site",
            queryset=Site.objects.filter(pk__in=managed).order_by("name"),
            empty_label=None,
        )

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


def day_from(text: str | None, otherwise: date) -> date:
    """A day out of an address, or `otherwise` where it is missing or no day."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return otherwise
