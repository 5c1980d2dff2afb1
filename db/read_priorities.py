"""Priorities that communities raised: You Said, We Did, and whether people were told and agree that it is solved."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from db.statements import statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from domain.months import LocalMonth

__all__ = ["priorities"]

_COLUMNS = (
    "priority_id", "area_code", "raised_on", "issue", "kind", "action", "told_on", "agreed_solved_on", "owner",
)  # fmt: skip


def priorities(connection: Connection, load_ids: Sequence[int], *, month: LocalMonth) -> pd.DataFrame | None:
    """
    Return the priorities raised in the two years up to the end of a month, as they stood on its last day.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.
    month
        Last month of the data.

    Returns
    -------
    DataFrame or None
        `priority_id`, `area_code`, `raised_on`, `issue`, `kind`, `action`, `told_on`, `agreed_solved_on`, `owner`; days
        as YYYY-MM-DD, None where there is none; of an area the latest first. None where none is loaded.
    """
    days = {"first_day": month.shift(-23).first_day, "last_day": month.shift(1).first_day - timedelta(days=1)}
    found = connection.execute(statement("priorities"), {"load_ids": list(load_ids), **days}).all()
    if not found:
        return None
    rows = [[None if value is None else str(value) for value in row] for row in found]
    return pd.DataFrame(rows, columns=list(_COLUMNS), dtype=object)
