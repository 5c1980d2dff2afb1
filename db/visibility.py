"""The visibility layer: what it reads, and its places as a run found them."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Connection

from db.run_tables import read_tables, words_by_kind, words_table, write_tables
from db.schema import stored_analysis_epsg
from db.statements import statement
from hotspots.results import VisibilityResult
from hotspots.visibility import PLACE_KINDS, PublicPlace

__all__ = ["public_places", "read_visibility", "write_visibility"]

_STEP = "visibility"


def public_places(connection: Connection, load_ids: Sequence[int]) -> tuple[PublicPlace, ...]:
    """
    Return the places that people go to, and green spaces; names of the file of places are never read.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.
    """
    found = connection.execute(statement("public_places"), {"load_ids": list(load_ids), "kinds": list(PLACE_KINDS)})
    return tuple(PublicPlace(*row) for row in found)


def write_visibility(connection: Connection, run_id: int, result: VisibilityResult) -> None:
    """
    Write the visibility layer of a run, in place of what an earlier attempt wrote.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    run_id
        The run.
    result
        Its places.
    """
    tables = {
        "places": pd.DataFrame(result.places.drop(columns="geometry")),
        "words": words_table({"state": result.state, "reason": result.reason, "note": result.notes}),
    }
    write_tables(connection, run_id, _STEP, tables)


def read_visibility(connection: Connection, run_id: int) -> VisibilityResult | None:
    """
    Return the visibility layer of a run, or None where it has none.

    Parameters
    ----------
    connection
        An open connection.
    run_id
        The run.
    """
    tables = read_tables(connection, run_id, _STEP)
    if not tables:
        return None
    places = tables["places"]
    if "about" in tables:  # as runs of old wrote it
        about = tables["about"].iloc[0]
        tables["words"] = words_table({**about, "note": tables["notes"]["note"]})
    points = shapely.points(places["x"].to_numpy("float64"), places["y"].to_numpy("float64"))
    return VisibilityResult(
        state=words_by_kind(tables, "state")[0],
        reason=words_by_kind(tables, "reason")[0],
        places=gpd.GeoDataFrame(places, geometry=points, crs=stored_analysis_epsg(connection)),
        notes=words_by_kind(tables, "note"),
    )
