"""What two agencies may both have recorded: flagged where near in place and time, never merged."""

from __future__ import annotations

import pandas as pd
import pytest
from sqlalchemy import text

from db.duplicates import duplicate_totals, flag_duplicates, possible_duplicates
from db.read import live_load_ids, load_detail
from db.statements import read_sql
from db.undo import undo_load
from db.write import store_incidents

AT = "2025-07-04T20:00"


@pytest.fixture
def store(connection, gridham):
    def load(scope: str, *rows: dict[str, object], agency: str | None = None):
        batch = gridham.batch(rows)
        told = {"parent": None, "crime_reference": None, "not_counted_because": None, "not_scored_because": None}
        frame = batch.rows.assign(**told, source_agency=agency, details=None).astype(
            dict.fromkeys([*told, "source_agency", "details"], object)
        )
        file = gridham.incident_file(
            [type(batch)(frame.where(frame.notna(), None), batch.rejected)], source=scope, scope=scope, sha256=scope
        )
        report = store_incidents(connection, file, time_zone="Europe/London")
        return report.load_id, flag_duplicates(connection, [report.load_id])

    return load


def place(gridham, metres: float) -> tuple[float, float]:
    return gridham.WEST + 500 + metres, gridham.SOUTH + 500


@pytest.mark.parametrize(
    ("metres", "at", "precision", "is_flagged"),
    [
        (60, "2025-07-04T20:30", "exact", True),
        (60, "2025-07-04T21:01", "exact", False),
        (160, "2025-07-04T20:30", "exact", False),
        (160, "2025-07-04T20:30", "snapped", True),
        (260, "2025-07-04T20:30", "snapped", False),
    ],
)
def test_pairs_are_near_in_place_and_time_as_far_as_both_are_known(store, gridham, metres, at, precision, is_flagged):
    store("log", gridham.incident(*place(gridham, 0), at=AT, place_precision="exact"))
    report = gridham.incident(*place(gridham, metres), at=at, place_precision=precision)
    assert store("council", report, agency="Gridham Council")[1] == int(is_flagged)


def test_an_interval_is_near_where_any_of_it_is_and_a_month_never(store, gridham):
    store("log", gridham.incident(at=AT), gridham.incident())
    whole_day = gridham.incident(at="2025-07-04T08:00", until="2025-07-04T19:30")
    _, n_pairs = store("council", whole_day, gridham.incident(), agency="Gridham Council")
    assert n_pairs == 1


def test_other_kinds_and_the_same_agency_are_never_flagged(store, gridham):
    store("log", gridham.incident(at=AT), gridham.incident(at=AT))
    shop = gridham.incident(at=AT, category="Shoplifting")
    assert store("council", shop, agency="Gridham Council")[1] == 0
    assert store("more", gridham.incident(at=AT), agency=None)[1] == 0


def test_flagged_incidents_are_kept_counted_and_shown(connection, store, gridham):
    log, _ = store("log", gridham.incident(at=AT), gridham.incident(at=AT))
    council, n_pairs = store("council", gridham.incident(at=AT), agency="Gridham Council")
    assert n_pairs == 2
    assert connection.scalar(text("SELECT count(*) FROM incident WHERE not_counted_because IS NULL")) == 3
    told = [{"agency": "Gridham Council", "other_agency": "police", "kind": "asb", "n_pairs": 2, "n_rows": 1}]
    assert load_detail(connection, council)["possible_duplicates"] == told
    assert load_detail(connection, log)["possible_duplicates"] == told
    assert load_detail(connection, council)["agencies"] == ["Gridham Council"]
    pairs = possible_duplicates(connection, live_load_ids(connection))
    assert pairs["distance_m"].tolist() == [0.0, 0.0]
    assert pairs["gap_minutes"].tolist() == [0.0, 0.0]
    assert pd.isna(pairs["area_code"]).all()
    assert flag_duplicates(connection, [log]) == 2
    assert connection.scalar(text("SELECT count(*) FROM possible_duplicate")) == 2
    undo_load(connection, log)
    assert duplicate_totals(connection, live_load_ids(connection)) == []


def test_places_are_found_by_key_whatever_is_known_of_the_tables(connection, store, gridham):
    """Before the first statistics the planner expects a few rows and loops: it must not read all places each time."""
    load_id, _ = store("log", gridham.incident(*place(gridham, 0), at=AT, place_precision="exact"))
    for way in ("hashjoin", "mergejoin", "seqscan"):
        connection.execute(text(f"SET LOCAL enable_{way} = off"))
    connection.exec_driver_sql(read_sql("make_duplicate_candidates"))
    explained = text("EXPLAIN " + read_sql("fill_duplicate_candidates"))
    plan = "\n".join(connection.scalars(explained, {"load_ids": [load_id], "moved_m": 100.0}))
    assert plan.count(" on place ") == plan.count("place_pkey on place ") > 0
