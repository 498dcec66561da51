"""Pages as PDF, out of the text templates in `documents/`."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import typst

from dashboard.consents import number
from dashboard.templatetags.clinic_words import day
from patients.accounting import Accounting
from patients.models import Disclosure, Patient

DOCUMENTS = Path(__file__).parent / "documents"


def accounting_pdf(found: Accounting, patient: Patient) -> bytes:
    """What the patient takes home: by record number, without a name."""
    zone = ZoneInfo(patient.site.time_zone)
    data = {
        "record": number(patient),
        "site": patient.site.neutral_name,
        "first": day(found.first),
        "last": day(found.last),
        "rows": [_row(row, zone) for row in found.rows],
        "not_counted": [_row(row, zone) for row in found.not_counted],
    }
    made = typst.compile(DOCUMENTS / "accounting.typ", sys_inputs={"data": json.dumps(data)})
    if not isinstance(made, bytes):
        raise TypeError("A document of one file was expected.")
    return made


def _row(row: Disclosure, zone: ZoneInfo) -> dict[str, str]:
    at = row.disclosed_at.astimezone(zone)
    detail = f": {row.purpose_detail}" if row.purpose_detail else ""
    return {
        "at": f"{day(at.date())}, {at:%H:%M}",
        "recipient": row.recipient,
        "address": row.recipient_address,
        "what": row.information_detail,
        "purpose": f"{row.get_purpose_display()}{detail}",
        "ground": row.get_basis_display(),
    }
