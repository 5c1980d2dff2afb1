"""From incidents to a list of placed zones: score the ground, apply factors, place discs, keep those with incidents."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from hotspots.candidates import candidate_named
from hotspots.firmness import matched_zones, same_zone_m
from hotspots.history import History, public_history
from hotspots.rasters import ForceRaster, force_raster
from hotspots.replacing import PlacingRules
from hotspots.results import ScoreSurface
from hotspots.surface import SMOOTH_PIXEL_M, Score, decayed_weights, score_raster
from hotspots.walking_groups import WalkingRules
from hotspots.zone_facts import DiscRows, rows_in_discs
from hotspots.zones import blurred_for_placing, disc_offsets, place_discs

__all__ = ["Factors", "Ground", "PlacedList", "ZoneSettings", "score_ground", "score_surface"]

Floats = NDArray[np.float64]

# Twice as many discs as zones; a flat surface may need more to find enough that hold incidents.
_POOL_SIZES = (2, 8, 32)


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
    jitter_m
        Standard deviation by which incidents are moved in the resamples that say how firm a zone is, metres: 35 for
        published points, which are snapped; 0 for exact ones.
    walking
        Which zones make one round on foot.
    """

    capacity: int
    window_months: int = 12
    half_life_months: float = 8.0
    radius_m: float = 141.0
    pixel_m: float = 25.0
    blur_m: float = 40.0
    least_new_share: float = 0.6
    jitter_m: float = 0.0
    walking: WalkingRules = field(default_factory=WalkingRules)

    def rules(self) -> PlacingRules:
        """Return how discs are placed."""
        return PlacingRules(self.radius_m, self.capacity, self.least_new_share, self.blur_m)


@dataclass(frozen=True, slots=True)
class Factors:
    """
    What the score of each pixel is multiplied by before zones are placed; None where nothing applies.

    Parameters
    ----------
    nudge
        Analysts' nudges, shape of the raster.
    confidence
        `1 + c x deficit` of the pixel's patrol area, same shape.
    """

    nudge: Floats | None = None
    confidence: Floats | None = None

    @property
    def product(self) -> Floats | None:
        """Both together; None where neither applies."""
        if self.nudge is None or self.confidence is None:
            return self.confidence if self.nudge is None else self.nudge
        return self.nudge * self.confidence


@dataclass(frozen=True, slots=True)
class PlacedList:
    """
    A list of zones in order of rank, and the discs that would have come next.

    Parameters
    ----------
    x, y, score
        Of every disc that holds incidents of its own, in order of rank; only the first `n_zones` are on the list.
    n_zones
        Number of zones on the list.
    discs
        Rows in each disc.
    """

    x: Floats
    y: Floats
    score: Floats
    n_zones: int
    discs: DiscRows

    def listed(self) -> PlacedList:
        """Return the zones on the list alone."""
        n = self.n_zones
        return PlacedList(self.x[:n], self.y[:n], self.score[:n], n, self.discs.take(np.arange(n)))

    def ranks_of(self, x: Floats, y: Floats, *, radius_m: float) -> Floats:
        """Return the rank here of zones of another list, by overlap; NaN where none of the discs is theirs."""
        found = matched_zones(x, y, self.x, self.y, within_m=same_zone_m(radius_m))
        return np.where(found >= 0, found + 1.0, np.nan)


