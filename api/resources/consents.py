"""/consents: patients' written permissions to disclose (42 CFR 2.31)."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.authz.policy import can
from access.enums import Permission
from api.framework import row_lookups
from api.framework.fields import (
    DayField,
    Input,
    RowField,
    WordField,
    optional_text_of,
    text_of,
    words_field,
)
from api.framework.resource import Readable, creation, verb
from api.resources.contacts import OfPatient
from patients.actions.consents import CONSENT_FIELDS, end_consent, record_consent
from patients.enums import (
    ConsentEnd,
    ConsentKind,
    Expiration,
    Information,
    Purpose,
    SignatureForm,
    SignedFor,
)
from patients.models import (
    Consent,
)

RIGHTS = {"list": Permission.SEE_CONSENTS, "retrieve": Permission.SEE_CONSENTS}


MOST_RECIPIENTS = 40


class ConsentOutput(serializers.ModelSerializer[Consent]):
    """The consent as it was signed. POST to /disclosures checks whether it is still active.

    `signed_by` is empty if the patient signed and the caller may not see who the patient is.
    """

    signed_by = serializers.SerializerMethodField()
    recipients = serializers.ListField(child=serializers.CharField(), read_only=True)

    def get_signed_by(self, row: Consent) -> str:
        user = self.context["request"].user
        if row.signed_for == SignedFor.SELF and not can(user, Permission.SEE_IDENTITY, on=row):
            return ""
        return row.signed_by

    class Meta:
        model = Consent
        fields = (
            "id",
            "patient",
            *CONSENT_FIELDS,
            "ended_at",
            "end_reason",
            "end_note",
            "ended_by",
            "recorded_by",
            "recorded_at",
        )
        read_only_fields = fields


def _stated() -> serializers.BooleanField:
    return serializers.BooleanField(required=False)


class NewConsent(Input):
    """The elements of 42 CFR 2.31(a). What the kind already determines may be left out."""

    patient = RowField(row_lookups.patients)
    kind = WordField(ConsentKind)
    discloser = text_of(Consent, "discloser")
    information = words_field(Information)
    information_detail = text_of(Consent, "information_detail")
    recipients = serializers.ListField(
        child=serializers.CharField(max_length=300), max_length=MOST_RECIPIENTS, required=False
    )
    intermediary = optional_text_of(Consent, "intermediary")
    intermediary_participants = optional_text_of(Consent, "intermediary_participants")
    to_covered_entity = _stated()
    purposes = words_field(Purpose, required=False)
    purpose_detail = optional_text_of(Consent, "purpose_detail")
    how_to_revoke = text_of(Consent, "how_to_revoke")
    expiration = WordField(Expiration)
    expiry_date = DayField(required=False, allow_null=True)
    expiry_event = optional_text_of(Consent, "expiry_event")
    states_hipaa_redisclosure = _stated()
    states_loss_of_protection = _stated()
    states_consequences = _stated()
    is_condition_of_treatment = _stated()
    signed_by = text_of(Consent, "signed_by")
    signed_for = WordField(SignedFor, required=False)
    signer_capacity = optional_text_of(Consent, "signer_capacity")
    signature_form = WordField(SignatureForm)
    date_signed = DayField()


class ConsentEnding(Input):
    reason = WordField(ConsentEnd)
    how = text_of(Consent, "end_note")


class Consents(Readable):
    """Signed consents. They are never edited, and end only once."""

    rights = {**RIGHTS, "create": Permission.RECORD_CONSENTS, "end": Permission.RECORD_CONSENTS}
    queryset = Consent.objects.all()
    serializer_class = ConsentOutput
    filterset_class = OfPatient
    order = Consent.ORDER

    @creation(takes=NewConsent, gives=ConsentOutput)
    def create(self, request: Request) -> Response:
        """Record a consent; a deficient one is refused, with each missing element."""
        values: dict[str, Any] = self.validated(NewConsent)
        patient = values.pop("patient")
        row = record_consent(patient=patient, consent=values, now=timezone.now(), by=self.staff)
        return self.respond(row, code=201)

    @verb("end", takes=ConsentEnding, gives=ConsentOutput)
    def end(self, request: Request, pk: int) -> Response:
        """End a consent: revoked, its event has come, or found false.

        It allows no further disclosure.
        """
        return self.run_action(end_consent, ConsentEnding, consent=self.get_object())
