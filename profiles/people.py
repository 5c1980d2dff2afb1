"""People: residents, census shares and deprivation scores of each area, against the force and the nation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.areas import FigureState, PeopleVariable
from domain.errors import Fault, SchemaError
from profiles.figures import Figures, Geography, index_of
from profiles.results import MetricDefinition

__all__ = [
    "RESIDENTS",
    "NationFigure",
    "PeopleFigures",
    "people_definitions",
    "people_figures",
    "read_nation",
    "read_people",
    "variable_figures",
]

#: Name of the variable and of the metric that counts residents.
RESIDENTS = "residents"

_UNITS: Mapping[str, str] = {"share": "per cent", "count": "residents", "score": "score"}
_NOT_LOADED = "not known: no value is loaded for this area"
_NOBODY = "the table counts nobody here"
_OWN = "people"
#: Places in an order, of which a ratio means nothing.
_ORDINAL = ("_decile", "_rank")


@dataclass(frozen=True, slots=True)
class NationFigure:
    """
    What a variable comes to in the nation.

    Parameters
    ----------
    place
        Nation, as `England and Wales`.
    numerator, denominator
        Sums over its areas; for a score the denominator is the number of areas, so that their ratio is a mean.
    """

    place: str
    numerator: float
    denominator: float

    def estimate(self, unit: str) -> float:
        """Return the nation's figure in the unit of a variable: a share in per cent, a mean score, a total."""
        if unit == "count":
            return self.numerator
        if not self.denominator > 0:
            return np.nan
        return (100.0 if unit == "share" else 1.0) * self.numerator / self.denominator


@dataclass(frozen=True, slots=True)
class PeopleFigures:
    """
    People values of the small areas, aligned with their codes.

    Parameters
    ----------
    numerators, denominators
        By variable: shape (n_small,), NaN where not known.
    residents
        Residents, shape (n_small,), NaN where not known.
    """

    numerators: Mapping[str, NDArray[np.float64]]
    denominators: Mapping[str, NDArray[np.float64]]
    residents: NDArray[np.float64]


def read_people(people: pd.DataFrame, codes: NDArray[np.object_]) -> PeopleFigures:
    """
    Line up People values with small areas.

    Parameters
    ----------
    people
        `domain.schemas.PEOPLE_VALUES` of the small areas.
    codes
        Codes of the small areas, shape (n_small,).

    Raises
    ------
    SchemaError
        If an area has two values of one variable, or a negative one.
    """
    twice = people.duplicated(["area_code", "variable"])
    negative = people["denominator"].lt(0) | (people["numerator"].lt(0) & people["denominator"].notna())
    faults = [
        Fault(f"{row.area_code} has {what} of {row.variable}", column="area_code", remedy="Load each table once")
        for what, where in (("two values", twice), ("a negative share", negative))
        for row in people[where].head(5).itertuples()
    ]
    if faults:
        raise SchemaError("the People values contradict themselves", faults=faults)
    order = pd.Index(codes)
    numerators, denominators = {}, {}
    for variable, rows in people.groupby("variable", sort=True):
        aligned = rows.set_index("area_code").reindex(order)
        numerators[str(variable)] = aligned["numerator"].to_numpy(dtype=np.float64, na_value=np.nan)
        denominators[str(variable)] = aligned["denominator"].to_numpy(dtype=np.float64, na_value=np.nan)
    return PeopleFigures(numerators, denominators, numerators.get(RESIDENTS, np.full(len(codes), np.nan)))


def read_nation(totals: pd.DataFrame) -> dict[str, NationFigure]:
    """
    Return the nation's figure of each variable that has one; where several nations have, the widest.

    Parameters
    ----------
    totals
        `domain.schemas.PEOPLE_TOTALS`.
    """
    widest = totals.sort_values(["variable", "n_areas", "place"], kind="stable").drop_duplicates(
        "variable", keep="last"
    )
    return {
        str(variable): NationFigure(str(place), float(numerator), float(denominator))
        for variable, place, numerator, denominator in zip(
            widest["variable"], widest["place"], widest["numerator"], widest["denominator"], strict=True
        )
    }


