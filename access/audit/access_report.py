"""Report for a patient of who accessed one record, by day and person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, Max, Min, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import TruncDate

from access.enums import AccessBasis, AuditKind
from access.models import AuditEntry, User
from common.time_zones import day_bounds


@dataclass(frozen=True)
class AccessReportRow:
    """What one person did with the record in one role on one day. Times are aware.

    `grounds` are labels of the basis of access (access/enums.py).
    """

    day: date
    first_at: datetime
    last_at: datetime
    who: str
    role: str
    times_read: int
    times_written: int
    records: tuple[str, ...]
    grounds: tuple[str, ...]
    in_an_emergency: bool


def access_report(
    *, patient_id: int, first: date, last: date, zone: str, user: User
) -> list[AccessReportRow]:
    """List the accesses to one record, latest first, in one SQL statement.

    Days are those of the time zone `zone`; `first` and `last` are included.
    """
    begins, ends = day_bounds(first, zone)[0], day_bounds(last, zone)[1]
    rows = (
        AuditEntry.objects.visible_to(user)
        .filter(patient_id=patient_id, at__gte=begins, at__lt=ends)
        .exclude(kind=AuditKind.REFUSAL)
        .values("actor_id", "actor_label", "actor_role")
        .annotate(
            day=TruncDate("at", tzinfo=ZoneInfo(zone)),
            first_at=Min("at"),
            last_at=Max("at"),
            times_read=Count("id", filter=Q(kind=AuditKind.READ)),
            times_written=Count("id", filter=~Q(kind=AuditKind.READ)),
            kinds=ArrayAgg(
                F("detail__records"), filter=Q(detail__has_key="records"), distinct=True
            ),
            grounds=ArrayAgg(
                KeyTextTransform("ground", "detail"),
                filter=Q(detail__has_key="ground"),
                distinct=True,
            ),
            emergencies=Count("id", filter=Q(detail__has_key="emergency")),
        )
        .order_by("-day", "-last_at", "actor_label", "actor_role")
    )
    return [_report_row(row) for row in rows]


def _report_row(row: Mapping[str, Any]) -> AccessReportRow:
    return AccessReportRow(
        day=row["day"],
        first_at=row["first_at"],
        last_at=row["last_at"],
        who=row["actor_label"],
        role=row["actor_role"],
        times_read=row["times_read"],
        times_written=row["times_written"],
        records=_each_once(row["kinds"] or ()),
        grounds=tuple(one.label for one in AccessBasis if one.value in (row["grounds"] or ())),
        in_an_emergency=row["emergencies"] > 0,
    )


def _each_once(kinds: Iterable[list[str]]) -> tuple[str, ...]:
    return tuple(sorted({one for several in kinds for one in several}))
