"""Red Zones: where visible patrol will meet the most antisocial behaviour and minor crime (METHODS 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from domain.crs import BRITISH_NATIONAL_GRID
from domain.errors import CrsError
from domain.incidents import ScoringSet
from domain.schemas import AREAS, check
from hotspots.candidates import candidate_named
from hotspots.exclusions import Exclusion, excluded_ground, outside_ground
from hotspots.expectation import Expectation, expected_rates, prior_of_cells
from hotspots.history import History, public_history, scored_rows
from hotspots.naming import grid_reference
from hotspots.rasters import force_outline, force_raster
from hotspots.results import RedZonesResult, ScoreSurface
from hotspots.surface import SMOOTH_PIXEL_M, decayed_weights, score_raster
from hotspots.zone_facts import (
    DiscRows,
    count_facts,
    name_zones,
    patrol_codes,
    rows_in_discs,
    share_of_resamples,
    zone_segments,
)
from hotspots.zone_ids import match_zone_ids, new_zone_id
from hotspots.zones import blurred_for_placing, place_discs

__all__ = ["ZoneSettings", "find_red_zones", "score_surface"]

Floats = NDArray[np.float64]

_ARC_SEGMENTS = 16

# Twice as many discs as zones show how firm the zones are; a flat surface may need more to find enough with incidents.
_POOL_SIZES = (2, 8, 32)

_COLUMNS = (
    "zone_id", "rank_force", "rank_patrol", "patrol_code", "unit_code", "name", "grid_reference", "centre_x",
    "centre_y", "radius_m", "area_km2", "score", "expected_per_month", "expected_lower", "expected_upper",
    "n_incidents", "n_places", "kinds", "top_place_share", "is_single_address", "n_officer_generated",
    "segment_code", "firmness", "geometry",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ZoneSettings:
    """
    How zones are scored and placed.

    Parameters
    ----------
    capacity
        Number of zones that patrol can cover.
    window_months
        Months that the surface reads.
    half_life_months
        Months in which an incident loses half of its weight.
    radius_m
        Radius of a zone, metres; 141 m make 0.0625 km2.
    pixel_m
        Side of the pixels on which zones are placed, metres; divides 50 evenly.
    blur_m
        Standard deviation of the blur before placing, metres.
    least_new_share
        Share of a zone that has to be ground which no better zone covers.
    """

    capacity: int
    window_months: int = 12
    half_life_months: float = 8.0
    radius_m: float = 141.0
    pixel_m: float = 25.0
    blur_m: float = 60.0
    least_new_share: float = 0.6


@dataclass(frozen=True, slots=True)
class _Zones:
    """Kept zones in order of rank: centres, score, firmness, and the rows in each."""

    x: Floats
    y: Floats
    score: Floats
    firmness: Floats
    discs: DiscRows


def find_red_zones(  # noqa: PLR0913 - the tables of four rooms
    places: pd.DataFrame,
    place_counts: pd.DataFrame,
    kinds: pd.DataFrame,
    *,
    scoring_set: ScoringSet,
    last_month_index: int,
    force: gpd.GeoDataFrame,
    patrol_areas: gpd.GeoDataFrame,
    area_segments: Mapping[str, str],
    settings: ZoneSettings,
    model: str,
    previous: gpd.GeoDataFrame | None,
    rng: np.random.Generator,
    exclusions: Sequence[Exclusion] = (),
) -> RedZonesResult:
    """
    Score the ground for the month to come, and place, rank and describe the zones.

    Parameters
    ----------
    places, place_counts, kinds
        Tables `PLACES`, `PLACE_COUNTS` and `KINDS` of `domain.schemas`; coordinates in metres in the analysis CRS.
    scoring_set
        Which categories score; officer-generated rows are counted beside and never score.
    last_month_index
        Last month that is read; the month after it is forecast.
    force, patrol_areas
        Outline of the force, and its patrol areas (`AREAS`), in the analysis CRS.
    area_segments
        Environment code by small-area code; it describes zones and never places them (DESIGN rule 9).
    settings
        How zones are scored and placed.
    model
        Name of the candidate that scores, as the back-test chose it.
    previous
        Zones of the run before (`zone_id`, `geometry`), whose ids are kept by overlap.
    rng
        Draws the resamples behind `firmness`.
    exclusions
        Ground that is treated as if it lay outside the force, before anything is ranked; a note tells of each.

    Returns
    -------
    RedZonesResult
        Zones in order of rank (most score per new ground first). `firmness` is the share of 100 resamples of the
        incidents in which the zone stays among the first `capacity` of twice as many discs. Expected incidents are
        plain counts, whatever weights the score gives to kinds. Without any incident the table is empty, and a note
        says so.

    Raises
    ------
    SchemaError
        If a table does not have its agreed columns.
    CrsError
        If the force and its patrol areas have no CRS in common.
    AnalysisError
        If the tables do not belong together, or there are no patrol areas.
    SettingsError
        If the model or the radius is not possible.
    """
    patrol_areas = gpd.GeoDataFrame(check(patrol_areas, AREAS))
    if force.crs is None or force.crs != patrol_areas.crs:
        raise CrsError("the force and its patrol areas have no reference system in common")
    rows = scored_rows(places, place_counts, kinds, scoring_set=scoring_set)
    first_month_index = last_month_index - settings.window_months + 1
    rows = rows[rows["month_index"].between(first_month_index, last_month_index)].reset_index(drop=True)
    outline = force_outline(force)
    if exclusions:
        excluded = excluded_ground(exclusions)
        rows, outline = outside_ground(rows, excluded), shapely.difference(outline, excluded)
    history = public_history(rows, last_month_index=last_month_index)
    if not history.n_own.any():
        note = "No public-reported incident of the chosen kinds lies in the force in these months: there are no zones."
        zones = gpd.GeoDataFrame({column: [] for column in _COLUMNS}, geometry="geometry", crs=force.crs)
        return RedZonesResult(str(scoring_set), zones, settings.window_months, settings.capacity, (note,))
    surface = score_surface(history, outline, month_index=last_month_index + 1, settings=settings, model=model)
    placed = _place(surface, rows, last_month_index, settings, rng)
    zones = _describe(placed, rows, patrol_areas, area_segments, settings)
    expected = _expected(placed.discs, rows, history, outline, last_month_index, settings)
    zones = zones.assign(expected_per_month=expected.mean, expected_lower=expected.lower, expected_upper=expected.upper)
    circles = shapely.buffer(shapely.points(placed.x, placed.y), settings.radius_m, quad_segs=_ARC_SEGMENTS)
    geometry = np.asarray(shapely.intersection(circles, outline), dtype=object)
    zones["area_km2"] = shapely.area(geometry) / 1e6
    zones["zone_id"] = _zone_ids(placed, geometry, previous, scoring_set, force)
    frame = gpd.GeoDataFrame(zones, geometry=geometry, crs=force.crs)[list(_COLUMNS)]
    notes = (*_notes(placed.discs, history, settings), *(e.sentence() for e in exclusions))
    return RedZonesResult(str(scoring_set), frame, settings.window_months, settings.capacity, notes)


def score_surface(
    history: History, outline: shapely.Geometry, *, month_index: int, settings: ZoneSettings, model: str
) -> ScoreSurface:
    """
    Score the pixels on which zones are placed.

    Parameters
    ----------
    history
        Public-reported incidents of the window.
    outline
        The force, metres in the analysis CRS.
    month_index
        The month that is forecast.
    settings
        Pixels and half-life.
    model
        Name of the candidate.
    """
    candidate = candidate_named(model, half_life_months=settings.half_life_months)
    coarse, fine = (
        force_raster(outline, pixel_m=pixel_m, anchor_m=SMOOTH_PIXEL_M).holding(history.x, history.y)
        for pixel_m in (SMOOTH_PIXEL_M, settings.pixel_m)
    )
    score = candidate.score(history, coarse, month_index=month_index)
    return ScoreSurface(score_raster(score, history, fine), fine.west, fine.south, fine.pixel_m, fine.inside)


def _decay(rows: pd.DataFrame, last_month_index: int, settings: ZoneSettings) -> Floats:
    age = last_month_index + 1 - rows["month_index"].to_numpy(np.int64)
    return decayed_weights(age, half_life_months=settings.half_life_months)


def _own(rows: pd.DataFrame) -> Floats:
    """Return the incidents of the chosen kinds in each row."""
    return rows["n"].where(rows["is_own"], 0).to_numpy(np.float64)


def _place(
    surface: ScoreSurface, rows: pd.DataFrame, last_month_index: int, settings: ZoneSettings, rng: np.random.Generator
) -> _Zones:
    """Place more discs than patrol can cover, to see how firm the first are, and keep those."""
    blurred = blurred_for_placing(surface, sigma_m=settings.blur_m)
    own, decay = _own(rows), _decay(rows, last_month_index, settings)
    for times in _POOL_SIZES:
        n_wanted = times * settings.capacity
        pool = place_discs(
            blurred, radius_m=settings.radius_m, capacity=n_wanted, least_new_share=settings.least_new_share
        )
        discs = rows_in_discs(rows, pool.x, pool.y, radius_m=settings.radius_m)
        adding = discs.adding_incidents(own)
        if len(adding) >= settings.capacity or len(pool.x) < n_wanted:
            break
    discs = discs.take(adding)
    firmness = share_of_resamples(discs, pool.score[adding], own, decay, capacity=settings.capacity, rng=rng)
    kept = np.argsort(-pool.score[adding[: settings.capacity]], kind="stable")
    zone = adding[kept]
    return _Zones(pool.x[zone], pool.y[zone], pool.score[zone], firmness[kept], discs.take(kept))


def _describe(
    placed: _Zones,
    rows: pd.DataFrame,
    patrol_areas: gpd.GeoDataFrame,
    area_segments: Mapping[str, str],
    settings: ZoneSettings,
) -> pd.DataFrame:
    areas = patrol_areas.set_index("area_code")
    codes = patrol_codes(patrol_areas, placed.x, placed.y)
    is_british = patrol_areas.crs.to_epsg() == BRITISH_NATIONAL_GRID
    references = [grid_reference(x, y, is_british_grid=is_british) for x, y in zip(placed.x, placed.y, strict=True)]
    area_names = [str(areas.loc[code, "area_name"]) for code in codes]
    zones = count_facts(rows, placed.discs).assign(
        rank_force=np.arange(1, len(codes) + 1),
        patrol_code=pd.Series(codes, dtype=object),
        unit_code=pd.Series([_text(areas.loc[code, "parent_code"]) for code in codes], dtype=object),
        name=name_zones(rows, placed.discs, placed.x, placed.y, area_names=area_names, references=references),
        grid_reference=references,
        centre_x=placed.x,
        centre_y=placed.y,
        radius_m=settings.radius_m,
        score=placed.score,
        firmness=placed.firmness,
        segment_code=pd.Series(zone_segments(rows, placed.discs, area_segments), dtype=object),
    )
    return zones.assign(rank_patrol=zones.groupby("patrol_code")["rank_force"].rank().astype(np.int64))


def _text(value: object) -> str:
    # A missing text is None, or NaN where pandas had its way.
    return value if isinstance(value, str) else ""


def _expected(
    discs: DiscRows,
    rows: pd.DataFrame,
    history: History,
    outline: shapely.Geometry,
    last_month_index: int,
    settings: ZoneSettings,
) -> Expectation:
    """Return expected incidents per month, with the prior that cells of a zone's size give."""
    weights = decayed_weights(last_month_index + 1 - history.months, half_life_months=settings.half_life_months)
    decayed = _own(rows) * _decay(rows, last_month_index, settings)
    side_m = np.sqrt(np.pi) * settings.radius_m
    cell = np.stack([np.floor(rows[axis].to_numpy(np.float64) / side_m) for axis in ("x", "y")])
    _, position = np.unique(cell, axis=1, return_inverse=True)
    occupied = np.bincount(position, decayed)
    n_empty = max(int(shapely.area(outline) / side_m**2) - len(occupied), 0)
    prior = prior_of_cells(np.concatenate([occupied, np.zeros(n_empty)]), weights)
    return expected_rates(discs.sums(decayed), weights, prior=prior)


def _zone_ids(
    placed: _Zones,
    geometry: NDArray[np.object_],
    previous: gpd.GeoDataFrame | None,
    scoring_set: ScoringSet,
    force: gpd.GeoDataFrame,
) -> list[str]:
    if previous is not None and len(previous) and previous.crs != force.crs:
        raise CrsError("the zones of the run before are in another reference system than the force")
    is_british = force.crs.to_epsg() == BRITISH_NATIONAL_GRID
    fresh = [
        new_zone_id(x, y, scoring_set=scoring_set, is_british_grid=is_british)
        for x, y in zip(placed.x, placed.y, strict=True)
    ]
    return match_zone_ids(list(geometry), fresh, previous)


def _notes(discs: DiscRows, history: History, settings: ZoneSettings) -> tuple[str, ...]:
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
