"""Rate limit of each gateway, shared by all workers.

The table holds, for each channel, the moment at which the next message may go. A worker takes the
next free moment in one statement, by the database's clock, and waits for it. Redis is not used.
"""

from __future__ import annotations

import time

from django.conf import settings
from django.db import connection

from reminders.enums import Channel

#: Upper limit of the caller's patience, in seconds.
LONGEST_PATIENCE = 60.0
#: A moment is taken only if it comes within the caller's patience. A stored moment that is further
#: ahead than any caller could have left it was written by a clock that has gone back since; it is
#: ignored.
TAKE = """
INSERT INTO reminders_gatewaypace AS pace (channel, next_at)
VALUES (%(channel)s, clock_timestamp() + %(gap)s * interval '1 second')
ON CONFLICT (channel) DO UPDATE
SET next_at = %(gap)s * interval '1 second' + CASE
    WHEN pace.next_at > clock_timestamp() + %(furthest)s * interval '1 second' THEN clock_timestamp()
    ELSE GREATEST(pace.next_at, clock_timestamp())
END
WHERE pace.next_at <= clock_timestamp() + %(patience)s * interval '1 second'
OR pace.next_at > clock_timestamp() + %(furthest)s * interval '1 second'
RETURNING EXTRACT(EPOCH FROM next_at - clock_timestamp()) - %(gap)s
"""


def per_second(channel: str) -> float:
    """Return the messages per second that the settings allow; 0 means no limit."""
    by_channel = {
        Channel.SMS: settings.REMINDER_SMS_PER_SECOND,
        Channel.EMAIL: settings.REMINDER_EMAIL_PER_SECOND,
    }
    return float(by_channel[Channel(channel)])


def wait_for_turn(channel: str, *, patience: float) -> bool:
    """Wait until a message may go; False if that would take more than `patience` seconds."""
    limit = per_second(channel)
    if limit <= 0:
        return True
    with connection.cursor() as cursor:
        values: dict[str, str | float] = {
            "channel": channel,
            "gap": 1 / limit,
            "patience": min(max(patience, 0.0), LONGEST_PATIENCE),
            "furthest": LONGEST_PATIENCE + 1 / limit,
        }
        cursor.execute(TAKE, values)
        row = cursor.fetchone()
    if row is None:
        return False
    time.sleep(max(0.0, float(row[0])))
    return True
