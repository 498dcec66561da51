"""What staff type into the calendar's pages, and patients at the screen of a waiting room."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms

from access.models import Site, User
from appointments.availability import practitioners_at
from appointments.enums import AwayReason, ClinicalPriority, SeriesReach, VisitMode, Weekday
from appointments.models import AppointmentType, GroupSession, Room, WaitlistEntry
from appointments.models.kinds import LARGEST_GROUP
from appointments.rules import MOST, WEEKDAYS
from dashboard.forms import DateInput, choose, day_field
from dashboard.visit_forms import CancelForm

HOW_OFTEN = {
    "weekly": ("Every week", "FREQ=WEEKLY"),
    "fortnightly": ("Every two weeks", "FREQ=WEEKLY;INTERVAL=2"),
    "four_weekly": ("Every four weeks", "FREQ=WEEKLY;INTERVAL=4"),
    "daily": ("Every day", "FREQ=DAILY"),
    "monthly": ("Every month, on this day of it", "FREQ=MONTHLY"),
}
#: With these the days of the week can be chosen.
BY_WEEKDAY = {"weekly", "fortnightly", "four_weekly"}


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


def people(site: Site, label: str = "With", *, required: bool = True) -> forms.ModelChoiceField:  # type: ignore[type-arg]
    return forms.ModelChoiceField(
        label=label,
        queryset=practitioners_at(site=site),
        empty_label="Choose…" if required else "Anybody",
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
        label="Kind of group" if groups else "Kind of visit",
        queryset=found.order_by("name"),
        empty_label="Choose…",
    )


class MoveToForm(forms.Form):
    day = forms.DateField()
    clock = forms.TimeField()

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["practitioner"] = people(site, required=False)
        self.fields["room"] = rooms(site)


class RepeatingForm(forms.Form):
    """How often something comes again; becomes a rule of RFC 5545."""

    start_date = day_field("First day")
    starts_time = clock_field("Time")
    how_often = forms.ChoiceField(
        label="How often", choices=[(key, words) for key, (words, _) in HOW_OFTEN.items()]
    )
    weekdays = weekdays_field("On", "None chosen: on the weekday of the first day.")
    count = forms.IntegerField(label="How many", min_value=1, max_value=MOST, initial=12)

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


class GroupForm(RepeatingForm):
    """One session, or as many as come again."""

    capacity = forms.IntegerField(
        label="Seats",
        min_value=1,
        max_value=LARGEST_GROUP,
        required=False,
        help_text="Empty: as many as this kind of group has.",
    )
    mode = forms.ChoiceField(label="How", choices=choose(VisitMode), required=False)
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


class SeriesMoveForm(forms.Form):
    #: Shown as they are; sent to the verb only where they are changed.
    STAYING: ClassVar[tuple[str, ...]] = ("starts_time", "practitioner")

    reach = forms.ChoiceField(
        label="Which visits",
        choices=[(one.value, one.label) for one in (SeriesReach.FOLLOWING, SeriesReach.ALL)],
    )
    starts_time = clock_field("Time")
    days_later = forms.TypedChoiceField(
        label="Day",
        coerce=int,
        choices=[
            (0, "Stays"),
            *((n, f"{abs(n)} {'earlier' if n < 0 else 'later'}") for n in (-3, -2, -1, 1, 2, 3)),
        ],
        help_text="Days earlier or later than now; only a weekly series can change its day.",
    )

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["practitioner"] = people(site)
        for name in self.STAYING:
            self.fields[name].show_hidden_initial = True

    def clean_reach(self) -> SeriesReach:
        return SeriesReach(self.cleaned_data["reach"])

    def clean(self) -> dict[str, Any]:
        """What was left as the page showed it is not said: a colleague may have changed it since."""
        said = self.cleaned_data
        return {
            name: value
            for name, value in said.items()
            if name not in self.STAYING or name in self.changed_data
        }


class SeriesCancelForm(CancelForm):
    reach = forms.ChoiceField(
        label="Which visits",
        choices=[(one.value, one.label) for one in (SeriesReach.FOLLOWING, SeriesReach.ALL)],
    )
    field_order = ["reach"]

    def clean_reach(self) -> SeriesReach:
        return SeriesReach(self.cleaned_data["reach"])


class SessionMoveForm(forms.Form):
    day = day_field("Day")
    clock = clock_field("Time")


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=300)


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
    note = forms.CharField(label="Note for the staff", max_length=300, required=False)


class GroupSeatForm(forms.Form):
    """`session` is chosen among those that the page lists."""

    session = forms.ModelChoiceField(
        label="Which session",
        queryset=GroupSession.objects.none(),
        error_messages={"required": "Choose a session.", "invalid_choice": "Choose a session."},
    )
    note = forms.CharField(label="Note for the staff", max_length=300, required=False)


class HoursForm(forms.Form):
    weekdays = weekdays_field("Days")
    starts_time = clock_field("From")
    ends_time = clock_field("To")
    from_date = day_field("First day")
    until_date = day_field("Until", required=False, help_text="Empty: without an end.")

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["practitioner"] = people(site, "Who")
        self.order_fields(["practitioner"])
        self.fields["weekdays"].required = True


class EndHoursForm(forms.Form):
    until_date = day_field("First day on which they hold no more")


class ExtraHoursForm(forms.Form):
    on_date = day_field("Day")
    starts_time = clock_field("From")
    ends_time = clock_field("To")

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["practitioner"] = people(site, "Who")
        self.order_fields(["practitioner"])


class TimeAwayForm(forms.Form):
    """Whole days, or from clock to clock."""

    from_date = day_field("First day")
    from_clock = clock_field("From", required=False)
    last_date = day_field("Last day")
    until_clock = clock_field("Until", required=False)
    reason = forms.ChoiceField(label="Why", choices=choose(AwayReason))

    def __init__(self, *args: Any, site: Site, only: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = people(site, "Who")
        if only is not None:
            field.queryset = User.objects.filter(pk=only.pk)
            field.initial, field.empty_label = only, None
        self.fields["practitioner"] = field
        self.order_fields(["practitioner"])
        self.fields["from_clock"].help_text = "Empty: the whole day."
        self.fields["until_clock"].help_text = "Empty: to the end of the day."

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


class WaitlistForm(forms.Form):
    from_date = day_field("From")
    last_date = day_field("Last day")
    weekdays = weekdays_field("On", "None chosen: any day.")
    earliest_time = clock_field("Not before", required=False)
    latest_time = clock_field("Not after", required=False)
    priority = forms.TypedChoiceField(
        label="Priority",
        coerce=lambda value: ClinicalPriority(int(value)),
        choices=ClinicalPriority.choices,
        initial=ClinicalPriority.ROUTINE,
        help_text="The first in this list is asked first; within one line, who has waited longest.",
    )

    def __init__(self, *args: Any, site: Site, sees_clinical: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not sees_clinical:
            del self.fields["priority"]
        self.fields["type"] = kinds(groups=False)
        self.fields["practitioner"] = people(site, "Only with", required=False)
        self.order_fields(["type", "practitioner"])


class OfferForm(forms.Form):
    day = day_field("Day")
    clock = clock_field("Time")

    def __init__(self, *args: Any, entry: WaitlistEntry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["practitioner"] = forms.ModelChoiceField(
            label="With",
            queryset=practitioners_at(site=entry.site, type=entry.type),
            empty_label="Choose…",
            initial=entry.practitioner_id,
        )
        self.fields["room"] = rooms(entry.site)
        self.order_fields(["practitioner"])


class KioskEnrolForm(forms.Form):
    name = forms.CharField(
        label="Name", max_length=60, help_text="Where it stands: Waiting room, left."
    )


class ArrivalForm(forms.Form):
    """On the screen of a waiting room. Nothing that is typed is remembered there."""

    code = forms.CharField(
        label="Your code",
        max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    birth_date = forms.DateField(label="Your birth date", widget=DateInput())
