"""
Getis-Ord Gi* hot spots with exact conditional permutation p-values.

Weights are binary and include the cell itself (Ord & Getis 1995, doi 10.1111/j.1538-4632.1995.tb00912.x). Because
every weight is equal, the null of a cell depends on the number of its neighbours alone, so one set of permutations
serves all cells: its sums are sorted once per number of neighbours, each cell is found by bisection, and the few draws
that hold the cell itself are mended one by one. The result equals a plain count over the same draws in every cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from domain.errors import AnalysisError

__all__ = ["GiStarResult", "draw_without_replacement", "gi_star", "gi_star_z", "hot_cells"]


@dataclass(frozen=True, slots=True)
class GiStarResult:
    """
    Gi* of every cell.

    Parameters
    ----------
    z
        Standardised statistic, shape (n_cells,).
    p_value
        One-sided upper conditional-permutation p-value `(M + 1) / (R + 1)`, shape (n_cells,).
    q_value
        Benjamini-Hochberg adjusted p-value over the family, NaN outside it, shape (n_cells,).
    is_hot
        Whether `q_value` is at most the false discovery rate asked for.
    n_family
        Number of cells tested: those that hold an event themselves, unless another family was asked for.
    n_permutations
        R.
    """

    z: NDArray[np.float64]
    p_value: NDArray[np.float64]
    q_value: NDArray[np.float64]
    is_hot: NDArray[np.bool_]
    n_family: int
    n_permutations: int


def _check(values: NDArray[np.float64], neighbours: csr_array) -> None:
    if values.ndim != 1 or neighbours.shape != (len(values), len(values)):
        raise AnalysisError(f"{len(values)} values need a neighbour matrix of that many rows and columns")
    if not np.isfinite(values).all():
        raise AnalysisError("Gi* needs a finite value in every cell")
    if neighbours.diagonal().any():
        raise AnalysisError("the neighbour matrix must leave out the cell itself: Gi* adds it")


def gi_star_z(values: NDArray[np.float64], neighbours: csr_array) -> NDArray[np.float64]:
    """
    Standardise Gi* with binary weights, the cell itself included.

    `z_i = (sum_j w_ij y_j - W_i mean(y)) / (s sqrt((n W_i - W_i^2) / (n - 1)))`, with `W_i` the number of neighbours
    plus one and `s` the standard deviation of all n values (divisor n).

    Parameters
    ----------
    values
        Value of each cell, shape (n_cells,).
    neighbours
        Binary adjacency without the diagonal, shape (n_cells, n_cells).

    Returns
    -------
    array
        z of shape (n_cells,); 0 where all values are equal.

    Raises
    ------
    AnalysisError
        If shapes do not agree, a value is not finite, or the diagonal is set.
    """
    _check(values, neighbours)
    return _standardised(values, neighbours @ values, np.diff(neighbours.indptr))


def _standardised(
    values: NDArray[np.float64], others: NDArray[np.float64], degree: NDArray[np.int64]
) -> NDArray[np.float64]:
    n = len(values)
    size = degree + 1.0
    total = others + values
    spread = values.std() * np.sqrt(np.maximum(n * size - size**2, 0) / max(n - 1, 1))
    return np.divide(total - size * values.mean(), spread, out=np.zeros(n), where=spread > 0)


def draw_without_replacement(n: int, *, n_draws: int, size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """
    Draw ordered samples of distinct indices from `range(n)`.

    Parameters
    ----------
    n
        Number of cells.
    n_draws, size
        Number of samples, and indices in each; `size` must not exceed `n`.
    rng
        Source of randomness.

    Returns
    -------
    array
        Indices of shape (n_draws, size); every ordered sample is equally likely.
    """
    if size * size * 4 > n:
        return np.argsort(rng.random((n_draws, n)), axis=1, kind="stable")[:, :size].astype(np.int64)
    drawn = rng.integers(n, size=(n_draws, size))
    while True:
        ordered = np.sort(drawn, axis=1)
        clashing = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
        if not len(clashing):
            return drawn
        drawn[clashing] = rng.integers(n, size=(len(clashing), size))


@numba.njit(cache=True)
def _first_at_least(ordered: NDArray[np.float64], value: float) -> int:  # pragma: no cover - compiled
    """Bisect for the first of the ordered numbers that is at least a value."""
    first, left = 0, len(ordered)
    while left > 0:
        half = left // 2
        below = ordered[first + half] < value
        first = first + half + 1 if below else first
        left = left - half - 1 if below else half
    return first


@numba.njit(cache=True)
def _count_exceeding(
    values: NDArray[np.float64],
    others: NDArray[np.float64],
    degree: NDArray[np.int64],
    drawn: NDArray[np.int64],
    sums: NDArray[np.float64],
    ordered: NDArray[np.float64],
    sums_row: NDArray[np.int64],
) -> NDArray[np.int64]:  # pragma: no cover - compiled; tests also run it as plain Python
    """
    Count for every cell the draws whose sum is at least that of its neighbours; 0 for a cell without neighbours.

    `sums` holds the sums of the first k of each draw, one row for each k that occurs, `ordered` the same in order, and
    `sums_row` says which row is that of k. A draw among whose first k is the cell itself takes its next one instead.
    """
    counts = np.zeros(len(values), dtype=np.int64)
    for cell in range(len(values)):
        if degree[cell] > 0:
            counts[cell] = len(drawn) - _first_at_least(ordered[sums_row[degree[cell]]], others[cell])
    for draw in range(len(drawn)):
        for slot in range(drawn.shape[1] - 1):
            cell = drawn[draw, slot]
            k = degree[cell]
            if slot < k:
                with_itself = sums[sums_row[k], draw]
                mended = with_itself - values[cell] + values[drawn[draw, k]]
                counts[cell] += int(mended >= others[cell]) - int(with_itself >= others[cell])
    return counts


def _exceedances(
    values: NDArray[np.float64], others: NDArray[np.float64], degree: NDArray[np.int64], drawn: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Prepare the sums of the draws for every number of neighbours that occurs, and count."""
    occurring = np.flatnonzero(np.bincount(degree))
    occurring = occurring[occurring > 0]
    sums_row = np.zeros(drawn.shape[1], dtype=np.int64)
    sums_row[occurring] = np.arange(len(occurring))
    sums = np.ascontiguousarray(np.cumsum(values[drawn[:, :-1]], axis=1)[:, occurring - 1].T)
    return _count_exceeding(values, others, degree, drawn, sums, np.sort(sums, axis=1), sums_row)


