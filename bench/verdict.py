"""What became of every reminder, by the clinic's table and by what the gateway wrote down."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Protocol

VISITS = "SELECT count(*) FROM appointments_appointment visit WHERE "
REACHABLE = """
    EXISTS (SELECT FROM patients_contactpoint point WHERE point.patient_id = visit.patient_id)
"""
MESSAGE = """
    EXISTS (SELECT FROM reminders_reminder WHERE subject_id = visit.id AND subject_kind = '{}'
            AND step LIKE '{}')
"""
TASK = """
    EXISTS (SELECT FROM reminders_followup WHERE subject_id = visit.id AND reason = '{}')
"""
#: Words for a fault, and the visits that are one. By an hour inside each window: long enough for the
#: minute jobs to have come by. Begun or not: what fell due while all was down has its row and its reason.
LOST = {
    "visits never planned": f"{REACHABLE} AND NOT {MESSAGE.format('appointment', '%')}",
    "visits without their last step": f"""
        {REACHABLE} AND NOT {MESSAGE.format("appointment", "one_day")}
        AND starts_at - interval '1 day' BETWEEN held_since AND now() - interval '1 hour'
    """,
    "visits of whom nobody can be written to, without a task": f"""
        NOT {REACHABLE} AND NOT {TASK.format("unreachable")}
        AND starts_at BETWEEN now() + interval '1 hour' AND now() + interval '71 hours'
    """,
    "visits begun and not seen to be missed": """
        status <> 'no_show' AND starts_at < now() - interval '2 hours'
    """,
    "missed visits without a task": f"""
        NOT {TASK.format("no_show")} AND starts_at < now() - interval '2 hours'
    """,
    "missed visits without a word": f"""
        {REACHABLE} AND NOT {MESSAGE.format("missed_visit", "afterwards")}
        AND starts_at BETWEEN now() - interval '23 hours' AND now() - interval '2 hours'
    """,
}


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


def judge(clinic: Judged, settled: bool) -> Verdict:
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
    for words, condition in LOST.items():
        (count,) = clinic.sql(VISITS + condition)[0]
        faults += [f"{count} {words}"] if count else []
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
