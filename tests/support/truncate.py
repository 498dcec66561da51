"""Tests that commit are followed by TRUNCATE of every table: here, and only here, each may be."""

from __future__ import annotations

from typing import Any

#: Tables that cannot be emptied, with the trigger that says so.
NEVER_EMPTIED = {
    "access_auditarchive": "trail_is_not_emptied",
    "access_auditentry": "trail_is_not_emptied",
    "access_auditseal": "trail_is_not_emptied",
    "dispensary_doserecord": "ledger_is_not_emptied",
    "patients_consent": "consent_is_not_emptied",
    "patients_disclosure": "disclosure_is_not_emptied",
    "patients_privacynotice": "notice_is_not_emptied",
    "patients_restrictionrequest": "restriction_is_not_emptied",
    "patients_restrictionend": "restriction_end_is_not_emptied",
    "patients_restrictionwish": "restriction_wish_is_not_emptied",
    "treatments_counsellingnote": "counselling_note_is_not_emptied",
}


def let_tables_be_emptied(cursor: Any) -> None:
    """Again after a migration that made one of these triggers anew."""
    cursor.execute(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname = ANY(%s)",
        [sorted(set(NEVER_EMPTIED.values()))],
    )
    emptied = cursor.fetchall()
    assert {table for table, _ in emptied} >= set(NEVER_EMPTIED)  # and the trail's months
    for table, trigger in emptied:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
