"""Look-ups between geographies, as they are needed to carry values over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection

from db.frames import read_frame
from domain.areas import GeographyKey
from domain.errors import DatabaseError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["links_to"]


def links_to(connection: Connection, source: GeographyKey, target: GeographyKey) -> pd.DataFrame:
    """
    Return every link of the source areas that reach a loaded target area, from the look-ups that are live.

    Where no boundaries of the target are loaded, all links are returned.

    Parameters
    ----------
    connection
        An open connection.
    source, target
        The two geographies.

    Returns
    -------
    DataFrame
        `source_code`, `target_code` (str) and `share` (float64), in order of codes; of several look-ups, the one that
        was loaded last.

    Raises
    ------
    DatabaseError
        If no look-up between the two is loaded, or it reaches no loaded area.
    """
    binds = {
        "name": source.name,
        "vintage": source.vintage,
        "target_name": target.name,
        "target_vintage": target.vintage,
    }
    types = {"source_code": "object", "target_code": "object", "share": "float64"}
    links = read_frame(connection, "links_to", binds, types)
    if links.empty:
        raise DatabaseError(
            f"no look-up from {source} to loaded areas of {target} is loaded",
            hint=f"First: redzones load lookup FILE --source {source} --target {target}.",
        )
    return links
