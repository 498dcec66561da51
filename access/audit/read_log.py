"""Who read whose record: noticed where rows are loaded, so that no page can forget it.

While a request is answered, every row of a patient's record that comes out of the
database is noticed by its model (access/row_tracking.py). When the answer is about to leave, `record_reads` writes one audit row for each patient in it, in one statement; if
that fails, so does the answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from access.audit.record import current_origin, role_names, token_detail
from access.authz.policy import open_emergencies
from access.enums import AccessBasis, AuditKind
from access.models import AuditEntry, User
from access.row_tracking import TrackedReads

#: Rows of a reading as they go to the database: one parameter, however many patients a list has.
#: Django's own bulk insert spends 5 ms on fifty of them, most of it on 700 parameters.
WRITE = """INSERT INTO access_auditentry
    (at, kind, actor_id, actor_label, actor_role, action, object_type,
     object_id, patient_id, site_id, origin, detail)
SELECT %s, %s, %s, %s, actor_role, 'read', 'patient',
    patient_id, patient_id, coalesce(site_id, {site_of}), %s, detail
FROM jsonb_to_recordset(%s)
    AS reading (patient_id bigint, site_id bigint, actor_role text, detail jsonb)
RETURNING patient_id, site_id
"""


def record_reads(
    reading: TrackedReads,
    *,
    page: str,
    grounds: Mapping[int, AccessBasis],
    site_of: str,
    now: datetime,
    by: User,
) -> dict[int, int]:
    """One row for each patient whose record left with the answer, in one statement.

    `grounds` says why it was open to `by`: of each patient, unless only a deed loaded their rows.
    `site_of` is SQL for the site of `reading.patient_id`, for those of whom no loaded row said it.
    Returns the site of each patient.
    """
    rows = [
        {
            "patient_id": patient_id,
            "site_id": reading.sites.get(patient_id),
            "actor_role": role_names(by, reading.sites.get(patient_id)),
            "detail": {
                **_detail(page, reading.records[patient_id], patient_id, by),
                **({"ground": grounds[patient_id]} if patient_id in grounds else {}),
            },
        }
        for patient_id in sorted(reading.records)
    ]
    written: list[Any] = [
        now,
        AuditKind.READ.value,
        by.pk,
        by.name,
        current_origin(),
        json.dumps(rows),
    ]
    with connection.cursor() as cursor:
        cursor.execute(WRITE.format(site_of=site_of), written)
        return dict(cursor.fetchall())


def _detail(page: str, kinds: set[str], patient_id: int, by: User) -> dict[str, Any]:
    emergencies = open_emergencies(by)
    opened = {"emergency": emergencies[patient_id].pk} if patient_id in emergencies else {}
    return {"page": page, "records": sorted(kinds), **token_detail(by), **opened}


def record_refusal(*, page: str, named: Mapping[str, Any], now: datetime, by: User) -> None:
    """Somebody asked for what they may not have. Whether it exists is not said here either."""
    AuditEntry.objects.create(
        at=now,
        kind=AuditKind.REFUSAL,
        actor_id=by.pk,
        actor_label=by.name,
        actor_role=role_names(by, None),
        action="refused",
        object_type="page",
        origin=current_origin(),
        detail={
            "page": page,
            "named": {name: str(value) for name, value in named.items()},
            **token_detail(by),
        },
    )
