"""
Store incidents: staged by COPY, distinct places resolved once, months made bare, filled, indexed and attached.

The rows of a file are read batch by batch and never held as a whole. Everything happens in the caller's transaction:
a reader that fails half-way leaves the database as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from db.copying import copy_records, postgres_days, postgres_microseconds
from db.events import event_notes, event_totals, mark_events, stage_events
from db.loads import LoadIdentity, LoadReport, begin_load, find_load, finish_load, store_rejected, take_load_lock
from db.partitions import attach_months, make_months
from db.read_ahead import read_ahead
from db.schema import stored_analysis_epsg
from db.statements import compose, read_sql, statement
from domain.crs import transform_points
from domain.errors import SchemaError
from domain.incidents import INCIDENT_COLUMNS, IncidentBatch, IncidentFile, PlacePrecision, TimePrecision
from domain.months import LocalMonth, month_range
from domain.progress import Progress, no_progress

__all__ = ["MOST_ROWS", "store_incidents"]

#: A file may have fewer rows than this: an incident's number is `load_id * MOST_ROWS + row`.
MOST_ROWS = 1_000_000_000

_UNREACHABLE = "the coordinates lie where the analysis CRS cannot show them"
_ROW = [
    ("row_number", "i4"), ("month", "i4"), ("kind_id", "i4"), ("siting_number", "i4"), ("begins_at", "i8"),
    ("ends_at", "i8"), ("time_precision", "i2"), ("place_precision", "i2"), ("outcome_number", "i4"),
    ("is_officer_generated", "?"),
]  # fmt: skip
_SITING = [
    ("siting_number", "i4"), ("n", "i4"), ("source_x", "f8"), ("source_y", "f8"), ("map_x", "f8"), ("map_y", "f8"),
]  # fmt: skip


@dataclass
class _Staging:
    """What is known after some batches: counts, months met, words met, and how times become local months."""

    load_id: int
    file: IncidentFile
    analysis_epsg: int
    time_zone: str
    kind_ids: Mapping[str, int]
    rows_in: int = 0
    kept: int = 0
    n_sitings: int = 0
    n_events: int = 0
    months: set[LocalMonth] = field(default_factory=set)
    outcomes: dict[str, int] = field(default_factory=dict)
    remarks: Counter[str] = field(default_factory=Counter)


def store_incidents(
    connection: Connection, file: IncidentFile, *, time_zone: str, progress: Progress = no_progress
) -> LoadReport:
    """
    Store the incidents of one file.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    file
        The opened file; its batches are read here.
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
    identity = LoadIdentity(
        "incidents", file.source, file.scope, file.file_name, file.sha256, mapping_sha256=file.mapping_sha256
    )
    if (earlier := find_load(connection, identity)) is not None:
        return earlier
    with connection.begin_nested():  # a reader that fails leaves nothing, even if the caller goes on
        staging = _Staging(
            load_id=begin_load(connection, identity, is_open_data=file.is_open_data),
            file=file,
            analysis_epsg=stored_analysis_epsg(connection),
            time_zone=time_zone,
            kind_ids=_store_kinds(connection, file),
        )
        connection.exec_driver_sql(read_sql("allow_memory"))
        connection.exec_driver_sql(read_sql("make_incident_staging"))
        with read_ahead(file.batches) as batches:
            for batch in batches:
                _stage(connection, staging, batch)
                progress(f"Reading {file.file_name}", staging.rows_in, None)
        _resolve_places(connection, staging)
        if staging.n_events:
            mark_events(connection, source=file.source, scope=file.scope)
        _insert(connection, staging)
        connection.exec_driver_sql(read_sql("drop_incident_staging"))
        return finish_load(
            connection,
            staging.load_id,
            rows_in=staging.rows_in,
            kept=staging.kept,
            months=sorted(staging.months | set(file.months)),
            notes=[*file.notes, *_remarks(staging), *_events(connection, staging)],
        )


def _remarks(staging: _Staging) -> list[str]:
    return [f"{n:,} rows: {remark}" for remark, n in sorted(staging.remarks.items())]


def _events(connection: Connection, staging: _Staging) -> list[str]:
    """Return both totals, where rows of the file tell of events: the rows kept and the events among them."""
    if not staging.n_events:
        return []
    months = [month.first_day for month in sorted(staging.months)]
    return event_notes(event_totals(connection, staging.load_id, months))


def _store_kinds(connection: Connection, file: IncidentFile) -> dict[str, int]:
    """Store how each category is counted, and return the numbers of the categories."""
    for rule in file.kinds:
        values = {
            "source": file.source,
            "category": rule.category,
            "kind": str(rule.kind),
            "is_street": rule.is_street,
            "is_officer_generated": rule.is_officer_generated,
            "weight": rule.weight,
        }
        connection.execute(statement("store_kind"), values)
    known = text("SELECT category, kind_id FROM incident_kind WHERE source = :source")
    return {row.category: row.kind_id for row in connection.execute(known, {"source": file.source})}


