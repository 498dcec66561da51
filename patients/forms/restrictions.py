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
    requested_date = day_field("Asked on")
    request = text("What the patient asked", 500)
    information = several(
        "What should not be disclosed",
        list(Information),
        required=False,
        help_text="Nothing ticked: all of the record.",
    )
    purposes = several("For which purposes", TPO_PURPOSES)
    recipient = text("To whom, if to somebody in particular", 300, required=False)
    to_health_plan = tick("To a health plan")
    is_paid_in_full = tick("The service was paid in full, and not by the plan")
    decision = forms.ChoiceField(label="Decision", choices=choose(RestrictionDecision))
    reason = text("Reason", 500)

    def clean_decision(self) -> RestrictionDecision:
        return RestrictionDecision(self.cleaned_data["decision"])


class PendingRestrictionForm(forms.Form):
    asked_date = day_field("Asked on")
    request = text("What the patient asks, in their words", 500)


class LiftRestrictionForm(forms.Form):
    ground = forms.ChoiceField(label="How", choices=choose(RestrictionEndGround))
    words = text("What the patient said or wrote", 500)

    def clean_ground(self) -> RestrictionEndGround:
        return RestrictionEndGround(self.cleaned_data["ground"])
