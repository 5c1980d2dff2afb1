"""Street-level files of data.police.uk: one month of one force, points snapped to anonymous map points."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from domain.crs import WGS84
from domain.errors import SourceError
from domain.incidents import IncidentBatch, IncidentFile, KindRule, PlacePrecision, TimePrecision
from domain.months import LocalMonth
from sources.batches import CleanTexts, Column, ReadBlock, gather, read_block, refuse_open_quotes
from sources.clock import check_time_zone
from sources.files import TextFile, scan_text
from sources.kinds import police_uk_kinds
from sources.places import UNITED_KINGDOM, check_points
from sources.tables import RecordBlock, check_header, read_table
from sources.verdicts import RejectionTally, Verdicts

__all__ = ["STREET_COLUMNS", "open_street"]

#: Columns of a street file that are read; `Reported by`, `LSOA name` and `Context` are not needed.
STREET_COLUMNS: tuple[str, ...] = (
    "Crime ID", "Month", "Falls within", "Longitude", "Latitude", "Location", "LSOA code", "Crime type",
    "Last outcome category",
)  # fmt: skip

_SOURCE = "police.uk street"
_FILE_NAME = re.compile(r"(\d{4}-\d{2})-([a-z0-9-]+)-street\.csv(?:\.gz)?", re.ASCII | re.IGNORECASE)
_MONTH = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])", re.ASCII)
_OTHER_FILES = {"Outcome type": "an outcomes file", "Object of search": "a stop and search file"}
_REMEDY = "Download the street file again from data.police.uk."


@dataclass(frozen=True, slots=True)
class _Street:
    """What all blocks of one street file share."""

    file: TextFile
    at: dict[str, int]
    width: int
    month: LocalMonth
    begins_at: np.datetime64
    ends_at: np.datetime64
    rules: Mapping[str, KindRule]
    categories: CleanTexts = field(default_factory=lambda: CleanTexts(str.strip))
    locations: CleanTexts = field(default_factory=lambda: CleanTexts(_location))
    texts: CleanTexts = field(default_factory=lambda: CleanTexts(lambda text: text.strip() or None))


def open_street(path: Path, *, time_zone: str, expected_month: LocalMonth | None = None) -> IncidentFile:
    """
    Open a street file of data.police.uk, plain or gzipped.

    The file is scanned once for its fingerprint and for faults of the file as a whole; its rows are read when the
    batches are asked for. The month in the name `YYYY-MM-<force>-street.csv`, where there is one, is that of every row.

    Parameters
    ----------
    path
        The file.
    time_zone
        Time zone in which the months are meant, for example `Europe/London`.
    expected_month
        The month that the file must hold, where the caller knows it.

    Returns
    -------
    IncidentFile
        Points in longitude and latitude; the time of each incident is the whole local month.

    Raises
    ------
    SourceError
        If the file is not such a file, is cut off, or is of another month. Reading the batches raises it too: for a
        row of another month, and if more than half of the rows are refused for one reason.
    SettingsError
        If the time zone is not known.
    """
    check_time_zone(time_zone)
    file = scan_text(path)
    header, blocks = read_table(file)
    at = check_header(header, STREET_COLUMNS, file=file.name, remedy=_remedy_for(header))
    first = next(blocks)
    month, force = _month_and_force(file, first, at, expected_month)
    begin, end = month.bounds(time_zone)
    street = _Street(
        file=file,
        at=at,
        width=len(header),
        month=month,
        begins_at=np.datetime64(begin.replace(tzinfo=None), "us"),
        ends_at=np.datetime64(end.replace(tzinfo=None), "us"),
        rules={rule.category: rule for rule in police_uk_kinds()},
    )
    return IncidentFile(
        file_name=file.name,
        sha256=file.sha256,
        source=_SOURCE,
        scope=f"{force} {month}",
        epsg=WGS84,
        kinds=police_uk_kinds(),
        batches=_batches(street, first, blocks),
        months=(month,),
        is_open_data=True,
        notes=file.notes,
    )


def _remedy_for(header: Sequence[str]) -> str:
    """Return what to do about a header that is not a street file's, with the name of what it is, if that is known."""
    for column, name in _OTHER_FILES.items():
        if column in header:
            return f"This is {name}: name the street file of the month."
    return _REMEDY


