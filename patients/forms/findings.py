"""Forms for clinical findings. They check format; actions check the rules."""

from __future__ import annotations

from django import forms

from common.form_fields import choose, day_field
from patients.diagnosis_codes import COMPANIONS, OPIOID
from patients.enums import (
    EventKind,
    Instrument,
    Route,
    Substance,
    UseFrequency,
)


class EventForm(forms.Form):
    kind = forms.ChoiceField(label="What happened", choices=choose(EventKind, empty="Choose…"))
    occurred_date = day_field("Date")
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
            ("Other", [(code, f"{code} {words}") for code, words in COMPANIONS.items()]),
        ],
    )
    onset_date = day_field("Onset date", required=False)


class SubstanceUseForm(forms.Form):
    substance = forms.ChoiceField(label="Substance", choices=choose(Substance))
    route = forms.ChoiceField(label="Usual route", choices=choose(Route), initial=Route.UNKNOWN)
    frequency = forms.ChoiceField(
        label="Use in the past month", choices=choose(UseFrequency), initial=UseFrequency.UNKNOWN
    )
    age_at_first_use = forms.IntegerField(
        label="Age at first use", required=False, min_value=0, max_value=110
    )
    is_primary = forms.BooleanField(label="Primary substance", required=False)


class AssessmentForm(forms.Form):
    instrument = forms.ChoiceField(label="Instrument", choices=choose(Instrument))
    score = forms.IntegerField(label="Total score", min_value=0)
    assessed_date = day_field("Date")

    def clean_instrument(self) -> Instrument:
        return Instrument(self.cleaned_data["instrument"])