@dataclass(frozen=True, slots=True)
class Ground:
    """
    The scored ground of one scoring set and month, on which lists are placed.

    Parameters
    ----------
    rows
        Table of `hotspots.history.scored_rows` within the window.
    history
        Public-reported incidents of the window.
    month_index
        The month that is forecast.
    score
        What the model expects, sharp and smooth.
    raster
        The force on the pixels on which zones are placed.
    blurred
        The surface, blurred for placing, before any factor.
    settings
        How zones are placed.
    """

    rows: pd.DataFrame
    history: History
    month_index: int
    score: Score
    raster: ForceRaster
    blurred: ScoreSurface
    settings: ZoneSettings

    def decay(self) -> Floats:
        """Return the weight of each row of the history by its age."""
        age = self.month_index - self.history.month_index
        return decayed_weights(age, half_life_months=self.settings.half_life_months)

    def adjusted(self, factor: Floats | None) -> ScoreSurface:
        """Return the blurred surface times a factor by pixel."""
        if factor is None:
            return self.blurred
        surface = self.blurred
        return replace(surface, values=np.multiply(surface.values, factor))

    def place(self, factor: Floats | None = None) -> PlacedList:
        """
        Place the zones of a list, and as many discs again as come next.

        Parameters
        ----------
        factor
            What the score of each pixel is multiplied by.
        """
        surface, s = self.adjusted(factor), self.settings
        own = self.rows["n"].where(self.rows["is_own"], 0).to_numpy(np.float64)
        for times in _POOL_SIZES:
            wanted = times * s.capacity
            pool = place_discs(surface, radius_m=s.radius_m, capacity=wanted, least_new_share=s.least_new_share)
            discs = rows_in_discs(self.rows, pool.x, pool.y, radius_m=s.radius_m)
            adding = discs.adding_incidents(own)
            if len(adding) >= s.capacity or len(pool.x) < wanted:
                break
        # Discs are placed by score per new ground; a disc that has less new ground may come before a better one.
        n = min(s.capacity, len(adding))
        first = adding[:n][np.argsort(-pool.score[adding[:n]], kind="stable")]
        order = np.concatenate([first, adding[n:]])
        return PlacedList(pool.x[order], pool.y[order], pool.score[order], n, discs.take(order))

    def mean_factor(self, x: Floats, y: Floats, factor: Floats | None, *, over: Floats | None = None) -> Floats:
        """
        Return by what a factor lifts the score of each disc: the mean over its pixels, weighted by their score.

        Parameters
        ----------
        x, y
            Centres, metres, shape (n_discs,).
        factor
            The factor by pixel; None gives 1.
        over
            A factor that is applied before it.
        """
        if factor is None:
            return np.ones(len(x))
        surface = self.adjusted(over)
        return np.array(
            [self._weighted(surface, factor, cx, cy) for cx, cy in zip(x, y, strict=True)], dtype=np.float64
        )

    def _weighted(self, surface: ScoreSurface, factor: Floats, x: float, y: float) -> float:
        values = surface.values  # noqa: PD011 - not a frame
        row, column = int((y - surface.south) // surface.pixel_m), int((x - surface.west) // surface.pixel_m)
        half_widths = disc_offsets(self.settings.radius_m / surface.pixel_m)
        reach, (n_rows, n_columns) = len(half_widths) // 2, values.shape
        before = after = 0.0
        for k, half in enumerate(half_widths):
            r = row + k - reach
            if 0 <= r < n_rows:
                line = np.s_[r, max(column - half, 0) : min(column + half + 1, n_columns)]
                before += values[line].sum()
                after += (values[line] * factor[line]).sum()
        return float(after / before) if before > 0 else 1.0


def score_ground(
    rows: pd.DataFrame,
    outline: shapely.Geometry,
    *,
    month_index: int,
    settings: ZoneSettings,
    model: str,
    earlier: pd.DataFrame | None = None,
) -> Ground:
    """
    Score the ground for a month from the rows before it.

    Parameters
    ----------
    rows
        Table of `hotspots.history.scored_rows` within the window.
    outline
        The force, metres in the analysis CRS.
    month_index
        The month that is forecast.
    settings
        How zones are scored and placed.
    model
        Name of the candidate.
    earlier
        Rows before the window, which a candidate that reads seasons reads too.
    """
    history = public_history(rows, last_month_index=month_index - 1)
    if earlier is not None and len(earlier):
        history = replace(history, earlier=public_history(earlier, last_month_index=month_index - 1))
    score, raster = _score(history, outline, month_index=month_index, settings=settings, model=model)
    surface = ScoreSurface(
        score_raster(score, history, raster), raster.west, raster.south, raster.pixel_m, raster.inside
    )
    blurred = blurred_for_placing(surface, sigma_m=settings.blur_m)
    return Ground(rows, history, month_index, score, raster, blurred, settings)


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
    score, raster = _score(history, outline, month_index=month_index, settings=settings, model=model)
    return ScoreSurface(score_raster(score, history, raster), raster.west, raster.south, raster.pixel_m, raster.inside)


def _score(
    history: History, outline: shapely.Geometry, *, month_index: int, settings: ZoneSettings, model: str
) -> tuple[Score, ForceRaster]:
    candidate = candidate_named(model, half_life_months=settings.half_life_months)
    coarse, fine = (
        force_raster(outline, pixel_m=pixel_m, anchor_m=SMOOTH_PIXEL_M).holding(history.x, history.y)
        for pixel_m in (SMOOTH_PIXEL_M, settings.pixel_m)
    )
    return candidate.score(history, coarse, month_index=month_index), fine
