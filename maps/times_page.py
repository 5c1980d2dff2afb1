"""The page of Red Times: segments, shifts, days that differ, and how well hours predicted the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from domain.areas import FigureState
from hotspots.results import RedTimesResult
from maps import format as fmt
from maps.area_views import SegmentView
from maps.lookup import SiteIndex
from maps.time_views import RedTimesTable, RedTimesView

__all__ = ["CalendarRow", "HourTestRow", "SegmentTimes", "TimesAbout", "segment_times", "times_about"]

_KINDS = {
    "bank_holiday": "Bank holidays",
    "school_holiday": "School holidays",
    "school_term": "School terms",
    "match_day": "Match days",
    "event": "Days of other events",
    "spring": "Spring (March to May)",
    "summer": "Summer (June to August)",
    "autumn": "Autumn (September to November)",
    "winter": "Winter (December to February)",
}
_SEASONS = frozenset({"spring", "summer", "autumn", "winter"})
_POOLS = {"district": "policing unit", "environment": "kind of environment"}


@dataclass(frozen=True, slots=True)
class SegmentTimes:
    """Red Times of one community group or environment."""

    code: str
    name: str
    is_group: bool
    n_incidents: str
    times: RedTimesView


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """How one kind of day differs: its figure, or why it cannot be told."""

    label: str
    where: str
    n_days: str
    n_incidents: str
    ratio: str
    interval: str
    verdict: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class HourTestRow:
    """How one way of choosing hours did on the past."""

    selection: str
    candidate: str
    hit_rate: str
    interval: str
    pai_st: str
    gain: str
    verdict: str


@dataclass(frozen=True, slots=True)
class TimesAbout:
    """
    What the page says beside the hours themselves.

    Parameters
    ----------
    shifts
        The shifts to which windows are laid.
    pool
        What thin places borrow their hours from, in words; empty for nothing.
    notes
        Sentences: which pool and why, and what was met in the times.
    calendar
        Kinds of days that were compared.
    tests
        Ways of choosing hours, tested on the past.
    """

    shifts: tuple[str, ...] = ()
    pool: str = ""
    notes: tuple[str, ...] = ()
    calendar: tuple[CalendarRow, ...] = ()
    tests: tuple[HourTestRow, ...] = ()


def segment_times(segments: tuple[SegmentView, ...], table: RedTimesTable) -> tuple[SegmentTimes, ...]:
    """
    Return the Red Times of every segment, in the order of the segments.

    Parameters
    ----------
    segments
        The segments that the pages show.
    table
        Red Times of every scope.
    """
    if table.result.state != FigureState.OK:
        return ()
    return tuple(
        SegmentTimes(
            code=segment.code,
            name=segment.name,
            is_group=segment.level == "group",
            n_incidents=fmt.count(table.n_incidents("segment", segment.code)),
            times=table.view("segment", segment.code),
        )
        for segment in segments
    )


def times_about(index: SiteIndex, result: RedTimesResult) -> TimesAbout:
    """
    Return what the page says beside the hours themselves.

    Parameters
    ----------
    index
        Look-ups of the site.
    result
        The Red Times.
    """
    if result.state != FigureState.OK:
        return TimesAbout()
    return TimesAbout(
        shifts=result.shifts,
        pool=_POOLS.get(result.pool, result.pool),
        notes=result.notes,
        calendar=tuple(_calendar_row(index, row) for row in result.calendar.to_dict("records")),
        tests=tuple(map(_test_row, _best_first(result.space_time).to_dict("records"))),
    )


def _best_first(tests: pd.DataFrame) -> pd.DataFrame:
    if tests.empty:
        return tests
    return tests.sort_values(["selection", "hit_rate"], ascending=[True, False], kind="stable")


def _calendar_row(index: SiteIndex, row: Mapping[Any, Any]) -> CalendarRow:
    is_known = row["state"] == FigureState.OK and fmt.is_known(row["rate_ratio"])
    usual = "the other seasons" if row["kind"] in _SEASONS else "days like them"
    return CalendarRow(
        label=_KINDS.get(str(row["kind"]), str(row["kind"])),
        where=index.patrol_names.get(row["area_code"], row["area_code"]) if row["area_code"] else "whole force",
        n_days=fmt.count(row["n_days"]),
        n_incidents=fmt.count(row["n_incidents"]),
        ratio=f"{fmt.decimal(row['rate_ratio'], 2)} times {usual}" if is_known else "",
        interval=fmt.interval(row["lower"], row["upper"]) if is_known else "",
        verdict=_verdict(float(row["lower"]), float(row["upper"])) if is_known else str(row["note"]),
        is_known=is_known,
    )


def _verdict(lower: float, upper: float) -> str:
    if lower > 1:
        return "more, beyond chance"
    return "fewer, beyond chance" if upper < 1 else "may be chance"


def _test_row(row: Mapping[Any, Any]) -> HourTestRow:
    is_usual = not (fmt.is_known(row["gain_lower"]) and fmt.is_known(row["gain_upper"])) or (
        row["gain_lower"] == row["gain_upper"] == 0
    )
    gain = f"{_percent(row['gain_over_force_hours'])} ({_percent(row['gain_lower'])} to {_percent(row['gain_upper'])})"
    beyond = "better, beyond chance" if row["gain_lower"] > 0 else "worse, beyond chance"
    is_firm = row["gain_lower"] > 0 or row["gain_upper"] < 0
    return HourTestRow(
        selection=str(row["selection"]),
        candidate=str(row["candidate"]),
        hit_rate=fmt.per_cent(row["hit_rate"]),
        interval=f"{fmt.per_cent(row['hit_rate_lower'])} to {fmt.per_cent(row['hit_rate_upper'])}",
        pai_st=fmt.decimal(row["pai_st"]),
        gain="" if is_usual else gain,
        verdict="" if is_usual else (beyond if is_firm else "not significant"),
    )


def _percent(share: float) -> str:
    value = f"{fmt.decimal(100 * share)}\N{NO-BREAK SPACE}%"
    return f"+{value}" if share > 0 else value
