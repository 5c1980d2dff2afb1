"""Fay-Herriot estimates: the published milk data first, then simulation and failure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from domain.errors import AnalysisError
from profiles.small_area import fay_herriot


def milk(real_data: Path) -> tuple[pd.DataFrame, np.ndarray]:
    table = pd.read_csv(real_data / "reference" / "ref_fay_herriot_milk.csv")
    areas = table["major_area"].to_numpy()
    return table, np.column_stack([np.ones(len(areas)), *(areas == level for level in (2, 3, 4))]).astype(float)


@pytest.mark.real_data
def test_the_milk_expenditure_of_arora_and_lahiri_is_reproduced(real_data) -> None:
    table, covariates = milk(real_data)
    result = fay_herriot(table["direct_est"], table["std_error"] ** 2, covariates)
    assert result.between_variance == pytest.approx(0.0185503, abs=1e-6)
    np.testing.assert_allclose(result.coefficients, [0.96818899, 0.13278031, 0.22694622, -0.24130104], atol=1e-6)
    for column, made in (("eblup", result.estimate), ("mse", result.mse), ("gamma", result.gamma)):
        np.testing.assert_allclose(made, table[column], atol=1e-5)
    assert not result.is_adjusted


@pytest.mark.real_data
def test_an_area_that_was_not_sampled_rests_on_its_covariates(real_data) -> None:
    table, covariates = milk(real_data)
    direct = table["direct_est"].to_numpy().copy()
    direct[5] = np.nan
    result = fay_herriot(direct, table["std_error"] ** 2, covariates)
    assert result.gamma[5] == 0
    assert result.estimate[5] == pytest.approx(covariates[5] @ result.coefficients)
    assert result.mse[5] > result.between_variance
    assert result.mse[5] > result.mse[np.arange(43) != 5].max()


def county(rng: np.random.Generator, n: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return truth, direct estimates, variances and covariates of areas, a sixth of them not sampled."""
    covariates = np.column_stack([np.ones(n), rng.normal(size=n)])
    truth = 0.5 + 0.04 * covariates[:, 1] + rng.normal(0, 0.04, n)
    variance = np.full(n, 1.3 * 0.25 / 50)
    direct = truth + rng.normal(0, np.sqrt(variance))
    direct[: n // 6] = np.nan
    return truth, direct, variance, covariates


def test_intervals_cover_planted_truths_and_the_error_is_below_that_of_direct_estimates() -> None:
    rng = np.random.default_rng(8)
    covered, ours, plain = [], [], []
    for _ in range(200):
        truth, direct, variance, covariates = county(rng)
        result = fay_herriot(direct, variance, covariates)
        sampled = np.isfinite(direct)
        inside = (result.lower <= truth) & (truth <= result.upper)
        covered.append((inside[sampled].mean(), inside[~sampled].mean()))
        ours.append(((result.estimate - truth) ** 2)[sampled].mean())
        plain.append(((direct - truth) ** 2)[sampled].mean())
    for coverage in np.mean(covered, axis=0):
        assert 0.93 <= coverage <= 0.97
    assert np.mean(ours) < 0.75 * np.mean(plain)


def test_no_variance_between_areas_is_adjusted_and_said() -> None:
    result = fay_herriot([0.50, 0.50, 0.51, np.nan], [0.01, 0.01, 0.01, np.nan], np.ones((4, 1)))
    assert result.is_adjusted
    assert result.between_variance > 0
    assert (result.gamma[:3] > 0).all()
    assert np.isfinite([result.estimate, result.mse, result.lower, result.upper]).all()


def test_all_answers_equal_are_survived() -> None:
    result = fay_herriot(np.full(5, 0.4), np.full(5, 0.01), np.ones((5, 1)))
    np.testing.assert_allclose(result.estimate, 0.4)
    assert (result.mse > 0).all()


def test_units_and_order_do_not_matter() -> None:
    _, direct, variance, covariates = county(np.random.default_rng(2))
    plain = fay_herriot(direct, variance, covariates)
    turned = fay_herriot(100 * direct[::-1], 1e4 * variance[::-1], covariates[::-1])
    np.testing.assert_allclose(turned.estimate[::-1], 100 * plain.estimate, rtol=1e-7)
    np.testing.assert_allclose(turned.mse[::-1], 1e4 * plain.mse, rtol=1e-6)


@pytest.mark.parametrize(
    ("direct", "variance", "covariates", "message"),
    [
        ([0.5, 0.4], [0.01], np.ones((2, 1)), "for each area"),
        ([0.5, 0.4], [0.01, 0.0], np.ones((2, 1)), "not positive"),
        ([0.5, 0.4], [0.01, 0.01], np.array([[1.0], [np.nan]]), "covariate of an area is missing"),
        ([0.5, np.nan], [0.01, 0.01], np.ones((2, 1)), "too few"),
        ([0.5, 0.4, 0.3], [0.01] * 3, np.ones((3, 2)), "repeat each other"),
    ],
)
def test_what_cannot_be_fitted_is_refused(direct, variance, covariates, message) -> None:
    with pytest.raises(AnalysisError, match=message):
        fay_herriot(direct, variance, covariates)
