"""The community profile: who lives in each area and what happens there, each figure with its interval and state."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from domain import schemas
from domain.areas import PeopleVariable
from domain.errors import AnalysisError
from domain.progress import Progress, no_progress
from profiles.figures import FIGURE_COLUMNS, Geography, figure_rows
from profiles.people import people_definitions, people_figures, read_people
from profiles.place import place_definitions, place_figures, read_place_counts
from profiles.results import ProfileResult

__all__ = ["build_profiles"]

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
    progress: Progress = no_progress,
) -> ProfileResult:
    """
    Return the profile of every small area, and of every area of each target geography.

    Everything is summed from small areas through their links, numerators and denominators alike, so that the figures
    of all geographies agree. Rates are per 1,000 residents a year with exact Poisson intervals, and beside them
    empirical-Bayes rates with posterior intervals; change is told only between like months a year apart.

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
    geographies = [Geography.of_small_areas(small_area_key, codes)]
    geographies += [
        _target(name, schemas.check(areas, schemas.AREAS), links, codes) for name, areas in target_areas.items()
    ]
    force = Geography.of_everything(len(codes))
    values = read_people(people, codes)
    counts = read_place_counts(
        area_counts, kinds, codes, last_month_index=last_month_index, months_available=months_available
    )
    blocks = []
    for done, geography in enumerate(geographies):
        progress("Profiling", done, len(geographies))
        figures = people_figures(geography, force, values, variables)
        figures += place_figures(geography, force, counts, values.residents)
        blocks += [figure_rows(geography, metric, made) for metric, made in figures]
    progress("Profiling", len(geographies), len(geographies))
    return ProfileResult(_table(blocks), (*people_definitions(variables), *place_definitions(counts)))


def _codes(areas: pd.DataFrame) -> NDArray[np.object_]:
    return np.array(sorted(areas["area_code"]), dtype=object)


def _target(
    name: str, areas: pd.DataFrame, links: Mapping[str, pd.DataFrame], small_codes: NDArray[np.object_]
) -> Geography:
    """Return a target geography; links to areas or from small areas that are not asked for are left out."""
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
