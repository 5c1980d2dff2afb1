"""From the areas of a People file to the areas that are wanted: output areas to LSOAs, one vintage to another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from domain.areas import PEOPLE_VALUE_COLUMNS, GeographyKey, PeopleTable
from domain.errors import SourceError

__all__ = ["aggregate_people"]

#: Shares of a source area may miss 1 by this much, as they are written with few digits.
_ROUNDING = 1e-6


def aggregate_people(table: PeopleTable, links: pd.DataFrame, *, target: GeographyKey) -> PeopleTable:
    """
    Carry the values of a People file over to other areas through a look-up.

    Counts, and numerators and denominators of shares, are added: `y_t = sum_s w_st x_s`, where the weights of a source
    area add to 1, so that totals are preserved. A look-up without weights that splits a source area gives each part the
    same weight. Scores are averaged, `sum_s w_st x_s / sum_s w_st`, as a score cannot be added. A target area of which
    one source area has no value gets none: a sum that lacks a part would be wrong without looking wrong.

    Parameters
    ----------
    table
        The values, by source area.
    links
        `source_code`, `target_code` (str) and `share` (float64, 0 to 1): every link of the source areas in question.
    target
        The geography of the target codes.

    Returns
    -------
    PeopleTable
        The values by target area; its account of rows is still that of the file.

    Raises
    ------
    SourceError
        If no target area is covered by the file.

    Examples
    --------
    >>> from domain.areas import PeopleVariable
    >>> table = PeopleTable(
    ...     key=GeographyKey("oa", 2021),
    ...     file_name="ts045.csv",
    ...     sha256="",
    ...     layout="column_coded",
    ...     variables=(PeopleVariable("no_car", "Without a car", "cars", "share", "TS045", "2021"),),
    ...     frame=pd.DataFrame(
    ...         [["O1", "no_car", 10.0, 100.0], ["O2", "no_car", 5.0, 80.0]], columns=list(PEOPLE_VALUE_COLUMNS)
    ...     ),
    ...     rejected=pd.DataFrame(),
    ...     rows_read=2,
    ... )
    >>> links = pd.DataFrame({"source_code": ["O1", "O2"], "target_code": ["L1", "L1"], "share": [1.0, 1.0]})
    >>> aggregate_people(table, links, target=GeographyKey("lsoa", 2021)).frame.to_numpy().tolist()
    [['L1', 'no_car', 15.0, 180.0]]
    """
    weighted = _weights(links)
    known = set(table.frame["area_code"])
    incomplete = set(weighted.loc[~weighted["source_code"].isin(known), "target_code"])
    usable = weighted[~weighted["target_code"].isin(incomplete)]
    if usable.empty:
        raise SourceError.at(
            f"no area of {target} has all of its areas of {table.key} in this file",
            file=table.file_name,
            remedy="Check the vintage of the codes and of the look-up.",
        )
    parts = usable.merge(table.frame, left_on="source_code", right_on="area_code", sort=False)
    is_score = parts["variable"].isin([v.name for v in table.variables if v.unit == "score"])
    parts["numerator"] *= parts["weight"]
    parts["denominator"] *= parts["weight"]
    sums = parts.groupby(["target_code", "variable"], sort=True)
    made = sums[["numerator", "denominator", "weight"]].sum(min_count=1).reset_index()
    scores = made["variable"].isin(set(parts.loc[is_score, "variable"]))
    made.loc[scores, "numerator"] /= made.loc[scores, "weight"]
    frame = made.rename(columns={"target_code": "area_code"})[list(PEOPLE_VALUE_COLUMNS)]
    return replace(
        table,
        key=target,
        layout=f"{table.layout} from {table.key}",
        frame=frame,
        notes=(*table.notes, *_notes(table, target, usable, incomplete, has_scores=bool(scores.any()))),
    )


def _weights(links: pd.DataFrame) -> pd.DataFrame:
    """Return the links with weights that add to 1 for each source area, parts of no weight left out."""
    weighted = links[["source_code", "target_code", "share"]].drop_duplicates(["source_code", "target_code"])
    total = weighted.groupby("source_code")["share"].transform("sum").to_numpy()
    # a look-up without weights writes 1 for each part of an area that was split
    weighted = weighted.assign(weight=weighted["share"].to_numpy() / np.maximum(total, 1 - _ROUNDING))
    return weighted[weighted["weight"] > 0]


def _notes(
    table: PeopleTable, target: GeographyKey, usable: pd.DataFrame, incomplete: set[str], *, has_scores: bool
) -> list[str]:
    n_source, n_target = usable["source_code"].nunique(), usable["target_code"].nunique()
    notes = [f"{n_source:,} areas of {table.key} make {n_target:,} areas of {target}"]
    if incomplete:
        notes.append(
            f"{len(incomplete):,} areas of {target} lack some of their areas of {table.key} in this file, and get no "
            "value"
        )
    if (usable["share"] != usable["weight"]).any():
        notes.append("where the look-up splits an area without weights, each part gets the same share")
    if has_scores:
        notes.append(f"scores are the mean of the areas of {table.key}, as a score cannot be added")
    return notes
