"""
A Parquet file, read as the same records of text that a CSV file gives.

DuckDB decodes it, in batches and with a bound on its memory. Its door to everything else is closed: it may open this
one file, and may neither fetch nor load an extension.
"""

from __future__ import annotations

import glob
import hashlib
import math
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from duckdb import CaseExpression, ColumnExpression, ConstantExpression, Expression, FunctionExpression

from domain.errors import Fault, SourceError
from sources.clock import has_hour
from sources.files import check_path, stamp
from sources.tables import BLOCK_ROWS, RecordBlock, check_header, join_faults
from sources.workbooks import cell_text

__all__ = ["MOMENT_FORMAT", "ParquetTable", "is_parquet", "read_parquet"]

#: How times that know their zone are written, whatever the mapping says.
MOMENT_FORMAT = "%Y-%m-%dT%H:%M:%S%z"

_DAY_FORMAT = "%Y-%m-%d"
_MAGIC = b"PAR1"
_MOST_MEMORY = "512MB"
_LONGEST_TEXT = 128 << 10  # bytes, as `csv` allows
_REMEDY = "Export it again, or as CSV UTF-8."
_TOO_LONG = "a field is longer than 128 KiB"
_MOMENT = "timestamp with time zone"
_TIMESTAMPS = frozenset({"timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns"})
_AS_TEXT = frozenset({"enum", "uuid", "time", "time_ns", "time with time zone", "interval"})
_PLAIN = frozenset(
    (
        *("boolean", "tinyint", "smallint", "integer", "bigint", "hugeint"),
        *("utinyint", "usmallint", "uinteger", "ubigint", "uhugeint"),
        *("float", "double", "decimal", "varchar", "date"),
    )
)
_READABLE = _PLAIN | _AS_TEXT | _TIMESTAMPS | {_MOMENT}


@dataclass(frozen=True, slots=True)
class ParquetTable:
    """
    The columns of a Parquet file that were asked for.

    Parameters
    ----------
    name
        Name of the file, without folders.
    sha256
        Fingerprint of its bytes, hexadecimal.
    header
        Names of the columns.
    moments
        Columns whose times know their zone, written as `MOMENT_FORMAT`.
    blocks
        The rows, as text; the first has number 2, as in a CSV file of the same rows.
    notes
        What a reader of the load report should know.
    """

    name: str
    sha256: str
    header: list[str]
    moments: tuple[str, ...]
    blocks: Iterator[RecordBlock]
    notes: tuple[str, ...]


def is_parquet(path: Path) -> bool:
    """Return whether a file says by its name or its first bytes that it is Parquet."""
    if path.suffix.lower() in {".parquet", ".pq"}:
        return True
    try:
        with path.open("rb") as stream:
            return stream.read(len(_MAGIC)) == _MAGIC
    except (OSError, ValueError):
        return False


def read_parquet(
    path: Path,
    *,
    time_format: str,
    day_format: str | None = None,
    columns: Collection[str] | None = None,
    block_rows: int = BLOCK_ROWS,
) -> ParquetTable:
    """
    Read columns of a Parquet file in bounded memory.

    Times without a zone are written in `time_format`; times with one as `MOMENT_FORMAT`, in UTC. Days are written in
    `day_format`, or in `time_format` if it has no hour, else as `2025-07-31`, so that no midnight is invented. Nulls
    and NaN are blank; whole numbers have no decimal point.

    Parameters
    ----------
    path
        The file.
    time_format
        Format of `strftime` for times without a zone.
    day_format
        Format of `strftime` for days, where there is one.
    columns
        The columns to read, in the order of the file; None for all that hold plain values.
    block_rows
        Most records in a block.

    Raises
    ------
    SourceError
        If the file is not Parquet, is damaged or cut off, has no rows, or lacks a column; or if a column that was
        asked for holds lists, structures, shapes or raw bytes. Reading the blocks raises it too, for what only the
        pages of the file show.
    """
    check_path(path)
    before, digest = stamp(path), _fingerprint(path)
    with _told(path):
        connection = _closed_connection(path)
        relation = connection.read_parquet(glob.escape(str(path.absolute())), hive_partitioning=False)
        types = dict(zip(relation.columns, (kind.id for kind in relation.types), strict=True))
        n_rows = relation.count("*").fetchall()[0][0]
    header, notes = _chosen(types, columns, path.name)
    if not n_rows:
        raise SourceError.at("the file holds no rows", file=path.name, remedy=_REMEDY)
    with _told(path):
        query = relation.select(*(_selected(name, types[name]) for name in header)).sql_query()
    day_format = day_format or (_DAY_FORMAT if has_hour(time_format) else time_format)
    formats = [
        MOMENT_FORMAT if types[name] == _MOMENT else day_format if types[name] == "date" else time_format
        for name in header
    ]

    def blocks() -> Iterator[RecordBlock]:
        read = 0
        with _told(path):
            rows = connection.execute(query)
        while True:
            with _told(path):
                part = rows.fetchmany(block_rows)
                records = [[_text(value, kind) for value, kind in zip(row, formats, strict=True)] for row in part]
            if not part:
                break
            _refuse_nul(records, header, path.name, first_row=read + 2)
            yield RecordBlock(range(read + 2, read + 2 + len(part)), records)
            read += len(part)
        connection.close()
        if stamp(path) != before:
            raise SourceError.at(
                "the file changed while it was read", file=path.name, remedy="Wait until it is written."
            )
        if read != n_rows:
            message = f"the file promises {n_rows:,} rows and holds {read:,}"
            raise SourceError.at(message, file=path.name, remedy=_REMEDY)

    moments = tuple(name for name in header if types[name] == _MOMENT)
    if moments:
        notes = (*notes, f"the file states the zone of the times in {', '.join(moments)}: the mapping's is not used")
    return ParquetTable(path.name, digest, header, moments, blocks(), notes)


