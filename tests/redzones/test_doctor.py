"""The doctor: finds what is wrong, says how to mend it, leaves nothing behind and never falls over."""

from __future__ import annotations

import json
import os
import shutil
from typing import NamedTuple

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from db import health
from db.health import Directness
from redzones import doctor
from redzones.cli import app
from redzones.doctor import Check, examine
from redzones.settings import Settings


class Usage(NamedTuple):
    total: float
    used: float
    free: float


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("REDZONES_") and "TEST" not in name]:
        monkeypatch.delenv(name)


@pytest.fixture
def settings_for(tmp_path):
    def make(engine, **changed):
        url = engine.url.render_as_string(hide_password=False)
        return Settings(database_url=url, site={"folder": tmp_path / "site"}, **changed)

    return make


def by_name(checks: tuple[Check, ...]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def test_a_machine_in_order_passes_every_check(fresh_engine, settings_for, tmp_path):
    checks = examine(settings_for(fresh_engine))
    assert {check.state for check in checks} <= {"ok", "warn"}, checks
    assert {"Python", "packages", "database", "PostgreSQL version", "PostGIS version", "direct connection", "rights",
            "bulk load (COPY)", "schema", "analysis CRS", "site folder", "links in site folder",
            "disk of site folder"} == set(by_name(checks))  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_the_private_server_is_looked_at_too(postgis_server):
    found = by_name(examine(Settings(data_dir=postgis_server.data_folder.parent)))
    for name in ("PostgreSQL programs", "PostGIS package", "data folder", "database", "rights"):
        assert found[name].state == "ok", found[name]
    assert found["database"].detail == "private server: redzones as redzones"
    assert found["schema"].state == "fail"
    assert "db upgrade" in (found["schema"].remedy or "")


def test_a_server_out_of_reach_is_one_finding_without_the_password():
    checks = examine(Settings(database_url="postgresql://ann:hunter2-secret@127.0.0.1:1/redzones"))
    found = by_name(checks)["database"]
    assert found.state == "fail"
    assert "cannot connect" in found.detail
    assert found.remedy
    assert "hunter2" not in str(checks)
    assert "schema" not in by_name(checks)


def test_an_analysis_crs_other_than_the_databases_is_refused(fresh_engine, settings_for):
    found = by_name(examine(settings_for(fresh_engine, geography={"analysis_epsg": 32617})))["analysis CRS"]
    assert (found.state, found.detail) == ("fail", "the database has EPSG:27700, the settings EPSG:32617")


def test_a_role_without_rights_is_told_which_are_missing(fresh_engine, settings_for):
    with fresh_engine.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS redzones_test_guest"))
        connection.execute(text("CREATE ROLE redzones_test_guest"))
        connection.execute(text(f"REVOKE TEMPORARY ON DATABASE {fresh_engine.url.database} FROM PUBLIC"))
        connection.execute(text("GRANT USAGE ON SCHEMA redzones TO redzones_test_guest"))
    as_guest = fresh_engine.url.update_query_dict({"options": "-c role=redzones_test_guest"})
    guest = type("Named", (), {"url": as_guest})
    found = by_name(examine(settings_for(guest)))
    fresh_engine.dispose()
    assert found["rights"].state == "fail"
    assert found["rights"].detail == ("this role may not make temporary tables nor make tables in the schema redzones")
    assert "bootstrap --sql" in (found["rights"].remedy or "")
    with fresh_engine.begin() as connection:
        connection.execute(text("DROP OWNED BY redzones_test_guest"))
        connection.execute(text("DROP ROLE redzones_test_guest"))


def test_a_database_without_postgis_points_to_the_administrator(empty_database, settings_for):
    engine = empty_database()
    with engine.begin() as connection:
        connection.execute(text("DROP EXTENSION postgis"))
    found = by_name(examine(settings_for(engine)))["PostGIS version"]
    assert found.state == "fail"
    assert "bootstrap --sql" in (found.remedy or "")


@pytest.mark.parametrize(
    ("is_lock_kept", "is_same_process", "state"), [(False, False, "fail"), (True, False, "warn"), (True, True, "ok")]
)
def test_a_pooler_in_between_is_noticed(
    empty_database, settings_for, monkeypatch, is_lock_kept, is_same_process, state
):
    told = Directness(is_lock_kept=is_lock_kept, is_same_process=is_same_process)
    monkeypatch.setattr(health, "directness", lambda _connection: told)
    assert by_name(examine(settings_for(empty_database())))["direct connection"].state == state


def test_old_versions_are_refused(empty_database, settings_for, monkeypatch):
    monkeypatch.setattr(health, "server_versions", lambda _connection: health.Versions((13, 9), (3, 0)))
    found = by_name(examine(settings_for(empty_database())))
    assert found["PostgreSQL version"].state == found["PostGIS version"].state == "fail"
    assert found["PostGIS version"].remedy == "Use PostGIS 3.1 or later."


def test_a_machine_without_postgresql_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "all_server_programs", tuple)
    monkeypatch.setattr("db.binaries.all_server_programs", tuple)
    found = by_name(examine(Settings(data_dir=tmp_path / "data")))
    for name in ("PostgreSQL programs", "database"):
        assert found[name].state == "fail"
        assert "apt-get install postgresql-postgis" in (found[name].remedy or "")


