"""What is recorded has happened: a slip of the year is refused at every finding with a day."""

from datetime import date, timedelta

import pytest

from common.errors import InvalidInput
from patients.actions.findings import record_assessment, record_diagnosis, record_event
from patients.enums import EventKind, Instrument
from tests.support.world import NOW, TODAY
from treatments.actions.drug_tests import record_drug_test

FINDINGS = {
    "occurred_date": lambda **stamp: record_event(kind=EventKind.OVERDOSE, **stamp),
    "onset_date": lambda **stamp: record_diagnosis(code="F11.20", **stamp),
    "assessed_date": lambda **stamp: record_assessment(
        instrument=Instrument.COWS, score=12, **stamp
    ),
    "collected_date": lambda **stamp: record_drug_test(is_random=True, **stamp),
}


@pytest.mark.parametrize("field", FINDINGS)
@pytest.mark.parametrize("day", [date(2199, 3, 3), TODAY + timedelta(days=1)])
def test_a_day_to_come_is_refused(world, field, day):
    stamp = {"patient": world.patient, "now": NOW, "by": world.prescriber}
    with pytest.raises(InvalidInput, match="in the future") as refused:
        FINDINGS[field](**stamp, **{field: day})
    assert refused.value.field == field
    assert FINDINGS[field](**stamp, **{field: TODAY})


def test_the_day_is_the_site_s(world):
    """At 23:30 in New York it is tomorrow in Greenwich, and still today at the site."""
    evening = NOW + timedelta(hours=13, minutes=30)
    stamp = {"patient": world.patient, "now": evening, "by": world.prescriber}
    with pytest.raises(InvalidInput):
        record_drug_test(is_random=True, collected_date=evening.date(), **stamp)


def test_a_diagnosis_may_have_no_day_of_onset(world):
    assert record_diagnosis(patient=world.patient, code="F11.20", now=NOW, by=world.prescriber)
