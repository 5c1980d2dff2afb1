"""
Store incidents: staged by COPY, distinct places resolved once, months made bare, filled, indexed and attached.

The rows of a file are read batch by batch and never held as a whole. Everything happens in the caller's transaction:
a reader that fails half-way leaves the database as it was.
"""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
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
from domain.errors import LockedError, SettingsError
from domain.incidents import IncidentFile, PlacePrecision, TimePrecision
from domain.months import LocalMonth
from domain.progress import Progress, no_progress

__all__ = ["MOST_ROWS", "StagedIncidents", "stage_incidents", "store_incidents", "store_staged"]

#: A file may have fewer rows than this: an incident's number is `load_id * MOST_ROWS + row`.
MOST_ROWS = 1_000_000_000


@dataclass
class StagedIncidents:
    """
    A file whose rows wait in the staging tables of one transaction: nothing of it is seen or lasts yet.

    Parameters
    ----------
    prepared
        The file.
    load_id
        Number of its load, which counts as withdrawn until the end; None if the very same file was loaded before.
    rows_in, kept, n_events
        Rows read, rows to store, and rows that tell of events.
    months, outcomes
        Local months met, and outcomes in the order of their numbers.
    remarks
        How many rows deserve a remark, by remark.
    """

    prepared: PreparedFile
    load_id: int | None
    rows_in: int = 0
    kept: int = 0
    n_events: int = 0
    months: set[LocalMonth] = field(default_factory=set)
    outcomes: tuple[str, ...] = ()
    remarks: Counter[str] = field(default_factory=Counter)

    @property
    def identity(self) -> LoadIdentity:
        """What tells this load from others."""
        file = self.prepared.file
        return LoadIdentity(
            "incidents", file.source, file.scope, file.file_name, file.sha256, mapping_sha256=file.mapping_sha256
        )


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
    prepared = _prepared(file, analysis_epsg=stored_analysis_epsg(connection), time_zone=time_zone)
    # one that was made ready before is being read in a thread already
    ahead = nullcontext(prepared.batches) if prepared is file else read_ahead(prepared.batches)
    with connection.begin_nested(), ahead as batches:  # a reader that fails leaves nothing, even if the caller goes on
        staged = stage_incidents(connection, replace(prepared, batches=batches), progress=progress)
        return store_staged(connection, staged)


def stage_incidents(
    connection: Connection, prepared: PreparedFile, *, progress: Progress = no_progress
) -> StagedIncidents:
    """
    Copy the rows of a file into staging tables of the session, beside whatever other loads do.

    Parameters
    ----------
    connection
        A connection in a transaction, in which `store_staged` goes on.
    prepared
        The file; its batches are read here unless the very same file was loaded before.
    progress
        Hears how many rows are read.

    Raises
    ------
    SchemaError
        If a batch does not have the agreed columns, or a category is not among the file's kinds.
    SourceError
        As the reader of the file raises it.
    """
    staged = StagedIncidents(prepared, load_id=None)
    if find_load(connection, staged.identity) is not None:
        return staged
    staged.load_id = begin_load(connection, staged.identity, is_open_data=prepared.file.is_open_data)
    connection.exec_driver_sql(read_sql("allow_memory"))
    connection.exec_driver_sql(read_sql("make_incident_staging"))
    for batch in prepared.batches:
        _stage(connection, staged, staged.load_id, batch)
        progress(f"Reading {prepared.file.file_name}", staged.rows_in, None)
    connection.exec_driver_sql("ANALYZE siting_staging (siting_number, source_x)")
    return staged


def store_staged(connection: Connection, staged: StagedIncidents) -> LoadReport:
    """
    Store a staged file: places, sitings, the months, and the account of the load.

    Parameters
    ----------
    connection
        The connection on which it was staged, in the same transaction.
    staged
        What `stage_incidents` returned.

    Raises
    ------
    LockedError
        If another load is at work for too long, or has stored the very same file meanwhile.
    """
    take_load_lock(connection)
    earlier = find_load(connection, staged.identity)
    if staged.load_id is None and earlier is not None:
        return earlier
    file = staged.prepared.file
    if staged.load_id is None or earlier is not None:
        raise LockedError(
            f"another load of {file.file_name} was made or undone while it was read", hint="Load it again."
        )
    kind_ids = _store_kinds(connection, file)
    _resolve_sitings(connection, staged.prepared)
    if staged.n_events:
        mark_events(connection, source=file.source, scope=file.scope)
    _insert(connection, staged, staged.load_id, kind_ids)
    connection.exec_driver_sql(read_sql("drop_incident_staging"))
    return finish_load(
        connection,
        staged.load_id,
        rows_in=staged.rows_in,
        kept=staged.kept,
        months=sorted(staged.months | set(file.months)),
        notes=[*file.notes, *_remarks(staged), *_events(connection, staged, staged.load_id)],
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


def _remarks(staged: StagedIncidents) -> list[str]:
    return [f"{n:,} row{'' if n == 1 else 's'}: {remark}" for remark, n in sorted(staged.remarks.items())]


def _events(connection: Connection, staged: StagedIncidents, load_id: int) -> list[str]:
    """Return both totals, where rows of the file tell of events: the rows kept and the events among them."""
    if not staged.n_events:
        return []
    months = [month.first_day for month in sorted(staged.months)]
    return event_notes(event_totals(connection, load_id, months))


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


def _stage(connection: Connection, staged: StagedIncidents, load_id: int, batch: PreparedBatch) -> None:
    """Copy one batch into the staging tables."""
    staged.rows_in += batch.rows_in
    staged.kept += batch.kept
    staged.remarks.update(batch.remarks)
    staged.months |= batch.months
    staged.outcomes = batch.outcomes
    staged.n_events += len(batch.events)
    store_rejected(connection, load_id, batch.rejected)
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
    connection.execute(statement("resolve_sitings"), where)
    connection.exec_driver_sql("ANALYZE siting_found (siting_number)")


def _insert(connection: Connection, staged: StagedIncidents, load_id: int, kind_ids: list[int]) -> None:
    """Move the staged rows into the partitions of their months; new ones are attached when they are full."""
    months = sorted(staged.months)
    made = make_months(connection, months)
    words: dict[str, Any] = {
        "load_id": load_id,
        "most_rows": MOST_ROWS,
        "kind_ids": kind_ids,
        "time_precisions": list(TimePrecision),
        "place_precisions": list(PlacePrecision),
        "outcomes": list(staged.outcomes),
    }
    n_rows = 0
    for table, targets in ((made.table, made.months), ("incident", sorted(set(months) - set(made.months)))):
        if targets:
            filled = text(compose("fill_months", identifiers={"target": table}))
            binds = {**words, "months": [month.first_day for month in targets]}
            n_rows += connection.execute(filled, binds).rowcount
    assert n_rows == staged.kept, "every staged row is stored"
    attach_months(connection, made)
