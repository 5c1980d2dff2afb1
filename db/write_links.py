"""Store look-ups between geographies, and population-weighted centroids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, text

from db.copying import copy_frame, copy_rows
from db.loads import LoadIdentity, LoadReport, begin_load, find_load, finish_load, take_load_lock
from db.schema import stored_analysis_epsg
from db.write_boundaries import geography_id
from domain.areas import AreaLinks
from domain.errors import CrsError, SchemaError

__all__ = ["store_links"]

_LINK_COLUMNS = (
    "load_id", "source_id", "target_id", "source_code", "target_code", "share", "source_name", "target_name", "change",
)  # fmt: skip


def store_links(connection: Connection, links: AreaLinks) -> LoadReport:
    """
    Store a look-up, or population-weighted centroids; national files are kept whole, as they tell which codes exist.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    links
        Pairs of codes with shares, or points.

    Raises
    ------
    CrsError
        If centroids have no CRS, or cannot be transformed to the analysis CRS.
    SchemaError
        If there is neither a target geography nor a table of points.
    LockedError
        If another load is at work for too long.
    """
    take_load_lock(connection)
    source = f"centroids {links.source}" if links.target is None else f"look-up {links.source} to {links.target}"
    identity = LoadIdentity("links", source, links.file_name, links.file_name, links.sha256)
    if (earlier := find_load(connection, identity)) is not None:
        return earlier
    load_id = begin_load(connection, identity)
    if links.target is not None:
        numbers = (load_id, geography_id(connection, links.source), geography_id(connection, links.target))
        n_rows = copy_rows(connection, "area_link", _LINK_COLUMNS, _pairs(links.frame, numbers))
        connection.execute(text("ANALYZE area_link"))
    elif links.points is not None:
        constants = {"load_id": load_id, "geography_id": geography_id(connection, links.source)}
        points = _points(links.points, stored_analysis_epsg(connection), links.file_name)
        n_rows = copy_frame(connection, "area_point", points, constants=constants)
        connection.execute(text("ANALYZE area_point"))
    else:
        raise SchemaError(f"{links.file_name} holds neither links nor points")
    return finish_load(connection, load_id, rows_in=n_rows, kept=n_rows)


def _pairs(frame: pd.DataFrame, numbers: tuple[int, int, int]) -> Iterator[tuple[Any, ...]]:
    columns = frame[list(_LINK_COLUMNS[3:])].astype(object)  # shares too: Python's own floats
    for row in columns.where(columns.notna(), None).itertuples(index=False, name=None):
        yield (*numbers, *row)


def _points(points: gpd.GeoDataFrame, epsg: int, file_name: str) -> pd.DataFrame:
    """Return codes and points in the analysis CRS as hexadecimal EWKB."""
    if points.crs is None:
        raise CrsError(f"{file_name} has no coordinate reference system", hint="Save it with its CRS in a GIS.")
    shapes = shapely.force_2d(points.geometry.to_crs(epsg).to_numpy())
    if not np.isfinite(shapely.get_coordinates(shapes)).all():
        raise CrsError(f"{file_name} has points that EPSG:{epsg} cannot show", hint="Check the CRS it states.")
    hexadecimal = shapely.to_wkb(shapely.set_srid(shapes, epsg), hex=True, include_srid=True)
    return pd.DataFrame({"area_code": points["area_code"].to_numpy(), "geom": hexadecimal})