def _month_and_force(
    file: TextFile, first: RecordBlock, at: dict[str, int], expected: LocalMonth | None
) -> tuple[LocalMonth, str]:
    """Return the month and force that the file name states, else those of the first whole row."""
    name = _FILE_NAME.fullmatch(file.name)
    if name is not None and not _MONTH.fullmatch(name[1]):
        raise SourceError.at(f'"{name[1]}" in the file name is not a month', file=file.name, remedy="Rename the file.")
    needed = max(at.values()) + 1
    rows = (row for row in first.records if len(row) >= needed and _MONTH.fullmatch(row[at["Month"]].strip()))
    row = next(rows, None)
    if name is not None:
        month, force = LocalMonth.parse(name[1]), name[2].lower()
    elif row is not None:
        month, force = LocalMonth.parse(row[at["Month"]]), _force_of(row[at["Falls within"]])
    else:
        raise SourceError.at("no row says its month as YYYY-MM", file=file.name, column="Month", remedy=_REMEDY)
    if expected is not None and month != expected:
        raise SourceError.at(f"the file is of {month}, not {expected}", file=file.name, remedy="Name the right file.")
    return month, force


def _force_of(falls_within: str) -> str:
    """Return the force as file names write it: `cheshire` for Cheshire Constabulary."""
    name = re.sub(r"\b(constabulary|police|service)\b", "", falls_within.lower())
    return "-".join(re.findall(r"[a-z0-9]+", name)) or "unknown"


def _batches(street: _Street, first: RecordBlock, rest: Iterator[RecordBlock]) -> Iterator[IncidentBatch]:
    tally = RejectionTally(street.file.name)
    yield from gather(_read(street, block, tally) for block in chain([first], rest))
    tally.check(remedy=f"Check that this is a street file. {_REMEDY}")


def _read(street: _Street, block: RecordBlock, tally: RejectionTally) -> ReadBlock:
    """Sort the rows of one block into kept and refused."""
    refuse_open_quotes(block, file=street.file.name, remedy=_REMEDY)

    def convert(
        fields: list[tuple[str, ...]], verdicts: Verdicts
    ) -> tuple[dict[str, Column], dict[str, NDArray[np.bool_]]]:
        return _convert(street, fields, verdicts, tally), {}

    _refuse_other_months(street, block)
    read = read_block(block, width=street.width, convert=convert)
    tally.add(read.n_rows, read.rejections)
    return read


def _convert(
    street: _Street, fields: list[tuple[str, ...]], verdicts: Verdicts, tally: RejectionTally
) -> dict[str, Column]:
    """Convert rows that have every field, column by column."""
    column = {name: fields[position] for name, position in street.at.items()}
    month = str(street.month)
    malformed = np.array([text != month and text.strip() != month for text in column["Month"]], dtype=np.bool_)
    verdicts.refuse(malformed, column="Month", reason="the month is not written YYYY-MM")
    x, y = check_points(
        verdicts, column["Longitude"], column["Latitude"], columns=("Longitude", "Latitude"), bounds=UNITED_KINGDOM
    )
    categories = street.categories.take(column["Crime type"])
    _check_kinds(categories, street.rules, verdicts, tally)
    n = len(categories)
    return {
        "category": categories,
        "begins_at": np.full(n, street.begins_at),
        "ends_at": np.full(n, street.ends_at),
        "time_precision": np.full(n, TimePrecision.MONTH.value, dtype=object),
        "x": x,
        "y": y,
        "place_precision": np.where(np.isnan(x), PlacePrecision.NONE, PlacePrecision.SNAPPED).astype(object),
        "location": street.locations.take(column["Location"]),
        "stated_area_code": street.texts.take(column["LSOA code"]),
        "reference": np.array([text.strip() or None for text in column["Crime ID"]], dtype=object),
        "outcome": street.texts.take(column["Last outcome category"]),
        "is_officer_generated": np.array(
            [name in street.rules and street.rules[name].is_officer_generated for name in categories], dtype=np.bool_
        ),
    }


def _refuse_other_months(street: _Street, block: RecordBlock) -> None:
    """Refuse the file at the first row that says another month than the file."""
    expected, at = str(street.month), street.at["Month"]
    for number, record in zip(block.row_numbers, block.records, strict=True):
        if len(record) == street.width and record[at] != expected:
            text = record[at].strip()
            if text != expected and _MONTH.fullmatch(text):
                raise SourceError.at(
                    f"the row says {text} but the file is of {expected}",
                    file=street.file.name,
                    row=number,
                    column="Month",
                    remedy="A street file holds one month: split it, or give it its right name.",
                )


def _check_kinds(
    categories: NDArray[np.object_], rules: Mapping[str, KindRule], verdicts: Verdicts, tally: RejectionTally
) -> None:
    unknown = np.array([name not in rules for name in categories], dtype=np.bool_)
    if unknown.any():
        reason = "the crime type is not known"
        verdicts.refuse(unknown, column="Crime type", reason=reason)
        tally.name_values(reason, [name or "" for name in categories[unknown]])


def _location(text: str) -> str | None:
    """Return what the row says after "On or near"; None for "No Location" and blanks."""
    name = text.strip().removeprefix("On or near").strip()
    return None if not name or name == "No Location" else name
