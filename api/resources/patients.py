"""/patients: demographics and search. Search text is in the body, never in the URL."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework import row_lookups
from api.framework.fast_serializers import LeanOutput
from api.framework.fields import DayField, Input, RowField, WordField, optional_text_of, text_of
from api.framework.filters import Filters, IdFilter
from api.framework.resource import Readable, creation
from patients.actions.people import register_patient_with_contacts, update_patient
from patients.enums import Sex
from patients.identity import PERSON_FIELDS
from patients.models import ContactPoint, Patient


class PatientOutput(LeanOutput[Patient]):
    class Meta:
        model = Patient
        fields = (
            "id",
            "site",
            "record_number",
            "given_name",
            "family_name",
            "preferred_name",
            "birth_date",
            "birth_date_is_estimated",
            "sex",
            "gender_identity",
            "pronouns",
            "language",
            "version",
            "recorded_at",
        )
        read_only_fields = fields


class PatientChanges(Input):
    """The fields to change, and the `version` that the caller read."""

    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    given_name = text_of(Patient, "given_name", required=False)
    family_name = text_of(Patient, "family_name", required=False)
    preferred_name = optional_text_of(Patient, "preferred_name")
    birth_date = DayField(required=False)
    birth_date_is_estimated = serializers.BooleanField(required=False)
    sex = WordField(Sex, required=False)
    gender_identity = optional_text_of(Patient, "gender_identity")
    pronouns = optional_text_of(Patient, "pronouns")
    language = text_of(Patient, "language", required=False)


class NewPatient(Input):
    """A patient with contact points, saved together or not at all."""

    site = RowField(row_lookups.sites)
    given_name = text_of(Patient, "given_name")
    family_name = text_of(Patient, "family_name")
    preferred_name = optional_text_of(Patient, "preferred_name")
    birth_date = DayField()
    birth_date_is_estimated = serializers.BooleanField(required=False)
    sex = WordField(Sex, required=False)
    gender_identity = optional_text_of(Patient, "gender_identity")
    pronouns = optional_text_of(Patient, "pronouns")
    language = text_of(Patient, "language", required=False)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    may_text = serializers.BooleanField(required=False)
    email = text_of(ContactPoint, "value", required=False, allow_blank=True)
    may_email = serializers.BooleanField(required=False)
    is_somebody_new = serializers.BooleanField(
        required=False,
        help_text="True creates a new record although a similar one exists.",
    )


class Words(Input):
    words = serializers.CharField(
        min_length=2,
        max_length=100,
        help_text="Parts of names, a birth date, a phone number, an e-mail address, another system's number"
        " or the record number. Also finds misspellings and names that sound alike.",
    )


class PatientFilters(Filters):
    site = IdFilter(field_name="site_id")


class Patients(Readable):
    """Patients of the clinic, by name."""

    rights = {
        "list": Permission.SEE_IDENTITY,
        "retrieve": Permission.SEE_IDENTITY,
        "search": Permission.SEE_IDENTITY,
        "create": Permission.EDIT_IDENTITY,
        "partial_update": Permission.EDIT_IDENTITY,
    }
    queryset = Patient.objects.defer(*Patient.ONLY_SEARCHED)
    serializer_class = PatientOutput
    filterset_class = PatientFilters
    order = Patient.ORDER

    @creation(takes=NewPatient, gives=PatientOutput)
    def create(self, request: Request) -> Response:
        """Register a patient. 409 `probable_duplicate` lists similar patients in `candidates`."""
        entered = self.validated(NewPatient)
        patient = register_patient_with_contacts(
            person=_person(entered), now=timezone.now(), by=self.staff, **entered
        )
        return self.respond(patient, code=201)

    @extend_schema(request=PatientChanges, responses=PatientOutput)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change demographics. 409 `changed_meanwhile` if they were saved since `version`."""
        patient = self.get_object()
        entered = self.validated(PatientChanges)
        changed = update_patient(
            patient=patient,
            person=_person(entered),
            version=entered["version"],
            now=timezone.now(),
            by=self.staff,
        )
        return self.respond(changed)

    @extend_schema(request=Words, responses=PatientOutput(many=True), filters=False)
    @action(detail=False, methods=["post"])
    def search(self, request: Request) -> Response:
        """Search for patients, the closest match first. For the next page send the same body again."""
        words = self.validated(Words)["words"]
        self.order = Patient.NEAREST_FIRST
        return self.paginate(self.get_queryset().matching(words))  # type: ignore[attr-defined]


def _person(entered: dict[str, Any]) -> dict[str, Any]:
    """Move the patient's own fields out of `entered`."""
    return {name: entered.pop(name) for name in PERSON_FIELDS if name in entered}
