"""Boundaries, look-ups and People tables: no area twice, parents dissolved, the last value read."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, Polygon
from sqlalchemy import text

from db.read import areas, load_detail, load_list, people_values, people_variables
from db.write import store_boundaries, store_links, store_people
from domain.areas import AreaLinks, GeographyKey, PeopleTable, PeopleVariable
from domain.errors import CrsError, DatabaseError, SchemaError
from domain.incidents import REJECTED_COLUMNS
from domain.schemas import AREAS, PEOPLE_VALUES, check

LSOA, WARD, DISTRICT = (GeographyKey.parse(text) for text in ("lsoa:2021", "ward:2025", "district:2025"))


def test_areas_come_back_in_order_and_in_the_analysis_crs(town):
    found = check(areas(town, LSOA), AREAS)
    assert found["area_code"].tolist() == ["E01000001", "E01000002", "E01000003", "E01000004"]
    assert found["area_name"].tolist() == ["Area 1", "Area 2", "Area 3", "Area 4"]
    assert found.crs.to_epsg() == 27700
    assert found.area.tolist() == pytest.approx([1e6] * 4)
    assert areas(town, WARD)["parent_code"].tolist() == ["E06000001", "E06000001"]


def test_areas_in_degrees_are_transformed(connection, gridham):
    layer = gridham.small_areas()
    degrees = gridham.layer(
        "lsoa:2021", dict(zip(layer.frame["area_code"], layer.frame.geometry.to_crs(4326), strict=True)), epsg=4326
    )
    store_boundaries(connection, degrees)
    assert areas(connection, LSOA).area.tolist() == pytest.approx([1e6] * 4, rel=1e-4)


def test_parents_are_dissolved_with_their_names(town):
    district = areas(town, DISTRICT)
    assert district[["area_code", "area_name"]].to_numpy().tolist() == [["E06000001", "Gridham"]]
    assert district.area.item() == pytest.approx(4e6)
    assert district.geometry.item().geom_type == "MultiPolygon"


def test_a_further_file_grows_the_parent_and_leaves_one_derived_load(town, gridham):
    more = gridham.wards(file_name="more.geojson")
    frame = gpd.GeoDataFrame(
        {"area_code": ["E05000003"], "area_name": ["East"], "parent_code": ["E06000001"], "was_repaired": [False]},
        geometry=[gridham.square(2, 0)],
        crs=27700,
    )
    store_boundaries(town, type(more)(WARD, "more.geojson", "more", frame, DISTRICT, {"E06000001": "Gridham"}))
    assert areas(town, DISTRICT).area.tolist() == pytest.approx([5e6])
    assert load_list(town)["kind"].tolist().count("derived") == 1


def test_boundaries_that_are_loaded_win_over_dissolved_ones(town, gridham):
    report = store_boundaries(town, gridham.layer("district:2025", {"E06000001": gridham.square(0, 0)}))
    assert areas(town, DISTRICT).area.tolist() == pytest.approx([1e6])
    derived = load_list(town).set_index("kind").loc["derived", "state"]
    assert derived == f"superseded by {report.load_id}"
    store_boundaries(town, gridham.wards(file_name="ward.geojson", parent_names={"E06000001": "Another"}))
    assert areas(town, DISTRICT).area.tolist() == pytest.approx([1e6])


def test_a_file_of_the_same_name_supersedes(town, gridham):
    again = gridham.layer("lsoa:2021", {"E01000009": gridham.square(0, 0)}, file_name="lsoa.geojson")
    report = store_boundaries(town, again)
    assert report.superseded is not None
    assert areas(town, LSOA)["area_code"].tolist() == ["E01000009"]
    old = areas(town, LSOA, load_ids=[report.superseded])
    assert len(old) == 4  # the run that read them still does


def test_a_file_that_holds_all_areas_of_another_replaces_it(town, gridham):
    report = store_boundaries(town, gridham.small_areas(file_name="whole.geojson"))
    assert "replaces lsoa.geojson" in report.notes[0]
    assert len(areas(town, LSOA)) == 4


def test_a_file_that_holds_some_areas_of_another_is_refused(town, gridham):
    some = gridham.layer("lsoa:2021", {"E01000001": gridham.square(0, 0)}, file_name="some.geojson")
    with pytest.raises(DatabaseError, match=r"holds 1 of the 4 areas of lsoa\.geojson .* E01000001"):
        store_boundaries(town, some)


def test_the_same_boundaries_again_change_nothing(town, gridham):
    before = load_list(town)
    assert store_boundaries(town, gridham.wards()).is_already_loaded
    pd.testing.assert_frame_equal(load_list(town), before)


def test_a_polygon_that_crosses_itself_is_repaired_and_counted(connection, gridham):
    bow_tie = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    report = store_boundaries(connection, gridham.layer("ward:2025", {"E05000001": bow_tie}))
    assert report.notes == ("1 invalid polygons were repaired",)
    assert areas(connection, WARD).area.item() == pytest.approx(2)


def test_boundaries_without_a_crs_are_refused(connection, gridham):
    with pytest.raises(CrsError, match=r"areas\.geojson has no coordinate reference system"):
        store_boundaries(connection, gridham.layer("ward:2025", {"E05000001": gridham.square(0, 0)}, epsg=None))


def test_look_ups_keep_every_pair(connection, gridham):
    report = store_links(connection, gridham.links("lsoa:2011", "lsoa:2021", [("A", "B"), ("A", "C"), ("D", "D")]))
    assert (report.rows_in, report.kept, report.source) == (3, 3, "look-up lsoa:2011 to lsoa:2021")
    assert connection.scalar(text("SELECT count(*) FROM area_link WHERE source_code = 'A' AND share = 1")) == 2


def test_centroids_are_transformed(connection):
    points = gpd.GeoDataFrame({"area_code": ["A"]}, geometry=[Point(-2.0, 52.6)], crs=4326)
    nothing = pd.DataFrame(columns=["source_code", "target_code", "share", "source_name", "target_name", "change"])
    report = store_links(connection, AreaLinks(LSOA, None, "pwc.shp", "x", nothing, points))
    assert report.kept == 1
    assert connection.scalar(text("SELECT ST_X(geom) FROM area_point")) == pytest.approx(400_000, abs=1_000)
    with pytest.raises(CrsError, match="no coordinate reference system"):
        store_links(
            connection, AreaLinks(LSOA, None, "pwc.shp", "y", nothing, points.set_crs(None, allow_override=True))
        )
    with pytest.raises(SchemaError, match="neither links nor points"):
        store_links(connection, AreaLinks(LSOA, None, "pwc.shp", "z", nothing))


def people(rows, *, file_name="ts045.csv", label="No car", rejected=(), **options):
    variable = PeopleVariable("households_no_car", label, "cars", "share", "TS045", "2021")
    score = PeopleVariable("imd_score", "Deprivation", "deprivation", "score", "IMD", "2025", forms_segments=False)
    frame = pd.DataFrame(rows, columns=["area_code", "variable", "numerator", "denominator"])
    known = {"rows_read": len(rows) + len(rejected), "sha256": f"{rows} {label}"}
    return PeopleTable(
        key=LSOA,
        file_name=file_name,
        layout="nomis_bulk",
        variables=(variable, score),
        frame=frame,
        rejected=pd.DataFrame(rejected, columns=list(REJECTED_COLUMNS)),
        **{**known, **options},
    )


def test_people_values_come_back_with_their_denominators(connection):
    rows = [("E01000002", "imd_score", 21.5, np.nan), ("E01000001", "households_no_car", 30.0, 120.0)]
    report = store_people(
        connection,
        people(
            rows,
            rejected=[(9, "Total", "not a number", "a"), (9, "No car", "blank", "a")],
            rows_read=5,
            rows_outside=2,
            notes=("n",),
        ),
    )
    assert (report.rows_in, report.kept, report.rejected, report.notes) == (3, 2, 1, ("n",))
    assert report.reasons == {"not a number": 1}
    found = check(people_values(connection, LSOA, [report.load_id]), PEOPLE_VALUES)
    assert found["area_code"].tolist() == ["E01000001", "E01000002"]
    assert found["numerator"].tolist() == [30.0, 21.5]
    assert found["denominator"].iloc[0] == 120.0
    assert np.isnan(found["denominator"].iloc[1])
    assert [v.name for v in people_variables(connection, [report.load_id])] == ["households_no_car", "imd_score"]
    assert not people_variables(connection, [report.load_id])[1].forms_segments
    assert load_detail(connection, report.load_id)["rows_outside"] == 2


def test_of_two_live_files_the_last_value_is_read(connection):
    both = [("E01000001", "households_no_car", 30.0, 120.0), ("E01000002", "households_no_car", 40.0, 120.0)]
    first = store_people(connection, people(both))
    second = store_people(
        connection, people([("E01000002", "households_no_car", 50.0, 125.0)], file_name="b.csv", label="Car-less")
    )
    loads = [first.load_id, second.load_id]
    assert people_values(connection, LSOA, loads)["numerator"].tolist() == [30.0, 50.0]
    assert people_values(connection, LSOA, loads[:1])["numerator"].tolist() == [30.0, 40.0]
    assert people_variables(connection, loads)[0].label == "Car-less"
    assert people_values(connection, GeographyKey("oa", 2021), loads).empty
