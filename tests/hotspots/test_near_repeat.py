"""Knox tables: the published tables exact, permutation figures within their Monte-Carlo error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from domain.errors import AnalysisError
from hotspots.near_repeat import knox

if TYPE_CHECKING:
    from pathlib import Path

INF = float("inf")


@pytest.fixture(scope="module")
def burglaries(real_data: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return Chicago burglaries of January 2016: coordinates and days."""
    frame = pd.read_csv(real_data / "reference" / "chicago_be_2016_xy_date.csv.gz")
    date = pd.to_datetime(frame[frame.columns[-1]])
    frame = frame[date < "2016-02-01"]
    days = (date[date < "2016-02-01"] - pd.Timestamp("2016-01-01")).dt.days.to_numpy(dtype=float)
    numeric = frame.select_dtypes("number")
    return numeric.to_numpy(dtype=float)[:, :2], days


def _table(points: np.ndarray, days: np.ndarray, sds: tuple[float, ...], tds: tuple[float, ...], n: int = 0):
    rng = np.random.default_rng(9489)
    return knox(points, days, distance_edges_m=sds, delay_edges_days=tds, n_permutations=n, rng=rng)


def test_reference_case_2a(burglaries: tuple[np.ndarray, np.ndarray]) -> None:
    result = _table(*burglaries, (0, 1, 101, 201, 301, INF), (0, 8, 15, 22, INF))
    assert result.observed.tolist() == [
        [29, 4, 5, 2], [45, 15, 7, 2], [106, 48, 21, 13], [88, 64, 46, 15], [206611, 138108, 88321, 36415],
    ]  # fmt: skip


def test_reference_case_2b(burglaries: tuple[np.ndarray, np.ndarray]) -> None:
    result = _table(*burglaries, (0, 1, 100, 200, 300, INF), (0, 7, 14, 21, INF))
    assert result.observed.tolist() == [
        [28, 5, 5, 2], [44, 13, 8, 4], [97, 56, 19, 16], [77, 67, 45, 20], [182194, 146149, 95237, 45879],
    ]  # fmt: skip


def test_reference_case_2c(burglaries: tuple[np.ndarray, np.ndarray]) -> None:
    result = _table(*burglaries, (0, 0.1, 200, 400, 600), (0, 7, 14, 21), 999)
    assert result.observed.tolist() == [[28, 5, 5], [141, 69, 27], [186, 140, 100], [237, 192, 128]]
    product = result.observed / result.expected
    np.testing.assert_allclose(
        product[:, :3],
        [[1.8032, 0.4016, 0.6163], [1.4133, 0.8625, 0.518], [1.0151, 0.9529, 1.0446], [0.9737, 0.9837, 1.0066]],
        atol=5e-4,
    )
    published_ratio = np.array(
        [[1.8027842, 0.4043552, 0.6128082], [1.4121203, 0.8621871, 0.5170609], [1.0144070, 0.9499294, 1.0511474],
         [0.9754211, 0.9806536, 1.0071754]]
    )  # fmt: skip
    # each ratio's Monte-Carlo standard error is its own over sqrt(expected x 999); two independent runs differ by both
    error = published_ratio / np.sqrt(result.expected * 999)
    assert (np.abs(result.ratio - published_ratio) < 4 * np.sqrt(2) * error).all()
    published_p = np.array([[0.001, 1, 0.943], [0.001, 0.929, 1], [0.435, 0.785, 0.312], [0.696, 0.635, 0.479]])
    error = np.sqrt(np.maximum(published_p * (1 - published_p), 0.001) / 999)
    assert (np.abs(result.p_value - published_p) < 4 * np.sqrt(2) * error).all()


def test_reference_case_2e_an_edge_belongs_to_the_band_that_it_opens() -> None:
    points, days = np.array([[0.0, 0.0], [0.0, 100.0]]), np.array([0.0, 3.0])
    result = _table(points, days, (0, 100, 200, INF), (0, 3, 6, INF))
    assert result.observed.tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    half_open = _table(points, days, (0, 50, 100), (0, 1, 4))
    assert half_open.observed.sum() == 0


def test_reference_case_2f(real_data: Path) -> None:
    frame = pd.read_csv(real_data / "reference" / "ref_burkitt_xyt.csv")
    columns = {c.lower(): c for c in frame.columns}
    points = frame[[columns["x"], columns["y"]]].to_numpy(dtype=float)
    days = frame[columns["t"]].to_numpy(dtype=float)
    result = knox(
        points,
        days,
        distance_edges_m=(0, np.nextafter(20, 21), INF),  # theirs holds pairs at exactly 20
        delay_edges_days=(0, 5.5, INF),
        metric="euclidean",
        n_permutations=999,
        rng=np.random.default_rng(12345),
    )
    assert result.observed.tolist() == [[13, 3416], [39, 14110]]
    np.testing.assert_allclose(result.expected[0], [10.1438161, 3418.85618], rtol=1e-6)
    assert result.p_value[0, 0] == pytest.approx(0.21, abs=4 * np.sqrt(2 * 0.21 * 0.79 / 999))


