"""Admin pages for staff accounts and the audit trail; roles are given on the dashboard."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import TabularInline

from access.actions.accounts import set_account_active
from access.admin_base import ClinicAdmin, ReadOnly, ReadOnlyAdmin, run_on_each
from access.auth.second_factor import factor_rows
from access.enums import Permission
from access.models import AuditEntry, RoleAssignment, User


class RoleInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = RoleAssignment
    seen_with: ClassVar[Permission] = Permission.MANAGE_USERS
    extra = 0


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    seen_with: ClassVar[Permission] = Permission.MANAGE_USERS
    list_display = ("name", "email", "is_active", "second_factor", "last_login")
    list_filter = ("is_active",)
    search_fields = ("name", "email")
    ordering = ("name",)
    fields = ("name", "email", "is_active", "last_login", "created_at")
    inlines = (RoleInline,)
    actions = ("disable",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).filter(is_service=False)
        return rows.annotate(has_factor=Exists(factor_rows().filter(user_id=OuterRef("pk"))))  # type: ignore[no-any-return]

    @admin.display(description="second factor", boolean=True)
    def second_factor(self, row: Any) -> bool:
        return bool(row.has_factor)

    @admin.action(description="Disable account")
    def disable(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        now = timezone.now()
        run_on_each(
            request,
            rows,
            lambda row, by: set_account_active(user=row, active=False, now=now, by=by),
            "disabled.",
        )


@admin.register(AuditEntry)
class AuditEntryAdmin(ClinicAdmin):
    seen_with: ClassVar[Permission] = Permission.SEE_AUDIT
    list_display = ("at", "actor_label", "action_label", "object_type", "object_id", "patient_id")
    list_filter = ("kind",)
    ordering = ("-at", "-id")
    actions = None