def _stage(connection: Connection, staging: _Staging, batch: IncidentBatch) -> None:
    """Copy one batch into the staging tables, each distinct siting once."""
    rows = batch.rows
    if missing := [name for name in INCIDENT_COLUMNS if name not in rows]:
        raise SchemaError(f"the rows of {staging.file.file_name} lack {', '.join(missing)}")
    staging.rows_in += len(rows) + int(batch.rejected["row_number"].nunique())
    staging.remarks.update(batch.remarks)
    store_rejected(connection, staging.load_id, batch.rejected)
    sitings = _Sitings.of(rows, source_epsg=staging.file.epsg, target_epsg=staging.analysis_epsg)
    if sitings.is_lost.any():
        lost = sitings.is_lost[sitings.of_row]
        store_rejected(connection, staging.load_id, _unreachable(rows[lost]))
        rows = rows[~lost]
        sitings = _Sitings.of(rows, source_epsg=staging.file.epsg, target_epsg=staging.analysis_epsg)
    if len(rows):
        numbers = _stage_sitings(connection, staging, sitings)
        copy_records(
            connection, "incident_staging", _records(staging, rows, numbers), {"reference": _texts(rows["reference"])}
        )
        staging.n_events += stage_events(connection, rows)
    staging.kept += len(rows)


@dataclass(frozen=True, slots=True)
class _Sitings:
    """
    The distinct points, area codes and words of some rows.

    Parameters
    ----------
    of_row
        Position of each row's siting, shape (n_rows,).
    n
        Rows of each siting, shape (n,).
    x, y, map_x, map_y
        Point in the source and in the analysis CRS, NaN without one.
    code, location
        Stated area code and words, or None.
    """

    of_row: NDArray[np.int64]
    n: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    map_x: NDArray[np.float64]
    map_y: NDArray[np.float64]
    code: NDArray[np.object_]
    location: NDArray[np.object_]

    @classmethod
    def of(cls, rows: pd.DataFrame, *, source_epsg: int, target_epsg: int) -> _Sitings:
        """Find the distinct sitings of rows, in order of first appearance; only these are transformed."""
        x, y = (rows[name].to_numpy(dtype=np.float64) for name in ("x", "y"))
        words = [_texts(rows[name]) for name in ("stated_area_code", "location")]
        key = np.zeros(len(rows), dtype=np.int64)
        for column in (x, y, *words):
            codes = _factorized(column)
            if n_codes := codes.max(initial=0):
                key = _factorized(key * (n_codes + 1) + codes)
        n = np.bincount(key)
        first = np.empty(len(n), dtype=np.int64)
        first[key[::-1]] = np.arange(len(rows))[::-1]
        map_x, map_y = transform_points(x[first], y[first], source_epsg=source_epsg, target_epsg=target_epsg)
        code, location = (column[first] for column in words)
        return cls(key, n, x[first], y[first], map_x, map_y, code, location)

    @property
    def is_lost(self) -> NDArray[np.bool_]:
        """Which sitings have a point that the analysis CRS cannot show."""
        return ~np.isfinite(self.map_x + self.map_y) & np.isfinite(self.x + self.y)


def _texts(column: pd.Series) -> NDArray[np.object_]:
    """Return the texts of a column, None where there is none."""
    texts: NDArray[np.object_] = column.to_numpy(dtype=object, copy=True)
    texts[np.asarray(pd.isna(texts))] = None
    return texts


def _unreachable(rows: pd.DataFrame) -> pd.DataFrame:
    raw = [f"{x},{y}" for x, y in zip(rows["x"], rows["y"], strict=True)]
    return pd.DataFrame({"row_number": rows["row_number"], "column": None, "reason": _UNREACHABLE, "raw": raw})


def _records(staging: _Staging, rows: pd.DataFrame, siting_numbers: NDArray[np.int64]) -> NDArray[np.void]:
    """Return the rows as records of plain numbers; words are replaced by their place in a list."""
    begins, ends = (
        rows[name].dt.tz_convert("UTC").dt.tz_localize(None).to_numpy() for name in ("begins_at", "ends_at")
    )
    records = np.zeros(len(rows), dtype=_ROW)
    records["row_number"] = rows["row_number"]
    records["month"] = _local_months(staging, begins)
    records["kind_id"] = _kind_numbers(staging, rows["category"])
    records["siting_number"] = siting_numbers
    records["begins_at"] = postgres_microseconds(begins)
    records["ends_at"] = postgres_microseconds(ends)
    records["time_precision"] = _numbered(rows["time_precision"], list(TimePrecision))
    records["place_precision"] = _numbered(rows["place_precision"], list(PlacePrecision))
    records["outcome_number"] = _outcome_numbers(staging, rows["outcome"])
    records["is_officer_generated"] = rows["is_officer_generated"]
    return records


