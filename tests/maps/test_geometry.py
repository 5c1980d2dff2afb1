"""Map geometry: a coverage stays a coverage, coordinates stay valid, nothing is reprojected silently."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from domain.errors import CrsError
from maps.geometry import bounds_lat_lon, common_borders, geojson_geometries, simplify_areas

EPSG = 27700


def wavy_neighbours() -> gpd.GeoDataFrame:
    """Return two squares of 1 km that share a wavy border."""
    y = np.linspace(0, 1000, 200)
    border = np.column_stack([500 + 15 * np.sin(y / 20), y])
    west = shapely.Polygon([(0, 1000), (0, 0), *border])
    east = shapely.Polygon([(1000, 0), (1000, 1000), *border[::-1]])
    shapes = shapely.transform(np.array([west, east]), lambda xy: xy + np.array([350000, 380000]))
    return gpd.GeoDataFrame({"area_code": ["W", "E"]}, geometry=shapes, crs=EPSG)


def test_neighbours_keep_their_common_border():
    simple = simplify_areas(wavy_neighbours(), tolerance_m=60, epsg=EPSG)
    assert shapely.get_num_coordinates(simple.geometry.to_numpy()).sum() < 60
    assert shapely.coverage_is_valid(simple.geometry.to_numpy())
    assert simple.area.sum() == pytest.approx(wavy_neighbours().area.sum())


def test_areas_in_another_reference_system_are_refused():
    with pytest.raises(CrsError, match="EPSG:27700 is needed"):
        simplify_areas(wavy_neighbours().to_crs(4326), tolerance_m=60, epsg=EPSG)


def test_rounded_coordinates_are_short_and_valid():
    shapes = wavy_neighbours().geometry.to_numpy()
    written = geojson_geometries(shapes, epsg=EPSG)
    read = shapely.from_geojson([str(g).replace("'", '"') for g in written])
    assert shapely.is_valid(read).all()
    assert all(len(str(c)) <= 8 for ring in written[0]["coordinates"] for point in ring for c in point)


def test_a_sliver_thinner_than_the_grid_is_kept():
    sliver = shapely.box(350000, 380000, 350000.2, 380050)
    (written,) = geojson_geometries(np.array([sliver]), epsg=EPSG)
    assert written["coordinates"]


def test_a_shared_border_is_drawn_once():
    squares = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    (lines,) = common_borders(squares)
    assert lines.length == pytest.approx(7)


def test_bounds_are_latitude_first_and_hold_the_area():
    ((south, west), (north, east)) = bounds_lat_lon(np.array([[350000, 380000, 351000, 381000]]), epsg=EPSG)[0]
    assert 53 < south < north < 54
    assert -3 < west < east < -2
