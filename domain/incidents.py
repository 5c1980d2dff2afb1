"""What an incident is, before it is stored: kinds, scoring sets, and the batch that a reader hands on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from domain.months import LocalMonth

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "EVENT_COLUMNS",
    "INCIDENT_COLUMNS",
    "REJECTED_COLUMNS",
    "WATCH_CATEGORIES",
    "IncidentBatch",
    "IncidentFile",
    "Kind",
    "KindRule",
    "NotCounted",
    "NotScored",
    "PlacePrecision",
    "ScoringSet",
    "TimePrecision",
]


class Kind(StrEnum):
    """The four kinds to which every source's categories are mapped (METHODS 1)."""

    ASB = "asb"
    MINOR_CRIME = "minor_crime"
    ROAD_RELATED = "road_related"
    OTHER = "other"


class ScoringSet(StrEnum):
    """Which categories make a Red Zone; the two sets are never mixed on one map."""

    STREET = "street"
    ASB_MINOR = "asb_minor"


class TimePrecision(StrEnum):
    """How exactly the time of an incident is known."""

    MONTH = "month"
    INTERVAL = "interval"
    INSTANT = "instant"


class PlacePrecision(StrEnum):
    """How exactly the place of an incident is known."""

    SNAPPED = "snapped"
    EXACT = "exact"
    NONE = "none"


class NotCounted(StrEnum):
    """Why a row is kept and not counted (METHODS 1): one event counts once, and what came to nothing does not."""

    LINKED_LOG = "linked_log"
    BECAME_CRIME = "became_crime"
    NO_TRACE = "no_trace"
    IN_ERROR = "in_error"
    CANCELLED = "cancelled"
    DUPLICATE = "duplicate"


class NotScored(StrEnum):
    """Why a row counts in profiles and never in a patrol zone (METHODS 1)."""

    DOMESTIC = "domestic"
    PRIVATE_PLACE = "private_place"
    PERSONAL = "personal"


@dataclass(frozen=True, slots=True)
class KindRule:
    """
    How one category of one source is counted.

    Parameters
    ----------
    category
        The category exactly as the source writes it.
    kind
        Our kind.
    is_street
        Whether the category belongs to the scoring set `street` (ASB and criminal damage, strategy ¶19).
    is_officer_generated
        Whether such records come from police activity, so that they never score.
    weight
        Weight of one incident in a score; 1 unless the force states otherwise.
    """

    category: str
    kind: Kind
    is_street: bool = False
    is_officer_generated: bool = False
    weight: float = 1.0


#: Serious crime that is watched beside the zones (strategy 20) and never scored: categories by name; case is no matter.
WATCH_CATEGORIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "burglary": ("Burglary",),
        "robbery": ("Robbery",),
        "violence": ("Violence and sexual offences", "Violent crime", "Violence"),
    }
)


#: Columns of `IncidentBatch.rows`, in order, with what they hold.
INCIDENT_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "row_number": "row of the file as a spreadsheet counts it (header = 1), int64",
        "category": "category exactly as the source writes it, str",
        "begins_at": "begin, datetime64[us, UTC]; the first instant of the local month where only that is known",
        "ends_at": "end (exclusive for month and interval), datetime64[us, UTC]; equal to begins_at for an instant",
        "time_precision": "a TimePrecision value, str",
        "x": "x or longitude in the file's CRS, float64, NaN where absent",
        "y": "y or latitude in the file's CRS, float64, NaN where absent",
        "place_precision": "a PlacePrecision value, str",
        "location": "the row's own description of the place, str or None",
        "stated_area_code": "small-area code that the row itself names, str or None",
        "reference": "the source's own id (a Crime ID), str or None; never assumed unique",
        "outcome": "last known outcome, str or None",
        "is_officer_generated": "bool",
    }
)

#: Further columns of `IncidentBatch.rows` where the source tells of events; all of them or none.
EVENT_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "parent": "reference of the log to which this one is linked, str or None",
        "crime_reference": "reference of the crime that the log became, str or None",
        "not_counted_because": "a NotCounted value that the row itself gives, str or None; the store adds its own",
        "not_scored_because": "a NotScored value, str or None",
        "source_agency": "who recorded it where that is not the force, such as a council, str or None",
        "details": "further facts as the text of a JSON object, str or None",
    }
)

#: Columns of `IncidentBatch.rejected`.
REJECTED_COLUMNS: tuple[str, ...] = ("row_number", "column", "reason", "raw")


@dataclass(frozen=True, slots=True)
class IncidentBatch:
    """
    Some consecutive rows of an incident file: those kept and those refused.

    Parameters
    ----------
    rows
        Table with the columns of `INCIDENT_COLUMNS`, and those of `EVENT_COLUMNS` where the source tells of events.
    rejected
        Table with `row_number` (int64), `column` (str or None), `reason` (str), `raw` (str, the row as read, cut at
        1,000 characters). Every row of the file is in exactly one of the two.
    remarks
        How many of the kept rows deserve a remark, by remark ("the end lies before the begin: ..."); the store adds
        them up over the batches and shows them with the load.
    """

    rows: pd.DataFrame
    rejected: pd.DataFrame
    remarks: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class IncidentFile:
    """
    An opened incident file: what it is, and its batches, read on demand.

    Parameters
    ----------
    file_name
        Name without folders.
    sha256
        Fingerprint of the decompressed bytes, hexadecimal.
    source
        Name of the format and publisher, for example `police.uk street`.
    scope
        What a re-issue of this file would replace, for example `cheshire 2025-12`.
    epsg
        Reference system of x and y.
    kinds
        The categories that this source uses and how each is counted.
    batches
        Yields the batches in file order; may raise `SourceError` part-way.
    months
        Months that the file claims to hold, where it claims any.
    is_open_data
        Whether points are published approximations.
    mapping_sha256
        Fingerprint of the column mapping used, where there is one.
    """

    file_name: str
    sha256: str
    source: str
    scope: str
    epsg: int
    kinds: tuple[KindRule, ...]
    batches: Iterator[IncidentBatch]
    months: tuple[LocalMonth, ...] = ()
    is_open_data: bool = False
    mapping_sha256: str | None = None
    notes: tuple[str, ...] = field(default=())
