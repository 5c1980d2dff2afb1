"""Red Zones: where visible patrol will meet the most antisocial behaviour and minor crime (METHODS 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from domain.errors import CrsError
from domain.incidents import ScoringSet
from domain.schemas import AREAS, check
from hotspots.confidence import Perception, confidence_factor, weigh_rows
from hotspots.exclusions import Exclusion, excluded_ground, outside_ground
from hotspots.firmness import firmness_of, incidents_of
from hotspots.history import incidents_by_month, public_history, scored_rows
from hotspots.overrides import ORDER_OF_OVERRIDES, Nudge, applied_overrides, nudge_factor
from hotspots.placing import Factors, Ground, PlacedList, ZoneSettings, score_ground, score_surface
from hotspots.rasters import force_outline
from hotspots.repeat_callers import callers_note, repeat_caller_facts
from hotspots.results import ListComparison, RedZonesResult
from hotspots.score_parts import PART_COLUMNS, score_parts
from hotspots.seasons import SAME_SEASON, seasonal_index
from hotspots.sensitive_places import DEFAULT_ADDRESS_RULE, SensitivePlace, sensitive_near
from hotspots.two_lists import compare_lists, hits_of_lists, no_comparison
from hotspots.zone_facts import DiscRows, rows_in_discs
from hotspots.zone_table import (
    describe_zones,
    expected_incidents,
    group_columns,
    named_zones,
    note_on_islets,
    notes_on_list,
    stable_ids,
)

__all__ = ["ZoneSettings", "find_red_zones", "score_surface"]

Floats = NDArray[np.float64]

_ARC_SEGMENTS = 16

# What c is compared at where the force has set it to 0 but perception is known (METHODS 7).
_USUAL_STRENGTH = 0.25

_COLUMNS = (
    "zone_id", "rank_force", "rank_unit", "rank_patrol", "patrol_code", "unit_code", "name", "grid_reference",
    "centre_x", "centre_y", "radius_m", "area_km2", "score", *PART_COLUMNS, "nudge_factor", "confidence_factor",
    "rank_without_nudges", "rank_without_confidence", "expected_per_month", "expected_lower", "expected_upper",
    "n_incidents", "n_places", "kinds", "top_place_share", "is_single_address",
    "repeat_caller_share", "has_repeat_callers", "sensitive_near",
    "n_officer_generated", "segment_code", "firmness", "firmness_margin", "group_id", "group_members", "group_walk_m",
    "geometry",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Task:
    """What every part of the work is told."""

    scoring_set: ScoringSet
    last_month_index: int
    outline: shapely.Geometry
    patrol_areas: gpd.GeoDataFrame
    settings: ZoneSettings
    model: str
    perception: Perception
    nudges: tuple[Nudge, ...]

    def window(self, rows: pd.DataFrame, month_index: int) -> pd.DataFrame:
        """Return the rows of the window before a month."""
        first = month_index - self.settings.window_months
        return rows[rows["month_index"].between(first, month_index - 1)].reset_index(drop=True)

    def ground(self, rows: pd.DataFrame, month_index: int, *, weighs: bool) -> Ground:
        """Score the ground for a month from the rows before it, with the public's priorities as weights or without."""
        known = weigh_rows(rows, self.perception.weights) if weighs else rows
        first = month_index - self.settings.window_months
        earlier = known[known["month_index"] < first] if self.model == SAME_SEASON else None
        return score_ground(
            self.window(known, month_index),
            self.outline,
            month_index=month_index,
            settings=self.settings,
            model=self.model,
            earlier=earlier,
        )

    def factors(self, ground: Ground, *, strength: float) -> Factors:
        """Return what nudges and confidence multiply."""
        return Factors(
            nudge_factor(self.nudges, ground.raster),
            confidence_factor(self.perception.deficits, strength, self.patrol_areas, ground.raster),
        )


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
    nudges: Sequence[Nudge] = (),
    sensitive: Sequence[SensitivePlace] = (),
    perception: Perception | None = None,
    callers: pd.DataFrame | None = None,
    compared_months: int = 6,
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
    nudges
        Ground whose score is multiplied before anything is ranked; applied after exclusions, in order of their numbers.
    sensitive
        Places near which a zone is flagged.
    perception
        Confidence and priorities by patrol area; None where nothing is known.
    callers
        Table `REPEAT_CALLERS` of `domain.schemas`; it flags zones and never places them. None where no file tells.
    compared_months
        Past months in which the lists with and without perception are compared.

    Returns
    -------
    RedZonesResult
        Zones in order of rank (most score per new ground first). Expected incidents are plain counts, whatever weights
        the score gives to kinds and areas. Without any incident the table is empty, and a note says so.

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
    everything = scored_rows(places, place_counts, kinds, scoring_set=scoring_set)
    everything = everything[everything["month_index"] <= last_month_index].reset_index(drop=True)
    outline, rows = force_outline(force), everything
    if exclusions:
        excluded = excluded_ground(exclusions)
        rows, outline = outside_ground(rows, excluded), shapely.difference(outline, excluded)
    known = perception or Perception(note="No perception survey is loaded.")
    task = _Task(scoring_set, last_month_index, outline, patrol_areas, settings, model, known, tuple(nudges))
    window = task.window(rows, last_month_index + 1)
    if shapely.area(outline) <= 0 or not window.loc[window["is_own"], "n"].any():
        return _no_zones(task, exclusions, everything, force)
    ground = task.ground(rows, last_month_index + 1, weighs=True)
    factors = task.factors(ground, strength=known.strength)
    placed = ground.place(factors.product)
    listed = placed.listed()
    season = seasonal_index(incidents_by_month(rows), last_month_index=last_month_index)
    expected = expected_incidents(listed.discs, window, ground.history, outline, last_month_index, settings, season)
    circles = shapely.buffer(shapely.points(listed.x, listed.y), settings.radius_m, quad_segs=_ARC_SEGMENTS)
    geometry = np.asarray(shapely.intersection(circles, outline), dtype=object)
    near = sensitive_near(sensitive, listed.x, listed.y, radius_m=settings.radius_m)
    zones = describe_zones(listed, window, patrol_areas, area_segments, settings).assign(
        zone_id=stable_ids(listed, geometry, previous, scoring_set, force),
        area_km2=shapely.area(geometry) / 1e6,
        expected_per_month=expected.mean,
        expected_lower=expected.lower,
        expected_upper=expected.upper,
        sensitive_near=pd.Series(near, dtype=object),
    )
    called = repeat_caller_facts(window, listed.discs, callers)
    parts = (
        zones,
        called,
        _score_columns(task, ground, factors, placed),
        _firmness_columns(ground, factors, listed, rng),
        group_columns(listed, list(zones["zone_id"]), settings),
    )
    frame = gpd.GeoDataFrame(pd.concat(parts, axis="columns"), geometry=geometry, crs=force.crs)[list(_COLUMNS)]
    return RedZonesResult(
        str(scoring_set),
        frame,
        settings.window_months,
        settings.capacity,
        (
            *notes_on_list(listed.discs, ground.history, settings),
            season.sentence(last_month_index + 1),
            *note_on_islets(window, outline, settings),
            *callers_note(called),
            *_weights_notes(known),
            *_override_notes(exclusions, nudges),
        ),
        comparison=_compared(task, rows, ground, placed, factors, compared_months, rng),
        overrides=_override_log(task, exclusions, everything, listed),
    )


