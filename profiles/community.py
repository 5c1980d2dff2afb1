"""The community profile: who lives in each area and what happens there, each figure with its interval and state."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from domain import schemas
from domain.areas import PeopleVariable
from domain.errors import AnalysisError
from domain.incidents import WATCH_CATEGORIES
from domain.progress import Progress, no_progress
from profiles.counts import PlaceCounts, read_place_counts
from profiles.figures import FIGURE_COLUMNS, Figures, Geography, figure_rows
from profiles.hints import hint_definitions, hint_figures
from profiles.history import shifts_between_years
from profiles.people import NationFigure, PeopleFigures, people_definitions, people_figures, read_nation, read_people
from profiles.place import AMBIENT, place_definitions, place_figures
from profiles.quality import quality_definitions, quality_figures
from profiles.results import MetricDefinition, ProfileResult
from profiles.spread import KnownPlaces, read_known_places, spread_definitions, spread_figures
from spatialstats.contiguity import contiguity

__all__ = ["build_profiles", "target_geography"]

_TEXT_COLUMNS = ("geography", "area_code", "metric", "state", "note")


def build_profiles(  # noqa: PLR0913 - one option for each table that crosses from PostGIS
    *,
    people: pd.DataFrame,
    variables: Sequence[PeopleVariable],
    small_areas: pd.DataFrame,
    links: Mapping[str, pd.DataFrame],
    target_areas: Mapping[str, pd.DataFrame],
    small_area_key: str,
    area_counts: pd.DataFrame,
    kinds: pd.DataFrame,
    last_month_index: int,
    months_available: Collection[int],
    nation: pd.DataFrame | None = None,
    places: pd.DataFrame | None = None,
    place_counts: pd.DataFrame | None = None,
    quality: pd.DataFrame | None = None,
    levels: pd.DataFrame | None = None,
    watch: Mapping[str, Sequence[str]] = WATCH_CATEGORIES,
    rng: np.random.Generator | None = None,
    progress: Progress = no_progress,
) -> ProfileResult:
    """
    Return the profile of every small area, and of every area of each target geography.

    Everything is summed from small areas through their links, numerators and denominators alike, so that the figures
    of all geographies agree. Rates are per 1,000 residents a year with exact Poisson intervals, and beside them
    empirical-Bayes rates with posterior intervals, drawn to the mean of all areas and to that of the neighbours; rates
    by the people there in the day stand beside those by residents, never in their place. Change is told only between
    like months a year apart.

    Parameters
    ----------
    people
        `domain.schemas.PEOPLE_VALUES` of the small areas. The variable `residents` counts residents.
    variables
        Their declarations, in the order in which pages show them.
    small_areas
        `domain.schemas.AREAS`: the small areas of the force.
    links
        `domain.schemas.LINKS` by target geography (`name:vintage`): small area to target area.
    target_areas
        `domain.schemas.AREAS` by target geography.
    small_area_key
        Geography of the small areas, `name:vintage`.
    area_counts
        `domain.schemas.AREA_COUNTS` of the small areas.
    kinds
        `domain.schemas.KINDS`.
    last_month_index
        Last month of the data.
    months_available
        Indices of the months that are loaded.
    nation
        `domain.schemas.PEOPLE_TOTALS`; without it, figures are compared with the force alone.
    places, place_counts
        `domain.schemas.PLACES` and `PLACE_COUNTS`, for concentration; without them there is none.
    quality
        `domain.schemas.AREA_QUALITY` of the small areas; without it, location quality is no data.
    levels
        As `profiles.history.level_rows`: a change of the force's level within the 24 months is said with each change on
        the year before.
    watch
        Categories of each kind of the watch list.
    rng
        Draws what chance would give for concentration; needed where places are given.
    progress
        Hears how far it is.

    Returns
    -------
    ProfileResult
        A row for each geography, area and metric; a figure that does not exist says why.

    Raises
    ------
    SchemaError
        If a table does not have the agreed columns, or People values contradict themselves.
    AnalysisError
        If there is no small area, or a target geography has links but no areas.
    """
    people = schemas.check(people, schemas.PEOPLE_VALUES)
    area_counts, kinds = schemas.check(area_counts, schemas.AREA_COUNTS), schemas.check(kinds, schemas.KINDS)
    codes = _codes(schemas.check(small_areas, schemas.AREAS))
    if not len(codes):
        raise AnalysisError("there are no small areas to profile", hint="redzones load boundaries FILE")
    if unknown := sorted(set(links) - set(target_areas)):
        raise AnalysisError(f"there are links to {', '.join(unknown)} but no areas of it")
    geographies = [_small(small_area_key, codes, small_areas)]
    geographies += [
        (target_geography(name, schemas.check(areas, schemas.AREAS), links, codes), _neighbours(areas, _codes(areas)))
        for name, areas in target_areas.items()
    ]
    counts = read_place_counts(
        area_counts, kinds, codes, last_month_index=last_month_index, months_available=months_available, watch=watch
    )
    known = None
    if places is not None and place_counts is not None:
        places, place_counts = schemas.check(places, schemas.PLACES), schemas.check(place_counts, schemas.PLACE_COUNTS)
        known = read_known_places(places, place_counts, kinds, codes, counts=counts)
    inputs = _Inputs(
        codes=codes,
        force=Geography.of_everything(len(codes)),
        people=read_people(people, codes),
        variables=variables,
        nation={} if nation is None else read_nation(schemas.check(nation, schemas.PEOPLE_TOTALS)),
        counts=counts,
        places=known,
        shifted={} if levels is None else shifts_between_years(levels, last_month_index),
        quality=None if quality is None else schemas.check(quality, schemas.AREA_QUALITY),
    )
    blocks = []
    for done, (geography, neighbours) in enumerate(geographies):
        progress("Profiling", done, len(geographies))
        made = inputs.figures(geography, neighbours, rng or np.random.default_rng(0))
        blocks += [figure_rows(geography, metric, figures) for metric, figures in made]
    progress("Profiling", len(geographies), len(geographies))
    return ProfileResult(_table(blocks), inputs.definitions())


@dataclass(frozen=True, slots=True)
class _Inputs:
    """Everything that the figures of every geography are made of."""

    codes: NDArray[np.object_]
    force: Geography
    people: PeopleFigures
    variables: Sequence[PeopleVariable]
    nation: Mapping[str, NationFigure]
    counts: PlaceCounts
    places: KnownPlaces | None
    shifted: Mapping[str, str]
    quality: pd.DataFrame | None

    def definitions(self) -> tuple[MetricDefinition, ...]:
        """Return every metric, in the order of the page."""
        return (
            *people_definitions(self.variables, self.nation),
            *hint_definitions(self.variables),
            *place_definitions(self.counts),
            *(spread_definitions(self.counts) if self.places is not None else ()),
            *quality_definitions(self.counts),
        )

    def figures(
        self, geography: Geography, neighbours: csr_array | None, rng: np.random.Generator
    ) -> list[tuple[str, Figures]]:
        """Return every figure of the areas of one geography."""
        return [
            *people_figures(geography, self.force, self.people, self.variables, self.nation),
            *hint_figures(geography, self.force, self.people, self.variables),
            *place_figures(
                geography,
                self.force,
                self.counts,
                self.people.residents,
                ambient=self.people.numerators.get(AMBIENT),
                ambient_remark=_ambient_remark(self.variables),
                neighbours=neighbours,
                shifted=self.shifted,
            ),
            *(spread_figures(geography, self.places, self.counts, rng=rng) if self.places is not None else ()),
            *quality_figures(geography, self.force, self.quality, self.codes),
        ]


def _ambient_remark(variables: Sequence[PeopleVariable]) -> str:
    """Return of when the workday population is; the census of 2021 found town centres empty (METHODS 2)."""
    period = next((v.period for v in variables if v.name == AMBIENT), "")
    if not period or period.startswith("2021"):
        return "the workday population is of March 2021, in the pandemic"
    return f"the workday population is of {period}"


def _small(name: str, codes: NDArray[np.object_], areas: pd.DataFrame) -> tuple[Geography, csr_array | None]:
    return Geography.of_small_areas(name, codes), _neighbours(areas, codes)


def _neighbours(areas: pd.DataFrame, codes: NDArray[np.object_]) -> csr_array | None:
    """Return which areas touch, in the order of their codes; None where a boundary is missing or is no polygon."""
    if not isinstance(areas, gpd.GeoDataFrame) or not len(codes):
        return None
    shapes = areas.set_index("area_code").geometry.reindex(pd.Index(codes))
    if shapes.isna().any():
        return None
    try:
        return contiguity(shapes)
    except AnalysisError:
        return None


def _codes(areas: pd.DataFrame) -> NDArray[np.object_]:
    return np.array(sorted(areas["area_code"]), dtype=object)


def target_geography(
    name: str, areas: pd.DataFrame, links: Mapping[str, pd.DataFrame], small_codes: NDArray[np.object_]
) -> Geography:
    """
    Return larger areas as sums of small ones; links to areas or from small areas that are not asked for are left out.

    Parameters
    ----------
    name
        `name:vintage`.
    areas
        `domain.schemas.AREAS`: the larger areas.
    links
        `domain.schemas.LINKS` by target geography.
    small_codes
        Codes of the small areas, shape (n_small,).
    """
    codes = _codes(areas)
    if name not in links:
        return Geography(name, codes, csr_array((len(codes), len(small_codes))))
    frame = schemas.check(links[name], schemas.LINKS)
    row = pd.Index(codes).get_indexer(pd.Index(frame["target_code"]))
    column = pd.Index(small_codes).get_indexer(pd.Index(frame["source_code"]))
    known = (row >= 0) & (column >= 0)
    share = frame["share"].to_numpy(dtype=np.float64)[known]
    shares = coo_array((share, (row[known], column[known])), shape=(len(codes), len(small_codes)))
    return Geography(name, codes, csr_array(shares))


def _table(blocks: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put the blocks together without pandas guessing dtypes from empty or all-missing columns."""
    columns = {
        name: np.concatenate(
            [block[name].to_numpy(dtype=object if name in _TEXT_COLUMNS else np.float64) for block in blocks]
        )
        for name in FIGURE_COLUMNS
    }
    return pd.DataFrame({name: pd.Series(values, dtype=values.dtype) for name, values in columns.items()})
