"""
Public perception in the score, openly: confidence by patrol area, and what people name as their priority (METHODS 7).

Both are what people *say* in a survey or to their officers. Nothing here reads who they are: the functions take a
patrol area's survey estimate or the priorities named there, and refuse any other column (DESIGN rule 9).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.errors import AnalysisError
from hotspots.rasters import ForceRaster, force_raster

__all__ = [
    "Perception",
    "area_of_pixels",
    "confidence_deficits",
    "confidence_factor",
    "priority_weights",
    "weigh_rows",
]

Floats = NDArray[np.float64]

_MOST_DEFICIT = 2.0

# Shares of few people move little: an area's own count is worth as much as the force's at this number.
_PRIOR_PRIORITIES = 20.0
_LEAST_WEIGHT, _MOST_WEIGHT = 0.5, 2.0

_ESTIMATE_COLUMNS = frozenset({"area_code", "estimate", "state"})
_PRIORITY_COLUMNS = frozenset({"area_code", "category", "n"})


@dataclass(frozen=True, slots=True)
class Perception:
    """
    What perception does to the score.

    Parameters
    ----------
    deficits
        Deficit of confidence by patrol area, 0 to 2; areas without an estimate are absent and count as 0.
    strength
        The chosen c: the score is multiplied by `1 + c x deficit`.
    weights
        Weight of a category in a patrol area: `area_code`, `category`, `weight`; empty for none.
    note
        Why there is no estimate, or what the page should say of it.
    weights_note
        Which weights of priorities are used, for the page; empty where none are set.
    """

    deficits: Mapping[str, float] = field(default_factory=dict)
    strength: float = 0.0
    weights: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"area_code": [], "category": [], "weight": []}))
    note: str = ""
    weights_note: str = ""

    @property
    def weighs_kinds(self) -> bool:
        """Whether any kind weighs other than 1 anywhere."""
        return bool((self.weights["weight"] != 1).any())

    @property
    def changes_scores(self) -> bool:
        """Whether any score differs from what it would be without perception."""
        lifts = self.strength > 0 and any(deficit > 0 for deficit in self.deficits.values())
        return lifts or self.weighs_kinds


def confidence_deficits(estimates: pd.DataFrame, *, force_mean: float, between_area_sd: float) -> dict[str, float]:
    """
    Return by patrol area how far confidence lies below the force.

    Parameters
    ----------
    estimates
        Exactly `area_code`, `estimate` (posterior mean of confidence, 0 to 1, from a model without any Place covariate)
        and `state`.
    force_mean
        Confidence in the force, 0 to 1.
    between_area_sd
        Standard deviation of true confidence between patrol areas, same unit.

    Returns
    -------
    dict of str to float
        `clip((force mean - estimate) / SD, 0, 2)` where the state is `ok`; 0 everywhere where areas do not differ.

    Raises
    ------
    AnalysisError
        If the table holds any other column: what else is known of an area's people must not reach a score.

    Examples
    --------
    >>> table = pd.DataFrame({"area_code": ["A", "B"], "estimate": [0.40, 0.60], "state": ["ok", "ok"]})
    >>> deficits = confidence_deficits(table, force_mean=0.5, between_area_sd=0.08)
    >>> {area: round(deficit, 2) for area, deficit in deficits.items()}
    {'A': 1.25, 'B': 0.0}
    """
    _refuse_other_columns(estimates, _ESTIMATE_COLUMNS)
    known = estimates[(estimates["state"] == "ok") & estimates["estimate"].notna()]
    if not between_area_sd > 0:
        return dict.fromkeys(known["area_code"].astype(str), 0.0)
    below = (force_mean - known["estimate"].astype(float)) / between_area_sd
    deficits = below.clip(0.0, _MOST_DEFICIT)
    return dict(zip(known["area_code"].astype(str), map(float, deficits), strict=True))


def priority_weights(named: pd.DataFrame) -> pd.DataFrame:
    """
    Return how much more, or less, a category weighs where people name it as their priority.

    Parameters
    ----------
    named
        Exactly `area_code`, `category` and `n`: how often people of a patrol area named a category of incident.

    Returns
    -------
    DataFrame
        `area_code`, `category`, `weight`: the area's share of the category over the force's, after shrinking the area
        to the force, `(n_area,category + 20 s_category) / (n_area + 20) / s_category`, held between a half and two. A
        weight of 1 changes nothing; an area of few answers stays near it.

    Raises
    ------
    AnalysisError
        If the table holds any other column (DESIGN rule 9).

    Examples
    --------
    >>> named = pd.DataFrame({"area_code": ["A", "A", "B"], "category": ["asb", "damage", "asb"], "n": [20, 20, 40]})
    >>> priority_weights(named).round(2)["weight"].tolist()
    [0.78, 1.67, 1.22, 0.5]
    """
    _refuse_other_columns(named, _PRIORITY_COLUMNS)
    counted = named.astype({"n": "float64"})
    table = counted.pivot_table(index="area_code", columns="category", values="n", aggfunc="sum", fill_value=0.0)
    if table.empty:
        return pd.DataFrame({"area_code": [], "category": [], "weight": []})
    force = table.sum() / table.to_numpy().sum()
    shrunk = (table + _PRIOR_PRIORITIES * force).div(table.sum(axis=1) + _PRIOR_PRIORITIES, axis=0)
    # a category that nobody names anywhere says nothing
    weights = shrunk.div(force.where(force > 0), axis=1).fillna(1.0).clip(_LEAST_WEIGHT, _MOST_WEIGHT)
    long = weights.reset_index().melt(id_vars="area_code", var_name="category", value_name="weight")
    return long.sort_values(["area_code", "category"], kind="stable", ignore_index=True)


def _refuse_other_columns(table: pd.DataFrame, allowed: frozenset[str]) -> None:
    if set(table.columns) != allowed:
        other = ", ".join(sorted(map(str, set(table.columns) ^ allowed)))
        raise AnalysisError(
            f"perception in the score takes {', '.join(sorted(allowed))} and nothing else; found or missing: {other}",
            hint="No census or deprivation variable and no community group may place a zone or a visit.",
        )


def weigh_rows(rows: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    """
    Return the rows with their weight times that of their category in their patrol area; counts stay as they are.

    Parameters
    ----------
    rows
        Table of `hotspots.history.scored_rows`, with `patrol_code`, `category` and `weight`.
    weights
        What `priority_weights` returned.
    """
    if weights.empty:
        return rows
    known = weights.set_index(["area_code", "category"])["weight"]
    keys = pd.MultiIndex.from_arrays([rows["patrol_code"], rows["category"]])
    own = known.reindex(keys).fillna(1.0).to_numpy(np.float64)
    return rows.assign(weight=rows["weight"].to_numpy(np.float64) * own)


def area_of_pixels(areas: gpd.GeoDataFrame, raster: ForceRaster) -> NDArray[np.int64]:
    """
    Return for each pixel the position of the area that holds most of it; -1 where none does.

    Parameters
    ----------
    areas
        Table `domain.schemas.AREAS`, in the raster's CRS.
    raster
        The pixels.
    """
    owner = np.full(raster.shape, -1, dtype=np.int64)
    most = np.zeros(raster.shape)
    n_rows, n_columns = raster.shape
    for position, shape in enumerate(areas.geometry.to_numpy()):
        if shape is None or shape.is_empty:
            continue
        own = force_raster(shape, pixel_m=raster.pixel_m)
        row, column = (
            round((low - base) / raster.pixel_m) for low, base in ((own.south, raster.south), (own.west, raster.west))
        )
        height, width = own.shape
        top, bottom = max(row, 0), min(row + height, n_rows)
        left, right = max(column, 0), min(column + width, n_columns)
        if top >= bottom or left >= right:
            continue
        share = own.area_m2[top - row : bottom - row, left - column : right - column]
        window = np.s_[top:bottom, left:right]
        larger = share > most[window]
        owner[window] = np.where(larger, position, owner[window])
        most[window] = np.maximum(most[window], share)
    return owner


def confidence_factor(
    deficits: Mapping[str, float], strength: float, areas: gpd.GeoDataFrame, raster: ForceRaster
) -> Floats | None:
    """
    Return `1 + c x deficit` of each pixel's patrol area; None where it is 1 everywhere.

    Parameters
    ----------
    deficits
        By patrol area, as `confidence_deficits`.
    strength
        The factor c.
    areas
        Patrol areas (`AREAS`).
    raster
        The pixels on which zones are placed.
    """
    lifts = np.array([1 + strength * deficits.get(str(code), 0.0) for code in areas["area_code"]])
    if not len(lifts) or (lifts == 1).all():
        return None
    # the last entry serves pixels of no area
    return np.asarray(np.append(lifts, 1.0)[area_of_pixels(areas, raster)], dtype=np.float64)
