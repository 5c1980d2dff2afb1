"""Local wall-clock texts turned into UTC, with a stated rule for the two nights on which clocks change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.errors import SettingsError
from sources.fixed_times import read_fixed_times

__all__ = ["LocalTimes", "check_time_zone", "has_hour", "has_offset", "read_local_times"]

_EARLIEST, _LATEST = np.datetime64("1990-01-01", "us"), np.datetime64("2100-01-01", "us")


@dataclass(frozen=True, slots=True)
class LocalTimes:
    """
    Times of a column, each an array of shape (n,).

    Parameters
    ----------
    utc
        Naive UTC `datetime64[us]`, NaT where there is none.
    is_blank, is_bad
        Whether the text is blank; whether it is neither blank nor a time between 1990 and 2100.
    is_missing_hour
        Whether the local time does not exist, because clocks went forward: the next that does is taken.
    is_double_hour
        Whether the local time exists twice, because clocks went back: the first is taken.
    is_day
        Whether only the day is written: the time is its begin.
    """

    utc: NDArray[np.datetime64]
    is_blank: NDArray[np.bool_]
    is_bad: NDArray[np.bool_]
    is_missing_hour: NDArray[np.bool_]
    is_double_hour: NDArray[np.bool_]
    is_day: NDArray[np.bool_]


def check_time_zone(name: str) -> ZoneInfo:
    """
    Return the time zone of that name.

    Raises
    ------
    SettingsError
        If there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(f"{name!r} is not a time zone", hint="Write one such as Europe/London.") from error


def has_hour(time_format: str) -> bool:
    """Return whether a time format states the hour."""
    return any(directive in time_format for directive in ("%H", "%I", "%X", "%c"))


def has_offset(time_format: str) -> bool:
    """Return whether a time format states the offset from UTC."""
    return "%z" in time_format


def read_local_times(
    texts: Sequence[str] | NDArray[np.object_], *, formats: Sequence[str], zone: ZoneInfo, add_days: int = 0
) -> LocalTimes:
    """
    Read local wall-clock texts; the first format that fits a text is used.

    Parameters
    ----------
    texts
        Texts of shape (n,).
    formats
        Formats of `strptime`.
    zone
        Time zone of texts without an offset.
    add_days
        Calendar days to add to texts that fit a format without an hour, for the end of a whole day.

    Examples
    --------
    >>> times = read_local_times(
    ...     ["30/03/2025 01:30", "26/10/2025 01:30"], formats=["%d/%m/%Y %H:%M"], zone=ZoneInfo("Europe/London")
    ... )
    >>> [str(time) for time in times.utc]
    ['2025-03-30T01:00:00.000000', '2025-10-26T00:30:00.000000']
    """
    written = np.asarray(texts, dtype=object)
    utc = np.full(len(written), np.datetime64("NaT", "us"))
    is_blank, missing_hour, double_hour, is_day = (np.zeros(len(written), np.bool_) for _ in range(4))
    for time_format in formats:
        waiting = np.flatnonzero(np.isnat(utc) & ~is_blank)
        if not len(waiting):
            break
        days = np.timedelta64(0 if has_hour(time_format) else add_days, "D")
        naive = read_fixed_times(written[waiting], time_format) + days
        if (odd := np.flatnonzero(np.isnat(naive))).size:
            stripped = pd.Series([text.strip() for text in written[waiting[odd]]], dtype=object)
            is_blank[waiting[odd]] = stripped == ""
            parsed = pd.DatetimeIndex(
                pd.to_datetime(stripped, format=time_format, errors="coerce", utc=has_offset(time_format))
            )
            if parsed.tz is not None:
                utc[waiting[odd]] = parsed.tz_localize(None).as_unit("us").to_numpy() + days
                continue
            naive[odd] = parsed.as_unit("us").to_numpy() + days
        utc[waiting], missing_hour[waiting], double_hour[waiting] = _localised(pd.DatetimeIndex(naive), zone)
        if not has_hour(time_format):
            is_day[waiting] = ~np.isnat(utc[waiting])
    utc[(utc < _EARLIEST) | (utc >= _LATEST)] = np.datetime64("NaT", "us")
    return LocalTimes(utc, is_blank, np.isnat(utc) & ~is_blank, missing_hour, double_hour, is_day)


def _localised(
    naive: pd.DatetimeIndex, zone: ZoneInfo
) -> tuple[NDArray[np.datetime64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return UTC, which local times do not exist and which exist twice."""
    known = np.asarray(naive.notna(), dtype=np.bool_)
    strict = naive.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    odd = known & np.asarray(strict.isna(), dtype=np.bool_)
    if not odd.any():
        return _naive_utc(strict), odd, odd
    first = np.ones(len(naive), dtype=np.bool_)
    moved = naive.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    without_missing = naive.tz_localize(zone, ambiguous=first, nonexistent="NaT")
    missing = known & np.asarray(without_missing.isna(), dtype=np.bool_)
    return _naive_utc(moved), missing, odd & ~missing


def _naive_utc(times: pd.DatetimeIndex) -> NDArray[np.datetime64]:
    utc: NDArray[np.datetime64] = times.tz_convert("UTC").tz_localize(None).as_unit("us").to_numpy()
    return utc
