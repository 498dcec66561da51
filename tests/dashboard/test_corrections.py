"""The ledger's page: a wrong row is corrected in place or struck out, and stays readable."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from dispensary.actions.doses import give_dose
from dispensary.models.doses import DoseRecord
from tests.support.world import NOW, TODAY
from treatments.enums import Product


@pytest.fixture
def dose(world):
    return give_dose(
        episode=world.signed(world.admit()).episode,
        product=Product.METHADONE_ORAL,
        amount_mg=Decimal(30),
        dose_date=TODAY,
        now=NOW,
        by=world.nurse,
    )


@time_machine.travel(NOW + timedelta(minutes=5), tick=False)
def test_the_amount_of_a_row_is_corrected_from_the_ledger(world, sign_in, dose):
    client = sign_in(world.nurse)
    ledger = f"/patients/{dose.patient_id}/doses"
    address = f"/doses/{dose.pk}/correct"
    assert address in client.get(ledger).content.decode()
    assert 'value="30.00"' in client.get(address).content.decode()
    typed = {"amount_mg": "25", "dose_date": TODAY.isoformat(), "reason": "25 mg were swallowed"}
    refused = client.post(address, {**typed, "amount_mg": "99999"})
    assert refused.status_code == 422
    assert "decimal point" in refused.content.decode()
    answer = client.post(address, typed, follow=True)
    assert answer.redirect_chain == [(ledger, 302)]
    assert "voided: 25 mg were swallowed" in answer.content.decode()
    assert DoseRecord.objects.effective().get().amount_mg == 25
