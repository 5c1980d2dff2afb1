"""Segments over the months: frozen after the first refresh, named by a person, made anew by a decision."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest
from typer.testing import CliRunner

import db.runs
from db.results import read_segments
from db.runs import step_result
from db.segment_models import approve_name, model_in_force, name_list, read_model
from domain.errors import AnalysisError
from domain.months import LocalMonth
from redzones.refit import no_segments_error, refit_segments
from redzones.refresh import RefreshReport, refresh

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from redzones.demoshire import CountyFiles
    from redzones.settings import Settings
    from segmentation.results import SegmentationResult

NOVEMBER, DECEMBER = LocalMonth(2025, 11), LocalMonth(2025, 12)
LSOA = "lsoa:2021"


@pytest.fixture(scope="module")
def county_engine(engine: Engine, small_county: CountyFiles, load_county: Callable[..., None]) -> Engine:
    """Return an engine of a database into which the small county is loaded."""
    load_county(engine, small_county)
    return engine


@pytest.fixture(scope="module")
def settings(quick_settings: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return the county's settings with a site folder."""
    return quick_settings(tmp_path_factory.mktemp("months") / "site")


@pytest.fixture(scope="module")
def first(county_engine: Engine, settings: Settings) -> RefreshReport:
    """Refuse a refit before any refresh, then refresh for the first time."""
    with pytest.raises(AnalysisError, match="no segments of lsoa:2021 are in force") as caught:
        refit_segments(county_engine, settings, month=NOVEMBER, decided_by="Insp. Hill")
    assert "redzones refresh" in str(caught.value.hint)
    return refresh(county_engine, settings, month=NOVEMBER)


def _segments(engine: Engine, report: RefreshReport) -> SegmentationResult:
    with engine.connect() as connection:
        result = read_segments(connection, report.run_id)
    assert result is not None
    return result


def test_the_first_refresh_freezes_its_segments_and_again_it_is_the_same_run(
    county_engine: Engine, settings: Settings, first: RefreshReport
) -> None:
    with county_engine.connect() as connection:
        model = model_in_force(connection, LSOA)
    assert model is not None
    assert model.run_fingerprint == first.fingerprint
    again = refresh(county_engine, settings, month=NOVEMBER)
    assert (again.run_id, again.is_unchanged) == (first.run_id, True)
    with county_engine.connect() as connection:
        assert model_in_force(connection, LSOA) == model


def test_the_next_month_places_areas_in_the_same_segments(
    county_engine: Engine, settings: Settings, first: RefreshReport
) -> None:
    november, december = _segments(county_engine, first), refresh(county_engine, settings, month=DECEMBER)
    assert december.fingerprint != first.fingerprint
    placed = _segments(county_engine, december)
    assert placed.membership["group_code"].tolist() == november.membership["group_code"].tolist()
    assert placed.centroids.equals(november.centroids)
    assert placed.origin is not None
    assert (placed.origin.month, placed.origin.is_frozen) == ("2025-11", True)
    then = november.membership.set_index("area_code")["environment_code"]
    now = placed.membership.set_index("area_code")["environment_code"]
    assert placed.origin.movers["area_code"].tolist() == then.index[then != now].tolist()


def test_an_approved_name_makes_a_new_run_in_which_nobody_moves(
    county_engine: Engine, settings: Settings, first: RefreshReport
) -> None:
    with county_engine.begin() as connection:
        model = model_in_force(connection, LSOA)
        assert model is not None
        approve_name(connection, model, code="A", name="Quiet streets near town", decided_by="Insp. Hill")
        who = name_list(connection, model)
        assert who[["segment_code", "decided_by"]].to_numpy().tolist() == [["A", "Insp. Hill"]]
    report = refresh(county_engine, settings, month=NOVEMBER)
    assert report.fingerprint != first.fingerprint
    assert refresh(county_engine, settings, month=NOVEMBER).run_id == report.run_id
    result = _segments(county_engine, report)
    assert result.origin is not None
    assert result.origin.movers.empty  # a month later with unchanged data: zero movers
    names = result.segments.set_index("segment_code")
    assert names.loc["A", ["name", "name_state"]].tolist() == ["Quiet streets near town", "approved"]
    assert names.loc["A1", "name"].startswith("Quiet streets near town: ")
    assert set(names["name_state"].drop("A")) == {"proposed"}
    with county_engine.connect() as connection:
        assert step_result(connection, report.run_id, "segments")["movers"] == 0
    method = (report.site.parent / "method.html").read_text(encoding="utf-8")
    assert "Quiet streets near town" in (report.site.parent / "force.html").read_text(encoding="utf-8")
    assert "made from the data to 2025-11" in method


