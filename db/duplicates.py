"""
Incidents that two agencies may both have recorded: flagged for people to look at, never merged, never left out.

Two incidents are flagged if they are of one kind, recorded by two agencies (the police are one), and near each other in
place and in time as far as both are known: a point that a publisher moved may lie further away, an interval is near
where any of it is. An incident of which only the month is known is near nothing: too many others are of that month.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from db.frames import read_frame
from db.statements import read_sql, statement

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["duplicate_totals", "flag_duplicates", "possible_duplicates"]

#: Two exact points are near within this distance; each snapped point may have been moved by the other.
_NEAR_M, _MOVED_M = 100.0, 100.0
#: Two times are near if no more minutes than this lie between them.
_NEAR_MINUTES = 60.0


def flag_duplicates(connection: Connection, load_ids: Sequence[int]) -> int:
    """
    Flag what some loads may share with live loads of other agencies; what was flagged of them before is forgotten.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    load_ids
        Loads of incidents.

    Returns
    -------
    int
        Pairs that are flagged.
    """
    binds = {"load_ids": list(load_ids)}
    connection.execute(statement("note_agencies"), binds)
    connection.execute(
        text("DELETE FROM possible_duplicate WHERE load_id = ANY (:load_ids) OR other_load_id = ANY (:load_ids)"), binds
    )
    if not connection.scalar(statement("has_several_agencies")):
        return 0
    near = {"near_m": _NEAR_M, "moved_m": _MOVED_M, "near_minutes": _NEAR_MINUTES}
    connection.exec_driver_sql(read_sql("make_duplicate_candidates"))
    connection.execute(statement("fill_duplicate_candidates"), {**binds, "moved_m": _MOVED_M})
    connection.exec_driver_sql(read_sql("index_duplicate_candidates"))
    n_pairs = connection.execute(statement("flag_duplicates"), {**binds, **near}).rowcount
    connection.exec_driver_sql("DROP TABLE duplicate_candidate")
    return n_pairs


def duplicate_totals(
    connection: Connection, load_ids: Sequence[int], *, of: Sequence[int] = ()
) -> list[dict[str, Any]]:
    """
    Count the flagged pairs between loads.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through: both incidents of a pair must be of them.
    of
        Loads of which one must hold an incident of the pair; all if empty.

    Returns
    -------
    list of dict
        `agency`, `other_agency` (`police` where the row names none), `kind`, `n_pairs`, and `n_rows` (incidents of
        `agency` among them), in order of the words.
    """
    rows = connection.execute(statement("duplicate_totals"), {"load_ids": list(load_ids), "of": list(of)})
    return [dict(row) for row in rows.mappings()]


def possible_duplicates(connection: Connection, load_ids: Sequence[int]) -> pd.DataFrame:
    """
    Return each flagged pair between loads, for profiles and for those who look into them.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.

    Returns
    -------
    DataFrame
        `agency`, `other_agency`, `kind`, `month_index`, `area_code` (None outside the areas or before the join),
        `distance_m`, `gap_minutes`, in a stated order; no point, no reference.
    """
    types = {
        "agency": "object",
        "other_agency": "object",
        "kind": "object",
        "month_index": "int64",
        "area_code": "object",
        "distance_m": "float64",
        "gap_minutes": "float64",
    }
    return read_frame(connection, "possible_duplicates", {"load_ids": list(load_ids)}, types)
