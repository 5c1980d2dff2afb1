"""`redzones load`, second part: each file from its header line in the guide to its row in the store."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from domain.errors import DatabaseError, SourceError
from domain.records import RecordKind
from redzones.cli import app
from sources.records import template

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "load-your-own-force.md"
ROWS = {
    RecordKind.VISITS: ("patrol_visit", "ST-1,NP21,2025-12-05 21:30,15,foot"),
    RecordKind.PRIORITIES: ("priority", "P1,E05012189,2025-11-01,Off-road bikes,asb,Patrols,2025-12-01,,Sgt desk"),
    RecordKind.OVERRIDES: ("zone_override", "O1,exclude,340500,366500,150,,Default address,Analyst,2025-01-01,"),
    RecordKind.CALENDAR: ("calendar", "match_day,Home match,2025-12-06 15:00,2025-12-06 17:00,"),
    RecordKind.NOMINATIONS: ("nomination", "E05012189,Insp north,2025-12-01,340500,366500,Groups at the precinct"),
    RecordKind.PLACES: ("sensitive_place", "Custody suite,custody,340500,366500,100"),
    RecordKind.AGREEMENTS: ("profile_agreement", "E05012189,agreed,2026-01-15,Insp north,Area Board,2025-12,"),
}
SURVEY = """
survey = "Neighbourhood survey"
wave = "2025 Q4"
first_day = 2025-10-01
last_day = 2025-12-20
mode = "telephone"
frame = "random digit dialling"
geography = "ward:2025"
[columns]
respondent = "serial"
area_code = "ward"
[questions.confidence]
column = "q1"
wording = "Police and council deal with what matters here"
scale = { "1" = "Agree", "2" = "Disagree" }
agree = [1]
"""


@pytest.fixture
def run(tmp_path, monkeypatch, fresh_engine):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("REDZONES_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REDZONES_DATABASE_URL", fresh_engine.url.render_as_string(hide_password=False))

    def call(*arguments: str):
        return CliRunner().invoke(app, list(arguments))

    return call


def _count(engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def test_the_guide_shows_the_first_line_of_every_file():
    shown = dict(re.findall(r"^\| `redzones load (\w+) [^`]+` \| `([^`]+)`", GUIDE.read_text(), flags=re.MULTILINE))
    assert shown == {str(kind): template(kind) for kind in RecordKind}


def test_every_record_file_is_loaded_and_counted(run, fresh_engine, tmp_path):
    for kind, (table, row) in ROWS.items():
        file = tmp_path / f"{kind}.csv"
        file.write_text(f"{template(kind)}\n{row}\n")
        result = run("load", str(kind), str(file))
        assert result.exit_code == 0, (kind, result.exception)
        assert "1 rows in, 1 kept, 0 rejected" in result.output
        assert "nothing changed" in run("load", str(kind), str(file)).output
        assert _count(fresh_engine, table) == 1


def test_points_are_taken_in_the_reference_system_that_is_stated(run, fresh_engine, tmp_path):
    (tmp_path / "places.csv").write_text("place_name,category,x,y,radius_m\nSuite,custody,-2.9,53.19,\n")
    assert run("load", "places", "places.csv", "--epsg", "4326").exit_code == 0
    with fresh_engine.connect() as connection:
        x, y = connection.execute(text("SELECT ST_X(geom), ST_Y(geom) FROM sensitive_place")).one()
    assert (x, y) == pytest.approx((339_900, 366_400), abs=1000)


def test_a_survey_wave_is_loaded_with_its_mapping(run, fresh_engine, tmp_path):
    (tmp_path / "wave.toml").write_text(SURVEY)
    (tmp_path / "wave.csv").write_text("serial,ward,q1\n1,E05012189,1\n2,E05012189,2\n")
    result = run("--json", "load", "survey", "wave.csv", "--mapping", "wave.toml")
    assert json.loads(result.output)[0]["kept"] == 2
    assert _count(fresh_engine, "survey_response") == 2


def test_a_layer_is_loaded_and_the_wrong_kind_refused(run, fresh_engine, tmp_path):
    square = [[[-2.9, 53.2], [-2.89, 53.2], [-2.89, 53.21], [-2.9, 53.2]]]
    feature = {
        "type": "Feature",
        "properties": {"name": "Mill Park"},
        "geometry": {"type": "Polygon", "coordinates": square},
    }
    (tmp_path / "park.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert run("load", "layer", "park.geojson", "--kind", "greenspace").exit_code == 0
    assert isinstance(run("load", "layer", "park.geojson", "--kind", "roads").exception, SourceError)
    with fresh_engine.connect() as connection:
        assert connection.execute(text("SELECT kind, feature_name FROM context_layer")).all() == [
            ("greenspace", "Mill Park")
        ]


def test_a_file_that_names_officers_leaves_nothing(run, fresh_engine, tmp_path):
    (tmp_path / "visits.csv").write_text(
        "zone_id,callsign,begins_at,minutes,mode,collar\nST-1,NP21,2025-12-05 21:30,15,foot,1234\n"
    )
    result = run("load", "visits", "visits.csv")
    assert isinstance(result.exception, SourceError)
    assert "name a person" in str(result.exception)
    assert _count(fresh_engine, "load") == 0


def test_a_load_is_undone_by_its_number(run, fresh_engine, tmp_path):
    for number, minutes in ((1, 15), (2, 20)):
        (tmp_path / "visits.csv").write_text(
            f"{template(RecordKind.VISITS)}\nST-1,NP21,2025-12-05 21:30,{minutes},foot\n"
        )
        assert f"(load {number}" in run("load", "visits", "visits.csv").output
    assert run("loads", "undo", "2").output.splitlines() == [
        "visits.csv: load 2 (1 rows) is withdrawn",
        "visits.csv: load 1 is live again",
    ]
    assert json.loads(run("--json", "loads", "undo", "1").output)["reinstated"] == []
    result = run("loads", "undo", "1")
    assert isinstance(result.exception, DatabaseError)
    assert "withdrawn already" in str(result.exception)
