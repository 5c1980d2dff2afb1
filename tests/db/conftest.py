"""
Gridham, the small place of these tests: four small areas of 1 km in a square, two wards of two, one district.

    +-----------+-----------+  y = 302,000
    | E01000003 | E01000004 |  ward E05000002 (Upper)
    +-----------+-----------+
    | E01000001 | E01000002 |  ward E05000001 (Lower)
    +-----------+-----------+  y = 300,000
    x = 400,000            402,000
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from domain.areas import AreaLayer, AreaLinks, GeographyKey
from domain.incidents import (
    INCIDENT_COLUMNS,
    REJECTED_COLUMNS,
    IncidentBatch,
    IncidentFile,
    Kind,
    KindRule,
    PlacePrecision,
    TimePrecision,
)
from domain.months import LocalMonth
from domain.surveys import SURVEY_COLUMNS, SurveyQuestion, SurveyTable, SurveyWave

WEST, SOUTH, SIDE = 400_000.0, 300_000.0, 1_000.0
KINDS = (
    KindRule("Anti-social behaviour", Kind.ASB, is_street=True),
    KindRule("Shoplifting", Kind.MINOR_CRIME),
    KindRule("Drugs", Kind.OTHER, is_officer_generated=True),
)


def square(column: int, row: int, *, wide: int = 1, high: int = 1):
    """Return a polygon of Gridham's grid."""
    x, y = WEST + column * SIDE, SOUTH + row * SIDE
    return box(x, y, x + wide * SIDE, y + high * SIDE)


def layer(
    key: str,
    areas: dict[str, object],
    *,
    file_name: str = "areas.geojson",
    parents: dict[str, str] | None = None,
    parent: str | None = None,
    parent_names: dict[str, str] | None = None,
    epsg: int | None = 27700,
) -> AreaLayer:
    """Return a boundary file of Gridham."""
    frame = gpd.GeoDataFrame(
        {
            "area_code": list(areas),
            "area_name": [f"Area {code[-1]}" for code in areas],
            "parent_code": [(parents or {}).get(code) for code in areas],
            "was_repaired": False,
        },
        geometry=list(areas.values()),
        crs=epsg,
    )
    return AreaLayer(
        key=GeographyKey.parse(key),
        file_name=file_name,
        sha256=f"{file_name} {sorted(areas)} {frame.geometry.to_wkt().tolist()}",
        frame=frame,
        parent=GeographyKey.parse(parent) if parent else None,
        parent_names=parent_names or {},
    )


def small_areas(**options) -> AreaLayer:
    """Return the four small areas."""
    shapes = {f"E0100000{1 + c + 2 * r}": square(c, r) for r in (0, 1) for c in (0, 1)}
    return layer("lsoa:2021", shapes, **{"file_name": "lsoa.geojson", **options})


def wards(**options) -> AreaLayer:
    """Return the two wards with their district."""
    shapes = {"E05000001": square(0, 0, wide=2), "E05000002": square(0, 1, wide=2)}
    known = {
        "file_name": "ward.geojson",
        "parent": "district:2025",
        "parents": dict.fromkeys(shapes, "E06000001"),
        "parent_names": {"E06000001": "Gridham"},
    }
    return layer("ward:2025", shapes, **{**known, **options})


def links(source: str, target: str, pairs: Iterable[tuple[str, str]], *, file_name: str = "lookup.csv") -> AreaLinks:
    """Return a look-up between two geographies."""
    frame = pd.DataFrame(pairs, columns=["source_code", "target_code"], dtype=object)
    frame = frame.assign(share=1.0, source_name=None, target_name=None, change=None)
    keys = GeographyKey.parse(source), GeographyKey.parse(target)
    return AreaLinks(*keys, file_name=file_name, sha256=str(frame.to_numpy().tolist()), frame=frame)


def incident(
    x: float | None = WEST + 500,
    y: float | None = SOUTH + 500,
    *,
    code: str | None = None,
    at: str | None = None,
    until: str | None = "",
    month: str = "2025-07",
    **other,
) -> dict[str, object]:
    """Return one row: of a whole month, or from a UTC instant (until another one, or openly if that is None)."""
    begin, end = LocalMonth.parse(month).bounds("Europe/London")
    precision = TimePrecision.MONTH
    if at is not None:
        begin = datetime.fromisoformat(at).replace(tzinfo=UTC)
        end = begin if until == "" else None if until is None else datetime.fromisoformat(until).replace(tzinfo=UTC)
        precision = TimePrecision.INSTANT if until == "" else TimePrecision.INTERVAL
    return {
        "category": "Anti-social behaviour",
        "begins_at": begin,
        "ends_at": end,
        "time_precision": str(precision),
        "x": x,
        "y": y,
        "place_precision": str(PlacePrecision.NONE if x is None else PlacePrecision.SNAPPED),
        "location": "On or near Mill Lane",
        "stated_area_code": code,
        "reference": None,
        "outcome": None,
        "is_officer_generated": False,
        **other,
    }


