"""What was canceled before the table of freed times came is in it, and what was offered stays offered."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from appointments.maintenance import run_calendar_maintenance
from appointments.models import FreedSlot, WaitlistOffer
from tests.appointments.test_waitlist import freed
from tests.support import calendar_world as calendar
from tests.support.truncate import let_tables_be_emptied
from tests.support.world import NOW, make_world


def forward() -> None:
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        let_tables_be_emptied(cursor)


@pytest.mark.django_db(transaction=True)
def test_there_and_back():
    world = make_world()
    left = freed(world)
    freed(world, left.starts_at + timedelta(days=20))
    calendar.entry(world, world.register("First"))
    run_calendar_maintenance(now=NOW)
    before = list(WaitlistOffer.objects.values())
    assert [row["freed_id"] is None for row in before] == [False]
    try:
        call_command("migrate", "appointments", "0006", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT freed_id FROM appointments_waitlistoffer")
            assert cursor.fetchall() == [(left.pk,)]
    finally:
        forward()
    offer = WaitlistOffer.objects.get()
    assert offer.freed is not None
    assert (offer.freed.appointment, offer.freed.starts_at) == (left, left.starts_at)
    assert offer.freed.practitioner == world.counselor
    # The visit of three weeks ahead is of the world's time, long over by the database's own clock.
    assert set(FreedSlot.objects.values_list("appointment", flat=True)) == {left.pk}
