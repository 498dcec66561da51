"""What became of every reminder, by the clinic's table and by what the gateway wrote down."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Protocol

#: By an hour inside the day before: long enough for planning to have come by.
SECOND_MISSING = """
    SELECT count(*) FROM appointments_appointment visit
    WHERE starts_at BETWEEN now() + interval '3 hours' AND now() + interval '23 hours'
    AND NOT EXISTS (
        SELECT FROM reminders_reminder WHERE subject_id = visit.id AND step = 'one_day'
    )
"""


class Judged(Protocol):
    """A clinic after the blows."""

    blows: Counter[str]

    def sql(self, statement: str) -> list[Any]: ...

    def taken(self) -> list[str]: ...


@dataclass
class Verdict:
    """What was found at the end; `faults` empty: it held."""

    statuses: Counter[str]
    taken: int
    blows: Counter[str]
    faults: list[str] = field(default_factory=list)

    def words(self) -> str:
        lines = [
            f"reminders: {dict(self.statuses)}; the gateway took {self.taken}",
            f"blows: {dict(self.blows)}",
            *(f"FAULT {fault}" for fault in self.faults),
        ]
        return "\n".join([*lines, "held" if not self.faults else "did not hold"])


def judge(clinic: Judged, due: int, settled: bool) -> Verdict:
    rows = {
        f"{pk}-1": (status, reason, failure)
        for pk, status, reason, failure in clinic.sql(
            "SELECT id, status, skip_reason, length(failure) FROM reminders_reminder"
        )
    }
    taken = Counter(clinic.taken())
    verdict = Verdict(Counter(row[0] for row in rows.values()), taken.total(), clinic.blows)
    faults = verdict.faults
    if not settled:
        faults.append("something waits for ever")
    doubles = [key for key, times in taken.items() if times > 1]
    faults += [f"{len(doubles)} sent twice"] if doubles else []
    (visits_without,) = clinic.sql(
        "SELECT count(*) FROM appointments_appointment visit WHERE NOT EXISTS"
        " (SELECT FROM reminders_reminder WHERE subject_id = visit.id)"
    )[0]
    faults += [f"{visits_without} visits of {due} never planned"] if visits_without else []
    (second_missing,) = clinic.sql(SECOND_MISSING)[0]
    faults += [f"{second_missing} visits without their last step"] if second_missing else []
    for key, (status, reason, failure) in rows.items():
        if status == "sent" and key not in taken:
            faults.append(f"{key} counts as sent and was not")
        if status in {"skipped", "failed"} and key in taken:
            faults.append(f"{key} counts as {status} and was sent")
        if (status == "skipped" and not reason) or (
            status in {"failed", "uncertain"} and not failure
        ):
            faults.append(f"{key} is {status} without a reason")
    unknown = set(taken) - set(rows)
    faults += [f"{len(unknown)} sent that no row knows"] if unknown else []
    return verdict
