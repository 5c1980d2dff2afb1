"""Frames of results: written to the tables of a run and read back in their order, rounded to what is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Table, delete, select

from db.copying import copy_frame

__all__ = ["clear_rows", "frame_as_json", "frame_from_json", "read_rows", "write_rows"]

#: Results are kept to so many significant digits, so that one thread and two store the same.
_DIGITS = 10


def clear_rows(connection: Connection, run_id: int, *tables: Table) -> None:
    """Delete what an earlier attempt of a run wrote into some tables."""
    for table in tables:
        connection.execute(delete(table).where(table.c.run_id == run_id))


def write_rows(connection: Connection, run_id: int, table: Table, frame: pd.DataFrame) -> None:
    """Write a frame into a table; columns that the table lacks go into its `details`, lists and dicts become JSON."""
    own = [name for name in frame.columns if name in table.c]
    further = [name for name in frame.columns if name not in table.c]
    stored = _rounded(frame[own]).reset_index(drop=True)
    for name in own:
        if stored[name].dtype == object:
            stored[name] = stored[name].map(_json_or_same).astype(object)
    if "position" in table.c and "position" not in stored:
        stored["position"] = np.arange(len(stored))
    if further:
        rest = _rounded(frame[further]).reset_index(drop=True)
        stored["details"] = pd.Series([json.dumps(_plain_row(row)) for row in rest.to_dict("records")], dtype=object)
    copy_frame(connection, table.name, stored, constants={"run_id": run_id})


def read_rows(
    connection: Connection,
    run_id: int,
    table: Table,
    *conditions: Any,  # noqa: ANN401 - SQL expressions
    order: tuple[str, ...] = ("position",),
) -> pd.DataFrame:
    """Return the rows of a run in their order, with `details` spread out again."""
    columns = [c for c in table.c if c.name not in {"run_id", "position"}]
    wanted = select(*columns).where(table.c.run_id == run_id, *conditions).order_by(*(table.c[name] for name in order))
    rows = connection.execute(wanted).all()
    names = [c.name for c in columns]
    values = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    frame = pd.DataFrame({name: _column(c, v) for name, c, v in zip(names, columns, values, strict=True)})
    if "details" in frame:
        details = frame.pop("details")
        known = [row for row in details if isinstance(row, Mapping)]
        for name in dict.fromkeys(key for row in known for key in row):
            frame[name] = [row.get(name) if isinstance(row, Mapping) else None for row in details]
    return frame


def _column(column: Any, values: tuple[Any, ...]) -> pd.Series:  # noqa: ANN401 - a column of SQLAlchemy
    kind = column.type.python_type if column.type.__class__.__name__ not in {"JSON", "Geometry"} else object
    if column.type.__class__.__name__ == "Geometry":
        return pd.Series([bytes(v.data) for v in values], dtype=object)
    if kind is float:
        return pd.Series([np.nan if v is None else v for v in values], dtype="float64")
    if kind is int and None not in values:
        return pd.Series(values, dtype="int64")
    if kind is bool and None not in values:
        return pd.Series(values, dtype="bool")
    return pd.Series(list(values), dtype=object)


def _rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """Round every float column to the significant digits that are kept."""
    rounded = {}
    for name in frame.columns:
        values = frame[name]
        rounded[name] = _significant(values) if values.dtype.kind == "f" else values
    return pd.DataFrame(rounded, index=frame.index)


def _significant(values: pd.Series) -> pd.Series:
    array = values.to_numpy(dtype=np.float64)
    finite = np.isfinite(array) & (array != 0)
    exponent = np.zeros(len(array))
    exponent[finite] = np.floor(np.log10(np.abs(array[finite])))
    scale = 10.0 ** (_DIGITS - 1 - exponent)
    result = array.copy()
    result[finite] = np.round(array[finite] * scale[finite]) / scale[finite]
    return pd.Series(result, index=values.index, name=values.name)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value of a frame
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _plain_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): _plain(value) for key, value in row.items()}


def _json_or_same(value: Any) -> Any:  # noqa: ANN401 - any value of a frame
    return json.dumps(_plain(value)) if isinstance(value, Mapping | list | tuple | np.ndarray) else value


def frame_as_json(frame: pd.DataFrame) -> dict[str, Any]:
    """Return a small table as JSON that remembers its columns and their types."""
    rounded = _rounded(frame)
    kinds = {str(name): rounded[name].dtype.kind for name in rounded.columns}
    return {"kinds": kinds, "rows": [_plain_row(row) for row in rounded.to_dict("records")]}


def frame_from_json(value: Mapping[str, Any]) -> pd.DataFrame:
    """Return a small table that `frame_as_json` made."""
    types = {"f": "float64", "i": "int64", "b": "bool"}
    rows = value["rows"]
    return pd.DataFrame(
        {
            name: pd.Series([row[name] for row in rows], dtype=types.get(kind, object))
            for name, kind in value["kinds"].items()
        }
    )
