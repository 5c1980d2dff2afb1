"""The step of perception and the plan of the next wave: what is read is noted, and nothing else leaves the database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from db import runs, write
from db.perception import read_perception
from db.read import live_load_ids
from domain.areas import GeographyKey
from domain.errors import AnalysisError
from domain.months import LocalMonth
from redzones.cli import app
from redzones.settings import load_settings
from redzones.steps.perception import perception
from redzones.steps.work import Work
from redzones.survey_planning import plan_survey
from sources.boundaries import read_boundaries
from sources.lookups import read_centroids
from sources.people import read_people
from sources.surveys import read_survey, read_survey_mapping

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from redzones.demoshire import CountyFiles

LSOA, WARD, DISTRICT = (GeographyKey.parse(key) for key in ("lsoa:2021", "ward:2025", "district:2025"))
DECEMBER = LocalMonth(2025, 12)


@pytest.fixture(scope="module")
def surveyed(engine: Engine, small_county: CountyFiles) -> Engine:
    """Return an engine of a county with areas, people and three waves, and no incident."""
    files = small_county
    with engine.begin() as connection:
        for path in files.lsoa_boundaries:
            write.store_boundaries(connection, read_boundaries(path, key=LSOA))
        for path in files.ward_boundaries:
            write.store_boundaries(connection, read_boundaries(path, key=WARD, parent_key=DISTRICT))
        write.store_links(connection, read_centroids(files.centroids, key=LSOA))
        for path in files.people:
            write.store_people(connection, read_people(path, key=LSOA))
        for path, mapping in files.surveys:
            write.store_survey(connection, read_survey(path, mapping=read_survey_mapping(mapping)))
    return engine


def _work(
    connection: Connection, files: CountyFiles, *, month: LocalMonth = DECEMBER, with_survey: bool = True
) -> Work:
    load_ids = list(live_load_ids(connection))
    if not with_survey:
        without = text("SELECT load_id FROM load WHERE kind <> 'survey' ORDER BY load_id")
        load_ids = list(connection.scalars(without))
    run = runs.start_or_resume_run(
        connection, month=month, fingerprint=f"f{month}{with_survey}", config_fingerprint="c", input_fingerprint="i",
        code_version="0", seed=1, settings={}, load_ids=load_ids,
    )  # fmt: skip
    return Work(load_settings(files.settings), month, run.run_id, "f", tuple(load_ids))


def test_the_step_reads_the_waves_it_needs_and_notes_each(surveyed, small_county) -> None:
    with surveyed.connect() as connection:
        work = _work(connection, small_county)
        told = perception(connection, work)
        found = read_perception(connection, work.run_id)
        noted = connection.execute(
            text("SELECT w.wave, a.purpose, a.n_rows FROM survey_access AS a JOIN survey_wave AS w USING (wave_id)"
                 " ORDER BY w.wave")
        ).all()  # fmt: skip
        connection.rollback()
    assert told["wave"] == "2025"
    assert [tuple(row)[:2] for row in noted] == [("2024", "refresh of 2025-12"), ("2025", "refresh of 2025-12")]
    assert found is not None
    wards = found.estimates[found.estimates["geography"] == "ward:2025"]
    assert set(wards["model"]) == {"direct", "modelled"}  # without incidents there is no rate of ASB to use
    assert found.force["n_respondents"].min() == noted[1][2]
    assert found.changes["from_wave"].dropna().unique().tolist() == ["2024"]
    assert any("mode changed" in note for note in found.changes["note"].dropna())


def test_a_wave_that_ended_after_the_month_is_not_read(surveyed, small_county) -> None:
    with surveyed.connect() as connection:
        work = _work(connection, small_county, month=LocalMonth(2024, 12))
        told = perception(connection, work)
        found = read_perception(connection, work.run_id)
        connection.rollback()
    assert told["wave"] == "2024"
    assert found is not None
    assert set(found.changes["state"]) == {"no_data"}  # the telephone wave before it cannot be compared


def test_without_a_survey_the_step_says_so_and_takes_back_what_was_there(surveyed, small_county) -> None:
    with surveyed.connect() as connection:
        work = _work(connection, small_county)
        perception(connection, work)
        bare = Work(
            work.settings, work.month, work.run_id, "f", _work(connection, small_county, with_survey=False).load_ids
        )
        told = perception(connection, bare)
        left = read_perception(connection, work.run_id)
        connection.rollback()
    assert told == {"note": "No survey of confidence is loaded, so there are no figures of what people think."}
    assert left is None


def test_the_next_interviews_are_planned_from_what_was_found(surveyed, small_county, monkeypatch) -> None:
    settings = load_settings(small_county.settings)
    with surveyed.begin() as connection:
        work = _work(connection, small_county)
        perception(connection, work)
        runs.finish_run(connection, work.run_id)
        rows = connection.scalar(text("SELECT count(*) FROM survey_access"))
    plan = plan_survey(surveyed, settings, interviews=40, question="confidence", step=5, by_residents=False)
    assert plan.areas["n_more"].sum() == 40
    assert plan.areas["area_name"].str.len().min() > 0
    with pytest.raises(AnalysisError, match="no figures of happiness"):
        plan_survey(surveyed, settings, interviews=40, question="happiness", step=5, by_residents=False)

    monkeypatch.setenv("REDZONES_DATABASE_URL", surveyed.url.render_as_string(hide_password=False))
    monkeypatch.setenv("REDZONES_CONFIG", str(small_county.settings))
    shown = CliRunner().invoke(app, ["survey-plan", "40"])
    assert shown.exit_code == 0
    assert "a change of 5 points is seen with" in shown.output
    told = json.loads(CliRunner().invoke(app, ["--json", "survey-plan", "40"]).output)
    assert sum(area["n_more"] for area in told["areas"]) == 40
    assert told["margin_then"] < told["margin_now"]
    with surveyed.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM survey_access")) == rows  # no respondent was read
