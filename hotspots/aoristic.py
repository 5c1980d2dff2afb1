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

import numba
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


_MISSING = np.iinfo(np.int64).min  # what NaT is as a whole number
_LEFT_OUT = -1
_COUNTS_IN_BEGIN_HOUR, _IS_SWAPPED_BACK, _IS_LEFT_OUT = 0, 1, 2
_SWAPPED = {"begin_hour": _COUNTS_IN_BEGIN_HOUR, "swap": _IS_SWAPPED_BACK, "leave_out": _IS_LEFT_OUT}


@dataclass(frozen=True, slots=True)
class _Ranges:
    """Rows by begin (seconds since a Monday at 00:00) and length (s): 0 all in the begin hour, -1 left out."""

    begin_s: Indices
    length_s: Indices
    n_missing_begin: int
    n_missing_end: int
    n_swapped: int


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
    weights, n_accepted, n_long = _sum_of_shares(ranges.begin_s, ranges.length_s)
    return AoristicResult(
        # Running sums leave rounding behind where they come back to zero.
        weights=np.maximum(weights + n_long / HOURS_PER_WEEK, 0.0).reshape(7, 24),
        n_accepted=n_accepted,
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
    starts = np.zeros(len(ranges.begin_s) + 1, dtype=np.int64)
    np.cumsum(_hours_touched(ranges.begin_s, ranges.length_s), out=starts[1:])
    hour, value = np.empty(starts[-1], dtype=np.int64), np.empty(starts[-1])
    _write_rows(ranges.begin_s, ranges.length_s, starts, hour, value)
    return csr_array((value, hour, starts), shape=(len(ranges.begin_s), HOURS_PER_WEEK))


def _read_ranges(begins: ArrayLike, ends: ArrayLike, rule: AoristicRule) -> _Ranges:
    if rule.unit_s < 1 or _HOUR_S % rule.unit_s:
        raise SettingsError(f"a unit of {rule.unit_s} s does not divide the hour", hint="Use 1 or 60 seconds.")
    begin, end = (np.asarray(times).astype("datetime64[s]") for times in (begins, ends))
    if begin.shape != end.shape or begin.ndim != 1:
        raise SettingsError("begins and ends must be two columns of the same length")
    endless_length_s = 0 if rule.missing_end == "begin_hour" else _LEFT_OUT
    whole_numbers = begin.view(np.int64), end.view(np.int64)
    return _Ranges(*_begin_and_length(*whole_numbers, rule.unit_s, _SWAPPED[rule.swapped], endless_length_s))


# The kernels below are compiled once and kept on disk; tests also run them as plain Python.


@numba.njit(cache=True)
def _begin_and_length(
    begins: Indices, ends: Indices, unit_s: int, swapped: int, endless_length_s: int
) -> tuple[Indices, Indices, int, int, int]:  # pragma: no cover - compiled
    """Apply the rule to each row: begin since a Monday at 00:00 and length, both cut to whole units; count the odd."""
    begin_s, length_s = np.zeros(len(begins), dtype=np.int64), np.full(len(begins), _LEFT_OUT, dtype=np.int64)
    n_missing_begin, n_missing_end, n_swapped = 0, 0, 0
    for i in range(len(begins)):
        if begins[i] == _MISSING:
            n_missing_begin += 1
            continue
        begin = begins[i] // unit_s * unit_s + _EPOCH_HOUR * _HOUR_S
        length = 0
        if ends[i] == _MISSING:
            n_missing_end += 1
            length = endless_length_s
        else:
            length = ends[i] // unit_s * unit_s + _EPOCH_HOUR * _HOUR_S - begin
            if length < 0:
                n_swapped += 1
                if swapped == _IS_SWAPPED_BACK:
                    begin, length = begin + length, -length
                else:
                    length = _LEFT_OUT if swapped == _IS_LEFT_OUT else 0
        begin_s[i], length_s[i] = begin, length
    return begin_s, length_s, n_missing_begin, n_missing_end, n_swapped


@numba.njit(cache=True)
def _first_and_last_hour(begin_s: int, length_s: int) -> tuple[int, int]:  # pragma: no cover - compiled
    """Return the hours of the first and the last instant: an end on the full hour belongs to the hour before."""
    return begin_s // _HOUR_S, (begin_s + max(length_s, 1) - 1) // _HOUR_S


@numba.njit(cache=True)
def _sum_of_shares(begin_s: Indices, length_s: Indices) -> tuple[Floats, int, int]:  # pragma: no cover - compiled
    """Sum the shares of all rows under a week by hour, and count the rows accepted and those of a week or more."""
    weights, steps = np.zeros(HOURS_PER_WEEK), np.zeros(2 * HOURS_PER_WEEK + 1)
    n_accepted, n_long = 0, 0
    for i in range(len(begin_s)):
        length = length_s[i]
        if length == _LEFT_OUT:
            continue
        n_accepted += 1
        if length >= _WEEK_S:
            n_long += 1
            continue
        first, last = _first_and_last_hour(begin_s[i], length)
        hour = first % HOURS_PER_WEEK
        if first == last:
            weights[hour] += 1.0
            continue
        weights[hour] += ((first + 1) * _HOUR_S - begin_s[i]) / length
        weights[last % HOURS_PER_WEEK] += (begin_s[i] + length - last * _HOUR_S) / length
        steps[hour + 1] += _HOUR_S / length
        steps[hour + last - first] -= _HOUR_S / length
    running = 0.0
    for hour in range(2 * HOURS_PER_WEEK):
        running += steps[hour]
        weights[hour % HOURS_PER_WEEK] += running
    return weights, n_accepted, n_long


@numba.njit(cache=True)
def _hours_touched(begin_s: Indices, length_s: Indices) -> Indices:  # pragma: no cover - compiled
    """Count the hours of the week that each row touches."""
    touched = np.zeros(len(begin_s), dtype=np.int64)
    for i in range(len(begin_s)):
        if length_s[i] != _LEFT_OUT:
            first, last = _first_and_last_hour(begin_s[i], length_s[i])
            touched[i] = min(last - first + 1, HOURS_PER_WEEK)
    return touched


@numba.njit(cache=True)
def _write_rows(
    begin_s: Indices, length_s: Indices, starts: Indices, hour: Indices, value: Floats
) -> None:  # pragma: no cover - compiled
    """Write the hours of each row in rising order, and their shares, from the row's start."""
    for i in range(len(begin_s)):
        start, n_hours = starts[i], starts[i + 1] - starts[i]
        if length_s[i] >= _WEEK_S:
            for h in range(HOURS_PER_WEEK):
                hour[start + h], value[start + h] = h, 1 / HOURS_PER_WEEK
        elif n_hours:
            first, last = _first_and_last_hour(begin_s[i], length_s[i])
            length = max(length_s[i], 1)
            # a range over the end of the week comes back at hour 0: those hours stand first
            n_wrapped = max(first % HOURS_PER_WEEK + n_hours - HOURS_PER_WEEK, 0)
            begins_at = start + n_wrapped
            for k in range(n_hours):
                place = begins_at + k if k < n_hours - n_wrapped else start + k - (n_hours - n_wrapped)
                hour[place], value[place] = (first + k) % HOURS_PER_WEEK, _HOUR_S / length
            at_last = (begin_s[i] + length_s[i] - last * _HOUR_S) / length
            value[begins_at] = 1.0 if first == last else ((first + 1) * _HOUR_S - begin_s[i]) / length
            if last - first == HOURS_PER_WEEK:  # the last hour is the first, a week on
                value[begins_at] += at_last
            elif last > first:
                value[start + (n_wrapped - 1 if n_wrapped else n_hours - 1)] = at_last
