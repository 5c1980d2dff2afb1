"""Level shifts of a monthly series of counts: when recording changed, and not merely the season."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from domain.errors import AnalysisError
from domain.months import LocalMonth

__all__ = ["LevelShift", "LevelShiftResult", "level_shifts"]

_MONTHS_PER_YEAR = 12
#: Fewest months of which a level shift can be told: each calendar month must be seen twice.
_LEAST_MONTHS = 24
#: Fewest calendar months with a value on both sides: with six, a 95 per cent interval of the ratio exists.
_LEAST_LIKE_MONTHS = 6


@dataclass(frozen=True, slots=True)
class LevelShift:
    """
    One change of level.

    Parameters
    ----------
    last_before, first_after
        The months between which the level changed; months that are not known may lie between them.
    ratio
        Level after over level before, like months compared with like: the median over calendar months.
    lower, upper
        Distribution-free interval of that median, of at least 95 per cent.
    p_value
        Of the permutation test of no change at all.
    """

    last_before: LocalMonth
    first_after: LocalMonth
    ratio: float
    lower: float
    upper: float
    p_value: float


@dataclass(frozen=True, slots=True)
class LevelShiftResult:
    """
    What a series tells of its level.

    Parameters
    ----------
    state
        `ok`, or `cannot_tell` where the series is too short.
    reason
        Why it cannot be told; empty otherwise.
    shifts
        The changes found, in order of time; none is the usual answer.
    """

    state: Literal["ok", "cannot_tell"]
    reason: str
    shifts: tuple[LevelShift, ...]


def level_shifts(
    months: Sequence[LocalMonth],
    counts: ArrayLike,
    *,
    rng: np.random.Generator,
    alpha: float = 0.01,
    least_ratio: float = 1.25,
    permutations: int = 1_999,
) -> LevelShiftResult:
    """
    Find the months in which the level of a series of counts changed, whatever its season.

    The test is Pettitt's, made seasonal as Hirsch, Slack and Smith made Kendall's: `U_k` is the sum of
    `sign(x_i - x_j)` over all pairs of the *same calendar month* with i before and j after month k, the statistic is
    the largest `|U_k|`, and its p-value comes from permuting the values among the years of each calendar month,
    `(M + 1) / (R + 1)`. Ranks alone enter, so that no single month can make a shift, and a season of any shape leaves
    no trace. Where a shift is found, both sides are searched again.

    A steady drift is found as a shift too: the test tells that the level did not stay, not how it went. Months that
    hang together (one high month after another without a new level) make the p-value too small, so a change also has
    to be large: `least_ratio`.

    Parameters
    ----------
    months
        Months that are known, shape (n_months,), ascending; gaps are allowed. A month without a file must be left out,
        not given as zero.
    counts
        Counts of these months, shape (n_months,); not negative.
    rng
        Source of the permutations.
    alpha
        Largest p-value of a shift.
    least_ratio
        Smallest change that is reported, as a ratio above 1; its reciprocal for falls.
    permutations
        R.

    Returns
    -------
    LevelShiftResult
        The shifts. With fewer than 24 months, or fewer than six calendar months that occur on both sides of any
        month, the state is `cannot_tell`.

    Raises
    ------
    AnalysisError
        If months are not ascending, a count is negative or not known, or the two have not the same length.

    References
    ----------
    Pettitt A.N. (1979) A non-parametric approach to the change-point problem. Applied Statistics 28, 126-135,
    doi 10.2307/2346729. Hirsch R.M., Slack J.R., Smith R.A. (1982) Techniques of trend analysis for monthly water
    quality data. Water Resources Research 18, 107-121, doi 10.1029/WR018i001p00107.

    Examples
    --------
    >>> from domain.months import LocalMonth, month_range
    >>> months = month_range(LocalMonth(2016, 1), LocalMonth(2018, 12))
    >>> season = np.tile([80, 70, 90, 100, 120, 130, 140, 135, 110, 105, 90, 75], 3)
    >>> level_shifts(months, season, rng=np.random.default_rng(1)).shifts
    ()
    >>> season[17:] = season[17:] // 4
    >>> found = level_shifts(months, season, rng=np.random.default_rng(1)).shifts[0]
    >>> str(found.first_after), round(found.ratio, 2)
    ('2017-06', 0.25)
    """
    values = np.asarray(counts, dtype=np.float64)
    index = np.array([month.index for month in months], dtype=np.int64)
    _check(index, values)
    if len(values) < _LEAST_MONTHS:
        reason = f"needs {_LEAST_MONTHS} months, and {len(values)} are known"
        return LevelShiftResult("cannot_tell", reason, ())
    if not _candidates(index).size:
        return LevelShiftResult("cannot_tell", "too few calendar months are known in two years", ())
    found = _search(index, values, rng=rng, alpha=alpha, least_ratio=least_ratio, permutations=permutations)
    return LevelShiftResult("ok", "", tuple(_named(months, shift) for shift in found))


@dataclass(frozen=True, slots=True)
class _Split:
    """A shift by position: the first month after it, of the months of the whole series."""

    position: int
    ratio: float
    lower: float
    upper: float
    p_value: float


def _named(months: Sequence[LocalMonth], split: _Split) -> LevelShift:
    return LevelShift(
        last_before=months[split.position - 1],
        first_after=months[split.position],
        ratio=split.ratio,
        lower=split.lower,
        upper=split.upper,
        p_value=split.p_value,
    )


def _check(index: NDArray[np.int64], values: NDArray[np.float64]) -> None:
    if index.shape != values.shape:
        raise AnalysisError(f"{len(index)} months and counts of shape {values.shape} do not go together")
    if (np.diff(index) <= 0).any():
        raise AnalysisError(
            "the months are not in ascending order", hint="Sort them, and add up months that are twice."
        )
    if not (np.isfinite(values) & (values >= 0)).all():
        raise AnalysisError("a count is negative or not known", hint="Leave out months that are not known.")


def _search(
    index: NDArray[np.int64],
    values: NDArray[np.float64],
    *,
    rng: np.random.Generator,
    alpha: float,
    least_ratio: float,
    permutations: int,
    offset: int = 0,
) -> list[_Split]:
    """Return the shifts of a stretch of months and, where it has one, of both sides of it."""
    candidates = _candidates(index)
    if len(index) < _LEAST_MONTHS or not candidates.size:
        return []
    scores = _scores(index % _MONTHS_PER_YEAR, values)
    walk = np.abs(np.cumsum(scores))[candidates - 1]
    p_value = _p_value(index % _MONTHS_PER_YEAR, scores, candidates, walk.max(), rng=rng, permutations=permutations)
    if p_value > alpha:
        return []
    # among months that the ranks cannot tell apart, the one with the largest change
    tied = candidates[walk == walk.max()]
    splits = [_split(index, values, int(k), p_value) for k in tied]
    best = max(splits, key=lambda split: abs(np.log(split.ratio)))
    if abs(np.log(best.ratio)) < np.log(least_ratio):
        return []
    k = best.position
    left, right = (
        _search(
            index[part],
            values[part],
            rng=rng,
            alpha=alpha,
            least_ratio=least_ratio,
            permutations=permutations,
            offset=offset + begin,
        )
        for part, begin in ((slice(None, k), 0), (slice(k, None), k))
    )
    here = _Split(offset + k, best.ratio, best.lower, best.upper, best.p_value)
    return [*left, here, *right]


def _candidates(index: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the positions k such that at least six calendar months have a value before k and one from k on."""
    season = index % _MONTHS_PER_YEAR
    seen = np.cumsum(season[:, None] == np.arange(_MONTHS_PER_YEAR), axis=0)
    n_like = ((seen[:-1] > 0) & (seen[-1] - seen[:-1] > 0)).sum(axis=1)
    return np.flatnonzero(n_like >= _LEAST_LIKE_MONTHS) + 1


