"""Red Zones of a run: the zones, the lists side by side and the log of overrides, written and read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, delete, insert, select

from db import models
from db.result_frames import frame_as_json, frame_from_json, read_rows, write_rows
from db.schema import stored_analysis_epsg
from domain.incidents import ScoringSet
from domain.months import LocalMonth
from hotspots.results import ListComparison, RedZonesResult

__all__ = ["previous_zones", "read_zones", "write_zones"]


def write_zones(connection: Connection, run_id: int, result: RedZonesResult) -> None:
    """Write the Red Zones of one scoring set of a run, in place of what an earlier attempt wrote."""
    scoring_set = str(result.scoring_set)
    for table in (models.red_zone, models.red_zone_set, models.zone_override_use):
        connection.execute(delete(table).where(table.c.run_id == run_id, table.c.scoring_set == scoring_set))
    zones = pd.DataFrame(result.zones.drop(columns="geometry"))
    epsg = stored_analysis_epsg(connection)
    shapes = shapely.to_wkb(shapely.set_srid(result.zones.geometry.to_numpy(), epsg), hex=True, include_srid=True)
    zones = zones.assign(geom=shapes, scoring_set=scoring_set)
    write_rows(connection, run_id, models.red_zone, zones)
    connection.execute(
        insert(models.red_zone_set).values(
            run_id=run_id,
            scoring_set=scoring_set,
            window_months=result.window_months,
            capacity=result.capacity,
            notes=list(result.notes),
            comparison=None if result.comparison is None else _comparison_as_json(result.comparison),
        )
    )
    if result.overrides is not None and len(result.overrides):
        write_rows(connection, run_id, models.zone_override_use, result.overrides.assign(scoring_set=scoring_set))


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
            comparison=_comparison_from_json(by_set[name]["comparison"]),
            overrides=_read_overrides(connection, run_id, str(name)),
        )
        for name in ScoringSet
        if name in by_set
    }


def _read_zone_frame(connection: Connection, run_id: int, scoring_set: str) -> gpd.GeoDataFrame:
    table = models.red_zone
    frame = read_rows(connection, run_id, table, table.c.scoring_set == scoring_set, order=("rank_force", "zone_id"))
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


def _read_overrides(connection: Connection, run_id: int, scoring_set: str) -> pd.DataFrame:
    table = models.zone_override_use
    return read_rows(connection, run_id, table, table.c.scoring_set == scoring_set).drop(columns="scoring_set")


def _comparison_as_json(comparison: ListComparison) -> dict[str, Any]:
    shares = {name: getattr(comparison, name) for name in ("given_up", "lower", "upper")}
    return {
        "state": comparison.state,
        "reason": comparison.reason,
        "strength": comparison.strength,
        "is_published": comparison.is_published,
        "weighs_kinds": comparison.weighs_kinds,
        "zones": frame_as_json(comparison.zones),
        "periods": frame_as_json(comparison.periods),
        "shares": frame_as_json(pd.DataFrame([shares], dtype="float64")),
    }


def _comparison_from_json(value: Mapping[str, Any] | None) -> ListComparison | None:
    if value is None:
        return None
    shares = frame_from_json(value["shares"]).iloc[0]
    return ListComparison(
        state=value["state"],
        reason=value["reason"],
        strength=float(value["strength"]),
        is_published=bool(value["is_published"]),
        weighs_kinds=bool(value.get("weighs_kinds", False)),
        zones=frame_from_json(value["zones"]),
        periods=frame_from_json(value["periods"]),
        **{name: float(np.nan if shares[name] is None else shares[name]) for name in ("given_up", "lower", "upper")},
    )
