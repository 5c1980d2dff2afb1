"""Gi*: the published case, esda as oracle, and the shared null equal to a plain count."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist
from scipy.stats import false_discovery_control

from domain.errors import AnalysisError
from hotspots.gi_star import draw_without_replacement, gi_star, gi_star_z, hot_cells
from hotspots.hexagons import hexagons_over

POINTS = np.array([(10, 10), (20, 10), (40, 10), (15, 20), (30, 20), (30, 30)], dtype=float)
VALUES = np.array([2, 3, 3.2, 5, 8, 7])


def _within(points: np.ndarray, distance: float) -> csr_array:
    near = (cdist(points, points) <= distance).astype(float)
    np.fill_diagonal(near, 0)
    return csr_array(near)


def test_reference_case_3_binary_gi_star() -> None:
    expected = [-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331]
    np.testing.assert_allclose(gi_star_z(VALUES, _within(POINTS, 15)), expected, atol=5e-9)


def _plain(values: np.ndarray, neighbours: csr_array, n_permutations: int, seed: int) -> np.ndarray:
    """Count plainly over the same draws: a draw that holds the cell itself takes its spare instead."""
    rng = np.random.default_rng(seed)
    degree = np.diff(neighbours.indptr)
    drawn = draw_without_replacement(len(values), n_draws=n_permutations, size=degree.max() + 1, rng=rng)
    p = np.ones(len(values))
    for i, k in enumerate(degree):
        if k == 0:
            continue
        observed = values[neighbours.indices[neighbours.indptr[i] : neighbours.indptr[i + 1]]].sum()
        count = 0
        for row in drawn:
            chosen = [row[k] if j == i else j for j in row[:k]]
            count += values[chosen].sum() >= observed
        p[i] = (count + 1) / (n_permutations + 1)
    return p


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shared_null_equals_a_plain_count_in_every_cell(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 100, (60, 2))
    neighbours = _within(points, 16)
    values = rng.poisson(1.0, 60).astype(float)
    fast = gi_star(values, neighbours, n_permutations=199, rng=np.random.default_rng(7))
    np.testing.assert_array_equal(fast.p_value, _plain(values, neighbours, 199, 7))


def test_compiled_and_plain_python_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    from hotspots import gi_star as module

    rng = np.random.default_rng(5)
    neighbours = _within(rng.uniform(0, 100, (80, 2)), 15)
    values = rng.poisson(0.7, 80).astype(float)
    fast = gi_star(values, neighbours, n_permutations=99, rng=np.random.default_rng(7))
    for kernel in ("_first_at_least", "_count_exceeding"):
        monkeypatch.setattr(module, kernel, getattr(module, kernel).py_func)
    slow = gi_star(values, neighbours, n_permutations=99, rng=np.random.default_rng(7))
    np.testing.assert_array_equal(fast.p_value, slow.p_value)


def test_false_discovery_control_equals_that_of_scipy() -> None:
    rng = np.random.default_rng(9)
    neighbours = _within(rng.uniform(0, 100, (300, 2)), 6)
    values = rng.poisson(rng.gamma(0.2, 3.0, 300)).astype(float)
    result = gi_star(values, neighbours, n_permutations=499, rng=rng)
    family = values > 0
    assert 0 < result.n_family == family.sum() < 300
    np.testing.assert_array_equal(result.q_value[family], false_discovery_control(result.p_value[family]))
    assert np.isnan(result.q_value[~family]).all()


def test_draws_are_distinct_and_even() -> None:
    drawn = draw_without_replacement(400, n_draws=20_000, size=4, rng=np.random.default_rng(0))
    assert all(len(set(row)) == 4 for row in drawn[:2000])
    counts = np.bincount(drawn.ravel(), minlength=400)
    assert abs(counts - 200).max() < 6 * np.sqrt(200)


def test_without_structure_the_false_discovery_rate_holds() -> None:
    hits = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        neighbours = _within(rng.uniform(0, 100, (150, 2)), 12)
        result = gi_star(rng.poisson(2.0, 150).astype(float), neighbours, n_permutations=3999, rng=rng)
        hits += result.is_hot.any()
    assert hits <= 7  # 40 draws at 5 per cent: more than 7 has probability under 0.001


def _discoveries(rate: float, n_seeds: int, *, by_neighbourhood: bool) -> int:
    """Return in how many seeds anything is called hot, though incidents fall anywhere alike."""
    cells = hexagons_over(shapely.box(0, 0, 5_000, 5_000), flat_m=200, x=np.array([]), y=np.array([]))
    n = len(cells.row)
    found = 0
    for seed in range(n_seeds):
        rng = np.random.default_rng(seed)
        counts = np.bincount(rng.integers(0, n, round(rate * n)), minlength=n).astype(float)
        family = counts + cells.neighbours @ counts > 0 if by_neighbourhood else None
        found += gi_star(counts, cells.neighbours, n_permutations=19_999, family=family, rng=rng).is_hot.any()
    return found


@pytest.mark.parametrize("rate", [0.01, 0.1, 1.0])
def test_with_nothing_planted_the_false_discovery_rate_stays_at_its_level_over_200_seeds(rate: float) -> None:
    # Where nothing is planted every discovery is false, so that the rate is the share of seeds with any; of 200 seeds
    # at 5 per cent more than 21 have probability under 0.001.
    assert _discoveries(rate, 200, by_neighbourhood=False) <= 21


def test_a_family_picked_by_the_neighbourhood_would_break_it_where_incidents_are_few() -> None:
    assert _discoveries(0.005, 20, by_neighbourhood=True) > 15


def test_a_planted_hot_spot_is_found() -> None:
    side = 20
    grid = np.array([(x, y) for y in range(side) for x in range(side)], dtype=float)
    values = np.random.default_rng(5).poisson(0.5, side * side).astype(float)
    values[[205, 206, 225, 226]] = 9
    result = gi_star(values, _within(grid, 1.5), n_permutations=9_999, rng=np.random.default_rng(1))
    assert {205, 206, 225, 226} <= set(hot_cells(result))
    assert result.n_family < side * side


def test_equal_values_have_no_hot_spot() -> None:
    result = gi_star(np.ones(6), _within(POINTS, 15), n_permutations=99, rng=np.random.default_rng(1))
    assert not result.is_hot.any()
    assert (result.z == 0).all()


def test_a_cell_in_its_own_neighbourhood_is_refused() -> None:
    with pytest.raises(AnalysisError, match="leave out the cell itself"):
        gi_star_z(VALUES, csr_array(np.eye(6)))


def test_equal_to_esda(recwarn: pytest.WarningsRecorder) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import esda
        import libpysal

        rng = np.random.default_rng(11)
        points = rng.uniform(0, 100, (80, 2))
        values = rng.poisson(3.0, 80).astype(float)
        weights = libpysal.weights.DistanceBand(points, 25, binary=True, silence_warnings=True)
        theirs = esda.G_Local(values, weights, transform="B", star=True, permutations=0)
    np.testing.assert_allclose(gi_star_z(values, _within(points, 25)), theirs.Zs, atol=1e-9)