def _scores(season: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return for each month how many like months it exceeds, less how many exceed it.

    Their running sum is U_k: pairs on the same side of k cancel.
    """
    scores = np.zeros(len(values))
    for month in np.unique(season):
        of_month = season == month
        like = np.sort(values[of_month])
        n_below, n_not_above = (np.searchsorted(like, values[of_month], side=side) for side in ("left", "right"))
        scores[of_month] = n_below + n_not_above - float(len(like))
    return scores


def _p_value(
    season: NDArray[np.int64],
    scores: NDArray[np.float64],
    candidates: NDArray[np.int64],
    observed: float,
    *,
    rng: np.random.Generator,
    permutations: int,
) -> float:
    shuffled = np.empty((permutations, len(scores)))
    for month in np.unique(season):
        of_month = np.flatnonzero(season == month)
        shuffled[:, of_month] = rng.permuted(np.tile(scores[of_month], (permutations, 1)), axis=1)
    largest = np.abs(np.cumsum(shuffled, axis=1))[:, candidates - 1].max(axis=1)
    return float((1 + np.count_nonzero(largest >= observed)) / (1 + permutations))


def _split(index: NDArray[np.int64], values: NDArray[np.float64], k: int, p_value: float) -> _Split:
    """Return the change at position k: the median over calendar months of the ratio of means, with its interval."""
    season = index % _MONTHS_PER_YEAR
    before, after = season[:k], season[k:]
    # half a count, so that a month of none has a logarithm
    logs = np.sort(
        [
            np.log((values[k:][after == month].mean() + 0.5) / (values[:k][before == month].mean() + 0.5))
            for month in np.intersect1d(before, after)
        ]
    )
    # order statistics r and n + 1 - r hold the median in 1 - 2 P(Binomial(n, 1/2) < r) of all samples
    at = _rank_of_limit(len(logs)) - 1
    lower, ratio, upper = np.exp([logs[at], np.median(logs), logs[-1 - at]])
    return _Split(k, float(ratio), float(lower), float(upper), p_value)


def _rank_of_limit(n: int) -> int:
    """Return the smallest r with `P(Binomial(n, 1/2) <= r) >= 0.025`."""
    n_samples = accumulate(math.comb(n, r) for r in range(n + 1))
    return next(r for r, n_below in enumerate(n_samples) if n_below >= 0.025 * 2**n)
