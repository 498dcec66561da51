"""Log of who read which patient's record.

While a request is handled, each row of a patient's record that is loaded from the database is
tracked by its model (access/row_tracking.py), so no view can forget it. Before the response leaves,
`record_reads` writes one audit entry for each patient in it, in one statement. If that fails, the
response fails, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from access.audit.record import current_origin, role_names, token_detail
from access.authz.policy import open_emergencies
from access.enums import AccessBasis, AuditAction, AuditKind
from access.models import AuditEntry, User
from access.row_tracking import TrackedReads

#: Inserts the entries of one request with one parameter, however many patients a list has.
#: Django's own bulk insert needs 5 ms for fifty of them, most of it for 700 parameters.
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
    """Write one audit entry for each patient whose record is in the response, in one statement.

    `grounds` gives the basis of access of each patient; a patient whose rows were loaded only by an
    action has none. `site_of` is SQL for the site of `reading.patient_id`, used for patients of
    whom no loaded row had the site. Returns the site of each patient.
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
    """Record that `by` requested something not permitted, without saying whether it exists."""
    AuditEntry.objects.create(
        at=now,
        kind=AuditKind.REFUSAL,
        actor_id=by.pk,
        actor_label=by.name,
        actor_role=role_names(by, None),
        action=AuditAction.REFUSE_REQUEST,
        object_type="page",
        origin=current_origin(),
        detail={
            "page": page,
            "named": {name: str(value) for name, value in named.items()},
            **token_detail(by),
        },
    )
