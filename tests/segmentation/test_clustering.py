"""Partitions and their diagnostics agree with scikit-learn, in any number of threads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, calinski_harabasz_score, silhouette_score
from threadpoolctl import threadpool_limits

from segmentation import clustering
from segmentation.clustering import Partition, diagnose, fit_partition, nearest, silhouettes


def blobs(seed: int, n: int = 120, k: int = 3, gap: float = 3.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 4)) + gap * rng.normal(size=(k, 4))[np.arange(n) % k]


@given(seed=st.integers(0, 1000), k=st.integers(2, 7))
@settings(max_examples=20, deadline=None)
def test_one_pass_silhouettes_equal_those_of_scikit_learn(seed: int, k: int) -> None:
    points = blobs(seed)
    rng = np.random.default_rng(seed)
    labelings = [np.concatenate([np.arange(k), rng.integers(0, k, len(points) - k)]), np.arange(len(points)) % 2]
    expected = [silhouette_score(points, labels) for labels in labelings]
    np.testing.assert_allclose(silhouettes(points, labelings), expected, atol=1e-6)


def test_silhouettes_do_not_depend_on_the_size_of_the_blocks(monkeypatch) -> None:
    points, labels = blobs(1), np.arange(120) % 4
    whole = silhouettes(points, [labels])
    monkeypatch.setattr("segmentation.clustering._BLOCK_CELLS", 7 * len(points))
    np.testing.assert_allclose(silhouettes(points, [labels]), whole, rtol=1e-12)


def test_an_area_alone_in_its_cluster_has_a_silhouette_of_zero() -> None:
    points = np.array([[0.0], [0.1], [9.0]])
    assert silhouettes(points, [np.array([0, 0, 1])])[0] == pytest.approx(silhouette_score(points, [0, 0, 1]))


def test_identical_areas_have_a_silhouette_of_zero_and_no_nan() -> None:
    assert silhouettes(np.zeros((6, 2)), [np.arange(6) % 2]) == [0.0]


def test_inertia_and_calinski_harabasz_are_those_of_scikit_learn() -> None:
    points = blobs(2)
    partition = fit_partition(points, 3, starts=20, rng=np.random.default_rng(0))
    peer = KMeans(3, n_init=20, random_state=5).fit(points)
    assert partition.inertia == pytest.approx(peer.inertia_, rel=1e-9)
    diagnosis = diagnose(points, [partition], resamples=2, rng=np.random.default_rng(0))[0]
    assert diagnosis.calinski_harabasz == pytest.approx(calinski_harabasz_score(points, peer.labels_), rel=1e-9)


def test_clusters_are_ordered_by_size_and_then_by_centroid() -> None:
    points = np.concatenate([np.full((5, 1), 9.0), np.full((8, 1), 4.0), np.full((5, 1), 1.0)])
    points = points + np.linspace(0, 0.01, len(points))[:, None]
    partition = fit_partition(points, 3, starts=10, rng=np.random.default_rng(0))
    assert np.bincount(partition.labels).tolist() == [8, 5, 5]
    assert partition.centroids[1, 0] < partition.centroids[2, 0]


def test_labels_are_the_nearest_centroids_so_that_nothing_moves_later() -> None:
    points = blobs(4, n=300, gap=1.0)
    partition = fit_partition(points, 6, starts=10, rng=np.random.default_rng(0))
    assert np.array_equal(nearest(points, partition.centroids).argmin(axis=1), partition.labels)


def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_threads() -> None:
    points = blobs(5, n=600, gap=1.0)
    results = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            found = fit_partition(points, 5, starts=10, rng=np.random.default_rng(9))
        results.append((found.labels.tobytes(), found.centroids.tobytes()))
    assert results[0] == results[1]


def test_separated_groups_come_back_and_noise_does_not() -> None:
    rng = np.random.default_rng(1)
    apart, noise = blobs(6, gap=12.0), rng.normal(size=(150, 6))
    stability = [
        diagnose(points, [fit_partition(points, k, starts=10, rng=rng)], resamples=15, rng=rng)[0].stability
        for points, k in ((apart, 3), (noise, 6))
    ]
    assert stability[0] == pytest.approx(1.0)
    assert stability[1] < 0.6


def test_resamples_with_fewer_distinct_areas_than_clusters_are_survived() -> None:
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [5.0, 5.0]])
    partition = fit_partition(points, 3, starts=5, rng=np.random.default_rng(0))
    diagnosis = diagnose(points, [partition], resamples=20, rng=np.random.default_rng(0))[0]
    assert 0 <= diagnosis.stability <= 1


def test_the_smallest_share_is_that_of_the_smallest_cluster() -> None:
    assert Partition(np.array([0, 0, 0, 1]), np.zeros((2, 1)), 0.0).smallest_share == 0.25


def test_many_areas_are_fitted_as_well_with_fewer_whole_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(6)
    points = np.concatenate([rng.normal(centre, 0.6, (80, 6)) for centre in rng.normal(0, 1.2, (9, 6))])
    whole = clustering.fit_partitions(points, range(2, 9), starts=50, rng=np.random.default_rng(1))
    monkeypatch.setattr(clustering, "_MANY", 300)
    few = clustering.fit_partitions(points, range(2, 9), starts=50, rng=np.random.default_rng(1))
    assert [p.k for p in few] == list(range(2, 9))
    for ours, best in zip(few, whole, strict=True):
        assert ours.inertia <= 1.001 * best.inertia
    again = clustering.fit_partitions(points, range(2, 9), starts=50, rng=np.random.default_rng(1))
    assert all(np.array_equal(a.labels, b.labels) for a, b in zip(few, again, strict=True))


def test_silhouettes_of_many_areas_in_single_precision_are_those_of_the_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(3)
    points = rng.normal(0, 1, (700, 12)) + 40.0  # far from the origin, where single precision is poor
    labelings = [rng.integers(0, k, 700) for k in (2, 5)]
    monkeypatch.setattr(clustering, "_MANY", 300)
    for ours, labels in zip(clustering.silhouettes(points, labelings), labelings, strict=True):
        assert ours == pytest.approx(silhouette_score(points, labels), abs=1e-6)


def test_stability_of_many_areas_comes_from_smaller_resamples_and_finds_a_firm_partition(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(3)
    points = np.concatenate([rng.normal(centre, 0.2, (150, 4)) for centre in (0.0, 2.0, 4.0)])
    monkeypatch.setattr(clustering, "_MANY", 200)
    tried = clustering.diagnose(
        points, clustering.fit_partitions(points, [3, 4], starts=20, rng=rng), resamples=8, rng=rng
    )
    assert tried[0].stability == pytest.approx(1.0)
    assert tried[1].stability < 0.95


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=2, max_size=60).map(np.array),
)
def test_adjusted_rand_index_is_that_of_scikit_learn_to_the_last_bit(labels: np.ndarray[tuple[int, int]]) -> None:
    one, other = labels.astype(np.int64).T
    assert clustering._adjusted_rand(one, other) == adjusted_rand_score(one, other)
