"""Form of reminder rules."""

from __future__ import annotations

from django import forms

from appointments.models import AppointmentType
from reminders.enums import Step, Subject


class ReminderRuleForm(forms.Form):
    subject_kind = forms.ChoiceField(choices=Subject.choices, widget=forms.HiddenInput())
    step = forms.ChoiceField(choices=Step.choices, widget=forms.HiddenInput())
    appointment_type = forms.ModelChoiceField(
        AppointmentType.objects.all(), required=False, widget=forms.HiddenInput()
    )
    is_active = forms.BooleanField(label="On", required=False)
    by_sms = forms.BooleanField(label="By text", required=False)
    by_email = forms.BooleanField(label="By e-mail", required=False)

    def clean_subject_kind(self) -> Subject:
        return Subject(self.cleaned_data["subject_kind"])

    def clean_step(self) -> Step:
        return Step(self.cleaned_data["step"])
