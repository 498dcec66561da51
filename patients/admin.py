"""Patients and episodes of care in the admin: to read, and to follow."""

from typing import ClassVar

from django.contrib import admin

from access.admin_base import ClinicAdmin, ClinicInline
from access.enums import Right
from patients.models import (
    Assessment,
    ClinicalEvent,
    ContactPoint,
    Diagnosis,
    EmergencyContact,
    Episode,
    Identifier,
    Patient,
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
