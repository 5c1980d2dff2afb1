"""Census margins to which a survey is raked: which People variables they are, and how thin categories are merged."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["LEAST_RESPONDENTS", "Margin", "collapse", "find_margins", "population_by_unit", "total_of"]

#: A category with fewer respondents in a unit is merged: a handful of people may not speak for a whole group.
LEAST_RESPONDENTS = 10
#: A survey of adults is not raked to children.
_ADULT_FROM = 16
_FILLERS = re.compile(r"\b(aged|and|to|years?|or)\b")
_PREFIX = {"ethnicity": "ethnic_", "tenure": "tenure_", "age_band": "age_", "sex": ""}
_SEXES = {"f": "female", "woman": "female", "women": "female", "m": "male", "man": "male", "men": "male"}
_WORDS = {"ethnicity": "ethnic group", "tenure": "tenure", "age_band": "age", "sex": "sex", "age_sex": "age by sex"}


@dataclass(frozen=True, slots=True)
class Margin:
    """
    One margin of a wave.

    Parameters
    ----------
    name
        In plain words.
    categories
        People variable of each respondent (None where not known), aligned with the responses.
    variables
        People variables of the margin, in order.
    is_ordered
        Whether neighbours in that order are alike, so that thin ones merge with a neighbour.
    """

    name: str
    categories: pd.Series
    variables: tuple[str, ...]
    is_ordered: bool


def population_by_unit(people: pd.DataFrame, small_to_unit: Mapping[str, str]) -> pd.DataFrame:
    """
    Sum the counts behind every People variable over the small areas of each policing unit.

    Parameters
    ----------
    people
        `domain.schemas.PEOPLE_VALUES` of the small areas.
    small_to_unit
        Unit of each small area.

    Returns
    -------
    DataFrame
        Indexed by unit code, a column per variable.
    """
    counted = people.assign(unit_code=people["area_code"].map(dict(small_to_unit))).dropna(subset=["unit_code"])
    if counted.empty:
        return pd.DataFrame(index=pd.Index([], dtype=object))
    table = counted.pivot_table(index="unit_code", columns="variable", values="numerator", aggfunc="sum")
    return table.sort_index()


def find_margins(
    names: Sequence[str], responses: pd.DataFrame, known: Sequence[str]
) -> tuple[list[Margin], tuple[str, ...]]:
    """
    Match the margins that a wave asks for with the People variables that are loaded.

    Categories are matched by name: ethnic group `white` is `ethnic_white`, tenure `social rented` is
    `tenure_social_rented`, age band `16-24` is `age_16_24`, sex `f` is `female`, sex by age `female_16_24`. Where ages
    are not known by sex, age and sex are two margins, or age is one, and a note says so.

    Parameters
    ----------
    names
        Margins of the wave: `age_sex`, `ethnicity`, `tenure`.
    responses
        `age_band`, `sex`, `ethnicity` and `tenure` of each respondent.
    known
        People variables that are loaded.

    Returns
    -------
    tuple
        The margins that can be met, and sentences about what could not.

    Examples
    --------
    >>> people = pd.DataFrame({"age_band": ["16-24", "65+"], "sex": ["male", "female"]})
    >>> found, notes = find_margins(["age_sex"], people, ["age_16_24", "age_65_over"])
    >>> found[0].variables, notes
    (('age_16_24', 'age_65_over'), ('Weights are raked to age alone: no census figures of age by sex are loaded.',))
    """
    found: list[Margin] = []
    notes: list[str] = []
    for name in names:
        if name == "age_sex":
            _age_and_sex(responses, known, found, notes)
        else:
            _one(name, responses, known, found, notes)
    return found, tuple(notes)


def _age_and_sex(responses: pd.DataFrame, known: Sequence[str], found: list[Margin], notes: list[str]) -> None:
    sexes, bands = _sexes(responses["sex"]), _slugs(responses["age_band"])
    crossed = [f"{sex}_{band}" if sex and band else None for sex, band in zip(sexes, bands, strict=True)]
    cells = [cell for cell in crossed if cell is not None]
    if cells and set(cells) <= set(known):
        found.append(_margin("age_sex", crossed, known, is_ordered=True))
        return
    before = len(found)
    _one("age_band", responses, known, found, notes)
    if not {slug for slug in _sexes(responses["sex"]) if slug}.isdisjoint(known):
        _one("sex", responses, known, found, notes)
    if len(found) > before:
        said = "age and sex apart" if len(found) > before + 1 else "age alone"
        notes.append(f"Weights are raked to {said}: no census figures of age by sex are loaded.")


def _one(name: str, responses: pd.DataFrame, known: Sequence[str], found: list[Margin], notes: list[str]) -> None:
    given = responses[name]
    slugs = _sexes(given) if name == "sex" else _slugs(given)
    wanted = [_PREFIX[name] + slug if slug else None for slug in slugs]
    margin = _margin(name, wanted, known, is_ordered=name == "age_band")
    if not margin.variables:
        why = "the wave does not hold it" if given.isna().all() else "no census figures of its categories are loaded"
        notes.append(f"Weights are not raked to {margin.name}: {why}.")
        return
    strange = sorted({str(text) for text, own in zip(given, wanted, strict=True) if own and own not in set(known)})
    if strange:
        words = ", ".join(f"“{text}”" for text in strange[:5])
        notes.append(f"{margin.name.capitalize()} {words} is not in the census figures: its weight is not raked.")
    found.append(margin)


def _margin(name: str, wanted: Sequence[str | None], known: Sequence[str], *, is_ordered: bool) -> Margin:
    loaded = {variable for variable in known if _is_adult(name, variable)}
    categories = pd.Series([own if own in loaded else None for own in wanted], dtype=object)
    variables = tuple(sorted(set(categories.dropna())))
    return Margin(_WORDS[name], categories, variables, is_ordered)


def _is_adult(name: str, variable: str) -> bool:
    """Tell whether a variable counts adults: those of age name the age at which they begin."""
    if name not in {"age_band", "age_sex"}:
        return True
    first = re.search(r"\d+", variable)
    return first is None or int(first.group()) >= _ADULT_FROM


def _slugs(values: pd.Series) -> list[str | None]:
    by_value = {text: _slug(text) for text in values.dropna().unique()}
    return [by_value.get(text) for text in values]


def _sexes(values: pd.Series) -> list[str | None]:
    """Return sexes as the census variables name them; surveys often write a letter."""
    return [_SEXES.get(slug, slug) if slug else None for slug in _slugs(values)]


def _slug(text: str) -> str:
    plain = _FILLERS.sub(" ", text.strip().lower().replace("+", " over"))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def collapse(
    variables: Sequence[str], respondents: Mapping[str, int], population: Mapping[str, float], *, is_ordered: bool
) -> list[tuple[str, ...]]:
    """
    Merge the categories of a margin until each has enough respondents and some population.

    The category with the fewest respondents merges with the thinner of its neighbours where categories are ordered,
    otherwise with the next thinnest one. One group left means that the margin is of no use.

    Parameters
    ----------
    variables
        Categories, in order.
    respondents, population
        By category.
    is_ordered
        Whether neighbours are alike.

    Examples
    --------
    >>> collapse(["a", "b", "c"], {"a": 40, "b": 3, "c": 20}, {"a": 1, "b": 1, "c": 1}, is_ordered=True)
    [('a',), ('b', 'c')]
    """
    groups: list[tuple[str, ...]] = [
        (name,) for name in variables if respondents.get(name, 0) or population.get(name, 0) > 0
    ]

    def size(group: tuple[str, ...]) -> int:
        return sum(respondents.get(name, 0) for name in group)

    def is_thin(group: tuple[str, ...]) -> bool:
        return size(group) < LEAST_RESPONDENTS or sum(population.get(name, 0.0) for name in group) <= 0

    while len(groups) > 1 and any(map(is_thin, groups)):
        at = min((i for i, group in enumerate(groups) if is_thin(group)), key=lambda i: (size(groups[i]), i))
        near = [i for i in (at - 1, at + 1) if 0 <= i < len(groups)] if is_ordered else range(len(groups))
        other = min((i for i in near if i != at), key=lambda i: (size(groups[i]), i))
        first, second = sorted((at, other))
        merged = (*groups[first], *groups[second])
        groups = [group for i, group in enumerate(groups) if i not in (first, second)]
        groups.insert(first, merged)
    return groups


def total_of(population: pd.Series) -> float:
    """
    Return the adults of a unit: bands of age from 16 on that follow each other; else its residents; else NaN.

    Parameters
    ----------
    population
        Count by People variable.
    """
    spans = [re.fullmatch(r"age_(\d+)_(\d+|over)", str(name)) for name in population.index]
    by_first = {int(span[1]): span for span in spans if span}
    adults, at = 0.0, _ADULT_FROM
    while at in by_first:  # bands that follow each other, so that none counts twice
        adults += float(population[by_first[at].string])
        if by_first[at][2] == "over":
            return adults if adults > 0 else float("nan")
        at = int(by_first[at][2]) + 1
    residents = float(population.get("residents", np.nan))
    return residents if residents > 0 else float("nan")
