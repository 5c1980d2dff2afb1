"""Areas, the outline of the force, and which larger area each small one belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from db.frames import read_frame, read_geoframe
from domain.areas import GeographyKey
from domain.errors import DatabaseError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["areas", "best_fit_links", "force_area"]

_AREA = {"area_code": "object", "area_name": "object", "parent_code": "object"}


def areas(connection: Connection, key: GeographyKey, *, load_ids: Sequence[int] | None = None) -> gpd.GeoDataFrame:
    """
    Return the areas of a geography, in order of their codes.

    Parameters
    ----------
    connection
        An open connection.
    key
        The geography.
    load_ids
        Loads to read through; by default those that are live.

    Returns
    -------
    GeoDataFrame
        Table `domain.schemas.AREAS` in the analysis CRS; empty where nothing is loaded.
    """
    return read_geoframe(connection, "areas", _binds(key, load_ids), _AREA)


def force_area(connection: Connection) -> gpd.GeoDataFrame:
    """
    Return the force as one area.

    It is the union of the small areas in which incidents are counted, so that what lies inside by its point and what
    is counted in an area agree; before incidents are joined to small areas, the latest loaded geography `force`.

    Parameters
    ----------
    connection
        An open connection.

    Returns
    -------
    GeoDataFrame
        One row of table `domain.schemas.AREAS` in the analysis CRS.

    Raises
    ------
    DatabaseError
        If neither is there.
    """
    found = read_geoframe(connection, "force_area", {}, _AREA)
    if found.empty:
        raise DatabaseError(
            "the outline of the force is not known yet",
            hint="Load it, redzones load boundaries FILE --geography force:YEAR, or let redzones refresh make it.",
        )
    return found


def best_fit_links(
    connection: Connection, source: GeographyKey, target: GeographyKey, *, load_ids: Sequence[int] | None = None
) -> pd.DataFrame:
    """
    Return the one target area to which each source area belongs.

    It is, in this order: the area that the source area's own file names as its parent; the one that a loaded look-up
    gives it (the largest share); the one that covers its population-weighted centroid; the one that holds most of its
    ground. A source area that touches no target area is left out.

    Parameters
    ----------
    connection
        An open connection.
    source, target
        The two geographies.
    load_ids
        Loads to read through; by default those that are live.

    Returns
    -------
    DataFrame
        Table `domain.schemas.LINKS`, every share 1, in order of source codes, with a further column `how`: `parent`,
        `lookup`, `centroid` or `overlap`.
    """
    binds = {
        **_binds(source, load_ids),
        "target_name": target.name,
        "target_vintage": target.vintage,
    }
    types = {"source_code": "object", "target_code": "object", "share": "float64", "how": "object"}
    return read_frame(connection, "best_fit_links", binds, types)


def _binds(key: GeographyKey, load_ids: Sequence[int] | None) -> dict[str, Any]:
    return {"name": key.name, "vintage": key.vintage, "load_ids": None if load_ids is None else list(load_ids)}
