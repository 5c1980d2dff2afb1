"""K-means partitions, how well they separate, and whether they come back when areas are drawn anew."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn import config_context
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import calinski_harabasz_score
from threadpoolctl import ThreadpoolController

__all__ = ["Diagnosis", "Partition", "diagnose", "fit_partition", "fit_partitions", "nearest", "silhouettes"]

_LARGEST_SEED = 2**31 - 1
#: Starts of each fit to a resample: its partition is compared, not kept.
_RESAMPLE_STARTS = 5
#: From so many areas on, starts are tried for a few rounds and only the best go on, in single precision; resamples have
#: this many areas; and starts of a resample are fewer.
_MANY = 5_000
_MANY_RESAMPLE_STARTS = 3
#: Of many areas: rounds of a trial, share of the starts that are trials, starts from one cluster fewer, and how many
#: trials go on to the end.
_TRIAL_ROUNDS, _TRIAL_SHARE, _WARM, _FINALISTS = 12, 0.24, 8, 3
_BLOCK_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Partition:
    """
    Areas in k clusters, the largest first (ties: by centroid, variable by variable).

    Parameters
    ----------
    labels
        Cluster of each area, shape (n_areas,), 0 to k - 1.
    centroids
        Shape (k, n_variables).
    inertia
        Sum of squared distances to the own centroid.
    """

    labels: NDArray[np.int64]
    centroids: NDArray[np.float64]
    inertia: float

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.centroids)

    @property
    def smallest_share(self) -> float:
        """Share of the areas in the smallest cluster."""
        return float(np.bincount(self.labels, minlength=self.k).min() / len(self.labels))


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """
    One number of clusters that was tried.

    Parameters
    ----------
    partition
        The best partition of all starts.
    silhouette
        Mean silhouette, -1 to 1; NaN for one cluster.
    calinski_harabasz
        Ratio of the spread between to the spread within clusters; NaN for one cluster.
    stability
        Mean adjusted Rand index over resamples; 1 for one cluster.
    """

    partition: Partition
    silhouette: float
    calinski_harabasz: float
    stability: float


def nearest(points: NDArray[np.float64], centroids: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return the distance of each point to each centroid, shape (n_points, k).

    Examples
    --------
    >>> nearest(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [1.0, 0.0]])).tolist()
    [[5.0, 1.0]]
    """
    return np.asarray(cdist(points, centroids), dtype=np.float64)


def fit_partition(points: NDArray[np.float64], k: int, *, starts: int, rng: np.random.Generator) -> Partition:
    """
    Return the best k-means partition of many starts (scikit-learn's KMeans, one thread, so that runs agree).

    Parameters
    ----------
    points
        Features, shape (n_areas, n_variables), with at least k distinct rows.
    k
        Number of clusters.
    starts
        Number of k-means++ starts.
    rng
        Source of randomness.
    """
    seed = int(rng.integers(_LARGEST_SEED))
    model = KMeans(n_clusters=k, n_init=starts, random_state=seed, tol=0.0, max_iter=1000)
    with _threads().limit(limits=1):
        model.fit(points)
    return _ordered(points, model.cluster_centers_)


def fit_partitions(
    points: NDArray[np.float64],
    numbers: Sequence[int],
    *,
    starts: int,
    rng: np.random.Generator,
    progress: Callable[[int], None] | None = None,
) -> list[Partition]:
    """
    Return the best k-means partition for each number of clusters.

    Up to 5,000 areas each number gets all its starts. Beyond that a quarter of them are followed for a few rounds in
    single precision, and as many again that begin with the centres of one cluster fewer and a point far from them
    (drawn by squared distance); only the best three go on to the end.

    Parameters
    ----------
    points
        Features, shape (n_areas, n_variables).
    numbers
        Numbers of clusters, ascending.
    starts
        Number of k-means++ starts of each.
    rng
        Source of randomness.
    progress
        Hears how many are done.

    References
    ----------
    Arthur D., Vassilvitskii S. (2007) k-means++: the advantages of careful seeding. Proceedings of SODA, 1027-1035.
    """
    found: list[Partition] = []
    single = points.astype(np.float32) if len(points) > _MANY else None
    for k in numbers:
        if progress is not None:
            progress(len(found))
        if single is None:
            found.append(fit_partition(points, k, starts=starts, rng=rng))
        else:
            before = found[-1].centroids if found and found[-1].k == k - 1 else None
            found.append(_fit_many(points, single, k, starts=starts, before=before, rng=rng))
    return found


