"""What the hot-spot room is given: places, counts and kinds of the counted sources, and how much patrol can cover."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import db.read
from domain.areas import GeographyKey

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

    from domain.months import LocalMonth
    from redzones.settings import Settings

__all__ = ["PlaceInputs", "patrol_capacity", "place_inputs"]


class PlaceInputs(TypedDict):
    """The tables `PLACES`, `PLACE_COUNTS` and `KINDS`, by the names that the hot-spot room gives them."""

    places: pd.DataFrame
    place_counts: pd.DataFrame
    kinds: pd.DataFrame


def place_inputs(
    connection: Connection, settings: Settings, *, load_ids: tuple[int, ...], first: LocalMonth, last: LocalMonth
) -> PlaceInputs:
    """
    Read the tables of the hot-spot room.

    Parameters
    ----------
    connection
        Connection to an upgraded database.
    settings
        Name the counted sources, the small areas and the patrol areas.
    load_ids
        Loads to read through.
    first, last
        First and last month.
    """
    sources = settings.incidents.counted_sources
    small_area, patrol = (GeographyKey.parse(g) for g in (settings.geography.small_area, settings.geography.patrol))
    return {
        "places": db.read.places(connection, small_area=small_area, patrol=patrol, load_ids=load_ids, sources=sources),
        "place_counts": db.read.place_counts(connection, load_ids=load_ids, first=first, last=last, sources=sources),
        "kinds": db.read.kinds(connection, sources),
    }


def patrol_capacity(settings: Settings, *, n_units: int) -> int:
    """
    Return the number of zones that the patrol capacity allows: visits a day over visits per zone.

    Parameters
    ----------
    settings
        State visits, or zones per policing unit.
    n_units
        Number of policing units, for when visits are not stated.
    """
    patrol = settings.patrol
    if patrol.visits_per_day is not None:
        wanted = patrol.visits_per_day // patrol.visits_per_zone
    else:
        wanted = patrol.zones_per_unit * max(n_units, 1)
    return max(1, min(wanted, patrol.most_zones))
