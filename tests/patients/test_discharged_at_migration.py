"""Discharges recorded before the column existed get their moment from the audit trail."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from patients.actions.discharges import discharge
from patients.enums import DischargeReason
from patients.models import Episode
from tests.support.truncate import let_tables_be_emptied
from tests.support.world import NOW, TODAY, make_world


@pytest.mark.django_db(transaction=True)
def test_the_migration_fills_discharged_at_from_the_audit_trail():
    world = make_world()
    first = world.admit()
    later = NOW + timedelta(hours=3)
    discharge(
        episode=first,
        discharge_date=TODAY,
        reason=DischargeReason.COMPLETED,
        now=later,
        by=world.prescriber,
    )
    second = world.admit(patient=world.register("Second"))
    imported = world.admit(patient=world.register("Third"))
    Episode.objects.filter(pk=imported.pk).update(
        discharge_date=TODAY, discharge_reason=DischargeReason.TRANSFERRED
    )
    try:
        call_command("migrate", "patients", "0012", verbosity=0)
    finally:
        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            let_tables_be_emptied(cursor)
    known = dict(Episode.objects.values_list("pk", "discharged_at"))
    assert known == {first.pk: later, second.pk: None, imported.pk: None}
