"""Any one of 100,000 rows that the tables' owner alters, deletes or swaps is found and named.

Without MAINSTAY_FULL=1 (`make test-full`) there are 20,000.
"""

import random
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from access.audit.hash_chain import verify_audit_trail
from access.models import AuditEntry
from tests.access.test_hash_chain import owner, seal
from tests.support.full_run import FULL

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 100_000 if FULL else 20_000
MANY = """
INSERT INTO access_auditentry
    (at, kind, actor_id, actor_label, actor_role, action, object_type, object_id, patient_id,
     site_id, detail)
SELECT timestamptz '2026-01-01' + number * interval '5 minutes', 'read', number %% 40,
    'Colleague ' || number %% 40, 'Nurse', 'read', 'patient', number %% 5000, number %% 5000, 1,
    jsonb_build_object('page', 'dashboard:patient', 'records', jsonb_build_array('dose'))
FROM generate_series(1, %s) AS number
"""


@contextmanager
def undone():
    """What the owner does inside is undone at the end."""
    with transaction.atomic():
        with owner() as cursor:
            yield cursor
        transaction.set_rollback(True)


def altered(cursor, one, _):
    cursor.execute("UPDATE access_auditentry SET actor_id = actor_id + 1 WHERE id = %s", [one])
    return {f"Row {one} was changed"}


def moved_to_another_month(cursor, one, _):
    cursor.execute(
        "UPDATE access_auditentry SET at = at + interval '3 months' WHERE id = %s", [one]
    )
    return {f"Row {one} was changed"}


def deleted(cursor, one, _):
    cursor.execute("DELETE FROM access_auditentry WHERE id = %s", [one])
    return {f"Row {one} was removed"}


def swapped(cursor, one, other):
    for before, after in ((one, -1), (other, one), (-1, other)):
        cursor.execute("UPDATE access_auditentry SET id = %s WHERE id = %s", [after, before])
    return {f"Row {one} was changed", f"Row {other} was changed"}


def contents_swapped(cursor, one, other):
    """Ids, order and times stay; who did what changes places."""
    cursor.execute(
        "UPDATE access_auditentry AS row SET actor_label = source.actor_label || ' ',"
        " patient_id = source.patient_id FROM access_auditentry AS source"
        " WHERE (row.id, source.id) IN ((%s, %s), (%s, %s))",
        [one, other, other, one],
    )
    return {f"Row {one} was changed", f"Row {other} was changed"}


def test_each_is_found_and_named():
    with connection.cursor() as cursor:
        cursor.execute(MANY, [ROWS])
    seal(ROWS)
    ids = list(AuditEntry.objects.order_by("id").values_list("id", flat=True))
    assert len(ids) == ROWS
    assert verify_audit_trail().faults == ()
    chance = random.Random(8)
    for touch in (altered, moved_to_another_month, deleted, swapped, contents_swapped):
        one, other = chance.sample(ids, 2)
        with undone() as cursor:
            expected = touch(cursor, one, other)
            found = {str(fault).partition(" (batch")[0] for fault in verify_audit_trail().faults}
        assert found == expected, touch.__name__
    assert verify_audit_trail().faults == ()
