"""
The candidates of the back-test, behind one small interface: a name, a setting, and a score for the next month.

No candidate reads anything about the people of a place: only where and when public-reported incidents were (DESIGN
rule 9).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from domain.errors import SettingsError
from hotspots.history import History
from hotspots.rasters import ForceRaster, rasterise
from hotspots.seasons import SameSeason
from hotspots.surface import BlendSettings, Score, decayed_weights, default_score, gaussian_blur

__all__ = [
    "Blend",
    "Candidate",
    "DecayedCounts",
    "KernelDensity",
    "PriorCounts",
    "candidate_named",
    "standard_candidates",
]


class Candidate(Protocol):
    """Something that scores the ground for the next month."""

    @property
    def name(self) -> str:
        """Short name, unique in a ledger."""
        ...

    @property
    def setting(self) -> str:
        """Its constants, in words."""
        ...

    @property
    def is_naive(self) -> bool:
        """Whether it is a plain count, which any model has to beat."""
        ...

    def score(self, history: History, raster: ForceRaster, *, month_index: int) -> Score:
        """Score `month_index` from a history that ends before it, on a force raster of 50 m."""
        ...


@dataclass(frozen=True, slots=True)
class PriorCounts:
    """
    Weighted incidents of the chosen kinds in the last months, each month alike.

    Parameters
    ----------
    window_months
        Number of months; None for all there are.
    """

    window_months: int | None = None
    is_naive: bool = field(default=True, init=False)

    @property
    def name(self) -> str:
        """Short name."""
        return "prior counts, " + ("all months" if self.window_months is None else f"{self.window_months} months")

    @property
    def setting(self) -> str:
        """Its constants, in words."""
        return "all months alike" if self.window_months is None else f"the last {self.window_months} months alike"

    def score(self, history: History, raster: ForceRaster, *, month_index: int) -> Score:
        """Return the counts."""
        del raster
        if self.window_months is None:
            return Score(history.own.copy())
        return Score(np.where(history.month_index >= month_index - self.window_months, history.own, 0.0))


@dataclass(frozen=True, slots=True)
class DecayedCounts:
    """
    Weighted incidents of the chosen kinds, the recent ones counting more.

    Parameters
    ----------
    half_life_months
        Months in which the weight halves.
    """

    half_life_months: float = 8.0
    name: str = field(default="decayed counts", init=False)
    is_naive: bool = field(default=False, init=False)

    @property
    def setting(self) -> str:
        """Its constants, in words."""
        return f"half-life {self.half_life_months:g} months"

    def score(self, history: History, raster: ForceRaster, *, month_index: int) -> Score:
        """Return the decayed counts."""
        del raster
        weights = decayed_weights(month_index - history.month_index, half_life_months=self.half_life_months)
        return Score(history.own * weights)


@dataclass(frozen=True, slots=True)
class KernelDensity:
    """
    A plain Gaussian kernel density of the chosen kinds, the usual "heat map", tested so that its loss is seen.

    Parameters
    ----------
    bandwidth_m
        Standard deviation, metres.
    """

    bandwidth_m: float = 200.0
    name: str = field(default="kernel density", init=False)
    is_naive: bool = field(default=False, init=False)

    @property
    def setting(self) -> str:
        """Its constants, in words."""
        return f"Gaussian, bandwidth {self.bandwidth_m:g} m, all months alike"

    def score(self, history: History, raster: ForceRaster, *, month_index: int) -> Score:
        """Return the density."""
        del month_index
        counts = rasterise(raster, history.x, history.y, history.own)
        blurred = gaussian_blur(counts, sigma_m=self.bandwidth_m, pixel_m=raster.pixel_m)
        return Score(np.zeros_like(history.own), np.where(raster.inside, blurred, 0.0))


@dataclass(frozen=True, slots=True)
class Blend:
    """
    The default surface of METHODS 7: decayed counts, their neighbourhood, and all other kinds.

    Parameters
    ----------
    settings
        Its constants.
    """

    settings: BlendSettings = field(default_factory=BlendSettings)
    name: str = field(default="blend", init=False)
    is_naive: bool = field(default=False, init=False)

    @property
    def setting(self) -> str:
        """Its constants, in words."""
        s = self.settings
        return f"half-life {s.half_life_months:g} months, Gaussians {s.near_m:g}, {s.middle_m:g} and {s.wide_m:g} m"

    def score(self, history: History, raster: ForceRaster, *, month_index: int) -> Score:
        """Return the blend."""
        return default_score(history, raster, month_index=month_index, settings=self.settings)


def standard_candidates(*, half_life_months: float = 8.0) -> tuple[Candidate, ...]:
    """
    Return the candidates of every back-test, plain counts first.

    Parameters
    ----------
    half_life_months
        Half-life of the decayed counts, the blend and the same season.
    """
    blend = BlendSettings(half_life_months=half_life_months)
    return (
        PriorCounts(3),
        PriorCounts(6),
        PriorCounts(12),
        PriorCounts(),
        DecayedCounts(half_life_months),
        KernelDensity(),
        Blend(blend),
        SameSeason(blend),
    )


def candidate_named(name: str, *, half_life_months: float = 8.0) -> Candidate:
    """
    Return the standard candidate of that name.

    Raises
    ------
    SettingsError
        If there is none.
    """
    known = {candidate.name: candidate for candidate in standard_candidates(half_life_months=half_life_months)}
    if name not in known:
        raise SettingsError(f'"{name}" is not a candidate of the back-test', hint=f"Known are: {'; '.join(known)}.")
    return known[name]
