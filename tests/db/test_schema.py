"""The schema: one analysis CRS, up, down, up, nothing left to autogenerate, and a comment on everything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from db import schema
from db.engine import create_database, drop_database, open_engine
from db.models import metadata, metadata_in
from domain.errors import DatabaseError, SettingsError

VERSIONS = Path(schema.__file__).parent / "migrations" / "versions"

TABLES = text(
    "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'redzones'::regnamespace"
    " AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname"
)


@pytest.mark.parametrize("epsg", [27700, 32617])
def test_up_down_up_leaves_nothing_to_autogenerate(empty_database, epsg):
    engine = empty_database()
    schema.upgrade(engine, analysis_epsg=epsg)
    schema.downgrade(engine, "base")
    with engine.connect() as connection:
        assert connection.scalars(TABLES).all() == ["alembic_version"]
    schema.upgrade(engine, analysis_epsg=epsg)
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE incident_2025_01 PARTITION OF incident FOR VALUES FROM ('2025-01-01') TO ('2025-02-01')")
        )
        command.check(schema.alembic_config(connection, epsg))  # raises if the models say anything else
        schema.require_current(connection)
        assert schema.stored_analysis_epsg(connection) == epsg
        assert set(connection.scalars(text("SELECT DISTINCT srid FROM geometry_columns"))) == {epsg}


def test_each_migration_goes_down_and_up_by_itself(empty_database):
    engine = empty_database()
    schema.upgrade(engine, analysis_epsg=27700)
    for _ in sorted(VERSIONS.glob("*.py"))[1:]:
        schema.downgrade(engine, "-1")
    schema.upgrade(engine, analysis_epsg=27700)
    with engine.connect() as connection:
        assert set(connection.scalars(TABLES)) == {*metadata.tables, "alembic_version"}


def test_another_analysis_crs_is_refused_later(empty_database):
    engine = empty_database()
    schema.upgrade(engine, analysis_epsg=27700)
    with pytest.raises(DatabaseError, match=r"EPSG:27700, and EPSG:32617 is asked for"):
        schema.upgrade(engine, analysis_epsg=32617)


def test_degrees_cannot_be_the_analysis_crs(engine):
    with pytest.raises(SettingsError, match="metres"):
        schema.upgrade(engine, analysis_epsg=4326)


def test_no_migration_contains_an_epsg_code():
    for path in VERSIONS.glob("*.py"):
        assert not re.search(r"srid=\d|27700|32617|4326", path.read_text()), path.name


def test_every_table_and_column_has_a_comment(connection):
    missing = text(
        "SELECT c.relname, a.attname FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum >= 0 AND NOT a.attisdropped"
        " WHERE c.relnamespace = 'redzones'::regnamespace AND c.relkind IN ('r', 'p')"
        " AND (obj_description(c.oid, 'pg_class') IS NULL OR col_description(c.oid, a.attnum) IS NULL)"
    )
    assert connection.execute(missing).all() == []


def test_each_geometry_has_one_gist_index(connection):
    doubled = text(
        "SELECT i.indrelid::regclass, i.indkey::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " JOIN pg_am m ON m.oid = c.relam WHERE m.amname = 'gist' AND c.relnamespace = 'redzones'::regnamespace"
        " GROUP BY 1, 2 HAVING count(*) > 1"
    )
    assert connection.execute(doubled).all() == []


def test_a_database_without_schema_says_how_to_make_it(empty_database):
    with empty_database().connect() as connection:
        assert schema.current_revision(connection) is None
        with pytest.raises(DatabaseError) as caught:
            schema.require_current(connection)
        assert caught.value.hint == "redzones db upgrade"
        with pytest.raises(DatabaseError, match="no Redzones schema"):
            schema.stored_analysis_epsg(connection)


def test_an_older_and_a_newer_schema_are_told_apart(empty_database):
    engine = empty_database()
    schema.upgrade(engine, analysis_epsg=27700, revision="0003")
    with engine.begin() as connection, pytest.raises(DatabaseError, match="is at 0003"):
        schema.require_current(connection)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(DatabaseError, match="newer Redzones"):
            schema.require_current(connection)


def test_the_printed_sql_makes_the_same_schema(empty_database):
    engine = empty_database()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CREATE SCHEMA redzones")
        connection.connection.driver_connection.execute(schema.upgrade_sql(analysis_epsg=32617))
    with engine.begin() as connection:
        schema.require_current(connection)
        command.check(schema.alembic_config(connection, 32617))


@pytest.fixture
def bare_engine(server_engine):
    """Yield an engine of a database without PostGIS."""
    name = "redzones_test_bare"
    url = create_database(server_engine, name)
    engine = open_engine(url=url.render_as_string(hide_password=False), data_dir=None, time_zone="Europe/London")
    yield engine
    engine.dispose()
    drop_database(server_engine, name)


def test_the_extension_is_made_on_our_own_server_only(bare_engine, monkeypatch):
    with monkeypatch.context() as foreign:
        foreign.setattr(schema, "_is_private", lambda _: False)
        with pytest.raises(DatabaseError, match="PostGIS is not switched on") as caught:
            schema.upgrade(bare_engine, analysis_epsg=27700)
        assert "redzones db bootstrap --sql" in caught.value.hint
    schema.upgrade(bare_engine, analysis_epsg=27700)
    with bare_engine.connect() as connection:
        schema.require_current(connection)


def test_a_role_that_may_not_make_the_schema_is_told_what_to_do(empty_database):
    engine = empty_database()
    with engine.begin() as connection:
        connection.execute(text("CREATE ROLE redzones_test_guest"))
        connection.execute(text("SET LOCAL ROLE redzones_test_guest"))
        with pytest.raises(DatabaseError, match="may not make it"):
            schema._make_ready(connection)
        connection.execute(text("RESET ROLE"))
        connection.execute(text("DROP ROLE redzones_test_guest"))


def test_a_crs_that_this_postgis_does_not_know_is_refused(empty_database):
    engine = empty_database()
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM spatial_ref_sys WHERE srid = 32617"))
    with pytest.raises(DatabaseError, match=r"does not know EPSG:32617"):
        schema.upgrade(engine, analysis_epsg=32617)


def test_bootstrap_sql_quotes_its_names():
    printed = schema.bootstrap_sql(database='red"zones', owner="o'hara")
    assert '\\connect "red""zones"' in printed
    assert "rolname = 'o''hara'" in printed
    assert "CREATE EXTENSION IF NOT EXISTS postgis" in printed


def test_models_take_the_crs_of_their_database():
    srids = {
        column.type.srid
        for table in metadata_in(32617).tables.values()
        for column in table.columns
        if hasattr(column.type, "srid")
    }
    assert srids == {32617}


def test_going_back_takes_the_loads_whose_tables_go(empty_database):
    engine = empty_database()
    schema.upgrade(engine, analysis_epsg=27700)
    add = text(
        "INSERT INTO load (kind, file_name, sha256, source, scope, rows_in, kept, rejected)"
        " VALUES (:kind, 'a.csv', 'abc', :kind, 'a', 1, 0, 1) RETURNING load_id"
    )
    with engine.begin() as connection:
        for kind in ("people", "visits"):
            number = connection.execute(add, {"kind": kind}).scalar_one()
            refused = text("INSERT INTO rejected_row (load_id, row_number, reason) VALUES (:number, 2, 'why')")
            connection.execute(refused, {"number": number})
    schema.downgrade(engine, "0006")
    with engine.connect() as connection:
        assert connection.scalars(text("SELECT kind FROM load")).all() == ["people"]
        assert connection.scalars(text("SELECT count(*) FROM rejected_row")).all() == [1]


def test_points_alone_become_their_own_sitings_and_go_back(empty_database):
    engine = empty_database()
    schema.upgrade(engine, analysis_epsg=27700, revision="0021")
    words = (
        "INSERT INTO place (source_epsg, source_x, source_y, is_open_data, geom)"
        " SELECT 27700, x, 5, true, ST_SetSRID(ST_MakePoint(x, 5), 27700) FROM generate_series(1, 3) AS x;"
        "INSERT INTO siting (place_id, stated_area_code) VALUES (NULL, NULL), (2, 'E1'), (2, NULL), (3, NULL);"
        "INSERT INTO siting_area SELECT 1, siting_id, 'E1', 'stated' FROM siting;"
        "CREATE TABLE incident_2025_07 PARTITION OF incident FOR VALUES FROM ('2025-07-01') TO ('2025-08-01');"
        "INSERT INTO incident (month, incident_id, load_id, kind_id, siting_id, during, time_precision,"
        " place_precision, is_officer_generated)"
        " SELECT '2025-07-01', siting_id, 1, 1, siting_id, tstzrange('2025-07-01', '2025-07-02'),"
        " 'month', 'snapped', false FROM siting"
    )
    sited = text(
        "SELECT incident_id, s.place_id, s.stated_area_code FROM incident JOIN siting s USING (siting_id) ORDER BY 1"
    )
    with engine.begin() as connection:
        for each in words.split(";"):
            connection.exec_driver_sql(each)
        before = connection.execute(sited).all()
    schema.upgrade(engine, analysis_epsg=27700)
    with engine.begin() as connection:
        assert connection.execute(sited).all() == before
        ids = connection.scalars(text("SELECT siting_id FROM incident ORDER BY incident_id")).all()
        assert ids == [-1, -2, 2, 3]
        assert connection.scalars(text("SELECT siting_id FROM stated_siting_area ORDER BY 1")).all() == [-2, -1]
    schema.downgrade(engine, "0021")
    with engine.begin() as connection:
        assert connection.execute(sited).all() == before
        connection.execute(text("INSERT INTO siting (place_id) VALUES (1)"))  # its numbers go on
        assert connection.scalar(text("SELECT count(*) FROM siting")) == 5


def test_the_names_of_migrations_say_what_alembic_finds(connection):
    scripts = ScriptDirectory.from_config(schema.alembic_config(None, 27700))
    assert schema.head_revision() == scripts.get_current_head()
    current = MigrationContext.configure(
        connection, opts={"version_table_schema": schema.SCHEMA}
    ).get_current_revision()
    assert schema.current_revision(connection) == current == schema.head_revision()
