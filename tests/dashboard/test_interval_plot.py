"""A share and its uncertainty, side by side: the geometry, and the words for who does not see it."""

import pytest

from dashboard.plots import ROW, interval_plot
from reminders.statistics import Share


def test_a_row_for_each_group_that_has_any():
    plot = interval_plot(
        [("With", Share(3, 100)), ("Without", Share(12, 100)), ("None", Share(0, 0))]
    )
    assert plot is not None
    assert [row.label for row in plot.rows] == ["With", "Without"]
    assert plot.height == 2 * ROW
    assert "With: 3.0% (95 % interval 1.0% to 8.5%)" in plot.words
    for row, share in zip(plot.rows, (0.03, 0.12), strict=True):
        assert row.low < row.at < row.high <= plot.width
        assert row.at == pytest.approx(plot.width * share / 0.2, abs=0.1)
    assert [tick.label for tick in plot.ticks] == ["0 %", "5 %", "10 %", "15 %", "20 %"]


def test_nobody_is_no_plot():
    assert interval_plot([("With", Share(0, 0))]) is None


@pytest.mark.parametrize("part", [0, 1, 50, 99, 100])
def test_nothing_leaves_the_frame(part: int):
    plot = interval_plot([("All", Share(part, 100))])
    assert plot is not None
    (row,) = plot.rows
    assert 0 <= row.low <= row.at <= row.high <= plot.width + 0.1
    assert plot.ticks[-1].at <= plot.width + 0.1


def test_more_is_further_right():
    few, many = (interval_plot([("All", Share(part, 1000))]) for part in (50, 60))
    assert few is not None
    assert many is not None
    assert few.rows[0].at < many.rows[0].at