def _local_months(staging: _Staging, begins: NDArray[np.datetime64]) -> NDArray[np.int32]:
    """Return the first day of each row's local month, as PostgreSQL counts days; DST is in the bounds of the months."""
    first, last = (LocalMonth.of(pd.Timestamp(edge).date()) for edge in (begins.min(), begins.max()))
    months = month_range(first.shift(-1), last.shift(1))
    bounds = np.array([m.bounds(staging.time_zone)[0].replace(tzinfo=None) for m in months], dtype="datetime64[us]")
    position = np.searchsorted(bounds, begins, side="right") - 1
    staging.months.update(months[i] for i in np.unique(position))
    return postgres_days(np.array([month.first_day for month in months], dtype="datetime64[D]"))[position]


def _kind_numbers(staging: _Staging, categories: pd.Series) -> NDArray[np.int64]:
    codes, words = pd.factorize(categories.astype(object))
    if unknown := sorted(str(word) for word in words if word not in staging.kind_ids):
        raise SchemaError(f"{staging.file.file_name}: no kind is stated for {', '.join(unknown)}")
    return np.array([staging.kind_ids[word] for word in words], dtype=np.int64)[codes]


def _outcome_numbers(staging: _Staging, outcomes: pd.Series) -> NDArray[np.int64]:
    """Return each outcome's place in the list of those met, from 1; 0 where there is none."""
    codes, words = pd.factorize(outcomes.astype(object))
    numbers = [staging.outcomes.setdefault(word, len(staging.outcomes) + 1) for word in words]
    return np.array([*numbers, 0], dtype=np.int64)[codes]  # code -1, no outcome, takes the last


def _numbered(words: pd.Series, known: Sequence[str]) -> NDArray[np.int64]:
    """Return each word's place in a short list, from 1."""
    codes, met = pd.factorize(words.astype(object))
    return np.array([known.index(word) + 1 for word in met], dtype=np.int64)[codes]


def _stage_sitings(connection: Connection, staging: _Staging, sitings: _Sitings) -> NDArray[np.int64]:
    """Copy the distinct sitings of a batch, and return the number of each row's."""
    records = np.zeros(len(sitings.n), dtype=_SITING)
    records["siting_number"] = np.arange(len(records)) + staging.n_sitings
    for name, values in (
        ("n", sitings.n),
        ("source_x", sitings.x),
        ("source_y", sitings.y),
        ("map_x", sitings.map_x),
        ("map_y", sitings.map_y),
    ):
        records[name] = values
    copy_records(
        connection, "siting_staging", records, {"stated_area_code": sitings.code, "location": sitings.location}
    )
    numbers = sitings.of_row + staging.n_sitings
    staging.n_sitings += len(records)
    return numbers


def _factorized(values: NDArray[Any] | pd.Series) -> NDArray[np.int64]:
    """Return the number of each distinct value, in order of first appearance; a missing one is a value too."""
    return np.asarray(pd.factorize(values, use_na_sentinel=False)[0], dtype=np.int64)


def _resolve_places(connection: Connection, staging: _Staging) -> None:
    """Make the places and sitings that are new, and find the number of every one."""
    where = {
        "source_epsg": staging.file.epsg,
        "analysis_epsg": staging.analysis_epsg,
        "is_open_data": staging.file.is_open_data,
    }
    connection.exec_driver_sql("ANALYZE siting_staging")
    connection.execute(statement("resolve_places"), where)
    connection.execute(statement("resolve_sitings"))


def _insert(connection: Connection, staging: _Staging) -> None:
    """Move the staged rows into the partitions of their months; new ones are attached when they are full."""
    months = sorted(staging.months)
    made = make_months(connection, months)
    words = {
        "load_id": staging.load_id,
        "most_rows": MOST_ROWS,
        "time_precisions": list(TimePrecision),
        "place_precisions": list(PlacePrecision),
        "outcomes": list(staging.outcomes),
    }
    n_rows = 0
    for table, targets in (("incident_incoming", made), ("incident", sorted(set(months) - set(made)))):
        if targets:
            filled = text(compose("fill_months", identifiers={"target": table}))
            binds = {**words, "months": [month.first_day for month in targets]}
            n_rows += connection.execute(filled, binds).rowcount
    assert n_rows == staging.kept, "every staged row is stored"
    attach_months(connection, made)
