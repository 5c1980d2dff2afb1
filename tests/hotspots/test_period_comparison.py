"""Two periods a year apart: Fisher's exact test per area as scipy gives it, false discoveries held, states in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from domain.areas import FigureState
from hotspots.period_comparison import COMPARISON_COLUMNS, compare_patterns, compare_years, exact_share_p

CODES = np.array([f"E{i:03d}" for i in range(60)], dtype=object)


def rows(before: np.ndarray, after: np.ndarray, *, last: int = 24311) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"small_area_code": CODES, "month_index": month, "n": counts, "is_own": True})
        for month, counts in ((last - 12, before), (last, after))
    ]
    return pd.concat(parts, ignore_index=True)


def test_each_p_is_that_of_scipy() -> None:
    rng = np.random.default_rng(2)
    before, after = rng.poisson(3, 40), rng.poisson(5, 40)
    wanted = [
        fisher_exact([[a, after.sum() - a], [b, before.sum() - b]]).pvalue for b, a in zip(before, after, strict=True)
    ]
    np.testing.assert_allclose(exact_share_p(before, after), wanted, rtol=1e-9)


def test_a_general_rise_is_no_difference_and_a_move_is() -> None:
    before = np.full(60, 20)
    assert (compare_patterns(before, before * 3, CODES)["direction"] == "same").all()
    moved = before.copy()
    moved[[3, 4]] = 60, 0
    table = compare_patterns(before, moved, CODES).set_index("area_code")
    assert table.loc["E003", "direction"] == "more"
    assert table.loc["E004", "direction"] == "less"
    assert (table.drop(["E003", "E004"])["direction"] == "same").all()


def test_with_nothing_changed_false_discoveries_stay_at_their_level_over_200_seeds() -> None:
    found = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        rate = rng.gamma(0.8, 5.0, 60)
        table = compare_patterns(rng.poisson(rate), rng.poisson(rate * 0.7), CODES)
        found += (table["direction"] != "same").any()
    assert found <= 21  # of 200 at 5 per cent more than 21 have probability under 0.001


def test_the_order_of_rows_and_an_empty_area_change_nothing() -> None:
    rng = np.random.default_rng(4)
    given = rows(rng.poisson(4, 60), rng.poisson(4, 60))
    codes = CODES.tolist()
    result = compare_years(given, area_codes=codes, last_month_index=24311)
    turned = compare_years(given.iloc[::-1], area_codes=[*codes[::-1], "E999"], last_month_index=24311)
    pd.testing.assert_frame_equal(turned.areas, result.areas)
    assert turned.similarity == result.similarity
    assert list(result.areas.columns) == list(COMPARISON_COLUMNS)


def test_only_months_loaded_in_both_years_are_compared() -> None:
    given = rows(np.full(60, 2), np.full(60, 2))
    extra = given[given["month_index"] == 24311].assign(month_index=24310, n=1_000)
    result = compare_years(pd.concat([given, extra]), area_codes=CODES.tolist(), last_month_index=24311)
    assert result.months == (24311,)
    assert (result.n_before, result.n_after, result.similarity) == (120, 120, 1.0)


def test_without_a_month_in_both_years_it_cannot_tell() -> None:
    given = rows(np.ones(60, int), np.ones(60, int))
    result = compare_years(given[given["month_index"] == 24311], area_codes=CODES.tolist(), last_month_index=24311)
    assert result.state == FigureState.CANNOT_TELL
    assert "same months a year apart" in result.reason


@pytest.mark.parametrize("empty", ["before", "after"])
def test_a_period_without_incidents_is_no_data(empty: str) -> None:
    counts = {"before": np.ones(60, int), "after": np.ones(60, int), empty: np.zeros(60, int)}
    result = compare_years(rows(**counts), area_codes=CODES.tolist(), last_month_index=24311)
    assert (result.state, len(result.areas)) == (FigureState.NO_DATA, 0)


def test_exact_p_holds_for_counts_of_any_size_and_far_tails() -> None:
    before, after = np.array([0, 40_000, 7, 900, 1]), np.array([35_000, 0, 7, 300, 0])
    rest = [(int(before.sum() - b), int(after.sum() - a)) for b, a in zip(before, after, strict=True)]
    wanted = [fisher_exact([[b, a], pair]).pvalue for b, a, pair in zip(before, after, rest, strict=True)]
    np.testing.assert_allclose(exact_share_p(before, after), wanted, rtol=1e-7, atol=1e-300)
