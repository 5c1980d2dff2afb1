"""
Streets ranked by incidents per kilometre, where a road layer is loaded.

An incident belongs to the nearest segment within a stated distance; where several are equally near (a junction) it is
shared among them, so that no segment gains by its place in the file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from domain.areas import FigureState

__all__ = ["STREET_COLUMNS", "Streets", "rank_streets", "snap_to_segments"]

Floats = NDArray[np.float64]

STREET_COLUMNS = (
    "rank", "rank_last", "segment", "street_name", "length_m", "n_incidents", "per_km", "n_tied", "geometry",
)  # fmt: skip

# Distances that differ by less than a millimetre are the same.
_SAME_M = 1e-3


@dataclass(frozen=True, slots=True)
class Streets:
    """
    Ranked street segments.

    Parameters
    ----------
    state, reason
        Whether streets could be ranked, or why not.
    segments
        Segments with an incident, most per kilometre first: `STREET_COLUMNS`; segments with equal rates share the ranks
        `rank` to `rank_last`, and `n_tied` incidents of a segment were shared with another.
    n_segments, length_km
        All segments of the layer within the force, and their length.
    n_incidents, n_snapped
        Incidents of the chosen kinds, and those within the distance of a segment.
    snap_m
        That distance, metres.
    half_length_share
        Share of the length of all segments that holds half of the incidents, 0 to 1.
    """

    state: FigureState
    reason: str
    segments: pd.DataFrame
    n_segments: int
    length_km: float
    n_incidents: int
    n_snapped: float
    snap_m: float
    half_length_share: float


def snap_to_segments(
    lines: NDArray[np.object_], x: Floats, y: Floats, *, snap_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """
    Return which segments are nearest to each point, within a distance.

    Parameters
    ----------
    lines
        Segments, metres in the analysis CRS, shape (n_segments,).
    x, y
        Points, each of shape (n_points,).
    snap_m
        Greatest distance, metres; a segment at exactly that distance counts.

    Returns
    -------
    tuple of arrays
        Positions of points and of segments, a pair for each nearest segment: several where they are equally near.

    Examples
    --------
    >>> roads = np.array([shapely.LineString([(0, 0), (10, 0)]), shapely.LineString([(10, 0), (20, 0)])])
    >>> point, road = snap_to_segments(roads, np.array([2.0, 10.0, 5.0]), np.array([1.0, 3.0, 90.0]), snap_m=30)
    >>> point.tolist(), road.tolist()
    ([0, 1, 1], [0, 0, 1])
    """
    points = np.asarray(shapely.points(x, y), dtype=object)
    point, nearest = shapely.STRtree(lines).query_nearest(points, max_distance=snap_m, all_matches=False)
    reach = shapely.distance(points[point], lines[nearest]) + _SAME_M
    # Every segment as near as the nearest, to the millimetre: whoever shares a junction shares its incidents.
    first, segment = shapely.STRtree(lines).query(points[point], predicate="dwithin", distance=reach)
    order = np.lexsort((segment, point[first]))
    return point[first][order].astype(np.int64), segment[order].astype(np.int64)


def rank_streets(
    rows: pd.DataFrame,
    roads: pd.DataFrame,
    *,
    outline: shapely.Geometry,
    snap_m: float = 50.0,
    least_length_m: float = 50.0,
    most: int = 200,
) -> Streets:
    """
    Rank street segments by incidents of the chosen kinds per kilometre.

    Parameters
    ----------
    rows
        Table of `hotspots.history.scored_rows`, of the window.
    roads
        The road layer: `feature_name` (None where it has no name) and `geometry` (lines), in the analysis CRS.
    outline
        The force: segments wholly outside it are left out.
    snap_m
        Distance within which an incident belongs to its nearest segment, metres.
    least_length_m
        Segments that are shorter are ranked as if they were this long, metres: a stub of road is no hot street.
    most
        Segments that are returned at most.

    Returns
    -------
    Streets
        `no_data` where no road layer is loaded or no incident lies near a road.
    """
    lines, names = _lines_inside(roads, outline)
    own = rows[rows["is_own"]]
    n_own = int(own["n"].sum())
    empty = pd.DataFrame({column: [] for column in STREET_COLUMNS})
    if not len(lines):
        reason = "No road layer is loaded, so that streets cannot be ranked (redzones load layer FILE --kind roads)."
        return Streets(FigureState.NO_DATA, reason, empty, 0, 0.0, n_own, 0.0, snap_m, 0.0)
    counts, tied = _shared_counts(own, lines, snap_m)
    length_m = shapely.length(lines)
    length_km = float(length_m.sum() / 1000)
    if not counts.sum() > 0:
        reason = f"No incident of the chosen kinds lies within {snap_m:g} m of a road."
        return Streets(FigureState.NO_DATA, reason, empty, len(lines), length_km, n_own, 0.0, snap_m, 0.0)
    per_km = counts / (np.maximum(length_m, least_length_m) / 1000)
    order = np.lexsort((np.arange(len(lines)), -per_km))
    order = order[counts[order] > 0]
    rank, rank_last = _shared_ranks(per_km[order])
    shown = order[:most]
    table = pd.DataFrame(
        {
            "rank": rank[:most],
            "rank_last": rank_last[:most],
            "segment": shown,
            "street_name": pd.Series([names[i] for i in shown], dtype=object),
            "length_m": length_m[shown],
            "n_incidents": counts[shown],
            "per_km": per_km[shown],
            "n_tied": tied[shown],
            "geometry": pd.Series(list(lines[shown]), dtype=object),
        }
    )
    half = _length_of_half(counts, length_m)
    return Streets(FigureState.OK, "", table, len(lines), length_km, n_own, float(counts.sum()), snap_m, half)


def _lines_inside(roads: pd.DataFrame, outline: shapely.Geometry) -> tuple[NDArray[np.object_], list[str]]:
    """Return the single lines of a road layer that share ground with the force, in order of place."""
    if roads.empty:
        return np.array([], dtype=object), []
    parts, owner = shapely.get_parts(np.asarray(roads["geometry"], dtype=object), return_index=True)
    is_line = shapely.get_dimensions(parts) == 1
    shapely.prepare(outline)
    keep = is_line & shapely.intersects(outline, parts) & (shapely.length(parts) > 0)
    lines, owner = parts[keep], owner[keep]
    # Two files with the same roads in another order have to give the same ranks.
    key = [(*bounds, shapely.to_wkb(line)) for bounds, line in zip(shapely.bounds(lines).tolist(), lines, strict=True)]
    order = sorted(range(len(lines)), key=key.__getitem__)
    names = [value if isinstance(value, str) else "" for value in roads["feature_name"]]
    return lines[order], [names[owner[i]] for i in order]


def _shared_counts(own: pd.DataFrame, lines: NDArray[np.object_], snap_m: float) -> tuple[Floats, Floats]:
    """Return the incidents of every segment, and how many of them it shares with another."""
    by_place = own.groupby(["x", "y"], as_index=False)["n"].sum()
    x, y, n = (by_place[name].to_numpy(np.float64) for name in ("x", "y", "n"))
    if not len(x):
        return np.zeros(len(lines)), np.zeros(len(lines))
    point, segment = snap_to_segments(lines, x, y, snap_m=snap_m)
    n_near = np.bincount(point, minlength=len(x))
    share = n[point] / n_near[point]
    counts = np.bincount(segment, share, minlength=len(lines)).astype(np.float64)
    tied = np.bincount(segment, np.where(n_near[point] > 1, share, 0.0), minlength=len(lines)).astype(np.float64)
    return counts, tied


def _shared_ranks(values: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and the last rank of falling values, equal values sharing theirs."""
    rounded = np.round(values, 9)
    first = np.searchsorted(-rounded, -rounded, side="left") + 1
    last = np.searchsorted(-rounded, -rounded, side="right")
    return first.astype(np.int64), last.astype(np.int64)


def _length_of_half(counts: Floats, length_m: Floats) -> float:
    """Return the least share of the length that holds half of the incidents; a segment may count in part."""
    order = np.argsort(-counts / length_m, kind="stable")
    held = np.concatenate([[0.0], np.cumsum(counts[order])])
    length = np.concatenate([[0.0], np.cumsum(length_m[order])])
    return float(np.interp(counts.sum() / 2, held, length) / length_m.sum())
