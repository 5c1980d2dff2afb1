"""Reference systems: which may be one of analysis, and that none is changed silently."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely import Point

from domain.crs import check_analysis_epsg, require_crs, transform_points
from domain.errors import CrsError, SettingsError


@pytest.mark.parametrize("epsg", [27700, 32617, 2154])
def test_projected_metres_will_do(epsg: int) -> None:
    assert check_analysis_epsg(epsg) == epsg


@pytest.mark.parametrize(
    ("epsg", "words"), [(4326, "not a projected"), (2263, "not a projected"), (999999, "not a known")]
)
def test_degrees_feet_and_unknown_codes_are_refused(epsg: int, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        check_analysis_epsg(epsg)


def test_another_or_no_crs_is_refused() -> None:
    frame = gpd.GeoDataFrame(geometry=[Point(0, 0)], crs=4326)
    assert require_crs(frame, 4326, what="places") is frame
    with pytest.raises(CrsError, match="places is in EPSG:4326; EPSG:27700 is needed"):
        require_crs(frame, 27700, what="places")
    with pytest.raises(CrsError, match="no coordinate reference system"):
        require_crs(frame.set_crs(None, allow_override=True), 27700, what="places")


def test_points_are_transformed_and_missing_ones_stay_missing() -> None:
    x, y = transform_points(
        np.array([-2.8907, np.nan]), np.array([53.1905, np.nan]), source_epsg=4326, target_epsg=27700
    )
    assert (x[0], y[0]) == pytest.approx((340_600, 366_300), abs=300)
    assert np.isnan(x[1])
    assert np.isnan(y[1])
