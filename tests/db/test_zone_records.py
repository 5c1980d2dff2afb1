"""What a force knows of places, as zones read it; the two lists, the log of overrides and the visibility layer kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from shapely import Point, box

from db import results, runs
from db.read import live_load_ids, named_priorities, nudges, sensitive_places
from db.run_tables import write_tables
from db.visibility import public_places, read_visibility, write_visibility
from db.write import store_layer, store_records
from domain.incidents import REJECTED_COLUMNS
from domain.months import LocalMonth
from domain.records import RECORD_COLUMNS, ContextLayer, LayerKind, RecordKind, RecordTable
from hotspots.overrides import Nudge
from hotspots.results import ListComparison, RedZonesResult, VisibilityResult
from hotspots.sensitive_places import SensitivePlace
from hotspots.two_lists import no_comparison
from hotspots.visibility import PublicPlace

if TYPE_CHECKING:
    from sqlalchemy import Connection

DECEMBER = LocalMonth(2025, 12)
DAY = pd.Timestamp("2025-12-05")


def _records(kind: RecordKind, rows: list[dict]) -> RecordTable:
    names = [name.rstrip("?") for name in RECORD_COLUMNS[kind]]
    frame = pd.DataFrame([{"row_number": 2 + i, **dict.fromkeys(names), **row} for i, row in enumerate(rows)])
    frame = frame.astype({name: "datetime64[us]" for name in names if name.endswith(("_on", "_from", "_to"))})
    rejected = pd.DataFrame(columns=list(REJECTED_COLUMNS))
    epsg = 27700 if "x" in names else None
    return RecordTable(kind, f"{kind}.csv", str(kind), str(kind), frame, rejected, len(rows), epsg)


def _run(connection: Connection) -> int:
    return runs.start_or_resume_run(
        connection, month=DECEMBER, fingerprint="abc", config_fingerprint="c", input_fingerprint="i",
        code_version="0", seed=1, settings={}, load_ids=[],
    ).run_id  # fmt: skip


@pytest.mark.parametrize(("month", "is_held"), [("2025-11", False), ("2025-12", True), ("2026-02", False)])
def test_nudges_hold_in_their_months_in_order_of_their_numbers(connection, month, is_held) -> None:
    base = {"rule": "nudge", "x": 400_500.0, "y": 300_500.0, "radius_m": 150.0, "reason": "park", "owner": "Insp",
            "valid_from": DAY, "valid_to": pd.Timestamp("2026-01-31")}  # fmt: skip
    rows = [{**base, "override_id": name, "factor": factor} for name, factor in (("N2", 0.5), ("N1", 3.0))]
    rows.append({**base, "override_id": "X1", "rule": "exclude", "factor": np.nan})
    store_records(connection, _records(RecordKind.OVERRIDES, rows))
    found = nudges(connection, live_load_ids(connection), month=LocalMonth.parse(month))
    held = tuple(Nudge(name, 400_500.0, 300_500.0, 150.0, f, "park", "Insp") for name, f in (("N1", 3.0), ("N2", 0.5)))
    assert found == (held if is_held else ())


def test_places_come_without_their_names(connection) -> None:
    rows = [
        {"place_name": "Secret House", "category": "refuge", "x": 400_100.0, "y": 300_100.0, "radius_m": np.nan},
        {"place_name": "Corner Shop", "category": "shop", "x": 400_250.0, "y": 300_250.0, "radius_m": np.nan},
        {"place_name": "North School", "category": "school", "x": 400_200.0, "y": 300_200.0, "radius_m": 80.0},
    ]
    store_records(connection, _records(RecordKind.PLACES, rows))
    park = gpd.GeoDataFrame(
        {"feature_name": ["Castle Park", None]}, geometry=[box(400_300, 300_300, 400_400, 300_400), box(0, 0, 9, 9)],
        crs=27700,
    )  # fmt: skip
    store_layer(connection, ContextLayer(LayerKind.GREENSPACE, "parks.gpkg", "p", park))
    loads = live_load_ids(connection)
    assert sensitive_places(connection, loads) == (
        SensitivePlace("refuge", 400_100.0, 300_100.0),
        SensitivePlace("school", 400_200.0, 300_200.0, 80.0),
        SensitivePlace("shop", 400_250.0, 300_250.0),
    )
    assert public_places(connection, loads) == (
        PublicPlace("greenspace", 400_350.0, 300_350.0, "Castle Park"),
        PublicPlace("school", 400_200.0, 300_200.0, ""),
        PublicPlace("shop", 400_250.0, 300_250.0, ""),
    )
    assert sensitive_places(connection, []) == ()


def test_priorities_count_until_they_are_solved_and_for_two_years(connection) -> None:
    base = {"area_code": "E05000001", "issue": "Bikes", "kind": " ASB ", "raised_on": DAY}
    rows = [
        {**base, "priority_id": "P1"},
        {**base, "priority_id": "P2", "agreed_solved_on": pd.Timestamp("2026-02-01")},
        {**base, "priority_id": "P3", "agreed_solved_on": pd.Timestamp("2025-12-20")},
        {**base, "priority_id": "P4", "raised_on": pd.Timestamp("2023-12-31")},
        {**base, "priority_id": "P5", "kind": None},
    ]
    store_records(connection, _records(RecordKind.PRIORITIES, rows))
    found = named_priorities(connection, live_load_ids(connection), month=DECEMBER)
    assert found.to_dict("records") == [{"area_code": "E05000001", "kind": "asb", "n": 2}]


def _zones(comparison: ListComparison | None, overrides: pd.DataFrame | None) -> RedZonesResult:
    columns = [
        "zone_id", "rank_force", "rank_patrol", "name", "centre_x", "centre_y", "radius_m", "area_km2", "score",
        "expected_per_month", "n_incidents", "n_places", "kinds", "is_single_address", "n_officer_generated",
    ]  # fmt: skip
    zones = gpd.GeoDataFrame({name: [] for name in columns}, geometry=[], crs=27700)
    return RedZonesResult("street", zones, 12, 20, ("None.",), comparison, overrides)


def test_both_lists_and_the_log_come_back_as_they_were(connection) -> None:
    zones = pd.DataFrame(
        [
            ("Mill Lane", "SJ 1", "W1", 1.0, np.nan, "leaves", 1.0),
            ("Elm Road", "SJ 2", "W2", np.nan, 1.0, "enters", 1.25),
        ],
        columns=["name", "grid_reference", "patrol_code", "rank_without", "rank_with", "change", "confidence_factor"],
    )
    periods = pd.DataFrame({"month_index": [24_311], "n_events": [40], "hits_without": [9], "hits_with": [8]})
    comparison = ListComparison("ok", "Published.", 0.25, True, zones, periods, 1 / 40, -0.1, 0.2)
    log = pd.DataFrame(
        [("X1", "exclude", 1.0, 2.0, 100.0, np.nan, "station", "analyst", 3, 0),
         ("N1", "nudge", 1.0, 2.0, 100.0, 1.5, "park", "Insp", 4, 1)],
        columns=["override_id", "rule", "x", "y", "radius_m", "factor", "reason", "owner", "n_incidents", "n_zones"],
    )  # fmt: skip
    run_id = _run(connection)
    for _ in range(2):  # a second attempt takes the place of the first
        results.write_zones(connection, run_id, _zones(comparison, log))
    read = results.read_zones(connection, run_id)["street"]
    assert read.comparison is not None
    assert (read.comparison.state, read.comparison.strength, read.comparison.is_published) == ("ok", 0.25, True)
    assert (read.comparison.given_up, read.comparison.lower, read.comparison.upper) == (0.025, -0.1, 0.2)
    assert_frame_equal(read.comparison.zones, zones, check_dtype=False)
    assert_frame_equal(read.comparison.periods, periods)
    assert_frame_equal(read.overrides, log, check_dtype=False)


def test_a_run_that_compared_nothing_comes_back_with_its_reason(connection) -> None:
    run_id = _run(connection)
    results.write_zones(connection, run_id, _zones(no_comparison("No survey."), None))
    read = results.read_zones(connection, run_id)["street"]
    assert read.comparison is not None
    assert (read.comparison.state, read.comparison.reason) == ("no_data", "No survey.")
    assert np.isnan(read.comparison.given_up)
    assert len(read.overrides) == 0
    results.write_zones(connection, run_id, replace(read, comparison=None))
    assert results.read_zones(connection, run_id)["street"].comparison is None


def test_the_visibility_layer_comes_back(connection) -> None:
    places = gpd.GeoDataFrame(
        {
            "patrol_code": ["W1", "W1"], "rank": [1, 2], "kind": ["people", "school"], "name": ["near Mill Lane", ""],
            "grid_reference": ["SJ 1", "SJ 2"], "x": [1.0, 3.0], "y": [2.0, 4.0], "residents": [812.5, 90.0],
            "workers": [np.nan, np.nan], "people": [812.5, 90.0],
            "in_sight": [{"shop": 3}, {}], "is_low_confidence": pd.Series([None, None], dtype=object),
        },
        geometry=[Point(1, 2), Point(3, 4)], crs=27700,
    )  # fmt: skip
    run_id = _run(connection)
    assert read_visibility(connection, run_id) is None
    for written in (
        VisibilityResult("ok", "", places, ("Rough.",)),
        VisibilityResult("no_data", "Why.", places[:0], ()),
    ):
        write_visibility(connection, run_id, written)
        read = read_visibility(connection, run_id)
        assert read is not None
        assert (read.state, read.reason, read.notes) == (written.state, written.reason, written.notes)
        assert read.places.crs.to_epsg() == 27700
        assert read.places.geometry.geom_equals(written.places.geometry).all()
        assert read.places["name"].tolist() == written.places["name"].tolist()
        assert set(read.places["is_low_confidence"]) <= {None}
        assert read.places["in_sight"].tolist() == written.places["in_sight"].tolist()


def test_the_visibility_layer_of_a_run_of_old_is_still_read(connection) -> None:
    run_id = _run(connection)
    about = pd.DataFrame({"state": ["ok"], "reason": [""]})
    notes = pd.DataFrame({"note": ["Rough.", "By day more."]}, dtype=object)
    places = pd.DataFrame({"patrol_code": ["W1"], "x": [1.0], "y": [2.0]})
    write_tables(connection, run_id, "visibility", {"places": places, "about": about, "notes": notes})
    read = read_visibility(connection, run_id)
    assert read is not None
    assert (read.state, read.reason, read.notes) == ("ok", "", ("Rough.", "By day more."))
