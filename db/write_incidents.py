"""
Store incidents: staged by COPY, distinct places resolved once, months made bare, filled, indexed and attached.

The rows of a file are read batch by batch and never held as a whole. Everything happens in the caller's transaction:
a reader that fails half-way leaves the database as it was.
"""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

from db.copying import copy_binary
from db.events import event_notes, event_totals, mark_events, stage_events
from db.incident_records import ROW_COLUMNS, SITING_COLUMNS, PreparedBatch, PreparedFile, prepare_incidents
from db.loads import LoadIdentity, LoadReport, begin_load, find_load, finish_load, store_rejected, take_load_lock
from db.partitions import attach_months, make_months
from db.read_ahead import read_ahead
from db.schema import stored_analysis_epsg
from db.statements import compose, read_sql, statement
from domain.errors import SettingsError
from domain.incidents import IncidentFile, PlacePrecision, TimePrecision
from domain.months import LocalMonth
from domain.progress import Progress, no_progress

__all__ = ["MOST_ROWS", "store_incidents"]

#: A file may have fewer rows than this: an incident's number is `load_id * MOST_ROWS + row`.
MOST_ROWS = 1_000_000_000


@dataclass
class _Account:
    """What is known after some batches: counts, months and outcomes met, remarks."""

    load_id: int
    rows_in: int = 0
    kept: int = 0
    n_events: int = 0
    months: set[LocalMonth] = field(default_factory=set)
    outcomes: tuple[str, ...] = ()
    remarks: Counter[str] = field(default_factory=Counter)


def store_incidents(
    connection: Connection, file: IncidentFile | PreparedFile, *, time_zone: str, progress: Progress = no_progress
) -> LoadReport:
    """
    Store the incidents of one file.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    file
        The opened file; its batches are read here. One that `prepare_incidents` has made ready is as good.
    time_zone
        Time zone of the force: the month of an incident is the local month in which it begins.
    progress
        Hears how many rows are read.

    Raises
    ------
    SchemaError
        If a batch does not have the agreed columns, or a category is not among the file's kinds.
    SourceError
        As the reader of the file raises it.
    LockedError
        If another load is at work for too long.
    """
    take_load_lock(connection)
    opened = file.file if isinstance(file, PreparedFile) else file
    identity = LoadIdentity(
        "incidents", opened.source, opened.scope, opened.file_name, opened.sha256, mapping_sha256=opened.mapping_sha256
    )
    if (earlier := find_load(connection, identity)) is not None:
        return earlier
    prepared = _prepared(file, analysis_epsg=stored_analysis_epsg(connection), time_zone=time_zone)
    with connection.begin_nested():  # a reader that fails leaves nothing, even if the caller goes on
        account = _Account(begin_load(connection, identity, is_open_data=opened.is_open_data))
        kind_ids = _store_kinds(connection, opened)
        connection.exec_driver_sql(read_sql("allow_memory"))
        connection.exec_driver_sql(read_sql("make_incident_staging"))
        # one that was made ready before is being read in a thread already
        ahead = nullcontext(file.batches) if isinstance(file, PreparedFile) else read_ahead(prepared.batches)
        with ahead as batches:
            for batch in batches:
                _stage(connection, account, batch)
                progress(f"Reading {opened.file_name}", account.rows_in, None)
        _resolve_sitings(connection, prepared)
        if account.n_events:
            mark_events(connection, source=opened.source, scope=opened.scope)
        _insert(connection, account, kind_ids)
        connection.exec_driver_sql(read_sql("drop_incident_staging"))
        return finish_load(
            connection,
            account.load_id,
            rows_in=account.rows_in,
            kept=account.kept,
            months=sorted(account.months | set(opened.months)),
            notes=[*opened.notes, *_remarks(account), *_events(connection, account)],
        )


