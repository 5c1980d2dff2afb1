"""Answers of the database as frames: the agreed columns, their types, and rows in a stated order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection

from db.schema import stored_analysis_epsg
from db.statements import statement

__all__ = ["read_frame", "read_geoframe"]


def read_frame(connection: Connection, name: str, binds: Mapping[str, Any], types: Mapping[str, str]) -> pd.DataFrame:
    """
    Run `db/sql/<name>.sql` and return its rows, in its order.

    Parameters
    ----------
    connection
        An open connection.
    name
        Name of the statement.
    binds
        Values that it binds.
    types
        Type of each column by name, in order: a pandas type, `object` for text (None where missing).
    """
    rows = connection.execute(statement(name), binds).all()
    columns = zip(*rows, strict=True) if rows else ([] for _ in types)
    return pd.DataFrame(
        {column: _typed(values, kind) for (column, kind), values in zip(types.items(), columns, strict=True)}
    )


def read_geoframe(
    connection: Connection, name: str, binds: Mapping[str, Any], types: Mapping[str, str]
) -> gpd.GeoDataFrame:
    """
    Run a statement whose last column is geometry as WKB, and return its rows in the analysis CRS.

    Parameters
    ----------
    connection
        An open connection.
    name
        Name of the statement.
    binds
        Values that it binds.
    types
        Type of each column before the geometry.
    """
    frame = read_frame(connection, name, binds, {**types, "geometry": "object"})
    shapes = shapely.from_wkb(frame.pop("geometry").to_numpy())
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=stored_analysis_epsg(connection))


def _typed(values: Any, kind: str) -> pd.Series:  # noqa: ANN401 - any sequence of values
    if kind == "float64":  # None, which is no number, becomes NaN
        return pd.Series(np.array(values, dtype=object).astype(np.float64))
    return pd.Series(values, dtype=kind)
