"""Four roles: each may do its work, and is refused what it must be refused."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import astuple

import psycopg
import pytest
from sqlalchemy import inspect, select, text

from db import schema
from db.models import survey_access
from db.read import live_load_ids, survey_responses, survey_waves
from db.roles import Roles, bootstrap_roles_sql, grant_rights, grants_sql
from db.write import refresh_assignments, store_boundaries, store_survey
from domain.areas import GeographyKey
from domain.errors import DatabaseError

ROLES = Roles()
LSOA, WARD = GeographyKey.parse("lsoa:2021"), GeographyKey.parse("ward:2025")


@pytest.fixture
def granted(connection):
    """Return a connection to a database in which every role has its rights."""
    grant_rights(connection)
    return connection


@contextmanager
def acting_as(connection, role: str):
    """Act as a role until the end, and take back what it did."""
    nested = connection.begin_nested()
    connection.exec_driver_sql(f"SET LOCAL ROLE {role}")
    try:
        yield
    finally:
        if nested.is_active:
            nested.rollback()
        connection.exec_driver_sql("RESET ROLE")


def is_refused(connection, role: str, statement: str) -> bool:
    """Return whether the role is refused the statement for want of rights."""
    with acting_as(connection, role):
        try:
            connection.exec_driver_sql(statement)
        except DatabaseError as error:
            return "permission denied" in str(error) or "must be owner" in str(error)
    return False


def _tables(connection) -> set[str]:
    return set(inspect(connection).get_table_names(schema="redzones")) - {"alembic_version"}


def _run(connection, fingerprint: str) -> int:
    made = text(
        "INSERT INTO run (fingerprint, month, config_fingerprint, input_fingerprint, code_version, seed, settings,"
        " load_ids) VALUES (:fingerprint, '2025-12-01', 'c', 'i', '1', 1, '{}', '{}') RETURNING run_id"
    )
    return connection.execute(made, {"fingerprint": fingerprint}).scalar_one()


def test_grants_may_be_repeated_and_go_with_no_downgrade(empty_database):
    engine = empty_database()
    schema.upgrade(engine, analysis_epsg=27700)
    for _ in range(2):
        with engine.begin() as connection:
            grant_rights(connection)
    schema.downgrade(engine, "base")
    schema.upgrade(engine, analysis_epsg=27700)
    with engine.begin() as connection:
        grant_rights(connection)
        known = connection.scalars(text("SELECT rolname FROM pg_roles")).all()
    assert set(astuple(ROLES)) <= set(known)


def test_the_analyst_reads_all_but_survey_rows_and_writes_nothing(granted):
    hidden = {"survey_response", "survey_access"}
    for table in sorted(_tables(granted)):
        assert is_refused(granted, ROLES.analyst, f"SELECT count(*) FROM {table}") == (table in hidden), table
    for statement in ("DELETE FROM incident", "UPDATE load SET notes = '{}'", "CREATE TABLE mine (n integer)"):
        assert is_refused(granted, ROLES.analyst, statement), statement


def test_the_reader_reads_results_and_nothing_else(granted):
    has_run = text(
        "SELECT table_name FROM information_schema.columns WHERE column_name = 'run_id' AND table_schema = 'redzones'"
    )
    results = set(granted.scalars(has_run)) - {"run_step"}
    assert {"red_zone", "profile_metric", "segment", "publication", "run"} <= results
    for table in sorted(_tables(granted)):
        assert is_refused(granted, ROLES.reader, f"SELECT count(*) FROM {table}") == (table not in results), table
    assert is_refused(granted, ROLES.reader, "DELETE FROM red_zone")


def test_the_reader_sees_published_runs_only(granted):
    drafted, published = _run(granted, "drafted"), _run(granted, "published")
    for run_id, state in ((drafted, "past"), (published, "live")):
        granted.execute(
            text("INSERT INTO publication (run_id, edition, folder, state) VALUES (:run, 'force', 'f', :state)"),
            {"run": run_id, "state": state},
        )
        granted.execute(
            text(
                "INSERT INTO backtest (run_id, scoring_set, chosen, reason, summary)"
                " VALUES (:run, 'street', 'a', 'b', '[]')"
            ),
            {"run": run_id},
        )
    seen = {}
    for role in (ROLES.reader, ROLES.analyst, ROLES.operator):
        with acting_as(granted, role):
            seen[role] = [
                granted.scalars(text(f"SELECT run_id FROM {table} ORDER BY run_id")).all()
                for table in ("run", "publication", "backtest")
            ]
    assert seen[ROLES.reader] == [[published]] * 3
    assert seen[ROLES.analyst] == seen[ROLES.operator] == [[drafted, published]] * 3


def test_the_operator_loads_and_joins_but_changes_no_schema(granted, gridham, load_rows):
    with acting_as(granted, ROLES.operator):
        store_boundaries(granted, gridham.small_areas())
        store_boundaries(granted, gridham.wards())
        report = load_rows(gridham.incident(), gridham.incident(at="2025-08-01T10:00:00"))
        assert report.kept == 2
        assert refresh_assignments(granted, small_area=LSOA, patrol=WARD) == {"point": 2}
        assert report.load_id in live_load_ids(granted)
    for statement in (
        "DROP TABLE survey_response",
        "ALTER TABLE load ADD COLUMN mine integer",
        "UPDATE analysis SET epsg = 3857",
        "DELETE FROM survey_access",
        "UPDATE survey_access SET purpose = 'none'",
    ):
        assert is_refused(granted, ROLES.operator, statement), statement


def test_the_owner_changes_what_the_operator_made(granted):
    with acting_as(granted, ROLES.owner):
        granted.exec_driver_sql("ALTER TABLE incident ADD COLUMN trial integer")
        granted.exec_driver_sql("ALTER TABLE red_zone ADD COLUMN trial integer")


def test_missing_roles_that_may_not_be_made_are_named(granted):
    further = Roles(analyst="redzones_unmade")
    with acting_as(granted, ROLES.owner), pytest.raises(DatabaseError, match="redzones_unmade are missing") as caught:
        grant_rights(granted, further)
    assert "bootstrap" in caught.value.hint


def test_who_may_not_give_rights_is_told_so(granted):
    with acting_as(granted, ROLES.analyst), pytest.raises(DatabaseError, match="cannot be given") as caught:
        grant_rights(granted)
    assert "redzones_owner" in caught.value.hint


def test_printed_sql_quotes_its_names():
    odd = Roles(reader='o\'hara "x"')
    assert '"o\'hara ""x"""' in grants_sql(odd)
    assert "'o''hara \"x\"'" in bootstrap_roles_sql(roles=odd)
    assert 'GRANT CONNECT ON DATABASE "redzones"' in bootstrap_roles_sql()


