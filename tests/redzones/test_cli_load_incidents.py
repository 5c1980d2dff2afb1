"""`redzones load incidents` and `load outcomes`, from the command line to the store, on every kind of file."""

from __future__ import annotations

import gzip
import json
import os
import zipfile

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from domain.errors import DatabaseError, SourceError
from redzones.cli import app, load


@pytest.fixture
def run(fresh_engine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("REDZONES_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REDZONES_DATABASE_URL", fresh_engine.url.render_as_string(hide_password=False))

    def call(*arguments: object):
        result = CliRunner().invoke(app, ["--json", *map(str, arguments)])
        if result.exception is not None:
            raise result.exception
        return json.loads(result.stdout)

    return call


@pytest.fixture
def count(fresh_engine):
    def ask(sql: str):
        with fresh_engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    return ask


@pytest.mark.real_data
def test_an_archive_of_real_months_is_loaded_file_by_file(run, count, cheshire, tmp_path):
    names = ["2025-07-cheshire-street.csv", "2025-07-cheshire-stop-and-search.csv", "2025-08-cheshire-street.csv"]
    path = tmp_path / "latest.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(f"{name[:7]}/{name}", gzip.decompress((cheshire / "crime" / f"{name}.gz").read_bytes()))
        archive.writestr("2025-07/2025-07-gwent-street.csv", "left alone")
    reports = run("load", "incidents", path, "--force", "cheshire")
    assert [report["file_name"] for report in reports] == [names[1], names[0], names[2]]
    assert all(report["rows_in"] == report["kept"] + report["rejected"] for report in reports)
    assert all(report["rejected"] == 0 for report in reports)
    stored = count("SELECT count(*), count(*) FILTER (WHERE is_officer_generated) FROM incident i")
    assert stored[0][0] == sum(report["kept"] for report in reports)
    assert stored[0][1] >= reports[0]["kept"] == 1_065
    again = run("load", "incidents", path, "--force", "cheshire")
    assert [report["is_already_loaded"] for report in again] == [True, True, True]


@pytest.mark.real_data
def test_real_months_of_2016_and_2023_are_stored_whole(run, count, cheshire):
    months = ["2016-02", "2023-03"]
    reports = run("load", "incidents", *[cheshire / "crime" / f"{month}-cheshire-street.csv.gz" for month in months])
    assert [report["months"] for report in reports] == [["2016-02"], ["2023-03"]]
    assert [report["rejected"] for report in reports] == [0, 0]
    assert reports[1]["kept"] == 7_438
    assert count("SELECT count(*) FROM incident")[0][0] == sum(report["kept"] for report in reports)


@pytest.mark.real_data
def test_a_reissued_real_month_supersedes_the_old_one_and_the_old_stays_away(run, count, cheshire, tmp_path):
    first = cheshire / "crime" / "2025-07-cheshire-street.csv.gz"
    lines = gzip.decompress(first.read_bytes()).splitlines(keepends=True)
    again = tmp_path / "2025-07-cheshire-street.csv"
    again.write_bytes(b"".join(line.replace(b"\n", b"\r\n") for line in lines[:-1]))  # re-issued with a row less
    (old,) = run("load", "incidents", first)
    (new,) = run("load", "incidents", again)
    assert new["superseded"] == old["load_id"]
    assert new["kept"] == old["kept"] - 1
    (back,) = run("load", "incidents", first)
    assert back["is_already_loaded"]
    assert count("SELECT load_id FROM load WHERE state = 'live'") == [(new["load_id"],)]


def test_an_unsafe_archive_loads_nothing(run, count, tmp_path):
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("2025-07-gwent-street.csv", "x")
        archive.writestr("../../evil.csv", "x")
    with pytest.raises(SourceError, match="leads out"):
        run("load", "incidents", path)
    assert count("SELECT count(*) FROM load") == [(0,)]


@pytest.mark.real_data
def test_real_outcomes_join_the_crimes_that_are_loaded_and_count_the_others(run, count, cheshire):
    run("load", "incidents", cheshire / "crime" / "2023-03-cheshire-street.csv.gz")
    (report,) = run("load", "outcomes", cheshire / "crime" / "2023-03-cheshire-outcomes.csv.gz")
    assert (report["rows_in"], report["kept"], report["rejected"]) == (6_466, 6_466, 0)
    assert report["notes"][0].startswith("3,263 of 6,466 crimes are in the store")
    assert report["notes"][1].startswith("crimes that are not loaded: 3,203 (normal")
    charged = count("SELECT count(*) FROM incident WHERE outcome = 'Suspect charged'")
    assert charged[0][0] > 0
    (again,) = run("load", "outcomes", cheshire / "crime" / "2023-03-cheshire-outcomes.csv.gz")
    assert again["is_already_loaded"]
    assert count("SELECT count(*) FROM incident WHERE outcome = 'Suspect charged'") == charged


OUTCOMES = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Outcome type\n"
STREET = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context\n"
)


