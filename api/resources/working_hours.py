"""/working-hours, /extra-hours, /times-away, /closures: when staff work and sites are open."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from access.models import User
from api.framework import row_lookups
from api.framework.fields import (
    ClockField,
    DayField,
    Input,
    MomentField,
    NoInput,
    RowField,
    WordField,
    text_of,
)
from api.framework.filters import Filters, IdFilter
from api.framework.resource import creation, verb, verb_of_all
from api.resources.reference_lists import OfSite, Reference
from appointments.actions.working_hours import (
    add_extra_hours,
    add_time_away,
    close_on_federal_holidays,
    close_site,
    end_working_hours,
    remove_extra_hours,
    remove_time_away,
    reopen_site,
    set_working_hours,
)
from appointments.enums import AwayReason, Weekday
from appointments.models import Closure, ExtraHours, TimeAway, WorkingHours

SEEN = {"list": Permission.SEE_SCHEDULE, "retrieve": Permission.SEE_SCHEDULE}


class OfPractitioner(Filters):
    practitioner = IdFilter(field_name="practitioner_id")


class OfBoth(OfPractitioner, OfSite):
    """By practitioner, or by site."""


class WorkingHoursOutput(serializers.ModelSerializer[WorkingHours]):
    """By the site's clock; Monday is 0. `until_date` is the first day after the hours end."""

    starts_time = ClockField(read_only=True)
    ends_time = ClockField(read_only=True)

    class Meta:
        model = WorkingHours
        fields = (
            "id",
            "practitioner",
            "site",
            "weekday",
            "starts_time",
            "ends_time",
            "from_date",
            "until_date",
        )
        read_only_fields = fields


class NewHours(Input):
    practitioner = RowField(row_lookups.practitioners)
    site = RowField(row_lookups.scheduled_sites)
    weekday = serializers.ChoiceField(choices=Weekday.choices)
    starts_time = ClockField()
    ends_time = ClockField()
    from_date = DayField()
    until_date = DayField(required=False, allow_null=True)


class EndOfHours(Input):
    until_date = DayField()


class WorkingHoursOfStaff(Reference):
    """Weekly hours. A practitioner without any recorded hours can be booked at any time."""

    rights = {**SEEN, "create": Permission.SET_CALENDAR, "end": Permission.SET_CALENDAR}
    queryset = WorkingHours.objects.all()
    serializer_class = WorkingHoursOutput
    filterset_class = OfBoth
    order = WorkingHours.ORDER

    def scope(self, user: User) -> QuerySet[WorkingHours]:
        return row_lookups.working_hours(user)

    @creation(takes=NewHours, gives=WorkingHoursOutput)
    def create(self, request: Request) -> Response:
        """Set weekly hours. 409 `hours_overlap` if the practitioner works elsewhere then."""
        return self.run_action(set_working_hours, NewHours, code=201)

    @verb("end", takes=EndOfHours, gives=None, code=204)
    def end(self, request: Request, pk: int) -> Response:
        """End the hours from that day on."""
        return _respond_without_row(self, end_working_hours, EndOfHours, hours=self.get_object())


class ExtraHoursOutput(serializers.ModelSerializer[ExtraHours]):
    starts_time = ClockField(read_only=True)
    ends_time = ClockField(read_only=True)

    class Meta:
        model = ExtraHours
        fields = ("id", "practitioner", "site", "on_date", "starts_time", "ends_time")
        read_only_fields = fields


class NewExtraHours(Input):
    practitioner = RowField(row_lookups.practitioners)
    site = RowField(row_lookups.scheduled_sites)
    on_date = DayField()
    starts_time = ClockField()
    ends_time = ClockField()


class ExtraHoursOfStaff(Reference):
    """Hours of one day, besides the weekly ones."""

    rights = {**SEEN, "create": Permission.SET_CALENDAR, "remove": Permission.SET_CALENDAR}
    queryset = ExtraHours.objects.all()
    serializer_class = ExtraHoursOutput
    filterset_class = OfBoth
    order = ExtraHours.ORDER

    def scope(self, user: User) -> QuerySet[ExtraHours]:
        return row_lookups.extra_hours(user)

    @creation(takes=NewExtraHours, gives=ExtraHoursOutput)
    def create(self, request: Request) -> Response:
        """Add hours on one day."""
        return self.run_action(add_extra_hours, NewExtraHours, code=201)

    @verb("remove", gives=None, code=204)
    def remove(self, request: Request, pk: int) -> Response:
        """Remove extra hours."""
        return _respond_without_row(self, remove_extra_hours, hours=self.get_object())


