"""Stable ids: a zone keeps its id from month to month while it covers much of the same ground."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely

from domain.incidents import ScoringSet
from hotspots.naming import grid_reference

__all__ = ["match_zone_ids", "new_zone_id"]

#: A zone follows the one before if they share at least this much of the smaller of the two.
LEAST_OVERLAP = 0.3

_PREFIXES = {ScoringSet.STREET: "ST", ScoringSet.ASB_MINOR: "AM"}


def new_zone_id(centre_x: float, centre_y: float, *, scoring_set: ScoringSet, is_british_grid: bool) -> str:
    """
    Return an id made from the place itself.

    Parameters
    ----------
    centre_x, centre_y
        Centre of the zone, metres in the analysis CRS.
    scoring_set
        The set whose zone it is; the two sets never share an id.
    is_british_grid
        Whether the analysis CRS is the British National Grid.

    Examples
    --------
    >>> new_zone_id(340_120, 366_340, scoring_set=ScoringSet.STREET, is_british_grid=True)
    'ST-SJ4012-6634'
    """
    reference = grid_reference(centre_x, centre_y, is_british_grid=is_british_grid)
    if reference.startswith("x"):
        place = f"{centre_x:.0f}-{centre_y:.0f}"
    else:
        letters, east, north = reference.split()
        place = f"{letters}{east}-{north}"
    return f"{_PREFIXES[scoring_set]}-{place}"


def match_zone_ids(
    geometry: Sequence[shapely.Geometry], fresh_ids: Sequence[str], previous: gpd.GeoDataFrame | None
) -> list[str]:
    """
    Give each new zone the id of the old zone whose ground it covers most, and a fresh one where there is none.

    Parameters
    ----------
    geometry
        The new zones in order of rank, in the analysis CRS.
    fresh_ids
        The id that each would get as a new zone.
    previous
        The zones before, with `zone_id` and `geometry`, in the same CRS; None for the first run.

    Returns
    -------
    list of str
        Distinct ids. Pairs are taken by falling overlap (at least 30 per cent of the smaller zone); among equal
        overlaps the better rank, then the lower old id. A fresh id that is taken gets a suffix: `-2`, `-3`, ...
    """
    ids: dict[int, str] = {}
    taken: set[str] = set()
    if previous is not None and len(previous):
        taken = {str(zone_id) for zone_id in previous["zone_id"]}
        ids = _followed(np.asarray(geometry, dtype=object), previous)
    for rank, fresh in enumerate(fresh_ids):
        if rank not in ids:
            ids[rank] = _unused(fresh, taken)
        taken.add(ids[rank])
    return [ids[rank] for rank in range(len(fresh_ids))]


def _followed(new: np.ndarray, previous: gpd.GeoDataFrame) -> dict[int, str]:
    """Return by position of the new zone the old id that it takes over."""
    old = previous.geometry.to_numpy()
    rank, other = shapely.STRtree(old).query(new, predicate="intersects")
    overlap = shapely.area(shapely.intersection(new[rank], old[other]))
    smaller = np.minimum(shapely.area(new[rank]), shapely.area(old[other]))
    names = previous["zone_id"].astype(str).to_numpy()[other]
    pairs = sorted(
        (-round(float(shared), 3), int(r), str(name))
        for shared, r, name, least in zip(overlap, rank, names, LEAST_OVERLAP * smaller, strict=True)
        if shared >= least and shared > 0
    )
    followed: dict[int, str] = {}
    for _, position, name in pairs:
        if position not in followed and name not in followed.values():
            followed[position] = name
    return followed


def _unused(fresh: str, taken: set[str]) -> str:
    zone_id, suffix = fresh, 2
    while zone_id in taken:
        zone_id, suffix = f"{fresh}-{suffix}", suffix + 1
    return zone_id
