"""
Incident rows as PostgreSQL takes them, made without a connection: a thread can do it while the database is at work.

Each batch becomes the bytes of two COPYs: its rows, as plain numbers and a reference, and its distinct sitings (a
point, an area code and words), each once. Words are replaced by their place in a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from db.copying import binary_rows, postgres_days, postgres_microseconds
from db.events import told_events
from domain.crs import transform_points
from domain.errors import SchemaError
from domain.incidents import INCIDENT_COLUMNS, IncidentBatch, IncidentFile, PlacePrecision, TimePrecision
from domain.months import LocalMonth, month_range

__all__ = ["ROW_COLUMNS", "SITING_COLUMNS", "PreparedBatch", "PreparedFile", "prepare_incidents"]

_UNREACHABLE = "the coordinates lie where the analysis CRS cannot show them"
_ROW = [
    ("row_number", "i4"), ("month", "i4"), ("kind_number", "i4"), ("siting_number", "i4"), ("begins_at", "i8"),
    ("ends_at", "i8"), ("time_precision", "i2"), ("place_precision", "i2"), ("outcome_number", "i4"),
    ("is_officer_generated", "?"),
]  # fmt: skip
_SITING = [
    ("siting_number", "i4"), ("n", "i4"), ("source_x", "f8"), ("source_y", "f8"), ("map_x", "f8"), ("map_y", "f8"),
]  # fmt: skip

#: Columns of the staging tables, in the order of the bytes.
ROW_COLUMNS = (*(name for name, _ in _ROW), "reference")
SITING_COLUMNS = (*(name for name, _ in _SITING), "stated_area_code", "location")


@dataclass(frozen=True, slots=True)
class PreparedBatch:
    """
    Some consecutive rows of an incident file, ready to be copied.

    Parameters
    ----------
    rows_in, kept
        Rows of the file and rows to store; the others are refused.
    rejected
        Refused rows, with the columns of `domain.incidents.REJECTED_COLUMNS`.
    remarks
        How many rows deserve a remark, by remark.
    rows, sitings
        What COPY takes in its binary format: columns `ROW_COLUMNS` and `SITING_COLUMNS`. Kinds are numbered as the file
        lists them and outcomes as they are met, from 1; sitings from 0 through the whole file.
    events
        What rows say of their events, as `db.events` stages it.
    months
        Local months in which the rows begin.
    outcomes
        The outcomes met so far in the file, in the order of their numbers.
    """

    rows_in: int
    kept: int
    rejected: pd.DataFrame
    remarks: Mapping[str, int]
    rows: bytes
    sitings: bytes
    events: Sequence[Sequence[Any]]
    months: frozenset[LocalMonth]
    outcomes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PreparedFile:
    """
    An opened incident file whose batches are made ready as they are asked for.

    Parameters
    ----------
    file
        The file; its own batches are used up by these.
    analysis_epsg
        Analysis CRS of the points.
    time_zone
        Time zone of the months.
    batches
        Yields the batches in file order; may raise what the reader raises, and `SchemaError`.
    """

    file: IncidentFile
    analysis_epsg: int
    time_zone: str
    batches: Iterator[PreparedBatch]


@dataclass
class _Met:
    """What is known of a file after some batches: its sitings so far, and the outcomes met."""

    file: IncidentFile
    analysis_epsg: int
    time_zone: str
    kind_numbers: Mapping[str, int]
    n_sitings: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)


def prepare_incidents(file: IncidentFile, *, analysis_epsg: int, time_zone: str) -> PreparedFile:
    """
    Make the batches of a file ready, each when it is asked for.

    Parameters
    ----------
    file
        The opened file.
    analysis_epsg
        CRS into which the points are transformed.
    time_zone
        Time zone of the force: the month of an incident is the local month in which it begins.

    Returns
    -------
    PreparedFile
        Its batches raise `SchemaError` if one has not the agreed columns, or a category is not among the file's kinds.
    """
    numbers = {rule.category: i for i, rule in enumerate(file.kinds, start=1)}
    met = _Met(file, analysis_epsg, time_zone, numbers)
    return PreparedFile(file, analysis_epsg, time_zone, (_prepared(met, batch) for batch in file.batches))


def _prepared(met: _Met, batch: IncidentBatch) -> PreparedBatch:
    rows, rejected = batch.rows, batch.rejected
    if missing := [name for name in INCIDENT_COLUMNS if name not in rows]:
        raise SchemaError(f"the rows of {met.file.file_name} lack {', '.join(missing)}")
    rows_in = len(rows) + int(rejected["row_number"].nunique())
    sitings = _Sitings.of(rows, source_epsg=met.file.epsg, target_epsg=met.analysis_epsg)
    if sitings.is_lost.any():
        lost = sitings.is_lost[sitings.of_row]
        rejected = pd.concat([rejected, _unreachable(rows[lost])], ignore_index=True)
        rows = rows[~lost]
        sitings = _Sitings.of(rows, source_epsg=met.file.epsg, target_epsg=met.analysis_epsg)
    months: frozenset[LocalMonth] = frozenset()
    row_bytes = siting_bytes = b""
    if len(rows):
        records, months = _records(met, rows, sitings.of_row + met.n_sitings)
        row_bytes = binary_rows(records, {"reference": _texts(rows["reference"])})
        siting_bytes = sitings.packed(met.n_sitings)
        met.n_sitings += len(sitings.n)
    return PreparedBatch(
        rows_in=rows_in,
        kept=len(rows),
        rejected=rejected,
        remarks=batch.remarks,
        rows=row_bytes,
        sitings=siting_bytes,
        events=told_events(rows),
        months=months,
        outcomes=tuple(met.outcomes),
    )


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

    def packed(self, first_number: int) -> bytes:
        """Return the sitings as COPY takes them, numbered from the one given."""
        records = np.zeros(len(self.n), dtype=_SITING)
        records["siting_number"] = np.arange(len(records)) + first_number
        for name, values in (
            ("n", self.n),
            ("source_x", self.x),
            ("source_y", self.y),
            ("map_x", self.map_x),
            ("map_y", self.map_y),
        ):
            records[name] = values
        return binary_rows(records, {"stated_area_code": self.code, "location": self.location})


def _texts(column: pd.Series) -> NDArray[np.object_]:
    """Return the texts of a column, None where there is none."""
    texts: NDArray[np.object_] = column.to_numpy(dtype=object, copy=True)
    texts[np.asarray(pd.isna(texts))] = None
    return texts


def _unreachable(rows: pd.DataFrame) -> pd.DataFrame:
    raw = [f"{x},{y}" for x, y in zip(rows["x"], rows["y"], strict=True)]
    return pd.DataFrame({"row_number": rows["row_number"], "column": None, "reason": _UNREACHABLE, "raw": raw})


def _records(
    met: _Met, rows: pd.DataFrame, siting_numbers: NDArray[np.int64]
) -> tuple[NDArray[np.void], frozenset[LocalMonth]]:
    """Return the rows as records of plain numbers, and the local months in which they begin."""
    begins, ends = (
        rows[name].dt.tz_convert("UTC").dt.tz_localize(None).to_numpy() for name in ("begins_at", "ends_at")
    )
    months, month_of_row = _local_months(begins, met.time_zone)
    first_days = np.array([month.first_day for month in months], dtype="datetime64[D]")
    records = np.zeros(len(rows), dtype=_ROW)
    records["row_number"] = rows["row_number"]
    records["month"] = postgres_days(first_days)[month_of_row]
    records["kind_number"] = _kind_numbers(met, rows["category"])
    records["siting_number"] = siting_numbers
    records["begins_at"] = postgres_microseconds(begins)
    records["ends_at"] = postgres_microseconds(ends)
    records["time_precision"] = _numbered(rows["time_precision"], list(TimePrecision))
    records["place_precision"] = _numbered(rows["place_precision"], list(PlacePrecision))
    records["outcome_number"] = _outcome_numbers(met, rows["outcome"])
    records["is_officer_generated"] = rows["is_officer_generated"]
    return records, frozenset(months[i] for i in np.unique(month_of_row))


def _local_months(begins: NDArray[np.datetime64], time_zone: str) -> tuple[Sequence[LocalMonth], NDArray[np.int64]]:
    """Return months, and the place of each row's among them; DST is in the bounds of the months."""
    first, last = (LocalMonth.of(pd.Timestamp(edge).date()) for edge in (begins.min(), begins.max()))
    months = month_range(first.shift(-1), last.shift(1))
    bounds = np.array([m.bounds(time_zone)[0].replace(tzinfo=None) for m in months], dtype="datetime64[us]")
    return months, (np.searchsorted(bounds, begins, side="right") - 1).astype(np.int64)


