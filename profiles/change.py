"""Whether a year differs from the year before beyond chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta, false_discovery_control

from domain.errors import AnalysisError
from spatialstats.poisson import e_test

__all__ = ["YearChange", "compare_years"]


@dataclass(frozen=True, slots=True)
class YearChange:
    """
    Change of n areas from one year to the next.

    Parameters
    ----------
    percent
        Change in per cent of the year before, shape (n,); NaN where that year has none.
    lower, upper
        Exact interval of the change, in per cent; the upper limit may be infinite.
    p_value, q_value
        p of the e-test, and the same after Benjamini-Hochberg over the areas that had any incident; 1 where neither
        year had one.
    """

    percent: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    p_value: NDArray[np.float64]
    q_value: NDArray[np.float64]

    def part(self, rows: slice) -> YearChange:
        """Return some of the areas, with the q-values of the whole family."""
        return YearChange(
            self.percent[rows], self.lower[rows], self.upper[rows], self.p_value[rows], self.q_value[rows]
        )


def compare_years(now: ArrayLike, before: ArrayLike, *, level: float = 0.95) -> YearChange:
    """
    Compare the counts of two like years in each area.

    The interval is Clopper-Pearson's for the share `pi` of this year in both, turned into the ratio `pi / (1 - pi)`:
    given their sum, two Poisson counts of equal exposure are binomial.

    Parameters
    ----------
    now, before
        Counts of the two years, shape (n,).
    level
        Coverage of the interval.

    Raises
    ------
    AnalysisError
        If a count is negative or not known, or the shapes differ.

    References
    ----------
    Krishnamoorthy K., Thomson J. (2004), doi 10.1016/S0378-3758(02)00408-1; Benjamini Y., Hochberg Y. (1995)
    Controlling the false discovery rate. Journal of the Royal Statistical Society B 57, 289-300.

    Examples
    --------
    >>> change = compare_years([30, 5], [10, 6])
    >>> change.percent.round(1).tolist(), change.q_value.round(3).tolist()
    ([200.0, -16.7], [0.003, 0.806])
    """
    k1, k2 = np.rint(np.asarray(now, dtype=np.float64)), np.rint(np.asarray(before, dtype=np.float64))
    if k1.shape != k2.shape or k1.ndim != 1:
        raise AnalysisError("two years are compared area by area: both need a count for each")
    p_value, q_value = e_test(k1, k2), np.ones(len(k1))
    tested = k1 + k2 > 0
    if tested.any():
        q_value[tested] = false_discovery_control(np.minimum(p_value[tested], 1.0))
    percent = np.divide(100.0 * (k1 - k2), k2, out=np.full(len(k1), np.nan), where=k2 > 0)
    tail = (1.0 - level) / 2.0
    low = np.where(k1 > 0, beta.ppf(tail, np.maximum(k1, 1), k2 + 1), 0.0)
    high = np.where(k2 > 0, beta.isf(tail, k1 + 1, np.maximum(k2, 1)), 1.0)
    return YearChange(percent, _as_percent(low), _as_percent(high), p_value, q_value)


def _as_percent(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn the share of this year in both years into a change in per cent."""
    ratio = np.divide(share, 1.0 - share, out=np.full(len(share), np.inf), where=share < 1)
    return 100.0 * (ratio - 1.0)
