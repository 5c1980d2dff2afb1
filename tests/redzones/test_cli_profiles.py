"""`redzones profiles`: a person says that a profile is agreed with partners, and may take it back."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from domain.areas import GeographyKey
from domain.errors import DatabaseError, SettingsError
from redzones.cli import app

WARD, DISTRICT = GeographyKey("ward", 2025), GeographyKey("district", 2025)


@pytest.fixture
def run(tmp_path, monkeypatch, fresh_engine, small_county):
    """Return a function that calls a command on a store that holds the wards of the small county."""
    from db.write import store_boundaries
    from sources.boundaries import read_boundaries

    with fresh_engine.begin() as connection:
        for file in small_county.ward_boundaries:
            store_boundaries(connection, read_boundaries(file, key=WARD, parent_key=DISTRICT))
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("REDZONES_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REDZONES_DATABASE_URL", fresh_engine.url.render_as_string(hide_password=False))

    def call(*arguments: str):
        return CliRunner().invoke(app, list(arguments))

    return call


def _states(run) -> dict[str, dict[str, str | None]]:
    return {row["area"]: row for row in json.loads(run("--json", "profiles", "list").output)}


def test_a_profile_is_a_draft_until_it_is_agreed_and_again_when_reopened(run):
    states = _states(run)
    area = next(code for code in states if code.startswith("E05"))
    assert {row["state"] for row in states.values()} == {"draft"}
    said = ("--by", "Insp. Northgate", "--on", "2026-01-15", "--with", "Area Board", "--month", "2025-12")
    result = run("profiles", "agree", area, *said)
    assert result.exit_code == 0, result.exception
    assert f"{area}: agreed on 2026-01-15" in result.output
    agreed = _states(run)[area]
    assert (agreed["state"], agreed["on"], agreed["by"]) == ("agreed", "2026-01-15", "Insp. Northgate")
    assert (agreed["partners"], agreed["profile_month"]) == ("Area Board", "2025-12")
    assert sum(row["state"] == "agreed" for row in _states(run).values()) == 1
    head = "area_code,state,decided_on,decided_by,partners,profile_month,note"
    rows = f"{area},draft,2026-02-01,Chief Insp.,,,New estate\n{area},agreed,2026-03,Nobody,,,\n"
    Path("draft.csv").write_text(f"{head}\n{rows}", encoding="utf-8")
    assert "2 rows in, 1 kept, 1 rejected" in run("load", "agreements", "draft.csv").output
    assert _states(run)[area]["state"] == "draft"


def test_a_later_decision_takes_the_place_of_the_earlier_and_may_be_undone(run):
    area = next(iter(_states(run)))
    run("profiles", "agree", area, "--by", "A", "--on", "2026-01-15", "--month", "2025-12")
    again = run("profiles", "agree", area, "--by", "B", "--on", "2026-02-15", "--month", "2026-01")
    assert _states(run)[area]["by"] == "B"
    number = again.output.split("(load ")[1].split(")")[0]
    assert run("loads", "undo", number).exit_code == 0
    assert _states(run)[area]["by"] == "A"


def test_no_such_area_no_such_day_nobody_and_no_run_are_refused(run):
    area = next(iter(_states(run)))
    good = {"--by": "A", "--on": "2026-01-15", "--month": "2025-12"}

    def agree(code: str, **changes: str):
        options = good | {f"--{name}": value for name, value in changes.items()}
        return run("profiles", "agree", code, *(part for pair in options.items() for part in pair)).exception

    for error in (agree("NOWHERE"), agree(area, on="soon"), agree(area, by=" "), agree(area, month="soon")):
        assert isinstance(error, SettingsError), error
        assert error.hint
    without_month = run("profiles", "agree", area, "--by", "A", "--on", "2026-01-15")
    assert isinstance(without_month.exception, DatabaseError)
    assert {row["state"] for row in _states(run).values()} == {"draft"}
