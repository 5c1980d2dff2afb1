"""
Aoristic weights: when in the week incidents happened whose time is known only as a range.

An incident between 22:00 and 02:00 may have happened in any of these hours: each gets a quarter of it (Ratcliffe 2002,
doi 10.1023/A:1013240828824). Hours are those of the local clock. Times come in as local wall-clock times without a
zone, so that 20:00 is 20:00 in summer and winter; a range over a change of the clocks is spread over the hours that a
clock on the wall shows, and an end that the autumn change puts before its begin is a swapped range like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from domain.errors import SettingsError

__all__ = [
    "CRIMEPY",
    "HOURS_PER_WEEK",
    "RATCLIFFE",
    "WHEELER",
    "AoristicResult",
    "AoristicRule",
    "aoristic_rows",
    "aoristic_weights",
]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

#: Hours of a week; hour 0 begins on Monday at 00:00.
HOURS_PER_WEEK = 168

_HOUR_S = 3_600
_WEEK_S = HOURS_PER_WEEK * _HOUR_S
# The epoch, 1 January 1970, was a Thursday.
_EPOCH_HOUR = 3 * 24


@dataclass(frozen=True, slots=True)
class AoristicRule:
    """
    What is done with times that are not a plain range.

    Parameters
    ----------
    swapped
        An end before its begin counts whole in the hour of the begin (`begin_hour`), is put the right way round
        (`swap`) or is left out (`leave_out`). It is reported in any case.
    missing_end
        A begin without an end counts whole in its hour (`begin_hour`) or is left out (`leave_out`).
    unit_s
        Times are cut to whole units of so many seconds: 60 for recorded minutes, 1 for seconds.
    """

    swapped: Literal["begin_hour", "swap", "leave_out"] = "begin_hour"
    missing_end: Literal["begin_hour", "leave_out"] = "begin_hour"
    unit_s: int = 60


#: The rule of Ratcliffe's R package `aoristic`: whole minutes; a swapped range counts in the hour of its begin.
RATCLIFFE = AoristicRule()

#: The rule of Wheeler's workbook: seconds.
WHEELER = AoristicRule(unit_s=1)

#: The rule of the Python package `crimepy`: a swapped range is put the right way round.
CRIMEPY = AoristicRule(swapped="swap", unit_s=1)


@dataclass(frozen=True, slots=True)
class AoristicResult:
    """
    Weights of the hours of the week, and what was met on the way.

    Parameters
    ----------
    weights
        Shape (7, 24): aoristic incidents by weekday (0 = Monday) and hour; they sum to `n_accepted`.
    n_accepted
        Incidents that are spread over the hours.
    n_missing_begin
        Rows without a begin: never used.
    n_missing_end, n_swapped
        Rows without an end, and rows that end before they begin; the rule says what becomes of them.
    n_week_or_longer
        Rows of a week or more: each hour gets 1/168.
    """

    weights: Floats
    n_accepted: int
    n_missing_begin: int
    n_missing_end: int
    n_swapped: int
    n_week_or_longer: int


@dataclass(frozen=True, slots=True)
class _Ranges:
    """Accepted rows: begin in seconds since a Monday at 00:00, and length in seconds (0 = all in the begin hour)."""

    row: Indices
    begin_s: Indices
    length_s: Indices
    n_rows: int
    n_missing_begin: int
    n_missing_end: int
    n_swapped: int

    @property
    def is_long(self) -> NDArray[np.bool_]:
        return self.length_s >= _WEEK_S

    @property
    def first_hour(self) -> Indices:
        return self.begin_s // _HOUR_S

    @property
    def last_hour(self) -> Indices:
        """Hour of the last instant: an end on the full hour belongs to the hour before."""
        end_s = self.begin_s + self.length_s
        return np.where(self.length_s > 0, -(-end_s // _HOUR_S) - 1, self.first_hour)


def aoristic_weights(begins: ArrayLike, ends: ArrayLike, *, rule: AoristicRule = RATCLIFFE) -> AoristicResult:
    """
    Spread incidents over the hours of the week in which they may have happened, and sum them.

    Parameters
    ----------
    begins, ends
        Local wall-clock times, `datetime64` without a zone, shape (n_incidents,); NaT where missing. The end
        itself is not in the range.
    rule
        What is done with swapped, missing and instant times.

    Returns
    -------
    AoristicResult
        An incident from b to e gives hour h the weight `|[b, e) and h| / (e - b)`; a week or more gives every hour
        1/168; an instant counts whole in its hour.

    Raises
    ------
    SettingsError
        If the arrays differ in length or the unit is not a divisor of an hour.

    Notes
    -----
    Time and memory are linear in incidents: the hours wholly inside a range are one addition at their begin and one
    subtraction at their end, summed up once.

    Examples
    --------
    >>> begins = np.array(["2025-12-01T01:50"], dtype="datetime64[m]")
    >>> ends = np.array(["2025-12-01T02:10"], dtype="datetime64[m]")
    >>> aoristic_weights(begins, ends).weights[0, :4].tolist()
    [0.0, 0.5, 0.5, 0.0]
    """
    ranges = _read_ranges(begins, ends, rule)
    is_long = ranges.is_long
    first, last = ranges.first_hour[~is_long], ranges.last_hour[~is_long]
    begin_s, length_s = ranges.begin_s[~is_long], ranges.length_s[~is_long]
    at_first, at_last, between = _shares(first, last, begin_s, length_s)
    weights = np.bincount(first % HOURS_PER_WEEK, at_first, minlength=HOURS_PER_WEEK)
    weights += np.bincount(last % HOURS_PER_WEEK, at_last, minlength=HOURS_PER_WEEK)
    n_between = np.maximum(last - first - 1, 0)
    start = (first + 1) % HOURS_PER_WEEK
    steps = np.bincount(start, between, minlength=2 * HOURS_PER_WEEK)
    steps -= np.bincount(start + n_between, between, minlength=2 * HOURS_PER_WEEK)
    weights += np.cumsum(steps).reshape(2, HOURS_PER_WEEK).sum(axis=0)
    n_long = int(is_long.sum())
    return AoristicResult(
        # Running sums leave rounding behind where they come back to zero.
        weights=np.maximum(weights + n_long / HOURS_PER_WEEK, 0.0).reshape(7, 24),
        n_accepted=len(ranges.row),
        n_missing_begin=ranges.n_missing_begin,
        n_missing_end=ranges.n_missing_end,
        n_swapped=ranges.n_swapped,
        n_week_or_longer=n_long,
    )


def aoristic_rows(begins: ArrayLike, ends: ArrayLike, *, rule: AoristicRule = RATCLIFFE) -> csr_array:
    """
    Return the weights of every single incident.

    Parameters
    ----------
    begins, ends, rule
        As for `aoristic_weights`.

    Returns
    -------
    sparse array of shape (n_incidents, 168)
        Weights by hour of the week; a row sums to 1, or to 0 where the rule leaves the incident out.

    Raises
    ------
    SettingsError
        As for `aoristic_weights`.
    """
    ranges = _read_ranges(begins, ends, rule)
    is_long = ranges.is_long
    first = ranges.first_hour
    n_hours = np.where(is_long, HOURS_PER_WEEK, ranges.last_hour - first + 1)
    at_first, at_last, between = _shares(first, first + n_hours - 1, ranges.begin_s, ranges.length_s)
    place = np.arange(n_hours.sum()) - np.repeat(np.cumsum(n_hours) - n_hours, n_hours)
    value = np.repeat(between, n_hours)
    is_first, is_last = place == 0, place == np.repeat(n_hours, n_hours) - 1
    value[is_last] = at_last
    value[is_first] = at_first + np.where(n_hours == 1, at_last, 0.0)
    value = np.where(np.repeat(is_long, n_hours), 1 / HOURS_PER_WEEK, value)
    hour = (np.repeat(first, n_hours) + place) % HOURS_PER_WEEK
    shape = (ranges.n_rows, HOURS_PER_WEEK)
    rows = csr_array((value, (np.repeat(ranges.row, n_hours), hour)), shape=shape)
    rows.sum_duplicates()
    return rows


def _shares(first: Indices, last: Indices, begin_s: Indices, length_s: Indices) -> tuple[Floats, Floats, Floats]:
    """Return the weight in the first hour, in the last (0 where it is the first), and in each hour between."""
    is_one = first == last
    length = np.maximum(length_s, 1).astype(np.float64)
    at_first = np.where(is_one, 1.0, ((first + 1) * _HOUR_S - begin_s) / length)
    at_last = np.where(is_one, 0.0, (begin_s + length_s - last * _HOUR_S) / length)
    return at_first, at_last, np.where(is_one, 0.0, _HOUR_S / length)


def _read_ranges(begins: ArrayLike, ends: ArrayLike, rule: AoristicRule) -> _Ranges:
    if rule.unit_s < 1 or _HOUR_S % rule.unit_s:
        raise SettingsError(f"a unit of {rule.unit_s} s does not divide the hour", hint="Use 1 or 60 seconds.")
    begin, end = (np.asarray(times).astype("datetime64[s]") for times in (begins, ends))
    if begin.shape != end.shape or begin.ndim != 1:
        raise SettingsError("begins and ends must be two columns of the same length")
    has_begin, has_end = ~np.isnat(begin), ~np.isnat(end)
    begin_s, end_s = (_since_monday(times, rule.unit_s) for times in (begin, end))
    is_swapped = has_begin & has_end & (end_s < begin_s)
    is_endless = has_begin & ~has_end
    accepted = has_begin.copy()
    if rule.missing_end == "leave_out":
        accepted &= ~is_endless
    if rule.swapped == "leave_out":
        accepted &= ~is_swapped
    if rule.swapped == "swap":
        begin_s, end_s = np.where(is_swapped, end_s, begin_s), np.where(is_swapped, begin_s, end_s)
    length_s = np.where(has_end, np.maximum(end_s - begin_s, 0), 0)
    row = np.flatnonzero(accepted)
    return _Ranges(
        row=row,
        begin_s=begin_s[row],
        length_s=length_s[row],
        n_rows=len(begin),
        n_missing_begin=int((~has_begin).sum()),
        n_missing_end=int(is_endless.sum()),
        n_swapped=int(is_swapped.sum()),
    )


def _since_monday(times: NDArray[np.datetime64], unit_s: int) -> Indices:
    """Return seconds since a Monday at 00:00, cut to whole units; 0 for NaT."""
    seconds = np.where(np.isnat(times), np.datetime64(0, "s"), times).astype(np.int64)
    return seconds // unit_s * unit_s + _EPOCH_HOUR * _HOUR_S
