"""A retention report as JSON data and as plain text."""

from typing import Any

from outcomes.kaplan_meier import LogRank
from outcomes.retention import GroupRetention, RetentionReport

COLUMNS = "{:<34}{:>9}{:>10}{:>13}{:>9}{:>15}{:>18}{:>9}{:>13}"


def as_json(report: RetentionReport) -> dict[str, Any]:
    question = report.question
    return {
        "report": "retention",
        "measure": str(question.measure),
        "by": str(question.by),
        "days": question.days,
        "as_of": question.as_of.isoformat(),
        "definition": report.definition,
        "groups": [_group(group) for group in report.groups],
        "total": _group(report.total),
        "log_rank": _log_rank(report.comparison),
        "episodes_without_signed_plan": report.without_plan,
    }


def _group(group: GroupRetention) -> dict[str, Any]:
    estimate = group.estimate
    return {
        "group": group.label,
        "key": group.key,
        "episodes": group.episodes,
        "denominator": group.denominator,
        "retained": group.retained,
        "left_before": group.left_before,
        "percent": group.percent,
        "proportion": group.proportion,
        "not_in_denominator": {
            "began_too_recently": group.too_recent,
            "still_in_care_and_last_covered_before": group.in_care_before,
            "ended_administratively_before": group.administrative_before,
        },
        "kaplan_meier": {
            "retained": estimate and estimate.retained,
            "low_95": estimate and estimate.low,
            "high_95": estimate and estimate.high,
            "at_risk": group.at_risk,
        },
        "median_days": group.median,
        "median_is_reached": group.median is not None,
        "left": group.curve.departed,
        "censored": {
            "still_in_care": group.censored_in_care,
            "ended_administratively": group.censored_administrative,
        },
    }


def _log_rank(comparison: LogRank | None) -> dict[str, Any] | None:
    if comparison is None:
        return None
    return {
        "chi_square": comparison.chi_square,
        "degrees_of_freedom": comparison.degrees_of_freedom,
        "p_value": comparison.p_value,
    }


def as_text(report: RetentionReport) -> str:
    days = report.question.days
    lines = [
        f"Retention at {days} days by {report.question.by.label.lower()}",
        "",
        COLUMNS.format(
            "",
            "episodes",
            "retained",
            "of (judged)",
            "per cent",
            "Kaplan-Meier",
            "95 % limits",
            "median",
            "not judged",
        ),
        *(_line(group) for group in (*report.groups, report.total)),
        "",
    ]
    if report.comparison is not None:
        test = report.comparison
        lines.append(
            f"Log-rank chi-square {test.chi_square:.3f}, {test.degrees_of_freedom} df, "
            f"p = {test.p_value:.3g}"
        )
    if report.without_plan:
        lines.append(f"Left out: {report.without_plan} episodes without a signed plan.")
    return "\n".join([*lines, report.definition])


def _line(group: GroupRetention) -> str:
    estimate = group.estimate
    return COLUMNS.format(
        group.label,
        group.episodes,
        group.retained,
        group.denominator,
        "-" if group.percent is None else f"{group.percent} %",
        "-" if estimate is None else f"{estimate.retained:.3f}",
        "-" if estimate is None else f"{estimate.low:.3f} to {estimate.high:.3f}",
        "not yet" if group.median is None else group.median,
        group.not_judged,
    )
