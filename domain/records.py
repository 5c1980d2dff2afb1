"""Simple records that a force keeps beside incidents: visits, priorities, overrides, calendar, agreements, places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["RECORD_COLUMNS", "ContextLayer", "LayerKind", "RecordKind", "RecordTable"]


class RecordKind(StrEnum):
    """The simple record files that can be loaded."""

    VISITS = "visits"
    PRIORITIES = "priorities"
    OVERRIDES = "overrides"
    CALENDAR = "calendar"
    NOMINATIONS = "nominations"
    PLACES = "places"
    AGREEMENTS = "agreements"


class LayerKind(StrEnum):
    """The context layers that can be loaded (OS OpenData is the documented source in Great Britain)."""

    ROADS = "roads"
    WATER = "water"
    GREENSPACE = "greenspace"
    NAMES = "names"
    NO_PATROL = "no-patrol"


#: Columns of `RecordTable.frame` by kind, in order. A name ending in `?` may be empty in a row.
RECORD_COLUMNS: Mapping[RecordKind, tuple[str, ...]] = MappingProxyType(
    {
        # callsign and minutes only: collar numbers and names are refused (DESIGN, tables)
        RecordKind.VISITS: ("zone_id", "callsign", "begins_at", "minutes", "mode?"),
        # You Said, We Did (strategy 24, 28d, 45)
        RecordKind.PRIORITIES: (
            "priority_id", "area_code", "raised_on", "issue", "kind?", "action?", "told_on?", "agreed_solved_on?",
            "owner?",
        ),
        RecordKind.OVERRIDES: (
            "override_id", "rule", "x", "y", "radius_m", "factor?", "reason", "owner", "valid_from", "valid_to?",
        ),
        RecordKind.CALENDAR: ("category", "name", "begins_at", "ends_at", "area_code?"),
        RecordKind.NOMINATIONS: ("area_code", "nominated_by", "nominated_on", "x", "y", "reason?"),
        RecordKind.PLACES: ("place_name", "category", "x", "y", "radius_m?"),
        # community profiles are agreed with partners (strategy 33)
        RecordKind.AGREEMENTS: (
            "area_code", "state", "decided_on", "decided_by", "partners?", "profile_month?", "note?",
        ),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RecordTable:
    """
    The rows of one simple record file.

    Parameters
    ----------
    kind
        What the rows are.
    file_name, sha256
        Name without folders; fingerprint of the decompressed bytes.
    scope
        What a re-issue of the file would replace.
    frame
        Columns of `RECORD_COLUMNS` (without the question marks) and `row_number`; times are naive local wall-clock
        `datetime64[us]`, dates `datetime64[us]` at midnight; `x`, `y` are in `epsg`.
    rejected
        Table with the columns of `domain.incidents.REJECTED_COLUMNS`.
    rows_read
        Data rows of the file.
    epsg
        Reference system of `x` and `y`; None where the kind has none.
    """

    kind: RecordKind
    file_name: str
    sha256: str
    scope: str
    frame: pd.DataFrame
    rejected: pd.DataFrame
    rows_read: int
    epsg: int | None = None


@dataclass(frozen=True, slots=True)
class ContextLayer:
    """
    A layer of context: roads, water, greenspace, names or ground that no patrol can walk.

    Parameters
    ----------
    kind
        What the features are.
    file_name, sha256
        Name without folders; fingerprint of the decompressed bytes.
    frame
        `feature_name` (str or None) and `geometry` (any type that suits the kind), with its CRS set.
    """

    kind: LayerKind
    file_name: str
    sha256: str
    frame: gpd.GeoDataFrame