def test_folders_that_cannot_be_written_are_named(tmp_path):
    (tmp_path / "file").touch()
    settings = Settings(data_dir=tmp_path / "file" / "data", site={"folder": tmp_path / "file" / "site"})
    found = by_name(examine(settings))
    assert found["site folder"].state == found["data folder"].state == found["database"].state == "fail"
    assert "site.folder" in (found["site folder"].remedy or "")
    assert "REDZONES_DATA_DIR" in (found["data folder"].remedy or "")


def test_a_site_folder_without_links_is_told_of_the_other_mode(tmp_path, monkeypatch):
    def refuse(*_arguments, **_options):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr("pathlib.Path.symlink_to", refuse)
    url = "postgresql://ann@127.0.0.1:1/redzones"
    linked = by_name(examine(Settings(database_url=url)))["links in site folder"]
    assert (linked.state, linked.remedy) == ("fail", 'Set site.mode = "pointer".')
    assert "links in site folder" not in by_name(examine(Settings(database_url=url, site={"mode": "pointer"})))


@pytest.mark.parametrize(("free_gb", "state"), [(0.1, "fail"), (2.0, "warn"), (50.0, "ok")])
def test_a_disk_that_is_nearly_full_is_noticed(monkeypatch, free_gb, state):
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(0, 0, free_gb * 1024**3))
    checks = examine(Settings(database_url="postgresql://ann@127.0.0.1:1/redzones"))
    assert by_name(checks)["disk of site folder"].state == state


def test_whatever_breaks_becomes_a_finding(monkeypatch):
    def break_down(_folder):
        raise RuntimeError("no such luck\nand more")

    monkeypatch.setattr(shutil, "disk_usage", break_down)
    found = by_name(examine(Settings(database_url="postgresql://ann@127.0.0.1:1/redzones")))["disk"]
    assert (found.state, found.detail) == ("fail", "RuntimeError: no such luck")


def test_the_command_prints_a_table_or_json_and_tells_by_its_exit_code(fresh_engine, monkeypatch):
    runner = CliRunner()
    monkeypatch.setenv("REDZONES_DATABASE_URL", fresh_engine.url.render_as_string(hide_password=False))
    well = runner.invoke(app, ["doctor"])
    assert well.exit_code == 0, well.output
    assert "analysis CRS" in well.output
    monkeypatch.setenv("REDZONES_DATABASE_URL", "postgresql://ann@127.0.0.1:1/redzones")
    ill = runner.invoke(app, ["doctor", "--json"])
    assert ill.exit_code == 1
    assert {check["name"]: check["state"] for check in json.loads(ill.stdout)}["database"] == "fail"


def test_packages_that_are_not_installed_are_named(monkeypatch):
    stated = ["numpy>=2.0", "no-such-package>=1", "psycopg[binary]>=3.2", "another-one; extra == 'dev'"]
    monkeypatch.setattr(doctor.metadata, "requires", lambda name: stated)
    (check,) = doctor._packages()
    assert (check.state, check.detail) == ("fail", "not installed: no-such-package")
    assert "make setup" in str(check.remedy)
    monkeypatch.setattr(doctor.metadata, "requires", lambda name: ["numpy>=2.0"])
    (check,) = doctor._packages()
    assert (check.state, check.detail) == ("ok", "all 1 are installed")


def test_a_redzones_that_is_not_installed_itself_is_told(monkeypatch):
    def missing(name):
        raise doctor.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor.metadata, "requires", missing)
    (check,) = doctor._packages()
    assert check.state == "fail"
    assert "redzones itself" in check.detail
