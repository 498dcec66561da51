"""Write plans in bulk: first as drafts with their content, then signed, as triggers require."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection

from exchange.bulk_insert import Batch, Ids


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSignature:
    """The signature of a draft that a bulk load wrote."""

    plan_id: int
    status: str
    signed_by_id: int
    signed_at: datetime
    start_date: date
    end_date: date | None


def sign_plans(signatures: Sequence[PlanSignature]) -> None:
    """Sign drafts in one statement: triggers freeze a plan once it is signed."""
    columns = [
        [getattr(signature, name) for signature in signatures]
        for name in ("plan_id", "status", "signed_by_id", "signed_at", "start_date", "end_date")
    ]
    statement = """
        UPDATE treatments_treatmentplan plan
        SET status = signed.status, signed_by_id = signed.signed_by_id,
            signed_at = signed.signed_at, start_date = signed.start_date,
            end_date = signed.end_date
        FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::timestamptz[], %s::date[], %s::date[])
             AS signed(plan_id, status, signed_by_id, signed_at, start_date, end_date)
        WHERE plan.id = signed.plan_id AND plan.status = 'draft'
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, columns)


@dataclass(kw_only=True)
class PlanRounds:
    """Plans by version: an episode has one draft at a time, so each version is written in turn."""

    ids: Ids
    rounds: list[tuple[Batch, list[PlanSignature]]] = field(default_factory=list)

    def of_version(self, number: int) -> tuple[Batch, list[PlanSignature]]:
        while len(self.rounds) < number:
            self.rounds.append((Batch(self.ids), []))
        return self.rounds[number - 1]

    def write(self) -> None:
        """Write each version as drafts with content, then sign. Call inside a transaction."""
        for batch, signatures in self.rounds:
            batch.write()
            sign_plans(signatures)
            signatures.clear()
