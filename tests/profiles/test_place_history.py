"""Seasons and levels of recording: exact shapes, honest refusals, and years that are not pooled silently."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from profiles.figures import Geography
from profiles.history import history_of, level_rows, read_monthly_counts, season_rows, shifts_between_years

LAST = 2025 * 12 + 11
CODES = np.array(["S0", "S1"], dtype=object)
KINDS = pd.DataFrame({"kind_id": [1, 2], "category": ["ASB", "Burglary"], "kind": ["asb", "other"]})
SHAPE = [60, 65, 80, 95, 110, 130, 160, 150, 120, 100, 75, 55]
WATCH = {"burglary": ("burglary",)}


def monthly(by_month: list[int], *, kind_id: int = 1, months=None):
    """Return counts of S0 whose last month is December 2025."""
    ages = range(len(by_month) - 1, -1, -1)
    rows = [("S0", LAST - age, kind_id, False, n) for age, n in zip(ages, by_month, strict=True) if n]
    frame = pd.DataFrame(rows, columns=["area_code", "month_index", "kind_id", "is_officer_generated", "n"])
    loaded = range(LAST - len(by_month) + 1, LAST + 1) if months is None else months
    return read_monthly_counts(frame, KINDS, CODES, last_month_index=LAST, months_available=loaded, watch=WATCH)


def small() -> Geography:
    return Geography.of_small_areas("lsoa:2021", CODES)


def test_the_season_is_each_month_against_the_average_month() -> None:
    rows = season_rows(small(), monthly(SHAPE * 2)).query("area_code == 'S0' and kind == 'asb'")
    assert rows["estimate"].tolist() == pytest.approx([100 * 12 * n / sum(SHAPE) for n in SHAPE])
    july = rows[rows["calendar_month"] == 7].iloc[0]
    k, total = 2 * 160, 2 * sum(SHAPE)
    assert july["lower"] == pytest.approx(1200 * beta.ppf(0.025, k, total - k + 1))
    assert july["upper"] == pytest.approx(1200 * beta.ppf(0.975, k + 1, total - k))
    assert (july["n"], july["n_years"]) == (320, 2)
    assert july["note"].startswith("interval of chance alone")


def test_a_change_of_level_between_years_leaves_the_shape() -> None:
    halved = SHAPE + [n // 5 for n in SHAPE]
    rows = season_rows(small(), monthly(halved)).query("area_code == 'S0' and kind == 'asb'")
    assert rows["estimate"].tolist() == pytest.approx([100 * 12 * n / sum(SHAPE) for n in SHAPE])


@pytest.mark.parametrize("n_months", [1, 12, 23])
def test_fewer_than_24_months_tell_no_season(n_months: int) -> None:
    rows = season_rows(small(), monthly((SHAPE * 2)[:n_months]))
    assert set(rows["state"]) == {"cannot_tell"}
    assert rows["estimate"].isna().all()
    assert rows["note"].str.startswith("cannot tell: needs 24 months").all()


def test_a_gap_ends_the_run_of_months() -> None:
    months = [m for m in range(LAST - 35, LAST + 1) if m != LAST - 20]
    assert set(season_rows(small(), monthly(SHAPE * 3, months=months))["state"]) == {"cannot_tell"}


def test_an_area_with_nothing_recorded_has_no_season_and_no_nan_state() -> None:
    rows = season_rows(small(), monthly(SHAPE * 2)).query("area_code == 'S1'")
    assert set(rows["state"]) == {"cannot_tell"}
    assert set(rows["note"]) == {"nothing is recorded here in these months"}


def test_no_months_and_no_kinds_are_empty_rather_than_wrong() -> None:
    none = monthly([], months=[])
    assert set(season_rows(small(), none)["state"]) == {"cannot_tell"}
    assert set(level_rows(small(), none, rng=np.random.default_rng(1))["state"]) == {"cannot_tell"}


def test_a_fall_of_recording_is_found_and_a_season_alone_is_not() -> None:
    steady = level_rows(small(), monthly(SHAPE * 4), rng=np.random.default_rng(1))
    assert set(steady["rank"]) == {0}
    fallen = SHAPE * 2 + [n // 4 for n in SHAPE] * 2
    rows = level_rows(small(), monthly(fallen), rng=np.random.default_rng(1)).query("rank > 0")
    assert rows[["area_code", "kind", "first_after"]].to_numpy().tolist() == [["S0", "asb", "2024-01"]]
    assert rows["ratio"].iloc[0] == pytest.approx(0.25, abs=0.03)
    assert rows["lower"].iloc[0] <= rows["ratio"].iloc[0] <= rows["upper"].iloc[0]


def test_a_shift_of_the_force_within_the_two_years_is_said_of_the_change() -> None:
    fallen = SHAPE * 2 + [n // 4 for n in SHAPE] * 2
    history = history_of(
        monthly(fallen),
        seasons_of=[small()],
        levels_of=[Geography.of_everything(2), small()],
        rng=np.random.default_rng(1),
    )
    assert shifts_between_years(history.levels, LAST) == {}  # January 2024 begins the 24 months: both years are alike
    said = shifts_between_years(history.levels, LAST - 6)
    assert said == {"asb": "the force's level of recording changed in 2024-01, so the years are not alike"}
    assert set(history.seasons["geography"]) == {"lsoa:2021"}


def test_watched_kinds_have_levels_and_no_season() -> None:
    counted = monthly(SHAPE * 2, kind_id=2)
    assert set(season_rows(small(), counted)["kind"]) == {"asb"}
    assert set(level_rows(small(), counted, rng=np.random.default_rng(1))["kind"]) == {"asb", "burglary"}
