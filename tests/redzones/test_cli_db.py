"""`redzones db`: starts and stops the private server only, and prints SQL where the server is the force's own."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from db.server import PrivateServer
from domain.errors import SettingsError
from redzones.cli import app


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("REDZONES_") and "TEST" not in name]:
        monkeypatch.delenv(name)


@pytest.fixture
def run():
    def call(*arguments: str):
        return CliRunner().invoke(app, list(arguments), catch_exceptions=True)

    return call


@pytest.fixture
def home(monkeypatch):
    folder = Path(tempfile.mkdtemp(prefix="redzones-own-"))
    folder.chmod(0o755)
    monkeypatch.setenv("REDZONES_DATA_DIR", str(folder))
    yield folder
    PrivateServer(folder).stop()
    shutil.rmtree(folder)


def test_the_private_server_is_started_told_of_and_stopped(run, home):
    assert run("db", "status").output.splitlines()[0] == "absent"
    assert "running" in run("db", "start").output
    told = json.loads(run("--json", "db", "status").output)
    assert told["state"] == "running"
    assert told["data_folder"] == str(home / "postgis")
    assert run("db", "stop").output == "stopped\n"
    assert run("db", "stop").output == "was not running\n"
    assert run("db", "status").output.splitlines()[0] == "stopped"


@pytest.mark.parametrize("command", ["start", "stop", "status", "bootstrap"])
def test_a_server_of_the_forces_own_is_not_ours_to_handle(run, monkeypatch, command):
    monkeypatch.setenv("REDZONES_DATABASE_URL", "postgresql://ann@db.invalid/redzones")
    result = run("db", command)
    assert isinstance(result.exception, SettingsError)
    assert result.exception.hint


def test_upgrade_makes_the_schema_and_may_be_repeated(run, monkeypatch, empty_database):
    engine = empty_database()
    monkeypatch.setenv("REDZONES_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    for _ in range(2):
        result = run("db", "upgrade")
        assert result.exit_code == 0, result.exception
    with engine.connect() as connection:
        assert connection.execute(text("SELECT to_regclass('redzones.incident') IS NOT NULL")).scalar_one()


def test_grants_give_each_role_its_rights_and_may_be_repeated(run, monkeypatch, fresh_engine):
    monkeypatch.setenv("REDZONES_DATABASE_URL", fresh_engine.url.render_as_string(hide_password=False))
    for _ in range(2):
        result = run("db", "grants")
        assert (result.exit_code, result.output) == (0, "every role has its rights\n"), result.exception
    may_read = text("SELECT has_table_privilege('redzones_analyst', 'redzones.incident', 'SELECT')")
    with fresh_engine.connect() as connection:
        assert connection.execute(may_read).scalar_one()


@pytest.mark.parametrize(
    ("command", "telling"),
    [
        ("upgrade", "CREATE TABLE"),
        ("bootstrap", "CREATE EXTENSION"),
        ("bootstrap", 'TO "redzones_operator", "redzones_analyst", "redzones_reader"'),
        ("grants", "ENABLE ROW LEVEL SECURITY"),
    ],
)
def test_sql_is_printed_without_a_database(run, monkeypatch, command, telling):
    monkeypatch.setenv("REDZONES_DATABASE_URL", "postgresql://ann@db.invalid/redzones")
    result = run("db", command, "--sql")
    assert result.exit_code == 0, result.exception
    assert telling.lower() in result.output.lower()


def test_shell_becomes_psql_with_the_arguments_that_follow(run, monkeypatch):
    called = []
    monkeypatch.setattr(os, "execvpe", lambda *arguments: called.append(arguments))
    monkeypatch.setenv("REDZONES_DATABASE_URL", "postgresql://ann:hunter2@db.invalid/redzones")
    assert run("db", "shell", "--", "-c", "SELECT 1").exit_code == 0
    program, arguments, environment = called[0]
    assert program.endswith("psql")
    assert arguments[1:] == ("postgresql://ann@db.invalid/redzones", "-c", "SELECT 1")
    assert (environment["PGPASSWORD"], environment["PGTZ"]) == ("hunter2", "Europe/London")
