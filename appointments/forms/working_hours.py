"""Forms of working hours, extra hours, time away and closures."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms

from access.models import Site, User
from appointments.enums import AwayReason
from appointments.forms.fields import clock_field, people, weekdays_field
from common.form_fields import choose, day_field


class HoursForm(forms.Form):
    weekdays = weekdays_field("Days")
    starts_time = clock_field("From")
    ends_time = clock_field("To")
    from_date = day_field("First day")
    until_date = day_field(
        "Until", required=False, help_text="Leave empty if the hours have no end."
    )

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["practitioner"] = people(site, "Practitioner")
        self.order_fields(["practitioner"])
        self.fields["weekdays"].required = True


class EndHoursForm(forms.Form):
    until_date = day_field("First day without these hours")


class ExtraHoursForm(forms.Form):
    on_date = day_field("Day")
    starts_time = clock_field("From")
    ends_time = clock_field("To")

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["practitioner"] = people(site, "Practitioner")
        self.order_fields(["practitioner"])


class TimeAwayForm(forms.Form):
    """Time away in whole days, or from one clock time to another."""

    from_date = day_field("First day")
    from_clock = clock_field("From", required=False)
    last_date = day_field("Last day")
    until_clock = clock_field("Until", required=False)
    reason = forms.ChoiceField(label="Reason", choices=choose(AwayReason))

    def __init__(self, *args: Any, site: Site, only: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = people(site, "Practitioner")
        if only is not None:
            field.queryset = User.objects.filter(pk=only.pk)
            field.initial, field.empty_label = only, None
        self.fields["practitioner"] = field
        self.order_fields(["practitioner"])
        self.fields["from_clock"].help_text = "Leave empty for the whole day."
        self.fields["until_clock"].help_text = "Leave empty for the end of the day."

    def clean_reason(self) -> AwayReason:
        return AwayReason(self.cleaned_data["reason"])


class ClosureForm(forms.Form):
    from_date = day_field("First day")
    last_date = day_field("Last day")
    name = forms.CharField(label="Name", max_length=100)

    def until_date(self) -> date:
        last: date = self.cleaned_data["last_date"]
        return last + timedelta(days=1)


class HolidaysForm(forms.Form):
    year = forms.IntegerField(label="Year", min_value=1971, max_value=2199)
