"""Forms of one appointment: booking, moving, canceling, no-show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from access.models import Site
from appointments.availability import practitioners_at
from appointments.enums import CancelledBy, MissReason, VisitMode
from appointments.models import AppointmentType, Room
from common.form_fields import choose, day_field
from common.time_zones import moment_of


class BookForm(forms.Form):
    day = day_field("Day")
    clock = forms.TimeField(
        label="Time", widget=forms.TimeInput(attrs={"type": "time", "step": "300"}, format="%H:%M")
    )
    note = forms.CharField(label="Note for staff", max_length=300, required=False)

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        self.fields["type"] = forms.ModelChoiceField(
            label="Visit type",
            queryset=AppointmentType.objects.filter(is_active=True, capacity=1).order_by("name"),
            empty_label="Choose…",
        )
        self.fields["practitioner"] = forms.ModelChoiceField(
            label="Practitioner", queryset=practitioners_at(site=site), empty_label="Choose…"
        )
        self.fields["room"] = forms.ModelChoiceField(
            label="Room",
            queryset=Room.objects.filter(site=site, is_active=True).order_by("name"),
            required=False,
            empty_label="None",
        )
        self.fields["mode"] = forms.ChoiceField(
            label="Mode", choices=choose(VisitMode, empty="Default"), required=False
        )
        self.order_fields(["type", "practitioner", "day", "clock", "room", "mode", "note"])

    def clean_mode(self) -> VisitMode | None:
        return VisitMode(self.cleaned_data["mode"]) if self.cleaned_data["mode"] else None

    def starts_at(self) -> datetime:
        return moment_of(self.cleaned_data["day"], self.cleaned_data["clock"], self.site.time_zone)


class MoveForm(forms.Form):
    day = day_field("Day")
    clock = forms.TimeField(
        label="Time", widget=forms.TimeInput(attrs={"type": "time", "step": "300"}, format="%H:%M")
    )

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["practitioner"] = forms.ModelChoiceField(
            label="Practitioner",
            queryset=practitioners_at(site=site),
            required=False,
            empty_label="No change",
        )
        self.fields["room"] = forms.ModelChoiceField(
            label="Room",
            queryset=Room.objects.filter(site=site, is_active=True).order_by("name"),
            required=False,
            empty_label="None",
        )


class CancelForm(forms.Form):
    cancelled_by = forms.ChoiceField(label="Canceled by", choices=choose(CancelledBy))
    reason = forms.CharField(label="Reason", max_length=300)

    def clean_cancelled_by(self) -> CancelledBy:
        return CancelledBy(self.cleaned_data["cancelled_by"])


class NoShowForm(forms.Form):
    reason = forms.ChoiceField(label="Reason, if known", choices=choose(MissReason))

    def clean_reason(self) -> MissReason:
        return MissReason(self.cleaned_data["reason"])
