"""
Is a burst in time more than luck? The scan statistic: the most incidents in any window of some length.

Looking at every window finds a large count sooner or later; the p-value allows for having looked at all of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson

from domain.errors import AnalysisError

__all__ = ["scan_p"]

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def scan_p(n_largest: int, *, mean_per_window: float, n_windows: float) -> float:
    """
    Return the chance that some window holds so many incidents or more, though they come evenly.

    Parameters
    ----------
    n_largest
        The most incidents seen in any window, wherever it begins.
    mean_per_window
        Mean incidents of a window.
    n_windows
        How many windows fit into the time watched, one after another; at least two.

    Returns
    -------
    float
        `1 - Q2 (Q3 / Q2) ** (n_windows - 2)`, with `Q2`, `Q3` the chances of no such window in two and in three
        windows' time (Naus 1982, doi 10.1080/01621459.1982.10477783).

    Raises
    ------
    AnalysisError
        If the watch is shorter than two windows, or the mean is negative.

    Examples
    --------
    >>> round(scan_p(6, mean_per_window=0.6, n_windows=208), 5)
    0.03902
    """
    if n_windows < 2 or mean_per_window < 0:
        raise AnalysisError("a scan needs a watch of at least two windows and a mean that is not negative")
    if n_largest <= 1 or mean_per_window == 0:
        some = float(-np.expm1(-mean_per_window * n_windows))
        return 1.0 if n_largest <= 0 else some if n_largest == 1 else 0.0
    two, three = _none_in_two(n_largest, mean_per_window), _none_in_three(n_largest, mean_per_window)
    return float(np.clip(1 - two * (three / two) ** (n_windows - 2), 0.0, 1.0)) if two > 0 else 1.0


def _chance(k: int | Counts, mean: float) -> Floats:
    return np.asarray(poisson.pmf(k, mean), dtype=np.float64)


def _up_to(k: int | Counts, mean: float) -> Floats:
    return np.asarray(poisson.cdf(k, mean), dtype=np.float64)


def _none_in_two(n: int, mean: float) -> float:
    at_n = _chance(n, mean)
    below = _up_to(n - 1, mean) ** 2 - (n - 1) * at_n * _chance(n - 2, mean)
    return float(below - (n - 1 - mean) * at_n * _up_to(n - 3, mean))


def _none_in_three(n: int, mean: float) -> float:
    at_n = _chance(n, mean)
    first = 2 * at_n * _up_to(n - 1, mean) * ((n - 1) * _up_to(n - 2, mean) - mean * _up_to(n - 3, mean))
    inner = (n - 1) * (n - 2) * _up_to(n - 3, mean) - 2 * (n - 2) * mean * _up_to(n - 4, mean)
    second = 0.5 * at_n**2 * (inner + mean**2 * _up_to(n - 5, mean))
    r = np.arange(1, n)
    third = (_chance(2 * n - r, mean) * _up_to(r - 1, mean) ** 2).sum()
    s = np.arange(2, n)
    tail = (s - 1) * _up_to(s - 2, mean) - mean * _up_to(s - 3, mean)
    fourth = (_chance(2 * n - s, mean) * _chance(s, mean) * tail).sum()
    return float(_up_to(n - 1, mean) ** 3 - first + second + third - fourth)
