"""Patients and episodes of care in the admin: to read, and to follow."""

from typing import Any, ClassVar

from django.contrib import admin

from access.admin_base import ClinicAdmin, ClinicInline
from access.enums import Right
from patients.models import (
    Assessment,
    ClinicalEvent,
    Consent,
    ContactPoint,
    Diagnosis,
    Disclosure,
    EmergencyContact,
    Episode,
    Identifier,
    Patient,
    PrivacyNotice,
    RestrictionRequest,
    SubstanceUse,
)


class IdentityInline(ClinicInline):
    seen_with: ClassVar[Right] = Right.SEE_IDENTITY


class ClinicalInline(ClinicInline):
    seen_with: ClassVar[Right] = Right.SEE_CLINICAL


class ContactPointInline(IdentityInline):
    model = ContactPoint


class EmergencyContactInline(IdentityInline):
    model = EmergencyContact


class IdentifierInline(IdentityInline):
    model = Identifier


class DiagnosisInline(ClinicalInline):
    model = Diagnosis


class SubstanceUseInline(ClinicalInline):
    model = SubstanceUse


class ClinicalEventInline(ClinicalInline):
    model = ClinicalEvent


class AssessmentInline(ClinicalInline):
    model = Assessment


@admin.register(Patient)
class PatientAdmin(ClinicAdmin):
    seen_with: ClassVar[Right] = Right.SEE_IDENTITY
    list_display = ("family_name", "given_name", "preferred_name", "birth_date", "record_number")
    list_display_links = ("family_name",)
    list_filter = ("site",)
    search_fields = ("search_text__contains",)
    ordering = ("family_name", "given_name", "id")
    exclude = ("search_text",)
    inlines = (
        ContactPointInline,
        EmergencyContactInline,
        IdentifierInline,
        DiagnosisInline,
        SubstanceUseInline,
        ClinicalEventInline,
        AssessmentInline,
    )
    actions = None


@admin.register(Episode)
class EpisodeAdmin(ClinicAdmin):
    seen_with: ClassVar[Right] = Right.SEE_IDENTITY
    list_display = ("patient", "program", "admission_date", "discharge_date", "discharge_reason")
    list_filter = ("site", "program")
    list_select_related = ("patient", "program")
    search_fields = ("patient__search_text__contains",)
    ordering = ("-admission_date", "-id")
    actions = None


class OfRecordNumber(ClinicAdmin):
    """For the privacy officer too, who does not see names: the patient stands here as a number."""

    list_filter = ("site",)
    list_select_related = ("patient",)
    exclude = ("patient", "consent")
    readonly_fields = ("record_number",)
    actions = None

    @admin.display(description="record")
    def record_number(self, row: Any) -> str:
        return str(row.patient.record_number)


@admin.register(Consent)
class ConsentAdmin(OfRecordNumber):
    seen_with: ClassVar[Right] = Right.SEE_CONSENTS
    list_display = ("record_number", "kind", "date_signed", "expiration", "ended_at", "end_reason")
    exclude = ("patient", "signed_by")
    ordering = ("-date_signed", "-id")


@admin.register(PrivacyNotice)
class PrivacyNoticeAdmin(OfRecordNumber):
    seen_with: ClassVar[Right] = Right.SEE_CONSENTS
    list_display = ("record_number", "version", "given_date", "method")
    ordering = ("-given_date", "-id")


@admin.register(RestrictionRequest)
class RestrictionRequestAdmin(OfRecordNumber):
    seen_with: ClassVar[Right] = Right.SEE_CONSENTS
    list_display = ("record_number", "requested_date", "request", "decision")
    ordering = ("-requested_date", "-id")


@admin.register(Disclosure)
class DisclosureAdmin(OfRecordNumber):
    seen_with: ClassVar[Right] = Right.SEE_DISCLOSURES
    list_display = ("record_number", "disclosed_at", "recipient", "purpose", "basis")
    ordering = ("-disclosed_at", "-id")
