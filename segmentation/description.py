"""Segments in words: what sets each apart, and the plain names that are proposed for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from domain.areas import PeopleVariable
from segmentation.features import people_table
from segmentation.names import name_environments, name_groups, name_phrases
from segmentation.places import PLACE_LABELS, PLACE_UNITS
from segmentation.portraits import Describer, PortraitEntry

__all__ = ["Descriptions", "approved_names", "describe_areas"]

_KIND_WORDS = MappingProxyType({"place_asb_rate": "ASB", "place_minor_crime_rate": "minor crime"})
_LEVELS = ("group_code", "environment_code")


@dataclass(frozen=True, slots=True)
class Descriptions:
    """
    Everything by which segments are described: People for groups, Place for their environments.

    Parameters
    ----------
    people, places
        Figures of the areas, in the order of their membership.
    """

    people: Describer
    places: Describer

    def names(self, membership: pd.DataFrame) -> Mapping[str, str]:
        """Propose a plain name for each group, and for each environment within it."""
        groups = sorted(set(membership["group_code"]), key=lambda code: (len(code), code))
        inside = [(membership["group_code"] == code).to_numpy() for code in groups]
        of_groups = name_groups([self.people.contrasts(members) for members in inside], name_phrases())
        everywhere = self.places.means(np.ones(len(membership), dtype=bool))
        names = dict(zip(groups, of_groups, strict=True))
        for members, name in zip(inside, of_groups, strict=True):
            parts = _codes(membership.loc[members, "environment_code"])
            here = [self.places.means((membership["environment_code"] == part).to_numpy()) for part in parts]
            ratios = [{w: part[n] / everywhere[n] for n, w in _KIND_WORDS.items() if n in part} for part in here]
            names |= dict(zip(parts, name_environments(name, ratios), strict=True)) if parts else {}
        return MappingProxyType(names)

    def portraits(self, membership: pd.DataFrame) -> Mapping[str, list[PortraitEntry]]:
        """Return the portrait of each segment that has an area."""
        describers = dict(zip(_LEVELS, (self.people, self.places), strict=True))
        return MappingProxyType(
            {
                code: describer.portrait((membership[level] == code).to_numpy())
                for level, describer in describers.items()
                for code in _codes(membership[level])
            }
        )


def _codes(column: pd.Series) -> list[str]:
    return sorted({str(code) for code in column if code is not None}, key=lambda code: (len(code), code))


def describe_areas(
    people: pd.DataFrame, variables: Sequence[PeopleVariable], *, residents: pd.Series, rates: pd.DataFrame
) -> Descriptions:
    """
    Return the figures of some areas: every variable that may form segments, near-duplicates included, and their rates.

    Parameters
    ----------
    people
        `domain.schemas.PEOPLE_VALUES`.
    variables
        Declared variables.
    residents
        Residents by area, which weigh each mean.
    rates
        Place variables on the same index (`segmentation.places.place_table`); may have no column.
    """
    forming = [v for v in variables if v.forms_segments]
    table = people_table(people, forming).reindex(residents.index)
    weights = residents.to_numpy(dtype=np.float64)
    return Descriptions(
        Describer(
            table.dropna(axis=1, how="all"),
            weights,
            labels={v.name: v.label for v in forming},
            units={v.name: v.unit for v in forming},
            topics={v.name: v.topic for v in forming},
        ),
        Describer(rates, weights, PLACE_LABELS, PLACE_UNITS, dict(zip(PLACE_LABELS, PLACE_LABELS, strict=True))),
    )


def approved_names(names: Mapping[str, str], approved: Mapping[str, str]) -> Mapping[str, str]:
    """
    Return the names with those that a person approved; the name of an environment begins with that of its group.

    Parameters
    ----------
    names
        Proposed name by segment code.
    approved
        Approved name by segment code; codes that are no segments are passed over.

    Examples
    --------
    >>> names = {"A": "Rent privately", "A1": "Rent privately: quieter"}
    >>> dict(approved_names(names, {"A": "Town centre flats"}))
    {'A': 'Town centre flats', 'A1': 'Town centre flats: quieter'}
    """
    result = {}
    for code, name in names.items():
        group = code.rstrip("0123456789")
        before, after = names.get(group, ""), approved.get(group)
        follows = group != code and after is not None and name.startswith(f"{before}: ")
        result[code] = approved.get(code, f"{after}{name[len(before) :]}" if follows else name)
    return MappingProxyType(result)
