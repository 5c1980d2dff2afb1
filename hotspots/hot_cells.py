"""
Hexagons that are hot beyond chance, and how each came to be so: Gi* of the year, and of every month (METHODS 7).

The answer to "is this more than luck?" for ground of one size, beside Red Zones, which answer "where next?".
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.areas import FigureState
from domain.crs import BRITISH_NATIONAL_GRID
from hotspots.emerging import TrendClass, trend_classes
from hotspots.gi_star import GiStarResult, gi_star
from hotspots.hexagons import Hexagons, hexagons_over
from hotspots.naming import grid_reference, is_generic, plain_location
from hotspots.rasters import force_outline
from hotspots.zone_facts import patrol_codes

__all__ = ["HOT_CELL_COLUMNS", "HotCellSettings", "HotCells", "find_hot_cells"]

Floats = NDArray[np.float64]

HOT_CELL_COLUMNS = (
    "cell_id", "name", "grid_reference", "patrol_code", "centre_x", "centre_y", "n_incidents", "n_neighbourhood",
    "z", "p_value", "q_value", "is_hot", "trend", "n_hot_months", "geometry",
)  # fmt: skip

_MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class HotCellSettings:
    """
    How hexagons are tested.

    Parameters
    ----------
    flat_m
        Width of a hexagon from flat to flat, metres.
    n_permutations
        Permutations of the test of the whole window, and of every month.
    false_discovery_rate
        Share of the hexagons called hot that may be so by chance.
    window_months
        Months that are tested as one.
    least_trend_months
        A kind of hot spot is named only from so many months.
    """

    flat_m: float = 200.0
    n_permutations: int = 99_999
    false_discovery_rate: float = 0.05
    window_months: int = 12
    least_trend_months: int = _MONTHS_A_YEAR


@dataclass(frozen=True, slots=True)
class HotCells:
    """
    What was tested and what is hot.

    Parameters
    ----------
    cells
        Hexagons that are hot, or were in some month, hottest first: `HOT_CELL_COLUMNS`, in the analysis CRS; `trend` is
        a `TrendClass` or empty where none may be named.
    settings
        How they were tested.
    n_cells, n_family, n_incidents
        Hexagons of the force, those tested (they hold an incident), incidents of the window.
    n_months
        Months of the window with data.
    hot_area_share, hot_incident_share
        Share of the hexagons, and of the incidents, that are in hot ones, 0 to 1.
    trend_state, trend_reason
        Whether kinds of hot spots are named, or why not.
    counts
        Incidents of every hexagon of the force, for concentration.
    """

    cells: gpd.GeoDataFrame
    settings: HotCellSettings
    n_cells: int
    n_family: int
    n_incidents: int
    n_months: int
    hot_area_share: float
    hot_incident_share: float
    trend_state: FigureState
    trend_reason: str
    counts: NDArray[np.int64]


def find_hot_cells(
    rows: pd.DataFrame,
    *,
    last_month_index: int,
    force: gpd.GeoDataFrame,
    patrol_areas: gpd.GeoDataFrame,
    settings: HotCellSettings,
    rng: np.random.Generator,
) -> HotCells:
    """
    Test every hexagon of a force that holds an incident.

    Parameters
    ----------
    rows
        Table of `hotspots.history.scored_rows`: incidents of the chosen kinds are its rows with `is_own`.
    last_month_index
        Last month of the window.
    force, patrol_areas
        Outline of the force, and its patrol areas (`AREAS`), in the analysis CRS.
    settings
        How they are tested.
    rng
        Draws the permutations.

    Returns
    -------
    HotCells
        Without any incident nothing is tested and nothing is hot.

    Raises
    ------
    AnalysisError
        If the force has no area.
    """
    window = range(last_month_index - settings.window_months + 1, last_month_index + 1)
    months = sorted(set(rows["month_index"]) & set(window))
    own = rows[rows["is_own"] & rows["month_index"].isin(window)]
    x, y, n = (own[name].to_numpy(np.float64) for name in ("x", "y", "n"))
    hexagons = hexagons_over(force_outline(force), flat_m=settings.flat_m, x=x, y=y)
    own = own.assign(cell=hexagons.cell_of(x, y))
    counts = np.bincount(own["cell"], n, minlength=len(hexagons.row)).astype(np.float64)
    tested = _tested(counts, hexagons, settings, rng)
    state, reason = _may_name_trends(months, window, settings)
    trend, n_hot_months = _trends(own, hexagons, list(window), settings, rng, state)
    shown = np.flatnonzero(tested.is_hot | (n_hot_months > 0))
    shown = shown[np.lexsort((shown, -tested.z[shown], ~tested.is_hot[shown]))]
    total = counts.sum()
    return HotCells(
        cells=_described(shown, tested, counts, trend, n_hot_months, hexagons, own, force, patrol_areas),
        settings=settings,
        n_cells=len(counts),
        n_family=tested.n_family,
        n_incidents=int(total),
        n_months=len(months),
        hot_area_share=float(tested.is_hot.mean()) if len(counts) else 0.0,
        hot_incident_share=float(counts[tested.is_hot].sum() / total) if total else 0.0,
        trend_state=state,
        trend_reason=reason,
        counts=counts.astype(np.int64),
    )


def _tested(counts: Floats, hexagons: Hexagons, settings: HotCellSettings, rng: np.random.Generator) -> GiStarResult:
    return gi_star(
        counts,
        hexagons.neighbours,
        n_permutations=settings.n_permutations,
        false_discovery_rate=settings.false_discovery_rate,
        rng=rng,
    )


def _may_name_trends(months: list[int], window: range, settings: HotCellSettings) -> tuple[FigureState, str]:
    if len(window) < settings.least_trend_months or len(months) < len(window):
        reason = (
            f"The kind of a hot spot needs {settings.least_trend_months} months in a row; "
            f"data of {len(months)} of the last {max(len(window), settings.least_trend_months)} are loaded."
        )
        return FigureState.CANNOT_TELL, reason
    return FigureState.OK, ""


def _trends(
    own: pd.DataFrame,
    hexagons: Hexagons,
    window: list[int],
    settings: HotCellSettings,
    rng: np.random.Generator,
    state: FigureState,
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """
    Return the class of every hexagon and in how many months it was hot; nothing where no class may be named.

    No step is called cold: a month's incidents leave nearly every neighbourhood empty, so that an empty one is never
    rare enough. Where they do not, a step that would be cold counts as not hot, which can only make a class weaker.
    """
    n_cells = len(hexagons.row)
    if state != FigureState.OK:
        return np.full(n_cells, "", dtype=object), np.zeros(n_cells, dtype=np.int64)
    z, is_hot = np.zeros((n_cells, len(window))), np.zeros((n_cells, len(window)), dtype=np.bool_)
    for step, month in enumerate(window):
        of_month = own[own["month_index"] == month]
        counts = np.bincount(of_month["cell"], of_month["n"], minlength=n_cells).astype(np.float64)
        result = _tested(counts, hexagons, settings, rng)
        z[:, step], is_hot[:, step] = result.z, result.is_hot
    n_hot = is_hot.sum(axis=1)
    trend = np.full(n_cells, str(TrendClass.NONE), dtype=object)
    ever = np.flatnonzero(n_hot > 0)
    if len(ever):
        cold = np.zeros((len(ever), len(window)), dtype=np.bool_)
        classes = trend_classes(z[ever], is_hot[ever], cold, least_steps=settings.least_trend_months)
        trend[ever] = [str(c) for c in classes]
    return trend, n_hot.astype(np.int64)


def _described(  # noqa: PLR0913, PLR0917 - a row is made of all of these
    shown: NDArray[np.int64],
    tested: GiStarResult,
    counts: Floats,
    trend: NDArray[np.object_],
    n_hot_months: NDArray[np.int64],
    hexagons: Hexagons,
    own: pd.DataFrame,
    force: gpd.GeoDataFrame,
    patrol_areas: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    x, y = hexagons.x[shown], hexagons.y[shown]
    is_british = force.crs is not None and force.crs.to_epsg() == BRITISH_NATIONAL_GRID
    around = counts + hexagons.neighbours @ counts
    names = _names(own)
    table = pd.DataFrame(
        {
            "cell_id": [f"h{r}.{c}" for r, c in zip(hexagons.row[shown], hexagons.column[shown], strict=True)],
            "name": [names.get(int(cell), "") for cell in shown],
            "grid_reference": [
                grid_reference(e, n, digits=6, is_british_grid=is_british) for e, n in zip(x, y, strict=True)
            ],
            "patrol_code": patrol_codes(patrol_areas, x, y),
            "centre_x": x,
            "centre_y": y,
            "n_incidents": counts[shown].astype(np.int64),
            "n_neighbourhood": around[shown].astype(np.int64),
            "z": tested.z[shown],
            "p_value": tested.p_value[shown],
            "q_value": tested.q_value[shown],
            "is_hot": tested.is_hot[shown],
            "trend": trend[shown],
            "n_hot_months": n_hot_months[shown],
        }
    )
    frame = gpd.GeoDataFrame(table, geometry=list(hexagons.shapes(shown)), crs=force.crs)
    return frame[list(HOT_CELL_COLUMNS)]


def _names(own: pd.DataFrame) -> dict[int, str]:
    """Return for each hexagon the street, or else the sort of place, where most of its incidents are written."""
    label = pd.Series([plain_location(text) for text in own["location"]], index=own.index, dtype=object)
    labels = own.assign(label=label, is_generic=[text is not None and is_generic(text) for text in label])
    sums = labels.dropna(subset=["label"]).groupby(["cell", "is_generic", "label"])["n"].sum().reset_index()
    # Streets before sorts of place, then the busiest, then by name.
    best = sums.assign(less=-sums["n"]).sort_values(["cell", "is_generic", "less", "label"], kind="stable")
    first = best.drop_duplicates("cell")
    return dict(zip(first["cell"].astype(int), first["label"], strict=True))
