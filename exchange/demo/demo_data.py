"""Fill the demonstration clinic: invent people and their treatment, and write in batches."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from random import Random

from django.db import connections, transaction

from access.actions.accounts import service_account
from access.audit import record
from access.enums import AuditAction
from access.models import User
from common.time_zones import day_of
from exchange.bulk_insert import Batch, Ids, analyze
from exchange.bulk_plan_signatures import PlanRounds
from exchange.demo.calendar import add_calendar
from exchange.demo.clinic import SEEDER, ZONE, Place, open_clinic
from exchange.demo.consents import add_consents
from exchange.demo.naloxone_and_tests import add_naloxone
from exchange.demo.people import invent_person
from exchange.demo.plans import add_plans
from exchange.demo.practitioner_calendar import Diary
from exchange.demo.records import (
    add_assessments,
    add_care_team,
    add_doses,
    add_drug_tests,
    add_ending,
    add_episode,
    add_events,
    add_history,
    open_chart,
)
from exchange.demo.treatment_course import imagine_course
from exchange.demo.visits import add_visits

PATIENTS_AT_ONCE = 250
WRITTEN_IN_STEP = 1000


@dataclass(frozen=True, kw_only=True)
class Seeding:
    """One seeding run: its random numbers, its time, and how much of the ledger it writes."""

    random: Random
    now: datetime
    today: date
    by: User
    diary: Diary
    doses_per_patient: int | None


def seed_clinic(
    *, patients: int, seed: int, doses_per_patient: int | None, now: datetime
) -> dict[str, int]:
    """Write `patients` synthetic patients with a year of treatment; return rows per table.

    `doses_per_patient` keeps only that many last ledger rows of each episode.
    """
    random = Random(seed)
    run = Seeding(
        random=random,
        now=now,
        today=day_of(now, ZONE),
        by=service_account(SEEDER, now=now),
        diary=Diary(random=random, zone=ZONE),
        doses_per_patient=doses_per_patient,
    )
    places, ids = _open(run=run, patients=patients), Ids()
    written: Counter[str] = Counter()
    with _writer(beside=patients > WRITTEN_IN_STEP) as write:
        for first in range(0, patients, PATIENTS_AT_ONCE):
            batch, rounds = Batch(ids), PlanRounds(ids=ids)
            for number in range(first, min(first + PATIENTS_AT_ONCE, patients)):
                _add_patient(
                    run=run, batch=batch, rounds=rounds, place=places[number % len(places)]
                )
            write(partial(_write, batch, rounds, written))
    with transaction.atomic():
        add_calendar(places=places, now=run.now)
    analyze()
    return dict(written)


@contextmanager
def _writer(*, beside: bool) -> Iterator[Callable[[Callable[[], None]], None]]:
    """Write at once or, for large clinics, in a thread while the next patients are invented."""
    if not beside:
        yield lambda job: job()
        return
    with ThreadPoolExecutor(max_workers=1) as thread:
        begun: list[Future[None]] = []

        def write(job: Callable[[], None]) -> None:
            _finish(begun)
            begun.append(thread.submit(job))

        try:
            yield write
            _finish(begun)
        finally:
            thread.submit(connections.close_all).result()


def _finish(begun: list[Future[None]]) -> None:
    """Wait for the batch being written and raise its error."""
    while begun:
        begun.pop().result()


@transaction.atomic
def _write(batch: Batch, rounds: PlanRounds, written: Counter[str]) -> None:
    batch.write()
    rounds.write()
    for one in (batch, *(plans for plans, _ in rounds.rounds)):
        written.update({name: count for name, count in one.written.items() if count})


@transaction.atomic
def _open(*, run: Seeding, patients: int) -> list[Place]:
    places = open_clinic(patients=patients, random=run.random, now=run.now)
    for place in places:
        record.record(
            AuditAction.SEED_DEMONSTRATION_CLINIC,
            on=place.site,
            now=run.now,
            by=run.by,
            detail={"patients": patients},
        )
    return places


def _add_patient(*, run: Seeding, batch: Batch, rounds: PlanRounds, place: Place) -> None:
    person = invent_person(random=run.random, today=run.today)
    stays = imagine_course(random=run.random, today=run.today)
    since = stays[0].start
    chart = open_chart(
        batch=batch,
        random=run.random,
        place=place,
        person=person,
        since=since,
        now=run.now,
        today=run.today,
        by=run.by,
    )
    add_history(chart=chart, since=since, birth_date=person.birth_date)
    add_care_team(chart=chart, stay=stays[-1])
    taken_days: set[date] = set()
    for stay in stays:
        episode_id = add_episode(chart=chart, stay=stay, referral=person.referral)
        add_consents(chart=chart, stay=stay, person=person)
        add_plans(chart=chart, rounds=rounds, episode_id=episode_id, stay=stay)
        doses = stay.doses[-run.doses_per_patient :] if run.doses_per_patient else stay.doses
        add_doses(chart=chart, episode_id=episode_id, regimen=stay.regimen, doses=doses)
        add_events(chart=chart, stay=stay)
        add_ending(chart=chart, stay=stay)
        add_assessments(chart=chart, stay=stay)
        add_drug_tests(chart=chart, stay=stay)
        add_naloxone(chart=chart, stay=stay)
        add_visits(chart=chart, diary=run.diary, stay=stay, taken_days=taken_days)
