"""
Where a visit is seen by many: the visibility layer of the strategy (¶33), which is not a Red Zone.

It serves events and street briefings, beside the zones and never among them: people there say nothing of trouble there.
It counts people (residents, and those at work where that is loaded), never who they are, and places that people go to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from domain.crs import BRITISH_NATIONAL_GRID
from domain.errors import CrsError
from hotspots.confidence import area_of_pixels
from hotspots.naming import grid_reference, is_generic, plain_location
from hotspots.rasters import ForceRaster, force_outline, force_raster
from hotspots.results import VisibilityResult
from hotspots.zones import disc_offsets, disc_sums

__all__ = ["PLACE_KINDS", "PublicPlace", "find_visible_places"]

Floats = NDArray[np.float64]

#: Kinds of visible places: where most people live or work, and places that people go to.
PLACE_KINDS = (
    "people", "school", "railway_station", "transport_hub", "shopping_centre", "shop", "licensed_premises",
    "greenspace",
)  # fmt: skip

# Of these there are many in one street: the one with most of its kind in sight stands for them.
_CLUSTERED = frozenset({"shop", "licensed_premises"})

_PIXEL_M = 50.0
_NEAR_STREET_M = 300.0
_COLUMNS = (
    "patrol_code", "rank", "kind", "name", "grid_reference", "x", "y", "residents", "workers", "people", "in_sight",
    "is_low_confidence",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PublicPlace:
    """
    A place that people go to, of a loaded layer; a name only where it may be published.

    Parameters
    ----------
    kind
        One of `PLACE_KINDS` but `people`.
    x, y
        Metres in the analysis CRS.
    name
        Its name, or an empty text.
    """

    kind: str
    x: float
    y: float
    name: str = ""


def find_visible_places(  # noqa: PLR0913 - people, places, and the two geographies
    small_areas: gpd.GeoDataFrame,
    residents: Mapping[str, float],
    workers: Mapping[str, float],
    places: Sequence[PublicPlace],
    *,
    patrol_areas: gpd.GeoDataFrame,
    force: gpd.GeoDataFrame,
    streets: pd.DataFrame,
    low_confidence: frozenset[str] | None,
    sight_m: float = 200.0,
    per_area: int = 3,
) -> VisibilityResult:
    """
    Find for each patrol area the places where a visit is likely to be seen by most people.

    Parameters
    ----------
    small_areas
        Small areas (`AREAS`).
    residents, workers
        Usual residents, and people who work there, by small-area code; empty where not loaded.
    places
        Schools, stations, shops and so on, and green spaces, where loaded.
    patrol_areas, force
        Patrol areas (`AREAS`) and the force, in the same CRS.
    streets
        Table `domain.schemas.PLACES`, whose locations name the streets near a place.
    low_confidence
        Patrol areas where confidence is likely to be below the force; None without a survey.
    sight_m
        How far a visit is seen, metres.
    per_area
        Places of most people in each patrol area at most; and public places: the best of each kind that is loaded, then
        others up to this number.

    Returns
    -------
    VisibilityResult
        People are spread evenly over their small area, so that a figure is rough where areas are large; the larger of
        residents and people at work counts, since the two are there at different hours. Of public places the one with
        most people in sight is the best of its kind; of shops and licensed premises the one with most of its kind in
        sight. `in_sight` counts the public places that are seen from each place by kind, itself left out.

    Raises
    ------
    CrsError
        If the layers have no CRS in common.
    """
    if small_areas.crs is None or small_areas.crs != patrol_areas.crs or force.crs != patrol_areas.crs:
        raise CrsError("small areas, patrol areas and force have no reference system in common")
    if not residents and not workers:
        return _nothing(
            patrol_areas, "Neither residents nor people at work are loaded, so there is no visibility layer."
        )
    raster = force_raster(force_outline(force), pixel_m=_PIXEL_M)
    owner = area_of_pixels(small_areas, raster)
    codes = list(small_areas["area_code"].astype(str))
    living, working = (_in_sight(_spread(people, codes, owner, raster), sight_m) for people in (residents, workers))
    ground = area_of_pixels(patrol_areas, raster)
    seen = _Seen(places, sight_m)
    rows: list[dict[str, object]] = []
    for position, code in enumerate(patrol_areas["area_code"].astype(str)):
        spots = _spots(np.maximum(living, working), (ground == position) & raster.inside, sight_m, per_area)
        found = [("people", "", *_centre(raster, row, column)) for row, column in spots]
        found += _public_places(seen, raster, ground == position, np.maximum(living, working), per_area)
        for rank, (kind, name, x, y) in enumerate(found, start=1):
            row, column = (int(axis[0]) for axis in raster.pixel_of(np.array([x]), np.array([y])))
            here = {"residents": living[row, column], "workers": working[row, column] if workers else np.nan}
            rows.append(
                {
                    "patrol_code": code, "rank": rank, "kind": kind, "name": name, "x": x, "y": y, **here,
                    "people": max(living[row, column], working[row, column]),
                    "in_sight": seen.counts(x, y, kind=kind),
                    "is_low_confidence": None if low_confidence is None else code in low_confidence,
                }
            )  # fmt: skip
    return _result(_named(rows, streets), patrol_areas, bool(workers), places, low_confidence)


def _named(rows: list[dict[str, object]], streets: pd.DataFrame) -> pd.DataFrame:
    """Say which street a place without a name is near, as far as incidents' locations know."""
    table = pd.DataFrame(rows, columns=[name for name in _COLUMNS if name != "grid_reference"])
    labels = streets["location"].map(plain_location, na_action="ignore")
    is_street = labels.map(lambda label: isinstance(label, str) and not is_generic(label)).astype(bool)
    known = streets.assign(label=labels)[is_street].sort_values(["x", "y", "label"], kind="stable")
    if known.empty or table.empty:
        return table
    tree = cKDTree(known[["x", "y"]].to_numpy(np.float64))
    found = tree.query(table[["x", "y"]].to_numpy(np.float64))
    distance, label = np.asarray(found[0]), known["label"].to_numpy()[np.asarray(found[1])]
    near = [f"near {street}" if d <= _NEAR_STREET_M else "" for street, d in zip(label, distance, strict=True)]
    return table.assign(name=[own or street for own, street in zip(table["name"], near, strict=True)])


