"""
Near repeats: whether incidents close in space are also close in time, more often than by chance.

Knox's table counts pairs by distance and delay; its null permutes the times. Only pairs within the widest finite band
are ever formed (once, by a k-d tree); the open bands follow from totals that no permutation changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from domain.errors import AnalysisError

__all__ = ["KnoxResult", "knox"]


@dataclass(frozen=True, slots=True)
class KnoxResult:
    """
    Knox table of pairs by distance and delay.

    Parameters
    ----------
    distance_edges_m, delay_edges_days
        Edges of the half-open bands `[a, b)`.
    observed
        Pairs, shape (n_distance_bands, n_delay_bands).
    expected
        Pairs expected if space and time were independent (product of the margins over all pairs), same shape.
    ratio
        Observed over the mean of the permutations, same shape; NaN where that mean is zero.
    p_value
        One-sided upper `(M + 1) / (R + 1)`, same shape.
    n_permutations
        R.
    """

    distance_edges_m: tuple[float, ...]
    delay_edges_days: tuple[float, ...]
    observed: NDArray[np.int64]
    expected: NDArray[np.float64]
    ratio: NDArray[np.float64]
    p_value: NDArray[np.float64]
    n_permutations: int


#: Pairs whose delays are formed at once and then counted for every edge: few enough to stay in the nearest cache.
_BLOCK = 2048


@numba.njit(cache=True)
def _below(delay: NDArray[np.float32], size: int, edge: np.float32) -> int:  # pragma: no cover - compiled
    """Count delays below an edge, without a branch, so that the compiler can count many at once."""
    total = np.int32(0)
    for p in range(size):
        total += np.int32(delay[p] < edge)
    return total


@numba.njit(cache=True, parallel=True)
def _close_pairs_below(
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    band_start: NDArray[np.int64],
    times: NDArray[np.float32],
    edges: NDArray[np.float32],
    counts: NDArray[np.int64],
) -> None:  # pragma: no cover - compiled; tests also run it as plain Python
    """Count, for each row of `times` and distance band, the close pairs whose delay lies below each edge."""
    for r in numba.prange(times.shape[0]):
        t = times[r]
        delay = np.empty(_BLOCK, dtype=np.float32)
        for s in range(len(band_start) - 1):
            counts[r, s, :] = 0
            for start in range(band_start[s], band_start[s + 1], _BLOCK):
                size = min(_BLOCK, band_start[s + 1] - start)
                for p in range(size):
                    delay[p] = abs(t[first[start + p]] - t[second[start + p]])
                for e in range(len(edges)):
                    counts[r, s, e] += _below(delay, size, edges[e])


def _check(points: NDArray[np.float64], days: NDArray[np.float64], *bands: tuple[float, ...]) -> None:
    if points.ndim != 2 or points.shape[1] != 2 or len(points) != len(days):
        raise AnalysisError("near repeats need as many times as points, and two coordinates a point")
    if len(points) < 2:
        raise AnalysisError("near repeats need at least two incidents")
    if not (np.isfinite(points).all() and np.isfinite(days).all()):
        raise AnalysisError("near repeats need a finite place and time for every incident")
    for edges in bands:
        if len(edges) < 2 or any(b <= a for a, b in pairwise(edges)):
            raise AnalysisError("the edges of bands must rise")
        if edges[0] != 0 or not np.isfinite(edges[-2]):
            raise AnalysisError("bands begin at 0, and only their last edge may be infinite")


def knox(
    points: NDArray[np.float64],
    days: NDArray[np.float64],
    *,
    distance_edges_m: tuple[float, ...],
    delay_edges_days: tuple[float, ...],
    metric: str = "manhattan",
    n_permutations: int = 999,
    rng: np.random.Generator,
) -> KnoxResult:
    """
    Count pairs of incidents by distance and delay, and test each count by permuting the times.

    Parameters
    ----------
    points
        Coordinates in metres, shape (n, 2).
    days
        Times in days, shape (n,); whole days make ties exact.
    distance_edges_m, delay_edges_days
        Rising edges of the bands, from 0; the last may be infinite.
    metric
        `manhattan` (as near-repeat studies do) or `euclidean`.
    n_permutations
        R.
    rng
        Source of randomness.

    Raises
    ------
    AnalysisError
        If there are fewer than two incidents, a value is not finite, or edges do not rise from 0.

    References
    ----------
    Knox (1964), doi 10.2307/2985220; Johnson et al. (2007), doi 10.1007/s10940-007-9025-3.

    Examples
    --------
    >>> result = knox(
    ...     np.array([[0.0, 0.0], [0.0, 100.0]]),
    ...     np.array([0.0, 3.0]),
    ...     distance_edges_m=(0, 100, 200),
    ...     delay_edges_days=(0, 3, 6),
    ...     n_permutations=9,
    ...     rng=np.random.default_rng(1),
    ... )
    >>> result.observed.tolist()
    [[0, 0], [0, 1]]
    """
    points, days = np.asarray(points, dtype=np.float64), np.asarray(days, dtype=np.float64)
    _check(points, days, distance_edges_m, delay_edges_days)
    counter = _Counter(points, days - days.min(), distance_edges_m, delay_edges_days, metric)
    observed = counter.table(counter.days[None])[0]
    total = np.zeros(observed.shape)
    exceeding = np.zeros(observed.shape, dtype=np.int64)
    done = 0
    block = max(1, min(n_permutations, 4_000_000 // len(days)))
    while done < n_permutations:
        size = min(block, n_permutations - done)
        shuffled = np.stack([rng.permutation(counter.days) for _ in range(size)])
        tables = counter.table(shuffled)
        total += tables.sum(axis=0)
        exceeding += (tables >= observed).sum(axis=0)
        done += size
    mean = total / max(n_permutations, 1)
    ratio = np.divide(observed, mean, out=np.full(observed.shape, np.nan), where=mean > 0)
    p_value = (exceeding + 1) / (n_permutations + 1)
    return KnoxResult(
        tuple(distance_edges_m), tuple(delay_edges_days), observed, counter.expected(), ratio, p_value, n_permutations
    )


class _Counter:
    """The pairs of one set of points, ready to be counted for any order of the times."""

    def __init__(
        self,
        points: NDArray[np.float64],
        days: NDArray[np.float64],
        distance_edges_m: tuple[float, ...],
        delay_edges_days: tuple[float, ...],
        metric: str,
    ) -> None:
        if metric not in {"manhattan", "euclidean"}:
            raise AnalysisError(f"the metric is manhattan or euclidean, not {metric}")
        self.days = days.astype(np.float32)
        self._n_pairs = len(days) * (len(days) - 1) // 2
        self._edges = np.asarray(delay_edges_days, dtype=np.float32)
        self._is_open = not np.isfinite(distance_edges_m[-1])
        finite = [e for e in distance_edges_m if np.isfinite(e)]
        self._form_pairs(points, finite, metric)
        self._delays = self._count_all_below()

    def _form_pairs(self, points: NDArray[np.float64], edges: list[float], metric: str) -> None:
        order = 1 if metric == "manhattan" else 2
        pairs = cKDTree(points).query_pairs(edges[-1], p=order, output_type="ndarray")
        step = np.abs(points[pairs[:, 0]] - points[pairs[:, 1]])
        distance = step.sum(axis=1) if order == 1 else np.hypot(step[:, 0], step[:, 1])
        band = np.searchsorted(edges, distance, side="right") - 1
        inside = (band >= 0) & (band < len(edges) - 1)
        pairs, band = pairs[inside], band[inside]
        arranged = np.argsort(band, kind="stable")
        self._first = pairs[arranged, 0].astype(np.int32)
        self._second = pairs[arranged, 1].astype(np.int32)
        self._band_start = np.searchsorted(band[arranged], np.arange(len(edges))).astype(np.int64)

    def _count_all_below(self) -> NDArray[np.int64]:
        """Count all pairs whose delay lies below each edge: no permutation changes that."""
        ordered = np.sort(self.days)
        # differences are formed in single precision, as the kernel forms them
        return np.array([_pairs_below(ordered, edge) for edge in self._edges], dtype=np.int64)

    def table(self, times: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return the table of each row of times, shape (n_rows, n_distance_bands, n_delay_bands)."""
        times = np.ascontiguousarray(times, dtype=np.float32)
        below = np.empty((len(times), len(self._band_start) - 1, len(self._edges)), dtype=np.int64)
        _close_pairs_below(self._first, self._second, self._band_start, times, self._edges, below)
        if self._is_open:
            rest = self._delays[None, None] - below.sum(axis=1, keepdims=True)
            below = np.concatenate([below, rest], axis=1)
        return np.diff(below, axis=2)

    def expected(self) -> NDArray[np.float64]:
        """Return the product of the margins over the number of all pairs."""
        by_delay = np.diff(self._delays)
        by_distance = np.diff(self._band_start)
        if self._is_open:
            by_distance = np.append(by_distance, self._n_pairs - by_distance.sum())
        return by_distance[:, None] * by_delay[None] / self._n_pairs


def _pairs_below(ordered: NDArray[np.float32], edge: np.float32) -> int:
    """Count pairs of sorted values whose difference, in single precision, lies below an edge."""
    if np.isinf(edge):
        return len(ordered) * (len(ordered) - 1) // 2
    guess = np.searchsorted(ordered, ordered + edge, side="left")
    total = 0
    for i, stop in enumerate(guess):
        j = int(stop)
        while j < len(ordered) and ordered[j] - ordered[i] < edge:
            j += 1
        while j > i + 1 and not ordered[j - 1] - ordered[i] < edge:
            j -= 1
        total += max(j - i - 1, 0)
    return total
