"""What staff type when they open a record to somebody: care teams and emergencies."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet

from access.enums import EmergencyReason, ReviewOutcome
from access.models import User
from appointments.availability import practitioners_at
from dashboard.addresses import EARLIEST, LATEST, is_a_clinic_s_day
from dashboard.forms import choose, day_field
from patients.models import Patient

#: Care is planned until the next look at the plan, unless somebody says otherwise.
CARE_DAYS = 90


def colleague_field(
    label: str, people: QuerySet[User], by: User, *, help_text: str = ""
) -> forms.ModelChoiceField[User]:
    """Oneself is not offered; who sends it all the same is refused by the action, in the trail."""
    field = forms.ModelChoiceField(label=label, queryset=people, help_text=help_text)
    offered = [(one.pk, str(one)) for one in people if one.pk != by.pk]
    field.widget.choices = [("", "Choose…"), *offered]
    return field


class CareTeamForm(forms.Form):
    planned_end_date = day_field(
        "Planned end", help_text="Access ends with care, some days after this one."
    )

    def __init__(self, *args: Any, patient: Patient, by: User, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("planned_end_date", today + timedelta(days=CARE_DAYS))
        self.fields["user"] = colleague_field("Who", practitioners_at(site=patient.site), by)
        self.order_fields(["user", "planned_end_date"])


class OpenInEmergencyForm(forms.Form):
    reason = forms.ChoiceField(
        label="Why", choices=choose(EmergencyReason), widget=forms.RadioSelect
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
        help_text="Proof that it is still you at this screen.",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_reason(self) -> EmergencyReason:
        return EmergencyReason(self.cleaned_data["reason"])


class FindInEmergencyForm(OpenInEmergencyForm):
    """For somebody whose record is not even in the list: both facts must fit."""

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
        label="In words", max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_outcome(self) -> ReviewOutcome:
        return ReviewOutcome(self.cleaned_data["outcome"])


class WhoLookedForm(forms.Form):
    """By record number, in the body: nothing of a patient stands in an address."""

    record_number = forms.CharField(
        label="Record number",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "M-000013"}),
    )
    first = day_field("From")
    last = day_field("To")

    def clean_record_number(self) -> str:
        return str(self.cleaned_data["record_number"]).strip().upper()

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for name in ("first", "last"):
            if name in said and not is_a_clinic_s_day(said[name]):
                self.add_error(
                    name, f"The year must lie between {EARLIEST.year} and {LATEST.year}."
                )
        if not self.errors and said["first"] > said["last"]:
            self.add_error("last", "This day comes before the first one.")
        return said