def _fingerprint(path: Path) -> str:
    """Refuse what does not begin and end as Parquet does, and return the sha256 of the bytes."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            first = stream.read(len(_MAGIC))
            stream.seek(-min(path.stat().st_size, len(_MAGIC)), os.SEEK_END)
            last = stream.read()
            stream.seek(0)
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    except OSError as error:
        raise SourceError.at(
            f"the file cannot be read ({error})", file=path.name, remedy="Check its rights."
        ) from error
    if not first:
        raise SourceError.at("the file is empty", file=path.name, remedy="Fetch or export the file again.")
    if first != _MAGIC:
        raise SourceError.at("this is not a Parquet file", file=path.name, remedy="Name it by what it is.")
    if last != _MAGIC:
        raise SourceError.at("the Parquet file breaks off before its end", file=path.name, remedy=_REMEDY)
    return digest.hexdigest()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in our own words what the decoder cannot read."""
    try:
        yield
    except (duckdb.Error, ValueError, OverflowError, RuntimeError, MemoryError) as error:
        if _TOO_LONG in str(error):
            raise SourceError.at(_TOO_LONG, file=path.name, remedy="Leave the column out, or shorten it.") from error
        first_line = str(error).split("\n", 1)[0][:200]
        message = f"the Parquet file cannot be read ({first_line})"
        raise SourceError.at(message, file=path.name, remedy=_REMEDY) from error


def _closed_connection(path: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection that can open this file and nothing else, on this machine or elsewhere."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": _MOST_MEMORY,
            "threads": 1,
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    # the decoder reads a name as a pattern, so the file is allowed under its pattern too
    name = str(path.absolute())
    connection.execute("SET allowed_paths = ?", [[name, glob.escape(name)]])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _chosen(types: Mapping[str, str], columns: Collection[str] | None, file: str) -> tuple[list[str], tuple[str, ...]]:
    """Return the columns to read, and what is said about those that are not."""
    unfit = {name: kind for name, kind in types.items() if kind not in _READABLE}
    if columns is None:
        told = ", ".join(f"{name} ({kind})" for name, kind in unfit.items())
        notes = (f"not read, because their values are no plain ones: {told}",) if unfit else ()
        return [name for name in types if name not in unfit], notes
    check_header(list(types), sorted(set(columns)), file=file, remedy="Correct the mapping, or export the column.")
    faults = [
        Fault(f"the column holds values of the type {unfit[name]}", file=file, column=name)
        for name in sorted(unfit.keys() & set(columns))
    ]
    if faults:
        raise join_faults(
            faults, what=f"{file} cannot be used", hint="Export plain columns: texts, numbers, times, true or false."
        )
    return [name for name in types if name in columns], ()


def _selected(name: str, kind: str) -> Expression:
    """Return what to read of a column: plain values, and no text that would swell in memory."""
    column: Expression = ColumnExpression(name)
    if kind in _AS_TEXT:
        column = column.cast(duckdb.type("VARCHAR"))
    elif kind in _TIMESTAMPS or kind == _MOMENT:
        column = column.cast(duckdb.type("TIMESTAMP"))
    elif kind == "varchar":
        is_long = FunctionExpression("strlen", column) > ConstantExpression(_LONGEST_TEXT)
        column = CaseExpression(is_long, FunctionExpression("error", ConstantExpression(_TOO_LONG))).otherwise(column)
    return column.alias(name)


def _text(value: Any, time_format: str) -> str:  # noqa: ANN401 - whatever a column holds
    """Return a value as the text that a CSV export would hold."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, Decimal):
        return str(int(value)) if value == value.to_integral_value() else format(value, "f")
    if isinstance(value, date):
        # a time that knows its zone has been turned into UTC
        return cell_text(value, time_format.replace("%z", "+0000") if time_format == MOMENT_FORMAT else time_format)
    return cell_text(value, time_format)


def _refuse_nul(records: Sequence[Sequence[str]], header: Sequence[str], file: str, *, first_row: int) -> None:
    for row, record in enumerate(records, first_row):
        for name, text in zip(header, record, strict=True):
            if "\0" in text:
                message = "the text holds a NUL character"
                raise SourceError.at(message, file=file, row=row, column=name, remedy="Export it as plain text.")
