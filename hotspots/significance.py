"""
Is it more than luck, and what kind of hot spot is it? The tests of one scoring set, together (METHODS 7).

Each part says for itself whether it could be done: `cannot_tell` or `no_data` with a reason, never an invented figure.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from domain.incidents import ScoringSet
from hotspots.history import is_scored, scored_rows
from hotspots.hot_cells import HotCells, HotCellSettings, find_hot_cells
from hotspots.near_repeat_table import NearRepeatSettings, NearRepeatTable, near_repeat_table
from hotspots.period_comparison import PeriodComparison, compare_years
from hotspots.rasters import force_outline
from hotspots.street_segments import Streets, rank_streets
from spatialstats.concentration import ConcentrationResult, concentration

__all__ = ["Significance", "SignificanceSettings", "measure_significance"]


@dataclass(frozen=True, slots=True)
class SignificanceSettings:
    """
    How everything is tested.

    Parameters
    ----------
    hot_cells, near_repeats
        Settings of these parts.
    snap_m
        Distance within which an incident belongs to a street, metres.
    """

    hot_cells: HotCellSettings = field(default_factory=HotCellSettings)
    near_repeats: NearRepeatSettings = field(default_factory=NearRepeatSettings)
    snap_m: float = 50.0


@dataclass(frozen=True, slots=True)
class Significance:
    """
    The tests of one scoring set.

    Parameters
    ----------
    scoring_set
        `street` or `asb_minor`.
    hot_cells
        Hexagons that are hot beyond chance.
    concentration
        How concentrated incidents are, by the unit of place: `hexagons` and `small areas`.
    comparison
        The last months against those a year before.
    near_repeats
        Pairs close in space and time.
    streets
        Streets by incidents per kilometre.
    """

    scoring_set: str
    hot_cells: HotCells
    concentration: dict[str, ConcentrationResult]
    comparison: PeriodComparison
    near_repeats: NearRepeatTable
    streets: Streets


def measure_significance(  # noqa: PLR0913 - the tables, and everything that the tests read
    places: pd.DataFrame,
    place_counts: pd.DataFrame,
    kinds: pd.DataFrame,
    *,
    scoring_set: ScoringSet,
    last_month_index: int,
    force: gpd.GeoDataFrame,
    small_areas: gpd.GeoDataFrame,
    patrol_areas: gpd.GeoDataFrame,
    timed: pd.DataFrame,
    timed_kinds: pd.DataFrame,
    n_untimed: int,
    roads: pd.DataFrame,
    settings: SignificanceSettings,
    rng: np.random.Generator,
) -> Significance:
    """
    Test one scoring set.

    Parameters
    ----------
    places, place_counts, kinds
        Tables `PLACES`, `PLACE_COUNTS` and `KINDS` of `domain.schemas`; coordinates in metres in the analysis CRS.
    scoring_set
        Which categories are tested.
    last_month_index
        Last month of the window.
    force, small_areas, patrol_areas
        Outline of the force and its areas (`AREAS`), in the analysis CRS.
    timed, timed_kinds, n_untimed
        Incidents with a time (`TIMED_INCIDENTS`), how their categories are counted, and how many have none.
    roads
        The road layer: `feature_name`, `geometry`; empty where none is loaded.
    settings
        How they are tested.
    rng
        Draws the permutations.

    Raises
    ------
    SchemaError
        If a table does not have its agreed columns.
    AnalysisError
        If the tables do not belong together, the force has no area or there are no patrol areas.
    """
    rows = scored_rows(places, place_counts, kinds, scoring_set=scoring_set)
    first_month_index = last_month_index - settings.hot_cells.window_months + 1
    window = rows[rows["month_index"].between(first_month_index, last_month_index)]
    hot = find_hot_cells(
        window,
        last_month_index=last_month_index,
        force=force,
        patrol_areas=patrol_areas,
        settings=settings.hot_cells,
        rng=rng,
    )
    own_kinds = frozenset(timed_kinds.loc[is_scored(timed_kinds, scoring_set), "kind_id"].astype(int))
    codes = small_areas["area_code"].astype(str).tolist()
    return Significance(
        scoring_set=str(scoring_set),
        hot_cells=hot,
        concentration={
            "hexagons": concentration(hot.counts),
            "small areas": concentration(_by_area(window, codes)),
        },
        comparison=compare_years(rows, area_codes=codes, last_month_index=last_month_index),
        near_repeats=near_repeat_table(timed, own_kinds, n_untimed=n_untimed, settings=settings.near_repeats, rng=rng),
        streets=rank_streets(window, roads, outline=force_outline(force), snap_m=settings.snap_m),
    )


def _by_area(rows: pd.DataFrame, codes: list[str]) -> np.ndarray:
    own = rows[rows["is_own"]]
    return own.groupby("small_area_code")["n"].sum().reindex(sorted(codes), fill_value=0).to_numpy(np.int64)
