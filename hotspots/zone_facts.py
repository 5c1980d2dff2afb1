"""What is said of each placed zone: its counts, its mix by kind, its name, its areas, and how firm it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from domain.errors import AnalysisError
from hotspots.naming import is_generic, plain_location, zone_name

__all__ = [
    "MOST_FROM_ONE_PLACE",
    "DiscRows",
    "count_facts",
    "name_zones",
    "patrol_codes",
    "rows_in_discs",
    "zone_segments",
]

Floats = NDArray[np.float64]

#: A zone that draws more than this share of its incidents from one point is "one address" (DESIGN rule 10).
MOST_FROM_ONE_PLACE = 0.5

_NEAR_STREET_M = 500.0


@dataclass(frozen=True, slots=True)
class DiscRows:
    """
    Which incident rows lie in which disc.

    Parameters
    ----------
    positions
        For each disc the positions of its rows, ascending; a row may lie in several discs.
    """

    positions: tuple[NDArray[np.int64], ...]

    def own_rows(self, rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
        """Yield for each disc its rows of the chosen kinds."""
        for positions in self.positions:
            held = rows.iloc[positions]
            yield held[held["is_own"]]

    def sums(self, values: Floats) -> Floats:
        """Return for each disc the sum of row values, shape (n_discs,)."""
        return np.array([values[rows].sum() for rows in self.positions], dtype=np.float64)

    def adding_incidents(self, n: Floats) -> NDArray[np.int64]:
        """
        Return the discs that hold an incident which no disc before them holds, in their order.

        Gaussians reach empty ground, and the ground round a busy point, too: a zone has to have incidents of its own.
        """
        is_covered = n <= 0
        adding = []
        for disc, rows in enumerate(self.positions):
            if not is_covered[rows].all():
                adding.append(disc)
                is_covered[rows] = True
        return np.array(adding, dtype=np.int64)

    def take(self, discs: NDArray[np.int64]) -> DiscRows:
        """Return the rows of some discs, in the order given."""
        return DiscRows(tuple(self.positions[i] for i in discs))


def rows_in_discs(rows: pd.DataFrame, x: Floats, y: Floats, *, radius_m: float) -> DiscRows:
    """
    Return which rows lie within `radius_m` of each centre, the rim included.

    Parameters
    ----------
    rows
        Table of `hotspots.history.scored_rows`.
    x, y
        Centres, metres in the analysis CRS, each of shape (n_discs,).
    radius_m
        Radius, metres.
    """
    row_x, row_y = rows["x"].to_numpy(np.float64), rows["y"].to_numpy(np.float64)
    near = (np.flatnonzero(np.hypot(row_x - cx, row_y - cy) <= radius_m) for cx, cy in zip(x, y, strict=True))
    return DiscRows(tuple(near))


def count_facts(rows: pd.DataFrame, discs: DiscRows) -> pd.DataFrame:
    """
    Count what lies in each zone.

    Parameters
    ----------
    rows
        Table of `hotspots.history.scored_rows`, within the window.
    discs
        Rows of each zone.

    Returns
    -------
    DataFrame
        `n_incidents`, `n_places`, `kinds` (category to count, most frequent first), `top_place_share`,
        `is_single_address`, `n_officer_generated`, a row per zone. A place here is a map point: two descriptions of one
        point are one place.
    """
    counts = [_counts_of(rows.iloc[positions]) for positions in discs.positions]
    return pd.DataFrame.from_records(counts)


def _counts_of(rows: pd.DataFrame) -> dict[str, object]:
    own = rows[rows["is_own"]]
    n_incidents = int(own["n"].sum())
    by_point = own.groupby(["x", "y"])["n"].sum()
    by_kind = own.groupby("category")["n"].sum().sort_index().sort_values(ascending=False, kind="stable")
    share = float(by_point.max() / n_incidents) if n_incidents else 0.0
    return {
        "n_incidents": n_incidents,
        "n_places": len(by_point),
        "kinds": {str(category): int(n) for category, n in by_kind.items()},
        "top_place_share": share,
        "is_single_address": share > MOST_FROM_ONE_PLACE,
        "n_officer_generated": int(rows.loc[~rows["is_public"], "n"].sum()),
    }


def name_zones(
    rows: pd.DataFrame, discs: DiscRows, x: Floats, y: Floats, *, area_names: Sequence[str], references: Sequence[str]
) -> list[str]:
    """
    Name each zone from the locations of its own rows, so that no two zones have the same name.

    Parameters
    ----------
    rows
        Table of `hotspots.history.scored_rows`, within the window.
    discs
        Rows of each zone.
    x, y
        Centres, metres, each of shape (n_zones,).
    area_names, references
        Name of the patrol area, and grid reference, of each zone.
    """
    rows = rows.assign(label=rows["location"].map(plain_location, na_action="ignore").astype(object))
    streets = rows[rows["label"].map(lambda label: label is not None and not is_generic(label)).astype(bool)]
    streets = streets.drop_duplicates(["x", "y", "label"])
    names = []
    for zone, held in enumerate(discs.own_rows(rows)):
        own = held[held["label"].notna()]
        counts = own.groupby("label")["n"].sum().sort_index().sort_values(ascending=False, kind="stable")
        names.append(
            zone_name(
                [str(label) for label in counts.index],
                area_name=area_names[zone],
                near_street=_nearest_street(streets, x[zone], y[zone]),
                fallback=references[zone],
            )
        )
    return [
        f"{name} ({reference})" if names.count(name) > 1 and reference not in name else name
        for name, reference in zip(names, references, strict=True)
    ]


def _nearest_street(streets: pd.DataFrame, x: float, y: float) -> str | None:
    distance = np.hypot(streets["x"] - x, streets["y"] - y)
    near = streets.assign(distance=distance)[distance <= _NEAR_STREET_M]
    if near.empty:
        return None
    return str(near.sort_values(["distance", "label"], kind="stable")["label"].iloc[0])


def patrol_codes(patrol_areas: gpd.GeoDataFrame, x: Floats, y: Floats) -> list[str]:
    """
    Return the patrol area that holds each centre.

    Parameters
    ----------
    patrol_areas
        Table `domain.schemas.AREAS`.
    x, y
        Centres in its CRS, each of shape (n_zones,).

    Returns
    -------
    list of str
        The lowest code where a centre lies on a border; the nearest area where it lies in none.

    Raises
    ------
    AnalysisError
        If there are no patrol areas.
    """
    if patrol_areas.empty:
        raise AnalysisError("there are no patrol areas", hint="Load the boundaries of the patrol geography.")
    areas = patrol_areas.sort_values("area_code", kind="stable")
    tree, points = shapely.STRtree(areas.geometry.to_numpy()), np.asarray(shapely.points(x, y), dtype=object)
    code = areas["area_code"].to_numpy()
    nearest = np.asarray(tree.nearest(points), dtype=np.int64)
    point, area = tree.query(points, predicate="intersects")
    holding = pd.Series(area).groupby(point).min()
    return [str(code[holding.get(i, nearest[i])]) for i in range(len(points))]


def zone_segments(rows: pd.DataFrame, discs: DiscRows, area_segments: Mapping[str, str]) -> list[str | None]:
    """
    Return the environment of each zone: that of the small area with most of its incidents.

    Parameters
    ----------
    rows
        Table of `hotspots.history.scored_rows`, within the window.
    discs
        Rows of each zone.
    area_segments
        Environment code by small-area code.
    """
    segments = []
    for own in discs.own_rows(rows):
        counts = own.groupby("small_area_code")["n"].sum().sort_index()
        segments.append(None if counts.empty else area_segments.get(str(counts.idxmax())))
    return segments
