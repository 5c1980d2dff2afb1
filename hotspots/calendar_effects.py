"""
Days that differ: whether bank holidays, school holidays, match days and seasons see more than days like them.

A day is compared with days of the same weekday in the same month, so that neither the week nor the season is taken for
the holiday. What cannot be told from few days is said to be so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["CALENDAR_COLUMNS", "calendar_effects"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CALENDAR_COLUMNS = (
    "kind", "area_code", "n_days", "n_incidents", "rate_ratio", "lower", "upper", "state", "note",
)  # fmt: skip

_KINDS = ("bank_holiday", "school_holiday", "school_term", "match_day", "event")
_SEASONS = (("spring", (3, 4, 5)), ("summer", (6, 7, 8)), ("autumn", (9, 10, 11)), ("winter", (12, 1, 2)))
_LEAST_DAYS = 3
_LEAST_EXPECTED = 10.0
_SEASON_MONTHS = 24
_Z_95 = 1.959963984540054
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True)
class _Days:
    """Every day of the months with data, its stratum-making parts, and the incidents of each."""

    day: NDArray[np.datetime64]
    weekday: NDArray[np.int64]
    month: NDArray[np.int64]

    def counts(self, of: NDArray[np.datetime64]) -> Floats:
        """Count incidents by day."""
        position = ((of - self.day[0]) / _DAY).astype(np.int64)
        return np.bincount(position, minlength=len(self.day)).astype(np.float64)


def calendar_effects(
    begins: NDArray[np.datetime64],
    ends: NDArray[np.datetime64],
    calendar: pd.DataFrame,
    *,
    patrol_codes: NDArray[np.object_],
    first_month_index: int,
    last_month_index: int,
) -> pd.DataFrame:
    """
    Compare the days that a calendar names with days like them, and the seasons with each other.

    Parameters
    ----------
    begins, ends
        Local wall-clock times, shape (n_incidents,); an incident counts on the day of its middle, and one of more than
        a day is left out.
    calendar
        `category`, `begins_at`, `ends_at` (local; a midnight at the end is not in the range, but the same midnight
        twice is one whole day), `area_code` (None for the whole force). Overlapping rows of one category count a day
        once.
    patrol_codes
        Patrol area of each incident: a row of the calendar with an area is compared within that area.
    first_month_index, last_month_index
        Months of which timed incidents are loaded.

    Returns
    -------
    DataFrame
        Columns `CALENDAR_COLUMNS`, a row per category and area of the calendar and per season. The state is
        `cannot_tell`, with a note, where fewer than three days can be compared, fewer than ten incidents are expected
        on them, or, for seasons, there are fewer than 24 months.

    Notes
    -----
    The Mantel-Haenszel rate ratio over strata (month, weekday), with the variance of Greenland and Robins (1985) times
    the dispersion of the daily counts where that is above 1: incidents of one day come together.
    """
    days = _days(first_month_index, last_month_index)
    on, patrol = _middle_days(begins, ends, patrol_codes, days)
    stratum = days.month * 7 + days.weekday
    rows: list[dict[str, object]] = []
    named = calendar[calendar["category"].isin(_KINDS)]
    named = named.assign(area=[code if isinstance(code, str) else "" for code in named["area_code"]])
    for kind in _KINDS:
        for area, of_area in named[named["category"] == kind].groupby("area", sort=True):
            counts = days.counts(on[patrol == area] if area else on)
            rows.append({"kind": kind, "area_code": str(area), **_compared(counts, _flagged(days, of_area), stratum)})
    n_months = last_month_index - first_month_index + 1
    rows += _season_rows(days, days.counts(on), n_months)
    return pd.DataFrame(rows, columns=list(CALENDAR_COLUMNS))


def _days(first_month_index: int, last_month_index: int) -> _Days:
    first, after = (np.datetime64(index - 1970 * 12, "M") for index in (first_month_index, last_month_index + 1))
    bounds = (month.astype("datetime64[D]").astype(np.int64) for month in (first, after))
    since_thursday = np.arange(*bounds, dtype=np.int64)  # 1 January 1970 was a Thursday
    day = since_thursday.astype("datetime64[D]")
    return _Days(day, (since_thursday + 3) % 7, day.astype("datetime64[M]").astype(np.int64))


def _middle_days(
    begins: NDArray[np.datetime64], ends: NDArray[np.datetime64], patrol_codes: NDArray[np.object_], days: _Days
) -> tuple[NDArray[np.datetime64], NDArray[np.object_]]:
    begin = begins.astype("datetime64[s]")
    end = np.where(np.isnat(ends), begin, ends.astype("datetime64[s]"))
    length = np.maximum((end - begin).astype(np.int64), 0)
    middle = (begin + (length // 2).astype("timedelta64[s]")).astype("datetime64[D]")
    keep = (length <= timedelta(days=1).total_seconds()) & (middle >= days.day[0]) & (middle <= days.day[-1])
    return middle[keep], patrol_codes[keep]


def _flagged(days: _Days, rows: pd.DataFrame) -> Flags:
    """Return the days that a calendar names; overlapping rows name a day once."""
    flagged = np.zeros(len(days.day), dtype=np.bool_)
    first = rows["begins_at"].to_numpy().astype("datetime64[D]")
    ends = rows["ends_at"].to_numpy().astype("datetime64[s]")
    last = np.maximum((ends - np.timedelta64(1, "s")).astype("datetime64[D]"), first)
    for begin, end in zip(first, last, strict=True):
        flagged |= (days.day >= begin) & (days.day <= end)
    return flagged


def _compared(counts: Floats, is_special: Flags, stratum: NDArray[np.int64]) -> dict[str, object]:
    """Return the rate ratio of special days over the others of their strata, or why it cannot be told."""
    _, stratum = np.unique(stratum, return_inverse=True)
    days = [np.bincount(stratum, weights) for weights in (is_special, ~is_special)]
    came = [np.bincount(stratum, weights) for weights in (counts * is_special, counts * ~is_special)]
    both = (days[0] > 0) & (days[1] > 0)
    n_days, observed = int(days[0][both].sum()), float(came[0][both].sum())
    expected = float((days[0][both] * came[1][both] / days[1][both]).sum())
    shown: dict[str, object] = {"n_days": n_days, "n_incidents": round(observed)}
    cannot = {"rate_ratio": np.nan, "lower": np.nan, "upper": np.nan, "state": "cannot_tell"}
    if n_days < _LEAST_DAYS:
        return {**shown, **cannot, "note": f"cannot tell: {n_days} such days have days like them to compare with"}
    if expected < _LEAST_EXPECTED or observed == 0:
        return {**shown, **cannot, "note": "cannot tell: too few incidents on such days and days like them"}
    total = days[0][both] + days[1][both]
    above = float((came[0][both] * days[1][both] / total).sum())
    below = float((came[1][both] * days[0][both] / total).sum())
    summed = (came[0][both] + came[1][both]) * days[0][both] * days[1][both] / total**2
    error = np.sqrt(_dispersion(counts, is_special, stratum) * float(summed.sum()) / (above * below))
    ratio = above / below
    lower, upper = ratio * np.exp(-_Z_95 * error), ratio * np.exp(_Z_95 * error)
    return {**shown, "rate_ratio": ratio, "lower": lower, "upper": upper, "state": "ok", "note": ""}


def _dispersion(counts: Floats, is_special: Flags, stratum: NDArray[np.int64]) -> float:
    """Return the variance of usual days over their mean, at least 1."""
    usual, at = counts[~is_special], stratum[~is_special]
    n = np.bincount(at, minlength=stratum.max() + 1)
    mean = np.bincount(at, usual, minlength=len(n)) / np.maximum(n, 1)
    free = int(np.maximum(n - 1, 0).sum())
    expected = mean[at]
    has_mean = expected > 0
    chi_squared = float((((usual - expected) ** 2)[has_mean] / expected[has_mean]).sum())
    return max(chi_squared / free, 1.0) if free else 1.0


def _season_rows(days: _Days, counts: Floats, n_months: int) -> list[dict[str, object]]:
    month_of_year = days.month % 12 + 1
    rows: list[dict[str, object]] = []
    for name, months in _SEASONS:
        is_season = np.isin(month_of_year, months)
        if n_months < _SEASON_MONTHS:
            found: dict[str, object] = {
                "n_days": int(is_season.sum()), "n_incidents": round(float(counts[is_season].sum())),
                "rate_ratio": np.nan, "lower": np.nan, "upper": np.nan, "state": "cannot_tell",
                "note": f"cannot tell: needs {_SEASON_MONTHS} months of times, there are {n_months}",
            }  # fmt: skip
        else:
            found = _compared(counts, is_season, days.weekday)
        rows.append({"kind": name, "area_code": "", **found})
    return rows
