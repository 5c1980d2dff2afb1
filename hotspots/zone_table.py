"""The table of zones: names, areas, ranks, expected incidents, ids and rounds on foot of the discs that were placed."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from domain.crs import BRITISH_NATIONAL_GRID
from domain.errors import CrsError
from domain.incidents import ScoringSet
from hotspots.expectation import Expectation, expected_rates, prior_of_cells
from hotspots.history import History
from hotspots.naming import grid_reference
from hotspots.placing import PlacedList, ZoneSettings
from hotspots.seasons import SeasonalIndex
from hotspots.surface import decayed_weights
from hotspots.walking_groups import walking_groups
from hotspots.zone_facts import DiscRows, count_facts, name_zones, patrol_codes, zone_segments
from hotspots.zone_ids import match_zone_ids, new_zone_id

__all__ = [
    "describe_zones",
    "expected_incidents",
    "group_columns",
    "named_zones",
    "note_on_islets",
    "notes_on_list",
    "stable_ids",
]

Floats = NDArray[np.float64]


def named_zones(
    rows: pd.DataFrame, discs: DiscRows, x: Floats, y: Floats, patrol_areas: gpd.GeoDataFrame
) -> pd.DataFrame:
    """
    Return `name`, `grid_reference`, `patrol_code` and `unit_code` of zones.

    Parameters
    ----------
    rows
        Table of `hotspots.history.scored_rows`, within the window.
    discs
        Rows of each zone.
    x, y
        Centres, metres, each of shape (n_zones,).
    patrol_areas
        Table `domain.schemas.AREAS`.
    """
    areas = patrol_areas.set_index("area_code")
    codes = patrol_codes(patrol_areas, x, y)
    is_british = patrol_areas.crs.to_epsg() == BRITISH_NATIONAL_GRID
    references = [grid_reference(cx, cy, is_british_grid=is_british) for cx, cy in zip(x, y, strict=True)]
    area_names = [str(areas.loc[code, "area_name"]) for code in codes]
    return pd.DataFrame(
        {
            "name": pd.Series(
                name_zones(rows, discs, x, y, area_names=area_names, references=references), dtype=object
            ),
            "grid_reference": pd.Series(references, dtype=object),
            "patrol_code": pd.Series(codes, dtype=object),
            "unit_code": pd.Series([_text(areas.loc[code, "parent_code"]) for code in codes], dtype=object),
        }
    )


def _text(value: object) -> str:
    # A missing text is None, or NaN where pandas had its way.
    return value if isinstance(value, str) else ""


def describe_zones(
    listed: PlacedList,
    rows: pd.DataFrame,
    patrol_areas: gpd.GeoDataFrame,
    area_segments: Mapping[str, str],
    settings: ZoneSettings,
) -> pd.DataFrame:
    """
    Return what is said of each zone of a list: counts, name, areas, ranks in force, unit and patrol area, segment.

    Parameters
    ----------
    listed
        The zones in order of rank.
    rows
        Table of `hotspots.history.scored_rows`, within the window.
    patrol_areas
        Table `domain.schemas.AREAS`.
    area_segments
        Environment code by small-area code.
    settings
        How the zones were placed.
    """
    named = named_zones(rows, listed.discs, listed.x, listed.y, patrol_areas)
    zones = pd.concat([named, count_facts(rows, listed.discs)], axis="columns").assign(
        rank_force=np.arange(1, len(named) + 1),
        centre_x=listed.x,
        centre_y=listed.y,
        radius_m=settings.radius_m,
        score=listed.score,
        segment_code=pd.Series(zone_segments(rows, listed.discs, area_segments), dtype=object),
    )
    by_patrol, by_unit = (zones.groupby(code)["rank_force"].rank() for code in ("patrol_code", "unit_code"))
    return zones.assign(rank_patrol=by_patrol.astype(np.int64), rank_unit=by_unit.astype(np.int64))


def expected_incidents(
    discs: DiscRows,
    rows: pd.DataFrame,
    history: History,
    outline: shapely.Geometry,
    last_month_index: int,
    settings: ZoneSettings,
    season: SeasonalIndex,
) -> Expectation:
    """
    Return expected incidents per month, with the prior that cells of a zone's size give.

    Parameters
    ----------
    discs
        Rows of each zone.
    rows
        Table of `hotspots.history.scored_rows`, within the window.
    history
        Public-reported incidents of the window.
    outline
        The force, metres in the analysis CRS.
    last_month_index
        Last month that is read.
    settings
        Half-life and radius.
    season
        Makes the months of the window worth as many months like the one to come.
    """
    weights = decayed_weights(last_month_index + 1 - history.months, half_life_months=settings.half_life_months)
    weights = weights * season.exposures(history.months, month_index=last_month_index + 1)
    age = last_month_index + 1 - rows["month_index"].to_numpy(np.int64)
    own = rows["n"].where(rows["is_own"], 0).to_numpy(np.float64)
    decayed = own * decayed_weights(age, half_life_months=settings.half_life_months)
    side_m = np.sqrt(np.pi) * settings.radius_m
    cell = np.stack([np.floor(rows[axis].to_numpy(np.float64) / side_m) for axis in ("x", "y")])
    _, position = np.unique(cell, axis=1, return_inverse=True)
    occupied = np.bincount(position, decayed)
    n_empty = max(int(shapely.area(outline) / side_m**2) - len(occupied), 0)
    prior = prior_of_cells(np.concatenate([occupied, np.zeros(n_empty)]), weights)
    return expected_rates(discs.sums(decayed), weights, prior=prior)


def stable_ids(
    listed: PlacedList,
    geometry: NDArray[np.object_],
    previous: gpd.GeoDataFrame | None,
    scoring_set: ScoringSet,
    force: gpd.GeoDataFrame,
) -> list[str]:
    """
    Return the id of each zone: that of the zone before it on much of the same ground, else one made from the place.

    Parameters
    ----------
    listed, geometry
        The zones in order of rank, and their ground.
    previous
        Zones of the run before; None for the first.
    scoring_set
        Whose zones they are.
    force
        The force, whose CRS the zones have.

    Raises
    ------
    CrsError
        If the zones before are in another reference system.
    """
    if previous is not None and len(previous) and previous.crs != force.crs:
        raise CrsError("the zones of the run before are in another reference system than the force")
    is_british = force.crs.to_epsg() == BRITISH_NATIONAL_GRID
    fresh = [
        new_zone_id(x, y, scoring_set=scoring_set, is_british_grid=is_british)
        for x, y in zip(listed.x, listed.y, strict=True)
    ]
    return match_zone_ids(list(geometry), fresh, previous)


def group_columns(listed: PlacedList, zone_ids: list[str], settings: ZoneSettings) -> pd.DataFrame:
    """
    Return the round on foot of each zone: `group_id`, `group_members` (ids in order of walking) and `group_walk_m`.

    Parameters
    ----------
    listed
        The zones in order of rank.
    zone_ids
        Their ids.
    settings
        Which zones make one round.
    """
    groups = walking_groups(listed.x, listed.y, rules=settings.walking)
    of_zone = {zone: group for group in groups for zone in group.members}
    ordered = [of_zone[zone] for zone in range(len(zone_ids))]
    return pd.DataFrame(
        {
            "group_id": pd.Series([f"R-{zone_ids[group.members[0]]}" for group in ordered], dtype=object),
            "group_members": pd.Series([[zone_ids[zone] for zone in group.members] for group in ordered], dtype=object),
            "group_walk_m": np.array([group.round_m for group in ordered], dtype=np.float64),
        }
    )


def notes_on_list(discs: DiscRows, history: History, settings: ZoneSettings) -> tuple[str, ...]:
    """
    Return sentences on the list as a whole: fewer zones than capacity, months that are missing, zones that overlap.

    Parameters
    ----------
    discs
        Rows of each zone.
    history
        Public-reported incidents of the window.
    settings
        Capacity and window.
    """
    notes = []
    n_zones = len(discs.positions)
    if n_zones < settings.capacity:
        notes.append(f"Patrol could cover {settings.capacity} zones; incidents of the chosen kinds support {n_zones}.")
    if len(history.months) < settings.window_months:
        notes.append(f"Of the last {settings.window_months} months, data of {len(history.months)} are loaded.")
    rows = np.concatenate(discs.positions)
    if len(np.unique(rows)) < len(rows):
        notes.append("Zones may overlap at their edges; an incident in two zones is counted in both.")
    return tuple(notes)


def note_on_islets(rows: pd.DataFrame, outline: shapely.Geometry, settings: ZoneSettings) -> tuple[str, ...]:
    """
    Return a sentence on incidents on islets too small for a zone; nothing where there are none.

    Parameters
    ----------
    rows
        Table of `hotspots.history.scored_rows`, within the window.
    outline
        The force, metres in the analysis CRS.
    settings
        Radius of a zone, and the share of its circle that has to be ground of the force.
    """
    least_m2 = settings.least_new_share * np.pi * settings.radius_m**2
    parts = shapely.get_parts(outline)
    small = parts[shapely.area(parts) < least_m2]
    # A circle that touches a part lies within two radii of it.
    reach = shapely.buffer(small, 2 * settings.radius_m)
    alone = small[shapely.area(shapely.intersection(reach, outline)) < least_m2]
    if not len(alone):
        return ()
    own = rows[rows["is_own"]]
    is_there = shapely.contains_xy(shapely.union_all(alone), own["x"], own["y"])
    n = int(own["n"][is_there].sum())
    share = f"{settings.least_new_share:.0%}".replace("%", " %")
    where = "Incidents on ground in the force on which no zone fits"
    return (f"{where}: {n} of {int(own['n'].sum())} (a zone needs {share} of its circle).",) if n else ()
