"""What a run computed, written to its tables and read back as the very same frozen results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, Table, delete, insert, select

from db import models
from db.copying import copy_frame
from db.schema import stored_analysis_epsg
from domain.incidents import ScoringSet
from domain.months import LocalMonth
from hotspots.results import BacktestResult, RedTimesResult, RedZonesResult
from profiles.results import MetricDefinition, ProfileResult
from segmentation.results import SegmentationResult

__all__ = [
    "previous_zones",
    "read_backtests",
    "read_profiles",
    "read_red_times",
    "read_segments",
    "read_zones",
    "write_backtest",
    "write_profiles",
    "write_red_times",
    "write_segments",
    "write_zones",
]

#: Results are kept to so many significant digits, so that one thread and two store the same.
_DIGITS = 10
_TABLES_OF_SEGMENTATION = ("diagnostics", "clustergram", "centroids", "scaling", "dropped")


def write_profiles(connection: Connection, run_id: int, result: ProfileResult) -> None:
    """Write the profiles of a run, in place of what an earlier attempt wrote."""
    _clear(connection, run_id, models.profile_metric, models.profile_definition)
    definitions = pd.DataFrame(
        [{name: getattr(d, name) for name in d.__dataclass_fields__} for d in result.definitions],
        columns=list(MetricDefinition.__dataclass_fields__),
    )
    _write(connection, run_id, models.profile_definition, definitions)
    _write(connection, run_id, models.profile_metric, result.metrics)


def read_profiles(connection: Connection, run_id: int) -> ProfileResult | None:
    """Return the profiles of a run, or None where they are not computed."""
    definitions = _read(connection, run_id, models.profile_definition)
    if definitions.empty:
        return None
    metrics = _read(connection, run_id, models.profile_metric)
    return ProfileResult(
        metrics, tuple(MetricDefinition(*row) for row in definitions.itertuples(index=False, name=None))
    )


def write_segments(connection: Connection, run_id: int, result: SegmentationResult) -> None:
    """Write the segments of a run, in place of what an earlier attempt wrote."""
    _clear(connection, run_id, models.segment, models.segment_membership, models.segmentation)
    _write(connection, run_id, models.segment, result.segments)
    _write(connection, run_id, models.segment_membership, result.membership)
    tables = {name: _as_json(getattr(result, name)) for name in _TABLES_OF_SEGMENTATION}
    connection.execute(insert(models.segmentation).values(run_id=run_id, reason=result.reason, **tables))


def read_segments(connection: Connection, run_id: int) -> SegmentationResult | None:
    """Return the segments of a run, or None where there are none."""
    row = connection.execute(
        select(models.segmentation).where(models.segmentation.c.run_id == run_id)
    ).mappings().first()  # fmt: skip
    if row is None:
        return None
    return SegmentationResult(
        segments=_read(connection, run_id, models.segment),
        membership=_read(connection, run_id, models.segment_membership),
        reason=row["reason"],
        **{name: _from_json(row[name]) for name in _TABLES_OF_SEGMENTATION},
    )


def write_zones(connection: Connection, run_id: int, result: RedZonesResult) -> None:
    """Write the Red Zones of one scoring set of a run, in place of what an earlier attempt wrote."""
    scoring_set = str(result.scoring_set)
    for table in (models.red_zone, models.red_zone_set):
        connection.execute(delete(table).where(table.c.run_id == run_id, table.c.scoring_set == scoring_set))
    zones = pd.DataFrame(result.zones.drop(columns="geometry"))
    epsg = stored_analysis_epsg(connection)
    shapes = shapely.to_wkb(shapely.set_srid(result.zones.geometry.to_numpy(), epsg), hex=True, include_srid=True)
    zones = zones.assign(geom=shapes, scoring_set=scoring_set)
    _write(connection, run_id, models.red_zone, zones)
    connection.execute(
        insert(models.red_zone_set).values(
            run_id=run_id,
            scoring_set=scoring_set,
            window_months=result.window_months,
            capacity=result.capacity,
            notes=list(result.notes),
        )
    )


def read_zones(connection: Connection, run_id: int) -> dict[str, RedZonesResult]:
    """Return the Red Zones of a run by scoring set, in the order of `ScoringSet`."""
    sets = models.red_zone_set
    rows = connection.execute(select(sets).where(sets.c.run_id == run_id)).mappings()
    by_set = {row["scoring_set"]: row for row in rows}
    return {
        str(name): RedZonesResult(
            scoring_set=str(name),
            zones=_read_zone_frame(connection, run_id, str(name)),
            window_months=by_set[name]["window_months"],
            capacity=by_set[name]["capacity"],
            notes=tuple(by_set[name]["notes"]),
        )
        for name in ScoringSet
        if name in by_set
    }


def _read_zone_frame(connection: Connection, run_id: int, scoring_set: str) -> gpd.GeoDataFrame:
    table = models.red_zone
    frame = _read(connection, run_id, table, table.c.scoring_set == scoring_set, order=("rank_force", "zone_id"))
    shapes = shapely.from_wkb(frame.pop("geom").to_numpy())
    frame = frame.drop(columns="scoring_set")
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=stored_analysis_epsg(connection))


def previous_zones(connection: Connection, *, before: LocalMonth, scoring_set: str) -> gpd.GeoDataFrame | None:
    """
    Return the zones of the latest finished run of an earlier month, whose ids the new zones keep by overlap.

    Parameters
    ----------
    connection
        An open connection.
    before
        Month of the run that asks.
    scoring_set
        Which list of zones.
    """
    run, sets = models.run, models.red_zone_set
    wanted = (run.c.state == "finished", run.c.month < before.first_day, sets.c.scoring_set == str(scoring_set))
    latest = (
        select(run.c.run_id)
        .join(sets, sets.c.run_id == run.c.run_id)
        .where(*wanted)
        .order_by(run.c.month.desc(), run.c.run_id.desc())
        .limit(1)
    )
    run_id = connection.scalar(latest)
    return None if run_id is None else _read_zone_frame(connection, run_id, str(scoring_set))


def write_backtest(connection: Connection, run_id: int, result: BacktestResult) -> None:
    """Write the back-test of one scoring set of a run, in place of what an earlier attempt wrote."""
    scoring_set = str(result.scoring_set)
    for table in (models.forecast_score, models.backtest):
        connection.execute(delete(table).where(table.c.run_id == run_id, table.c.scoring_set == scoring_set))
    _write(connection, run_id, models.forecast_score, result.ledger.assign(scoring_set=scoring_set))
    values = {"chosen": result.chosen, "reason": result.reason, "summary": _as_json(result.summary)}
    connection.execute(insert(models.backtest).values(run_id=run_id, scoring_set=scoring_set, **values))


def read_backtests(connection: Connection, run_id: int) -> dict[str, BacktestResult]:
    """Return the back-tests of a run by scoring set, in the order of `ScoringSet`."""
    table, scores = models.backtest, models.forecast_score
    rows = connection.execute(select(table).where(table.c.run_id == run_id)).mappings()
    by_set = {row["scoring_set"]: row for row in rows}
    found = {}
    for name in ScoringSet:
        if name in by_set:
            ledger = _read(connection, run_id, scores, scores.c.scoring_set == str(name)).drop(columns="scoring_set")
            row = by_set[name]
            found[str(name)] = BacktestResult(
                str(name), ledger, _from_json(row["summary"]), row["chosen"], row["reason"]
            )
    return found


def write_red_times(connection: Connection, run_id: int, result: RedTimesResult) -> None:
    """Write the Red Times of a run, in place of what an earlier attempt wrote."""
    _clear(connection, run_id, models.red_time, models.red_time_window, models.red_time_summary)
    _write(connection, run_id, models.red_time, result.matrix)
    _write(connection, run_id, models.red_time_window, result.windows)
    values = {"state": str(result.state), "reason": result.reason}
    counts = {"n_timed": result.n_timed, "n_untimed": result.n_untimed}
    connection.execute(insert(models.red_time_summary).values(run_id=run_id, **values, **counts))


def read_red_times(connection: Connection, run_id: int) -> RedTimesResult | None:
    """Return the Red Times of a run, or None where they are not computed."""
    table = models.red_time_summary
    row = connection.execute(select(table).where(table.c.run_id == run_id)).mappings().first()
    if row is None:
        return None
    matrix, windows = _read(connection, run_id, models.red_time), _read(connection, run_id, models.red_time_window)
    return RedTimesResult(row["state"], row["reason"], matrix, windows, row["n_timed"], row["n_untimed"])


# --- frames and tables -----------------------------------------------------------------------------------------------


def _clear(connection: Connection, run_id: int, *tables: Table) -> None:
    for table in tables:
        connection.execute(delete(table).where(table.c.run_id == run_id))


def _write(connection: Connection, run_id: int, table: Table, frame: pd.DataFrame) -> None:
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


def _read(
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


def _as_json(frame: pd.DataFrame) -> dict[str, Any]:
    """Return a small table as JSON that remembers its columns and their types."""
    rounded = _rounded(frame)
    kinds = {str(name): rounded[name].dtype.kind for name in rounded.columns}
    return {"kinds": kinds, "rows": [_plain_row(row) for row in rounded.to_dict("records")]}


def _from_json(value: Mapping[str, Any]) -> pd.DataFrame:
    types = {"f": "float64", "i": "int64", "b": "bool"}
    rows = value["rows"]
    return pd.DataFrame(
        {
            name: pd.Series([row[name] for row in rows], dtype=types.get(kind, object))
            for name, kind in value["kinds"].items()
        }
    )
