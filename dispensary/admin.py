"""The dose ledger in the admin: to read. Doses are recorded at the window."""

from typing import ClassVar

from django.contrib import admin

from access.enums import Right
from dispensary.models import DoseRecord
from patients.admin import FoundByPatient


@admin.register(DoseRecord)
class DoseRecordAdmin(FoundByPatient):
    seen_with: ClassVar[Right] = Right.SEE_DOSES
    list_display = ("patient", "dose_date", "outcome", "product", "amount_mg", "recorded_by")
    list_filter = ("site",)
    list_select_related = ("patient", "recorded_by")
    ordering = ("-dose_date", "-id")
    actions = None