def test_a_refit_is_a_decision_that_keeps_codes_and_names_where_segments_stay(
    county_engine: Engine, settings: Settings, first: RefreshReport
) -> None:
    with county_engine.connect() as connection:
        before = model_in_force(connection, LSOA)
    trial = refit_segments(county_engine, settings, month=DECEMBER, decided_by="Insp. Hill", is_trial=True)
    with county_engine.connect() as connection:
        assert model_in_force(connection, LSOA) == before
    assert trial.model.refit is not None
    assert trial.model.refit.adjusted_rand == pytest.approx(1.0)  # the same People data and seed
    done = refit_segments(county_engine, settings, month=DECEMBER, decided_by="Insp. Hill", reason="A new census")
    assert done.is_kept
    assert before is not None
    report = refresh(county_engine, settings, month=DECEMBER)
    result = _segments(county_engine, report)
    assert result.origin is not None
    assert result.origin.refit is not None
    assert result.origin.refit.reason == "A new census"
    assert result.origin.movers.empty
    kept = set(result.origin.refit.kept)
    assert kept == {code for code, _ in before.approved}
    approved = result.segments.query("name_state == 'approved'")["segment_code"]
    assert set(approved) == kept
    with county_engine.connect() as connection:
        model = model_in_force(connection, LSOA)
        assert model is not None
        assert model.fingerprint != before.fingerprint
        assert read_model(connection, model).month == "2025-12"


def test_the_commands_list_approve_refuse_and_refit(
    county_engine: Engine, settings: Settings, first: RefreshReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redzones.cli import app, segments

    monkeypatch.setattr(segments, "engine_of", lambda _: county_engine)
    monkeypatch.setattr(segments, "settings_of", lambda _: settings)
    run = CliRunner()
    listed = json.loads(run.invoke(app, ["--json", "segments"]).stdout)
    codes = [row["segment"] for row in listed]
    assert "A" in codes
    assert "Made from the data to" in run.invoke(app, ["segments"]).stdout
    shown = run.invoke(app, ["segments", "show", "A"]).stdout
    assert "in the force" in shown
    for name, words in {"Deprived young families": "Deprived", "Muslim area": "Muslim", "<b>": "plain text"}.items():
        refused = run.invoke(app, ["segments", "approve", "A", "--name", name, "--by", "Insp. Hill"])
        assert isinstance(refused.exception, AnalysisError)
        assert words in str(refused.exception)
    assert isinstance(run.invoke(app, ["segments", "approve", "Z", "--by", "X"]).exception, AnalysisError)
    assert isinstance(run.invoke(app, ["segments", "approve", "--by", "X"]).exception, AnalysisError)
    assert run.invoke(app, ["segments", "approve", "--all", "--by", "Supt. Moss"]).exit_code == 0
    states = {row["state"] for row in json.loads(run.invoke(app, ["--json", "segments"]).stdout)}
    assert states == {"approved"}
    assert "approved by Supt. Moss" in run.invoke(app, ["segments", "show"]).stdout
    told = run.invoke(app, ["--quiet", "segments", "refit", "--by", "Supt. Moss", "--dry-run"])
    assert "this was a trial" in told.stdout, told.exception


def test_a_refresh_without_people_data_says_why_there_are_no_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db.runs, "latest_finished_run", lambda _: SimpleNamespace(run_id=1, month=NOVEMBER.first_day))
    monkeypatch.setattr(db.runs, "step_result", lambda *_: {"note": "No People data are loaded."})
    error = no_segments_error(Mock(), "lsoa:2011")
    assert "no segments of lsoa:2011" in str(error)
    assert "The last refresh (2025-11) made none: No People data are loaded." in str(error.hint)
    assert "redzones load people" in str(error.hint)
