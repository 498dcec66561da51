"""What leaving a trail adds to a request, over an empty trail and over years of it."""

from __future__ import annotations

from typing import Any

from bench.clinics import Clinic, say

#: Six years of months, as a clinic keeps them.
MONTHS = 72
MONTH_BEFORE = "(date_trunc('month', CURRENT_DATE) - interval '{} months')"
FILL = """
DO $$
DECLARE
    month date := {month};
    name text := 'access_auditentry_' || to_char(month, 'YYYY_MM');
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE access_auditentry'
        ' INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
    EXECUTE format(
        'INSERT INTO %I (at, kind, actor_id, actor_label, actor_role, action, object_type,'
        '    object_id, patient_id, site_id, origin, detail)'
        ' SELECT $1 + number * (interval ''27 days'' / $2), ''read'', number %% 400,'
        '    ''Colleague '' || number %% 400, ''Nurse'', ''read'', ''patient'', number %% 100000,'
        '    number %% 100000, number %% 40 + 1, ''192.0.2.7'','
        '    jsonb_build_object(''page'', ''dashboard:patient'', ''records'','
        '        jsonb_build_array(''dose'', ''patient'', ''treatment plan''))'
        ' FROM generate_series(1, $2) AS number', name)
    USING month::timestamp AT TIME ZONE 'UTC', {rows};
    EXECUTE format(
        'ALTER TABLE access_auditentry ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name,
        month::timestamp AT TIME ZONE 'UTC', (month + interval '1 month')::timestamp AT TIME ZONE 'UTC');
END $$
"""


def measure(clinic: Clinic, *, rows: int, times: int) -> dict[str, Any]:
    """The same requests with and without the trail, before and after `rows` older entries."""
    say(f"{clinic.name}: requests with and without a trail")
    before = clinic.ask_inside("trail_cost", times)
    fill(clinic, rows)
    say(f"{clinic.name}: the same over {rows} entries")
    after = clinic.ask_inside("trail_cost", times)
    held = clinic.sql("SELECT count(*) FROM access_auditentry")
    return {"rows": held, "before": before, "after": after}


def fill(clinic: Clinic, rows: int) -> None:
    """Older months with `rows` entries in all. Loaded beside the trail, then made a part of it."""
    for number in range(1, MONTHS + 1):
        if number % 12 == 1:
            say(f"{clinic.name}: entries of {MONTHS} months, {number - 1} done")
        month = MONTH_BEFORE.format(number)
        clinic.sql(FILL.format(month=month, rows=max(1, rows // MONTHS)))
    clinic.sql("ANALYZE access_auditentry")
