"""
Join outcomes to the crimes that they name, wherever these are in the store.

About half of the outcomes of a month belong to crimes of earlier months: those that are not loaded are counted and told
of, never an error. Loading a file again joins it again, for crimes that were loaded since. What each file says is kept,
and so is what the row of a crime itself says, so that a load of outcomes can be undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, update

from db.copying import copy_rows
from db.loads import LoadIdentity, LoadReport, begin_load, find_load, finish_load, store_rejected, take_load_lock
from db.models import load
from db.statements import read_sql, statement
from domain.errors import SchemaError
from domain.outcomes import OUTCOME_COLUMNS, OutcomeFile
from domain.progress import Progress, no_progress

__all__ = ["resolve_outcomes", "store_outcomes"]


def store_outcomes(connection: Connection, file: OutcomeFile, *, progress: Progress = no_progress) -> LoadReport:
    """
    Join the outcomes of one file to incidents.

    The last outcome that the file has for a crime is taken. A crime that a loaded file of a later month names too keeps
    the outcome of that one.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    file
        The opened file; its batches are read here.
    progress
        Hears how many rows are read.

    Raises
    ------
    SchemaError
        If a batch does not have the agreed columns.
    SourceError
        As the reader of the file raises it.
    LockedError
        If another load is at work for too long.
    """
    take_load_lock(connection)
    identity = LoadIdentity("outcomes", file.source, file.scope, file.file_name, file.sha256)
    earlier = find_load(connection, identity)
    with connection.begin_nested():  # a reader that fails leaves nothing, even if the caller goes on
        load_id = earlier.load_id if earlier else begin_load(connection, identity, is_open_data=True)
        connection.exec_driver_sql(read_sql("make_outcome_staging"))
        rows_in, kept = _stage(connection, file, load_id, keep_rejected=earlier is None, progress=progress)
        connection.execute(statement("keep_outcomes"), {"load_id": load_id, "source": file.incident_source})
        connection.exec_driver_sql("DROP TABLE outcome_staging")
        if earlier is not None:
            n_changed, notes = _join(connection, file, load_id, [load_id])
            return replace(earlier, is_already_loaded=n_changed == 0, notes=(*earlier.notes, *notes))
        report = finish_load(connection, load_id, rows_in=rows_in, kept=kept, months=[file.month])
        replaced = [] if report.superseded is None else [report.superseded]
        _, notes = _join(connection, file, load_id, [load_id, *replaced])
        told = (*file.notes, *notes)
        connection.execute(update(load).where(load.c.load_id == load_id).values(notes=list(told)))
        return replace(report, notes=told)


def _stage(
    connection: Connection, file: OutcomeFile, load_id: int, *, keep_rejected: bool, progress: Progress
) -> tuple[int, int]:
    """Copy the outcomes into the staging table, and return how many rows were read and kept."""
    rows_in = kept = 0
    for batch in file.batches:
        if missing := [name for name in OUTCOME_COLUMNS if name not in batch.rows]:
            raise SchemaError(f"the rows of {file.file_name} lack {', '.join(missing)}")
        if keep_rejected:
            store_rejected(connection, load_id, batch.rejected)
        values = batch.rows[list(OUTCOME_COLUMNS)].astype(object).to_numpy().tolist()
        kept += copy_rows(connection, "outcome_staging", OUTCOME_COLUMNS, values)
        rows_in += len(batch.rows) + len(batch.rejected)
        progress(f"Reading {file.file_name}", rows_in, None)
    return rows_in, kept


def _join(connection: Connection, file: OutcomeFile, load_id: int, load_ids: Sequence[int]) -> tuple[int, list[str]]:
    """Write outcomes to incidents; return how many incidents changed, and what to tell of it."""
    where = {"source": file.source, "month": file.month.first_day, "force": file.force}
    is_late = bool(connection.scalar(statement("later_outcomes"), where))
    n_crimes, n_known, n_changed = resolve_outcomes(connection, load_id, load_ids, source=file.incident_source)
    notes = [f"{n_known:,} of {n_crimes:,} crimes are in the store; outcomes changed: {n_changed:,}"]
    if n_known < n_crimes:
        strangers = n_crimes - n_known
        notes.append(f"crimes that are not loaded: {strangers:,} (normal: about half are of other months)")
    if is_late:
        notes.append("outcomes of a later month are loaded: crimes that they name keep those")
    return n_changed, notes


def resolve_outcomes(
    connection: Connection, load_id: int, load_ids: Sequence[int], *, source: str
) -> tuple[int, int, int]:
    """
    Give each crime that some loads of outcomes name the outcome that is known last, or what its own row says.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    load_id
        The load of outcomes whose crimes are counted.
    load_ids
        Loads whose crimes are looked at: that one, and those that it replaced or that are live again.
    source
        Source of the incidents.

    Returns
    -------
    tuple
        Crimes that the load names; those of them that are in the store; live incidents whose outcome changed.
    """
    connection.exec_driver_sql("ANALYZE crime_outcome")
    binds = {"load_id": load_id, "load_ids": list(load_ids), "source": source}
    n_crimes, n_known, n_changed = connection.execute(statement("resolve_outcomes"), binds).one()
    return n_crimes, n_known, n_changed
