"""Overrides of zones, as they hold in the month for which zones are made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from db.statements import statement
from domain.months import LocalMonth
from hotspots.exclusions import Exclusion

__all__ = ["exclusions"]


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
    days = {"first_day": month.first_day, "last_day": month.shift(1).first_day - timedelta(days=1)}
    found = connection.execute(statement("exclusions"), {"load_ids": list(load_ids), **days})
    return tuple(Exclusion(*row) for row in found)