@pytest.fixture
def files(tmp_path):
    def outcome(month: str, *pairs: tuple[str, str]):
        path = tmp_path / f"{month}-gwent-outcomes.csv"
        path.write_text(OUTCOMES + "".join(f"{ref},{month},G,G,,,,,,{outcome}\n" for ref, outcome in pairs))
        return path

    def street(month: str, *refs: str):
        path = tmp_path / f"{month}-gwent-street.csv"
        path.write_text(STREET + "".join(f"{ref},{month},G,G,-2.5,53.3,On,,,Burglary,,\n" for ref in refs))
        return path

    return street, outcome


def test_the_last_outcome_of_a_crime_is_taken_and_a_late_file_takes_none_back(run, count, files):
    street, outcome = files
    run("load", "incidents", street("2025-01", "a", "b", "b", "c"))
    run("load", "outcomes", outcome("2025-03", ("a", "Under way"), ("a", "Charged"), ("x", "Charged")))
    (late,) = run("load", "outcomes", outcome("2025-02", ("a", "No suspect"), ("b", "No suspect")))
    assert "later month" in late["notes"][-1]
    told = "SELECT reference, outcome FROM incident ORDER BY incident_id"
    assert count(told) == [("a", "Charged"), ("b", "No suspect"), ("b", "No suspect"), ("c", None)]


def test_outcomes_that_came_before_their_crimes_are_joined_when_loaded_again(run, count, files):
    street, outcome = files
    path = outcome("2025-01", ("a", "Charged"))
    (first,) = run("load", "outcomes", path)
    assert first["notes"][0].startswith("0 of 1 crimes are in the store")
    run("load", "incidents", street("2025-01", "a"))
    (again,) = run("load", "outcomes", path)
    assert (again["load_id"], again["is_already_loaded"]) == (first["load_id"], False)
    assert count("SELECT outcome FROM incident") == [("Charged",)]
    assert run("load", "outcomes", path)[0]["is_already_loaded"]


TOLD = "SELECT reference, outcome FROM incident ORDER BY incident_id"


def test_undone_outcomes_give_way_to_the_file_before_them_and_then_to_the_street_file(run, count, files):
    street, outcome = files
    path = street("2025-01", "a", "b", "c")
    path.write_text(
        path.read_text().replace("a,2025-01,G,G,-2.5,53.3,On,,,Burglary,,", "a,2025-01,G,G,,,,,,Burglary,Open,")
    )
    run("load", "incidents", path)
    stated = [("a", "Open"), ("b", None), ("c", None)]
    assert count(TOLD) == stated
    (first,) = run("load", "outcomes", outcome("2025-02", ("a", "No suspect"), ("b", "No suspect")))
    after_first = count(TOLD)
    assert after_first == [("a", "No suspect"), ("b", "No suspect"), ("c", None)]
    (second,) = run("load", "outcomes", outcome("2025-03", ("a", "Charged"), ("c", "Charged"), ("x", "Charged")))
    assert count(TOLD) == [("a", "Charged"), ("b", "No suspect"), ("c", "Charged")]
    report = run("loads", "undo", second["load_id"])
    assert (report["outcomes"], report["reinstated"]) == (2, [])
    assert count(TOLD) == after_first
    with pytest.raises(DatabaseError, match="withdrawn already") as caught:
        run("loads", "undo", second["load_id"])
    assert caught.value.hint == "To have it back, load the file again."
    assert run("loads", "undo", first["load_id"])["outcomes"] == 2
    assert count(TOLD) == stated


def test_a_crime_has_what_the_files_that_are_left_say_of_it_whatever_came_first(run, count, files):
    street, outcome = files
    run("load", "incidents", street("2025-01", "a"))
    (late,) = run("load", "outcomes", outcome("2025-03", ("a", "Charged")))
    run("load", "outcomes", outcome("2025-02", ("a", "No suspect")))
    assert count(TOLD) == [("a", "Charged")]
    run("loads", "undo", late["load_id"])
    assert count(TOLD) == [("a", "No suspect")]  # which came second and had to stand back
    run("load", "outcomes", outcome("2025-03", ("a", "Charged")))
    assert count(TOLD) == [("a", "Charged")]


