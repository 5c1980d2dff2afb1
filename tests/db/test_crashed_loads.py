"""A load that is killed in any of its phases leaves nothing behind, and the next one works at once."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import event, text

from db.loads import LOAD_LOCK
from db.models import metadata
from db.write import store_boundaries
from db.write_assignments import assign_incident_areas
from db.write_incidents import store_incidents
from domain.areas import GeographyKey
from domain.errors import DatabaseError
from sources.police_uk import open_street

LONDON = "Europe/London"
HEADER = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Context\n"
ROW = ",2025-07,Gridham Police,Gridham Police,{lon:.6f},52.6,On or near Mill Lane,,,Anti-social behaviour,\n"
N_ROWS = 300

#: A word of the statement that begins each phase.
PHASES = {
    "the kinds are stored": "INSERT INTO incident_kind",
    "the rows are staged": "ANALYZE siting_staging",
    "places and sitings are made": "INSERT INTO place ",
    "months are made": 'CREATE TABLE "incident_2025_07"',
    "months are filled": 'INSERT INTO "incident_2025_07"',
    "months are attached": "ADD PRIMARY KEY (month",
    "the load is closed": "UPDATE load AS earlier",
}
JOINS = {
    "places are joined": "INSERT INTO place_area",
    "sitings are joined": "INSERT INTO stated_siting_area",
    "the outline is dissolved": "INSERT INTO geography_outline",
}

KILLED = f"""
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from db.engine import open_engine
from db.write_incidents import store_incidents
from sources.police_uk import open_street

url, word, file = sys.argv[1:]
engine = open_engine(url=url, data_dir=None, time_zone="{LONDON}")

@event.listens_for(engine, "before_cursor_execute")
def kill(connection, cursor, statement, *_):
    if word in statement:
        os.kill(os.getpid(), signal.SIGKILL)

with engine.begin() as connection:
    store_incidents(connection, open_street(Path(file), time_zone="{LONDON}"), time_zone="{LONDON}")
"""


@pytest.fixture(scope="module")
def street(tmp_path_factory) -> Path:
    """Return a month of Gridham."""
    file = tmp_path_factory.mktemp("crashed") / "2025-07-gridham-street.csv"
    rows = [ROW.format(lon=-2.0 + i / 50_000) for i in range(N_ROWS)]
    file.write_text(HEADER + "".join(rows), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def gridded(engine, gridham):
    """Return an engine of a database that holds areas and no incident."""
    with engine.begin() as connection:
        store_boundaries(connection, gridham.small_areas())
    return engine


def state(engine):
    """Return how many rows each table has, which tables there are, and whether anybody holds the lock of loads."""
    with engine.connect() as connection:
        rows = {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) for name in metadata.tables}
        tables = text("SELECT relname FROM pg_class WHERE relname ~ '^(incident|fresh|siting|stated|place)' ORDER BY 1")
        held = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :key")
        return rows, connection.scalars(tables).all(), connection.scalar(held, {"key": LOAD_LOCK})


def store(engine, street):
    with engine.begin() as connection:
        return store_incidents(connection, open_street(street, time_zone=LONDON), time_zone=LONDON)


def lose_server_at(engine, word):
    """End the server's process just before the statement that has this word."""

    def end(connection, _cursor, statement, *_):
        if word in statement:
            pid = connection.connection.driver_connection.info.backend_pid
            with engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    event.listen(engine, "before_cursor_execute", end)
    return end


@pytest.mark.parametrize("word", PHASES.values(), ids=PHASES)
def test_a_load_whose_server_process_dies_leaves_nothing(gridded, street, word):
    before = state(gridded)
    end = lose_server_at(gridded, word)
    try:
        with pytest.raises(DatabaseError, match="the database gave up"):
            store(gridded, street)
    finally:
        event.remove(gridded, "before_cursor_execute", end)
    assert state(gridded) == before


@pytest.mark.parametrize("word", [PHASES["the rows are staged"], PHASES["months are attached"]])
def test_a_load_that_is_killed_leaves_nothing(gridded, street, word):
    before = state(gridded)
    url = gridded.url.render_as_string(hide_password=False)
    killed = subprocess.run([sys.executable, "-c", KILLED, url, word, str(street)], check=False, capture_output=True)
    assert killed.returncode == -9, killed.stderr.decode()
    until = time.monotonic() + 20
    while (after := state(gridded)) != before and time.monotonic() < until:
        time.sleep(0.1)  # the server notices soon that nobody is there
    assert after == before


@pytest.mark.parametrize("word", JOINS.values(), ids=JOINS)
def test_a_join_whose_server_process_dies_leaves_nothing_and_can_be_done_again(fresh_engine, gridham, street, word):
    with fresh_engine.begin() as connection:
        store_boundaries(connection, gridham.small_areas())
    report = store(fresh_engine, street)
    assert (report.rows_in, report.kept) == (N_ROWS, N_ROWS), "the load after the crashes is whole"
    before = state(fresh_engine)
    end = lose_server_at(fresh_engine, word)
    key = GeographyKey.parse("lsoa:2021")
    try:
        with pytest.raises(DatabaseError, match="the database gave up"), fresh_engine.begin() as connection:
            assign_incident_areas(connection, small_area=key)
    finally:
        event.remove(fresh_engine, "before_cursor_execute", end)
    assert state(fresh_engine) == before
    with fresh_engine.begin() as connection:
        assign_incident_areas(connection, small_area=key)
        n_places = connection.scalar(text("SELECT count(*) FROM place"))
        assert connection.scalar(text("SELECT count(*) FROM place_area")) == n_places
