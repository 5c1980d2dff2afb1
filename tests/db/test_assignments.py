"""The join of incidents to areas: stated code, look-up, point; borders, splits, and what is outside."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point
from sqlalchemy import text

from db.read import area_counts, best_fit_links, force_area, live_load_ids, location_quality, places
from db.statements import read_sql
from db.write import refresh_assignments, store_boundaries, store_links
from domain.areas import AreaLinks, GeographyKey
from domain.errors import DatabaseError
from domain.months import LocalMonth
from domain.schemas import LINKS, PLACES, check

LSOA, WARD, DISTRICT = (GeographyKey.parse(key) for key in ("lsoa:2021", "ward:2025", "district:2025"))
JULY = LocalMonth(2025, 7)

FOUND = text(
    "SELECT a.area_code, a.area_how FROM incident i JOIN siting_area a USING (siting_id)"
    " JOIN geography g USING (geography_id) WHERE g.name = 'lsoa' ORDER BY i.incident_id"
)


def found(connection):
    refresh_assignments(connection, small_area=LSOA, patrol=WARD)
    return [tuple(row) for row in connection.execute(FOUND)]


def middle(gridham, column, row):
    return gridham.WEST + (column + 0.5) * gridham.SIDE, gridham.SOUTH + (row + 0.5) * gridham.SIDE


def test_the_stated_code_is_trusted_before_the_point(town, gridham, load_rows):
    load_rows(
        gridham.incident(*middle(gridham, 1, 1), code="E01000001"), gridham.incident(None, None, code="E01000002")
    )
    assert found(town) == [("E01000001", "stated"), ("E01000002", "stated")]


def test_without_a_code_the_point_decides_and_a_border_goes_to_the_lowest_code(town, gridham, load_rows):
    corner = gridham.WEST + gridham.SIDE, gridham.SOUTH + gridham.SIDE
    load_rows(gridham.incident(*middle(gridham, 1, 1)), gridham.incident(*corner))
    assert found(town) == [("E01000004", "point"), ("E01000001", "point")]


def test_an_unknown_code_falls_back_on_the_point(town, gridham, load_rows):
    load_rows(gridham.incident(*middle(gridham, 1, 0), code="W01000001"))
    assert found(town) == [("E01000002", "point")]


def test_what_lies_nowhere_is_outside_and_what_says_nothing_is_none(town, gridham, load_rows):
    load_rows(gridham.incident(0, 0), gridham.incident(None, None), gridham.incident(None, None, code="W01000001"))
    assert found(town) == [(None, "outside"), (None, "none"), (None, "none")]


def test_a_code_of_another_force_is_outside_wherever_its_point_lies(town, gridham, load_rows):
    store_links(town, gridham.links("lsoa:2011", "lsoa:2021", [("E01009999", "E01009999")]))
    load_rows(gridham.incident(*middle(gridham, 0, 0), code="E01009999"))
    assert found(town) == [(None, "outside")]


def test_centroids_too_tell_which_codes_are_elsewhere(town, gridham, load_rows):
    points = gpd.GeoDataFrame({"area_code": ["E01009999"]}, geometry=[Point(1, 1)], crs=27700)
    store_links(town, AreaLinks(LSOA, None, "pwc.shp", "x", pd.DataFrame(), points))
    load_rows(gridham.incident(*middle(gridham, 0, 0), code="E01009999"))
    assert found(town) == [(None, "outside")]


def test_old_codes_go_through_the_look_up(town, gridham, load_rows):
    pairs = [
        ("E01000101", "E01000002"), ("E01000102", "E01000002"),  # merged
        ("E01000103", "E01000003"), ("E01000103", "E01000004"),  # split
        ("E01000104", "E01008888"),  # another force's
    ]  # fmt: skip
    store_links(town, gridham.links("lsoa:2011", "lsoa:2021", pairs))
    load_rows(
        gridham.incident(*middle(gridham, 0, 0), code="E01000101"),
        gridham.incident(None, None, code="E01000102"),
        gridham.incident(*middle(gridham, 1, 1), code="E01000103"),
        gridham.incident(*middle(gridham, 1, 3), code="E01000103"),  # off the map: the nearest part
        gridham.incident(None, None, code="E01000103"),
        gridham.incident(*middle(gridham, 0, 0), code="E01000104"),
    )
    assert found(town) == [
        ("E01000002", "lookup"), ("E01000002", "lookup"), ("E01000004", "point"), ("E01000004", "point"),
        (None, "none"), (None, "outside"),
    ]  # fmt: skip


def test_every_incident_is_counted_once_by_how_it_was_found(town, gridham, load_rows):
    load_rows(*[gridham.incident(code="E01000001")] * 3, gridham.incident(), gridham.incident(0, 0))
    assert refresh_assignments(town, small_area=LSOA, patrol=WARD) == {"outside": 1, "point": 1, "stated": 3}


def test_joining_again_changes_nothing_and_new_places_are_added(town, gridham, load_rows):
    load_rows(gridham.incident(code="E01000001"))
    once = found(town)
    rows = [
        text("SELECT geography_id, siting_id, xmin::text FROM stated_siting_area ORDER BY 1, 2"),
        text("SELECT geography_id, place_id, xmin::text FROM place_area ORDER BY 1, 2"),
    ]
    before = [town.execute(each).all() for each in rows]
    assert all(before)
    assert found(town) == once
    assert [town.execute(each).all() for each in rows] == before
    load_rows(gridham.incident(*middle(gridham, 1, 1)), sha256="second", scope="second")
    assert found(town) == [("E01000001", "stated"), ("E01000004", "point")]


def test_boundaries_may_come_after_incidents_and_may_change(connection, gridham, load_rows):
    load_rows(gridham.incident(*middle(gridham, 0, 0)))
    with pytest.raises(DatabaseError, match="no boundaries of lsoa:2021 are loaded"):
        refresh_assignments(connection, small_area=LSOA, patrol=WARD)
    store_boundaries(connection, gridham.small_areas())
    store_boundaries(connection, gridham.wards())
    assert found(connection) == [("E01000001", "point")]
    moved = gridham.layer("lsoa:2021", {"E01000007": gridham.square(0, 0)}, file_name="lsoa.geojson")
    store_boundaries(connection, moved)
    assert found(connection) == [("E01000007", "point")]
    assert force_area(connection).area.item() == pytest.approx(1e6)


def test_places_know_their_areas_and_whether_they_are_inside(town, gridham, load_rows):
    load_rows(gridham.incident(*middle(gridham, 0, 1)), gridham.incident(0, 0, location=None))
    refresh_assignments(town, small_area=LSOA, patrol=WARD)
    table = check(places(town, small_area=LSOA, patrol=WARD, load_ids=live_load_ids(town)), PLACES)
    by_x = table.sort_values("x")
    assert by_x["is_inside"].tolist() == [False, True]
    assert by_x["small_area_code"].tolist() == [None, "E01000003"]
    assert by_x["patrol_code"].tolist() == [None, "E05000002"]
    assert by_x["location"].tolist() == [None, "On or near Mill Lane"]
    with pytest.raises(DatabaseError, match="not joined to district:2025"):
        places(town, small_area=LSOA, patrol=DISTRICT, load_ids=live_load_ids(town))


def test_counts_by_larger_areas_add_up_to_those_by_small_ones(town, gridham, load_rows):
    rows = [gridham.incident(*middle(gridham, c, r)) for c in (0, 1) for r in (0, 1) for _ in range(1 + c + 2 * r)]
    load_rows(*rows, gridham.incident(0, 0), gridham.incident(category="Drugs"))
    refresh_assignments(town, small_area=LSOA, patrol=WARD)
    window = {"load_ids": live_load_ids(town), "first": JULY, "last": JULY}
    small = area_counts(town, geography=LSOA, **window)
    assert small[small["n"] > 0].groupby("area_code")["n"].sum().tolist() == [2, 2, 3, 4]
    assert small["is_officer_generated"].sum() == 1  # the category says so
    ward = area_counts(town, geography=WARD, **window)
    assert ward.groupby("area_code")["n"].sum().to_dict() == {"E05000001": 4, "E05000002": 7}
    assert area_counts(town, geography=DISTRICT, **window)["n"].sum() == 11


def test_location_quality_is_measured(town, gridham, load_rows):
    load_rows(
        *[gridham.incident(code="E01000001")] * 6,
        gridham.incident(*middle(gridham, 1, 1), code="E01000001"),
        gridham.incident(0, 0),
        gridham.incident(None, None, code="E01000001"),
        gridham.incident(None, None),
    )
    refresh_assignments(town, small_area=LSOA, patrol=WARD)
    assert location_quality(town, live_load_ids(town)) == {
        "n_rows": 10,
        "share_with_coordinates": 0.8,
        "n_outside": 1,
        "share_outside": 0.1,
        "share_on_ten_busiest": 1.0,
        "share_point_disagrees": pytest.approx(1 / 7),
    }
    assert location_quality(town, [])["share_with_coordinates"] == 0.0


def test_reads_before_the_join_say_what_to_do(town, gridham):
    with pytest.raises(DatabaseError, match="not joined to small areas yet"):
        area_counts(town, geography=LSOA, load_ids=[], first=JULY, last=JULY)
    with pytest.raises(DatabaseError, match="outline of the force"):
        force_area(town)


def test_a_loaded_force_serves_until_small_areas_are_joined(town, gridham, load_rows):
    force = gridham.layer("force:2025", {"gridham": gridham.square(0, 0)}, file_name="force.kml")
    store_boundaries(town, force)
    assert force_area(town).area.item() == pytest.approx(1e6)
    refresh_assignments(town, small_area=LSOA, patrol=WARD)
    assert force_area(town).area.item() == pytest.approx(4e6)
    assert force_area(town)["area_name"].item() == "Area m"


def fit(connection, source, target):
    return check(best_fit_links(connection, source, target), LINKS)


def test_the_best_fit_is_the_largest_overlap_without_anything_better(town, gridham):
    assert fit(town, LSOA, WARD)["target_code"].tolist() == ["E05000001"] * 2 + ["E05000002"] * 2
    assert set(fit(town, LSOA, WARD)["how"]) == {"overlap"}
    assert fit(town, WARD, DISTRICT)["how"].tolist() == ["parent", "parent"]


def test_the_best_fit_follows_the_centroid_of_the_people(town, gridham):
    across = Point(gridham.WEST + 500, gridham.SOUTH + 1_500)  # E01000001's people live in the upper ward
    points = gpd.GeoDataFrame({"area_code": ["E01000001"]}, geometry=[across], crs=27700)
    store_links(town, AreaLinks(LSOA, None, "pwc.shp", "x", pd.DataFrame(), points))
    first = fit(town, LSOA, WARD).iloc[0]
    assert (first["target_code"], first["how"]) == ("E05000002", "centroid")


def test_the_best_fit_prefers_a_look_up(town, gridham):
    store_links(town, gridham.links("lsoa:2021", "ward:2025", [("E01000001", "E05000002")]))
    first = fit(town, LSOA, WARD).iloc[0]
    assert (first["target_code"], first["how"]) == ("E05000002", "lookup")


def test_the_join_walks_areas_and_looks_points_up_in_their_index(connection, gridham):
    shapes = {f"E0100{i:04d}": gridham.square(i % 20, i // 20) for i in range(400)}
    store_boundaries(connection, replace(gridham.layer("lsoa:2021", shapes), sha256="grid"))
    connection.exec_driver_sql(read_sql("make_fresh_place"))
    scattered = (
        "INSERT INTO fresh_place SELECT i, ST_SetSRID(ST_MakePoint(:west + random() * 2e4, :south + random() * 2e4),"
        " 27700) FROM generate_series(1, 100000) AS i ORDER BY 2"
    )
    connection.execute(text(scattered), {"west": gridham.WEST, "south": gridham.SOUTH})
    connection.exec_driver_sql(read_sql("index_fresh_place"))
    binds = {"geography_id": connection.scalar(text("SELECT min(geography_id) FROM area"))}
    plan = connection.execute(text("EXPLAIN (ANALYZE) " + read_sql("assign_places")), binds).scalars().all()
    looked_up = [line for line in plan if "using fresh_place_geom_idx" in line]
    assert looked_up, "\n".join(plan)
    assert "loops=400)" in looked_up[0], "the index is asked once for each area"
    assert connection.scalar(text("SELECT count(*) FROM place_area WHERE area_code IS NOT NULL")) == 100_000