def batch(rows: Sequence[dict[str, object]], *, first_row: int = 2, rejected=(), remarks=None) -> IncidentBatch:
    """Return a batch of incident rows, numbered from `first_row`, and of refused rows `(row, column, reason, raw)`."""
    frame = pd.DataFrame([{"row_number": first_row + i, **row} for i, row in enumerate(rows)])
    frame = frame.reindex(columns=list(INCIDENT_COLUMNS))
    for name in ("begins_at", "ends_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    frame[["x", "y"]] = frame[["x", "y"]].astype(float)
    refused = pd.DataFrame(rejected, columns=list(REJECTED_COLUMNS))
    return IncidentBatch(frame, refused, remarks or {})


def incident_file(batches: Iterable[IncidentBatch], **options) -> IncidentFile:
    """Return an opened incident file."""
    known = {
        "file_name": "2025-07-gridham-street.csv",
        "sha256": "first",
        "source": "police.uk street",
        "scope": "gridham 2025-07",
        "epsg": 27700,
        "kinds": KINDS,
        "is_open_data": True,
    }
    return IncidentFile(batches=iter(batches), **{**known, **options})


class Gridham:
    """The builders above, for tests."""

    WEST, SOUTH, SIDE, KINDS = WEST, SOUTH, SIDE, KINDS
    square = staticmethod(square)
    layer = staticmethod(layer)
    small_areas = staticmethod(small_areas)
    wards = staticmethod(wards)
    links = staticmethod(links)
    incident = staticmethod(incident)
    batch = staticmethod(batch)
    incident_file = staticmethod(incident_file)


@pytest.fixture(scope="session")
def gridham() -> type[Gridham]:
    """Return the builders of the small place."""
    return Gridham


@pytest.fixture
def load_rows(connection) -> Callable[..., object]:
    """Return a function that stores incident rows as one file and returns the report."""
    from db.write import store_incidents

    def load(*rows: dict[str, object], **options):
        return store_incidents(connection, incident_file([batch(rows)], **options), time_zone="Europe/London")

    return load


@pytest.fixture
def town(connection) -> object:
    """Return a connection to a database that holds the boundaries of Gridham."""
    from db.write import store_boundaries

    store_boundaries(connection, small_areas())
    store_boundaries(connection, wards())
    return connection


WAVE = SurveyWave(
    "Neighbourhood survey",
    "2025 Q4",
    date(2025, 10, 1),
    date(2025, 12, 20),
    "telephone",
    "random digit dialling",
    0.31,
    (
        SurveyQuestion(
            "confidence", "Police deal with what matters", ((1, "Agree"), (2, "Disagree")), (1,), (8,), (9,)
        ),
        SurveyQuestion("informed", "Kept informed", ((1, "Yes"), (2, "No")), (1,)),
    ),
)


def survey_of_three(**options) -> SurveyTable:
    """Return a wave of three respondents."""
    frame = pd.DataFrame(
        {
            "row_number": [2, 3, 4],
            "respondent": ["1", "2", "3"],
            "area_code": ["E05000001", "E05000001", "E05000002"],
            "weight": [1.2, 0.8, 1.0],
            **{name: pd.Series([None] * 3, dtype=object) for name in SURVEY_COLUMNS[3:]},
            "answer_confidence": [1.0, 8.0, np.nan],
            "answer_informed": [2.0, 1.0, 1.0],
        }
    ).assign(sex=["female", None, "male"])
    known = {
        "wave": WAVE,
        "key": GeographyKey.parse("ward:2025"),
        "file_name": "wave.csv",
        "sha256": "wave",
        "frame": frame,
        "rejected": pd.DataFrame(columns=list(REJECTED_COLUMNS)),
        "rows_read": 3,
    }
    return SurveyTable(**{**known, **options})


@pytest.fixture
def survey_table() -> Callable[..., SurveyTable]:
    """Return the function that makes a wave of three respondents."""
    return survey_of_three
