"""Forms of recurring series."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from access.models import Site
from appointments.enums import SeriesReach
from appointments.forms.booking import CancelForm
from appointments.forms.fields import clock_field, kinds, people, rooms, weekdays_field
from appointments.recurrence import MOST, WEEKDAYS
from common.form_fields import day_field

HOW_OFTEN = {
    "weekly": ("Every week", "FREQ=WEEKLY"),
    "fortnightly": ("Every two weeks", "FREQ=WEEKLY;INTERVAL=2"),
    "four_weekly": ("Every four weeks", "FREQ=WEEKLY;INTERVAL=4"),
    "daily": ("Every day", "FREQ=DAILY"),
    "monthly": ("Every month on the same day", "FREQ=MONTHLY"),
}


#: Frequencies for which weekdays can be chosen.
BY_WEEKDAY = {"weekly", "fortnightly", "four_weekly"}


class MoveToForm(forms.Form):
    day = forms.DateField()
    clock = forms.TimeField()

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["practitioner"] = people(site, required=False)
        self.fields["room"] = rooms(site)


class RepeatingForm(forms.Form):
    """Recurrence of a series; `rule` returns it as an RFC 5545 rule."""

    start_date = day_field("First day")
    starts_time = clock_field("Time")
    how_often = forms.ChoiceField(
        label="How often", choices=[(key, words) for key, (words, _) in HOW_OFTEN.items()]
    )
    weekdays = weekdays_field(
        "Days of the week", "If none is selected: the weekday of the first day."
    )
    count = forms.IntegerField(label="Number of dates", min_value=1, max_value=MOST, initial=12)

    def rule(self) -> str:
        chosen = self.cleaned_data
        rule = HOW_OFTEN[chosen["how_often"]][1]
        if chosen["weekdays"] and chosen["how_often"] in BY_WEEKDAY:
            rule += ";BYDAY=" + ",".join(WEEKDAYS[day] for day in sorted(chosen["weekdays"]))
        return f"{rule};COUNT={chosen['count']}"


class SeriesForm(RepeatingForm):
    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"] = kinds(groups=False)
        self.fields["practitioner"] = people(site)
        self.fields["room"] = rooms(site)
        self.order_fields(["type", "practitioner", "room", "start_date", "starts_time"])


class SeriesMoveForm(forms.Form):
    #: Shown with their present values; passed to the action only if they were changed.
    STAYING: ClassVar[tuple[str, ...]] = ("starts_time", "practitioner")

    reach = forms.ChoiceField(
        label="Which appointments",
        choices=[(one.value, one.label) for one in (SeriesReach.FOLLOWING, SeriesReach.ALL)],
    )
    starts_time = clock_field("Time")
    days_later = forms.TypedChoiceField(
        label="Day",
        coerce=int,
        choices=[
            (0, "No change"),
            *((n, f"{abs(n)} {'earlier' if n < 0 else 'later'}") for n in (-3, -2, -1, 1, 2, 3)),
        ],
        help_text="Move to an earlier or later day. Only a weekly series can change its day.",
    )

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["practitioner"] = people(site)
        for name in self.STAYING:
            self.fields[name].show_hidden_initial = True

    def clean_reach(self) -> SeriesReach:
        return SeriesReach(self.cleaned_data["reach"])

    def clean(self) -> dict[str, Any]:
        """Leave out fields that the user did not change: a colleague may have changed them since."""
        said = self.cleaned_data
        return {
            name: value
            for name, value in said.items()
            if name not in self.STAYING or name in self.changed_data
        }


class SeriesCancelForm(CancelForm):
    reach = forms.ChoiceField(
        label="Which appointments",
        choices=[(one.value, one.label) for one in (SeriesReach.FOLLOWING, SeriesReach.ALL)],
    )
    field_order = ["reach"]

    def clean_reach(self) -> SeriesReach:
        return SeriesReach(self.cleaned_data["reach"])
