"""Red Times as a table of the hours of the week, and the reddest windows in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from domain.areas import FigureState
from hotspots.results import RedTimesResult
from maps import format as fmt

__all__ = ["HourCell", "RedTimesTable", "RedTimesView", "WeekdayRow", "red_times_view"]

_HOURS_OF_WEEK = 168
_FALSE_DISCOVERY_RATE = 0.05
#: Lower ends, in times an average hour of the week, of the shades from pale to dark.
_SHADES = (0.5, 1.0, 1.5, 2.5)


@dataclass(frozen=True, slots=True)
class HourCell:
    """One hour of one weekday: how many times an average hour of the week it is, and its shade (0 to 4)."""

    text: str
    shade: int


@dataclass(frozen=True, slots=True)
class WeekdayRow:
    """The 24 hours of one weekday."""

    weekday: str
    cells: tuple[HourCell, ...]


@dataclass(frozen=True, slots=True)
class RedTimesView:
    """
    Red Times of one place.

    Parameters
    ----------
    is_known
        Whether there are any.
    reason
        Where there are none: why.
    rows
        A row per weekday.
    windows
        The windows that stand out, in words, reddest first.
    basis
        What the figures rest on.
    day
        The mean time of the day in words, and whether the day is far from even.
    """

    is_known: bool
    reason: str
    rows: tuple[WeekdayRow, ...] = ()
    windows: tuple[str, ...] = ()
    basis: str = ""
    day: str = ""


class RedTimesTable:
    """The matrices and windows of every scope, sorted out once."""

    def __init__(self, result: RedTimesResult) -> None:
        self.result = result
        self._cells: dict[tuple[str, str], dict[tuple[int, int], float]] = {}
        self._windows: dict[tuple[str, str], list[Mapping[Any, Any]]] = {}
        self._days: dict[tuple[str, str], Mapping[Any, Any]] = {}
        if result.state != FigureState.OK:
            return
        columns = ["scope", "code", "weekday", "hour", "share"]
        for scope, code, day, hour, share in result.matrix[columns].itertuples(index=False, name=None):
            self._cells.setdefault((scope, code), {})[int(day), int(hour)] = float(share)
        windows = result.windows if len(result.windows) else pd.DataFrame(columns=["scope", "code", "rank"])
        for row in windows.sort_values(["scope", "code", "rank"], kind="stable").to_dict("records"):
            self._windows.setdefault((row["scope"], row["code"]), []).append(row)
        self._days |= {(row["scope"], row["code"]): row for row in result.days.to_dict("records")}

    def view(self, scope: str, code: str) -> RedTimesView:
        """Return the Red Times of one scope (`force`, `patrol`, `zone`, `segment`) and code."""
        key = scope, code
        view = red_times_view(self.result, self._cells.get(key, {}), self._windows.get(key, []))
        return replace(view, day=day_words(self._days[key])) if view.is_known and key in self._days else view

    def n_incidents(self, scope: str, code: str) -> int:
        """Return the timed incidents of one scope and code."""
        return int(self._days[scope, code]["n"]) if (scope, code) in self._days else 0


def red_times_view(
    result: RedTimesResult, cells: Mapping[tuple[int, int], float], windows: list[Mapping[Any, Any]]
) -> RedTimesView:
    """
    Return the Red Times of one place.

    Parameters
    ----------
    result
        The whole result, for its state and its counts.
    cells
        Share of the week's incidents by (weekday, hour).
    windows
        Rows of `RedTimesResult.windows` of that place, in order of rank.
    """
    if result.state != FigureState.OK:
        reason = result.reason or fmt.state_words(result.state)
        if result.n_untimed:
            reason = f"{reason} Only the month is known of {fmt.plural(result.n_untimed, 'incident')}."
        return RedTimesView(is_known=False, reason=reason)
    if not cells:
        return RedTimesView(
            is_known=False, reason="No incident with a known time lies here, so there are no Red Times."
        )
    rows = tuple(
        WeekdayRow(fmt.weekday(day), tuple(_cell(cells.get((day, hour), float("nan"))) for hour in range(24)))
        for day in range(7)
    )
    basis = f"From {fmt.plural(result.n_timed, 'incident')} of the force whose time is known"
    left_out = (
        f"; {fmt.count(result.n_untimed)} are left out because only their month is known" if result.n_untimed else ""
    )
    return RedTimesView(
        is_known=True, reason="", rows=rows, windows=tuple(map(_window, windows)), basis=f"{basis}{left_out}."
    )


def _cell(share: float) -> HourCell:
    if not fmt.is_known(share):
        return HourCell("-", 0)
    ratio = share * _HOURS_OF_WEEK
    return HourCell(fmt.decimal(ratio), sum(ratio >= edge for edge in _SHADES))


def _window(row: Mapping[Any, Any]) -> str:
    when = f"{fmt.weekday(int(row['weekday']))} {fmt.hour(int(row['begin_hour']))} to {fmt.hour(int(row['end_hour']))}"
    if shift := row.get("shift"):
        when = f"{when} ({shift})"
    parts = [f"{fmt.per_cent(row['share'])} of the week's incidents"]
    if fmt.is_known(row["ratio"]):
        usual = "what an even week would give" if row["scope"] == "force" else "the force's usual share of these hours"
        between = fmt.interval(row.get("ratio_lower"), row.get("ratio_upper"))
        parts.append(f"{fmt.times(row['ratio'])} {usual}" + (f" (95 % interval {between})" if between else ""))
    if fmt.is_known(row["q_value"]):
        parts.append(_chance(float(row["q_value"])))
    return f"{when}: {', '.join(parts)}"


def _chance(q_value: float) -> str:
    words = "unlikely to be chance" if q_value < _FALSE_DISCOVERY_RATE else "may be chance"
    return f"{words} (q under 0.001)" if q_value < 0.001 else f"{words} (q = {fmt.decimal(q_value, 3)})"


def day_words(row: Mapping[Any, Any]) -> str:
    """
    Return the mean time of the day in a sentence, or why there is none.

    Parameters
    ----------
    row
        A row of `RedTimesResult.days`.
    """
    if not fmt.is_known(row["p_value"]) or row["p_value"] >= _FALSE_DISCOVERY_RATE:
        return "The hours of the day are too even, or too few, to name a middle of the day (Rayleigh test)."
    if not (fmt.is_known(row["mean_hour"]) and fmt.is_known(row["margin_hours"])):
        return "The hours of the day are uneven, but have no one middle."
    minutes = round(60 * float(row["mean_hour"])) % (24 * 60)
    margin = max(round(60 * float(row["margin_hours"])), 1)
    return (
        f"The middle of the day's incidents lies at {minutes // 60:02d}:{minutes % 60:02d}, give or take "
        f"{fmt.plural(margin, 'minute')} (circular mean with 95 % interval; concentration "
        f"{fmt.decimal(row['resultant'], 2)}, where 0 is an even day and 1 a single moment)."
    )
