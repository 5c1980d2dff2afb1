"""What every table shares: one metadata object, named constraints, and geometry whose CRS the database decides."""

from __future__ import annotations

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, Column, MetaData
from sqlalchemy.types import TypeEngine

__all__ = ["column", "geometry", "metadata", "metadata_in", "one_of"]

#: Tables of the schema `redzones`; every session finds them by its search path. Geometry columns have no CRS here.
metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)


def metadata_in(analysis_epsg: int) -> MetaData:
    """
    Return the tables with every geometry column in the analysis CRS of one database.

    Parameters
    ----------
    analysis_epsg
        EPSG code that the database was made with.
    """
    placed = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        for item in table.to_metadata(placed).columns:
            if isinstance(item.type, Geometry):
                item.type = Geometry(item.type.geometry_type, srid=analysis_epsg, spatial_index=False)
    return placed


def geometry(kind: str) -> Geometry:
    """Return a geometry type without CRS; its GiST index is declared beside the table, once."""
    return Geometry(kind, srid=-1, spatial_index=False)


def column(
    name: str,
    kind: TypeEngine[Any] | type[TypeEngine[Any]],
    *constraints: Any,  # noqa: ANN401 - SQLAlchemy's own items
    comment: str,
    nullable: bool = False,
    **options: Any,  # noqa: ANN401 - SQLAlchemy's own options
) -> Column[Any]:
    """Return a column that must have a comment and, unless it says so, a value."""
    return Column(name, kind, *constraints, comment=comment, nullable=nullable, **options)


def one_of(name: str, *values: str) -> CheckConstraint:
    """Return the constraint that a text column holds one of a few words."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{name} IN ({words})", name=name)
