"""
Trend class of a cell: hot spots that are new, persistent, fading and so on.

A cell's Gi* of each step is tested, its trend over the steps by Mann-Kendall, and the two make a class. Two faults of a
widely used implementation are avoided: steps that are significantly *cold* never count towards a hot class, and a
historical hot spot needs a last step that is not significantly hot.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from domain.errors import AnalysisError

__all__ = ["MannKendallResult", "TrendClass", "mann_kendall", "trend_classes"]

_MOST_STEPS = 0.9
_LEAST_STEPS = 12


class TrendClass(StrEnum):
    """The classes of an emerging hot spot analysis, hot side only: Redzones never draws a cold spot."""

    NONE = "none"
    NEW = "new"
    CONSECUTIVE = "consecutive"
    INTENSIFYING = "intensifying"
    PERSISTENT = "persistent"
    DIMINISHING = "diminishing"
    SPORADIC = "sporadic"
    OSCILLATING = "oscillating"
    HISTORICAL = "historical"


@dataclass(frozen=True, slots=True)
class MannKendallResult:
    """
    Trend of each series.

    Parameters
    ----------
    s
        Number of rising pairs less falling pairs, shape (n_series,).
    tau
        Kendall's tau-b against time, shape (n_series,).
    p_value
        Two-sided, with continuity and tie corrections, shape (n_series,).
    """

    s: NDArray[np.int64]
    tau: NDArray[np.float64]
    p_value: NDArray[np.float64]


def mann_kendall(series: NDArray[np.float64]) -> MannKendallResult:
    """
    Test each series for a monotonic trend (Mann 1945, Kendall 1975).

    `S = sum_{i<j} sign(y_j - y_i)`, `Var S = (n(n-1)(2n+5) - sum_t t(t-1)(2t+5)) / 18` over groups of t ties, and
    `p = 2 (1 - Phi((|S| - 1) / sqrt(Var S)))`.

    Parameters
    ----------
    series
        Values of shape (n_series, n_steps), in order of time.

    Raises
    ------
    AnalysisError
        If there are fewer than three steps.

    Examples
    --------
    >>> result = mann_kendall(np.arange(10.0)[None, :])
    >>> int(result.s[0]), float(result.tau[0])
    (45, 1.0)
    """
    values = np.atleast_2d(np.asarray(series, dtype=np.float64))
    n = values.shape[1]
    if n < 3:
        raise AnalysisError("a trend needs at least three steps")
    first, second = np.triu_indices(n, k=1)
    s = np.sign(values[:, second] - values[:, first]).sum(axis=1).astype(np.int64)
    ties = np.array([_tie_terms(row) for row in values], dtype=np.float64).reshape(-1, 2)
    variance = (n * (n - 1) * (2 * n + 5) - ties[:, 0]) / 18
    pairs = n * (n - 1) / 2
    scale = np.sqrt(pairs * (pairs - ties[:, 1]))
    tau = np.divide(s, scale, out=np.zeros(len(s)), where=scale > 0)
    score = np.divide(np.maximum(np.abs(s) - 1, 0), np.sqrt(np.maximum(variance, 1e-300)))
    p_value = np.where(variance > 0, 2 * norm.sf(score), 1.0)
    return MannKendallResult(s, tau, np.minimum(p_value, 1.0))


def _tie_terms(row: NDArray[np.float64]) -> tuple[float, float]:
    """Return the tie corrections of the variance and of the number of pairs."""
    counts = np.unique(row, return_counts=True)[1]
    return float((counts * (counts - 1) * (2 * counts + 5)).sum()), float((counts * (counts - 1) / 2).sum())


def trend_classes(
    z: NDArray[np.float64],
    is_hot: NDArray[np.bool_],
    is_cold: NDArray[np.bool_],
    *,
    alpha: float = 0.05,
    least_steps: int = _LEAST_STEPS,
) -> NDArray[np.object_]:
    """
    Class every cell by which of its steps were hot and how its Gi* moved.

    New: only the last step is hot. Consecutive: one unbroken final run of hot steps, never before, under 90 per cent of
    steps. Intensifying, persistent, diminishing: at least 90 per cent hot with the last hot, and Gi* rising, neither,
    falling. Historical: at least 90 per cent hot, the last not. Oscillating: the last hot, some step cold. Sporadic:
    hot on and off, never cold.

    Parameters
    ----------
    z
        Gi* of each cell and step, shape (n_cells, n_steps).
    is_hot, is_cold
        Significance of each, same shape.
    alpha
        Level of the Mann-Kendall test.
    least_steps
        A class is given only from so many steps.

    Returns
    -------
    array
        `TrendClass` values, shape (n_cells,).

    Raises
    ------
    AnalysisError
        If shapes differ or there are too few steps.
    """
    if not z.shape == is_hot.shape == is_cold.shape:
        raise AnalysisError("Gi* and its significance must have the same shape")
    n_steps = z.shape[1]
    if n_steps < least_steps:
        raise AnalysisError(f"a trend class needs at least {least_steps} steps; there are {n_steps}")
    trend = mann_kendall(z)
    rises = (trend.p_value <= alpha) & (trend.s > 0)
    falls = (trend.p_value <= alpha) & (trend.s < 0)
    n_hot, last, any_cold = is_hot.sum(axis=1), is_hot[:, -1], is_cold.any(axis=1)
    mostly = n_hot >= _MOST_STEPS * n_steps
    final_run = np.argmin(np.column_stack([is_hot[:, ::-1], np.zeros(len(z), dtype=bool)]), axis=1)
    unbroken = last & (final_run == n_hot) & ~mostly
    choices = [
        (last & (n_hot == 1), TrendClass.NEW),
        (unbroken, TrendClass.CONSECUTIVE),
        (mostly & last & rises, TrendClass.INTENSIFYING),
        (mostly & last & falls, TrendClass.DIMINISHING),
        (mostly & last, TrendClass.PERSISTENT),
        (mostly & ~last, TrendClass.HISTORICAL),
        (last & any_cold, TrendClass.OSCILLATING),
        ((n_hot > 0) & ~any_cold, TrendClass.SPORADIC),
    ]
    classes = np.full(len(z), TrendClass.NONE, dtype=object)
    for holds, name in reversed(choices):
        classes[holds] = name
    return classes
