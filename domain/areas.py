"""Geographies, their areas, links between them, and what is known of the people in them, before they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from domain.errors import SettingsError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = [
    "PEOPLE_VALUE_COLUMNS",
    "AreaLayer",
    "AreaLinks",
    "Direction",
    "FigureState",
    "GeographyKey",
    "PeopleTable",
    "PeopleVariable",
]


class FigureState(StrEnum):
    """What a figure on a page is: a value, or the honest reason why there is none."""

    OK = "ok"
    NO_DATA = "no_data"
    SUPPRESSED = "suppressed"
    CANNOT_TELL = "cannot_tell"


class Direction(StrEnum):
    """What more of a People variable means for an area; of most variables, and of every group of people, nothing."""

    MORE_NEED = "more_need"
    LESS_NEED = "less_need"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, order=True)
class GeographyKey:
    """
    A geography with its vintage, written `lsoa:2021`.

    Parameters
    ----------
    name
        Lower-case name: `lsoa`, `ward`, `district`, `force`, `neighbourhood`, ...
    vintage
        Year of the boundaries or codes.

    Examples
    --------
    >>> GeographyKey.parse("lsoa:2021")
    GeographyKey(name='lsoa', vintage=2021)
    """

    name: str
    vintage: int

    @classmethod
    def parse(cls, text: str) -> GeographyKey:
        """
        Return the key written as `name:year`.

        Raises
        ------
        SettingsError
            If the text is not of that form.
        """
        name, _, vintage = text.strip().lower().partition(":")
        if not name.isidentifier() or not vintage.isdecimal():
            raise SettingsError(
                f'"{text}" is not a geography', hint="Write a geography as name:year, for example lsoa:2021."
            )
        return cls(name, int(vintage))

    def __str__(self) -> str:
        """Return `name:vintage`."""
        return f"{self.name}:{self.vintage}"


@dataclass(frozen=True, slots=True)
class AreaLayer:
    """
    The areas of one boundary file.

    Parameters
    ----------
    key
        Geography and vintage.
    file_name, sha256
        Name without folders; fingerprint of the decompressed bytes.
    frame
        `area_code` (str, unique), `area_name` (str), `parent_code` (str or None: the district of a ward, say),
        `geometry` (Polygon or MultiPolygon, valid, with its CRS set, as read: the store transforms it),
        `was_repaired` (bool).
    parent
        Geography of `parent_code`, where the file has one.
    parent_names
        Name by parent code, where the file has them.
    notes
        What a reader of the load report should know: overlaps and gaps, with their areas.
    """

    key: GeographyKey
    file_name: str
    sha256: str
    frame: gpd.GeoDataFrame
    parent: GeographyKey | None = None
    parent_names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AreaLinks:
    """
    Shares of areas of one geography in areas of another.

    Parameters
    ----------
    source, target
        The two geographies.
    file_name, sha256
        Name without folders; fingerprint of the decompressed bytes.
    frame
        `source_code`, `target_code` (str), `share` (float64, 0 to 1; the shares of a source add to 1 where it is split
        by weight; 1 for each target where the file gives no weights and the source is whole in it),
        `source_name`, `target_name` (str or None), `change` (str or None: U, S, M or X in ONS look-ups).
    points
        For population-weighted centroids: `area_code`, `geometry` (Point, CRS set); None for code look-ups.
    """

    source: GeographyKey
    target: GeographyKey | None
    file_name: str
    sha256: str
    frame: pd.DataFrame
    points: gpd.GeoDataFrame | None = None


#: Columns of `PeopleTable.frame`.
PEOPLE_VALUE_COLUMNS: tuple[str, ...] = ("area_code", "variable", "numerator", "denominator")


@dataclass(frozen=True, slots=True)
class PeopleVariable:
    """
    One declared People variable.

    Parameters
    ----------
    name
        Identifier, for example `households_no_car`.
    label
        Plain words for a page.
    topic
        Group on the page: `age`, `ethnicity`, `deprivation`, `tenure`, `work`, `cars`, `residents`, ...
    unit
        `share` (numerator over denominator), `count`, `score`.
    source_table
        Publisher's table, for example `TS045`.
    period
        Date or year to which it refers.
    forms_segments
        Whether the variable may form community groups.
    direction
        Whether more of it means more need, less need or neither.
    """

    name: str
    label: str
    topic: str
    unit: str
    source_table: str
    period: str
    forms_segments: bool = True
    direction: str = Direction.NEITHER.value


@dataclass(frozen=True, slots=True)
class PeopleTable:
    """
    Values of People variables for the areas of one file.

    Parameters
    ----------
    key
        Geography and vintage of the area codes.
    file_name, sha256
        Name without folders; fingerprint of the decompressed bytes.
    layout
        Layout met: `nomis_bulk`, `long`, `imd`, ...
    variables
        The variables that the frame holds.
    frame
        `area_code` (str), `variable` (str), `numerator` (float64), `denominator` (float64, NaN for scores); one row
        for each area and variable.
    rejected
        Table with the columns of `domain.incidents.REJECTED_COLUMNS`.
    rows_read
        Data rows of the file: kept, rejected and outside.
    rows_outside
        Data rows of areas that were not asked for (the rest of the country in a national file); neither kept nor
        rejected.
    notes
        What a reader of the load report should know.
    totals
        Sums over the nations all of whose areas the file holds (`domain.schemas.PEOPLE_TOTALS`); None where it holds
        no whole nation.
    """

    key: GeographyKey
    file_name: str
    sha256: str
    layout: str
    variables: tuple[PeopleVariable, ...]
    frame: pd.DataFrame
    rejected: pd.DataFrame
    rows_read: int
    rows_outside: int = 0
    notes: tuple[str, ...] = ()
    totals: pd.DataFrame | None = None