def _no_zones(
    task: _Task, exclusions: Sequence[Exclusion], everything: pd.DataFrame, force: gpd.GeoDataFrame
) -> RedZonesResult:
    note = "No public-reported incident of the chosen kinds lies in the force in these months: there are no zones."
    zones = gpd.GeoDataFrame({column: [] for column in _COLUMNS}, geometry="geometry", crs=force.crs)
    nothing = PlacedList(np.zeros(0), np.zeros(0), np.zeros(0), 0, DiscRows(()))
    return RedZonesResult(
        str(task.scoring_set),
        zones,
        task.settings.window_months,
        task.settings.capacity,
        (note, *_weights_notes(task.perception), *_override_notes(exclusions, task.nudges)),
        comparison=no_comparison(note, strength=task.perception.strength),
        overrides=_override_log(task, exclusions, everything, nothing),
    )


def _weights_notes(perception: Perception) -> tuple[str, ...]:
    return (perception.weights_note,) if perception.weights_note else ()


def _override_notes(exclusions: Sequence[Exclusion], nudges: Sequence[Nudge]) -> tuple[str, ...]:
    default = [exclusion for exclusion in exclusions if exclusion.name.startswith(DEFAULT_ADDRESS_RULE)]
    others = [exclusion.sentence() for exclusion in exclusions if exclusion not in default]
    rule = (
        [f"Incidents at default addresses ({len(default)}: stations, hospitals, prisons, custody) place no zone."]
        if default
        else []
    )
    named = (*others, *rule, *(nudge.sentence() for nudge in nudges))
    return (*named, ORDER_OF_OVERRIDES) if len(named) > 1 else named


