"""Small files in the real formats, written where a test wants them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

STREET_HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes text or bytes to a file, gzipped if its name ends in .gz."""

    def write_file(name: str, content: str | bytes) -> Path:
        data = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
        return path

    return write_file


@pytest.fixture
def street_header() -> str:
    """Return the header of a street file."""
    return STREET_HEADER


@pytest.fixture
def street_row() -> Callable[..., str]:
    """Return a function that makes one row of a street file."""

    def row(
        *,
        crime_id: str = "",
        month: str = "2025-12",
        longitude: str = "-2.597311",
        latitude: str = "53.388041",
        location: str = "On or near Mill Lane",
        lsoa: str = "E01012500",
        crime_type: str = "Anti-social behaviour",
        outcome: str = "",
    ) -> str:
        force = "Cheshire Constabulary"
        name = "Warrington 001A"
        fields = [crime_id, month, force, force, longitude, latitude, location, lsoa, name, crime_type, outcome, ""]
        return ",".join(fields)

    return row