def _spread(people: Mapping[str, float], codes: Sequence[str], owner: NDArray[np.int64], raster: ForceRaster) -> Floats:
    """Spread the people of each small area evenly over its ground in the force."""
    if not people:
        return np.zeros(raster.shape)
    known = np.array([*(people.get(code, 0.0) for code in codes), 0.0])
    area = np.bincount(np.where(owner < 0, len(codes), owner).ravel(), raster.area_m2.ravel(), minlength=len(codes) + 1)
    density = np.divide(known, area, out=np.zeros_like(known), where=area > 0)
    return np.asarray(density[owner] * raster.area_m2, dtype=np.float64)


def _in_sight(people: Floats, sight_m: float) -> Floats:
    half_widths = disc_offsets(sight_m / _PIXEL_M)
    return np.maximum(disc_sums(np.pad(people, len(half_widths) // 2), half_widths), 0.0)


def _spots(people: Floats, own: NDArray[np.bool_], sight_m: float, n: int) -> list[tuple[int, int]]:
    """Return the pixels with most people in sight, at least two sights apart, the southernmost of equals first."""
    rows, columns = np.nonzero(own)
    value = people[rows, columns].round(6)
    spots: list[tuple[int, int]] = []
    apart = 2 * sight_m / _PIXEL_M
    while len(spots) < n and len(value) and value.max() > 0:
        best = int(value.argmax())
        row, column = int(rows[best]), int(columns[best])
        spots.append((row, column))
        value = np.where(np.hypot(rows - row, columns - column) < apart, 0.0, value)
    return spots


def _centre(raster: ForceRaster, row: int, column: int) -> tuple[float, float]:
    return raster.west + (column + 0.5) * raster.pixel_m, raster.south + (row + 0.5) * raster.pixel_m


class _Seen:
    """The public places, and which of them are in sight of a point."""

    def __init__(self, places: Sequence[PublicPlace], sight_m: float) -> None:
        self.places, self.sight_m = tuple(places), sight_m
        by_kind = {kind: [(p.x, p.y) for p in places if p.kind == kind] for kind in PLACE_KINDS}
        self._trees = {kind: cKDTree(np.array(xy)) for kind, xy in by_kind.items() if xy}

    def counts(self, x: float, y: float, *, kind: str) -> dict[str, int]:
        """Return the places in sight by kind; a place of a kind that stands here itself is not counted."""
        found = {name: len(tree.query_ball_point((x, y), self.sight_m)) for name, tree in self._trees.items()}
        found[kind] = found.get(kind, 0) - 1
        return {name: n for name, n in found.items() if n > 0}


def _public_places(
    seen: _Seen, raster: ForceRaster, own: NDArray[np.bool_], people: Floats, n: int
) -> list[tuple[str, str, float, float]]:
    """Return the public places of one patrol area: the best of each kind, then those with most people in sight."""
    n_rows, n_columns = raster.shape
    held: list[tuple[float, PublicPlace]] = []
    for place in seen.places:
        row = int((place.y - raster.south) // raster.pixel_m)
        column = int((place.x - raster.west) // raster.pixel_m)
        if 0 <= row < n_rows and 0 <= column < n_columns and own[row, column]:
            held.append((-round(float(people[row, column]), 6), place))
    held.sort(key=lambda item: (item[0], item[1].kind, item[1].name, item[1].x, item[1].y))
    best: dict[str, tuple[float, PublicPlace]] = {}
    for kind in dict.fromkeys(place.kind for _, place in held):
        own_kind = [item for item in held if item[1].kind == kind]
        if kind in _CLUSTERED:
            own_kind.sort(key=lambda item: -seen.counts(item[1].x, item[1].y, kind=kind).get(kind, 0))
        best[kind] = own_kind[0]
    chosen = list(best.values())
    for item in held:
        is_apart = all(_apart(item[1], other) >= seen.sight_m for _, other in chosen if other.kind == item[1].kind)
        if len(chosen) < n and is_apart:
            chosen.append(item)
    chosen.sort(key=lambda item: (item[0], item[1].kind, item[1].name, item[1].x, item[1].y))
    return [(place.kind, place.name, place.x, place.y) for _, place in chosen]


def _apart(one: PublicPlace, other: PublicPlace) -> float:
    return float(np.hypot(one.x - other.x, one.y - other.y))


def _nothing(patrol_areas: gpd.GeoDataFrame, reason: str) -> VisibilityResult:
    empty = gpd.GeoDataFrame({name: [] for name in _COLUMNS}, geometry=[], crs=patrol_areas.crs)
    return VisibilityResult("no_data", reason, empty, ())


def _result(
    table: pd.DataFrame,
    patrol_areas: gpd.GeoDataFrame,
    has_workers: bool,  # noqa: FBT001
    places: Sequence[PublicPlace],
    low_confidence: frozenset[str] | None,
) -> VisibilityResult:
    is_british = patrol_areas.crs.to_epsg() == BRITISH_NATIONAL_GRID
    centres = zip(table["x"].astype(float), table["y"].astype(float), strict=True)
    references = [grid_reference(x, y, is_british_grid=is_british) for x, y in centres]
    table = table.assign(grid_reference=pd.Series(references, dtype=object))[list(_COLUMNS)]
    geometry = shapely.points(table["x"].to_numpy(np.float64), table["y"].to_numpy(np.float64))
    notes = ["People are spread evenly over their small area: a figure is rough where areas are large."]
    if not has_workers:
        notes.append("People at work are not loaded: by day, town centres hold more people than these figures say.")
    missing = [kind.replace("_", " ") for kind in PLACE_KINDS[1:] if not any(p.kind == kind for p in places)]
    if missing:
        notes.append(f"Not loaded, so not listed: {', '.join(missing)}.")
    if any(p.kind in _CLUSTERED for p in places):
        notes.append("Shops and licensed premises are counted, not their customers: how many pass by is not known.")
    notes.append("At what hour people are there is not known from these data.")
    if low_confidence is None:
        notes.append("No survey says where confidence is low, so its coverage cannot be told.")
    return VisibilityResult("ok", "", gpd.GeoDataFrame(table, geometry=geometry, crs=patrol_areas.crs), tuple(notes))
