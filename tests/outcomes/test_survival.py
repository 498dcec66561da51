"""Kaplan-Meier and log-rank: against published figures, hand-worked examples and their own laws."""

import csv
import math
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.kaplan_meier import Curve, DayTally, chi_square_survival, kaplan_meier, log_rank
from tests.outcomes.golden import real_data

Observation = tuple[int, bool]
observations = st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=80)
departures = st.lists(st.integers(0, 60), min_size=1, max_size=80)


def tallies(people: list[Observation]) -> list[DayTally]:
    return [DayTally(day=day, departed=int(left), censored=int(not left)) for day, left in people]


def curve(people: list[Observation]) -> Curve:
    return kaplan_meier(tallies=tallies(people))


def addicts() -> dict[str, list[DayTally]]:
    groups: dict[str, list[DayTally]] = defaultdict(list)
    with real_data("addicts.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            left = int(row["status"])
            groups[row["clinic"]].append(
                DayTally(day=int(row["survt"]), departed=left, censored=1 - left)
            )
    return groups


def test_addicts_medians_as_published() -> None:
    groups = addicts()
    first, second = (kaplan_meier(tallies=groups[clinic]) for clinic in ("1", "2"))
    assert (first.people, first.departed, first.median) == (163, 122, 428)
    assert (second.people, second.departed, second.median) == (75, 28, None)


def test_addicts_log_rank_as_published() -> None:
    result = log_rank(groups=addicts())
    assert result is not None
    assert round(result.chi_square, 3) == 27.893
    assert result.degrees_of_freedom == 1
    assert result.p_value == pytest.approx(1.28e-7, rel=0.01)


def test_the_worked_example_of_freireich_1963() -> None:
    """Weeks of remission on 6-MP: S(6) = 0.857, S(10) = 0.753, S(23) = 0.448."""
    left = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    still_in = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    drug = [(week, True) for week in left] + [(week, False) for week in still_in]
    placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    estimate = curve(drug)
    shown = {point.day: round(point.retained, 3) for point in estimate.points}
    assert (shown[6], shown[10], shown[23]) == (0.857, 0.753, 0.448)
    assert estimate.median == 23
    result = log_rank(
        groups={"drug": tallies(drug), "placebo": tallies([(week, True) for week in placebo])}
    )
    assert result is not None
    assert result.chi_square == pytest.approx(16.793, abs=0.001)


@given(observations)
def test_the_curve_never_rises_and_its_limits_hold_it(people: list[Observation]) -> None:
    heights = [1.0]
    for point in curve(people).points:
        assert 0 <= point.low <= point.retained + 1e-12
        assert point.retained <= point.high + 1e-12 <= 1 + 2e-12
        assert point.retained <= heights[-1] + 1e-12
        heights.append(point.retained)


@given(departures, st.integers(0, 60))
def test_without_censoring_it_is_the_plain_proportion(days: list[int], asked: int) -> None:
    estimate = curve([(day, True) for day in days]).at(day=asked)
    beyond = sum(day > asked for day in days) / len(days)
    assert (estimate.retained if estimate else None) == pytest.approx(beyond)


@given(observations, st.randoms(use_true_random=False))
def test_the_order_of_people_does_not_matter(people: list[Observation], random: object) -> None:
    shuffled = people[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert curve(shuffled) == curve(people)


@given(observations)
def test_everybody_is_counted_once(people: list[Observation]) -> None:
    estimate = curve(people)
    assert estimate.people == len(people) == estimate.departed + estimate.censored
    assert sum(point.departed for point in estimate.points) == estimate.departed
    for point in estimate.points:
        assert point.at_risk == sum(day >= point.day for day, _ in people)


@given(observations)
def test_the_median_is_where_the_curve_first_halves(people: list[Observation]) -> None:
    estimate = curve(people)
    low_enough = [point.day for point in estimate.points if point.retained <= 0.5 + 1e-9]
    assert estimate.median == (min(low_enough) if low_enough else None)


@given(observations)
def test_a_group_compared_with_its_copy_differs_by_nothing(people: list[Observation]) -> None:
    result = log_rank(groups={"a": tallies(people), "b": tallies(people)})
    if result is not None:
        assert result.chi_square == pytest.approx(0, abs=1e-9)
        assert result.p_value == pytest.approx(1, abs=1e-4)


@given(st.lists(observations, min_size=2, max_size=4))
def test_the_log_rank_test_does_not_care_how_groups_are_ordered(
    groups: list[list[Observation]],
) -> None:
    forward = log_rank(groups={str(i): tallies(people) for i, people in enumerate(groups)})
    backward = log_rank(
        groups={str(i): tallies(people) for i, people in reversed(list(enumerate(groups)))}
    )
    assert (forward is None) == (backward is None)
    if forward is not None and backward is not None:
        assert forward.degrees_of_freedom == backward.degrees_of_freedom
        assert forward.chi_square == pytest.approx(backward.chi_square, rel=1e-6, abs=1e-9)
        assert 0 <= forward.p_value <= 1


@pytest.mark.parametrize(
    ("degrees", "statistic"),
    [(1, 3.841459), (2, 5.991465), (3, 7.814728), (7, 14.067140), (10, 18.307038)],
)
def test_chi_square_at_the_tabulated_five_per_cent(degrees: int, statistic: float) -> None:
    tail = chi_square_survival(statistic=statistic, degrees_of_freedom=degrees)
    assert tail == pytest.approx(0.05, abs=1e-6)


def test_chi_square_at_its_edges() -> None:
    assert chi_square_survival(statistic=0, degrees_of_freedom=3) == 1
    assert 0 <= chi_square_survival(statistic=5000, degrees_of_freedom=400) < 1e-100
    with pytest.raises(ValueError, match="degree"):
        chi_square_survival(statistic=1, degrees_of_freedom=0)


def test_nobody_at_all() -> None:
    estimate = kaplan_meier(tallies=[])
    assert (estimate.people, estimate.median, estimate.last_day) == (0, None, 0)
    assert estimate.at(day=10) is None
    assert log_rank(groups={"a": [], "b": []}) is None


def test_the_curve_says_nothing_beyond_the_longest_observation() -> None:
    estimate = curve([(10, True), (20, False)])
    held = estimate.at(day=20)
    assert held is not None
    assert math.isclose(held.retained, 0.5)
    assert estimate.at(day=21) is None
    start = estimate.at(day=0)
    assert start is not None
    assert start.retained == 1


def test_once_all_have_left_nobody_is_retained_ever_after() -> None:
    held = curve([(3, True), (5, True)]).at(day=1000)
    assert held is not None
    assert held.retained == 0


def test_a_day_before_the_start_is_refused() -> None:
    with pytest.raises(ValueError, match="day 0"):
        kaplan_meier(tallies=[DayTally(day=-1, departed=1)])