def test_a_reissued_outcomes_file_takes_back_what_it_names_no_more_and_its_undoing_gives_it_again(run, count, files):
    street, outcome = files
    run("load", "incidents", street("2025-01", "a", "b"))
    (first,) = run("load", "outcomes", outcome("2025-02", ("a", "No suspect"), ("b", "No suspect")))
    (again,) = run("load", "outcomes", outcome("2025-02", ("a", "Charged")))
    assert again["superseded"] == first["load_id"]
    assert count(TOLD) == [("a", "Charged"), ("b", None)]
    report = run("loads", "undo", again["load_id"])
    assert report["reinstated"] == [[first["load_id"], "2025-02-gwent-outcomes.csv"]]
    assert count(TOLD) == [("a", "No suspect"), ("b", "No suspect")]


def test_a_street_file_that_is_live_again_has_no_outcome_that_was_undone_meanwhile(run, count, files):
    street, outcome = files
    run("load", "incidents", street("2025-01", "a"))
    (joined,) = run("load", "outcomes", outcome("2025-02", ("a", "Charged")))
    (reissue,) = run("load", "incidents", street("2025-01", "a", "b"))
    run("loads", "undo", joined["load_id"])
    run("loads", "undo", reissue["load_id"])
    live = "SELECT reference, outcome FROM incident JOIN load USING (load_id) WHERE state = 'live'"
    assert count(live) == [("a", None)]


def test_outcomes_of_which_nothing_was_kept_are_not_undone_by_guessing(run, fresh_engine, files):
    street, outcome = files
    run("load", "incidents", street("2025-01", "a"))
    (report,) = run("load", "outcomes", outcome("2025-02", ("a", "Charged")))
    with fresh_engine.begin() as connection:
        connection.execute(text("DELETE FROM crime_outcome"))
    with pytest.raises(DatabaseError, match="did not keep what it replaced") as caught:
        run("loads", "undo", report["load_id"])
    assert caught.value.hint.startswith("Undo the street files")


def test_bad_rows_of_an_outcomes_file_are_accounted_for(run, files):
    _, outcome = files
    path = outcome("2025-01", ("a", "Charged"), ("", "Charged"), ("c", ""), ("d", "Charged"), ("e", "Charged"))
    path.write_text(path.read_text() + "f,2024-12,G,G,,,,,,Charged\ng,2025-01\n")
    (report,) = run("load", "outcomes", path)
    shown = CliRunner().invoke(app, ["loads", "show", str(report["load_id"])]).stdout.splitlines()
    assert "rejected, the outcome is blank: 1" in shown
    assert 'row 3, column "Crime ID": the outcome names no crime: ,2025-01,G,G,,,,,,Charged' in shown
    assert not any("{" in line for line in shown)
    assert (report["rows_in"], report["kept"], report["rejected"]) == (7, 3, 4)
    assert set(report["reasons"]) == {
        "the outcome names no crime",
        "the outcome is blank",
        "the row is of another month than the file",
        "the row does not have as many fields as the header",
    }


def test_a_proposed_mapping_is_printed_as_it_is_and_loads(run, tmp_path):
    log = tmp_path / "log.csv"
    log.write_text(
        "log no,start,easting,northing,class,parent log\n"
        "L1,01/07/2025 21:00,360500,388100,ASB Nuisance [youths],\n"
        "L2,13/07/2025 21:00,360500,388100,ASB Nuisance [youths],L1\n"
    )
    result = CliRunner().invoke(app, ["load", "propose", str(log)])
    assert result.exit_code == 0
    mapping = tmp_path / "log.toml"
    mapping.write_text(result.stdout)
    (report,) = run("load", "incidents", log, "--mapping", mapping)
    assert (report["rows_in"], report["kept"]) == (2, 2)
    assert report["notes"] == ["1 of 2 rows count as events; not counted: linked log 1"]
    detail = run("loads", "show", report["load_id"])
    assert (detail["kept"], detail["events"]["counted"]) == (2, 1)
    shown = CliRunner().invoke(app, ["loads", "show", str(report["load_id"])]).stdout.splitlines()
    for line in (
        "kept: 2",
        "months: 2025-07",
        "events: 1",
        "may score: 1",
        "not counted: linked log 1",
        "not scored: none",
        "note: 1 of 2 rows count as events; not counted: linked log 1",
        "share with coordinates: 100.0%",
    ):
        assert line in shown


def test_a_warning_of_some_loads_names_them_and_one_of_all_is_said_once():
    told = load._warnings({13: ["7 ids repeat", "asb changed"], 14: ["asb changed"]})
    assert told == ["7 ids repeat (load 13)", "asb changed"]
    assert load._warnings({13: ["7 ids repeat"]}) == ["7 ids repeat"]
