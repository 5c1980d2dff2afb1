"""
Nations: what a People variable comes to in the whole of one, where a file holds all of its areas.

A file of which a single area is missing has no total of the nation: a sum that lacks a city would look right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from domain.areas import GeographyKey, PeopleVariable

__all__ = ["NATIONS", "Nation", "nation_totals"]


@dataclass(frozen=True, slots=True)
class Nation:
    """
    A nation, by the areas of one geography.

    Parameters
    ----------
    name
        As pages call it.
    areas
        Number of its areas by the beginning of their codes.
    """

    name: str
    areas: Mapping[str, int]

    @property
    def n_areas(self) -> int:
        """Number of its areas."""
        return sum(self.areas.values())


def _nations(english: tuple[str, int], welsh: tuple[str, int]) -> tuple[Nation, ...]:
    return (
        Nation("England", MappingProxyType(dict([english]))),
        Nation("England and Wales", MappingProxyType(dict([english, welsh]))),
    )


#: The nations by geography. Numbers of areas: Office for National Statistics, code history database.
NATIONS: Mapping[GeographyKey, tuple[Nation, ...]] = MappingProxyType(
    {
        GeographyKey("oa", 2021): _nations(("E00", 178_605), ("W00", 10_275)),
        GeographyKey("lsoa", 2021): _nations(("E01", 33_755), ("W01", 1_917)),
        GeographyKey("lsoa", 2011): _nations(("E01", 32_844), ("W01", 1_909)),
        GeographyKey("msoa", 2021): _nations(("E02", 6_856), ("W02", 408)),
    }
)


def nation_totals(frame: pd.DataFrame, variables: Sequence[PeopleVariable], key: GeographyKey) -> pd.DataFrame:
    """
    Add the values of a whole file up to the nations whose areas it holds, all of them and none twice.

    Numerators and denominators are added; a score has no denominator, so the number of areas takes its place and the
    ratio is the mean of the areas. A variable that an area does not have has no total.

    Parameters
    ----------
    frame
        Values of every area of the file, as `domain.areas.PeopleTable.frame`.
    variables
        Their declarations.
    key
        Geography of the areas.

    Returns
    -------
    DataFrame
        Table `domain.schemas.PEOPLE_TOTALS`: a row for each variable and nation that has a total.
    """
    scores = {v.name for v in variables if v.unit == "score"}
    blocks = []
    for nation in NATIONS.get(key, ()):
        begins = frame["area_code"].str[:3]
        inside = frame[begins.isin(list(nation.areas)) & frame["numerator"].notna()]
        grouped = inside.groupby("variable", sort=True)
        sums = grouped[["numerator", "denominator"]].sum(min_count=1)
        sums["n_areas"] = grouped["area_code"].nunique()
        whole = sums[sums["n_areas"] == nation.n_areas].reset_index()
        whole["denominator"] = whole["denominator"].where(~whole["variable"].isin(scores), whole["n_areas"])
        blocks.append(whole.assign(place=nation.name))
    columns = ["variable", "place", "n_areas", "numerator", "denominator"]
    if not blocks:
        return pd.DataFrame({name: np.empty(0, dtype=object) for name in columns})
    return pd.concat(blocks, ignore_index=True)[columns]
