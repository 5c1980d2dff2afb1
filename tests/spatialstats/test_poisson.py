"""Exact intervals and tests of Poisson counts: published answers first, then what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, poisson

from domain.errors import AnalysisError
from spatialstats.poisson import e_test, garwood_interval

counts = st.integers(min_value=0, max_value=60)


def test_garwood_limits_are_those_of_the_chi_squared_tables() -> None:
    events = np.array([0, 1, 2, 5, 10, 20, 50, 100])
    lower, upper = garwood_interval(events, 1.0)
    # Garwood (1936) as printed in tables of 95 per cent limits
    np.testing.assert_allclose(lower, [0, 0.0253, 0.2422, 1.6235, 4.7954, 12.2165, 37.1110, 81.3640], atol=2e-4)
    np.testing.assert_allclose(upper, [3.6889, 5.5716, 7.2247, 11.6683, 18.3904, 30.8884, 65.9188, 121.6268], atol=2e-4)
    np.testing.assert_allclose(upper, chi2.ppf(0.975, 2 * (events + 1)) / 2, rtol=1e-12)


@given(count=counts, exposure=st.floats(0.01, 1e6), level=st.sampled_from([0.8, 0.95, 0.99]))
@settings(max_examples=50, deadline=None)
def test_garwood_limits_leave_half_the_rest_on_each_side(count: int, exposure: float, level: float) -> None:
    lower, upper = garwood_interval(count, exposure, level=level)
    tail = (1 - level) / 2
    assert poisson.cdf(count, upper * exposure) == pytest.approx(tail, rel=1e-6)
    if count:
        assert poisson.sf(count - 1, lower * exposure) == pytest.approx(tail, rel=1e-6)
    else:
        assert lower == 0.0


@pytest.mark.parametrize(
    ("first", "second", "options", "expected"),
    [
        (0, 3, {}, 0.0883790),
        (10, 5, {}, 0.2061644),
        (100, 25, {"exposure_1": 10, "exposure_2": 5}, 0.0015381),
        (15, 5, {}, 0.0250351),
        (15, 5, {"difference": 5}, 0.2018457),
    ],
)
def test_e_test_gives_the_published_p_values(first, second, options, expected) -> None:
    assert float(e_test(first, second, **options)) == pytest.approx(expected, abs=5e-8)


def test_separate_scale_is_the_plain_sum_of_the_paper() -> None:
    x1, x2 = np.meshgrid(np.arange(200.0), np.arange(200.0), indexing="ij")
    with np.errstate(invalid="ignore"):
        statistic = np.abs(x1 / 10 - x2 / 5) / np.sqrt(x1 / 100 + x2 / 25)
    observed = 5 / np.sqrt(2)
    probability = poisson.pmf(x1, 10 * 125 / 15) * poisson.pmf(x2, 5 * 125 / 15)
    expected = probability[np.nan_to_num(statistic) >= observed - 1e-9].sum()
    assert float(e_test(100, 25, exposure_1=10, exposure_2=5, scale="separate")) == pytest.approx(expected, rel=1e-9)


@given(first=counts, second=counts, exposure=st.floats(0.1, 10))
@settings(max_examples=40, deadline=None)
def test_e_test_does_not_depend_on_the_order_nor_on_the_unit_of_exposure(
    first: int, second: int, exposure: float
) -> None:
    one = e_test(first, second, exposure_1=exposure, exposure_2=1.0)
    assert float(e_test(second, first, exposure_1=1.0, exposure_2=exposure)) == pytest.approx(float(one), rel=1e-9)
    assert float(e_test(first, second, exposure_1=7 * exposure, exposure_2=7.0)) == pytest.approx(float(one), rel=1e-7)
    assert 0 <= float(one) <= 1


def test_e_test_holds_its_level_when_the_rates_are_equal() -> None:
    x = np.arange(60)
    first, second = (grid.ravel() for grid in np.meshgrid(x, x, indexing="ij"))
    probability = poisson.pmf(first, 8.0) * poisson.pmf(second, 8.0)
    p_values = e_test(first, second)
    assert probability[p_values <= 0.05].sum() == pytest.approx(0.05, abs=0.012)


def test_two_counts_of_zero_tell_nothing() -> None:
    assert e_test([0, 4], [0, 4]).tolist() == [1.0, 1.0]


def test_a_small_count_far_below_a_stated_difference_is_still_defined() -> None:
    assert 0 < float(e_test(1, 0, difference=5)) < 0.05


def test_large_counts_agree_with_the_normal_approximation() -> None:
    assert float(e_test(50_000, 50_700)) == pytest.approx(2 * 0.013630, rel=0.01)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: garwood_interval([-1], 1.0), "not negative"),
        (lambda: garwood_interval([np.nan], 1.0), "known"),
        (lambda: garwood_interval([1], [0.0]), "positive"),
        (lambda: garwood_interval([1], 1.0, level=95), "not between 0 and 1"),
        (lambda: e_test(1.5, 2), "whole counts"),
        (lambda: e_test(1, 2, exposure_2=0), "positive"),
        (lambda: e_test(1, 2, difference=-1), "must not be negative"),
    ],
)
def test_what_is_not_a_count_or_an_exposure_is_refused(call, message) -> None:
    with pytest.raises(AnalysisError, match=message):
        call()
