"""Empirical-Bayes rates equal those of esda where esda is defined, and stay sensible where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from esda.smoothing import Empirical_Bayes, Spatial_Empirical_Bayes
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.weights import W
from scipy.sparse import csr_array
from scipy.stats import gamma

from domain.errors import AnalysisError
from spatialstats.poisson import garwood_interval
from spatialstats.shrinkage import empirical_bayes, spatial_empirical_bayes


def clustered(seed: int, n: int = 80) -> tuple[np.ndarray, np.ndarray]:
    """Return counts and person-years of areas whose rates truly differ."""
    rng = np.random.default_rng(seed)
    exposure = rng.uniform(0.8, 3.0, n)
    return rng.poisson(rng.gamma(2.0, 4.0, n) * exposure), exposure


def ring(n: int) -> csr_array:
    """Return areas in a ring, each touching the next two on either side."""
    steps = (np.arange(n)[:, None] - np.arange(n)[None, :]) % n
    return csr_array(np.isin(steps, [1, 2, n - 1, n - 2]))


def weights(graph: csr_array) -> W:
    neighbours = {i: list(graph.indices[graph.indptr[i] : graph.indptr[i + 1]]) for i in range(graph.shape[0])}
    return W(neighbours, id_order=list(neighbours), silence_warnings=True)


@pytest.mark.parametrize("seed", range(5))
def test_rates_equal_those_of_esda(seed) -> None:
    counts, exposure = clustered(seed)
    result = empirical_bayes(counts, exposure)
    assert result.between_variance > 0
    np.testing.assert_allclose(result.rate, Empirical_Bayes(counts, exposure).r.ravel(), rtol=0, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_spatial_rates_equal_those_of_esda(seed) -> None:
    counts, exposure = clustered(seed)
    graph = ring(len(counts))
    expected = Spatial_Empirical_Bayes(counts, exposure, weights(graph)).r.ravel()
    np.testing.assert_allclose(spatial_empirical_bayes(counts, exposure, graph).rate, expected, rtol=0, atol=1e-9)


def test_the_interval_is_that_of_the_gamma_posterior() -> None:
    counts, exposure = clustered(7)
    result = empirical_bayes(counts, exposure, level=0.9)
    shape = result.prior_mean**2 / result.between_variance + counts
    scale = 1 / (result.prior_mean / result.between_variance + exposure)
    np.testing.assert_allclose(result.lower, gamma.ppf(0.05, shape, scale=scale), rtol=1e-9)
    np.testing.assert_allclose(result.upper, gamma.ppf(0.95, shape, scale=scale), rtol=1e-9)


def test_intervals_cover_the_true_rates() -> None:
    rng = np.random.default_rng(11)
    covered = []
    for _ in range(60):
        exposure = rng.uniform(0.5, 3.0, 150)
        truth = rng.gamma(2.0, 4.0, 150)
        result = empirical_bayes(rng.poisson(truth * exposure), exposure)
        covered.append(((result.lower <= truth) & (truth <= result.upper)).mean())
    assert np.mean(covered) == pytest.approx(0.95, abs=0.01)


def test_areas_that_differ_no_more_than_chance_all_get_the_mean_with_its_exact_interval() -> None:
    result = empirical_bayes([4, 5, 6], [1.0, 1.0, 1.0])
    assert result.between_variance == 0
    assert result.weight.tolist() == [0, 0, 0]
    np.testing.assert_allclose(result.rate, 5.0)
    lower, upper = garwood_interval(15, 3.0)
    np.testing.assert_allclose(result.lower, lower)
    np.testing.assert_allclose(result.upper, upper)


def test_no_incident_anywhere_is_a_rate_of_zero_with_an_upper_limit() -> None:
    result = empirical_bayes([0, 0], [1.0, 2.0])
    assert result.rate.tolist() == [0, 0]
    assert (result.upper > 0).all()
    spatial = spatial_empirical_bayes([0, 0, 9], [1.0, 2.0, 1.0], np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]]))
    assert np.isfinite(spatial.rate).all()
    assert spatial.rate[:2].tolist() == [0, 0]


def test_an_area_without_neighbours_keeps_its_own_rate() -> None:
    result = spatial_empirical_bayes([3, 8], [1.0, 2.0], csr_array((2, 2)))
    assert result.rate.tolist() == [3.0, 4.0]


def test_a_single_area_keeps_its_own_rate() -> None:
    assert empirical_bayes([7], [2.0]).rate.tolist() == [3.5]


def test_the_diagonal_of_the_adjacency_is_ignored() -> None:
    counts, exposure = clustered(3, n=20)
    graph = ring(20)
    with_self = csr_array(graph.toarray() | np.eye(20, dtype=bool))
    assert np.array_equal(
        spatial_empirical_bayes(counts, exposure, graph).rate, spatial_empirical_bayes(counts, exposure, with_self).rate
    )


@given(seed=st.integers(0, 10_000), unit=st.floats(0.001, 1000))
@settings(max_examples=25, deadline=None)
def test_shrunk_rates_lie_between_own_rate_and_mean_whatever_the_order_and_unit(seed: int, unit: float) -> None:
    counts, exposure = clustered(seed, n=12)
    result = empirical_bayes(counts, exposure)
    own = counts / exposure
    low, high = np.minimum(own, result.prior_mean), np.maximum(own, result.prior_mean)
    assert ((result.rate >= low - 1e-9) & (result.rate <= high + 1e-9)).all()
    assert ((result.lower <= result.rate) & (result.rate <= result.upper)).all()
    order = np.random.default_rng(seed).permutation(12)
    np.testing.assert_allclose(empirical_bayes(counts[order], exposure[order]).rate, result.rate[order], rtol=1e-9)
    np.testing.assert_allclose(empirical_bayes(counts, exposure * unit).rate * unit, result.rate, rtol=1e-6)


@pytest.mark.parametrize(
    ("counts", "exposure", "message"),
    [
        ([], [], "one or more areas"),
        ([1, 2], [1.0], "one or more areas"),
        ([1, 2], [1.0, 0.0], "positive"),
        ([1, -2], [1.0, 1.0], "not negative"),
        ([1, np.nan], [1.0, 1.0], "known"),
    ],
)
def test_what_cannot_be_a_rate_is_refused(counts, exposure, message) -> None:
    with pytest.raises(AnalysisError, match=message):
        empirical_bayes(counts, exposure)


def test_an_adjacency_of_another_size_is_refused() -> None:
    with pytest.raises(AnalysisError, match="shape"):
        spatial_empirical_bayes([1, 2], [1.0, 1.0], csr_array((3, 3)))
