"""`manage.py report`: what it refuses, and in which words."""

from datetime import UTC, date, datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError

from outcomes.enums import Grouping, Measure
from outcomes.retention import RetentionQuestion

pytestmark = pytest.mark.django_db


@time_machine.travel(datetime(2026, 3, 4, 4, 30, tzinfo=UTC), tick=False)
@pytest.mark.parametrize("as_of", ["2026-03-04", "2199-12-31"])
def test_a_day_to_come_is_refused(as_of: str) -> None:
    with pytest.raises(CommandError, match=f"--as-of {as_of}: The date is in the future"):
        call_command("report", "retention", "--measure", "episode", "--as-of", as_of)
    out = StringIO()
    # In New York it is still the day before.
    call_command("report", "retention", "--as-of", "2026-03-03", stdout=out)
    assert "As of 3 Mar 2026" in out.getvalue()


def test_the_question_itself_has_no_clock() -> None:
    asked = RetentionQuestion(
        measure=Measure.EPISODE, by=Grouping.ARM, days=180, as_of=date(2199, 12, 31)
    )
    assert asked.as_of.year == 2199
