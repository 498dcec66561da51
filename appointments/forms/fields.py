"""Form fields of the calendar pages: times, weekdays, practitioners, rooms, visit types."""

from __future__ import annotations

from django import forms

from access.models import Site
from appointments.availability import practitioners_at
from appointments.enums import Weekday
from appointments.models import AppointmentType, Room


def clock_field(label: str, *, required: bool = True) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=required,
        widget=forms.TimeInput(attrs={"type": "time", "step": "300"}, format="%H:%M"),
    )


def weekdays_field(label: str, help_text: str = "") -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label=label,
        choices=Weekday.choices,
        coerce=lambda value: Weekday(int(value)),
        required=False,
        help_text=help_text,
        widget=forms.CheckboxSelectMultiple,
    )


def people(
    site: Site, label: str = "Practitioner", *, required: bool = True
) -> forms.ModelChoiceField:  # type: ignore[type-arg]
    return forms.ModelChoiceField(
        label=label,
        queryset=practitioners_at(site=site),
        empty_label="Choose…" if required else "Any practitioner",
        required=required,
    )


def rooms(site: Site) -> forms.ModelChoiceField:  # type: ignore[type-arg]
    return forms.ModelChoiceField(
        label="Room",
        queryset=Room.objects.filter(site=site, is_active=True).order_by("name"),
        required=False,
        empty_label="None",
    )


def kinds(*, groups: bool) -> forms.ModelChoiceField:  # type: ignore[type-arg]
    found = AppointmentType.objects.filter(is_active=True)
    found = found.filter(capacity__gt=1) if groups else found.filter(capacity=1)
    return forms.ModelChoiceField(
        label="Group type" if groups else "Visit type",
        queryset=found.order_by("name"),
        empty_label="Choose…",
    )
