"""Forms of group sessions and seats."""

from __future__ import annotations

from typing import Any

from django import forms

from access.models import Site
from appointments.enums import SeriesReach, VisitMode
from appointments.forms.fields import clock_field, kinds, people, rooms
from appointments.forms.series import RepeatingForm
from appointments.models import GroupSession
from appointments.models.visit_types import LARGEST_GROUP
from common.form_fields import choose, day_field


class GroupForm(RepeatingForm):
    """One group session, or a series of them."""

    capacity = forms.IntegerField(
        label="Seats",
        min_value=1,
        max_value=LARGEST_GROUP,
        required=False,
        help_text="Leave empty for the usual number of this group type.",
    )
    mode = forms.ChoiceField(label="Mode", choices=choose(VisitMode), required=False)
    video_link = forms.CharField(label="Video link", max_length=300, required=False)

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["count"].initial = 1
        self.fields["type"] = kinds(groups=True)
        self.fields["practitioner"] = people(site)
        self.fields["room"] = rooms(site)
        self.order_fields(["type", "practitioner", "room", "start_date", "starts_time"])

    def clean_mode(self) -> VisitMode | None:
        return VisitMode(self.cleaned_data["mode"]) if self.cleaned_data["mode"] else None


class SessionMoveForm(forms.Form):
    day = day_field("Day")
    clock = clock_field("Time")


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Reason", max_length=300)


class GroupCancelForm(ReasonForm):
    reach = forms.ChoiceField(
        label="Which sessions",
        choices=[(one.value, one.label) for one in (SeriesReach.FOLLOWING, SeriesReach.ALL)],
    )
    field_order = ["reach"]

    def clean_reach(self) -> SeriesReach:
        return SeriesReach(self.cleaned_data["reach"])


class SeatForm(forms.Form):
    record_number = forms.CharField(label="Record number", max_length=20)
    note = forms.CharField(label="Note for staff", max_length=300, required=False)


class GroupSeatForm(forms.Form):
    """A seat in one of the sessions that the page lists."""

    session = forms.ModelChoiceField(
        label="Which session",
        queryset=GroupSession.objects.none(),
        error_messages={"required": "Choose a session.", "invalid_choice": "Choose a session."},
    )
    note = forms.CharField(label="Note for staff", max_length=300, required=False)
