"""Overrides of zones and sensitive places, as they hold in the month for which zones are made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pandas as pd
from sqlalchemy import Connection

from db.statements import statement
from domain.months import LocalMonth
from hotspots.exclusions import Exclusion
from hotspots.overrides import Nudge
from hotspots.sensitive_places import SensitivePlace

__all__ = ["exclusions", "named_priorities", "nudges", "sensitive_places"]


def exclusions(connection: Connection, load_ids: Sequence[int], *, month: LocalMonth) -> tuple[Exclusion, ...]:
    """
    Return the exclusions that hold on some day of a month, in order of their numbers.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.
    month
        The month in which zones are patrolled.
    """
    found = connection.execute(statement("exclusions"), {"load_ids": list(load_ids), **_days(month)})
    return tuple(Exclusion(*row) for row in found)


def nudges(connection: Connection, load_ids: Sequence[int], *, month: LocalMonth) -> tuple[Nudge, ...]:
    """
    Return the nudges that hold on some day of a month, in order of their numbers.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.
    month
        The month in which zones are patrolled.
    """
    found = connection.execute(statement("nudges"), {"load_ids": list(load_ids), **_days(month)})
    return tuple(Nudge(*row) for row in found)


def _days(month: LocalMonth) -> dict[str, object]:
    return {"first_day": month.first_day, "last_day": month.shift(1).first_day - timedelta(days=1)}


def sensitive_places(connection: Connection, load_ids: Sequence[int]) -> tuple[SensitivePlace, ...]:
    """
    Return the sensitive places without their names, which are never published.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.
    """
    found = connection.execute(statement("sensitive_places"), {"load_ids": list(load_ids)})
    return tuple(SensitivePlace(*row) for row in found)


def named_priorities(connection: Connection, load_ids: Sequence[int], *, month: LocalMonth) -> pd.DataFrame:
    """
    Return how often the people of a patrol area raised a kind of issue that is not yet solved.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.
    month
        Last month of the data: priorities raised in the two years before its end count.

    Returns
    -------
    DataFrame
        `area_code`, `kind` (as the file says it, lower case), `n`.
    """
    days = {"first_day": month.shift(-23).first_day, "last_day": month.shift(1).first_day - timedelta(days=1)}
    found = connection.execute(statement("named_priorities"), {"load_ids": list(load_ids), **days}).all()
    return pd.DataFrame(found, columns=["area_code", "kind", "n"])