def _fit_many(
    points: NDArray[np.float64],
    single: NDArray[np.float32],
    k: int,
    *,
    starts: int,
    before: NDArray[np.float64] | None,
    rng: np.random.Generator,
) -> Partition:
    """Fit many areas: trials of a few rounds, of which the best go on."""
    seeds = rng.integers(_LARGEST_SEED, size=max(4, round(_TRIAL_SHARE * starts)))
    inits: list[tuple[str | NDArray[np.float32], int]] = [("k-means++", int(seed)) for seed in seeds]
    if before is not None:
        away = np.square(nearest(points, before)).min(axis=1)
        far = rng.choice(len(points), size=_WARM, replace=False, p=away / away.sum())
        inits += [(np.vstack([before, points[i]]).astype(np.float32), 0) for i in far]
    trials = [_lloyd(single, k, init=init, seed=seed, rounds=_TRIAL_ROUNDS) for init, seed in inits]
    best = sorted(range(len(trials)), key=lambda i: (trials[i].inertia_, i))[:_FINALISTS]
    ends = [_lloyd(single, k, init=trials[i].cluster_centers_, seed=0, rounds=300) for i in best]
    last = min(ends, key=lambda model: float(model.inertia_))
    return _ordered(points, last.cluster_centers_.astype(np.float64))