def people_definitions(
    variables: Sequence[PeopleVariable], nation: Mapping[str, NationFigure] = MappingProxyType({})
) -> tuple[MetricDefinition, ...]:
    """Return a definition for each variable: residents first, then in the declared order."""
    unique = {v.name: v for v in variables}
    ordered = sorted(unique.values(), key=lambda v: v.name != RESIDENTS)
    definitions = [
        MetricDefinition(
            v.name, v.label, v.topic, _UNITS.get(v.unit, v.unit), v.source_table, v.period, _OWN,
            nation=nation[v.name].place if v.name in nation else "",
        )
        for v in ordered
    ]  # fmt: skip
    if RESIDENTS not in unique:
        residents = MetricDefinition(RESIDENTS, "Usual residents", RESIDENTS, "residents", "", "", _OWN)
        definitions.insert(0, residents)
    return tuple(definitions)


def people_figures(
    geography: Geography,
    force: Geography,
    people: PeopleFigures,
    variables: Sequence[PeopleVariable],
    nation: Mapping[str, NationFigure] = MappingProxyType({}),
) -> list[tuple[str, Figures]]:
    """
    Return the figures of each variable for the areas of one geography.

    Shares are `100 x sum of numerators / sum of denominators` over the small areas whose value is known. Counts are
    sums. Scores are means weighted by residents, because a score belongs to the people who live with it.

    Parameters
    ----------
    geography, force
        The areas; the one area that holds all.
    people
        Values of the small areas.
    variables
        Declared variables.
    nation
        The nation's figures by variable; a variable without one is compared with the force alone.

    Returns
    -------
    list
        (metric, figures), in the order of `people_definitions`.
    """
    by_name = {v.name: v for v in variables}
    made = []
    for definition in people_definitions(variables):
        variable = by_name.get(definition.metric)
        unit = variable.unit if variable is not None else "count"
        compared = nation.get(definition.metric)
        made.append((definition.metric, variable_figures(geography, force, people, definition.metric, unit, compared)))
    return made


def variable_figures(
    geography: Geography,
    force: Geography,
    people: PeopleFigures,
    name: str,
    unit: str,
    nation: NationFigure | None = None,
) -> Figures:
    """
    Return the figures of one variable, as `people_figures` makes them.

    Parameters
    ----------
    geography, force
        The areas; the one area that holds all.
    people
        Values of the small areas.
    name, unit
        The variable, and whether it is a `share`, a `count` or a `score`.
    nation
        The nation's figure, where there is one.
    """
    nothing = np.full(len(people.residents), np.nan)
    numerator, denominator = people.numerators.get(name, nothing), people.denominators.get(name, nothing)
    if unit == "score":
        known = np.where(people.residents > 0, numerator, np.nan)
        weights = np.where(np.isfinite(known), people.residents, np.nan)
        figures = _ratio(geography, force, known * weights, weights, scale=1.0)
        figures.numerator[:] = np.nan
    elif unit == "share":
        known = np.where(np.isfinite(denominator), numerator, np.nan)
        figures = _ratio(geography, force, known, np.where(np.isfinite(known), denominator, np.nan), scale=100.0)
    else:
        known = numerator
        figures = Figures(geography.total(known), float(force.total(known)[0]), numerator=geography.total(known))
    if name.endswith(_ORDINAL):
        figures.index[:] = np.nan
    if nation is not None:
        figures.nation_estimate = nation.estimate(unit)
        if unit != "count" and not name.endswith(_ORDINAL):
            figures.nation_index = index_of(figures.estimate, figures.nation_estimate)
    n_known, n_small = geography.n_known(known), geography.n_small()
    figures.withhold(n_known == 0, FigureState.NO_DATA, _NOT_LOADED)
    figures.withhold(~np.isfinite(figures.estimate), FigureState.NO_DATA, _NOBODY)
    partly = [f"known for {a:.0f} of its {b:.0f} small areas" for a, b in zip(n_known, n_small, strict=True)]
    figures.remark(n_known < n_small, np.array(partly, dtype=object))
    return figures


def _ratio(
    geography: Geography,
    force: Geography,
    numerator: NDArray[np.float64],
    denominator: NDArray[np.float64],
    *,
    scale: float,
) -> Figures:
    """Return `scale x sum of numerators / sum of denominators`, NaN where the denominator is zero."""
    n, d = geography.total(numerator), geography.total(denominator)
    whole_n, whole_d = float(force.total(numerator)[0]), float(force.total(denominator)[0])
    estimate = np.divide(scale * n, d, out=np.full(len(n), np.nan), where=d > 0)
    average = scale * whole_n / whole_d if whole_d > 0 else np.nan
    return Figures(estimate, average, numerator=n, denominator=d, index=index_of(estimate, average))
