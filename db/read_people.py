"""People variables and their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from db.frames import read_frame
from db.statements import statement
from domain.areas import GeographyKey, PeopleVariable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["people_values", "people_variables"]


def people_variables(connection: Connection, load_ids: Sequence[int]) -> tuple[PeopleVariable, ...]:
    """
    Return the People variables of some loads, in the order in which they were loaded and declared.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through; where several declare a variable, the last one does.
    """
    rows = connection.execute(statement("people_variables"), {"load_ids": list(load_ids)})
    return tuple(PeopleVariable(**row) for row in rows.mappings())


def people_values(connection: Connection, key: GeographyKey, load_ids: Sequence[int]) -> pd.DataFrame:
    """
    Return the values of every People variable for the areas of a geography.

    Parameters
    ----------
    connection
        An open connection.
    key
        The geography.
    load_ids
        Loads to read through; where several hold a variable of an area, the last one does.

    Returns
    -------
    DataFrame
        Table `domain.schemas.PEOPLE_VALUES`, in order of variables and area codes.
    """
    binds = {"name": key.name, "vintage": key.vintage, "load_ids": list(load_ids)}
    types = {"area_code": "object", "variable": "object", "numerator": "float64", "denominator": "float64"}
    return read_frame(connection, "people_values", binds, types)
