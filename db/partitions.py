"""The partitions of the incident table, one for each local month, made by code as months are loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from db.statements import compose, read_sql
from domain.months import LocalMonth

__all__ = ["NewMonths", "attach_months", "make_months", "partition_name"]


_INCOMING = "incident_incoming"


@dataclass(frozen=True, slots=True)
class NewMonths:
    """
    Months whose partitions are made and not attached yet.

    Parameters
    ----------
    months
        The months.
    table
        The table through which all of them are filled.
    """

    months: tuple[LocalMonth, ...]
    table: str


def partition_name(month: LocalMonth) -> str:
    """
    Return the name of the partition of a month.

    Examples
    --------
    >>> partition_name(LocalMonth(2025, 7))
    'incident_2025_07'
    """
    return f"incident_{month.year:04d}_{month.month:02d}"


def make_months(connection: Connection, months: Sequence[LocalMonth]) -> NewMonths:
    """
    Make the partitions that are not there yet, bare and apart.

    Several hang together under a table `incident_incoming` without indexes, through which they are filled at once;
    `attach_months` then makes them partitions of `incident`.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    months
        The months that are needed.
    """
    known = text("SELECT to_regclass(:name) IS NOT NULL")
    missing = tuple(m for m in months if not connection.scalar(known, {"name": partition_name(m)}))
    for month in missing:
        _execute(connection, "make_month", month)
    if len(missing) == 1:
        return NewMonths(missing, partition_name(missing[0]))
    if missing:
        connection.exec_driver_sql(read_sql("make_incoming"))
    for month in missing:
        _execute(connection, "join_incoming", month)
    return NewMonths(missing, _INCOMING)


def attach_months(connection: Connection, new: NewMonths) -> None:
    """
    Index filled partitions and attach them to the incident table.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    new
        What `make_months` returned.
    """
    for month in new.months:
        if new.table == _INCOMING:
            _execute(connection, "leave_incoming", month)
        _execute(connection, "attach_month", month)
    if new.months and new.table == _INCOMING:
        connection.exec_driver_sql(read_sql("drop_incoming"))


def _execute(connection: Connection, name: str, month: LocalMonth) -> None:
    composed = compose(
        name,
        identifiers={"partition": partition_name(month)},
        values={"first": month.first_day, "next": month.shift(1).first_day},
    )
    connection.exec_driver_sql(composed)
