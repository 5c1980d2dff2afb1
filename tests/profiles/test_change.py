"""Comparing two like years."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, false_discovery_control

from domain.errors import AnalysisError
from profiles.change import compare_years
from spatialstats.poisson import e_test

years = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=8)


def test_the_interval_is_clopper_pearson_for_the_share_of_this_year() -> None:
    change = compare_years([30], [10])
    expected = binomtest(30, 40).proportion_ci(method="exact")
    assert change.lower[0] == pytest.approx(100 * (expected.low / (1 - expected.low) - 1))
    assert change.upper[0] == pytest.approx(100 * (expected.high / (1 - expected.high) - 1))


@given(pairs=years)
@settings(max_examples=30, deadline=None)
def test_limits_hold_the_change_and_q_is_never_below_p(pairs: list[tuple[int, int]]) -> None:
    now, before = (np.array(values) for values in zip(*pairs, strict=True))
    change = compare_years(now, before)
    known = before > 0
    assert (change.lower[known] <= change.percent[known] + 1e-9).all()
    assert (change.percent[known] <= change.upper[known] + 1e-9).all()
    assert np.isnan(change.percent[~known]).all()
    assert (change.q_value >= change.p_value - 1e-12).all()


def test_areas_without_any_incident_are_no_part_of_the_family() -> None:
    change = compare_years([20, 0, 0, 0], [5, 0, 0, 0])
    assert change.q_value[0] == pytest.approx(change.p_value[0])
    assert change.q_value[1:].tolist() == [1, 1, 1]


def test_q_values_are_benjamini_hochberg() -> None:
    now, before = [20, 12, 9, 30], [5, 12, 4, 10]
    np.testing.assert_allclose(compare_years(now, before).q_value, false_discovery_control(e_test(now, before)))


def test_chance_alone_is_seldom_called_a_change() -> None:
    rng = np.random.default_rng(5)
    false = [(compare_years(rng.poisson(6.0, 100), rng.poisson(6.0, 100)).q_value <= 0.05).any() for _ in range(40)]
    assert np.mean(false) <= 0.15


def test_years_of_different_lengths_are_refused() -> None:
    with pytest.raises(AnalysisError, match="count for each"):
        compare_years([1, 2], [1])
