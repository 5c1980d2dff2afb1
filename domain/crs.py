"""
Each coordinate reference system is named here once.

A database has one *analysis CRS*: projected, in metres, chosen when the database is made. Longitude and latitude
(EPSG:4326) are met only where files are read and where maps are drawn.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as ProjCrsError

from domain.errors import CrsError, SettingsError

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "BRITISH_NATIONAL_GRID",
    "WGS84",
    "check_analysis_epsg",
    "require_crs",
    "transform_points",
]

#: EPSG code of the British National Grid, the default analysis CRS (metres).
BRITISH_NATIONAL_GRID = 27700

#: EPSG code of longitude and latitude (degrees); used at ingest and in maps only.
WGS84 = 4326


def check_analysis_epsg(epsg: int) -> int:
    """
    Return `epsg` if it can be an analysis CRS: projected, with both axes in metres.

    Parameters
    ----------
    epsg
        EPSG code.

    Raises
    ------
    SettingsError
        If the code is unknown, not projected, or not in metres.

    Examples
    --------
    >>> check_analysis_epsg(27700)
    27700
    """
    try:
        crs = CRS.from_epsg(epsg)
    except ProjCrsError as error:
        raise SettingsError(
            f"EPSG:{epsg} is not a known reference system", hint="Set geography.analysis_epsg to a projected EPSG code."
        ) from error
    if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info[:2]):
        raise SettingsError(
            f"EPSG:{epsg} ({crs.name}) is not a projected reference system in metres",
            hint="Set geography.analysis_epsg to one that is, such as 27700 in Great Britain or a UTM zone elsewhere.",
        )
    return epsg


def require_crs(frame: gpd.GeoDataFrame, epsg: int, *, what: str) -> gpd.GeoDataFrame:
    """
    Return `frame` unchanged if it is in EPSG:`epsg`.

    Parameters
    ----------
    frame
        Any GeoDataFrame.
    epsg
        EPSG code that is needed.
    what
        Name of the table, for the message.

    Raises
    ------
    CrsError
        If the frame has no CRS or another one; it is never reprojected silently.
    """
    if frame.crs is None:
        raise CrsError(f"{what} has no coordinate reference system; EPSG:{epsg} is needed")
    if frame.crs.to_epsg() != epsg:
        raise CrsError(f"{what} is in {frame.crs.to_string()}; EPSG:{epsg} is needed")
    return frame


def transform_points(
    x: NDArray[np.float64], y: NDArray[np.float64], *, source_epsg: int, target_epsg: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Transform coordinates from one CRS to another, x (or longitude) first.

    Parameters
    ----------
    x, y
        Coordinates of shape (n,), in the source CRS.
    source_epsg, target_epsg
        EPSG codes.

    Returns
    -------
    tuple of arrays
        x and y of shape (n,), in the target CRS; NaN where a point is missing or lies beyond what that CRS can show.
    """
    new_x, new_y = _transformer(source_epsg, target_epsg).transform(x, y)
    is_there = np.isfinite(new_x) & np.isfinite(new_y)
    return np.where(is_there, new_x, np.nan), np.where(is_there, new_y, np.nan)


@lru_cache(maxsize=16)
def _transformer(source_epsg: int, target_epsg: int) -> Transformer:
    """Return a transformer, made once: that takes longer than thousands of points."""
    return Transformer.from_crs(source_epsg, target_epsg, always_xy=True)
