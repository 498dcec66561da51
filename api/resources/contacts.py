"""/contact-points, /emergency-contacts, /identifiers: contacts and other systems' numbers."""

from __future__ import annotations

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework import row_lookups
from api.framework.fields import Input, NoInput, RowField, WordField, optional_text_of, text_of
from api.framework.filters import Filters, IdFilter
from api.framework.resource import Readable, creation, verb
from patients.actions.contacts import (
    add_contact_point,
    add_emergency_contact,
    add_identifier,
    retire_contact_point,
)
from patients.enums import ContactKind
from patients.models import ContactPoint, EmergencyContact, Identifier


class OfPatient(Filters):
    patient = IdFilter(field_name="patient_id")


class ContactPointOutput(serializers.ModelSerializer[ContactPoint]):
    class Meta:
        model = ContactPoint
        fields = (
            "id",
            "patient",
            "kind",
            "value",
            "may_send_messages",
            "may_leave_message",
            "is_shared",
            "is_active",
            "recorded_at",
        )
        read_only_fields = fields


class NewContactPoint(Input):
    patient = RowField(row_lookups.patients)
    kind = WordField(ContactKind)
    value = text_of(ContactPoint, "value")
    may_send_messages = serializers.BooleanField()
    may_leave_message = serializers.BooleanField(required=False)
    is_shared = serializers.BooleanField(required=False)


class ContactPoints(Readable):
    """Phone numbers and e-mail addresses, with what the patient allows for each."""

    rights = {
        "list": Permission.SEE_IDENTITY,
        "retrieve": Permission.SEE_IDENTITY,
        "create": Permission.EDIT_IDENTITY,
        "retire": Permission.EDIT_IDENTITY,
    }
    queryset = ContactPoint.objects.all()
    serializer_class = ContactPointOutput
    filterset_class = OfPatient

    @creation(takes=NewContactPoint, gives=ContactPointOutput)
    def create(self, request: Request) -> Response:
        """Add a contact point; one that exists gets these permissions and becomes active again."""
        return self.run_action(add_contact_point, NewContactPoint, code=201)

    @verb("retire", gives=ContactPointOutput)
    def retire(self, request: Request, pk: int) -> Response:
        """Retire a contact point; it gets no more messages."""
        point = self.get_object()
        self.validated(NoInput)
        retire_contact_point(contact_point=point, now=timezone.now(), by=self.staff)
        return self.respond(point)


class EmergencyContactOutput(serializers.ModelSerializer[EmergencyContact]):
    class Meta:
        model = EmergencyContact
        fields = (
            "id",
            "patient",
            "name",
            "relationship",
            "phone",
            "knows_of_treatment",
            "recorded_at",
        )
        read_only_fields = fields


class NewEmergencyContact(Input):
    patient = RowField(row_lookups.patients)
    name = text_of(EmergencyContact, "name")
    phone = text_of(EmergencyContact, "phone")
    relationship = optional_text_of(EmergencyContact, "relationship")
    knows_of_treatment = serializers.BooleanField(required=False)


class EmergencyContacts(Readable):
    """Emergency contacts.

    Unless they know of the treatment, a caller must not say what kind of clinic it is.
    """

    rights = {
        "list": Permission.SEE_IDENTITY,
        "retrieve": Permission.SEE_IDENTITY,
        "create": Permission.EDIT_IDENTITY,
    }
    queryset = EmergencyContact.objects.all()
    serializer_class = EmergencyContactOutput
    filterset_class = OfPatient

    @creation(takes=NewEmergencyContact, gives=EmergencyContactOutput)
    def create(self, request: Request) -> Response:
        """Add an emergency contact."""
        return self.run_action(add_emergency_contact, NewEmergencyContact, code=201)


class IdentifierOutput(serializers.ModelSerializer[Identifier]):
    class Meta:
        model = Identifier
        fields = ("id", "patient", "system", "value", "recorded_at")
        read_only_fields = fields


class NewIdentifier(Input):
    patient = RowField(row_lookups.patients)
    system = text_of(Identifier, "system")
    value = text_of(Identifier, "value")


class Identifiers(Readable):
    """Numbers that identify a patient in other systems."""

    rights = {
        "list": Permission.SEE_IDENTITY,
        "retrieve": Permission.SEE_IDENTITY,
        "create": Permission.EDIT_IDENTITY,
    }
    queryset = Identifier.objects.all()
    serializer_class = IdentifierOutput
    filterset_class = OfPatient

    @creation(takes=NewIdentifier, gives=IdentifierOutput)
    def create(self, request: Request) -> Response:
        """Add a number. 409 if a patient has it already."""
        return self.run_action(add_identifier, NewIdentifier, code=201)
