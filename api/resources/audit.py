"""/audit-entries: the audit trail."""

from __future__ import annotations

from access.enums import AuditKind, Permission
from access.models import AuditEntry
from api.framework.fast_serializers import LeanOutput
from api.framework.filters import ChoiceFilter, Filters, IdFilter, MomentFilter
from api.framework.resource import Readable


class AuditOutput(LeanOutput[AuditEntry]):
    """An audit entry. `detail` names changed fields or kinds of record, never clinical text.

    Of a read it has the `ground` (basis of access): site, caseload, grace (care ended some days
    ago), author, named (as a reader of counseling notes) or emergency.
    """

    class Meta:
        model = AuditEntry
        fields = (
            "id",
            "at",
            "actor_id",
            "actor_label",
            "actor_role",
            "kind",
            "action",
            "object_type",
            "object_id",
            "patient_id",
            "site_id",
            "origin",
            "detail",
        )
        read_only_fields = fields


class AuditFilters(Filters):
    patient = IdFilter(field_name="patient_id")
    actor = IdFilter(field_name="actor_id")
    site = IdFilter(field_name="site_id")
    kind = ChoiceFilter(choices=AuditKind.choices)
    at_from = MomentFilter(field_name="at", lookup_expr="gte")
    at_before = MomentFilter(field_name="at", lookup_expr="lt")


class AuditEntries(Readable):
    """The audit trail of the sites where the caller may see it, newest first."""

    rights = {"list": Permission.SEE_AUDIT, "retrieve": Permission.SEE_AUDIT}
    queryset = AuditEntry.objects.all()
    serializer_class = AuditOutput
    filterset_class = AuditFilters
    order = ("-at", "-id")