def _lloyd(single: NDArray[np.float32], k: int, *, init: str | NDArray[np.float32], seed: int, rounds: int) -> KMeans:
    model = KMeans(n_clusters=k, init=init, n_init=1, random_state=seed, tol=0.0, max_iter=rounds)
    with _threads().limit(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a trial is meant to be broken off
        return model.fit(single)


@cache
def _threads() -> ThreadpoolController:
    """Return the control of the thread pools; it looks through every loaded library, so it is made once."""
    return ThreadpoolController()


def _ordered(points: NDArray[np.float64], centroids: NDArray[np.float64]) -> Partition:
    labels = nearest(points, centroids).argmin(axis=1)
    k = len(centroids)
    sizes = np.bincount(labels, minlength=k)
    means = np.stack([points[labels == c].mean(axis=0) if sizes[c] else centroids[c] for c in range(k)])
    order = np.lexsort((*np.round(means, 9).T[::-1], -sizes))
    labels = np.argsort(order)[labels].astype(np.int64)
    centroids = means[order]
    return Partition(labels, centroids, float(((points - centroids[labels]) ** 2).sum()))


def silhouettes(points: NDArray[np.float64], labelings: Sequence[NDArray[np.int64]]) -> list[float]:
    """
    Return the mean silhouette of several partitions from one pass over the distances.

    The silhouette of an area is `(b - a) / max(a, b)`, a being its mean distance to the others of its cluster and b
    that to the nearest other cluster; 0 in a cluster of one. Distances are computed once, block by block, and summed
    into the clusters of all partitions by one matrix product; for many areas in single precision, which moves the mean
    by less than 1e-6.

    Parameters
    ----------
    points
        Features, shape (n_areas, n_variables).
    labelings
        Labels of each partition, shape (n_areas,), from 0 without gaps; at least two clusters each.

    References
    ----------
    Rousseeuw P. J. (1987) Silhouettes: a graphical aid to the interpretation and validation of cluster analysis.
    Journal of Computational and Applied Mathematics 20, 53-65, doi 10.1016/0377-0427(87)90125-7.
    """
    sizes = [np.bincount(labels) for labels in labelings]
    kind = np.float32 if len(points) > _MANY else np.float64
    members = np.concatenate([np.eye(len(s), dtype=kind)[m] for s, m in zip(sizes, labelings, strict=True)], axis=1)
    edges = np.cumsum([0, *(len(s) for s in sizes)])
    totals = np.zeros(len(labelings))
    for rows, distances in _distance_blocks((points - points.mean(axis=0)).astype(kind)):
        sums = (distances @ members).astype(np.float64)
        for i, labels in enumerate(labelings):
            own = labels[rows]
            totals[i] += _silhouette_sum(sums[:, edges[i] : edges[i + 1]], own, sizes[i])
    return [float(total / len(points)) for total in totals]


def _distance_blocks(centred: NDArray[np.floating[Any]]) -> Iterator[tuple[slice, NDArray[np.floating[Any]]]]:
    """Yield the distances of some consecutive points to all points."""
    norms = (centred**2).sum(axis=1)
    step = max(1, _BLOCK_CELLS // len(centred))
    for begin in range(0, len(centred), step):
        rows = slice(begin, min(begin + step, len(centred)))
        squared = (-2.0 * centred[rows]) @ centred.T
        squared += norms[rows, None]
        squared += norms
        np.maximum(squared, 0.0, out=squared)
        squared[np.arange(rows.stop - rows.start), np.arange(rows.start, rows.stop)] = 0.0
        yield rows, np.sqrt(squared, out=squared)


def _silhouette_sum(sums: NDArray[np.float64], own: NDArray[np.int64], sizes: NDArray[np.int64]) -> float:
    row = np.arange(len(own))
    within = sums[row, own] / np.maximum(sizes[own] - 1, 1)
    means = sums / sizes
    means[row, own] = np.inf
    other = means.min(axis=1)
    widest = np.maximum(within, other)
    value = np.divide(other - within, widest, out=np.zeros(len(own)), where=widest > 0)
    return float(value[sizes[own] > 1].sum())


def diagnose(
    points: NDArray[np.float64], partitions: Sequence[Partition], *, resamples: int, rng: np.random.Generator
) -> list[Diagnosis]:
    """
    Return silhouette, Calinski-Harabasz index and stability of several partitions of the same areas.

    Stability is the mean adjusted Rand index, over bootstrap resamples of the areas, between the partition and the one
    that is fitted to the resample and then given to all areas. Resamples have as many areas as there are, but at most
    5,000: fewer areas find the partition less surely, so that the figure is then rather too low than too high.

    Parameters
    ----------
    points
        Features, shape (n_areas, n_variables).
    partitions
        Partitions with at least two clusters.
    resamples
        Number of bootstrap resamples; all partitions see the same ones.
    rng
        Source of randomness.

    References
    ----------
    Hennig C. (2007) Cluster-wise assessment of cluster stability. Computational Statistics & Data Analysis 52, 258-271,
    doi 10.1016/j.csda.2006.11.025; Calinski T., Harabasz J. (1974), doi 10.1080/03610927408827101.
    """
    widths = silhouettes(points, [p.labels for p in partitions])
    drawn = [rng.integers(len(points), size=min(len(points), _MANY)) for _ in range(resamples)]
    ids = np.unique(points, axis=0, return_inverse=True)[1].reshape(-1)
    distinct = [len(np.unique(ids[rows])) for rows in drawn]
    return [
        Diagnosis(
            partition,
            width,
            float(calinski_harabasz_score(points, partition.labels)) if partition.k < len(points) else np.nan,
            _stability(points, partition, drawn, distinct, rng),
        )
        for partition, width in zip(partitions, widths, strict=True)
    ]


def _stability(
    points: NDArray[np.float64],
    partition: Partition,
    drawn: Sequence[NDArray[np.int64]],
    distinct: Sequence[int],
    rng: np.random.Generator,
) -> float:
    """Compare a partition with those of resamples, of which `distinct` says how many different areas they hold."""
    is_many = len(points) > _MANY
    used = points.astype(np.float32) if is_many else points
    starts = _MANY_RESAMPLE_STARTS if is_many else _RESAMPLE_STARTS
    agreement = []
    # the points are checked once, not again for each of hundreds of small fits, which would take longer than the fits
    with _threads().limit(limits=1), config_context(assume_finite=True, skip_parameter_validation=True):
        for rows, n in zip(drawn, distinct, strict=True):
            seed = int(rng.integers(_LARGEST_SEED))
            model = KMeans(n_clusters=min(partition.k, n), n_init=starts, random_state=seed)
            centres = model.fit(used[rows]).cluster_centers_
            labels = ((centres**2).sum(axis=1) - 2.0 * (used @ centres.T)).argmin(axis=1)
            agreement.append(_adjusted_rand(partition.labels, labels))
    return float(np.mean(agreement))


def _adjusted_rand(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """
    Return the adjusted Rand index of two labellings from 0 on, as scikit-learn's `adjusted_rand_score` to the last bit.

    That one spends nearly all its time on finding out what kind of labels it was given.
    """
    n = len(one)
    width = int(other.max()) + 1
    both = np.bincount(one * width + other)
    pairs, in_one, in_other = (int((counts.astype(np.int64) ** 2).sum())
                               for counts in (both, np.bincount(one), np.bincount(other)))  # fmt: skip
    together, only_one, only_other = pairs - n, in_one - pairs, in_other - pairs
    apart = n * n - only_one - only_other - pairs
    if only_one == 0 and only_other == 0:
        return 1.0
    above = 2.0 * (together * apart - only_one * only_other)
    return above / ((together + only_one) * (only_one + apart) + (together + only_other) * (only_other + apart))
