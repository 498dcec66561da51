"""The results for a person: plain lines that fit a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

WIDTH = 34


def lines(results: Mapping[str, Any]) -> Iterator[str]:
    """Every part that was measured, in the order of the questions one asks."""
    machine = results["machine"]
    yield f"{machine['cores']} cores, {machine['processor']}, Python {machine['python']}"
    yield f"small clinic: {results['small']}; large clinic: {results['large']}"
    for name, write in PARTS.items():
        if name in results["parts"]:
            yield ""
            yield from write(results["parts"][name])


def _loading(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{'Loading':<{WIDTH}}{'patients':>10}{'seconds':>10}{'per s':>10}{'peak MB':>10}"
    for name, one in found.items():
        rate = one["patients"] / one["seconds"]
        figures = (
            f"{one['patients']:>10}{one['seconds']:>10.1f}{rate:>10.1f}{one['peak_mb']:>10.0f}"
        )
        yield f"{name:<{WIDTH}}{figures}{_limit(one)}"


def _limit(one: Mapping[str, Any]) -> str:
    if "holds" not in one:
        return ""
    word = "within" if one["holds"] else "BEYOND"
    return f"  {word} {one['limit_seconds']} s and {one['limit_mb']} MB"


def _pages(rows: list[Mapping[str, Any]]) -> Iterator[str]:
    heads = ("p50", "p95", "queries", "p50", "p95", "queries", "ratio")
    yield f"{'Pages and API (ms)':<{WIDTH}}{'small clinic':^24}{'large clinic':^24}"
    yield f"{'':<{WIDTH}}" + "".join(f"{head:>8}" for head in heads)
    for row in rows:
        figures = "".join(_figures(row[size]) for size in ("small", "large"))
        yield f"{row['name']:<{WIDTH}}{figures}{row['ratio']:>8.2f}"


def _figures(one: Mapping[str, float]) -> str:
    return f"{one['p50_ms']:>8.1f}{one['p95_ms']:>8.1f}{one['queries']:>8}"


def _writing(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{'Writing over HTTP':<{WIDTH}}{'p50 ms':>10}{'p95 ms':>10}{'per s':>10}"
    for clinic, deeds in found.items():
        for deed, one in deeds.items():
            figures = f"{one['p50_ms']:>10.1f}{one['p95_ms']:>10.1f}{one['per_second']:>10.1f}"
            yield f"{f'{deed}, {clinic}':<{WIDTH}}{figures}"


def _reminders(found: Mapping[str, float]) -> Iterator[str]:
    yield f"{'Reminders in the worker':<{WIDTH}}{'count':>10}{'per s':>10}"
    yield f"{'planned':<{WIDTH}}{found['planned']:>10}{found['planned_per_second']:>10.0f}"
    yield f"{'sent to a null gateway':<{WIDTH}}{found['sent']:>10}{found['sent_per_second']:>10.0f}"
    yield f"{'tasks that do nothing':<{WIDTH}}{'':>10}{found['no_ops_per_second']:>10.0f}"


def _growth(found: Mapping[str, float]) -> Iterator[str]:
    head = f"Planning {found['due']} due (ms)"
    yield f"{head:<{WIDTH}}{'p50':>10}"
    for size in ("small", "large"):
        over = f"over {found[f'{size}_rows']} old reminders"
        yield f"{over:<{WIDTH}}{found[f'{size}_ms']:>10.0f}"
    yield f"{'ratio':<{WIDTH}}{found['ratio']:>10.2f}"


def _morning(found: list[Mapping[str, float]]) -> Iterator[str]:
    heads = ("planned", "seconds", "sent", "seconds", "per s")
    yield f"{'Due in one morning':<{WIDTH}}" + "".join(f"{head:>10}" for head in heads)
    for one in found:
        figures = f"{one['planned']:>10}{one['plan_seconds']:>10.1f}{one['sent']:>10}"
        figures += f"{one['until_last_sent_seconds']:>10.1f}{one['sent_per_second']:>10.0f}"
        who = f"{one['workers']} worker(s) of two processes"
        yield f"{who:<{WIDTH}}{figures}"


def _memory(found: Mapping[str, float]) -> Iterator[str]:
    heads = ("first", "last", "per hour", "sent")
    yield f"{'Memory of the worker (MB)':<{WIDTH}}" + "".join(f"{head:>10}" for head in heads)
    figures = f"{found['first_mb']:>10.1f}{found['last_mb']:>10.1f}"
    figures += f"{found['slope_mb_per_hour']:>+10.1f}{found['sent']:>10}"
    over = f"over {found['minutes']:g} minutes"
    yield f"{over:<{WIDTH}}{figures}"


def _floor(found: Mapping[str, float]) -> Iterator[str]:
    yield f"{'The same 50 rows (ms)':<{WIDTH}}{'p50':>10}{'p95':>10}"
    for name, key in (("our API list", "ours"), ("bare framework", "bare")):
        yield f"{name:<{WIDTH}}{found[f'{key}_p50_ms']:>10.1f}{found[f'{key}_p95_ms']:>10.1f}"
    yield f"{'ratio':<{WIDTH}}{found['ratio']:>10.2f}"


def _refused(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{'Refused alike (ms)':<{WIDTH}}{'p50':>10}{'p95':>10}"
    for what, one in found.items():
        yield f"{what:<{WIDTH}}{one['p50_ms']:>10.2f}{one['p95_ms']:>10.2f}"


def _calendar(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{'Free times (ms)':<{WIDTH}}{'p50':>10}{'p95':>10}{'queries':>10}{'found':>10}"
    for what, one in found["searches"].items():
        figures = (
            f"{one['p50_ms']:>10.1f}{one['p95_ms']:>10.1f}{one['queries']:>10}{one['found']:>10}"
        )
        word = "within" if one["p95_ms"] < found["limit_ms"] else "BEYOND"
        yield f"{what:<{WIDTH}}{figures}  {word} {found['limit_ms']} ms"
    yield f"  ↑ over {found['rows']} visits of fifty practitioners"


def _trail(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{'The trail (ms)':<{WIDTH}}{'without':^16}{'with':^16}{'added':^16}"
    heads = ("p50", "p95") * 3
    yield f"{'':<{WIDTH}}" + "".join(f"{head:>8}" for head in heads) + "  statements"
    for when, words in (("before", "of a new clinic"), ("after", f"over {found['rows']} entries")):
        for row in found[when]:
            figures = "".join(
                f"{row[f'{which}_p{percent}_ms']:>8.1f}"
                for which in ("without", "with", "added")
                for percent in (50, 95)
            )
            yield f"{row['name']:<{WIDTH}}{figures}{row['statements']:>+12}"
        yield f"  ↑ {words}"


PARTS: dict[str, Callable[[Any], Iterator[str]]] = {
    "loading": _loading,
    "pages": _pages,
    "floor": _floor,
    "writing": _writing,
    "reminders": _reminders,
    "growth": _growth,
    "morning": _morning,
    "memory": _memory,
    "calendar": _calendar,
    "refused": _refused,
    "trail": _trail,
}
