"""/disclosures: disclose records, and account for disclosures (42 CFR 2.25, 2.31 to 2.67)."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

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
from api.framework.filters import Filters, IdFilter, MomentFilter
from api.framework.resource import Readable, creation, verb_of_all
from patients.actions.disclosures import ASKED_FIELDS, disclose
from patients.consents.accounting import accounting
from patients.consents.disclosure_policy import ONLY_PURPOSE
from patients.enums import (
    Basis,
    CourtSection,
    EmergencyGround,
    Information,
    NoticeForm,
    Purpose,
    RecipientKind,
    RegistryOccasion,
)
from patients.models import Disclosure

FARTHEST = 9999


class DisclosureOutput(serializers.ModelSerializer[Disclosure]):
    """`notice_text` and `scope` accompany what is disclosed with consent (42 CFR 2.32)."""

    notice_text = serializers.CharField(read_only=True)

    class Meta:
        model = Disclosure
        fields = (
            "id",
            "patient",
            "consent",
            *ASKED_FIELDS,
            "recipient_address",
            "information_detail",
            "through_record",
            "disclosed_at",
            "disclosed_by",
            "discloser_name",
            "notice_form",
            "notice_text",
            "scope",
            "recorded_at",
        )
        read_only_fields = fields


class NewDisclosure(Input):
    """A disclosure; each legal basis needs some of the optional fields.

    A refusal says what is missing and why.
    """

    patient = RowField(row_lookups.patients)
    basis = WordField(Basis)
    recipient = text_of(Disclosure, "recipient")
    recipient_kind = WordField(RecipientKind)
    recipient_address = text_of(Disclosure, "recipient_address")
    named_as = optional_text_of(Disclosure, "named_as")
    information = words_field(Information)
    information_detail = text_of(Disclosure, "information_detail")
    purpose = WordField(
        Purpose, required=False, help_text="Optional if the basis allows only one purpose."
    )
    purpose_detail = optional_text_of(Disclosure, "purpose_detail")
    through_record = serializers.BooleanField(required=False)
    notice_form = WordField(NoticeForm, required=False)
    medical_person = optional_text_of(Disclosure, "medical_person")
    medical_facility = optional_text_of(Disclosure, "medical_facility")
    emergency_nature = optional_text_of(Disclosure, "emergency_nature")
    emergency_ground = WordField(EmergencyGround, required=False)
    distance_miles = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=FARTHEST
    )
    occasion = WordField(RegistryOccasion, required=False)
    court_section = WordField(CourtSection, required=False)
    order_reference = optional_text_of(Disclosure, "order_reference")
    subpoena_reference = optional_text_of(Disclosure, "subpoena_reference")
    order_information = words_field(Information, required=False)
    order_reaches_communications = serializers.BooleanField(required=False)
    authority_reference = optional_text_of(Disclosure, "authority_reference")
    agreement_reference = optional_text_of(Disclosure, "agreement_reference")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Set the purpose from the basis if it has only one; with consent it is required."""
        if not attrs.get("purpose"):
            if attrs["basis"] not in ONLY_PURPOSE:
                words = ErrorDetail("A disclosure with consent needs a purpose.", code="required")
                raise ValidationError({"purpose": [words]})
            attrs["purpose"] = ONLY_PURPOSE[attrs["basis"]]
        return attrs


class NewAccounting(Input):
    patient = RowField(row_lookups.patients_with_disclosures)
    asked_date = DayField(help_text="Covers the three years before this date.")


class AccountingOutput(serializers.Serializer[Any]):
    """`counted` is what 42 CFR 2.25 counts; `not_counted` is the rest of that period."""

    first = serializers.DateField()
    last = serializers.DateField()
    counted = DisclosureOutput(many=True, source="rows")
    not_counted = DisclosureOutput(many=True)


class DisclosureFilters(Filters):
    patient = IdFilter(field_name="patient_id")
    disclosed_from = MomentFilter(field_name="disclosed_at", lookup_expr="gte")
    disclosed_before = MomentFilter(field_name="disclosed_at", lookup_expr="lt")


class Disclosures(Readable):
    """Disclosures, newest first. Rows are only added."""

    rights = {
        "list": Permission.SEE_DISCLOSURES,
        "retrieve": Permission.SEE_DISCLOSURES,
        "create": Permission.DISCLOSE,
        "accounting": Permission.SEE_DISCLOSURES,
    }
    queryset = Disclosure.objects.all()
    serializer_class = DisclosureOutput
    filterset_class = DisclosureFilters
    order = Disclosure.ORDER

    @creation(takes=NewDisclosure, gives=DisclosureOutput)
    def create(self, request: Request) -> Response:
        """Disclose records. 409 `disclosure_refused` with its `reason` if no rule allows it."""
        values: dict[str, Any] = self.validated(NewDisclosure)
        patient = values.pop("patient")
        row = disclose(patient=patient, disclosure=values, now=timezone.now(), by=self.staff)
        # Output of the row itself: a caller who discloses in an emergency may not see disclosures
        # there.
        return Response(DisclosureOutput(row, context=self.get_serializer_context()).data, 201)

    @verb_of_all("accounting", takes=NewAccounting, gives=AccountingOutput, code=200)
    def accounting(self, request: Request) -> Response:
        """Return the accounting that a patient may request (42 CFR 2.25)."""
        found = accounting(**self.validated(NewAccounting), user=self.staff)
        return Response(AccountingOutput(found).data)
