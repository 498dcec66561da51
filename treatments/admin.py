"""Admin pages for plans, drug tests and counseling notes.

Plans are signed on the dashboard page that shows them; nothing is edited here.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from access.admin_base import ClinicInline, at_the_site, run_on_each
from access.enums import Permission
from patients.admin import FoundByPatient
from treatments.actions.treatment_plans import close_plan
from treatments.models import CounselingNote, DrugTest, DrugTestResult, PlannedTest, TreatmentPlan


@admin.register(TreatmentPlan)
class TreatmentPlanAdmin(FoundByPatient):
    seen_with: ClassVar[Permission] = Permission.SEE_PLAN
    list_display = ("patient", "number", "status", "start_date", "end_date", "signed_by")
    list_filter = ("status", "site")  # partial indexes cover drafts and active plans
    list_select_related = ("patient", "signed_by")
    ordering = ("-recorded_at", "-id")
    readonly_fields = ("medication_arm", "behavioral_arm")
    actions = ("close",)

    @admin.display(description="medication arm")
    def medication_arm(self, plan: TreatmentPlan) -> SafeString:
        return format_html_join("", "<div>{}</div>", ((str(row),) for row in plan.medication))

    @admin.display(description="behavioral arm")
    def behavioral_arm(self, plan: TreatmentPlan) -> SafeString:
        return format_html_join("", "<div>{}</div>", ((str(row),) for row in plan.behavioral))

    @admin.action(description="Discontinue plans")
    def close(self, request: HttpRequest, rows: QuerySet[TreatmentPlan]) -> None:
        now = timezone.now()
        run_on_each(
            request, rows, lambda row, by: close_plan(plan=row, now=now, by=by), "discontinued."
        )


class ResultInline(ClinicInline):
    seen_with: ClassVar[Permission] = Permission.SEE_CLINICAL
    model = DrugTestResult


@admin.register(DrugTest)
class DrugTestAdmin(FoundByPatient):
    seen_with: ClassVar[Permission] = Permission.SEE_CLINICAL
    list_display = ("patient", "collected_date", "specimen", "is_random", "is_valid")
    list_select_related = ("patient",)
    ordering = ("-id",)  # last recorded first, as no index has all tests by date
    inlines = (ResultInline,)
    actions = None


@admin.register(PlannedTest)
class PlannedTestAdmin(FoundByPatient):
    seen_with: ClassVar[Permission] = Permission.SEE_CLINICAL
    called_off = at_the_site("called_off_at", "called off at")
    exclude = ("called_off_at",)
    readonly_fields = ("called_off",)
    list_display = ("patient", "due_date", "is_random", "test", "called_off")
    list_filter = ("site",)
    list_select_related = ("patient", "site", "test")
    ordering = ("-due_date", "-id")
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        told: QuerySet[Any] = rows.told(now=timezone.now())
        return told


@admin.register(CounselingNote)
class CounselingNoteAdmin(FoundByPatient):
    """One's own notes, and those for which one is a named reader; no others are visible."""

    seen_with: ClassVar[Permission] = Permission.SEE_COUNSELING_NOTES
    list_display = ("patient", "session_date", "author", "amends")
    list_select_related = ("patient", "author", "amends")
    ordering = ("-session_date", "-id")
    actions = None
