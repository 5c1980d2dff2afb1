"""How the areas of two geographies overlap, and counts carried over from one to the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd
from sqlalchemy import Connection

from db.frames import read_frame
from db.read_areas import areas
from domain.areas import GeographyKey
from domain.errors import DatabaseError, SchemaError

__all__ = ["area_overlaps", "rebase_counts"]

_TYPES = {
    "source_code": "object",
    "source_name": "object",
    "target_code": "object",
    "target_name": "object",
    "ground_km2": "float64",
    "residents": "float64",
}
#: Boundaries of one place, drawn twice, differ by slivers; what is below this share of an area is one.
_SLIVER = 1e-6


def area_overlaps(
    connection: Connection,
    source: GeographyKey,
    target: GeographyKey,
    *,
    small_area: GeographyKey,
    load_ids: Sequence[int] | None = None,
) -> pd.DataFrame:
    """
    Return which part of each source area lies in which target area, by ground and by residents (strategy 33).

    Residents come from the variable `residents` of the small areas, and are taken to live evenly over the ground of
    their small area. What lies in no target area has an empty `target_code`. Slivers below a millionth are left out,
    and the shares of each source area, that of no target area included, add up to 1.

    Parameters
    ----------
    connection
        An open connection.
    source, target
        The two geographies, such as policing units and the areas of a partner.
    small_area
        Geography of the resident counts.
    load_ids
        Loads to read through; by default those that are live.

    Returns
    -------
    DataFrame
        `source_code`, `source_name`, `target_code`, `target_name`, `ground_km2`, `residents`, `share_of_ground` and
        `share_of_residents` (0 to 1; NaN where no residents are known), in order of the codes.

    Raises
    ------
    DatabaseError
        If no areas of one of the two are loaded.
    """
    for key in (source, target):
        if areas(connection, key, load_ids=load_ids).empty:
            raise DatabaseError(
                f"no boundaries of {key} are loaded", hint=f"redzones load boundaries FILE --geography {key}"
            )
    binds = {
        "load_ids": None if load_ids is None else list(load_ids),
        "name": source.name,
        "vintage": source.vintage,
        "target_name": target.name,
        "target_vintage": target.vintage,
        "small_name": small_area.name,
        "small_vintage": small_area.vintage,
    }
    pieces = read_frame(connection, "area_overlap", binds, _TYPES)
    is_whole = pieces["target_code"].isna()
    whole = pieces[is_whole].set_index("source_code")
    parts = _with_remainders(pieces[~is_whole], whole)
    for measure, share in (("ground_km2", "share_of_ground"), ("residents", "share_of_residents")):
        total = parts.groupby("source_code", sort=False)[measure].transform("sum")
        parts[share] = parts[measure] / total.where(total > 0)
    return parts.sort_values(["source_code", "target_code"], na_position="last", kind="stable", ignore_index=True)


def _with_remainders(parts: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    """Return the overlaps that are no slivers, with a row for what each source area has in no target area."""
    known = parts["source_code"].map(whole["ground_km2"])
    parts = parts[parts["ground_km2"] > _SLIVER * known]
    sums = parts.groupby("source_code")[["ground_km2", "residents"]].sum().reindex(whole.index, fill_value=0.0)
    rest = whole.assign(
        ground_km2=whole["ground_km2"] - sums["ground_km2"],
        residents=(whole["residents"] - sums["residents"]).clip(lower=0.0),
    )
    rest = rest[rest["ground_km2"] > _SLIVER * whole["ground_km2"]].reset_index()
    return pd.concat([parts, rest[list(parts.columns)]], ignore_index=True)


def rebase_counts(
    counts: pd.DataFrame,
    overlaps: pd.DataFrame,
    *,
    values: Sequence[str],
    by: Literal["residents", "ground"] = "residents",
    keys: Sequence[str] = (),
) -> pd.DataFrame:
    """
    Carry counts of source areas over to target areas, each split by its shares; totals are preserved.

    A source area of which no residents are known is split by ground.

    Parameters
    ----------
    counts
        `area_code` of the source areas, the key columns and the values; several rows an area are allowed.
    overlaps
        What `area_overlaps` returned.
    values
        Columns of counts.
    by
        Split by residents or by ground.
    keys
        Further columns by which counts are kept apart, such as the month.

    Returns
    -------
    DataFrame
        `area_code` of the target areas (empty for what lies in none), the keys and the values, in order.

    Raises
    ------
    SchemaError
        If a count is missing, or belongs to an area that is none of the source areas.
    """
    unknown = sorted(set(counts["area_code"]) - set(overlaps["source_code"]))
    if unknown:
        raise SchemaError(
            f"{len(unknown):,} codes are none of the source areas, for example {unknown[0]}",
            hint="Check the geography and its vintage.",
        )
    if counts[list(values)].isna().any(axis=None):
        raise SchemaError("a count is missing: no data cannot be shared out", hint="Leave out these rows.")
    share = overlaps["share_of_ground"]
    if by == "residents":
        share = overlaps["share_of_residents"].fillna(share)
    links = overlaps[["source_code", "target_code"]].assign(share=share)
    joined = counts[["area_code", *keys, *values]].merge(links, left_on="area_code", right_on="source_code")
    joined[list(values)] = joined[list(values)].mul(joined["share"], axis=0)
    joined["area_code"] = joined["target_code"]
    grouped = joined.groupby(["area_code", *keys], sort=True, dropna=False)[list(values)].sum()
    return grouped.reset_index()