def _prepared(file: IncidentFile | PreparedFile, *, analysis_epsg: int, time_zone: str) -> PreparedFile:
    """Return a file made ready for this database; one that was made ready for another is refused."""
    if not isinstance(file, PreparedFile):
        return prepare_incidents(file, analysis_epsg=analysis_epsg, time_zone=time_zone)
    if (file.analysis_epsg, file.time_zone) != (analysis_epsg, time_zone):
        raise SettingsError(
            f"{file.file.file_name} was made ready for EPSG:{file.analysis_epsg} and {file.time_zone},"
            f" and the database is for EPSG:{analysis_epsg} and {time_zone}"
        )
    return file


def _remarks(account: _Account) -> list[str]:
    return [f"{n:,} row{'' if n == 1 else 's'}: {remark}" for remark, n in sorted(account.remarks.items())]


def _events(connection: Connection, account: _Account) -> list[str]:
    """Return both totals, where rows of the file tell of events: the rows kept and the events among them."""
    if not account.n_events:
        return []
    months = [month.first_day for month in sorted(account.months)]
    return event_notes(event_totals(connection, account.load_id, months))


def _store_kinds(connection: Connection, file: IncidentFile) -> list[int]:
    """Store how each category is counted, and return the numbers of the categories, in the order of the file's list."""
    rules = {
        "source": file.source,
        "categories": [rule.category for rule in file.kinds],
        "kinds": [str(rule.kind) for rule in file.kinds],
        "are_street": [rule.is_street for rule in file.kinds],
        "are_officer_generated": [rule.is_officer_generated for rule in file.kinds],
        "weights": [rule.weight for rule in file.kinds],
    }
    connection.execute(statement("store_kinds"), rules)
    known = text("SELECT category, kind_id FROM incident_kind WHERE source = :source")
    numbers = {row.category: row.kind_id for row in connection.execute(known, {"source": file.source})}
    return [numbers[rule.category] for rule in file.kinds]


def _stage(connection: Connection, account: _Account, batch: PreparedBatch) -> None:
    """Copy one batch into the staging tables."""
    account.rows_in += batch.rows_in
    account.kept += batch.kept
    account.remarks.update(batch.remarks)
    account.months |= batch.months
    account.outcomes = batch.outcomes
    account.n_events += len(batch.events)
    store_rejected(connection, account.load_id, batch.rejected)
    if batch.kept:
        copy_binary(connection, "siting_staging", SITING_COLUMNS, batch.sitings)
        copy_binary(connection, "incident_staging", ROW_COLUMNS, batch.rows)
        stage_events(connection, batch.events)


def _resolve_sitings(connection: Connection, prepared: PreparedFile) -> None:
    """Make the places and sitings that are new, and find the number of every one."""
    where = {
        "source_epsg": prepared.file.epsg,
        "analysis_epsg": prepared.analysis_epsg,
        "is_open_data": prepared.file.is_open_data,
    }
    connection.exec_driver_sql("ANALYZE siting_staging (siting_number, source_x)")
    connection.execute(statement("resolve_sitings"), where)
    connection.exec_driver_sql("ANALYZE siting_found (siting_number)")


def _insert(connection: Connection, account: _Account, kind_ids: list[int]) -> None:
    """Move the staged rows into the partitions of their months; new ones are attached when they are full."""
    months = sorted(account.months)
    made = make_months(connection, months)
    words: dict[str, Any] = {
        "load_id": account.load_id,
        "most_rows": MOST_ROWS,
        "kind_ids": kind_ids,
        "time_precisions": list(TimePrecision),
        "place_precisions": list(PlacePrecision),
        "outcomes": list(account.outcomes),
    }
    n_rows = 0
    for table, targets in ((made.table, made.months), ("incident", sorted(set(months) - set(made.months)))):
        if targets:
            filled = text(compose("fill_months", identifiers={"target": table}))
            binds = {**words, "months": [month.first_day for month in targets]}
            n_rows += connection.execute(filled, binds).rowcount
    assert n_rows == account.kept, "every staged row is stored"
    attach_months(connection, made)