def gi_star(
    values: NDArray[np.float64],
    neighbours: csr_array,
    *,
    n_permutations: int = 99_999,
    false_discovery_rate: float = 0.05,
    family: NDArray[np.bool_] | None = None,
    rng: np.random.Generator,
) -> GiStarResult:
    """
    Test every cell for being a hot spot: its own value held, the others permuted.

    The p-value of a cell is `(M + 1) / (R + 1)`, M the number of the R permutations in which the sum over its
    neighbourhood is at least the one observed; Benjamini-Hochberg is applied over the cells that hold an event. R must
    exceed the number of cells tested over the false discovery rate, or nothing can be found.

    Which cells are tested may depend on what the permutation holds (the cell's own value) and on nothing that it
    permutes: a family of cells whose *neighbourhood* holds an event is picked by the very sum that is tested, and where
    events are few every one of its p-values is small (`docs/adr/0009-cells-that-hold-an-event.md`).

    Parameters
    ----------
    values
        Counts of each cell, shape (n_cells,); whole numbers make ties exact.
    neighbours
        Binary adjacency without the diagonal, shape (n_cells, n_cells).
    n_permutations
        R.
    false_discovery_rate
        Level of the Benjamini-Hochberg procedure, 0 to 1.
    family
        Cells that are tested together, shape (n_cells,); those with a value above zero by default.
    rng
        Source of randomness.

    Raises
    ------
    AnalysisError
        If shapes do not agree, a value is not finite, or the diagonal is set.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> line = csr_array(np.eye(5, k=1) + np.eye(5, k=-1))
    >>> result = gi_star(np.array([0.0, 0, 0, 4, 5]), line, n_permutations=999, rng=np.random.default_rng(1))
    >>> int(result.z.argmax())
    4
    """
    values = np.asarray(values, dtype=np.float64)
    _check(values, neighbours)
    n = len(values)
    degree = np.diff(neighbours.indptr).astype(np.int64)
    others = neighbours @ values
    # a cell that cannot be tested exceeds nothing: p = 1
    exceeding = np.full(n, n_permutations)
    largest = int(degree.max(initial=0))
    if n > largest + 1 > 1:
        drawn = draw_without_replacement(n, n_draws=n_permutations, size=largest + 1, rng=rng)
        exceeding = np.where(degree > 0, _exceedances(values, others, degree, drawn), n_permutations)
    p_value = (exceeding + 1) / (n_permutations + 1)
    z = _standardised(values, others, degree)
    tested = values > 0 if family is None else np.asarray(family, dtype=np.bool_)
    q_value, n_family = _adjusted(exceeding, tested, n_permutations)
    is_hot = np.nan_to_num(q_value, nan=1.0) <= false_discovery_rate
    return GiStarResult(z, p_value, q_value, is_hot, n_family, n_permutations)


def _adjusted(
    exceeding: NDArray[np.int64], family: NDArray[np.bool_], n_permutations: int
) -> tuple[NDArray[np.float64], int]:
    """Adjust as Benjamini and Hochberg do: the p-values are few and known, so that counting them is sorting them."""
    q_value = np.full(len(exceeding), np.nan)
    n_family = int(family.sum())
    if n_family:
        tied = np.bincount(exceeding[family], minlength=n_permutations + 1)
        # an empty p-value below the first has no rank; nobody reads its q
        rank = np.maximum(np.cumsum(tied), 1)
        p_value = np.arange(1, n_permutations + 2) / (n_permutations + 1)
        q_of_count = np.minimum.accumulate((p_value * (n_family / rank))[::-1])[::-1]
        q_value[family] = np.minimum(q_of_count, 1.0)[exceeding[family]]
    return q_value, n_family


def hot_cells(result: GiStarResult) -> NDArray[np.int64]:
    """Return the indices of the hot cells, the hottest first (by z, ties by index)."""
    hot = np.flatnonzero(result.is_hot)
    return hot[np.lexsort((hot, -result.z[hot]))]