def _kind_numbers(met: _Met, categories: pd.Series) -> NDArray[np.int64]:
    codes, words = pd.factorize(categories.astype(object))
    if unknown := sorted(str(word) for word in words if word not in met.kind_numbers):
        raise SchemaError(f"{met.file.file_name}: no kind is stated for {', '.join(unknown)}")
    return np.array([met.kind_numbers[word] for word in words], dtype=np.int64)[codes]


def _outcome_numbers(met: _Met, outcomes: pd.Series) -> NDArray[np.int64]:
    """Return each outcome's place in the list of those met, from 1; 0 where there is none."""
    codes, words = pd.factorize(outcomes.astype(object))
    numbers = [met.outcomes.setdefault(word, len(met.outcomes) + 1) for word in words]
    return np.array([*numbers, 0], dtype=np.int64)[codes]  # code -1, no outcome, takes the last


def _numbered(words: pd.Series, known: Sequence[str]) -> NDArray[np.int64]:
    """Return each word's place in a short list, from 1."""
    codes, met = pd.factorize(words.astype(object))
    return np.array([known.index(word) + 1 for word in met], dtype=np.int64)[codes]


def _factorized(values: NDArray[Any] | pd.Series) -> NDArray[np.int64]:
    """Return the number of each distinct value, in order of first appearance; a missing one is a value too."""
    return np.asarray(pd.factorize(values, use_na_sentinel=False)[0], dtype=np.int64)
