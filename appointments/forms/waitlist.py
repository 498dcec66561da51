"""Forms of waitlist entries and offers."""

from __future__ import annotations

from typing import Any

from django import forms

from access.models import Site
from appointments.availability import practitioners_at
from appointments.enums import ClinicalPriority
from appointments.forms.fields import clock_field, kinds, people, rooms, weekdays_field
from appointments.models import WaitlistEntry
from common.form_fields import day_field


class WaitlistForm(forms.Form):
    from_date = day_field("First day")
    last_date = day_field("Last day")
    weekdays = weekdays_field("Days of the week", "If none is selected: any day.")
    earliest_time = clock_field("Not before", required=False)
    latest_time = clock_field("Not after", required=False)
    priority = forms.TypedChoiceField(
        label="Priority",
        coerce=lambda value: ClinicalPriority(int(value)),
        choices=ClinicalPriority.choices,
        initial=ClinicalPriority.ROUTINE,
        help_text="The highest priority in this list is offered a time first; within one priority, the longest wait.",
    )

    def __init__(self, *args: Any, site: Site, sees_clinical: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not sees_clinical:
            del self.fields["priority"]
        self.fields["type"] = kinds(groups=False)
        self.fields["practitioner"] = people(site, "Practitioner", required=False)
        self.order_fields(["type", "practitioner"])


class OfferForm(forms.Form):
    day = day_field("Day")
    clock = clock_field("Time")

    def __init__(self, *args: Any, entry: WaitlistEntry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["practitioner"] = forms.ModelChoiceField(
            label="Practitioner",
            queryset=practitioners_at(site=entry.site, type=entry.type),
            empty_label="Choose…",
            initial=entry.practitioner_id,
        )
        self.fields["room"] = rooms(entry.site)
        self.order_fields(["practitioner"])
