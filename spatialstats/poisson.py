"""Counts of rare events: exact intervals for one Poisson rate, and the exact test of two."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammainccinv, gammaincinv
from scipy.stats import poisson

from domain.errors import AnalysisError

__all__ = ["Scale", "e_test", "garwood_interval"]

#: How the statistic of the e-test is standardised.
Scale: TypeAlias = Literal["pooled", "separate"]

#: Poisson probability that may be left out beyond each end of the e-test's table.
_TAIL = 1e-15
#: Two statistics of the e-test within this share of each other count as tied.
_TIE = 1e-9
_TABLE_CELLS = 2_000_000


def garwood_interval(
    counts: ArrayLike, exposure: ArrayLike = 1.0, *, level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return the exact interval of a Poisson rate.

    With k events in exposure e, the limits are `q(alpha/2; k) / e` and `q(1 - alpha/2; k + 1) / e`, where `q(.; a)` is
    the quantile of the gamma distribution of shape a and scale 1 (half the chi-squared quantile of 2a degrees).

    Parameters
    ----------
    counts
        Events, shape (n,); not negative.
    exposure
        Person-years (or any measure of exposure), shape (n,) or one number; positive.
    level
        Coverage, between 0 and 1.

    Returns
    -------
    tuple of ndarray
        Lower and upper limits, shape (n,), in events per unit of exposure.

    Raises
    ------
    AnalysisError
        If a count is negative or not known, an exposure is not positive, or the level is not between 0 and 1.

    References
    ----------
    Garwood F. (1936) Fiducial limits for the Poisson distribution. Biometrika 28, 437-442,
    doi 10.1093/biomet/28.3-4.437.

    Examples
    --------
    >>> lower, upper = garwood_interval([0, 10], 1.0)
    >>> lower.round(4).tolist(), upper.round(4).tolist()
    ([0.0, 4.7954], [3.6889, 18.3904])
    """
    k, e = np.broadcast_arrays(np.asarray(counts, dtype=np.float64), np.asarray(exposure, dtype=np.float64))
    _check_counts(k)
    _check_exposure(e)
    _check_level(level)
    tail = (1.0 - level) / 2.0
    # gammaincinv is not defined for shape 0: with no event the lower limit is 0
    lower = np.where(k > 0, gammaincinv(np.maximum(k, 1.0), tail), 0.0)
    return lower / e, gammainccinv(k + 1.0, tail) / e


def e_test(
    count_1: ArrayLike,
    count_2: ArrayLike,
    *,
    exposure_1: ArrayLike = 1.0,
    exposure_2: ArrayLike = 1.0,
    difference: float = 0.0,
    scale: Scale = "pooled",
) -> NDArray[np.float64]:
    """
    Return the two-sided p-value that two Poisson rates differ by more than a stated difference.

    Under the hypothesis `rate2 = max((k1 + k2 - d n1) / (n1 + n2), 0)` and `rate1 = rate2 + d`. The p-value is the
    probability, at these rates, of all pairs of counts with `T >= t`, where `T = |k1/n1 - k2/n2 - d| / s`.

    Parameters
    ----------
    count_1, count_2
        Events, shape (n,); whole and not negative.
    exposure_1, exposure_2
        Exposures n1, n2, shape (n,) or one number; positive.
    difference
        The difference d of the rates under the hypothesis; not negative.
    scale
        How T is standardised. `pooled`: s^2 is the pooled rate `(k1 + k2) / (n1 + n2)` (for the observed pair `rate2`,
        where that is positive), as crime analysts' software has it. `separate`: `s^2 = k1/n1^2 + k2/n2^2`, as in the
        paper. For equal exposures and no difference the two agree. For a difference above zero prefer `separate`: there
        `pooled` standardises the observed pair by a smaller number than the others, so its p-values are too small.

    Returns
    -------
    ndarray
        p-values, shape (n,). Two counts of zero and no difference tell nothing: 1.

    Raises
    ------
    AnalysisError
        If a count is negative, not whole or not known, an exposure is not positive, or the difference is negative.

    References
    ----------
    Krishnamoorthy K., Thomson J. (2004) A more powerful test for comparing two Poisson means. Journal of Statistical
    Planning and Inference 119, 23-35, doi 10.1016/S0378-3758(02)00408-1.

    Examples
    --------
    >>> e_test([0, 15], [3, 5]).round(7).tolist()
    [0.088379, 0.0250351]
    >>> float(e_test(100, 25, exposure_1=10, exposure_2=5).round(7))
    0.0015381
    """
    k1, k2, n1, n2 = np.broadcast_arrays(
        *(np.asarray(part, dtype=np.float64) for part in (count_1, count_2, exposure_1, exposure_2))
    )
    for counts in (k1, k2):
        _check_counts(counts)
        if (counts != np.floor(counts)).any():
            raise AnalysisError("the e-test compares whole counts", hint="Do not pass rates or weighted sums.")
    for exposure in (n1, n2):
        _check_exposure(exposure)
    if difference < 0:
        raise AnalysisError("the difference of the e-test must not be negative", hint="Swap the two counts.")
    cases, position = np.unique(
        np.column_stack([part.ravel() for part in (k1, k2, n1, n2)]), axis=0, return_inverse=True
    )
    tests = (_Test(float(m), float(n), difference, scale).p_value(float(a), float(b)) for a, b, m, n in cases)
    p_values = np.fromiter(tests, dtype=np.float64, count=len(cases))
    return p_values[position.ravel()].reshape(k1.shape)


