"""The engine: sessions in the force's time zone, plain errors, and never a password."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from db.engine import create_database, drop_database, normalise_url, open_engine
from db.server import PrivateServer
from domain.errors import DatabaseError, LockedError, ServerError, SettingsError

SECRET = "hunter2-secret"


def settings_of_session(engine):
    names = ("TimeZone", "search_path", "application_name", "jit")
    with engine.connect() as connection:
        return [connection.execute(text("SELECT current_setting(:n)"), {"n": name}).scalar_one() for name in names]


def test_every_session_is_set_up_whatever_the_environment_says(empty_database, monkeypatch):
    monkeypatch.setenv("PGTZ", "Asia/Tokyo")
    monkeypatch.setenv("PGAPPNAME", "somebody else")
    assert settings_of_session(empty_database()) == ["Europe/London", "redzones, public", "redzones", "off"]


def test_a_rollback_does_not_undo_the_time_zone(empty_database):
    engine = empty_database()
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        connection.rollback()
        assert connection.execute(text("SELECT current_setting('TimeZone')")).scalar_one() == "Europe/London"


def test_another_force_has_another_time_zone(empty_database):
    url = empty_database().url.render_as_string(hide_password=False)
    engine = open_engine(url=url, data_dir=None, time_zone="America/Toronto")
    assert settings_of_session(engine)[0] == "America/Toronto"
    engine.dispose()


def test_postgis_is_found_where_an_administrator_put_it(server_engine):
    name = "redzones_test_elsewhere"
    drop_database(server_engine, name)
    url = create_database(server_engine, name).render_as_string(hide_password=False)
    try:
        engine = open_engine(url=url, data_dir=None, time_zone="Europe/London")
        with engine.begin() as connection:
            connection.execute(text("CREATE SCHEMA gis"))
            connection.execute(text("CREATE EXTENSION postgis SCHEMA gis"))
        engine.dispose()
        assert settings_of_session(engine)[1] == "redzones, gis, public"
        with engine.connect() as connection:
            assert connection.execute(text("SELECT ST_X(ST_Point(1, 2))")).scalar_one() == 1
        engine.dispose()
    finally:
        drop_database(server_engine, name)


def test_a_session_that_was_cut_off_while_idle_is_replaced(server_engine, empty_database):
    engine = empty_database()
    with engine.connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with server_engine.connect() as connection:
        assert connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid}).scalar_one()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != pid


def test_a_session_that_is_cut_off_at_work_is_a_plain_error(server_engine, empty_database):
    with empty_database().connect() as victim:
        pid = victim.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with server_engine.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        with pytest.raises(DatabaseError, match="gave up"):
            victim.execute(text("SELECT 1"))


@pytest.mark.parametrize(
    "url", ["postgres://ann@db/redzones", "postgresql://ann@db/redzones", "postgresql+psycopg2://ann@db/redzones"]
)
def test_every_way_of_writing_postgresql_means_psycopg_3(url):
    assert normalise_url(url).render_as_string() == "postgresql+psycopg://ann@db/redzones"


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://ann:{SECRET}@db/redzones",
        f"host=db password={SECRET} dbname=redzones",
        f"postgresql://ann:{SECRET}@db:{SECRET}/redzones",
        "",
    ],
)
def test_what_is_no_url_of_postgresql_is_refused_without_repeating_it(url):
    with pytest.raises(SettingsError) as raised:
        normalise_url(url)
    assert "postgresql://" in (raised.value.hint or "")
    assert SECRET not in f"{raised.value} {raised.value.hint} {raised.value.__cause__}"


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        (f"postgresql://ann:{SECRET}@127.0.0.1:1/redzones", "REDZONES_DATABASE_URL"),
        (f"postgresql://ann:{SECRET}@/redzones?host=/nowhere", "REDZONES_DATABASE_URL"),
    ],
)
def test_a_server_that_cannot_be_reached_is_one_plain_error(url, hint):
    engine = open_engine(url=url, data_dir=None, time_zone="Europe/London")
    with pytest.raises(DatabaseError, match="cannot connect to the database redzones on") as raised:
        engine.connect()
    assert hint in (raised.value.hint or "")
    assert SECRET not in f"{raised.value} {raised.value.hint}"


def test_a_database_that_does_not_exist_points_to_bootstrap(server_engine):
    url = server_engine.url.set(database="redzones_test_absent").render_as_string(hide_password=False)
    with pytest.raises(DatabaseError, match="does not exist") as raised:
        open_engine(url=url, data_dir=None, time_zone="Europe/London").connect()
    assert "bootstrap --sql" in (raised.value.hint or "")


def test_an_unknown_time_zone_is_a_plain_error(server_engine):
    url = server_engine.url.render_as_string(hide_password=False)
    with pytest.raises(DatabaseError, match="Nowhere/City"):
        open_engine(url=url, data_dir=None, time_zone="Nowhere/City").connect()


def test_a_lock_that_is_held_and_a_right_that_is_missing_are_plain_errors(empty_database):
    engine = empty_database()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE public.wanted (n integer)"))
    with engine.connect() as holder, engine.connect() as waiter:
        holder.execute(text("LOCK TABLE public.wanted"))
        waiter.execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(LockedError, match="lock"):
            waiter.execute(text("SELECT * FROM public.wanted"))
        waiter.rollback()
        waiter.execute(text("CREATE ROLE redzones_test_nobody"))
        waiter.execute(text("SET LOCAL ROLE redzones_test_nobody"))
        with pytest.raises(DatabaseError, match="permission denied"):
            waiter.execute(text("CREATE TABLE redzones_test_refused (n integer)"))
        waiter.rollback()


def test_a_wrong_statement_stays_the_programmers_error(empty_database):
    with empty_database().connect() as connection, pytest.raises(ProgrammingError):
        connection.execute(text("SELEKT 1"))


def test_a_url_leaves_the_private_server_alone(tmp_path, server_engine):
    url = server_engine.url.render_as_string(hide_password=False)
    engine = open_engine(url=url, data_dir=tmp_path / "data", time_zone="Europe/London")
    with engine.connect():
        assert not (tmp_path / "data").exists()
    engine.dispose()


def test_without_a_url_the_private_server_is_started(postgis_server):
    home = postgis_server.data_folder.parent
    engine = open_engine(url=None, data_dir=home, time_zone="Europe/London")
    assert engine.url.render_as_string(hide_password=False) == postgis_server.url
    engine.dispose()


def test_a_private_server_that_cannot_start_is_an_error_at_once(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ServerError):
        open_engine(url=None, data_dir=tmp_path / "file", time_zone="Europe/London")
    assert PrivateServer(tmp_path / "file").status().state == "absent"


def test_a_database_is_copied_with_its_rows_and_dropped(server_engine, empty_database):
    source = empty_database()
    with source.begin() as connection:
        connection.execute(text("CREATE TABLE public.kept AS SELECT 42 AS answer"))
    source.dispose()
    name = 'redzones_test_"copy'
    url = create_database(server_engine, name, template=source.url.database)
    copy = open_engine(url=url.render_as_string(hide_password=False), data_dir=None, time_zone="Europe/London")
    with copy.connect() as connection:
        assert connection.execute(text("SELECT answer FROM public.kept")).scalar_one() == 42
    copy.dispose()
    drop_database(server_engine, name)
    drop_database(server_engine, name)
    with pytest.raises(DatabaseError):
        copy.connect()
