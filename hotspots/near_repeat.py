"""
Near repeats: whether incidents close in space are also close in time, more often than by chance.

Knox's table counts pairs by distance and delay; its null permutes the times. Only pairs within the widest finite band
are ever formed (once, by a k-d tree); the open bands follow from totals that no permutation changes. Each permutation
is shuffled and counted where its times lie in the cache; it has its own seed, so that threads change no result.
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
    return int(total)


@numba.njit(cache=True)
def _close_pairs_below(
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    band_start: NDArray[np.int64],
    times: NDArray[np.float32],
    edges: NDArray[np.float32],
    counts: NDArray[np.int64],
) -> None:  # pragma: no cover - compiled; tests also run it as plain Python
    """Count, for each distance band, the close pairs whose delay lies below each edge."""
    delay = np.empty(_BLOCK, dtype=np.float32)
    counts[:] = 0
    for s in range(len(band_start) - 1):
        for start in range(band_start[s], band_start[s + 1], _BLOCK):
            size = min(_BLOCK, band_start[s + 1] - start)
            for p in range(size):
                delay[p] = abs(times[first[start + p]] - times[second[start + p]])
            for e in range(len(edges)):
                counts[s, e] += _below(delay, size, edges[e])


@numba.njit(cache=True)
def _shuffled(times: NDArray[np.float32], seed: np.uint64) -> NDArray[np.float32]:  # pragma: no cover - compiled
    """Shuffle as Fisher and Yates do, on Marsaglia's xorshift generator (2003, doi 10.18637/jss.v008.i14)."""
    shuffled = times.copy()
    state = seed
    for i in range(len(shuffled) - 1, 0, -1):
        state ^= state << np.uint64(13)
        state ^= state >> np.uint64(7)
        state ^= state << np.uint64(17)
        j = int(float(state >> np.uint64(11)) * 2.0**-53 * (i + 1))
        shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
    return shuffled


@numba.njit(cache=True, parallel=True)
def _close_pairs_below_shuffled(
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    band_start: NDArray[np.int64],
    times: NDArray[np.float32],
    edges: NDArray[np.float32],
    seeds: NDArray[np.uint64],
    counts: NDArray[np.int64],
) -> None:  # pragma: no cover - compiled; tests also run it as plain Python
    """Count as `_close_pairs_below` does for the shuffle of every seed."""
    for r in numba.prange(len(seeds)):
        _close_pairs_below(first, second, band_start, _shuffled(times, seeds[r]), edges, counts[r])


@numba.njit(cache=True)
def _pairs_below(ordered: NDArray[np.float32], edge: np.float32) -> int:  # pragma: no cover - compiled
    """Count pairs of sorted values whose difference, in single precision, lies below an edge."""
    total, stop = 0, 0
    for i in range(len(ordered)):
        stop = max(stop, i + 1)
        while stop < len(ordered) and ordered[stop] - ordered[i] < edge:
            stop += 1
        total += stop - i - 1
    return total


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
    observed = counter.observed()
    # a state of zero would stay zero
    tables = counter.permuted(rng.integers(1, 2**64, size=n_permutations, dtype=np.uint64))
    exceeding = (tables >= observed).sum(axis=0)
    mean = tables.sum(axis=0) / max(n_permutations, 1)
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
        # neighbours in space lie near each other in memory
        strip = np.floor((points[:, 1] - points[:, 1].min()) / max(e for e in distance_edges_m if np.isfinite(e)))
        order = np.lexsort((points[:, 0], strip))
        points = points[order]
        self._days = days[order].astype(np.float32)
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
        ordered = np.sort(self._days)
        # differences are formed in single precision, as the kernel forms them
        return np.array([_pairs_below(ordered, edge) for edge in self._edges], dtype=np.int64)

    def observed(self) -> NDArray[np.int64]:
        """Return the table of the times as they are, shape (n_distance_bands, n_delay_bands)."""
        below = np.empty((len(self._band_start) - 1, len(self._edges)), dtype=np.int64)
        _close_pairs_below(self._first, self._second, self._band_start, self._days, self._edges, below)
        return self._tables(below[None])[0]

    def permuted(self, seeds: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the table of each shuffle of the times, shape (n_seeds, n_distance_bands, n_delay_bands)."""
        below = np.empty((len(seeds), len(self._band_start) - 1, len(self._edges)), dtype=np.int64)
        pairs = self._first, self._second, self._band_start
        _close_pairs_below_shuffled(*pairs, self._days, self._edges, seeds, below)
        return self._tables(below)

    def _tables(self, below: NDArray[np.int64]) -> NDArray[np.int64]:
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
