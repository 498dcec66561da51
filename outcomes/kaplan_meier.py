"""Kaplan-Meier estimate of time to leaving treatment, and the log-rank test.

No database and no patient data are used here. The input is a tally per day (how many left, how many
were last seen still in care), so the cost of a hundred thousand episodes depends only on the number
of distinct days.

Sources: Kaplan & Meier 1958 (estimate), Greenwood 1926 (variance), Kalbfleisch & Prentice 1980
(log-minus-log confidence limits), Mantel 1966 and Peto & Peto 1972 (log-rank test).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import erfc, exp, inf, lgamma, log, sqrt
from statistics import NormalDist

# A product of fractions that should be exactly one half may have a rounding error.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTally:
    """Patients whose observation ended on this day: they left, or were still in care (censored)."""

    day: int
    departed: int = 0
    censored: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """The estimate from `day` until the next point; `at_risk` is that at the start of the day."""

    day: int
    at_risk: int
    departed: int
    censored: int
    retained: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A Kaplan-Meier curve with one point for every day with a departure or a censoring."""

    points: tuple[CurvePoint, ...]
    people: int
    departed: int
    censored: int
    confidence: float

    @property
    def median(self) -> int | None:
        """First day on which half or fewer are still in care; None if it is not reached."""
        half = 0.5 + ROUNDING
        return next((point.day for point in self.points if point.retained <= half), None)

    @property
    def last_day(self) -> int:
        """The longest observation in days; the curve ends there."""
        return self.points[-1].day if self.points else 0

    def at(self, *, day: int) -> CurvePoint | None:
        """The estimate on `day`; None beyond the longest observation, unless all have left."""
        if self.at_risk(day=day) == 0 and (not self.points or self.points[-1].retained > 0):
            return None
        held = [point for point in self.points if point.day <= day]
        if held:
            return held[-1]
        return CurvePoint(
            day=0, at_risk=self.people, departed=0, censored=0, retained=1.0, low=1.0, high=1.0
        )

    def at_risk(self, *, day: int) -> int:
        """Number of patients whose observation lasted at least `day` days."""
        return next((point.at_risk for point in self.points if point.day >= day), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRank:
    """Log-rank test of the hypothesis that patients leave equally fast in all groups."""

    chi_square: float
    degrees_of_freedom: int
    p_value: float


def kaplan_meier(*, tallies: Iterable[DayTally], confidence: float = 0.95) -> Curve:
    """The product-limit estimate, with Greenwood's variance and log-minus-log limits.

    On the same day departures come before censorings: a patient who is censored on a day was still
    at risk when others left on it.
    """
    days = _merge_days(tallies)
    people = at_risk = sum(tally.departed + tally.censored for tally in days)
    deviate = NormalDist().inv_cdf((1 + confidence) / 2)
    retained, hazard_variance = 1.0, 0.0
    points: list[CurvePoint] = []
    for tally in days:
        remaining = at_risk - tally.departed
        retained *= remaining / at_risk
        hazard_variance += _greenwood_term(departed=tally.departed, at_risk=at_risk)
        low, high = _limits(retained=retained, hazard_variance=hazard_variance, deviate=deviate)
        points.append(
            CurvePoint(
                day=tally.day,
                at_risk=at_risk,
                departed=tally.departed,
                censored=tally.censored,
                retained=retained,
                low=low,
                high=high,
            )
        )
        at_risk = remaining - tally.censored
    return Curve(
        points=tuple(points),
        people=people,
        departed=sum(tally.departed for tally in days),
        censored=sum(tally.censored for tally in days),
        confidence=confidence,
    )


def log_rank(*, groups: Mapping[str, Iterable[DayTally]]) -> LogRank | None:
    """Mantel's log-rank test for any number of groups; None if there is nothing to compare."""
    tables = [tallies for tallies in map(_merge_days, groups.values()) if tallies]
    surplus, covariance = _surplus_and_covariance(tables)
    # A group that ended before the first departure has no information. The surpluses of the others
    # add up to zero, so the last one adds nothing.
    kept = [row for row in range(len(tables)) if covariance[row][row] > ROUNDING][:-1]
    if not kept:
        return None
    matrix = [[covariance[row][column] for column in kept] for row in kept]
    vector = [surplus[row] for row in kept]
    weights = _solve(matrix, vector)
    statistic = sum(value * weight for value, weight in zip(vector, weights, strict=True))
    return LogRank(
        chi_square=statistic,
        degrees_of_freedom=len(kept),
        p_value=chi_square_survival(statistic=statistic, degrees_of_freedom=len(kept)),
    )


def chi_square_survival(*, statistic: float, degrees_of_freedom: int) -> float:
    """P(chi-square > statistic), by the recurrence Q(a+1, x) = Q(a, x) + x^a e^-x / Gamma(a+1).

    Exact for whole degrees of freedom: it starts from Q(1/2, x) = erfc(sqrt x) or Q(1, x) = e^-x.
    Raises ValueError for less than one degree of freedom.
    """
    if degrees_of_freedom < 1:
        raise ValueError("A chi-square distribution needs at least one degree of freedom.")
    if statistic <= 0:
        return 1.0
    half = statistic / 2
    shape = 1.0 if degrees_of_freedom % 2 == 0 else 0.5
    tail = exp(-half) if shape == 1.0 else erfc(sqrt(half))
    while shape < degrees_of_freedom / 2:
        tail += exp(shape * log(half) - half - lgamma(shape + 1))
        shape += 1
    return min(tail, 1.0)


def _merge_days(tallies: Iterable[DayTally]) -> list[DayTally]:
    """Merge into one tally per day, in order of days, without empty ones. Raises ValueError."""
    totals: dict[int, tuple[int, int]] = {}
    for tally in tallies:
        if tally.day < 0 or tally.departed < 0 or tally.censored < 0:
            raise ValueError(f"A tally counts forward from day 0: {tally}.")
        departed, censored = totals.get(tally.day, (0, 0))
        totals[tally.day] = (departed + tally.departed, censored + tally.censored)
    return [
        DayTally(day=day, departed=departed, censored=censored)
        for day, (departed, censored) in sorted(totals.items())
        if departed or censored
    ]


def _greenwood_term(*, departed: int, at_risk: int) -> float:
    remaining = at_risk - departed
    if departed == 0:
        return 0.0
    return departed / (at_risk * remaining) if remaining else inf


def _limits(*, retained: float, hazard_variance: float, deviate: float) -> tuple[float, float]:
    """Confidence limits on the log-minus-log scale, which stay within 0 and 1."""
    if hazard_variance in (0, inf):
        return retained, retained
    spread = deviate * sqrt(hazard_variance) / -log(retained)
    return retained ** exp(spread), retained ** exp(-spread)


def _surplus_and_covariance(
    tables: Sequence[Sequence[DayTally]],
) -> tuple[list[float], list[list[float]]]:
    """Observed minus expected departures per group, and their hypergeometric covariance."""
    size = range(len(tables))
    at_risk = [sum(tally.departed + tally.censored for tally in table) for table in tables]
    surplus = [0.0 for _ in size]
    covariance = [[0.0 for _ in size] for _ in size]
    for tallies in _by_day(tables):
        total, departed = sum(at_risk), sum(tally.departed for tally in tallies)
        scale = departed * (total - departed) / (total - 1) if total > 1 else 0.0
        shares = [number / total for number in at_risk]
        for row in size:
            surplus[row] += tallies[row].departed - departed * shares[row]
            for column in size:
                same = 1.0 if row == column else 0.0
                covariance[row][column] += scale * shares[row] * (same - shares[column])
        for row, tally in enumerate(tallies):
            at_risk[row] -= tally.departed + tally.censored
    return surplus, covariance


def _by_day(tables: Sequence[Sequence[DayTally]]) -> Iterable[list[DayTally]]:
    """For every day with a departure or a censoring, the tally of each group."""
    lookup = [{tally.day: tally for tally in table} for table in tables]
    for day in sorted({tally.day for table in tables for tally in table}):
        yield [days.get(day, DayTally(day=day)) for days in lookup]


def _solve(matrix: Sequence[Sequence[float]], vector: Sequence[float]) -> list[float]:
    """Solve matrix · x = vector for x; the matrix is small and positive definite."""
    rows = [[*line, value] for line, value in zip(matrix, vector, strict=True)]
    size = len(rows)
    for pivot in range(size):
        best = max(range(pivot, size), key=lambda row: abs(rows[row][pivot]))
        rows[pivot], rows[best] = rows[best], rows[pivot]
        for row in range(pivot + 1, size):
            factor = rows[row][pivot] / rows[pivot][pivot]
            rows[row] = [
                value - factor * above for value, above in zip(rows[row], rows[pivot], strict=True)
            ]
    solution = [0.0] * size
    for row in reversed(range(size)):
        known = sum(rows[row][column] * solution[column] for column in range(row + 1, size))
        solution[row] = (rows[row][size] - known) / rows[row][row]
    return solution
