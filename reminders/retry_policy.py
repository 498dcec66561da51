"""Send due reminders: claim, commit, check again, hand over, save the result.

A message is handed over at most once. The claim is a lease in the table. A worker that dies after
handing over leaves an `uncertain` row, which is sent again only if a staff member asks for it; a
worker that dies before leaves a row that the next run takes up again. What a gateway could not take
is tried again as long as it would still help.

A worker that outlives its lease has lost the row: every update of the row checks that the claim is
still this run's (decision 5 says which test fails without which guard).
"""

from __future__ import annotations

from datetime import timedelta

#: Wait after each try that the gateway could not take; the last value repeats.
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20, 30))
