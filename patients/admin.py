"""Read-only admin pages for patients, episodes, consents, restrictions and disclosures."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from access.admin_base import ClinicAdmin, ClinicInline
from access.enums import Permission
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
    PendingRestriction,
    PrivacyNotice,
    RestrictionEnd,
    RestrictionRequest,
    SubstanceUse,
)


class IdentityInline(ClinicInline):
    seen_with: ClassVar[Permission] = Permission.SEE_IDENTITY


class ClinicalInline(ClinicInline):
    seen_with: ClassVar[Permission] = Permission.SEE_CLINICAL


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


class FoundByPatient(ClinicAdmin):
    """Admin page of rows that are found by searching for their patient, in their usual order."""

    #: Only makes Django show the search box; `matching` does the search.
    search_fields: ClassVar[tuple[str, ...]] = ("patient__search_text",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        meant = Patient.objects.visible_to(request.user).matching(search_term).values("pk")
        name = "pk" if issubclass(queryset.model, Patient) else "patient"
        return queryset.filter(**{f"{name}__in": meant}), False


@admin.register(Patient)
class PatientAdmin(FoundByPatient):
    seen_with: ClassVar[Permission] = Permission.SEE_IDENTITY
    list_display = ("family_name", "given_name", "preferred_name", "birth_date", "record_number")
    list_display_links = ("family_name",)
    list_filter = ("site",)
    search_fields = ("search_text",)
    ordering = ("family_name", "given_name", "id")
    exclude = Patient.ONLY_SEARCHED
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
class EpisodeAdmin(FoundByPatient):
    seen_with: ClassVar[Permission] = Permission.SEE_IDENTITY
    list_display = ("patient", "program", "admission_date", "discharge_date", "why_left")
    list_filter = ("site", "program")
    list_select_related = ("patient", "program")
    ordering = ("-admission_date", "-id")
    exclude = Episode.CLINICAL
    readonly_fields = ("sent_by", "why_left")
    actions = None

    @admin.display(description="referred by")
    def sent_by(self, row: Episode) -> str:
        return row.sent_by

    @admin.display(description="discharge reason")
    def why_left(self, row: Episode) -> str:
        return row.why_left


class OfRecordNumber(ClinicAdmin):
    """Shows the record number instead of the name, because privacy officers do not see names."""

    list_filter = ("site",)
    list_select_related = ("patient",)
    exclude: ClassVar[tuple[str, ...]] = ("patient", "consent", "wish")
    readonly_fields = ("record_number",)
    actions = None

    @admin.display(description="record")
    def record_number(self, row: Any) -> str:
        return str(row.patient.record_number)


@admin.register(Consent)
class ConsentAdmin(OfRecordNumber):
    seen_with: ClassVar[Permission] = Permission.SEE_CONSENTS
    list_display = ("record_number", "kind", "date_signed", "expiration", "ended_at", "end_reason")
    exclude = ("patient", "signed_by")
    ordering = ("-date_signed", "-id")


@admin.register(PrivacyNotice)
class PrivacyNoticeAdmin(OfRecordNumber):
    seen_with: ClassVar[Permission] = Permission.SEE_CONSENTS
    list_display = ("record_number", "version", "given_date", "method")
    ordering = ("-given_date", "-id")


@admin.register(RestrictionRequest)
class RestrictionRequestAdmin(OfRecordNumber):
    seen_with: ClassVar[Permission] = Permission.SEE_CONSENTS
    list_display = ("record_number", "requested_date", "request", "decision")
    ordering = ("-requested_date", "-id")


@admin.register(PendingRestriction)
class PendingRestrictionAdmin(OfRecordNumber):
    seen_with: ClassVar[Permission] = Permission.SEE_CONSENTS
    list_display = ("record_number", "asked_date", "request")
    ordering = ("asked_date", "id")


@admin.register(RestrictionEnd)
class RestrictionEndAdmin(OfRecordNumber):
    seen_with: ClassVar[Permission] = Permission.SEE_CONSENTS
    exclude = ("patient", "restriction")
    list_display = ("record_number", "ended_at", "ground")
    ordering = ("-ended_at", "-id")


@admin.register(Disclosure)
class DisclosureAdmin(OfRecordNumber):
    seen_with: ClassVar[Permission] = Permission.SEE_DISCLOSURES
    list_display = ("record_number", "disclosed_at", "recipient", "purpose", "basis")
    ordering = ("-disclosed_at", "-id")
