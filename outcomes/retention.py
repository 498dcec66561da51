"""Retention figures computed from tallies of days, without reading the database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from outcomes.enums import Ending, Grouping, Measure
from outcomes.kaplan_meier import Curve, CurvePoint, DayTally, LogRank, kaplan_meier, log_rank

#: An open episode that nothing has covered for longer than this counts as left on its last covered
#: day. A clinic default: missed-dose rules require a new induction much earlier.
ALLOWED_GAP_DAYS = 14
#: For pages and the API, which know today's date. For a later day, every patient in care today
#: would count as retained: the report would assume its own answer.
NOT_KNOWN_YET = "The date is in the future. Choose today or an earlier date."


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionQuestion:
    """What a report asks: retained at `days`, grouping, measure, as known on `as_of`."""

    measure: Measure
    by: Grouping
    days: int
    as_of: date

    def __post_init__(self) -> None:
        if self.days < 1:
            raise ValueError("The number of days must be 1 or more.")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTally:
    """The number of episodes of one group that were observed for `days` and ended the same way.

    `could_be_retained` is true if they began early enough before the day of the report to be
    retained for the number of days that is asked.
    """

    key: str
    label: str
    days: int
    ending: Ending
    could_be_retained: bool
    episodes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRetention:
    """One row of the table and its curve. Counts are episodes of care.

    `denominator` is `retained` + `left_before`. Not in it are `too_recent` (began less than so many
    days ago: counting those who have left already, but not those who stay, would make retention
    look worse than it is), `in_care_before` (still in care, last covered before that day) and
    `administrative_before` (ended administratively before it). All are in the curve.
    """

    key: str
    label: str
    episodes: int
    retained: int
    left_before: int
    too_recent: int
    in_care_before: int
    administrative_before: int
    censored_in_care: int
    censored_administrative: int
    curve: Curve
    estimate: CurvePoint | None
    at_risk: int

    @property
    def denominator(self) -> int:
        return self.retained + self.left_before

    @property
    def proportion(self) -> float | None:
        """Proportion retained of the denominator; None if it is 0."""
        return self.retained / self.denominator if self.denominator else None

    @property
    def percent(self) -> int | None:
        """The proportion as a whole percentage, rounded half up."""
        if not self.denominator:
            return None
        return (200 * self.retained + self.denominator) // (2 * self.denominator)

    @property
    def not_judged(self) -> int:
        """Episodes outside the denominator."""
        return self.episodes - self.denominator

    @property
    def median(self) -> int | None:
        """Median days in treatment by Kaplan-Meier; None if it is not reached."""
        return self.curve.median


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionReport:
    """A retention report with everything needed to interpret it."""

    question: RetentionQuestion
    definition: str
    groups: tuple[GroupRetention, ...]
    total: GroupRetention
    comparison: LogRank | None
    without_plan: int


def summarize(*, question: RetentionQuestion, tallies: Iterable[GroupTally]) -> RetentionReport:
    """Compute table, curves and log-rank test from tallies."""
    by_group: dict[str, list[GroupTally]] = defaultdict(list)
    without_plan = 0
    for tally in tallies:
        if tally.ending == Ending.NO_PLAN:
            without_plan += tally.episodes
        else:
            by_group[tally.key].append(tally)
    everybody = [tally for group in by_group.values() for tally in group]
    groups = [
        _group(days=question.days, key=key, label=group[0].label, tallies=group)
        for key, group in by_group.items()
    ]
    return RetentionReport(
        question=question,
        definition=definition_of(question),
        groups=tuple(sorted(groups, key=lambda group: group.label)),
        total=_group(days=question.days, key="", label="All", tallies=everybody),
        comparison=_compare_groups(by_group),
        without_plan=without_plan,
    )


def definition_of(question: RetentionQuestion) -> str:
    """Explain the figures in one paragraph, shown below the table."""
    if question.measure == Measure.EPISODE:
        measured = "Time from admission to discharge from the episode of care."
        open_words = "Episodes still open are censored on that day."
    else:
        measured = (
            "Time from the start of the episode's first signed plan to the last day covered by "
            "treatment, the latest of these: the last dose given or taken home, an injection for as "
            "long as it works by its label, and the last appointment kept on a day when the active plan version had no medication. Gaps in between do not count as leaving."
        )
        open_words = (
            "Episodes still open are censored on their last covered day, unless nothing has "
            f"covered them for more than {ALLOWED_GAP_DAYS} days: then they count as left on it."
        )
    return (
        f"{measured} Retained means {question.days} days or more. As of {question.as_of:%-d %b %Y}. {open_words} Leaving because treatment was completed, for "
        "another program or because a study ended is censored, too; any other end counts as "
        "left. The proportion is of those who began at least that long ago, without those censored "
        "before that day; the Kaplan-Meier estimate beside it uses all episodes."
    )


def _group(*, days: int, key: str, label: str, tallies: Iterable[GroupTally]) -> GroupRetention:
    before: dict[Ending, int] = defaultdict(int)
    whole: dict[Ending, int] = defaultdict(int)
    too_recent = 0
    days_tallied = []
    for tally in tallies:
        whole[tally.ending] += tally.episodes
        if not tally.could_be_retained:
            too_recent += tally.episodes
        elif tally.days < days:
            before[tally.ending] += tally.episodes
        days_tallied.append(_day_tally(tally))
    curve = kaplan_meier(tallies=days_tallied)
    return GroupRetention(
        key=key,
        label=label,
        episodes=curve.people,
        retained=curve.people - too_recent - sum(before.values()),
        left_before=before[Ending.DEPARTED],
        too_recent=too_recent,
        in_care_before=before[Ending.IN_CARE],
        administrative_before=before[Ending.ADMINISTRATIVE],
        censored_in_care=whole[Ending.IN_CARE],
        censored_administrative=whole[Ending.ADMINISTRATIVE],
        curve=curve,
        # A patient who leaves on the day itself was retained for that many days: the estimate is
        # the probability of staying until that day, which is the value of the curve just before it.
        estimate=curve.at(day=days - 1),
        at_risk=curve.at_risk(day=days),
    )


def _day_tally(tally: GroupTally) -> DayTally:
    if tally.ending == Ending.DEPARTED:
        return DayTally(day=tally.days, departed=tally.episodes)
    return DayTally(day=tally.days, censored=tally.episodes)


def _compare_groups(by_group: Mapping[str, list[GroupTally]]) -> LogRank | None:
    return log_rank(
        groups={key: [_day_tally(tally) for tally in group] for key, group in by_group.items()}
    )
