"""Staging ahead: files are stored in order, each in a transaction of its own, and what is given up leaves nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from db.incident_records import prepare_incidents
from db.loads import LOAD_LOCK
from db.stage_ahead import stage_ahead
from db.write_incidents import store_incidents
from domain.errors import LockedError, SourceError

LONDON = "Europe/London"


@pytest.fixture
def prepared(gridham):
    """Return a function that makes a file of so many rows ready."""

    def prepare(name, *, n=1, scope=None, fault=None):
        def batches():
            for i in range(n):
                yield gridham.batch([gridham.incident(x=400_000.0 + i)], first_row=2 + i)
            if fault is not None:
                raise fault

        file = gridham.incident_file(batches(), file_name=name, sha256=name, scope=scope or name)
        return prepare_incidents(file, analysis_epsg=27700, time_zone=LONDON)

    return prepare


@pytest.fixture
def empty(fresh_engine):
    """Return an engine of an empty database; when the test is over every connection must have been given back."""
    yield fresh_engine
    assert fresh_engine.pool.checkedout() == 0


def store_all(engine, files):
    with stage_ahead(engine, files) as staged:
        return [file.store() for file in staged]


def rows_by_load(engine):
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT file_name, state, (SELECT count(*) FROM incident i WHERE i.load_id = l.load_id)"
                " FROM load l WHERE kind = 'incidents' ORDER BY load_id"
            )
        )
        return [tuple(row) for row in found]


def test_files_are_stored_in_order_each_for_itself(empty, prepared):
    with stage_ahead(empty, [prepared(name, n=n) for name, n in (("a", 1), ("b", 3), ("c", 2))]) as staged:
        reports = []
        for file in staged:
            reports.append(file.store())
            assert len(rows_by_load(empty)) == len(reports), "what waits is not seen"
    assert [(report.file_name, report.kept) for report in reports] == [("a", 1), ("b", 3), ("c", 2)]
    assert rows_by_load(empty) == [("a", "live", 1), ("b", "live", 3), ("c", "live", 2)]


def test_a_reissue_in_the_same_call_supersedes_and_the_same_file_is_known(empty, prepared):
    files = [prepared("a", scope="x"), prepared("b", scope="x", n=2), prepared("b", scope="x", n=2)]
    first, second = store_all(empty, files[:2])
    assert second.superseded == first.load_id
    (again,) = store_all(empty, files[2:])
    assert again.is_already_loaded
    assert rows_by_load(empty) == [("a", "superseded", 1), ("b", "live", 2)]


def test_a_file_that_fails_leaves_nothing_and_those_before_it_stay(empty, prepared):
    files = [prepared("a"), prepared("b", n=2, fault=SourceError("cut off")), prepared("c")]
    with pytest.raises(SourceError, match="cut off"):
        store_all(empty, files)
    assert rows_by_load(empty) == [("a", "live", 1)]


def test_what_is_staged_and_not_stored_leaves_nothing(empty, prepared):
    with stage_ahead(empty, [prepared(name) for name in "abc"]) as staged:
        next(staged).store()
    assert rows_by_load(empty) == [("a", "live", 1)]
    with empty.connect() as connection:
        held = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :key")
        assert connection.scalar(held, {"key": LOAD_LOCK}) == 0


def test_the_same_file_loaded_by_another_meanwhile_is_told(empty, prepared):
    with stage_ahead(empty, [prepared("a")]) as staged:
        file = next(staged)
        with empty.begin() as connection:
            store_incidents(connection, prepared("a"), time_zone=LONDON)
        with pytest.raises(LockedError, match="another load of a was made or undone"):
            file.store()
    assert rows_by_load(empty) == [("a", "live", 1)]
