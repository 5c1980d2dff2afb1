"""Small charts as plain geometry: what a template needs to write them as SVG, without a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["IntervalChart", "IntervalMark", "LineChart", "LineSeries", "interval_chart", "line_chart"]

_WIDTH, _HEIGHT = 640, 190
_LEFT, _RIGHT, _UPPER, _LOWER = 48, 34, 10, 26
_MOST_LABELS = 9

_ROW_PX, _NAME_PX, _TEXT_PX, _AXIS_PX = 24, 190, 150, 26


@dataclass(frozen=True, slots=True)
class LineSeries:
    """A line: its name, its SVG points (a list for each unbroken run), and its dots."""

    label: str
    runs: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class LineChart:
    """Lines over named steps: `ticks` are heights with their words, `labels` places along the foot with theirs."""

    width: int
    height: int
    left: int
    series: tuple[LineSeries, ...]
    ticks: tuple[tuple[float, str], ...]
    labels: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class IntervalMark:
    """One row of an interval chart: a name, a dot, the ends of its interval (pixels), and what it says in words."""

    name: str
    y: float
    x: float
    x_lower: float
    x_upper: float
    text: str
    style: str


@dataclass(frozen=True, slots=True)
class IntervalChart:
    """Estimates with intervals around a line at zero."""

    width: int
    height: int
    zero: float
    foot: float
    name_x: float
    text_x: float
    marks: tuple[IntervalMark, ...]
    ticks: tuple[tuple[float, str], ...]


def line_chart(
    series: Mapping[str, Sequence[float | None]], names: Sequence[str], *, top: float, ticks: Mapping[float, str]
) -> LineChart:
    """
    Return lines over steps; a step without a value breaks its line.

    Parameters
    ----------
    series
        Values by name of the line, one a step.
    names
        Names of the steps.
    top
        Value at the top; the foot is zero.
    ticks
        Words by value.

    Examples
    --------
    >>> chart = line_chart({"a": [0.0, None, 1.0]}, ["Jan", "Feb", "Mar"], top=1.0, ticks={0.0: "0", 1.0: "1"})
    >>> len(chart.series[0].runs), len(chart.labels)
    (2, 3)
    """
    step = (_WIDTH - _LEFT - _RIGHT) / max(len(names) - 1, 1)
    depth = _HEIGHT - _UPPER - _LOWER

    def point(position: int, value: float) -> tuple[float, float]:
        return round(_LEFT + step * position, 1), round(_UPPER + depth * (1 - value / top), 1)

    every = max(1, -(-len(names) // _MOST_LABELS))
    return LineChart(
        width=_WIDTH,
        height=_HEIGHT,
        left=_LEFT,
        series=tuple(
            LineSeries(label, _runs([None if v is None else point(i, v) for i, v in enumerate(values)]),
                       tuple(point(i, v) for i, v in enumerate(values) if v is not None))
            for label, values in series.items()
        ),
        ticks=tuple((point(0, value)[1], words) for value, words in ticks.items()),
        labels=tuple((point(i, 0)[0], name) for i, name in enumerate(names) if i % every == 0),
    )  # fmt: skip


def _runs(points: Sequence[tuple[float, float] | None]) -> tuple[str, ...]:
    """Return SVG points, broken where there is none, so that no line is drawn across a gap."""
    runs: list[list[str]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(f"{point[0]},{point[1]}")
    return tuple(" ".join(run) for run in runs if run)


def interval_chart(rows: Sequence[tuple[str, float, float, float, str, str]], *, unit: str = " %") -> IntervalChart:
    """
    Return estimates with their intervals, one below the other, around a line at zero.

    Parameters
    ----------
    rows
        For each: name, estimate, lower and upper end, what it says in words, style (`better`, `worse`, `unclear`).
    unit
        Written after the numbers of the axis.
    """
    span = max((abs(v) for row in rows for v in row[1:4]), default=1.0) or 1.0
    reach = _round_up(span)
    middle, half = _NAME_PX + (_WIDTH - _NAME_PX - _TEXT_PX) / 2, (_WIDTH - _NAME_PX - _TEXT_PX) / 2 - 8

    def x(value: float) -> float:
        return round(middle + half * value / reach, 1)

    foot = _UPPER + _ROW_PX * len(rows)
    return IntervalChart(
        width=_WIDTH,
        height=foot + _AXIS_PX,
        zero=x(0.0),
        foot=foot,
        name_x=_NAME_PX - 10,
        text_x=_WIDTH - _TEXT_PX + 6,
        marks=tuple(
            IntervalMark(name, _UPPER + _ROW_PX * (i + 0.5), x(value), x(lower), x(upper), text, style)
            for i, (name, value, lower, upper, text, style) in enumerate(rows)
        ),
        ticks=tuple((x(v), f"{v:+g}{unit}" if v else f"0{unit}") for v in (-reach, 0.0, reach)),
    )


def _round_up(value: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten."""
    size = 1e-6
    while True:
        for factor in (1, 2, 5):
            if size * factor >= value:
                return round(size * factor, 9)
        size *= 10
