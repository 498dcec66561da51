"""From lists of seconds to the figures that are shown."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import quantiles


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """p50 and p95 in milliseconds."""
    return {"p50_ms": percentile(seconds, 50) * 1000, "p95_ms": percentile(seconds, 95) * 1000}


def percentile(values: Sequence[float], percent: int) -> float:
    """Inclusive: never outside what was measured."""
    if len(values) == 1:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def ratio(one: float, other: float) -> float:
    return one / other if other else float("nan")
