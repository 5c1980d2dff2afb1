"""Store what a force knows beside incidents: visits, priorities, overrides, a calendar, nominations, places."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from db.copying import copy_frame
from db.loads import LoadIdentity, LoadReport, begin_load, find_load, finish_load, store_rejected, take_load_lock
from db.points import points_as_ewkb
from db.schema import stored_analysis_epsg
from db.statements import quote
from domain.errors import CrsError
from domain.records import RECORD_COLUMNS, RecordKind, RecordTable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TABLE_OF", "store_records"]

#: The table that holds each kind of record.
TABLE_OF: Mapping[RecordKind, str] = MappingProxyType(
    {
        RecordKind.VISITS: "patrol_visit",
        RecordKind.PRIORITIES: "priority",
        RecordKind.OVERRIDES: "zone_override",
        RecordKind.CALENDAR: "calendar",
        RecordKind.NOMINATIONS: "nomination",
        RecordKind.PLACES: "sensitive_place",
        RecordKind.AGREEMENTS: "profile_agreement",
    }
)


def store_records(connection: Connection, table: RecordTable) -> LoadReport:
    """
    Store the rows of one simple record file; a file of the same kind and name supersedes the earlier one.

    Times without zone are local times of the force, whose time zone every session of the store has.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    table
        Rows kept and rows refused; points in the reference system that it states.

    Returns
    -------
    LoadReport
        What became of every row.

    Raises
    ------
    CrsError
        If the rows have points that the analysis CRS cannot show, or no reference system.
    LockedError
        If another load is at work for too long.
    """
    take_load_lock(connection)
    identity = LoadIdentity(str(table.kind), f"records {table.kind}", table.scope, table.file_name, table.sha256)
    if (earlier := find_load(connection, identity)) is not None:
        return earlier
    load_id = begin_load(connection, identity)
    store_rejected(connection, load_id, table.rejected)
    name = TABLE_OF[table.kind]
    copy_frame(connection, name, _stored(connection, table), constants={"load_id": load_id})
    connection.exec_driver_sql(f"ANALYZE {quote(name)}")
    return finish_load(connection, load_id, rows_in=table.rows_read, kept=len(table.frame))


def _stored(connection: Connection, table: RecordTable) -> pd.DataFrame:
    """Return the rows with the columns of their table: a point instead of x and y."""
    names = [column.rstrip("?") for column in RECORD_COLUMNS[table.kind]]
    rows = table.frame[["row_number", *(name for name in names if name not in {"x", "y"})]]
    if "x" not in names:
        return rows
    if table.epsg is None:
        raise CrsError(f"the points of {table.file_name} have no reference system", hint="Say it with --epsg.")
    epsg = stored_analysis_epsg(connection)
    points = points_as_ewkb(table.frame, source_epsg=table.epsg, analysis_epsg=epsg, file_name=table.file_name)
    return rows.assign(geom=points)
