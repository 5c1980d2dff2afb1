"""The calendar of a force: shifts, and days that differ from others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from db.frames import read_frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["calendar"]


def calendar(connection: Connection, load_ids: Sequence[int], *, time_zone: str) -> pd.DataFrame:
    """
    Return the calendar on the wall clock of the force.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.
    time_zone
        Zone of the wall clock.

    Returns
    -------
    DataFrame
        `category`, `name`, `begins_at`, `ends_at` (naive local times), `area_code` (None for the whole force), in order
        of time.
    """
    types = {
        "category": "object",
        "name": "object",
        "begins_at": "datetime64[us]",
        "ends_at": "datetime64[us]",
        "area_code": "object",
    }
    return read_frame(connection, "calendar", {"load_ids": list(load_ids), "time_zone": time_zone}, types)
