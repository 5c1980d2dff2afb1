"""Whether areas make a coverage: where they overlap, and what ground between them belongs to none."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod

__all__ = ["coverage_notes", "joint_coverage_notes"]

#: Smaller overlaps and gaps, in square metres, come from the rounding of coordinates.
_LEAST_M2 = 25.0
_M2_PER_KM2 = 1e6
_INTERIORS_MEET = "T********"


def coverage_notes(frame: gpd.GeoDataFrame) -> tuple[str, ...]:
    """
    Say in plain sentences, with areas, where the polygons of a geography overlap and what they enclose and leave out.

    Slivers under 25 square metres, which rounded coordinates make, are left out. Ground outside the outer edge of all
    areas is no gap.

    Parameters
    ----------
    frame
        `area_code` and valid polygons, with their CRS set (degrees are measured on the ellipsoid).

    Examples
    --------
    >>> squares = [shapely.box(0, 0, 1000, 1000), shapely.box(900, 0, 2000, 1000)]
    >>> coverage_notes(gpd.GeoDataFrame({"area_code": ["A", "B"]}, geometry=squares, crs="+proj=utm +zone=30"))
    ('1 pairs of areas overlap, 0.1 km2 in all; the largest overlap is 0.1 km2, of A and B',)
    """
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object)
    codes = frame["area_code"].to_numpy(dtype=object)
    return (*_overlaps(shapes, codes, frame.crs), *_gaps(shapes, frame.crs))


def joint_coverage_notes(frames: Sequence[gpd.GeoDataFrame]) -> tuple[str, ...]:
    """
    Say the same of several files of one geography, taken together.

    Where files hold an area of one code, the last counts.

    Parameters
    ----------
    frames
        What `coverage_notes` takes, of each file; all are measured in the CRS of the first.

    Examples
    --------
    >>> squares = [shapely.box(0, 0, 1000, 1000), shapely.box(900, 0, 2000, 1000)]
    >>> files = [
    ...     gpd.GeoDataFrame({"area_code": [code]}, geometry=[square], crs="+proj=utm +zone=30")
    ...     for code, square in zip("AB", squares)
    ... ]
    >>> joint_coverage_notes(files)
    ('all files together: 1 pairs of areas overlap, 0.1 km2 in all; the largest overlap is 0.1 km2, of A and B',)
    """
    alike = [frame[["area_code", "geometry"]].to_crs(frames[0].crs) for frame in frames]
    whole = pd.concat(alike, ignore_index=True).drop_duplicates("area_code", keep="last", ignore_index=True)
    return tuple(f"all files together: {note}" for note in coverage_notes(whole))


def _overlaps(shapes: NDArray[np.object_], codes: NDArray[np.object_], crs: CRS) -> list[str]:
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    meets = shapely.relate_pattern(shapes[left], shapes[right], _INTERIORS_MEET)
    left, right = left[meets], right[meets]
    shared = _areas_m2(shapely.intersection(shapes[left], shapes[right]), crs)
    is_real = shared >= _LEAST_M2
    if not is_real.any():
        return []
    worst = int(np.argmax(np.where(is_real, shared, 0)))
    total, most = shared[is_real].sum() / _M2_PER_KM2, shared[worst] / _M2_PER_KM2
    where = f"the largest overlap is {most:.4g} km2, of {codes[left[worst]]} and {codes[right[worst]]}"
    return [f"{int(is_real.sum()):,} pairs of areas overlap, {total:.4g} km2 in all; {where}"]


def _gaps(shapes: NDArray[np.object_], crs: CRS) -> list[str]:
    parts = shapely.get_parts(shapely.union_all(shapes))
    # the holes of the union: what the areas enclose and none of them has
    holes = [shapely.Polygon(ring) for part in parts for ring in getattr(part, "interiors", ())]
    sizes = _areas_m2(np.array(holes, dtype=object), crs)
    sizes = sizes[sizes >= _LEAST_M2]
    if not len(sizes):
        return []
    total, most = sizes.sum() / _M2_PER_KM2, sizes.max() / _M2_PER_KM2
    return [
        f"{len(sizes):,} gaps between the areas belong to none, {total:.4g} km2 in all; the largest is {most:.4g} km2"
    ]


def _areas_m2(shapes: NDArray[np.object_], crs: CRS) -> NDArray[np.float64]:
    """Return areas in square metres: on the ellipsoid where coordinates are degrees."""
    if not crs.is_geographic:
        metres = crs.axis_info[0].unit_conversion_factor if crs.axis_info else 1.0
        return np.asarray(shapely.area(shapes) * metres**2, dtype=np.float64).reshape(-1)
    geod = Geod(ellps="WGS84")
    return np.array([abs(geod.geometry_area_perimeter(shape)[0]) for shape in shapes], dtype=np.float64)
