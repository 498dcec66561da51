"""Forms for requests to restrict disclosures."""

from __future__ import annotations

from django import forms

from common.form_fields import choose, day_field
from patients.enums import (
    Information,
    RestrictionDecision,
    RestrictionEndGround,
)
from patients.forms.fields import several, text, tick
from patients.models.consents import TPO_PURPOSES


class RestrictionForm(forms.Form):
    requested_date = day_field("Requested on")
    request = text("Request", 500)
    information = several(
        "What should not be disclosed",
        list(Information),
        required=False,
        help_text="None selected: the whole record.",
    )
    purposes = several("Purposes", TPO_PURPOSES)
    recipient = text("Recipient, if a specific one", 300, required=False)
    to_health_plan = tick("To a health plan")
    is_paid_in_full = tick("The service was paid in full without the plan")
    decision = forms.ChoiceField(label="Decision", choices=choose(RestrictionDecision))
    reason = text("Reason", 500)

    def clean_decision(self) -> RestrictionDecision:
        return RestrictionDecision(self.cleaned_data["decision"])


class PendingRestrictionForm(forms.Form):
    asked_date = day_field("Requested on")
    request = text("Request, in the patient's words", 500)


class LiftRestrictionForm(forms.Form):
    ground = forms.ChoiceField(label="How", choices=choose(RestrictionEndGround))
    words = text("Patient's statement", 500)

    def clean_ground(self) -> RestrictionEndGround:
        return RestrictionEndGround(self.cleaned_data["ground"])