class TimeAwayOutput(serializers.ModelSerializer[TimeAway]):
    class Meta:
        model = TimeAway
        fields = ("id", "practitioner", "starts_at", "ends_at", "reason")
        read_only_fields = fields


class NewTimeAway(Input):
    practitioner = RowField(row_lookups.practitioners)
    starts_at = MomentField()
    ends_at = MomentField()
    reason = WordField(AwayReason)


class TimesAway(Reference):
    """Times away of colleagues. For their own time away callers need no other permission."""

    rights = {**SEEN, "create": Permission.SEE_SCHEDULE, "remove": Permission.SEE_SCHEDULE}
    queryset = TimeAway.objects.all()
    serializer_class = TimeAwayOutput
    filterset_class = OfPractitioner
    order = TimeAway.ORDER

    def scope(self, user: User) -> QuerySet[TimeAway]:
        return row_lookups.times_away(user)

    @creation(takes=NewTimeAway, gives=TimeAwayOutput)
    def create(self, request: Request) -> Response:
        """Add time away. Appointments already booked then stay; staff must move them."""
        return self.run_action(add_time_away, NewTimeAway, code=201)

    @verb("remove", gives=None, code=204)
    def remove(self, request: Request, pk: int) -> Response:
        """Remove time away."""
        return _respond_without_row(self, remove_time_away, away=self.get_object())


class ClosureOutput(serializers.ModelSerializer[Closure]):
    """`until_date` is the day on which the site is open again."""

    class Meta:
        model = Closure
        fields = ("id", "site", "from_date", "until_date", "name")
        read_only_fields = fields


class NewClosure(Input):
    site = RowField(row_lookups.scheduled_sites)
    from_date = DayField()
    until_date = DayField()
    name = text_of(Closure, "name")


class HolidaysOf(Input):
    site = RowField(row_lookups.scheduled_sites)
    year = serializers.IntegerField(min_value=1971, max_value=2199)


class ClosuresMade(serializers.Serializer[object]):
    closures = ClosureOutput(many=True)


class Closures(Reference):
    """Days on which a site is closed."""

    rights = {
        **SEEN,
        "create": Permission.SET_CALENDAR,
        "remove": Permission.SET_CALENDAR,
        "federal_holidays": Permission.SET_CALENDAR,
    }
    queryset = Closure.objects.all()
    serializer_class = ClosureOutput
    filterset_class = OfSite
    order = Closure.ORDER

    def scope(self, user: User) -> QuerySet[Closure]:
        return row_lookups.closures(user)

    @creation(takes=NewClosure, gives=ClosureOutput)
    def create(self, request: Request) -> Response:
        """Close a site. Appointments already booked then stay; staff must move them."""
        return self.run_action(close_site, NewClosure, code=201)

    @verb("remove", gives=None, code=204)
    def remove(self, request: Request, pk: int) -> Response:
        """Delete a closure, so that the site is open again."""
        return _respond_without_row(self, reopen_site, closure=self.get_object())

    @verb_of_all("federal-holidays", takes=HolidaysOf, gives=ClosuresMade)
    def federal_holidays(self, request: Request) -> Response:
        """Close on the observed federal holidays of a year; existing closures stay."""
        made = close_on_federal_holidays(
            **self.validated(HolidaysOf), now=timezone.now(), by=self.staff
        )
        return Response(ClosuresMade({"closures": made}).data, status=201)


def _respond_without_row(
    view: Reference, action: Any, shape: type[Input] = NoInput, **on: Any
) -> Response:
    """Respond with 204 after an action that may have deleted the row."""
    action(**on, **view.validated(shape), now=timezone.now(), by=view.staff)
    return Response(status=204)
