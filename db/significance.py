"""The tests of significance of a run, written to their tables and read back as the same frozen values."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, Table, delete, insert, select

from db import models
from db.result_frames import frame_as_json, frame_from_json, read_rows, write_rows
from db.schema import stored_analysis_epsg
from db.statements import statement
from domain.areas import FigureState
from domain.incidents import ScoringSet
from hotspots.hot_cells import HotCells, HotCellSettings
from hotspots.near_repeat_table import NearRepeatTable
from hotspots.period_comparison import PeriodComparison
from hotspots.significance import Significance
from hotspots.street_segments import Streets
from spatialstats.concentration import ConcentrationResult

__all__ = ["read_significance", "roads", "write_significance"]

_HEAD = ("flat_m", "window_months", "n_permutations", "false_discovery_rate")
_TOTALS = ("n_months", "n_cells", "n_family", "n_incidents", "hot_area_share", "hot_incident_share", "trend_reason")
_COMPARED = ("reason", "similarity", "n_before", "n_after")
_REPEATED = ("reason", "n_events", "n_left_out", "n_permutations")
_RANKED = ("reason", "n_segments", "length_km", "n_incidents", "n_snapped", "snap_m", "half_length_share")


def roads(connection: Connection, load_ids: tuple[int, ...]) -> pd.DataFrame:
    """
    Return the road layer that is loaded.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.

    Returns
    -------
    DataFrame
        `feature_name` (None where a road has no name) and `geometry` (lines in the analysis CRS), in order of the
        files; empty where no road layer is loaded.
    """
    rows = connection.execute(statement("roads"), {"load_ids": list(load_ids)}).all()
    shapes: list[Any] = list(shapely.from_wkb([bytes(row[1]) for row in rows])) if rows else []
    return pd.DataFrame(
        {"feature_name": pd.Series([row[0] for row in rows], dtype=object), "geometry": pd.Series(shapes, dtype=object)}
    )


def write_significance(connection: Connection, run_id: int, result: Significance) -> None:
    """Write the tests of one scoring set of a run, in place of what an earlier attempt wrote."""
    name = result.scoring_set
    for table in (models.hot_cell, models.period_change, models.street_rank, models.significance):
        connection.execute(delete(table).where(table.c.run_id == run_id, table.c.scoring_set == name))
    hot = result.hot_cells
    connection.execute(
        insert(models.significance).values(
            run_id=run_id,
            scoring_set=name,
            **{key: getattr(hot.settings, key) for key in _HEAD},
            **{key: getattr(hot, key) for key in _TOTALS},
            trend_state=str(hot.trend_state),
            concentration=frame_as_json(_concentration_rows(result.concentration)),
            comparison=_plain(result.comparison, _COMPARED) | {"months": list(result.comparison.months)},
            near_repeats=_plain(result.near_repeats, _REPEATED) | {"bands": frame_as_json(result.near_repeats.bands)},
            streets=_plain(result.streets, _RANKED),
        )
    )
    _write_shapes(connection, run_id, name, models.hot_cell, pd.DataFrame(hot.cells))
    write_rows(connection, run_id, models.period_change, result.comparison.areas.assign(scoring_set=name))
    _write_shapes(connection, run_id, name, models.street_rank, result.streets.segments)


def _plain(part: PeriodComparison | NearRepeatTable | Streets, keys: tuple[str, ...]) -> dict[str, Any]:
    return {"state": str(part.state), **{key: getattr(part, key) for key in keys}}


def _write_shapes(connection: Connection, run_id: int, scoring_set: str, table: Table, frame: pd.DataFrame) -> None:
    epsg = stored_analysis_epsg(connection)
    shapes = np.asarray(frame["geometry"], dtype=object)
    hexes: list[Any] = (
        list(shapely.to_wkb(shapely.set_srid(shapes, epsg), hex=True, include_srid=True)) if len(shapes) else []
    )
    rows = frame.drop(columns="geometry").assign(geom=pd.Series(hexes, dtype=object, index=frame.index))
    write_rows(connection, run_id, table, rows.assign(scoring_set=scoring_set))


def _concentration_rows(parts: dict[str, ConcentrationResult]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"unit": unit, "n_incidents": r.n_incidents, "n_places": r.n_places, "gini": r.gini,
             "generalised_gini": r.generalised_gini, **{f"top_{share:g}": v for share, v in r.top_shares.items()}}
            for unit, r in parts.items()
        ]
    )  # fmt: skip


def read_significance(connection: Connection, run_id: int) -> dict[str, Significance]:
    """
    Return the tests of a run by scoring set, in the order of `ScoringSet`.

    Parameters
    ----------
    connection
        An open connection.
    run_id
        The run; one that was made before these tests were gives an empty answer.

    Notes
    -----
    The count of every hexagon is not kept: `hot_cells.counts` is empty.
    """
    table = models.significance
    rows = connection.execute(select(table).where(table.c.run_id == run_id)).mappings()
    by_set = {row["scoring_set"]: row for row in rows}
    return {str(name): _significance(connection, run_id, by_set[name]) for name in ScoringSet if name in by_set}


def _significance(connection: Connection, run_id: int, row: Any) -> Significance:  # noqa: ANN401 - a row of SQLAlchemy
    name = row["scoring_set"]
    comparison, repeats, streets = (dict(row[key]) for key in ("comparison", "near_repeats", "streets"))
    change = models.period_change
    areas = read_rows(connection, run_id, change, change.c.scoring_set == name).drop(columns="scoring_set")
    return Significance(
        scoring_set=name,
        hot_cells=_hot_cells(connection, run_id, row),
        concentration=_concentration(frame_from_json(row["concentration"])),
        comparison=PeriodComparison(
            state=FigureState(comparison["state"]),
            areas=areas,
            months=tuple(comparison["months"]),
            **{key: comparison[key] for key in _COMPARED},
        ),
        near_repeats=NearRepeatTable(
            state=FigureState(repeats["state"]),
            bands=frame_from_json(repeats["bands"]),
            **{key: repeats[key] for key in _REPEATED},
        ),
        streets=Streets(
            state=FigureState(streets["state"]),
            segments=_read_shapes(connection, run_id, name, models.street_rank),
            **{key: streets[key] for key in _RANKED},
        ),
    )


def _hot_cells(connection: Connection, run_id: int, row: Any) -> HotCells:  # noqa: ANN401 - a row of SQLAlchemy
    cells = _read_shapes(connection, run_id, row["scoring_set"], models.hot_cell)
    return HotCells(
        cells=gpd.GeoDataFrame(cells, geometry="geometry", crs=stored_analysis_epsg(connection)),
        settings=HotCellSettings(**{key: row[key] for key in _HEAD}),
        trend_state=FigureState(row["trend_state"]),
        counts=np.array([], dtype=np.int64),
        **{key: row[key] for key in _TOTALS},
    )


def _read_shapes(connection: Connection, run_id: int, scoring_set: str, table: Table) -> pd.DataFrame:
    frame = read_rows(connection, run_id, table, table.c.scoring_set == scoring_set).drop(columns="scoring_set")
    shapes = list(shapely.from_wkb(frame.pop("geom").to_list())) if len(frame) else []
    return frame.drop(columns="geom", errors="ignore").assign(geometry=pd.Series(shapes, dtype=object))


def _concentration(table: pd.DataFrame) -> dict[str, ConcentrationResult]:
    tops = [str(name) for name in table.columns if str(name).startswith("top_")]
    return {
        str(row["unit"]): ConcentrationResult(
            {float(name.removeprefix("top_")): float(row[name]) for name in tops},
            float(row["gini"]),
            float(row["generalised_gini"]),
            int(row["n_incidents"]),
            int(row["n_places"]),
        )
        for row in table.to_dict("records")
    }
