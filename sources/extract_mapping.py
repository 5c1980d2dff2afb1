"""The column mapping of a force extract: a TOML file that says which column is what and how categories are counted."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from domain.crs import BRITISH_NATIONAL_GRID, WGS84
from domain.errors import CrsError, SettingsError
from sources.declared_faults import declared_faults, what_to_write
from sources.files import read_whole
from sources.kinds import KindEntry, UnknownKinds
from sources.places import area_of_use

__all__ = ["EventValues", "ExtractColumns", "ExtractMapping", "read_mapping"]

_Text = Annotated[str, Field(min_length=1)]
_TOML_HINT = "Write texts between quotation marks, and each entry once; `redzones load propose FILE` drafts a mapping."
#: What right entries look like.
_EXAMPLES = {
    "dataset": 'dataset = "log"',
    "time_zone": 'time_zone = "Europe/London"',
    "epsg": f"epsg = {BRITISH_NATIONAL_GRID} for eastings and northings, epsg = {WGS84} for longitude and latitude",
    "place_precision": 'place_precision = "exact", or "snapped" where points are moved to a street or a map point',
    "delimiter": 'delimiter = ";" (one character)',
    "encoding": 'encoding = "utf-8" or encoding = "cp1252"',
    "bounds": "bounds = [west, south, east, north] in the coordinates of the file",
    "columns": '[columns] with begins = "...", x = "..." and y = "...", the names of columns of the file',
    "columns.begins": 'begins = "..." in [columns], the column of the time',
    "columns.x": 'x = "..." in [columns], the column of eastings or longitudes',
    "columns.y": 'y = "..." in [columns], the column of northings or latitudes',
    "formats": '[formats] with time = "%d/%m/%Y %H:%M"',
    "formats.time": 'time = "%d/%m/%Y %H:%M" in [formats], or a list of formats',
    "kinds": '[kinds] with an entry for each category, such as "ASB" = { kind = "asb", street = true }',
    "unknown_kinds": 'unknown_kinds = "refuse", "reject" or "other"',
}


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExtractColumns(_Section):
    """Our fields and the columns that hold them."""

    begins: _Text
    x: _Text
    y: _Text
    ends: _Text | None = None
    category: _Text | None = None
    reference: _Text | None = None
    location: _Text | None = None
    area_code: _Text | None = None
    outcome: _Text | None = None
    reported_by: _Text | None = None
    opening_class: _Text | None = None
    qualifiers: _Text | None = None
    parent: _Text | None = None
    crime_reference: _Text | None = None
    result: _Text | None = None
    repeat_caller: _Text | None = None
    domestic: _Text | None = None
    place_type: _Text | None = None
    asb_category: _Text | None = None
    beat: _Text | None = None
    source_agency: _Text | None = None

    def named(self) -> dict[str, str]:
        """Return the columns that are named, by our field."""
        return {ours: theirs for ours, theirs in self.model_dump().items() if theirs is not None}


def _gives_whole_date(time_format: str, day: datetime) -> bool:
    try:
        parsed = pd.to_datetime(day.strftime(time_format), format=time_format, errors="coerce")
    except (ValueError, re.error):  # an unknown directive, or one that stands twice
        return False
    return parsed is not pd.NaT and parsed.date() == day.date()


class _Formats(_Section):
    time: tuple[_Text, ...]

    @field_validator("time", mode="before")
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("time")
    @classmethod
    def _usable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError('write at least one, such as "%d/%m/%Y %H:%M"')
        day = datetime(2025, 6, 4, tzinfo=UTC)
        for time_format in value:
            if not _gives_whole_date(time_format, day):
                raise ValueError(f'"{time_format}" does not give a whole date; write one such as "%d/%m/%Y %H:%M"')
        return value


class _Constants(_Section):
    category: _Text | None = None
    source_agency: _Text | None = None


class _OfficerGenerated(_Section):
    reported_by: tuple[str, ...] = ()


class EventValues(_Section):
    """
    What the words of an extract mean for counting and scoring (METHODS 1); case and blanks at the ends do not matter.

    Parameters
    ----------
    yes
        Words of the columns `repeat_caller` and `domestic` that mean yes.
    qualifier_separator
        What stands between qualifiers.
    domestic_qualifiers
        Qualifiers that mark a domestic event.
    private_places
        Values of `place_type` that are private dwellings.
    personal
        Values of `asb_category` that mean antisocial behaviour against one victim: profiled, never scored.
    results
        Values of `result` whose rows are kept and not counted, and why.
    """

    yes: tuple[str, ...] = ("y", "yes", "true", "1")
    qualifier_separator: Annotated[str, Field(min_length=1)] = ";"
    domestic_qualifiers: tuple[str, ...] = ()
    private_places: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    results: Mapping[str, Literal["no_trace", "in_error", "cancelled", "duplicate"]] = Field(default_factory=dict)

    def needs(self) -> dict[str, str]:
        """Return the column that each entry reads, for the entries that are not empty."""
        read = {
            "domestic_qualifiers": "qualifiers",
            "private_places": "place_type",
            "personal": "asb_category",
            "results": "result",
        }
        return {entry: column for entry, column in read.items() if getattr(self, entry)}


class ExtractMapping(_Section):
    """
    How a force extract is read.

    Parameters
    ----------
    dataset
        Name of the source, as loads and settings call it.
    time_zone
        Time zone of the wall-clock times.
    epsg
        Reference system of x and y.
    place_precision
        `exact` or `snapped`.
    delimiter, encoding
        Of the file.
    bounds
        West, south, east and north, in the file's own coordinates, of where points can be; by default the area in which
        the reference system is used.
    open_data
        Whether the file is published data whose points are approximations.
    sheet
        Name of the sheet of a workbook; the first if not given.
    columns, constants
        Which column is what; what is the same in every row.
    formats
        `time`: one format of `strptime` or several. A row whose time fits a format without an hour means the whole day.
    officer_generated
        `reported_by`: values of that column that mark records that come from police activity.
    events
        What the words of the columns about events mean for counting and scoring.
    kinds
        How each category is counted.
    unknown_kinds
        What becomes of rows whose category is not among them: `refuse` the load, `reject` the rows, or keep them as
        `other`.
    sha256
        Fingerprint of the mapping file.
    """

    dataset: _Text
    time_zone: str | None = None
    epsg: int
    place_precision: Literal["exact", "snapped"]
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Literal["utf-8", "cp1252"] = "utf-8"
    bounds: tuple[float, float, float, float] | None = None
    open_data: bool = False
    sheet: _Text | None = None
    columns: ExtractColumns
    constants: _Constants = _Constants()
    formats: _Formats
    officer_generated: _OfficerGenerated = _OfficerGenerated()
    events: EventValues = EventValues()
    kinds: Mapping[str, KindEntry] = Field(min_length=1)
    unknown_kinds: UnknownKinds = UnknownKinds.REFUSE
    sha256: str = ""

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        try:
            if value is not None:
                ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is not a time zone; write one such as Europe/London") from error
        return value

    @field_validator("epsg")
    @classmethod
    def _known_epsg(cls, value: int) -> int:
        try:
            area_of_use(value)
        except CrsError as error:
            raise ValueError(error.message) from error
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> ExtractMapping:
        faults = []
        if (self.columns.category is None) == (self.constants.category is None):
            faults.append("name the category either in [columns] or in [constants]")
        if self.constants.category is not None and self.constants.category not in self.kinds:
            faults.append(f'the constant category "{self.constants.category}" is not in [kinds]')
        if self.officer_generated.reported_by and self.columns.reported_by is None:
            faults.append("[officer_generated] needs the column reported_by in [columns]")
        faults += [
            f"[events] {entry} needs the column {column} in [columns]"
            for entry, column in self.events.needs().items()
            if getattr(self.columns, column) is None
        ]
        if self.bounds is not None and not (self.bounds[0] < self.bounds[2] and self.bounds[1] < self.bounds[3]):
            faults.append("bounds are west, south, east, north")
        if faults:
            raise ValueError("; ".join(faults))
        return self


def read_mapping(path: Path) -> ExtractMapping:
    """
    Read the column mapping of a force extract.

    Parameters
    ----------
    path
        The TOML file.

    Raises
    ------
    SettingsError
        If it is not TOML, or if an entry is missing, unknown or does not make sense; all are named together.
    SourceError
        If the file cannot be read.
    """
    data, _ = read_whole(path)
    try:
        table = tomllib.loads(data.decode("utf-8-sig"))
        return ExtractMapping.model_validate({**table, "sha256": hashlib.sha256(data).hexdigest()})
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path.name} is not TOML: {error}", hint=_TOML_HINT) from error
    except ValidationError as error:
        faults = declared_faults(error, file=path.name)
        raise SettingsError(
            "the mapping does not make sense: " + "; ".join(map(str, faults)),
            hint=what_to_write(error, model=ExtractMapping, examples=_EXAMPLES),
            faults=faults,
        ) from error
