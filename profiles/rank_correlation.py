"""
Partial rank correlations across areas, with intervals that know of neighbours and of having been chosen (METHODS 5).

Ranks of direct figures are correlated, the other figures held; how many areas really count is corrected for spatial
autocorrelation; intervals of the correlations that are singled out keep the false coverage rate. An association across
areas is never a cause, and says nothing of persons (ecological fallacy).
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial.distance import pdist, squareform
from scipy.stats import false_discovery_control, norm, rankdata

from domain.areas import FigureState

__all__ = ["CORRELATION_COLUMNS", "area_correlations", "effective_sample_size", "partial_rank_correlation"]

#: Columns of the table of correlations.
CORRELATION_COLUMNS: tuple[str, ...] = (
    "first", "second", "given", "n_areas", "effective_n", "estimate", "lower", "upper", "p_value", "q_value",
    "is_singled_out", "coverage", "state", "note",
)  # fmt: skip
#: Fewer areas than this, beyond those used up by what is held, tell nothing.
LEAST_AREAS = 12
_RATE = 0.05

Floats = NDArray[np.float64]


def partial_rank_correlation(values: Floats) -> Floats:
    """
    Return Spearman's correlation of each pair of columns, all other columns held.

    With the matrix `R` of Spearman correlations and its inverse `P`, the partial correlation is
    `-P_ij / sqrt(P_ii P_jj)`.

    Parameters
    ----------
    values
        Shape (n_areas, n_figures), without missing values.

    Returns
    -------
    ndarray
        Shape (n_figures, n_figures), 1 on the diagonal; NaN where a column is constant or repeats others.

    Examples
    --------
    >>> partial_rank_correlation(np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 4.0], [4.0, 3.0]])).round(3).tolist()
    [[1.0, 0.6], [0.6, 1.0]]
    """
    ranks = np.apply_along_axis(rankdata, 0, values)
    n = ranks.shape[1]
    if (np.ptp(ranks, axis=0) == 0).any():
        return np.full((n, n), np.nan)
    matrix = np.atleast_2d(np.corrcoef(ranks, rowvar=False))
    if np.linalg.cond(matrix) > 1e10:
        return np.full((n, n), np.nan)
    inverse = np.linalg.inv(matrix)
    scale = np.sqrt(np.diag(inverse))
    partial = -inverse / np.outer(scale, scale)
    np.fill_diagonal(partial, 1.0)
    return np.asarray(partial, dtype=np.float64)


def effective_sample_size(x: Floats, y: Floats, xy_m: Floats) -> float:
    """
    Return how many independent areas a correlation of two spatially autocorrelated figures is worth.

    `1 + 1 / var(r)` with `var(r) = sum_k N_k C_x(k) C_y(k) / (n^2 s_x^2 s_y^2)` over classes `k` of distance, of which
    there are as many as Sturges' rule says, and the distance nought. Never more than the areas.

    Parameters
    ----------
    x, y
        Figures, shape (n_areas,).
    xy_m
        Points of the areas, shape (n_areas, 2), metres.

    References
    ----------
    Clifford, Richardson and Hemon (1989), Biometrics 45, 123-134, doi 10.2307/2532039.

    Examples
    --------
    >>> line = np.column_stack([np.arange(40.0), np.zeros(40)])
    >>> round(effective_sample_size(np.arange(40.0), np.arange(40.0), line)) < 10
    True
    """
    n = len(x)
    dx, dy = x - x.mean(), y - y.mean()
    spread = float((dx @ dx) * (dy @ dy)) / n**2
    if spread <= 0:
        return np.nan
    distance = squareform(pdist(xy_m))
    upper = np.triu_indices(n, 1)
    d = distance[upper]
    n_classes = int(np.ceil(1 + np.log2(len(d)))) if len(d) else 1
    edges = np.linspace(0.0, float(d.max(initial=1.0)), n_classes + 1)
    group = np.clip(np.searchsorted(edges, d, side="left") - 1, 0, n_classes - 1)
    pairs = np.bincount(group, minlength=n_classes).astype(np.float64)
    of_x = np.bincount(group, weights=(np.outer(dx, dx))[upper], minlength=n_classes)
    of_y = np.bincount(group, weights=(np.outer(dy, dy))[upper], minlength=n_classes)
    held = pairs > 0
    between = 2.0 * float((of_x[held] * of_y[held] / pairs[held]).sum())
    variance = (n * spread + between) / (n**2 * spread)
    return float(np.clip(1.0 + 1.0 / variance, 3.0, n)) if variance > 0 else float(n)


def area_correlations(table: pd.DataFrame, xy_m: Floats, *, labels: dict[str, str]) -> pd.DataFrame:
    """
    Return the partial rank correlation of every pair of figures across areas, with its interval.

    Fisher's `z` has the variance `(1 + r^2 / 2) / (n_eff - g - 3)` with `g` figures held (Bonett and Wright 2000, doi
    10.1007/BF02294183). Pairs are singled out by Benjamini-Hochberg at 5 per cent; with `R` of `m` singled out, their
    intervals have the coverage `1 - 0.05 R / m`, so that of the intervals of those singled out at most 5 per cent miss
    (Benjamini and Yekutieli 2005, doi 10.1198/016214504000001907). The others have plain 95 per cent intervals.

    Parameters
    ----------
    table
        A row per area, a column per figure; areas without one of them are left out.
    xy_m
        Points of the areas, shape (n_areas, 2), metres.
    labels
        Plain words for the columns.

    Returns
    -------
    DataFrame
        Columns as `CORRELATION_COLUMNS`, a row per pair in the order of the columns.
    """
    whole = np.isfinite(table.to_numpy(dtype=np.float64)).all(axis=1)
    values, places = table.to_numpy(dtype=np.float64)[whole], xy_m[whole]
    names = list(table.columns)
    held = len(names) - 2
    pairs = list(combinations(range(len(names)), 2))
    n = len(values)
    if n < LEAST_AREAS + held:
        note = f"cannot tell: needs {LEAST_AREAS + held} areas with a figure of their own for each, has {n}"
        return _frame([_row(names, pair, labels, n) for pair in pairs], note)
    partial = partial_rank_correlation(values)
    if np.isnan(partial).any():
        return _frame([_row(names, pair, labels, n) for pair in pairs], "cannot tell: a figure repeats the others")
    ranks = np.apply_along_axis(rankdata, 0, values)
    r = np.array([np.clip(partial[i, j], -0.9999, 0.9999) for i, j in pairs])
    size = np.array([effective_sample_size(*_residuals(ranks, i, j), places) for i, j in pairs])
    free = np.maximum(size - held - 3, 1.0)
    error = np.sqrt((1.0 + r**2 / 2.0) / free)
    p = 2.0 * norm.sf(np.abs(np.arctanh(r)) * np.sqrt(free))
    q = false_discovery_control(p)
    chosen = q <= _RATE
    miss = np.where(chosen, _RATE * chosen.sum() / len(pairs), _RATE)
    half = norm.isf(miss / 2.0) * error
    rows = [
        {**_row(names, pair, labels, n), "effective_n": size[k], "estimate": r[k],
         "lower": np.tanh(np.arctanh(r[k]) - half[k]), "upper": np.tanh(np.arctanh(r[k]) + half[k]),
         "p_value": p[k], "q_value": q[k], "is_singled_out": bool(chosen[k]), "coverage": 1.0 - miss[k],
         "state": FigureState.OK.value}
        for k, pair in enumerate(pairs)
    ]  # fmt: skip
    return _frame(rows, None)


def _residuals(ranks: Floats, i: int, j: int) -> tuple[Floats, Floats]:
    """Return what the other ranks leave of two columns."""
    others = np.delete(ranks, [i, j], axis=1)
    design = np.column_stack([np.ones(len(ranks)), others])
    fitted = design @ np.linalg.lstsq(design, ranks[:, [i, j]], rcond=None)[0]
    left = ranks[:, [i, j]] - fitted
    return left[:, 0], left[:, 1]


def _row(names: list[str], pair: tuple[int, int], labels: dict[str, str], n: int) -> dict[str, object]:
    words = [labels.get(name, name) for name in names]
    given = [word for k, word in enumerate(words) if k not in pair]
    return {
        "first": words[pair[0]], "second": words[pair[1]], "given": "; ".join(given), "n_areas": n,
        "effective_n": np.nan, "estimate": np.nan, "lower": np.nan, "upper": np.nan, "p_value": np.nan,
        "q_value": np.nan, "is_singled_out": False, "coverage": np.nan, "state": FigureState.CANNOT_TELL.value,
    }  # fmt: skip


def _frame(rows: list[dict[str, object]], note: str | None) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=[c for c in CORRELATION_COLUMNS if c != "note"])
    frame["note"] = pd.Series([note] * len(frame), dtype=object)
    return frame[list(CORRELATION_COLUMNS)]
