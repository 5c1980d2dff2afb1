"""On Demoshire the planted hot spots are found: by the ranking of cells, by zones, and by the test of hexagons."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from domain.crs import transform_points
from domain.incidents import ScoringSet
from domain.months import LocalMonth
from hotspots.candidates import Blend, PriorCounts
from hotspots.history import public_history, scored_rows
from hotspots.hot_cells import HotCellSettings, find_hot_cells
from hotspots.rasters import block_sums, force_raster, rasterise
from hotspots.surface import score_raster
from redzones.demoshire import CountyFiles, write_county

EPSG, CELL_M, LAST = 27700, 250.0, LocalMonth(2025, 12)
MINOR = {"Criminal damage and arson", "Public order", "Shoplifting", "Other theft", "Bicycle theft"}


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> CountyFiles:
    return write_county(tmp_path_factory.mktemp("demoshire"))


def in_metres(shape):
    def to_grid(xy):
        return np.column_stack(transform_points(xy[:, 0], xy[:, 1], source_epsg=4326, target_epsg=EPSG))

    return shapely.transform(shape, to_grid)


@pytest.fixture(scope="module")
def planted(files) -> dict[str, dict]:
    """Return the hot spots that were active all the last year, with their footprints in metres."""
    text = (files.truth / "planted_hot_spots.geojson").read_text(encoding="utf-8")
    year = {str(LAST.shift(-i)) for i in range(12)}
    found = {}
    for feature in json.loads(text)["features"]:
        facts = feature["properties"]
        if year <= set(facts["active_months"]):
            shape = in_metres(shapely.geometry.shape(feature["geometry"]))
            found[facts["hot_spot_id"]] = {**facts, "shape": shape, "a_month": sum(facts["n_by_month"][-12:]) / 12}
    return found


@pytest.fixture(scope="module")
def county(files) -> dict[str, object]:
    """Return what the hot-spot room is given, from the county's street files."""
    features = [f for path in files.lsoa_boundaries for f in json.loads(path.read_text(encoding="utf-8"))["features"]]
    outline = shapely.union_all([in_metres(shapely.geometry.shape(f["geometry"])) for f in features])
    street = pd.concat([pd.read_csv(path) for path in files.street], ignore_index=True).dropna(subset=["Longitude"])
    x, y = transform_points(
        street["Longitude"].to_numpy(), street["Latitude"].to_numpy(), source_epsg=4326, target_epsg=EPSG
    )
    rows = street.assign(x=x.round(1), y=y.round(1), month_index=[LocalMonth.parse(m).index for m in street["Month"]])
    kinds = pd.DataFrame({"category": sorted(rows["Crime type"].unique())})
    is_asb = kinds["category"] == "Anti-social behaviour"
    kinds = kinds.assign(
        kind_id=range(len(kinds)), source="file", weight=1.0, is_street=is_asb,
        kind=np.where(is_asb, "asb", np.where(kinds["category"].isin(MINOR), "minor_crime", "other")),
        is_officer_generated=kinds["category"].isin(["Drugs", "Possession of weapons"]),
    )  # fmt: skip
    places = rows.groupby(["x", "y"], as_index=False).agg(location=("Location", "first"))
    places = places.assign(
        place_id=range(len(places)), is_inside=shapely.contains_xy(outline, places["x"], places["y"]),
        small_area_code=None, patrol_code=None,
    )  # fmt: skip
    joined = rows.merge(places[["x", "y", "place_id"]]).merge(kinds, left_on="Crime type", right_on="category")
    counts = joined.groupby(["place_id", "month_index", "kind_id"]).size().rename("n").reset_index()
    force = gpd.GeoDataFrame(
        {"area_code": ["F"], "area_name": ["Demoshire"], "parent_code": [None]}, geometry=[outline], crs=EPSG
    )
    tables = {"places": places, "place_counts": counts.assign(is_officer_generated=False), "kinds": kinds}
    return {"tables": tables, "force": force, "outline": outline}


@pytest.fixture(scope="module")
def rows(county) -> pd.DataFrame:
    return scored_rows(**county["tables"], scoring_set=ScoringSet.ASB_MINOR)


@pytest.mark.parametrize("candidate", [PriorCounts(12), Blend()], ids=["counts", "blend"])
def test_planted_hot_cells_are_recalled_on_1_per_cent_of_the_area(county, rows, planted, candidate) -> None:
    """What is attainable is what a ranking by all incidents of all months recalls, the tested month too."""
    history = public_history(rows, last_month_index=LAST.index - 1).since(LAST.index - 12)
    raster = force_raster(county["outline"], pixel_m=50.0, anchor_m=CELL_M).holding(history.x, history.y)
    score = score_raster(candidate.score(history, raster, month_index=LAST.index), history, raster)
    (cells,), (areas,) = (block_sums(values, size=5) for values in (score, raster.area_m2))
    true = np.zeros(raster.shape)
    for spot in planted.values():
        inside = np.nonzero(_pixels_in(spot["shape"], raster))
        if not len(inside[0]):  # a single address, smaller than a pixel
            inside = raster.pixel_of(np.array([spot["centre_x"]]), np.array([spot["centre_y"]]))
        true[inside] += spot["a_month"] / len(inside[0])
    (truth,) = block_sums(true, size=5)
    n_budget = int(0.01 * areas.sum() / CELL_M**2)
    hot = np.flatnonzero(truth >= 2.0)  # under two planted incidents a month a cell is no hot spot
    everything = public_history(rows, last_month_index=LAST.index)
    (seen,) = block_sums(rasterise(raster, everything.x, everything.y, everything.n_own), size=5)
    found, attainable = (
        np.isin(hot, np.argsort(-ranking, kind="stable")[:n_budget]).mean() for ranking in (cells, seen)
    )
    assert len(hot) >= 20
    assert found / attainable > 0.9


def _pixels_in(shape, raster) -> np.ndarray:
    n_rows, n_columns = raster.shape
    x = raster.west + (np.arange(n_columns) + 0.5) * raster.pixel_m
    y = raster.south + (np.arange(n_rows) + 0.5) * raster.pixel_m
    return shapely.contains_xy(shape, *np.meshgrid(x, y))


def test_narrower_hexagons_see_more_of_the_planted_hot_spots(county, rows, planted) -> None:
    """The test asks what lies around a hexagon, so that a hot spot has to be wider than one to be seen."""
    strong = [s for s in planted.values() if s["fate"] == "steady" and s["a_month"] >= 12 and s["shape"].area > 20_000]
    seen = {}
    for flat_m in (200.0, 100.0):
        found = find_hot_cells(
            rows, last_month_index=LAST.index, force=county["force"], patrol_areas=county["force"],
            settings=HotCellSettings(flat_m=flat_m, n_permutations=19_999), rng=np.random.default_rng(1),
        )  # fmt: skip
        hot = found.cells[found.cells["is_hot"]]
        seen[flat_m] = np.mean([bool(hot.distance(spot["shape"]).min() < 50) for spot in strong])
        assert found.hot_area_share < 0.1
    assert len(strong) >= 5
    assert seen[100.0] > 0.5
    assert seen[100.0] > seen[200.0]
