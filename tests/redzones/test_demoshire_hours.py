"""The planted hours of Demoshire come back as Red Times, within a block, whatever the seed."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from domain.crs import transform_points
from domain.incidents import ScoringSet
from hotspots.red_times import RedTimeSettings, find_red_times
from redzones.demoshire import CountyFiles, write_county

_BLOCK_HOURS = 2
_REACH_M = 60.0
KINDS = pd.DataFrame(
    {
        "kind_id": [0, 1], "source": "log", "category": ["ASB", "other"], "kind": ["asb", "minor_crime"],
        "is_street": [True, False], "is_officer_generated": False, "weight": 1.0,
    }
)  # fmt: skip
WARDS = gpd.GeoDataFrame(
    {"area_code": ["W1"], "area_name": ["County"], "parent_code": ["D1"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=27700
)


def log_of(files: CountyFiles) -> pd.DataFrame:
    log = pd.read_csv(files.force_log).dropna(subset=["easting", "from"])
    begins, ends = (pd.to_datetime(log[name], format="%d/%m/%Y %H:%M") for name in ("from", "to"))
    return pd.DataFrame(
        {
            "incident_id": range(len(log)), "place_id": 1, "x": log["easting"].to_numpy(np.float64),
            "y": log["northing"].to_numpy(np.float64), "kind_id": (~log["closing_class"].str.startswith("ASB ")) * 1,
            "is_officer_generated": False, "patrol_code": "W1", "begins_at": begins.to_numpy().astype("datetime64[us]"),
            "ends_at": ends.to_numpy().astype("datetime64[us]"),
        }
    )  # fmt: skip


def spots_of(files: CountyFiles) -> gpd.GeoDataFrame:
    features = json.loads((files.truth / "planted_hot_spots.geojson").read_text(encoding="utf-8"))["features"]
    centres = [shapely.geometry.shape(feature["geometry"]).centroid for feature in features]
    x, y = transform_points(
        np.array([c.x for c in centres]), np.array([c.y for c in centres]), source_epsg=4326, target_epsg=27700
    )
    own = [feature["properties"] for feature in features]
    frame = {
        "zone_id": [spot["hot_spot_id"] for spot in own], "centre_x": x, "centre_y": y,
        "radius_m": [max(spot["radius_m"], _REACH_M) + _REACH_M for spot in own], "unit_code": "D1",
    }  # fmt: skip
    return gpd.GeoDataFrame(frame, geometry=shapely.points(x, y), crs=27700)


def planted_hours(files: CountyFiles) -> dict[str, set[int]]:
    hours = pd.read_csv(files.truth / "planted_hot_hours.csv")
    found: dict[str, set[int]] = {}
    for row in hours.itertuples():
        of_week = (24 * row.weekday + np.arange(row.begin_hour, row.end_hour)) % 168
        found.setdefault(row.hot_spot_id, set()).update(of_week.tolist())
    return found


@pytest.mark.parametrize("seed", [1, 2, 2009])
def test_every_planted_hot_spot_gets_its_hours_back_within_a_block(tmp_path: Path, seed: int) -> None:
    files = write_county(tmp_path, n_small_areas=60, n_months=12, n_incidents=20_000, seed=seed)
    windows = find_red_times(
        log_of(files), KINDS, zones=spots_of(files), patrol_areas=WARDS, scoring_set=ScoringSet.ASB_MINOR, n_untimed=0,
        rng=np.random.default_rng(1), settings=RedTimeSettings(shifts=(), block_hours=_BLOCK_HOURS),
    ).windows  # fmt: skip
    zones = windows[windows["scope"] == "zone"]
    planted = planted_hours(files)
    assert set(planted) <= set(zones["code"])
    for window in zones[zones["code"].isin(planted)].itertuples():
        near = {(hour + by) % 168 for hour in planted[window.code] for by in range(-_BLOCK_HOURS, _BLOCK_HOURS + 1)}
        hours = {(24 * window.weekday + window.begin_hour + k) % 168 for k in range(window.n_hours)}
        assert hours <= near, f"{window.code}: {window.label}"
