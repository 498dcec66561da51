"""Forms for admission and discharge. They check format; actions check the rules."""

from __future__ import annotations

from typing import Any

from django import forms

from common.form_fields import choose, day_field
from patients.enums import (
    DischargeReason,
    ReferralSource,
)
from patients.models import Patient, Program


class AdmitForm(forms.Form):
    admission_date = day_field("Admission date", help_text="This is treatment day 1.")
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
