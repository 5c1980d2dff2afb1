"""Partial rank correlations: equal to known formulas, honest about neighbours, and covered by their intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from profiles.rank_correlation import (
    CORRELATION_COLUMNS,
    area_correlations,
    effective_sample_size,
    partial_rank_correlation,
)


def test_two_figures_are_correlated_as_scipy_does() -> None:
    values = np.random.default_rng(1).normal(size=(40, 2)).round(1)  # with ties
    expected = spearmanr(values[:, 0], values[:, 1]).statistic
    assert partial_rank_correlation(values)[0, 1] == pytest.approx(expected, abs=1e-12)


def test_one_figure_held_gives_the_formula_of_the_textbooks() -> None:
    values = np.random.default_rng(2).normal(size=(60, 3))
    values[:, 1] += 0.8 * values[:, 2]
    values[:, 0] += 0.8 * values[:, 2]
    xy, xz, yz = (spearmanr(values[:, i], values[:, j]).statistic for i, j in ((0, 1), (0, 2), (1, 2)))
    expected = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    assert partial_rank_correlation(values)[0, 1] == pytest.approx(expected, abs=1e-12)


def _grid(side: int) -> np.ndarray:
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    return np.column_stack([x.ravel(), y.ravel()]).astype(float) * 1000.0


def _smooth(field: np.ndarray, side: int, rounds: int) -> np.ndarray:
    square = field.reshape(side, side)
    for _ in range(rounds):
        padded = np.pad(square, 1, mode="edge")
        square = (padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:] + square) / 5
    return square.ravel()


def test_areas_that_repeat_their_neighbours_count_for_less() -> None:
    side, rng = 12, np.random.default_rng(3)
    points = _grid(side)
    sizes = {
        rounds: np.median([
            effective_sample_size(
                _smooth(rng.normal(size=side**2), side, rounds), _smooth(rng.normal(size=side**2), side, rounds), points
            )
            for _ in range(20)
        ])
        for rounds in (0, 4)
    }  # fmt: skip
    assert sizes[0] > 0.9 * side**2
    assert sizes[4] < 0.5 * side**2


def test_with_neighbours_alike_false_findings_stay_rare() -> None:
    """Two smooth fields that have nothing to do with each other: the naive test errs often, ours seldom."""
    side, rng, naive, ours = 11, np.random.default_rng(4), [], []
    points = _grid(side)
    for _ in range(200):
        a, b = (_smooth(rng.normal(size=side**2), side, 3) for _ in range(2))
        naive.append(spearmanr(a, b).pvalue < 0.05)
        table = pd.DataFrame({"a": a, "b": b})
        ours.append(area_correlations(table, points, labels={})["p_value"].iloc[0] < 0.05)
    assert np.mean(naive) > 0.15
    assert np.mean(ours) < 0.09


def test_intervals_cover_a_planted_correlation() -> None:
    """Of a bivariate normal with Pearson rho, Spearman's is 6 / pi asin(rho / 2)."""
    rho, rng, covered = 0.6, np.random.default_rng(5), []
    truth = 6 / np.pi * np.arcsin(rho / 2)
    points = rng.uniform(0, 50_000, size=(60, 2))
    for _ in range(400):
        x = rng.normal(size=60)
        y = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=60)
        row = area_correlations(pd.DataFrame({"x": x, "y": y}), points, labels={}).iloc[0]
        covered.append(row["lower"] <= truth <= row["upper"])
    assert 0.92 <= np.mean(covered) <= 0.98


def test_what_is_singled_out_has_the_wider_interval_of_its_share() -> None:
    rng = np.random.default_rng(6)
    a = rng.normal(size=80)
    table = pd.DataFrame({"a": a, "b": a + 0.3 * rng.normal(size=80), "c": rng.normal(size=80)})
    found = area_correlations(table, rng.uniform(0, 1e5, size=(80, 2)), labels={"a": "Worry"})
    assert list(found.columns) == list(CORRELATION_COLUMNS)
    assert found["is_singled_out"].tolist() == [True, False, False]
    assert found["coverage"].round(4).tolist() == [0.9833, 0.95, 0.95]
    assert found["first"].iloc[0] == "Worry"
    assert found["given"].iloc[0] == "c"


def test_order_of_areas_does_not_matter() -> None:
    rng = np.random.default_rng(7)
    table = pd.DataFrame(rng.normal(size=(30, 3)), columns=list("abc"))
    points, order = rng.uniform(0, 1e5, size=(30, 2)), rng.permutation(30)
    one = area_correlations(table, points, labels={})
    other = area_correlations(table.iloc[order], points[order], labels={})
    np.testing.assert_allclose(one["estimate"], other["estimate"], atol=1e-12)
    np.testing.assert_allclose(one["effective_n"], other["effective_n"], rtol=1e-9)


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"a": [1.0, 2.0, np.nan], "b": [1.0, np.nan, 3.0]}),
        pd.DataFrame({"a": np.arange(30.0), "b": np.ones(30)}),
        pd.DataFrame({"a": np.arange(30.0), "b": np.arange(30.0), "c": np.arange(30.0) ** 2}),
    ],
)
def test_too_little_to_correlate_is_said(table: pd.DataFrame) -> None:
    points = np.column_stack([np.arange(len(table)), np.zeros(len(table))]).astype(float)
    found = area_correlations(table, points, labels={})
    assert set(found["state"]) == {"cannot_tell"}
    assert found["estimate"].isna().all()
    assert found["note"].str.startswith("cannot tell").all()
