"""Pairs of similar areas whose rates differ: the known probability, few false ones, and none where none are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import gamma

from segmentation.contrasts import contrasts_within, estimate_contrasts, false_sign_rates
from segmentation.results import CONTRAST_COLUMNS


def _county(
    seed: int, *, spread: float, n: int = 120
) -> tuple[np.ndarray, pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Return two groups of areas with gamma rates of mean 20, and their counts in a year."""
    rng = np.random.default_rng(seed)
    group = np.repeat(["A", "B"], n // 2)
    points = rng.normal(0, 1, (n, 4)) + 10.0 * (group == "B")[:, None]
    membership = pd.DataFrame({"area_code": [f"E{i:03d}" for i in range(n)], "group_code": group}, dtype=object)
    exposure = rng.uniform(1.2, 1.9, n)
    rate = rng.gamma(1 / spread**2, 20 * spread**2, n) if spread else np.full(n, 20.0)
    return points, membership, rng.poisson(rate * exposure).astype(float), exposure, rate


def test_the_false_sign_rate_is_the_probability_that_simulation_finds() -> None:
    shape, rate = np.array([12.0, 30.0]), np.array([1.1, 1.6])
    found, is_second = false_sign_rates(shape, rate, (np.array([0]), np.array([1])))
    rng = np.random.default_rng(2)
    drawn = gamma.rvs(shape, scale=1 / rate, size=(400_000, 2), random_state=rng)
    assert is_second.tolist() == [True]
    assert found[0] == pytest.approx((drawn[:, 0] > drawn[:, 1]).mean(), abs=0.002)


def test_of_the_pairs_reported_at_most_one_in_twenty_differs_the_other_way_round() -> None:
    wrong, told = 0, 0
    for seed in range(30):
        points, membership, counts, exposure, rate = _county(seed, spread=0.35)
        found = contrasts_within(points, membership, {"place_asb_rate": counts}, exposure)
        true = dict(zip(membership["area_code"], rate, strict=True))
        wrong += sum(true[a] < true[b] for a, b in zip(found["area_code"], found["other_code"], strict=True))
        told += len(found)
    assert told > 500
    assert wrong / told < 0.05


def test_areas_that_do_not_differ_beyond_chance_make_hardly_any_pairs() -> None:
    told = []
    for seed in range(20):
        points, membership, counts, exposure, _ = _county(seed, spread=0.0)
        told.append(len(contrasts_within(points, membership, {"place_asb_rate": counts}, exposure)))
    assert np.median(told) == 0
    assert np.mean(told) < 1


def test_pairs_are_of_one_group_and_say_which_is_higher_with_intervals() -> None:
    points, membership, counts, exposure, _ = _county(3, spread=0.6)
    found = contrasts_within(points, membership, {"place_asb_rate": counts}, exposure)
    group = membership.set_index("area_code")["group_code"]
    assert list(found.columns) == list(CONTRAST_COLUMNS)
    assert len(found)
    assert (group[found["area_code"]].to_numpy() == group[found["other_code"]].to_numpy()).all()
    assert (found["rate"] >= 1.5 * found["other_rate"]).all()
    assert (found["lower"] < found["rate"]).all()
    assert (found["rate"] < found["upper"]).all()
    assert not found.duplicated(["area_code", "other_code"]).any()
    shuffled = np.random.default_rng(0).permutation(len(membership))
    again = contrasts_within(
        points[shuffled],
        membership.iloc[shuffled].reset_index(drop=True),
        {"place_asb_rate": counts[shuffled]},
        exposure[shuffled],
    )
    pd.testing.assert_frame_equal(again, found)


def test_a_group_of_two_areas_and_no_counts_make_no_pairs() -> None:
    points, membership = np.array([[0.0], [1.0]]), pd.DataFrame({"area_code": ["E1", "E2"], "group_code": ["A", "A"]})
    empty = contrasts_within(points, membership, {"place_asb_rate": np.array([1.0, 90.0])}, np.ones(2))
    assert (len(empty), list(empty.columns)) == (0, list(CONTRAST_COLUMNS))
    assert contrasts_within(points, membership, {}, np.ones(2)).empty


def test_survey_estimates_are_compared_within_a_group_and_few_pairs_are_the_wrong_way_round() -> None:
    wrong, told = 0, 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        truth = rng.normal(0.5, 0.08, 40)
        error = rng.uniform(0.03, 0.06, 40)
        shrink = 0.08**2 / (0.08**2 + error**2)  # as a small-area model draws towards the mean
        estimate = 0.5 + shrink * (rng.normal(truth, error) - 0.5)
        areas = pd.DataFrame(
            {
                "area_code": [f"W{i:02d}" for i in range(40)],
                "group_code": ["A", "B"] * 20,
                "estimate": estimate,
                "standard_error": np.sqrt(shrink) * error,
            }
        )
        found = estimate_contrasts(areas, measure="confidence")
        true = dict(zip(areas["area_code"], truth, strict=True))
        wrong += sum(true[a] < true[b] for a, b in zip(found["area_code"], found["other_code"], strict=True))
        told += len(found)
        group = areas.set_index("area_code")["group_code"]
        assert (group[found["area_code"]].to_numpy() == group[found["other_code"]].to_numpy()).all()
    assert told > 500
    assert wrong / told < 0.05


def test_estimates_without_group_or_error_are_left_out() -> None:
    areas = pd.DataFrame(
        {
            "area_code": ["W1", "W2", "W3", "W4"],
            "group_code": ["A", None, "A", "A"],
            "estimate": [0.9, 0.1, np.nan, 0.2],
            "standard_error": [0.01, 0.01, 0.01, 0.0],
        }
    )
    assert estimate_contrasts(areas, measure="confidence").empty