def test_the_private_server_takes_no_login_but_the_owners(postgis_server, granted):
    for role in (ROLES.reader, ROLES.operator, "postgres"):
        with pytest.raises(psycopg.OperationalError, match="pg_hba"):
            psycopg.connect(host=str(postgis_server.socket_folder), user=role, dbname="redzones")


# --- surveys ---------------------------------------------------------------------------------------------------------


def test_every_reading_of_respondents_is_noted(granted, survey_table):
    table = survey_table()
    with acting_as(granted, ROLES.operator):
        store_survey(granted, table)
        (stored,) = survey_waves(granted)
        assert (stored.wave, str(stored.key)) == (table.wave, "ward:2025")
        found = survey_responses(granted, stored.wave_id, purpose="refresh of 2025-12")
        assert granted.execute(select(survey_access.c.purpose, survey_access.c.n_rows)).all() == [
            ("refresh of 2025-12", 3)
        ]
        assert granted.scalar(select(survey_access.c.read_by)) == granted.scalar(text("SELECT session_user"))
    assert found["answer_confidence"].fillna(-1).tolist() == [1, 8, -1]
    assert found["respondent"].tolist() == ["1", "2", "3"]
    assert found.columns.tolist() == table.frame.columns.tolist()


def test_a_wave_that_is_not_there_is_named(connection):
    with pytest.raises(DatabaseError, match="no survey wave 7"):
        survey_responses(connection, 7, purpose="test")