def _override_log(
    task: _Task, exclusions: Sequence[Exclusion], everything: pd.DataFrame, listed: PlacedList
) -> pd.DataFrame:
    window = task.window(everything, task.last_month_index + 1)
    return applied_overrides(exclusions, task.nudges, window, x=listed.x, y=listed.y, radius_m=task.settings.radius_m)


def _score_columns(task: _Task, ground: Ground, factors: Factors, placed: PlacedList) -> pd.DataFrame:
    """Return the parts of each score, what lifted it, and the rank that it would have had without."""
    listed, radius_m = placed.listed(), task.settings.radius_m
    nudged = ground.mean_factor(listed.x, listed.y, factors.nudge)
    lifted = ground.mean_factor(listed.x, listed.y, factors.confidence, over=factors.nudge)
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = np.where(nudged * lifted > 0, listed.score / (nudged * lifted), 0.0)
    parts = score_parts(
        listed.x, listed.y, radius_m=radius_m, history=ground.history, sharp=ground.score.sharp, decay=ground.decay(),
        model=task.model, plain_score=plain, score=listed.score,
    )  # fmt: skip
    own_rank = np.arange(1.0, len(listed.x) + 1)

    def rank_with(other: Floats | None, applies: bool) -> Floats:  # noqa: FBT001
        return ground.place(other).ranks_of(listed.x, listed.y, radius_m=radius_m) if applies else own_rank

    return parts.assign(
        nudge_factor=nudged,
        confidence_factor=lifted,
        rank_without_nudges=rank_with(factors.confidence, factors.nudge is not None),
        rank_without_confidence=rank_with(factors.nudge, factors.confidence is not None),
    )


def _firmness_columns(ground: Ground, factors: Factors, listed: PlacedList, rng: np.random.Generator) -> pd.DataFrame:
    one, n = incidents_of(ground.history, ground.score.sharp, ground.decay())
    firm = firmness_of(
        listed.x, listed.y, blurred=ground.adjusted(factors.product), one=one, n=n, score=listed.score,
        rules=ground.settings.rules(), jitter_m=ground.settings.jitter_m, rng=rng, multiplier=factors.product,
    )  # fmt: skip
    return pd.DataFrame({"firmness": firm.share, "firmness_margin": firm.margin})


def _compared(
    task: _Task,
    rows: pd.DataFrame,
    ground: Ground,
    placed: PlacedList,
    factors: Factors,
    months: int,
    rng: np.random.Generator,
) -> ListComparison:
    """Compare the lists with and without perception; where it changes nothing, with the list that the usual c gives."""
    perception = task.perception
    is_published = perception.changes_scores
    strength = perception.strength if is_published else perception.strength or _USUAL_STRENGTH
    if not (perception.deficits or perception.weighs_kinds):
        return no_comparison(perception.note or "Nothing is known of perception.", strength=perception.strength)
    now = ground.month_index
    plain_ground = ground if perception.weights.empty else task.ground(rows, now, weighs=False)
    without = plain_ground.place(factors.nudge)
    compared = factors if is_published else task.factors(ground, strength=strength)
    with_it = placed if is_published else ground.place(compared.product)

    def lists_of(month: int) -> tuple[PlacedList, PlacedList]:
        then = task.ground(rows, month, weighs=False)
        weighed = then if perception.weights.empty else task.ground(rows, month, weighs=True)
        return then.place(factors.nudge), weighed.place(compared.product)

    history = public_history(rows, last_month_index=task.last_month_index)
    tested = [m for m in history.months[-months:] if (history.months < m).any()]
    radius_m = task.settings.radius_m
    periods, shares = hits_of_lists(history, tested, lists_of, radius_m=radius_m, rng=rng)

    def describe(x: Floats, y: Floats) -> pd.DataFrame:
        near = rows_in_discs(ground.rows, x, y, radius_m=radius_m)
        named = named_zones(ground.rows, near, x, y, task.patrol_areas)
        lifts = ground.mean_factor(x, y, compared.confidence, over=compared.nudge)
        return named.assign(confidence_factor=lifts)

    zones = compare_lists(without, with_it, radius_m=radius_m, describe=describe)
    what = "confidence and priorities" if perception.weighs_kinds else "confidence"
    reason = f"The list {'with' if is_published else 'without'} {what} is the one that is published."
    return ListComparison(
        "ok", reason, strength, is_published, zones, periods, *shares, weighs_kinds=perception.weighs_kinds
    )
