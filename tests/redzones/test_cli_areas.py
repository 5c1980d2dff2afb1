"""`redzones areas`: overlaps on the screen and for machines; counts from file to file."""

from __future__ import annotations

import json
import os

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box
from typer.testing import CliRunner

from domain.errors import DatabaseError, SourceError
from redzones.cli import app


@pytest.fixture
def run(tmp_path, monkeypatch, fresh_engine):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("REDZONES_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REDZONES_DATABASE_URL", fresh_engine.url.render_as_string(hide_password=False))

    def call(*arguments: str):
        return CliRunner().invoke(app, list(arguments))

    for name, key, shapes in (
        ("unit", "unit:2025", {"U1": (0, 0, 2, 1)}),
        ("ward", "ward:2025", {"W1": (0, 0, 1, 1), "W2": (1, 0, 1.5, 1)}),
    ):
        boxes = [box(400_000 + 1000 * x, 300_000 + 1000 * y, 400_000 + 1000 * u, 300_000 + 1000 * v)
                 for x, y, u, v in shapes.values()]  # fmt: skip
        frame = gpd.GeoDataFrame(
            {"code": list(shapes), "name": [f"Area {c}" for c in shapes]}, geometry=boxes, crs=27700
        )
        frame.to_file(f"{name}.gpkg", driver="GPKG")
        options = ("--geography", key, "--code-column", "code", "--name-column", "name")
        assert call("load", "boundaries", f"{name}.gpkg", *options).exit_code == 0
    return call


def test_overlaps_are_shown_as_shares(run):
    lines = run("areas", "overlap", "--from", "unit:2025", "--to", "ward:2025").output
    assert "Area W1 (W1)" in lines
    assert "no such area" in lines
    assert "50.0%" in lines
    assert "not known" in lines
    told = json.loads(run("--json", "areas", "overlap", "--from", "unit:2025", "--to", "ward:2025").output)
    assert [row["target_code"] for row in told] == ["W1", "W2", None]
    assert [row["share_of_ground"] for row in told] == pytest.approx([0.5, 0.25, 0.25])


def test_counts_are_carried_over_from_file_to_file(run):
    pd.DataFrame({"area_code": ["U1", "U1"], "month": ["2025-01", "2025-02"], "asb": [100, 40]}).to_csv(
        "counts.csv", index=False
    )
    options = ("--from", "unit:2025", "--to", "ward:2025", "--key", "month", "--out", "rebased.csv")
    result = run("areas", "rebase", "counts.csv", *options)
    assert result.exit_code == 0, result.exception
    rebased = pd.read_csv("rebased.csv")
    assert rebased.groupby("month")["asb"].sum().to_dict() == pytest.approx({"2025-01": 100, "2025-02": 40})
    assert rebased.loc[rebased["area_code"] == "W1", "asb"].tolist() == pytest.approx([50, 20])


@pytest.mark.parametrize(
    ("text", "telling"),
    [
        ("code,asb\nU1,1\n", "area_code"),
        ("area_code\nU1\n", "no column of counts"),
        ("area_code,asb\nU1,many\n", "not a count"),
        ("area_code,asb\nU1,1,2\n", "another number of fields"),
    ],
)
def test_a_table_that_is_none_is_refused(run, tmp_path, text, telling):
    (tmp_path / "counts.csv").write_text(text)
    result = run("areas", "rebase", "counts.csv", "--from", "unit:2025", "--to", "ward:2025", "--out", "rebased.csv")
    assert isinstance(result.exception, SourceError)
    assert telling in str(result.exception)
    assert not (tmp_path / "rebased.csv").exists()


def test_files_of_one_command_are_judged_together(run):
    for name, west in (("north", 400_000), ("south", 401_500)):
        shape = box(west, 310_000, west + 2_000, 311_000)
        gpd.GeoDataFrame({"code": [name]}, geometry=[shape], crs=27700).to_file(f"{name}.gpkg", driver="GPKG")
    options = ("--geography", "beat:2025", "--code-column", "code")
    told = json.loads(run("--json", "load", "boundaries", "north.gpkg", "south.gpkg", *options).output)
    assert told[0]["notes"] == []
    (note,) = told[1]["notes"]
    assert note.startswith("all files together: 1 pairs of areas overlap, 0.5 km2 in all")


def test_geographies_are_dated_when_they_are_loaded_or_later(run):
    options = ("--geography", "ward:2019", "--code-column", "code", "--valid-from", "2019-05-02")
    loaded = run("load", "boundaries", "ward.gpkg", *options)
    assert "note: ward:2019 is in force from 2019-05-02 until further notice" in loaded.output
    again = run("load", "boundaries", "ward.gpkg", *options, "--valid-to", "2025-04-30")
    assert "nothing changed in its rows" in again.output
    assert "note: ward:2019 is in force from 2019-05-02 to 2025-04-30" in again.output
    assert run("areas", "dates", "ward:2025", "--valid-from", "2025-05-01").exit_code == 0
    refused = run("areas", "dates", "ward:2025", "--valid-from", "2025-04-30")
    assert isinstance(refused.exception, DatabaseError)
    told = json.loads(run("--json", "areas", "dates").output)
    assert {"geography": "ward:2025", "valid_from": "2025-05-01", "valid_to": None} in told
