"""Periods of equal days, and test points that are moved a little."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import shapely

from domain.errors import SettingsError
from hotspots.location_error import jittered
from hotspots.periods import MONTHS, DayBlocks
from hotspots.rasters import force_raster

RASTER = force_raster(shapely.box(0, 0, 2_000, 1_000), pixel_m=50.0)


def test_every_day_of_a_block_has_its_number_and_blocks_meet() -> None:
    blocks = DayBlocks(date(2020, 3, 15), 7)
    days = np.arange(np.datetime64("2020-02-24"), np.datetime64("2020-03-16"))
    assert blocks.index_of(days).tolist() == [-2] * 7 + [-1] * 7 + [0] * 7
    assert [blocks.first_day(i) for i in (-2, 0)] == [date(2020, 2, 24), date(2020, 3, 9)]
    assert blocks.periods.noun == "week"
    assert DayBlocks(date(2020, 3, 15), 28).periods.noun == "28-day block"


def test_an_hour_belongs_to_its_day() -> None:
    late = np.array(["2019-12-31T23:59"], dtype="datetime64[m]")
    assert DayBlocks(date(2019, 12, 31), 28).index_of(late).tolist() == [0]


def test_a_block_without_days_is_refused() -> None:
    with pytest.raises(SettingsError, match="no period"):
        DayBlocks(date(2019, 12, 31), 0)


def test_months_are_named_as_they_are_written() -> None:
    assert MONTHS.name(12 * 2025 + 11) == "2025-12"


def test_steps_have_the_stated_spread_and_no_direction() -> None:
    x, y = np.full(20_000, 1_000.0), np.full(20_000, 500.0)
    east, north = jittered(x, y, sigma_m=35.0, raster=RASTER, rng=np.random.default_rng(0))
    for step in (east - x, north - y):
        assert abs(step.mean()) < 1.0
        assert step.std() == pytest.approx(35.0, rel=0.03)


def test_no_point_leaves_the_force() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 2_000, 5_000), rng.uniform(0, 1_000, 5_000)
    east, north = jittered(x, y, sigma_m=300.0, raster=RASTER, rng=rng)
    assert ((east >= 0) & (east < 2_000) & (north >= 0) & (north < 1_000)).all()
    assert (east != x).mean() > 0.5


def test_no_jitter_moves_nothing() -> None:
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    assert jittered(x, y, sigma_m=0.0, raster=RASTER, rng=np.random.default_rng(0)) == (x, y)
