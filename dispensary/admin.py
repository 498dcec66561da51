"""Read-only admin pages for dose records, call-backs and naloxone kits."""

from typing import ClassVar

from django.contrib import admin

from access.admin_base import at_the_site
from access.enums import Permission
from dispensary.models.call_backs import CallBack
from dispensary.models.doses import DoseRecord
from dispensary.models.naloxone import NaloxoneOffer
from patients.admin import FoundByPatient


@admin.register(DoseRecord)
class DoseRecordAdmin(FoundByPatient):
    seen_with: ClassVar[Permission] = Permission.SEE_DOSES
    list_display = ("patient", "dose_date", "outcome", "product", "amount_mg", "recorded_by")
    list_filter = ("site",)
    list_select_related = ("patient", "recorded_by")
    ordering = ("-dose_date", "-id")
    actions = None


@admin.register(CallBack)
class CallBackAdmin(FoundByPatient):
    seen_with: ClassVar[Permission] = Permission.SEE_DOSES
    asked, due = at_the_site("asked_at", "called back at"), at_the_site("due_at", "expected by")
    counted = at_the_site("counted_at", "counted at")
    exclude = ("asked_at", "due_at", "counted_at")
    readonly_fields = ("asked", "due", "counted")
    list_display = ("patient", "asked", "due", "outcome", "missing", "counted_by")
    list_filter = ("site",)
    list_select_related = ("patient", "site", "counted_by")
    ordering = ("-asked_at", "-id")
    actions = None


@admin.register(NaloxoneOffer)
class NaloxoneOfferAdmin(FoundByPatient):
    seen_with: ClassVar[Permission] = Permission.SEE_CLINICAL
    list_display = ("patient", "answer", "offered_date", "product", "number", "expires_date", "lot")
    list_filter = ("site",)
    list_select_related = ("patient", "site")
    ordering = ("-offered_date", "-id")
    actions = None
