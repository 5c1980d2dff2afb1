"""Store census and deprivation figures: what each variable is, and its value for every area."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, insert, text

from db.copying import copy_frame
from db.loads import LoadIdentity, LoadReport, begin_load, find_load, finish_load, store_rejected, take_load_lock
from db.models import people_variable
from db.write_boundaries import geography_id
from domain.areas import PeopleTable

__all__ = ["store_people"]


def store_people(connection: Connection, table: PeopleTable) -> LoadReport:
    """
    Store the values of one People file.

    Where two live files hold the same variable for the same area, the one loaded last is read.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    table
        Variables and values, refused rows included.

    Raises
    ------
    LockedError
        If another load is at work for too long.
    """
    take_load_lock(connection)
    source = f"people {table.key} {table.layout}"
    identity = LoadIdentity("people", source, table.file_name, table.file_name, table.sha256)
    if (earlier := find_load(connection, identity)) is not None:
        return earlier
    load_id = begin_load(connection, identity)
    store_rejected(connection, load_id, table.rejected)
    numbers = _declare(connection, table, load_id)
    values = table.frame[["area_code", "numerator", "denominator"]]
    values = values.assign(variable_id=table.frame["variable"].map(numbers))
    copy_frame(connection, "people_value", values)
    if table.totals is not None:
        totals = table.totals[["place", "n_areas", "numerator", "denominator"]]
        copy_frame(connection, "people_total", totals.assign(variable_id=table.totals["variable"].map(numbers)))
    connection.execute(text("ANALYZE people_value, people_variable"))
    rows_in = table.rows_read - table.rows_outside
    n_rejected = int(table.rejected["row_number"].nunique())
    return finish_load(
        connection,
        load_id,
        rows_in=rows_in,
        kept=rows_in - n_rejected,
        rows_outside=table.rows_outside,
        notes=table.notes,
    )


def _declare(connection: Connection, table: PeopleTable, load_id: int) -> dict[str, int]:
    """Store the variables and return their numbers by name."""
    number = geography_id(connection, table.key)
    rows = [
        {"load_id": load_id, "geography_id": number, "position": position, **asdict(variable)}
        for position, variable in enumerate(table.variables)
    ]
    made = insert(people_variable).values(rows).returning(people_variable.c.name, people_variable.c.variable_id)
    return {row.name: row.variable_id for row in connection.execute(made)} if rows else {}
