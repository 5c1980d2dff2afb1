"""Expected incidents: intervals that cover, and priors that shrink."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import gamma

from hotspots.expectation import RatePrior, expected_rates, prior_of_cells


def test_without_decay_it_is_the_gamma_posterior_of_a_plain_count() -> None:
    expected = expected_rates([24.0, 0.0], np.ones(12), prior=RatePrior(2.0, 3.0))
    assert expected.mean.tolist() == pytest.approx([26 / 15, 2 / 15])
    assert expected.lower[0] == pytest.approx(gamma.ppf(0.025, 26, scale=1 / 15))
    assert expected.upper[0] == pytest.approx(gamma.ppf(0.975, 26, scale=1 / 15))


def test_decayed_counts_are_worth_fewer_months() -> None:
    weights = 0.5 ** (np.arange(12) / 4)
    plain = expected_rates([24.0], np.ones(12))
    decayed = expected_rates([2.0 * weights.sum()], weights)
    assert (decayed.upper - decayed.lower) > (plain.upper - plain.lower)


def test_the_interval_covers_the_true_rate() -> None:
    rng = np.random.default_rng(11)
    weights = 0.5 ** (np.arange(12) / 8)
    rates = rng.gamma(2.0, 1.5, size=4_000)
    decayed = (rng.poisson(rates[:, None], size=(4_000, 12)) * weights).sum(axis=1)
    expected = expected_rates(decayed, weights, prior=prior_of_cells(decayed, weights))
    covered = ((expected.lower <= rates) & (rates <= expected.upper)).mean()
    assert covered == pytest.approx(0.95, abs=0.015)


def test_the_prior_recovers_what_the_cells_were_drawn_from() -> None:
    rng = np.random.default_rng(5)
    counts = rng.poisson(rng.gamma(3.0, 0.5, size=50_000)[:, None], size=(50_000, 6)).sum(axis=1)
    prior = prior_of_cells(counts, np.ones(6))
    assert (prior.shape, prior.months) == pytest.approx((3.0, 2.0), rel=0.05)


def test_cells_that_differ_by_chance_only_give_no_prior() -> None:
    assert prior_of_cells(np.array([2.0, 2.0, 2.0]), np.ones(6)) == RatePrior()
