"""/consents, /privacy-notices, /restriction-requests: what patients allow (42 CFR 2.22, 2.26, 2.31)."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Right
from access.policy import may
from api import scopes
from api.contacts import OfPatient
from api.fields import (
    DayField,
    Input,
    RowField,
    WordField,
    optional_text_of,
    text_of,
    words_field,
)
from api.filters import YesOrNoFilter
from api.resources import Readable, creation, verb
from patients import consenting, restricting
from patients.enums import (
    ConsentEnd,
    ConsentKind,
    Expiration,
    Information,
    NoticeMethod,
    Purpose,
    RestrictionDecision,
    RestrictionEndGround,
    SignatureForm,
    SignedFor,
)
from patients.models import (
    Consent,
    PrivacyNotice,
    RestrictionEnd,
    RestrictionRequest,
    RestrictionWish,
)

RIGHTS = {"list": Right.SEE_CONSENTS, "retrieve": Right.SEE_CONSENTS}
MOST_RECIPIENTS = 40


class ConsentOutput(serializers.ModelSerializer[Consent]):
    """As it was signed. Whether it still holds is for the door to say: POST disclosures.

    `signed_by` is empty where it is the patient and the caller may not see who that is.
    """

    signed_by = serializers.SerializerMethodField()
    recipients = serializers.ListField(child=serializers.CharField(), read_only=True)

    def get_signed_by(self, row: Consent) -> str:
        user = self.context["request"].user
        if row.signed_for == SignedFor.SELF and not may(user, Right.SEE_IDENTITY, on=row):
            return ""
        return row.signed_by

    class Meta:
        model = Consent
        fields = (
            "id",
            "patient",
            *consenting.CONSENT_FIELDS,
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
    """The elements of 42 CFR 2.31(a). What the kind itself says may be left out."""

    patient = RowField(scopes.patients)
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
    """Signed consents. They are never edited; they end, once."""

    rights = {**RIGHTS, "create": Right.RECORD_CONSENTS, "end": Right.RECORD_CONSENTS}
    queryset = Consent.objects.all()
    serializer_class = ConsentOutput
    filterset_class = OfPatient
    order = Consent.ORDER

    @creation(takes=NewConsent, gives=ConsentOutput)
    def create(self, request: Request) -> Response:
        """Record a consent; a deficient one is refused, with each element that is missing."""
        values: dict[str, Any] = self.entered(NewConsent)
        patient = values.pop("patient")
        row = consenting.record_consent(
            patient=patient, consent=values, now=timezone.now(), by=self.staff
        )
        return self.shown(row, code=201)

    @verb("end", takes=ConsentEnding, gives=ConsentOutput)
    def end(self, request: Request, pk: int) -> Response:
        """Revoked, its event has come, or found false. Nothing leaves on it from now on."""
        return self.deed(consenting.end_consent, ConsentEnding, consent=self.get_object())


class PrivacyNoticeOutput(serializers.ModelSerializer[PrivacyNotice]):
    class Meta:
        model = PrivacyNotice
        fields = ("id", "patient", "version", "given_date", "method", "recorded_by", "recorded_at")
        read_only_fields = fields


class NewPrivacyNotice(Input):
    patient = RowField(scopes.patients)
    version = text_of(PrivacyNotice, "version")
    given_date = DayField()
    method = WordField(NoticeMethod)


class PrivacyNotices(Readable):
    """That the notice of 42 CFR 2.22 was given: version, day, how."""

    rights = {**RIGHTS, "create": Right.RECORD_CONSENTS}
    queryset = PrivacyNotice.objects.all()
    serializer_class = PrivacyNoticeOutput
    filterset_class = OfPatient
    order = PrivacyNotice.ORDER

    @creation(takes=NewPrivacyNotice, gives=PrivacyNoticeOutput)
    def create(self, request: Request) -> Response:
        """Record that it was given."""
        return self.deed(consenting.record_privacy_notice, NewPrivacyNotice, code=201)


class WishFilters(OfPatient):
    is_decided = YesOrNoFilter(field_name="restriction", lookup_expr="isnull", exclude=True)


class RestrictionWishOutput(serializers.ModelSerializer[RestrictionWish]):
    is_decided = serializers.BooleanField(read_only=True)

    class Meta:
        model = RestrictionWish
        fields = (
            "id",
            "patient",
            "asked_date",
            "request",
            "taken_by",
            "is_decided",
            "recorded_at",
        )
        read_only_fields = fields


class NewRestrictionWish(Input):
    patient = RowField(scopes.patients_with_consents)
    asked_date = DayField()
    request = text_of(RestrictionWish, "request")


class RestrictionWishes(Readable):
    """What patients asked not to be disclosed, the oldest first. It binds nothing until a
    restriction request names it as its `wish`."""

    rights = {**RIGHTS, "create": Right.RECORD_CONSENTS}
    queryset = RestrictionWish.objects.select_related("restriction")
    serializer_class = RestrictionWishOutput
    filterset_class = WishFilters
    order = RestrictionWish.ORDER

    @creation(takes=NewRestrictionWish, gives=RestrictionWishOutput)
    def create(self, request: Request) -> Response:
        """Take a request down for whoever decides."""
        return self.deed(restricting.ask_for_restriction, NewRestrictionWish, code=201)


class RestrictionEndOutput(serializers.ModelSerializer[RestrictionEnd]):
    class Meta:
        model = RestrictionEnd
        fields = ("id", "ground", "words", "ended_at", "ended_by")
        read_only_fields = fields


class Lifting(Input):
    ground = WordField(RestrictionEndGround)
    words = text_of(RestrictionEnd, "words")


class RestrictionOutput(serializers.ModelSerializer[RestrictionRequest]):
    end = RestrictionEndOutput(
        read_only=True, allow_null=True, help_text="When and how the patient lifted it, if so."
    )

    class Meta:
        model = RestrictionRequest
        fields = (
            "id",
            "patient",
            "requested_date",
            "request",
            "information",
            "purposes",
            "to_health_plan",
            "recipient",
            "is_paid_in_full",
            "decision",
            "reason",
            "decided_at",
            "decided_by",
            "wish",
            "end",
            "recorded_at",
        )
        read_only_fields = fields


class NewRestriction(Input):
    """No `information` means all of the record, no `recipient` everybody."""

    patient = RowField(scopes.patients_with_consents)
    requested_date = DayField()
    request = text_of(RestrictionRequest, "request")
    information = words_field(Information, required=False)
    purposes = words_field(Purpose)
    to_health_plan = _stated()
    recipient = optional_text_of(RestrictionRequest, "recipient")
    is_paid_in_full = _stated()
    decision = WordField(RestrictionDecision)
    reason = text_of(RestrictionRequest, "reason")
    wish = RowField(scopes.restriction_wishes, required=False)


class Restrictions(Readable):
    """Requests that something not be disclosed, with the decision. Agreed ones bind disclosures."""

    rights = {
        **RIGHTS,
        "create": Right.DECIDE_RESTRICTIONS,
        "lift": Right.DECIDE_RESTRICTIONS,
    }
    queryset = RestrictionRequest.objects.select_related("end")
    serializer_class = RestrictionOutput
    filterset_class = OfPatient
    order = RestrictionRequest.ORDER

    @creation(takes=NewRestriction, gives=RestrictionOutput)
    def create(self, request: Request) -> Response:
        """Record a request and the decision."""
        return self.deed(restricting.decide_restriction, NewRestriction, code=201)

    @verb("lift", takes=Lifting, gives=RestrictionOutput)
    def lift(self, request: Request, pk: int) -> Response:
        """The patient lifts what was agreed. 409 `was_refused`, `already_lifted`."""
        row = self.get_object()
        restricting.end_restriction(
            restriction=row, **self.entered(Lifting), now=timezone.now(), by=self.staff
        )
        return self.shown(row)
