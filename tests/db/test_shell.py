"""The call of psql: the right database and time zone, and no password where others can read it."""

from __future__ import annotations

import subprocess

import pytest

from db.shell import psql_command
from domain.errors import ServerError


def test_the_password_is_in_the_environment_only():
    command = psql_command("postgresql://ann:hunter2%21@db.example:5433/redzones?sslmode=require", time_zone="UTC")
    assert command.arguments[1:] == ("postgresql://ann@db.example:5433/redzones?sslmode=require",)
    assert command.environment["PGPASSWORD"] == "hunter2!"


def test_psql_reaches_the_server_in_the_time_zone_of_the_force(postgis_server):
    query = ("-At", "-c", "SELECT current_database(), current_setting('TimeZone'), current_setting('search_path')")
    command = psql_command(postgis_server.url, time_zone="Europe/London", arguments=query)
    done = subprocess.run(command.arguments, env=dict(command.environment), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "redzones|Europe/London|redzones,public"


def test_a_machine_without_psql_is_told_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("db.shell.all_server_programs", tuple)
    with pytest.raises(ServerError, match="psql is not installed"):
        psql_command("postgresql://ann@db/redzones", time_zone="UTC")
