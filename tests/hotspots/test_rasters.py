"""Pixels over a force: exact areas, whatever its shape, and sums of cells that lose nothing."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import AnalysisError
from hotspots.rasters import block_sums, force_outline, force_raster, rasterise


def areas_by_clipping(outline: shapely.Geometry, raster) -> np.ndarray:
    n_rows, n_columns = raster.shape
    west = raster.west + raster.pixel_m * np.arange(n_columns)
    south = raster.south + raster.pixel_m * np.arange(n_rows)
    x, y = np.meshgrid(west, south)
    return shapely.area(shapely.intersection(shapely.box(x, y, x + raster.pixel_m, y + raster.pixel_m), outline))


@pytest.mark.parametrize(
    "outline",
    [
        shapely.box(0, 0, 300, 200),
        shapely.Point(500, 500).buffer(333),
        shapely.Point(500, 500).buffer(333).difference(shapely.Point(450, 520).buffer(120)),
        shapely.union_all([shapely.box(12, 7, 480, 95), shapely.Point(900, 400).buffer(140)]),
        shapely.Polygon([(3, 1), (777, 250), (410, 803), (395, 300), (120, 640)]),
    ],
    ids=["square on the lines", "round", "with a hole", "islands", "jagged"],
)
def test_area_in_each_pixel_equals_clipping(outline) -> None:
    raster = force_raster(outline, pixel_m=50)
    np.testing.assert_allclose(raster.area_m2, areas_by_clipping(outline, raster), atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=3, max_size=12, unique=True))
def test_areas_add_up_to_the_outline_clockwise_or_not(corners) -> None:
    hull = shapely.MultiPoint(corners).convex_hull
    if hull.geom_type != "Polygon":
        return
    for outline in (hull, hull.reverse()):
        assert force_raster(outline, pixel_m=25).area_m2.sum() == pytest.approx(hull.area)


def test_pixels_lie_on_whole_multiples_whatever_the_outline() -> None:
    small = force_raster(shapely.box(1_010, 2_020, 1_400, 2_300), pixel_m=50, anchor_m=250)
    large = force_raster(shapely.box(260, 2_020, 1_400, 2_300), pixel_m=50, anchor_m=250)
    assert (small.west, small.south, large.west) == (1_000, 2_000, 250)
    assert all(n % 5 == 0 for n in small.shape)


def test_an_incident_in_a_pixel_mostly_outside_is_not_lost() -> None:
    raster = force_raster(shapely.box(0, 0, 110, 100), pixel_m=50)
    point = (np.array([105.0]), np.array([30.0]))
    assert not raster.inside[0, 2]
    assert raster.holding(*point).inside[0, 2]
    assert not raster.inside[0, 2]


def test_points_fall_into_the_pixel_north_and_east_of_a_line() -> None:
    raster = force_raster(shapely.box(0, 0, 90, 90), pixel_m=50)
    sums = rasterise(raster, np.array([50.0, 10.0, 49.9]), np.array([0.0, 50.0, 49.9]), np.array([1.0, 2.0, 4.0]))
    assert sums.tolist() == [[4.0, 1.0], [2.0, 0.0]]


def test_a_place_far_off_that_claims_to_be_inside_is_refused() -> None:
    raster = force_raster(shapely.box(0, 0, 90, 90), pixel_m=50)
    with pytest.raises(AnalysisError, match="far outside"):
        rasterise(raster, np.array([228_000.0]), np.array([0.0]), np.array([1.0]))


def test_a_force_without_area_is_refused() -> None:
    with pytest.raises(AnalysisError, match="no area"):
        force_outline(gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (1, 1)])], crs=27700))


def test_every_position_of_the_cells_keeps_the_total_and_moves_the_lines() -> None:
    pixels = np.arange(100.0).reshape(10, 10)
    shifts = [(north, east) for north in range(5) for east in range(5)]
    sums = block_sums(pixels, size=5, shifts=shifts)
    assert [s.sum() for s in sums] == [pixels.sum()] * 25
    for (north, east), cells in zip(shifts, sums, strict=True):
        southwest = pixels[: north or 5, : east or 5].sum()
        assert cells[0] == southwest


def test_cells_are_rounded_as_sums_of_rows_then_of_columns() -> None:
    pixels = np.random.default_rng(5).random((15, 20))
    for north, east in itertools.product(range(5), repeat=2):
        (cells,) = block_sums(pixels, size=5, shifts=[(north, east)])
        padded = np.zeros((20, 25))
        padded[(5 - north) % 5 :, (5 - east) % 5 :][:15, :20] = pixels
        rows = sum((padded[k::5] for k in range(1, 5)), start=padded[::5])
        expected = sum((rows[:, k::5] for k in range(1, 5)), start=rows[:, ::5])
        np.testing.assert_array_equal(cells, expected.ravel())
