"""Retention: the counting rules on tallies, and the same rules on real tables."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from access.actions.accounts import service_account
from access.enums import Role
from access.models import RoleAssignment, Site, User
from appointments.models import Appointment, AppointmentType
from dispensary.enums import DoseOutcome
from dispensary.models.doses import DoseRecord
from outcomes.enums import Ending, Grouping, Measure
from outcomes.queries import reportable_episodes, retention_report
from outcomes.retention import (
    GroupRetention,
    GroupTally,
    RetentionQuestion,
    RetentionReport,
    summarize,
)
from patients.models import Episode, Patient, Program
from treatments.enums import Arm, PlanStatus, Product
from treatments.models import Goal, Intervention, Problem, TreatmentPlan

START = date(2025, 1, 6)
AS_OF = date(2025, 12, 31)
NOW = datetime(2025, 12, 31, 12, tzinfo=UTC)


def question(
    *,
    days: int = 100,
    by: Grouping = Grouping.MEDICATION,
    measure: Measure = Measure.COVERAGE,
    as_of: date = AS_OF,
) -> RetentionQuestion:
    return RetentionQuestion(measure=measure, by=by, days=days, as_of=as_of)


# --- counting --------------------------------------------------------------------------------


def tally(days: int, ending: Ending, *, episodes: int = 1, old_enough: bool = True) -> GroupTally:
    return GroupTally(
        key="methadone",
        label="Methadone",
        days=days,
        ending=ending,
        could_be_retained=old_enough,
        episodes=episodes,
    )


def test_every_episode_is_judged_or_said_why_not() -> None:
    (group,) = summarize(
        question=question(),
        tallies=[
            tally(100, Ending.DEPARTED, episodes=3),
            tally(99, Ending.DEPARTED, episodes=2),
            tally(40, Ending.IN_CARE, old_enough=False, episodes=5),
            tally(20, Ending.DEPARTED, old_enough=False, episodes=4),
            tally(95, Ending.IN_CARE),
            tally(30, Ending.ADMINISTRATIVE),
            tally(150, Ending.ADMINISTRATIVE),
        ],
    ).groups
    assert (group.retained, group.left_before, group.denominator) == (4, 2, 6)
    assert (group.too_recent, group.in_care_before, group.administrative_before) == (9, 1, 1)
    assert (group.episodes, group.not_judged, group.percent) == (17, 11, 67)
    assert (group.censored_in_care, group.censored_administrative) == (6, 2)


def test_without_a_signed_plan_nobody_is_in_a_group() -> None:
    report = summarize(question=question(), tallies=[tally(0, Ending.NO_PLAN, episodes=3)])
    assert report.without_plan == 3
    assert report.groups == ()
    assert report.total.percent is None
    assert report.comparison is None


def test_the_definition_says_what_is_counted() -> None:
    said = summarize(question=question(), tallies=[]).definition
    assert "last dose given or taken home" in said
    assert "appointment kept on a day when the active plan version had no medication" in said
    assert "100 days or more" in said
    assert "31 Dec 2025" in said


def test_retention_on_the_first_day_means_nothing() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        question(days=0)


@given(st.lists(st.integers(0, 200), min_size=1), st.integers(1, 200))
def test_without_censoring_the_estimate_is_the_proportion(ends: list[int], days: int) -> None:
    (group,) = summarize(
        question=question(days=days), tallies=[tally(end, Ending.DEPARTED) for end in ends]
    ).groups
    assert group.estimate is not None
    assert group.estimate.retained == pytest.approx(group.proportion)


# --- tables ----------------------------------------------------------------------------------

Stay = Callable[..., Episode]


@pytest.fixture
def site() -> Site:
    return Site.objects.create(code="main", name="Main", neutral_name="Main")


@pytest.fixture
def staff() -> User:
    return service_account("test", now=NOW)


@pytest.fixture
def stay(site: Site, staff: User) -> Stay:
    """An episode that began on START, with a signed plan unless there is to be none."""
    program = Program.objects.create(site=site, code="otp", name="OTP")

    def made(
        *, product: str = "", behavioral: bool = False, end: date | None = None, reason: str = ""
    ) -> Episode:
        patient = Patient.objects.create(
            site=site, given_name="A", family_name="B", birth_date=START, recorded_at=NOW
        )
        episode = Episode.objects.create(
            patient=patient,
            program=program,
            site=site,
            admission_date=START,
            discharge_date=end,
            discharge_reason=reason,
            recorded_at=NOW,
        )
        if product or behavioral:
            plan_for(episode, staff, product=product, behavioral=behavioral)
        return episode

    return made


def plan_for(
    episode: Episode,
    by: User,
    *,
    product: str = "",
    behavioral: bool = False,
    number: int = 1,
    start: date | None = None,
) -> None:
    """Version `number`; the one in force before ends on its start."""
    start = start or episode.admission_date
    TreatmentPlan.objects.active().filter(episode=episode).update(
        status=PlanStatus.SUPERSEDED, end_date=start
    )
    plan = TreatmentPlan.objects.create(
        episode=episode,
        patient=episode.patient,
        site=episode.site,
        number=number,
        written_by=by,
        recorded_at=NOW,
    )
    problem = Problem.objects.create(plan=plan, area="opioid_use", description="OUD")
    goal = Goal.objects.create(problem=problem, description="Stay")
    if product:
        Intervention.objects.create(
            goal=goal, arm=Arm.MEDICATION, product=product, dose_mg=8, interval_days=1
        )
    if behavioral:
        Intervention.objects.create(
            goal=goal, arm=Arm.BEHAVIORAL, modality="cbt", frequency="weekly"
        )
    plan.status = PlanStatus.ACTIVE
    plan.start_date, plan.signed_by, plan.signed_at = start, by, NOW
    plan.save()


def give(
    episode: Episode, by: User, day: int, *, product: str, outcome: str = DoseOutcome.GIVEN
) -> DoseRecord:
    missed = outcome == DoseOutcome.MISSED
    return DoseRecord.objects.create(
        patient=episode.patient,
        episode=episode,
        site=episode.site,
        dose_date=START + timedelta(days=day),
        outcome=outcome,
        product=product,
        amount_mg=None if missed else Decimal(80),
        recorded_by=by,
        recorded_at=NOW,
    )


def visit(episode: Episode, day: int, *, status: str = "completed") -> None:
    kind, _ = AppointmentType.objects.get_or_create(code="talk", defaults={"name": "Talk"})
    starts = datetime(2025, 1, 6, 15, tzinfo=UTC) + timedelta(days=day)
    Appointment.objects.create(
        patient=episode.patient,
        site=episode.site,
        type=kind,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=30),
        held_since=NOW,
        status=status,
        recorded_at=NOW,
    )


def answer(**options: object) -> RetentionReport:
    return retention_report(episodes=Episode.objects.all(), question=question(**options))  # type: ignore[arg-type]


def only(report: RetentionReport) -> GroupRetention:
    (group,) = report.groups
    return group


def last_day(report: RetentionReport) -> int:
    return only(report).curve.last_day


@pytest.mark.django_db
def test_covered_until_the_last_dose_taken(stay: Stay, staff: User) -> None:
    episode = stay(product=Product.METHADONE_ORAL)
    give(episode, staff, 0, product=Product.METHADONE_ORAL)
    give(episode, staff, 120, product=Product.METHADONE_ORAL, outcome=DoseOutcome.TAKE_HOME)
    give(episode, staff, 121, product=Product.METHADONE_ORAL, outcome=DoseOutcome.MISSED)
    group = only(answer(days=120))
    assert (group.label, group.retained, group.denominator) == ("Methadone", 1, 1)
    # Nothing has covered this open episode for months: it counts as left.
    assert (group.curve.departed, group.curve.last_day) == (1, 120)
    assert only(answer(days=121)).retained == 0


@pytest.mark.django_db
def test_a_voided_dose_covers_nothing(stay: Stay, staff: User) -> None:
    episode = stay(product=Product.METHADONE_ORAL)
    give(episode, staff, 10, product=Product.METHADONE_ORAL)
    wrong = give(episode, staff, 60, product=Product.METHADONE_ORAL)
    DoseRecord.objects.create(
        patient=episode.patient,
        episode=episode,
        site=episode.site,
        dose_date=wrong.dose_date,
        outcome=DoseOutcome.VOID,
        product=wrong.product,
        voids=wrong,
        reason="Wrong patient",
        recorded_by=staff,
        recorded_at=NOW,
    )
    assert last_day(answer()) == 10


@pytest.mark.django_db
def test_an_injection_covers_its_window(stay: Stay, staff: User) -> None:
    episode = stay(product=Product.NALTREXONE_INJECTION)
    give(episode, staff, 28, product=Product.NALTREXONE_INJECTION)
    assert last_day(answer()) == 28 + 27
    # Known on the day after it was given: covered until that day and no further.
    report = answer(as_of=START + timedelta(days=29))
    assert (last_day(report), only(report).censored_in_care) == (29, 1)


@pytest.mark.django_db
def test_coverage_ends_with_the_episode(stay: Stay, staff: User) -> None:
    episode = stay(
        product=Product.NALTREXONE_INJECTION, end=START + timedelta(days=5), reason="death"
    )
    give(episode, staff, 0, product=Product.NALTREXONE_INJECTION)
    report = answer()
    assert (last_day(report), only(report).curve.departed) == (5, 1)


@pytest.mark.django_db
def test_without_medication_a_kept_visit_covers_its_day(stay: Stay) -> None:
    episode = stay(behavioral=True)
    visit(episode, 7)
    visit(episode, 14, status="no_show")
    report = answer(by=Grouping.ARM)
    assert (only(report).label, last_day(report)) == ("Behavioral only", 7)


@pytest.mark.django_db
def test_who_stops_medication_and_stays_in_counselling_has_stayed(stay: Stay, staff: User) -> None:
    episode = stay(product=Product.METHADONE_ORAL)
    for day in range(10):
        give(episode, staff, day, product=Product.METHADONE_ORAL)
    plan_for(episode, staff, behavioral=True, number=2, start=START + timedelta(days=10))
    for day in range(14, 200, 7):
        visit(episode, day)
    group = only(answer(days=180, as_of=START + timedelta(days=200)))
    assert (group.label, group.retained, group.left_before) == ("Methadone", 1, 0)
    assert group.curve.last_day == 196


@pytest.mark.django_db
def test_under_a_plan_with_medication_a_visit_covers_nothing(stay: Stay, staff: User) -> None:
    """From the day of the change on, not before it; and a later dose counts as ever."""
    episode = stay(behavioral=True)
    plan_for(episode, staff, product=Product.METHADONE_ORAL, number=2, start=START + timedelta(20))
    for day in (12, 19, 20, 60):
        visit(episode, day)
    assert last_day(answer()) == 19
    give(episode, staff, 25, product=Product.METHADONE_ORAL)
    assert last_day(answer()) == 25


@pytest.mark.django_db
def test_a_change_after_the_day_asked_about_is_not_known(stay: Stay, staff: User) -> None:
    episode = stay(product=Product.METHADONE_ORAL)
    give(episode, staff, 5, product=Product.METHADONE_ORAL)
    plan_for(episode, staff, behavioral=True, number=2, start=START + timedelta(days=30))
    visit(episode, 31)
    assert last_day(answer(as_of=START + timedelta(days=29))) == 5
    assert last_day(answer(as_of=START + timedelta(days=31))) == 31


@pytest.mark.django_db
def test_a_visit_on_the_day_of_discharge_is_the_last(stay: Stay) -> None:
    end = START + timedelta(days=40)
    episode = stay(behavioral=True, end=end, reason="completed")
    TreatmentPlan.objects.update(status=PlanStatus.CLOSED, end_date=end)
    visit(episode, 40)
    visit(episode, 47)
    assert last_day(answer()) == 40


@pytest.mark.django_db
def test_never_dosed_is_not_retained(stay: Stay) -> None:
    stay(product=Product.METHADONE_ORAL, end=START + timedelta(days=3), reason="dropped_out")
    group = only(answer(days=1))
    assert (group.retained, group.left_before) == (0, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reason", "departed"),
    [
        ("dropped_out", 1),
        ("terminated", 1),
        ("incarcerated", 1),
        ("death", 1),
        ("other", 1),
        ("completed", 0),
        ("transferred", 0),
        ("study_ended", 0),
    ],
)
def test_administrative_ends_are_censored(stay: Stay, reason: str, departed: int) -> None:
    stay(behavioral=True, end=START + timedelta(days=50), reason=reason)
    group = only(answer(measure=Measure.EPISODE))
    assert (group.curve.departed, group.curve.last_day) == (departed, 50)
    assert group.administrative_before == 1 - departed


@pytest.mark.django_db
def test_what_came_after_the_day_asked_about_is_not_known(stay: Stay) -> None:
    stay(behavioral=True, end=START + timedelta(days=50), reason="dropped_out")
    group = only(answer(measure=Measure.EPISODE, as_of=START + timedelta(days=30)))
    assert (group.censored_in_care, group.curve.last_day, group.too_recent) == (1, 30, 1)


@pytest.mark.django_db
def test_a_plan_that_began_later_is_not_known_yet(stay: Stay, staff: User) -> None:
    episode = stay()
    plan_for(episode, staff, behavioral=True, start=START + timedelta(days=31))
    assert answer(as_of=START + timedelta(days=30)).without_plan == 1
    assert answer(as_of=START + timedelta(days=31)).without_plan == 0


@pytest.mark.django_db
def test_groups_by_what_the_first_plan_holds(stay: Stay) -> None:
    stay(product=Product.METHADONE_ORAL)
    stay(product=Product.SUBLOCADE, behavioral=True)
    stay(behavioral=True)
    stay()
    by_arm = answer(by=Grouping.ARM, measure=Measure.EPISODE)
    assert [group.label for group in by_arm.groups] == [
        "Behavioral only",
        "Medication and behavioral",
        "Medication only",
        "No signed plan",
    ]
    by_medication = answer(by=Grouping.MEDICATION)
    assert [group.label for group in by_medication.groups] == [
        "Buprenorphine",
        "Methadone",
        "No medication",
    ]
    assert by_medication.without_plan == 1


@pytest.mark.django_db
def test_one_statement_whatever_the_number_of_episodes(stay: Stay) -> None:
    for number in (1, 30):
        for _ in range(number):
            stay(product=Product.METHADONE_ORAL)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer(by=Grouping.SITE)
        assert len(queries) == 1


@pytest.mark.django_db
def test_only_sites_whose_outcomes_one_may_see(stay: Stay, site: Site) -> None:
    stay(behavioral=True)
    director, stranger, desk = (
        User.objects.create(email=f"{name}@example.org", name=name, created_at=NOW)
        for name in ("director", "stranger", "desk")
    )
    elsewhere = Site.objects.create(code="else", name="Else", neutral_name="Else")
    for user, role, place in (
        (director, Role.CLINICAL_DIRECTOR, site),
        (stranger, Role.CLINICAL_DIRECTOR, elsewhere),
        (desk, Role.FRONT_DESK, site),
    ):
        RoleAssignment.objects.create(user=user, role=role, site=place, granted_at=NOW)
    seen = {
        user.name: retention_report(
            episodes=reportable_episodes(user), question=question()
        ).total.episodes
        for user in (director, stranger, desk)
    }
    assert seen == {"director": 1, "stranger": 0, "desk": 0}


@pytest.mark.django_db
def test_the_command_prints_what_the_page_shows(stay: Stay) -> None:
    stay(behavioral=True, end=START + timedelta(days=50), reason="dropped_out")
    arguments = {"measure": "episode", "days": 50, "as_of": AS_OF, "program": "otp", "site": "main"}
    out = StringIO()
    call_command("report", "retention", format="json", stdout=out, **arguments)
    printed = json.loads(out.getvalue())
    shown = only(answer(days=50, measure=Measure.EPISODE))
    assert printed["groups"][0]["percent"] == shown.percent == 100
    assert printed["groups"][0]["median_days"] == 50
    text = StringIO()
    call_command("report", "retention", stdout=text, **arguments)
    assert "100 %" in text.getvalue()
    with pytest.raises(CommandError, match="program code 'nowhere'"):
        call_command("report", "retention", program="nowhere")
