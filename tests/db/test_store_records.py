"""Visits, priorities, overrides, calendar, nominations, places, surveys and layers: stored whole, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, Point, Polygon
from sqlalchemy import select, text

from db.models import context_layer, load, survey_question, survey_response, survey_wave
from db.read import exclusions, live_load_ids
from db.write import store_layer, store_records, store_survey
from db.write_records import TABLE_OF
from domain.errors import CrsError, SchemaError
from domain.incidents import REJECTED_COLUMNS
from domain.months import LocalMonth
from domain.records import RECORD_COLUMNS, ContextLayer, LayerKind, RecordKind, RecordTable
from hotspots.exclusions import Exclusion

DAY = pd.Timestamp("2025-12-05")
VALUES = {
    "zone_id": "ST-1", "callsign": "NP21", "begins_at": pd.Timestamp("2025-07-05 21:30"), "minutes": 15.0,
    "mode": "foot", "priority_id": "P1", "area_code": "E05000001", "raised_on": DAY, "issue": "Bikes", "kind": None,
    "action": None, "told_on": pd.NaT, "agreed_solved_on": pd.NaT, "owner": "Analyst", "override_id": "O1",
    "rule": "exclude", "x": 400_500.0, "y": 300_500.0, "radius_m": 150.0, "factor": np.nan, "reason": "Default address",
    "valid_from": DAY, "valid_to": pd.NaT, "name": "Home match", "ends_at": pd.Timestamp("2025-07-05 23:00"),
    "nominated_by": "Inspector", "nominated_on": DAY, "place_name": "Custody suite",
    "state": "agreed", "decided_on": DAY, "decided_by": "Analyst", "partners": None,
    "profile_month": None, "note": None,
}  # fmt: skip
CATEGORY = {RecordKind.CALENDAR: "match_day", RecordKind.PLACES: "custody"}


def record_table(kind: RecordKind, n: int = 1, **options) -> RecordTable:
    """Return a file of `n` equal rows."""
    values = {**VALUES, "category": CATEGORY.get(kind)}
    names = [name.rstrip("?") for name in RECORD_COLUMNS[kind]]
    frame = pd.DataFrame([{"row_number": 2 + i, **{name: values[name] for name in names}} for i in range(n)])
    known = {
        "file_name": f"{kind}.csv",
        "sha256": f"{kind} {n}",
        "scope": f"{kind} {kind}",
        "frame": frame,
        "rejected": pd.DataFrame(columns=list(REJECTED_COLUMNS)),
        "rows_read": n,
        "epsg": 27700 if "x" in names else None,
    }
    return RecordTable(kind=kind, **{**known, **options})


@pytest.mark.parametrize("kind", list(RecordKind))
def test_each_kind_of_record_is_stored_once(connection, kind):
    report = store_records(connection, record_table(kind, 2))
    assert (report.rows_in, report.kept, report.rejected) == (2, 2, 0)
    again = store_records(connection, record_table(kind, 2))
    assert again.is_already_loaded
    assert again.load_id == report.load_id
    rows = connection.execute(text(f"SELECT load_id, row_number FROM {TABLE_OF[kind]} ORDER BY row_number")).all()
    assert rows == [(report.load_id, 2), (report.load_id, 3)]


def test_a_file_of_the_same_name_supersedes_the_earlier_one(connection):
    first = store_records(connection, record_table(RecordKind.VISITS))
    second = store_records(connection, record_table(RecordKind.VISITS, 3))
    other = store_records(connection, record_table(RecordKind.VISITS, 4, scope="visits january"))
    assert (second.superseded, other.superseded) == (first.load_id, None)


def test_refused_rows_are_kept_with_their_reasons(connection):
    refused = pd.DataFrame([(3, "callsign", "this is not a callsign", "ST-1,Smith")], columns=list(REJECTED_COLUMNS))
    table = record_table(RecordKind.VISITS, 1, rejected=refused, rows_read=2)
    report = store_records(connection, table)
    assert (report.rows_in, report.kept, report.rejected) == (2, 1, 1)
    assert report.reasons == {"this is not a callsign": 1}


def test_times_are_local_times_of_the_force(connection):
    store_records(connection, record_table(RecordKind.VISITS))
    begins = connection.execute(text("SELECT begins_at FROM patrol_visit")).scalar_one()
    assert begins.astimezone(UTC) == datetime(2025, 7, 5, 20, 30, tzinfo=UTC)


def test_points_are_transformed_to_the_analysis_crs(connection):
    degrees = gpd.GeoSeries([Point(400_500, 300_500)], crs=27700).to_crs(4326)
    table = record_table(RecordKind.PLACES)
    table = replace(table, epsg=4326, frame=table.frame.assign(x=degrees.x, y=degrees.y))
    store_records(connection, table)
    x, y = connection.execute(text("SELECT ST_X(geom), ST_Y(geom) FROM sensitive_place")).one()
    assert (x, y) == pytest.approx((400_500, 300_500), abs=0.01)


def test_points_that_cannot_be_shown_leave_nothing_behind(fresh_engine):
    table = record_table(RecordKind.NOMINATIONS, 2)
    table = replace(table, frame=table.frame.assign(x=[400_500.0, np.inf]))
    with pytest.raises(CrsError, match="row 3"), fresh_engine.begin() as connection:
        store_records(connection, table)
    with pytest.raises(CrsError, match="no reference system"), fresh_engine.begin() as connection:
        store_records(connection, replace(table, epsg=None))
    with fresh_engine.connect() as connection:
        assert connection.execute(select(load)).all() == []


@pytest.mark.parametrize(
    ("month", "rule", "is_held"),
    [
        ("2025-11", "exclude", False),
        ("2025-12", "exclude", True),
        ("2026-02", "exclude", False),
        ("2025-12", "nudge", False),
    ],
)
def test_exclusions_hold_in_their_months(connection, month, rule, is_held):
    table = record_table(RecordKind.OVERRIDES)
    frame = table.frame.assign(rule=rule, valid_from=DAY, valid_to=pd.Timestamp("2026-01-31"))
    store_records(connection, replace(table, frame=frame))
    found = exclusions(connection, live_load_ids(connection), month=LocalMonth.parse(month))
    held = Exclusion("O1", 400_500.0, 300_500.0, 150.0, "Default address", "Analyst")
    assert found == ((held,) if is_held else ())


# --- surveys ---------------------------------------------------------------------------------------------------------


def test_a_wave_is_stored_with_its_facts_questions_and_answers(connection, survey_table):
    report = store_survey(connection, survey_table())
    assert (report.rows_in, report.kept) == (3, 3)
    facts = connection.execute(select(survey_wave)).one()
    assert (facts.survey, facts.wave, facts.response_rate, facts.margins) == (
        "Neighbourhood survey",
        "2025 Q4",
        0.31,
        ["age_sex"],
    )
    questions = connection.execute(select(survey_question).order_by(survey_question.c.position)).all()
    assert [q.name for q in questions] == ["confidence", "informed"]
    assert questions[0].scale == [[1, "Agree"], [2, "Disagree"]]
    answers = connection.execute(select(survey_response).order_by(survey_response.c.row_number)).all()
    assert [a.answers for a in answers] == [
        {"confidence": 1, "informed": 2},
        {"confidence": 8, "informed": 1},
        {"informed": 1},
    ]
    assert [a.sex for a in answers] == ["female", None, "male"]


def test_a_wave_loaded_again_changes_nothing_and_with_other_facts_supersedes(connection, survey_table):
    first = store_survey(connection, survey_table())
    assert store_survey(connection, survey_table()).is_already_loaded
    mended = store_survey(connection, survey_table(wave=replace(survey_table().wave, mode="online")))
    assert mended.superseded == first.load_id
    next_wave = store_survey(connection, survey_table(wave=replace(survey_table().wave, wave="2026 Q1"), sha256="next"))
    assert next_wave.superseded is None


def test_a_survey_with_further_columns_is_refused(connection, survey_table):
    frame = survey_table().frame.assign(surname="Smith")
    with pytest.raises(SchemaError, match="surname"):
        store_survey(connection, survey_table(frame=frame))


# --- layers ----------------------------------------------------------------------------------------------------------


def layer_of(shapes, *, kind=LayerKind.GREENSPACE, names=None, epsg=27700, **options) -> ContextLayer:
    """Return a layer of shapes."""
    frame = gpd.GeoDataFrame({"feature_name": names or [None] * len(shapes)}, geometry=shapes, crs=epsg)
    return ContextLayer(kind=kind, **{"file_name": "layer.gpkg", "sha256": "layer", "frame": frame, **options})


def test_a_layer_is_transformed_mended_and_named(connection):
    bow_tie = Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    park = Polygon([(200, 0), (300, 0), (300, 100), (200, 100)])
    report = store_layer(connection, layer_of([bow_tie, park], names=[None, "Mill Park"]))
    assert report.notes == ("1 invalid shapes were repaired",)
    rows = connection.execute(
        select(
            context_layer.c.row_number, context_layer.c.feature_name, text("ST_IsValid(geom)"), text("ST_Area(geom)")
        )
        .select_from(context_layer)
        .order_by(context_layer.c.row_number)
    ).all()
    assert rows == [(1, None, True, 5000.0), (2, "Mill Park", True, 10_000.0)]


def test_a_layer_in_degrees_lands_in_the_analysis_crs(connection):
    road = gpd.GeoSeries([LineString([(400_000, 300_000), (401_000, 300_000)])], crs=27700).to_crs(4326)
    store_layer(connection, layer_of(list(road), kind=LayerKind.ROADS, epsg=4326))
    length, srid = connection.execute(text("SELECT ST_Length(geom), ST_SRID(geom) FROM context_layer")).one()
    assert length == pytest.approx(1000, rel=1e-5)
    assert srid == 27700


def test_a_layer_supersedes_by_kind_and_file(connection):
    park = [Polygon([(0, 0), (1, 0), (1, 1)])]
    first = store_layer(connection, layer_of(park))
    assert store_layer(connection, layer_of(park)).is_already_loaded
    assert store_layer(connection, layer_of(park, sha256="later")).superseded == first.load_id
    assert store_layer(connection, layer_of(park, kind=LayerKind.NO_PATROL)).superseded is None


def test_a_layer_without_crs_is_refused(connection):
    with pytest.raises(CrsError, match="no coordinate reference system"):
        store_layer(connection, layer_of([Point(0, 0)], kind=LayerKind.NAMES, epsg=None))
