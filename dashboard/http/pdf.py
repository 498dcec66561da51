"""Make PDF documents from the Typst templates in `documents/`."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typst

from access.audit.access_report import AccessReportRow
from dashboard.consent_status import number
from dashboard.templatetags.clinic_words import day
from patients.consents.accounting import Accounting
from patients.models import Disclosure, Patient

DOCUMENTS = Path(__file__).parents[1] / "documents"


def accounting_pdf(found: Accounting, patient: Patient) -> bytes:
    """The accounting of disclosures for the patient: with the record number, without a name."""
    zone = ZoneInfo(patient.site.time_zone)
    data = {
        "record": number(patient),
        "site": patient.site.neutral_name,
        "first": day(found.first),
        "last": day(found.last),
        "rows": [_row(row, zone) for row in found.rows],
        "not_counted": [_row(row, zone) for row in found.not_counted],
    }
    return _typeset("accounting.typ", data)


def access_report_pdf(
    rows: list[AccessReportRow], patient: Patient, *, first: date, last: date
) -> bytes:
    """Who looked at the patient's record from `first` to `last`: record number, no name."""
    zone = ZoneInfo(patient.site.time_zone)
    data = {
        "record": number(patient),
        "site": patient.site.neutral_name,
        "first": day(first),
        "last": day(last),
        "rows": [_looked(row, zone) for row in rows],
    }
    return _typeset("access-report.typ", data)


def _typeset(document: str, data: dict[str, Any]) -> bytes:
    made = typst.compile(DOCUMENTS / document, sys_inputs={"data": json.dumps(data)})
    if not isinstance(made, bytes):
        raise TypeError("A document of one file was expected.")
    return made


def _looked(row: AccessReportRow, zone: ZoneInfo) -> dict[str, str]:
    times = [f"{at.astimezone(zone):%H:%M}" for at in (row.first_at, row.last_at)]
    often = f", {row.times_read} times" if row.times_read > 1 else ""
    return {
        "day": day(row.day),
        "who": row.who,
        "role": row.role + (", emergency access" if row.in_an_emergency else ""),
        "why": "; ".join(row.grounds),
        "between": "–".join(dict.fromkeys(times)),
        "read": f"{', '.join(row.records)}{often}" if row.times_read else "",
        "wrote": str(row.times_written or ""),
    }


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