def test_equal_to_counting_every_pair() -> None:
    rng = np.random.default_rng(3)
    points, days = rng.uniform(0, 500, (90, 2)), rng.integers(0, 40, 90).astype(float)
    sds, tds = (0.0, 50.0, 120.0, INF), (0.0, 2.0, 9.0, 20.0)
    result = _table(points, days, sds, tds)
    i, j = np.triu_indices(90, k=1)
    distance = np.abs(points[i] - points[j]).sum(axis=1)
    delay = np.abs(days[i] - days[j])
    for a in range(3):
        for b in range(3):
            pairs = (distance >= sds[a]) & (distance < sds[a + 1]) & (delay >= tds[b]) & (delay < tds[b + 1])
            assert result.observed[a, b] == pairs.sum()


def test_compiled_and_plain_python_agree() -> None:
    from hotspots.near_repeat import _close_pairs_below, _close_pairs_below_shuffled, _pairs_below

    rng = np.random.default_rng(4)
    first, second = rng.integers(0, 30, (2, 200)).astype(np.int32)
    starts = np.array([0, 80, 200])
    times = rng.integers(0, 20, 30).astype(np.float32)
    edges = np.array([0, 3, 9, np.inf], dtype=np.float32)
    fast, slow = np.zeros((2, 2, 4), dtype=np.int64)
    _close_pairs_below(first, second, starts, times, edges, fast)
    _close_pairs_below.py_func(first, second, starts, times, edges, slow)
    np.testing.assert_array_equal(fast, slow)
    seeds = np.array([1, 2**63 + 11, 2**64 - 1], dtype=np.uint64)
    fast, slow = np.zeros((2, 3, 2, 4), dtype=np.int64)
    _close_pairs_below_shuffled(first, second, starts, times, edges, seeds, fast)
    _close_pairs_below_shuffled.py_func(first, second, starts, times, edges, seeds, slow)
    np.testing.assert_array_equal(fast, slow)
    for edge in edges:
        assert _pairs_below(np.sort(times), edge) == _pairs_below.py_func(np.sort(times), edge)


def test_shuffles_are_permutations_and_every_place_is_equally_likely() -> None:
    from hotspots.near_repeat import _shuffled

    times = np.arange(6, dtype=np.float32)
    seeds = np.random.default_rng(5).integers(1, 2**64, size=30_000, dtype=np.uint64)
    shuffles = np.array([_shuffled(times, seed) for seed in seeds])
    np.testing.assert_array_equal(np.sort(shuffles, axis=1), np.tile(times, (len(seeds), 1)))
    np.testing.assert_array_equal(shuffles[0], _shuffled.py_func(times, seeds[0]))
    orders = np.unique(shuffles @ 6.0 ** np.arange(6), return_counts=True)[1]
    assert len(orders) == 720
    # chi-square of 719 degrees of freedom: six standard deviations
    expected = len(seeds) / 720
    assert abs(((orders - expected) ** 2 / expected).sum() - 719) < 6 * np.sqrt(2 * 719)


def test_moving_everything_changes_nothing() -> None:
    rng = np.random.default_rng(6)
    points, days = rng.integers(0, 500, (60, 2)).astype(float), rng.integers(0, 40, 60).astype(float)
    here = _table(points, days, (0, 50, 120), (0, 2, 9))
    there = _table(points + 100_000, days + 700, (0, 50, 120), (0, 2, 9))
    np.testing.assert_array_equal(here.observed, there.observed)


@pytest.mark.parametrize(
    ("points", "days", "sds"),
    [
        (np.zeros((1, 2)), np.zeros(1), (0.0, 1.0)),
        (np.zeros((3, 2)), np.zeros(2), (0.0, 1.0)),
        (np.full((3, 2), np.nan), np.zeros(3), (0.0, 1.0)),
        (np.zeros((3, 2)), np.zeros(3), (0.0, 2.0, 1.0)),
        (np.zeros((3, 2)), np.zeros(3), (5.0, 10.0)),
    ],
)
def test_bad_input_is_refused(points: np.ndarray, days: np.ndarray, sds: tuple[float, ...]) -> None:
    with pytest.raises(AnalysisError):
        _table(points, days, sds, (0, 1))
