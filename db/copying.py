"""
COPY: the fast way into PostgreSQL, inside the transaction of the caller.

Numbers, dates and flags travel as one numpy record array in PostgreSQL's binary format; text follows each record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

from db.statements import quote

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

__all__ = ["binary_rows", "copy_binary", "copy_frame", "copy_rows", "postgres_days", "postgres_microseconds"]

#: Texts of one column; None is NULL.
Texts: TypeAlias = Sequence[str | None] | NDArray[np.object_]

_SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)  # no flags, no extension
_TRAILER = b"\xff\xff"
_EPOCH = np.datetime64("2000-01-01", "us")
_BIG_ENDIAN = {"b": "?", "i2": ">i2", "i4": ">i4", "i8": ">i8", "f8": ">f8"}
_INFINITY = np.iinfo(np.int64).max


def copy_rows(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """
    Write rows into a table and return how many there were.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    table
        Name of the table.
    columns
        Names of the columns, in the order of the rows' values.
    rows
        The rows; None is NULL.
    """
    n_rows = 0
    with _cursor(connection) as cursor, cursor.copy(_copy(table, columns)) as copy:
        for row in rows:
            copy.write_row(row)
            n_rows += 1
    return n_rows


def copy_frame(
    connection: Connection, table: str, frame: pd.DataFrame, *, constants: Mapping[str, Any] | None = None
) -> int:
    """
    Write a frame into a table, each column into that of the same name, and return the number of rows.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    table
        Name of the table.
    frame
        The rows; a missing value is NULL.
    constants
        Further columns that hold one value in every row, such as the run.
    """
    fixed = dict(constants or {})
    columns = [*fixed, *map(str, frame.columns)]
    missing = frame.isna()
    values = [
        frame[name].astype(object).where(~missing[name], None).tolist() for name in frame.columns
    ]  # Python's own numbers, which repr exactly
    constant = tuple(fixed.values())
    return copy_rows(connection, table, columns, (constant + row for row in zip(*values, strict=True)))


def copy_binary(connection: Connection, table: str, columns: Sequence[str], content: bytes) -> None:
    """
    Write rows that are in PostgreSQL's binary format already.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    table
        Name of the table, whose columns have the types of the fields: `bool`, `int2`, `int4` (or `date` as days since
        2000), `int8` (or `timestamptz` as microseconds since 2000), `float8`, `text`.
    columns
        Names of the columns, in the order of the fields.
    content
        What `binary_rows` returned.
    """
    with _cursor(connection) as cursor, cursor.copy(_copy(table, columns, binary=True)) as copy:
        copy.write(content)


def binary_rows(records: NDArray[np.void], texts: Mapping[str, Texts]) -> bytes:
    """
    Return rows in PostgreSQL's binary COPY format, signature and trailer included.

    Each row is the number of its fields, then for each field its length in bytes and its bytes, all big-endian. Rows
    whose texts are equally long stand together, so the order of the rows is not kept.

    Parameters
    ----------
    records
        Structured array of shape (n,); no field may be missing.
    texts
        Text columns that follow the fields, each of length n.

    Examples
    --------
    >>> one = np.array([(7,)], dtype=[("a", "i2")])
    >>> binary_rows(one, {"b": ["x"]})[19:].hex(" ")
    '00 02 00 00 00 02 00 07 00 00 00 01 78 ff ff'
    """
    if not texts or not len(records):
        return _SIGNATURE + _packed(records, {}).tobytes() + _TRAILER
    written = {name: _encoded(values) for name, values in texts.items()}
    return _SIGNATURE + b"".join(_by_length(records, written)) + _TRAILER


def _packed(records: NDArray[np.void], lengths: Mapping[str, int]) -> NDArray[np.void]:
    """Return rows with all that goes before each field; texts of these lengths in bytes (-1: NULL) are left empty."""
    names = records.dtype.names or ()
    layout: list[tuple[str, str]] = [("n_fields", ">i2")]
    for name in names:
        layout += [(f"{name} length", ">i4"), (name, _BIG_ENDIAN[_code(records.dtype[name])])]
    for name, length in lengths.items():
        layout += [(f"{name} length", ">i4"), (name, f"V{max(length, 0)}")]
    packed = np.empty(len(records), dtype=layout)
    packed["n_fields"] = len(names) + len(lengths)
    for name in names:
        packed[f"{name} length"] = records.dtype[name].itemsize
        packed[name] = records[name]
    for name, length in lengths.items():
        packed[f"{name} length"] = length
    return packed


def _encoded(texts: Texts) -> NDArray[np.object_]:
    """Return the texts in UTF-8, None where there is none."""
    written = np.empty(len(texts), dtype=object)
    written[:] = [None if text is None else text.encode() for text in texts]
    return written


def _by_length(records: NDArray[np.void], written: Mapping[str, NDArray[np.object_]]) -> Iterator[bytes]:
    """Yield the rows whose texts are equally long together: such rows are records of one width."""
    n = len(records)
    lengths = {
        name: np.fromiter((-1 if v is None else len(v) for v in values), dtype=np.int64, count=n)
        for name, values in written.items()
    }
    group = np.zeros(n, dtype=np.int64)
    for each in lengths.values():
        group = np.unique(group * (each.max(initial=0) + 2) + each + 1, return_inverse=True)[1]
    order = np.argsort(group, kind="stable")
    for rows in np.split(order, np.cumsum(np.bincount(group))[:-1]):
        widths = {name: int(each[rows[0]]) for name, each in lengths.items()}
        packed = _packed(records[rows], widths)
        for name, width in widths.items():
            if width > 0:
                packed[name] = np.frombuffer(b"".join(written[name][rows]), dtype=f"V{width}")
        yield packed.tobytes()


def postgres_microseconds(times: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Return UTC times of shape (n,) as PostgreSQL counts them, microseconds since 2000; NaT becomes `infinity`."""
    exact = times.astype("datetime64[us]")
    return np.where(np.isnat(exact), _INFINITY, (exact - _EPOCH).astype(np.int64))


def postgres_days(days: NDArray[np.datetime64]) -> NDArray[np.int32]:
    """Return dates of shape (n,) as PostgreSQL counts them, days since 2000."""
    return (days.astype("datetime64[D]") - _EPOCH.astype("datetime64[D]")).astype(np.int32)


def _code(kind: np.dtype[Any]) -> str:
    return "b" if kind.kind == "b" else f"{kind.kind}{kind.itemsize}"


def _copy(table: str, columns: Sequence[str], *, binary: bool = False) -> sql.SQL:
    names = ", ".join(map(quote, columns))
    return sql.SQL(f"COPY {quote(table)} ({names}) FROM STDIN{' (FORMAT BINARY)' if binary else ''}")


def _cursor(connection: Connection) -> psycopg.Cursor[Any]:
    """Return a cursor of psycopg's own in the transaction of an SQLAlchemy connection."""
    driver: psycopg.Connection[Any] | None = connection.connection.driver_connection
    assert driver is not None, "the connection is open"
    return driver.cursor()
