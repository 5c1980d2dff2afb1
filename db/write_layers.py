"""Store a layer of context: roads, water, greenspace, names, or ground that no patrol can walk."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from db.copying import copy_frame
from db.loads import LoadIdentity, LoadReport, begin_load, find_load, finish_load, take_load_lock
from db.schema import stored_analysis_epsg
from domain.errors import CrsError
from domain.records import ContextLayer

__all__ = ["store_layer"]


def store_layer(connection: Connection, layer: ContextLayer) -> LoadReport:
    """
    Store the features of one layer; a file of the same kind and name supersedes the earlier one.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    layer
        The features in the CRS of their file; they are transformed to the analysis CRS here.

    Returns
    -------
    LoadReport
        How many features were stored, and how many of them were mended.

    Raises
    ------
    CrsError
        If there is no CRS, or a feature lies beyond what the analysis CRS can show.
    LockedError
        If another load is at work for too long.
    """
    take_load_lock(connection)
    scope = f"{layer.kind} {layer.file_name}"
    identity = LoadIdentity("layer", f"layer {layer.kind}", scope, layer.file_name, layer.sha256)
    if (earlier := find_load(connection, identity)) is not None:
        return earlier
    load_id = begin_load(connection, identity)
    epsg = stored_analysis_epsg(connection)
    shapes, n_mended = _shapes(layer, epsg)
    rows = pd.DataFrame(
        {
            "row_number": np.arange(1, len(shapes) + 1),
            "feature_name": layer.frame["feature_name"].to_numpy(dtype=object),
            "geom": shapely.to_wkb(shapely.set_srid(shapes, epsg), hex=True, include_srid=True),
        }
    )
    n_rows = copy_frame(connection, "context_layer", rows, constants={"load_id": load_id, "kind": str(layer.kind)})
    connection.exec_driver_sql("ANALYZE context_layer")
    notes = [f"{n_mended:,} invalid shapes were repaired"] if n_mended else []
    return finish_load(connection, load_id, rows_in=n_rows, kept=n_rows, notes=notes)


def _shapes(layer: ContextLayer, epsg: int) -> tuple[NDArray[np.object_], int]:
    """Return valid shapes in the analysis CRS, and how many had to be mended."""
    if layer.frame.crs is None:
        raise CrsError(f"{layer.file_name} has no coordinate reference system", hint="Save it with its CRS in a GIS.")
    shapes = shapely.force_2d(layer.frame.geometry.to_crs(epsg).to_numpy())
    if not np.isfinite(shapely.bounds(shapes)).all():
        raise CrsError(
            f"{layer.file_name} has shapes that EPSG:{epsg} cannot show", hint="Check the CRS that the file states."
        )
    is_broken = ~shapely.is_valid(shapes)
    shapes[is_broken] = shapely.make_valid(shapes[is_broken])
    return shapes, int(is_broken.sum())
