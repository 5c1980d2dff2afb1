"""
Stop and search files of data.police.uk: one month of one force, each search with its instant.

Searches follow where officers are sent. They are shown beside what the public reports and never score a zone: every
row is officer-generated, and every category has weight 0. What a file says about the person searched is not read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from domain.crs import WGS84
from domain.errors import SourceError
from domain.incidents import IncidentBatch, IncidentFile, Kind, KindRule, PlacePrecision, TimePrecision
from domain.months import LocalMonth
from sources.batches import CleanTexts, Column, ReadBlock, Texts, gather, read_block, refuse_open_quotes
from sources.clock import check_time_zone, read_local_times
from sources.files import FileLike, TextFile, scan_text
from sources.monthly_files import REMEDY, MonthlyKind, MonthlyName, as_published, remedy_for
from sources.places import UNITED_KINGDOM, check_points
from sources.tables import RecordBlock, check_header, read_table
from sources.verdicts import RejectionTally, Verdicts

__all__ = ["SEARCH_COLUMNS", "open_stop_search", "search_kinds"]

#: Columns that are read; those about the person are not.
SEARCH_COLUMNS: tuple[str, ...] = ("Type", "Date", "Latitude", "Longitude", "Object of search")

_SOURCE = "police.uk stop-and-search"
#: The outcome column, which the oldest files lack.
_OUTCOME = "Outcome"
_FORMATS = ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z")
_OFFSET = re.compile(r"(?:Z|[+-]\d\d:?\d\d)\Z", re.ASCII)
_NOT_STATED, _ANOTHER = "object not stated", "another object"
_NEW_OBJECT = 'the object of search is a new one: counted as "another object"'
_OTHER_MONTH = "the search began in another local month than the file's name says: kept in its own"


@dataclass(frozen=True, slots=True)
class _Searches:
    """What all blocks of one file share."""

    file: TextFile
    at: dict[str, int]
    width: int
    zone: ZoneInfo
    first: np.datetime64
    after: np.datetime64
    latest: np.datetime64 | None
    types: frozenset[str]
    objects: frozenset[str]
    outcomes: CleanTexts = field(default_factory=lambda: CleanTexts(lambda text: text.strip() or None))


@cache
def search_kinds() -> tuple[KindRule, ...]:
    """
    Return the categories of stop and search, each a pair of type and object; none of them scores.

    Examples
    --------
    >>> rule = search_kinds()[0]
    >>> rule.category, rule.is_officer_generated, rule.weight
    ('Person search: Anything to threaten or harm anyone', True, 0.0)
    """
    types, objects = _known_words()
    return tuple(
        KindRule(f"{searched}: {thing}", Kind.OTHER, is_officer_generated=True, weight=0.0)
        for searched in types
        for thing in (*objects, _NOT_STATED, _ANOTHER)
    )


@cache
def _known_words() -> tuple[tuple[str, ...], tuple[str, ...]]:
    table = tomllib.loads((files("sources") / "mappings" / "police_uk_searches.toml").read_text(encoding="utf-8"))
    return tuple(table["types"]), tuple(table["objects"])


def open_stop_search(path: FileLike, *, time_zone: str, latest: datetime | None = None) -> IncidentFile:
    """
    Open a stop and search file of data.police.uk, plain, gzipped or inside an archive.

    Times carry their offset from UTC and are taken by it; a time without one is refused, row by row. Searches without
    coordinates are kept.

    Parameters
    ----------
    path
        The file; its name says the force and the month: `2025-06-cheshire-stop-and-search.csv`.
    time_zone
        Time zone of the force, in which a month begins and ends.
    latest
        Searches at a later time are refused; None means that no time is judged so.

    Returns
    -------
    IncidentFile
        Points in longitude and latitude; each incident is an instant.

    Raises
    ------
    SourceError
        If the file is not such a file, is cut off, or its name does not say force and month. Reading the batches raises
        it too, if more than half of the rows are refused for one reason.
    SettingsError
        If the time zone is not known.
    """
    zone = check_time_zone(time_zone)
    file = scan_text(path)
    written, blocks = read_table(file)
    header = as_published(written)
    remedy = remedy_for(header, MonthlyKind.STOP_AND_SEARCH)
    with_outcome = [_OUTCOME] if _OUTCOME in header else []
    at = check_header(header, [*SEARCH_COLUMNS, *with_outcome], file=file.name, remedy=remedy)
    month, force = _month_and_force(file)
    begin, end = month.bounds(time_zone)
    types, objects = _known_words()
    searches = _Searches(
        file=file,
        at=at,
        width=len(header),
        zone=zone,
        first=np.datetime64(begin.replace(tzinfo=None), "us"),
        after=np.datetime64(end.replace(tzinfo=None), "us"),
        latest=np.datetime64(latest.astimezone(UTC).replace(tzinfo=None), "us") if latest is not None else None,
        types=frozenset(types),
        objects=frozenset(objects),
    )
    return IncidentFile(
        file_name=file.name,
        sha256=file.sha256,
        source=_SOURCE,
        scope=f"{force} {month} {MonthlyKind.STOP_AND_SEARCH}",
        epsg=WGS84,
        kinds=search_kinds(),
        batches=_batches(searches, blocks),
        months=(month,),
        is_open_data=True,
        notes=file.notes,
    )


def _month_and_force(file: TextFile) -> tuple[LocalMonth, str]:
    name = MonthlyName.parse(file.name)
    if name is None:
        raise SourceError.at(
            "the rows of a stop and search file do not say their force, and neither does the file name",
            file=file.name,
            remedy="Give it its name back, such as 2025-06-cheshire-stop-and-search.csv.",
        )
    return name.month, name.force


def _batches(searches: _Searches, blocks: Iterator[RecordBlock]) -> Iterator[IncidentBatch]:
    tally = RejectionTally(searches.file.name)
    yield from gather(_read(searches, block, tally) for block in blocks)
    tally.check(remedy=f"Check that this is a stop and search file. {REMEDY}")


def _read(searches: _Searches, block: RecordBlock, tally: RejectionTally) -> ReadBlock:
    """Sort the rows of one block into kept and refused."""
    refuse_open_quotes(block, file=searches.file.name, remedy=REMEDY)
    read = read_block(
        block, width=searches.width, convert=lambda fields, verdicts: _convert(searches, fields, verdicts, tally)
    )
    tally.add(read.n_rows, read.rejections)
    return read


def _convert(
    searches: _Searches, fields: Sequence[Texts], verdicts: Verdicts, tally: RejectionTally
) -> tuple[dict[str, Column], dict[str, NDArray[np.bool_]]]:
    """Convert rows that have every field, column by column."""
    column = {name: fields[position] for name, position in searches.at.items()}
    n = len(fields[0])
    begins = _instants(searches, column["Date"], verdicts)
    categories, is_new = _categories(searches, column, verdicts, tally)
    x, y = check_points(
        verdicts, column["Longitude"], column["Latitude"], columns=("Longitude", "Latitude"), bounds=UNITED_KINGDOM
    )
    nothing = np.full(n, None, dtype=object)
    columns: dict[str, Column] = {
        "category": categories,
        "begins_at": begins,
        "ends_at": begins,
        "time_precision": np.full(n, TimePrecision.INSTANT.value, dtype=object),
        "x": x,
        "y": y,
        "place_precision": np.where(np.isnan(x), PlacePrecision.NONE, PlacePrecision.SNAPPED).astype(object),
        "location": nothing,
        "stated_area_code": nothing,
        "reference": nothing,
        "outcome": searches.outcomes.take(column[_OUTCOME]) if _OUTCOME in column else nothing,
        "is_officer_generated": np.ones(n, dtype=np.bool_),
    }
    elsewhere = (begins < searches.first) | (begins >= searches.after)
    return columns, {_NEW_OBJECT: is_new, _OTHER_MONTH: elsewhere}


def _instants(searches: _Searches, texts: Texts, verdicts: Verdicts) -> NDArray[np.datetime64]:
    """Return naive UTC; a time that does not state its offset is refused, since it could be meant in either."""
    lacks_offset = np.array([_OFFSET.search(text.strip()) is None for text in texts], dtype=np.bool_)
    times = read_local_times(texts, formats=_FORMATS, zone=searches.zone)
    verdicts.refuse(times.is_blank, column="Date", reason="the time is blank")
    verdicts.refuse(lacks_offset, column="Date", reason="the time does not state its offset from UTC")
    verdicts.refuse(times.is_bad, column="Date", reason="the time is not written YYYY-MM-DDTHH:MM:SS+00:00")
    if searches.latest is not None:
        verdicts.refuse(times.utc > searches.latest, column="Date", reason="the time lies in the future")
    return times.utc


def _categories(
    searches: _Searches, column: dict[str, Texts], verdicts: Verdicts, tally: RejectionTally
) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Return type and object as one category, and which rows name an object that is not known."""
    types = [text.strip() for text in column["Type"]]
    things = [text.strip() for text in column["Object of search"]]
    unknown = np.array([name not in searches.types for name in types], dtype=np.bool_)
    if unknown.any():
        reason = "the type of search is not known"
        verdicts.refuse(unknown, column="Type", reason=reason)
        tally.name_values(reason, [name for name, odd in zip(types, unknown, strict=True) if odd])
    is_new = np.array([bool(thing) and thing not in searches.objects for thing in things], dtype=np.bool_)
    called = [_ANOTHER if new else thing or _NOT_STATED for thing, new in zip(things, is_new, strict=True)]
    return np.array([f"{t}: {c}" for t, c in zip(types, called, strict=True)], dtype=object), is_new
