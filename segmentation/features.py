"""People variables as features: chosen, freed of near-duplicates, transformed and brought to one range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.areas import PeopleVariable
from domain.errors import AnalysisError
from segmentation.results import DROPPED_COLUMNS

__all__ = [
    "Dropped",
    "PeopleFeatures",
    "Scaling",
    "drop_correlated",
    "people_features",
    "people_table",
    "resident_counts",
]

#: A variable left out: its name, because of which other, their correlation, the reason.
Dropped: TypeAlias = tuple[str, str | None, float, str]

_RESIDENTS = "residents"
_FORMING_UNITS = frozenset({"share", "score"})
#: A variable that is missing for more than this share of the areas is left out; otherwise those areas are.
_MISSING_MOST = 0.05


@dataclass(frozen=True, slots=True)
class PeopleFeatures:
    """
    Values from which community groups are made.

    Parameters
    ----------
    table
        A row per area (index: its code, sorted), a column per variable in the declared order: shares in per cent,
        scores as they are. Nothing is missing.
    residents
        Residents by area, on the same index; 1 for each area where residents are not loaded.
    has_residents
        Whether they are loaded.
    dropped
        A row per variable left out, with the columns of `segmentation.results.DROPPED_COLUMNS`.
    notes
        Sentences about areas and variables left out.
    """

    table: pd.DataFrame
    residents: pd.Series
    has_residents: bool
    dropped: pd.DataFrame
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scaling:
    """
    The range to which each variable was brought, kept so that later months are placed on the same scale.

    Parameters
    ----------
    variables
        Names, in order.
    minimum, maximum
        Of the transformed values, shape (n_variables,). A weight w of a variable is folded in: its range is stretched
        to `(maximum - minimum) / w`.
    """

    variables: tuple[str, ...]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]

    @classmethod
    def fit(cls, transformed: pd.DataFrame, *, weight: float = 1.0) -> Scaling:
        """Return the range of each column, stretched by one over the weight."""
        low, high = transformed.to_numpy().min(axis=0), transformed.to_numpy().max(axis=0)
        return cls(tuple(transformed.columns), low, low + (high - low) / weight)

    def apply(self, transformed: pd.DataFrame) -> NDArray[np.float64]:
        """Return the columns on the scale, shape (n_areas, n_variables); new values may lie beyond 0 and 1."""
        values = transformed[list(self.variables)].to_numpy(dtype=np.float64)
        return np.asarray((values - self.minimum) / (self.maximum - self.minimum), dtype=np.float64)


def people_table(people: pd.DataFrame, variables: Sequence[PeopleVariable]) -> pd.DataFrame:
    """
    Return every share (in per cent) and score of every area; NaN where not known or shared by nobody.

    Parameters
    ----------
    people
        `domain.schemas.PEOPLE_VALUES`.
    variables
        Declared variables; the columns follow their order.

    Raises
    ------
    AnalysisError
        If an area has two values of one variable.
    """
    if people.duplicated(["area_code", "variable"]).any():
        raise AnalysisError("an area has two values of one People variable", hint="Load each table once.")
    values = people["numerator"].to_numpy(dtype=np.float64, na_value=np.nan)
    denominator = people["denominator"].to_numpy(dtype=np.float64, na_value=np.nan)
    units = {v.name: v.unit for v in variables}
    is_share = (people["variable"].map(units) == "share").to_numpy(dtype=bool)
    share = np.divide(100.0 * values, denominator, out=np.full(len(values), np.nan), where=denominator > 0)
    frame = pd.DataFrame(
        {
            "area_code": people["area_code"].to_numpy(dtype=object),
            "variable": people["variable"].to_numpy(dtype=object),
            "value": np.where(is_share, share, values),
        }
    )
    names = list(dict.fromkeys(v.name for v in variables if v.unit in _FORMING_UNITS))
    wide = frame.set_index(["area_code", "variable"])["value"].unstack("variable").sort_index()  # noqa: PD010
    return wide.reindex(columns=pd.Index(names, dtype=object))


def resident_counts(people: pd.DataFrame, areas: pd.Index) -> pd.Series | None:
    """Return residents by area, NaN where not known; None where none are loaded."""
    rows = people[people["variable"] == _RESIDENTS].set_index("area_code")["numerator"]
    return None if rows.empty else rows.reindex(areas).astype("float64")


def people_features(
    people: pd.DataFrame, variables: Sequence[PeopleVariable], *, correlation_most: float = 0.8
) -> PeopleFeatures:
    """
    Return the features of community groups: shares and scores that are declared to form segments.

    Left out, each with its reason: variables that are constant or missing for many areas, one of each pair that says
    nearly the same, and areas without residents or with a missing value.

    Parameters
    ----------
    people
        `domain.schemas.PEOPLE_VALUES`.
    variables
        Declared variables.
    correlation_most
        Pairs above this absolute correlation lose one.

    Raises
    ------
    AnalysisError
        If fewer than two variables or three areas remain.
    """
    forming = [v for v in variables if v.forms_segments and v.unit in _FORMING_UNITS]
    table = people_table(people, forming)
    residents = resident_counts(people, table.index)
    notes: list[str] = []
    has_residents = residents is not None
    if residents is None:
        notes.append("Residents are not loaded, so each area counts the same and there are no environments")
        residents = pd.Series(1.0, index=table.index)
    is_home = (residents > 0).to_numpy()
    table, dropped = _usable(table[is_home])
    complete = table.notna().all(axis=1)
    notes += _area_notes(n_empty=int((~is_home).sum()), incomplete=list(table.index[~complete]))
    values = table[complete]
    constant = [name for name in values.columns if values[name].nunique() < 2]
    dropped += [(name, None, np.nan, "it is the same in every area") for name in constant]
    values = values.drop(columns=constant)
    if len(values) < 3 or values.shape[1] < 2:
        raise AnalysisError(
            f"{len(values)} areas with {values.shape[1]} usable People variables are too few for segments",
            hint="Load census tables for the small areas: redzones load people FILE",
        )
    kept, near = drop_correlated(values, correlation_most=correlation_most)
    return PeopleFeatures(kept, residents[kept.index], has_residents, dropped_table([*dropped, *near]), tuple(notes))


def _usable(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Dropped]]:
    """Leave out the variables that are missing for many areas."""
    missing = table.isna().mean()
    lost = [str(name) for name, share in missing.items() if share > _MISSING_MOST]
    rows: list[Dropped] = [
        (name, None, np.nan, f"missing for {100 * missing[name]:.0f} per cent of the areas") for name in lost
    ]
    return table.drop(columns=lost), rows


def _area_notes(*, n_empty: int, incomplete: list[str]) -> list[str]:
    notes = []
    if n_empty:
        notes.append(f"{n_empty} areas without known residents are in no segment")
    if incomplete:
        named = ", ".join(incomplete[:5]) + (", ..." if len(incomplete) > 5 else "")
        notes.append(f"{len(incomplete)} areas with missing values are in no segment ({named})")
    return notes


def dropped_table(rows: Sequence[Dropped]) -> pd.DataFrame:
    """Return variables left out as a table with the columns of `segmentation.results.DROPPED_COLUMNS`."""
    columns = zip(*rows, strict=True) if rows else ((), (), (), ())
    types = ("object", "object", "float64", "object")
    return pd.DataFrame(
        {
            name: pd.Series(list(values), dtype=dtype)
            for name, values, dtype in zip(DROPPED_COLUMNS, columns, types, strict=True)
        }
    )


def drop_correlated(values: pd.DataFrame, *, correlation_most: float = 0.8) -> tuple[pd.DataFrame, list[Dropped]]:
    """
    Leave out one variable of each pair that is correlated too closely.

    The closest pair goes first; of the two, the one with the lower mean absolute correlation with all the others stays
    (the earlier column where they are equal), until no pair is left.

    Parameters
    ----------
    values
        A row per area, a column per variable; no column constant.
    correlation_most
        Largest absolute Pearson correlation that is allowed.

    Returns
    -------
    tuple
        The columns kept; and (variable, because of which, correlation, reason) of each left out.

    Examples
    --------
    >>> table = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [1.0, 2, 3, 5], "c": [1.0, -1, 1, -1]})
    >>> kept, dropped = drop_correlated(table)
    >>> list(kept), [row[:2] for row in dropped]
    (['a', 'c'], [('b', 'a')])
    """
    names = list(values.columns)
    matrix = np.abs(np.corrcoef(values.to_numpy(dtype=np.float64), rowvar=False))
    matrix = np.round(np.atleast_2d(matrix), 12)  # rounding must not decide which of two equal pairs goes first
    np.fill_diagonal(matrix, 0.0)
    rows: list[Dropped] = []
    while len(names) > 2:
        i, j = divmod(int(np.argmax(matrix)), len(names))
        if matrix[i, j] <= correlation_most:
            break
        others = (matrix.sum(axis=0) - matrix[i, j]) / (len(names) - 2)
        gone, stays = (i, j) if others[i] > others[j] else (j, i)
        reason = f"nearly the same as {names[stays]}"
        rows.append((names[gone], names[stays], float(matrix[i, j]), reason))
        matrix = np.delete(np.delete(matrix, gone, axis=0), gone, axis=1)
        del names[gone]
    return values[names], rows
