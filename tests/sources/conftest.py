"""Small files in the real formats, written where a test wants them."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sources.mutations import IS_LONG, taken_counts

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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Keep with the report of a test how much it damaged; xdist carries it to the process that prints."""
    taken_counts()
    try:
        return (yield)
    finally:
        if counts := taken_counts():
            item.user_properties.append(("damage", counts))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print after a long run how many damaged files and rows went through each reader, counted, not assumed."""
    ran = [report for state in ("passed", "failed") for report in terminalreporter.stats.get(state, [])]
    done = {report.nodeid: dict(report.user_properties).get("damage") for report in ran}
    if not IS_LONG or not any(done.values()):
        return
    names = ("files", "files_refused", "rows", "rows_accounted")
    terminalreporter.section("damaged files and rows")
    terminalreporter.line("".join(f"{name.replace('_', ' '):>16}" for name in names))
    counts = {node.partition("::")[2]: [found.get(name, 0) for name in names] for node, found in done.items() if found}
    counts["over all"] = [sum(column) for column in zip(*counts.values(), strict=True)]
    for name, row in counts.items():
        terminalreporter.line("".join(f"{n:16,}" for n in row) + f"  {name}")
