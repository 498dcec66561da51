"""/sites, /programs, /appointment-types, /rooms, /practitioners: lists for other calls."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.authz.policy import sites_with_permission
from access.enums import Permission, Role
from access.models import RoleAssignment, Site, User
from api.framework import row_lookups
from api.framework.fields import Input, RowField, WordField, text_of, words_field
from api.framework.filters import Filters, IdFilter
from api.framework.permissions import Open
from api.framework.resource import Readable, verb_of_all
from appointments.actions.rooms import set_up_room
from appointments.actions.visit_types import set_up_visit_type
from appointments.enums import VisitMode
from appointments.models import AppointmentType, Room
from appointments.models.visit_types import LARGEST_GROUP
from patients.models import Program
from treatments.enums import Arm


class Reference(Readable):
    """A list limited by a function of `api.framework.row_lookups`."""

    def scope(self, user: User) -> QuerySet[Any]:
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any]:
        return self.scope(self.staff)


class SiteOutput(serializers.ModelSerializer[Site]):
    class Meta:
        model = Site
        fields = ("id", "code", "name", "phone", "address", "time_zone")
        read_only_fields = fields


class Sites(Reference):
    """Sites of the clinic where the caller works."""

    rights = {"list": Open.STAFF, "retrieve": Open.STAFF}
    queryset = Site.objects.all()
    serializer_class = SiteOutput

    def scope(self, user: User) -> QuerySet[Site]:
        return row_lookups.worked_sites(user)


class OfSite(Filters):
    site = IdFilter(field_name="site_id")


class ProgramOutput(serializers.ModelSerializer[Program]):
    class Meta:
        model = Program
        fields = ("id", "site", "code", "name", "is_active")
        read_only_fields = fields


class Programs(Reference):
    """Programs that patients are admitted to."""

    rights = {"list": Permission.SEE_IDENTITY, "retrieve": Permission.SEE_IDENTITY}
    queryset = Program.objects.all()
    serializer_class = ProgramOutput
    filterset_class = OfSite

    def scope(self, user: User) -> QuerySet[Program]:
        return row_lookups.programs(user)


class AppointmentTypeOutput(serializers.ModelSerializer[AppointmentType]):
    class Meta:
        model = AppointmentType
        fields = (
            "id",
            "code",
            "name",
            "minutes",
            "buffer_minutes",
            "capacity",
            "arm",
            "modes",
            "roles",
            "no_show_after_minutes",
        )
        read_only_fields = fields


class VisitTypeInput(Input):
    """A visit type, identified by its code: created, or changed as a whole."""

    code = serializers.SlugField(max_length=40)
    name = text_of(AppointmentType, "name")
    minutes = serializers.IntegerField(min_value=1, max_value=720)
    arm = WordField(Arm, required=False, allow_blank=True)
    buffer_minutes = serializers.IntegerField(min_value=0, max_value=240, required=False)
    capacity = serializers.IntegerField(min_value=1, max_value=LARGEST_GROUP, required=False)
    modes = words_field(VisitMode, required=False)
    roles = words_field(Role, required=False)
    no_show_after_minutes = serializers.IntegerField(
        min_value=0, max_value=1440, required=False, allow_null=True
    )
    is_active = serializers.BooleanField(required=False)


class AppointmentTypes(Reference):
    """Visit types that are offered, with their length in minutes."""

    rights = {
        "list": Permission.SEE_SCHEDULE,
        "retrieve": Permission.SEE_SCHEDULE,
        "set_up": Permission.SET_UP,
    }
    queryset = AppointmentType.objects.all()
    serializer_class = AppointmentTypeOutput

    def scope(self, user: User) -> QuerySet[AppointmentType]:
        return row_lookups.appointment_types(user)

    @verb_of_all("set-up", takes=VisitTypeInput, gives=AppointmentTypeOutput)
    def set_up(self, request: Request) -> Response:
        """Create a visit type, or change the one with that code."""
        made = set_up_visit_type(
            **self.validated(VisitTypeInput), now=timezone.now(), by=self.staff
        )
        return Response(AppointmentTypeOutput(made).data, status=201)


class RoomOutput(serializers.ModelSerializer[Room]):
    class Meta:
        model = Room
        fields = ("id", "site", "name", "capacity", "is_active")
        read_only_fields = fields


class RoomInput(Input):
    """A room, identified by its site and name: created, or changed."""

    site = RowField(row_lookups.set_up_sites)
    name = text_of(Room, "name")
    capacity = serializers.IntegerField(min_value=1, max_value=LARGEST_GROUP, required=False)
    is_active = serializers.BooleanField(required=False)


class Rooms(Reference):
    rights = {
        "list": Permission.SEE_SCHEDULE,
        "retrieve": Permission.SEE_SCHEDULE,
        "set_up": Permission.SET_UP,
    }
    queryset = Room.objects.all()
    serializer_class = RoomOutput
    filterset_class = OfSite

    def scope(self, user: User) -> QuerySet[Room]:
        return row_lookups.rooms(user)

    @verb_of_all("set-up", takes=RoomInput, gives=RoomOutput)
    def set_up(self, request: Request) -> Response:
        """Create a room, or change the one with that name."""
        made = set_up_room(**self.validated(RoomInput), now=timezone.now(), by=self.staff)
        return Response(RoomOutput(made).data, status=201)


class PractitionerOutput(serializers.ModelSerializer[User]):
    """A practitioner. `sites`: where they work, of those whose schedule the caller sees."""

    sites = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "name", "sites")
        read_only_fields = fields

    def get_sites(self, user: User) -> list[int]:
        return sorted({held.site_id for held in user.role_assignments.all()})


class AtSite(Filters):
    site = IdFilter(field_name="role_assignments__site_id", method="at_site")

    def at_site(self, rows: QuerySet[User], name: str, value: int) -> QuerySet[User]:
        """Filter by a site whose schedule the caller sees; for any other site the list is empty.

        So the list does not reveal who also works at a site that the caller may not see.
        """
        if value not in sites_with_permission(self.request.user, Permission.SEE_SCHEDULE):
            return rows.none()
        return rows.filter(role_assignments__site_id=value).distinct()


class Practitioners(Reference):
    """Colleagues at the sites whose schedule the caller sees."""

    rights = {"list": Permission.SEE_SCHEDULE, "retrieve": Permission.SEE_SCHEDULE}
    queryset = User.objects.all()
    serializer_class = PractitionerOutput
    filterset_class = AtSite

    def scope(self, user: User) -> QuerySet[User]:
        seen = sites_with_permission(user, Permission.SEE_SCHEDULE)
        held = RoleAssignment.objects.filter(site_id__in=seen)
        return row_lookups.practitioners(user).prefetch_related(Prefetch("role_assignments", held))