@dataclass(frozen=True, slots=True)
class _Test:
    """One e-test: the two exposures, the difference under the hypothesis and the scale of the statistic."""

    n1: float
    n2: float
    difference: float
    scale: Scale

    def p_value(self, k1: float, k2: float) -> float:
        """Sum the probability of the table's cells that are at least as extreme as the two counts."""
        rate_2 = max((k1 + k2 - self.difference * self.n1) / (self.n1 + self.n2), 0.0)
        observed = self._observed(k1, k2, rate_2)
        if observed == 0.0:
            return 1.0
        x1, p1 = _likely_counts(self.n1 * (rate_2 + self.difference))
        x2, p2 = _likely_counts(self.n2 * rate_2)
        total = 0.0
        step = max(1, _TABLE_CELLS // len(x2))
        for begin in range(0, len(x1), step):
            rows = slice(begin, begin + step)
            extreme = self._statistic(x1[rows, None], x2[None, :]) >= observed * (1.0 - _TIE)
            total += float(p1[rows] @ (extreme @ p2))
        return min(total, 1.0)

    def _observed(self, k1: float, k2: float, rate_2: float) -> float:
        if self.scale == "pooled" and rate_2 > 0:
            return abs(k1 / self.n1 - k2 / self.n2 - self.difference) / math.sqrt(rate_2)
        return float(self._statistic(np.array([k1]), np.array([k2]))[0])

    def _statistic(self, k1: NDArray[np.float64], k2: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return T for pairs of counts; infinite where both are zero, unless the difference is zero too."""
        gap = np.abs(k1 / self.n1 - k2 / self.n2 - self.difference)
        pooled, separate = (k1 + k2) / (self.n1 + self.n2), k1 / self.n1**2 + k2 / self.n2**2
        variance = pooled if self.scale == "pooled" else separate
        return np.divide(gap, np.sqrt(variance), out=np.where(gap > 0, np.inf, 0.0), where=variance > 0)


@lru_cache(maxsize=4096)
def _likely_counts(mean: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the counts of a Poisson distribution that hold all but a negligible probability, and theirs."""
    if mean == 0.0:
        return np.zeros(1), np.ones(1)
    low, high = int(poisson.ppf(_TAIL, mean)), int(poisson.isf(_TAIL, mean)) + 1
    counts = np.arange(low, high + 1, dtype=np.float64)
    return counts, poisson.pmf(counts, mean)


def _check_counts(counts: NDArray[np.float64]) -> None:
    if not (np.isfinite(counts) & (counts >= 0)).all():
        raise AnalysisError("counts must be known and not negative")


def _check_exposure(exposure: NDArray[np.float64]) -> None:
    if not (np.isfinite(exposure) & (exposure > 0)).all():
        raise AnalysisError("exposures must be known and positive", hint="Leave out areas that have no residents.")


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise AnalysisError(f"a level of {level} is not between 0 and 1", hint="Write 95 per cent as 0.95.")
