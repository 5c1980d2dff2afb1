"""Placing discs: against a plain search, and in every odd force."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import SettingsError
from hotspots.rasters import force_raster
from hotspots.results import ScoreSurface
from hotspots.zones import blurred_for_placing, disc_offsets, disc_sums, place_discs

PIXEL_M = 25.0


def surface(values, inside=None) -> ScoreSurface:
    values = np.asarray(values, dtype=np.float64)
    return ScoreSurface(values, 0.0, 0.0, PIXEL_M, np.ones(values.shape, bool) if inside is None else inside)


def disc_mask(shape, row, column, radius_pixels) -> np.ndarray:
    rows, columns = np.indices(shape)
    return (rows - row) ** 2 + (columns - column) ** 2 <= radius_pixels**2


def plainly(s: ScoreSurface, radius_m: float, capacity: int, least_new: float) -> list[tuple[int, int]]:
    """Search every pixel for every disc, as the definition says."""
    free, placed = s.inside.copy(), []
    for _ in range(capacity):
        best, found = 0.0, None
        for row, column in np.ndindex(s.values.shape):
            disc = disc_mask(s.values.shape, row, column, radius_m / PIXEL_M)
            whole = (2 * disc_offsets(radius_m / PIXEL_M) + 1).sum()
            new = disc & free
            if new.sum() >= least_new * whole and s.values[new].sum() / new.sum() > best + 1e-12:
                best, found = s.values[new].sum() / new.sum(), (row, column)
        if found is None:
            break
        placed.append(found)
        free &= ~disc_mask(s.values.shape, *found, radius_m / PIXEL_M)
    return placed


@pytest.mark.parametrize("seed", range(4))
def test_discs_are_those_of_a_plain_search(seed) -> None:
    rng = np.random.default_rng(seed)
    values = rng.gamma(0.3, size=(22, 26)) + rng.random((22, 26)) * 1e-3
    s = surface(values, inside=rng.random(values.shape) > 0.1)
    placement = place_discs(s, radius_m=80, capacity=5)
    expected = plainly(s, 80, 5, 0.6)
    assert [(int(y // PIXEL_M), int(x // PIXEL_M)) for x, y in zip(placement.x, placement.y, strict=True)] == expected


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 60), st.integers(0, 1_000))
def test_disc_sums_equal_sums_under_a_mask(tenths, seed) -> None:
    radius = tenths / 10
    half_widths = disc_offsets(radius)
    reach = len(half_widths) // 2
    values = np.random.default_rng(seed).random((2 * reach + 3, 2 * reach + 2))
    sums = disc_sums(values, half_widths)
    for row, column in np.ndindex(sums.shape):
        mask = disc_mask(values.shape, row + reach, column + reach, radius)
        assert sums[row, column] == pytest.approx(values[mask].sum())


def test_the_first_disc_sits_on_the_hot_spot_and_holds_its_score() -> None:
    values = np.zeros((60, 60))
    values[30, 20] = 9.0
    values[10, 45] = 4.0
    placement = place_discs(surface(values), radius_m=100, capacity=2)
    assert placement.score.tolist() == pytest.approx([9, 4])
    for x, y, (row, column) in zip(placement.x, placement.y, [(30, 20), (10, 45)], strict=True):
        assert np.hypot(x - (column + 0.5) * PIXEL_M, y - (row + 0.5) * PIXEL_M) <= 100


def test_every_disc_has_its_share_of_new_ground() -> None:
    values = np.random.default_rng(2).gamma(0.2, size=(80, 80))
    placement = place_discs(surface(values), radius_m=141, capacity=60, least_new_share=0.6)
    assert placement.new_share.min() >= 0.6
    assert len(placement.x) > 20


def test_it_stops_where_no_score_is_left() -> None:
    values = np.zeros((60, 60))
    values[30, 30] = 1.0
    assert len(place_discs(surface(values), radius_m=141, capacity=50).x) == 1
    assert len(place_discs(surface(np.zeros((60, 60))), radius_m=141, capacity=50).x) == 0


def test_a_force_smaller_than_a_disc_gets_none() -> None:
    raster = force_raster(shapely.Point(100, 100).buffer(60), pixel_m=PIXEL_M)
    assert len(place_discs(surface(np.ones(raster.shape), raster.inside), radius_m=141, capacity=5).x) == 0


def test_islands_too_small_for_a_disc_are_left_out_and_the_large_one_is_served() -> None:
    islands = [shapely.box(300 * i, 0, 300 * i + 80, 80) for i in range(20)]
    raster = force_raster(shapely.union_all([*islands, shapely.box(0, 1_000, 600, 1_600)]), pixel_m=PIXEL_M)
    placement = place_discs(surface(np.ones(raster.shape), raster.inside), radius_m=141, capacity=100)
    assert len(placement.x) > 0
    assert placement.y.min() > 1_000


def test_a_radius_under_two_pixels_is_refused() -> None:
    with pytest.raises(SettingsError, match="radius"):
        place_discs(surface(np.ones((9, 9))), radius_m=40, capacity=1)


def test_blurring_keeps_half_where_it_was_and_nothing_outside() -> None:
    values = np.zeros((41, 41))
    values[20, 20] = 2.0
    inside = np.ones(values.shape, bool)
    inside[:, 21:] = False
    blurred = blurred_for_placing(surface(values, inside), sigma_m=60)
    assert blurred.values[~inside].sum() == 0
    assert blurred.values[20, 20] > 1.0
    whole = blurred_for_placing(surface(values), sigma_m=60)
    assert whole.values.sum() == pytest.approx(2.0)
