"""Street-level files of data.police.uk: one month of one force, points snapped to anonymous map points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from domain.crs import WGS84
from domain.errors import SourceError
from domain.incidents import IncidentBatch, IncidentFile, KindRule, PlacePrecision, TimePrecision
from domain.months import LocalMonth
from sources.batches import (
    CleanTexts,
    Column,
    ReadBlock,
    Texts,
    gather,
    judged_words,
    read_block,
    refuse_open_quotes,
    stripped,
)
from sources.clock import check_time_zone
from sources.column_blocks import Block, ColumnBlock, read_columns
from sources.files import FileLike, TextFile, scan_text
from sources.kinds import POLICE_ACTIVITY, UNKNOWN_REMEDY, UnknownKinds, police_uk_kinds, rules_of_unknown
from sources.monthly_files import (
    MONTH,
    REMEDY,
    MonthlyKind,
    MonthlyName,
    as_published,
    force_of,
    is_of_force,
    remedy_for,
)
from sources.places import UNITED_KINGDOM, check_points
from sources.tables import check_header
from sources.verdicts import RejectionTally, Verdicts

__all__ = ["LATER_COLUMNS", "STREET_COLUMNS", "open_street"]

#: Columns that a street file must have; `Reported by`, `LSOA name` and `Context` are not needed.
STREET_COLUMNS: tuple[str, ...] = ("Month", "Falls within", "Longitude", "Latitude", "Location", "Crime type")

#: Columns that files of some years lack: their rows then have no id, no stated area, no outcome.
LATER_COLUMNS: tuple[str, ...] = ("Crime ID", "LSOA code", "Last outcome category")

_SOURCE = "police.uk street"
_UNKNOWN = "the crime type is not known"


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
    unknown_kinds: UnknownKinds
    categories: CleanTexts = field(default_factory=lambda: CleanTexts(str.strip))
    locations: CleanTexts = field(default_factory=lambda: CleanTexts(_location))
    texts: CleanTexts = field(default_factory=lambda: CleanTexts(lambda text: text.strip() or None))


def open_street(
    path: FileLike,
    *,
    time_zone: str,
    expected_month: LocalMonth | None = None,
    latest: datetime | None = None,
    unknown_kinds: UnknownKinds = UnknownKinds.REFUSE,
) -> IncidentFile:
    """
    Open a street file of data.police.uk, plain, gzipped or inside an archive.

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
    latest
        A file of a month that begins later is refused; None means that no month is judged so.
    unknown_kinds
        What becomes of rows whose crime type is not known.

    Returns
    -------
    IncidentFile
        Points in longitude and latitude; the time of each incident is the whole local month.

    Raises
    ------
    SourceError
        If the file is not such a file, is cut off, or is of another month or one in the future. Reading the batches
        raises it too: for a row of another month, for a crime type that is not known unless told otherwise, and if more
        than half of the rows are refused for one reason.
    SettingsError
        If the time zone is not known.
    """
    check_time_zone(time_zone)
    file = scan_text(path)
    written, blocks = read_columns(file)
    header = as_published(written)
    later = [name for name in LATER_COLUMNS if name in header]
    remedy = remedy_for(header, MonthlyKind.STREET)
    at = check_header(header, [*STREET_COLUMNS, *later], file=file.name, remedy=remedy)
    first = next(blocks)
    month, force = _month_and_force(file, first, at, expected_month)
    begin, end = month.bounds(time_zone)
    if latest is not None and begin > latest:
        raise SourceError.at(
            f"the month {month} lies in the future",
            file=file.name,
            column="Month",
            remedy="Correct the month or clock.",
        )
    known = police_uk_kinds()
    others, told = rules_of_unknown(
        _unknown(file, at["Crime type"], len(header), known) if unknown_kinds is UnknownKinds.OTHER else {}
    )
    street = _Street(
        file=file,
        at=at,
        width=len(header),
        month=month,
        begins_at=np.datetime64(begin.replace(tzinfo=None), "us"),
        ends_at=np.datetime64(end.replace(tzinfo=None), "us"),
        rules={rule.category: rule for rule in (*known, *others)},
        unknown_kinds=unknown_kinds,
    )
    return IncidentFile(
        file_name=file.name,
        sha256=file.sha256,
        source=_SOURCE,
        scope=f"{force} {month}",
        epsg=WGS84,
        kinds=(*known, *others),
        batches=_batches(street, first, blocks),
        months=(month,),
        is_open_data=True,
        notes=(
            *file.notes,
            *told,
            *_another_force(first, at, force),
            *(f"the file has no column {name}" for name in LATER_COLUMNS if name not in later),
        ),
    )


def _unknown(file: TextFile, position: int, width: int, known: Iterable[KindRule]) -> Counter[str]:
    """Return the rows by crime type, of the crime types that are not known."""
    _, blocks = read_columns(file)
    counts: Counter[str] = Counter()
    for block in blocks:
        counts.update(record[position].strip() for record in block.records if len(record) == width)
    names = {rule.category for rule in known}
    return Counter({name: n for name, n in counts.items() if name and name not in names})


def _month_and_force(
    file: TextFile, first: Block, at: dict[str, int], expected: LocalMonth | None
) -> tuple[LocalMonth, str]:
    """Return the month and force that the file name states, else those of the first whole row."""
    name = MonthlyName.parse(file.name)
    needed = max(at.values()) + 1
    rows = (row for row in first.records if len(row) >= needed and MONTH.fullmatch(row[at["Month"]].strip()))
    row = next(rows, None)
    if name is not None:
        month, force = name.month, name.force
    elif row is not None:
        month, force = LocalMonth.parse(row[at["Month"]]), force_of(row[at["Falls within"]])
    else:
        raise SourceError.at("no row says its month as YYYY-MM", file=file.name, column="Month", remedy=REMEDY)
    if expected is not None and month != expected:
        raise SourceError.at(f"the file is of {month}, not {expected}", file=file.name, remedy="Name the right file.")
    return month, force


def _another_force(first: Block, at: Mapping[str, int], force: str) -> tuple[str, ...]:
    """Return a note where the first whole row is of another force than the file name says."""
    needed = max(at.values()) + 1
    said = next((row[at["Falls within"]].strip() for row in first.records if len(row) >= needed), "")
    if is_of_force(said, force):
        return ()
    return (f'the rows are of "{said}", and the file name says {force}: see that it is the right file',)


def _batches(street: _Street, first: Block, rest: Iterator[Block]) -> Iterator[IncidentBatch]:
    tally = RejectionTally(street.file.name)
    if street.unknown_kinds is UnknownKinds.REFUSE:
        tally.forbid(_UNKNOWN, remedy=UNKNOWN_REMEDY)
    yield from gather(_read(street, block, tally) for block in chain([first], rest))
    tally.check(remedy=f"Check that this is a street file. {REMEDY}")


def _read(street: _Street, block: Block, tally: RejectionTally) -> ReadBlock:
    """Sort the rows of one block into kept and refused."""
    refuse_open_quotes(block, file=street.file.name, remedy=REMEDY)

    def convert(fields: Sequence[Texts], verdicts: Verdicts) -> tuple[dict[str, Column], dict[str, NDArray[np.bool_]]]:
        columns = _convert(street, fields, verdicts, tally)
        return columns, {POLICE_ACTIVITY: columns["is_officer_generated"].astype(np.bool_)}

    _refuse_other_months(street, block)
    read = read_block(block, width=street.width, convert=convert)
    tally.add(read.n_rows, read.rejections)
    return read


def _convert(street: _Street, fields: Sequence[Texts], verdicts: Verdicts, tally: RejectionTally) -> dict[str, Column]:
    """Convert rows that have every field, column by column."""
    column = {name: fields[position] for name, position in street.at.items()}
    n = len(fields[0])
    blank = np.full(n, "", dtype=object)
    month = str(street.month)
    verdicts.refuse(
        judged_words(column["Month"], lambda text: text.strip() != month),
        column="Month",
        reason="the month is not written YYYY-MM",
    )
    x, y = check_points(
        verdicts, column["Longitude"], column["Latitude"], columns=("Longitude", "Latitude"), bounds=UNITED_KINGDOM
    )
    categories = street.categories.take(column["Crime type"])
    _check_kinds(categories, street.rules, verdicts, tally)
    officer = {name for name, rule in street.rules.items() if rule.is_officer_generated}
    return {
        "category": categories,
        "begins_at": np.full(n, street.begins_at),
        "ends_at": np.full(n, street.ends_at),
        "time_precision": np.full(n, TimePrecision.MONTH.value, dtype=object),
        "x": x,
        "y": y,
        "place_precision": np.where(np.isnan(x), PlacePrecision.NONE, PlacePrecision.SNAPPED).astype(object),
        "location": street.locations.take(column["Location"]),
        "stated_area_code": street.texts.take(column.get("LSOA code", blank)),
        "reference": stripped(column.get("Crime ID", blank)),
        "outcome": street.texts.take(column.get("Last outcome category", blank)),
        "is_officer_generated": judged_words(categories, officer.__contains__),
    }


def _refuse_other_months(street: _Street, block: Block) -> None:
    """Refuse the file at the first row that says another month than the file."""
    expected, at = str(street.month), street.at["Month"]
    if isinstance(block, ColumnBlock):
        is_other = judged_words(block.columns[at], lambda text: text.strip() != expected)
        suspects: Iterable[int] = np.flatnonzero(is_other).tolist()
    else:
        suspects = range(len(block.records))
    for i in suspects:
        record = block.records[i]
        text = record[at].strip() if len(record) == street.width else expected
        if text != expected and MONTH.fullmatch(text):
            raise SourceError.at(
                f"the row says {text} but the file is of {expected}",
                file=street.file.name,
                row=block.row_numbers[i],
                column="Month",
                remedy="A street file holds one month: split it, or give it its right name.",
            )


def _check_kinds(categories: Texts, rules: Mapping[str, KindRule], verdicts: Verdicts, tally: RejectionTally) -> None:
    unknown = judged_words(categories, lambda name: name not in rules)
    if unknown.any():
        is_blank = np.array([not name for name in categories], dtype=np.bool_)
        verdicts.refuse(is_blank, column="Crime type", reason="the crime type is blank")
        unknown &= verdicts.kept
        verdicts.refuse(unknown, column="Crime type", reason=_UNKNOWN)
        tally.name_values(_UNKNOWN, categories[unknown].tolist())


def _location(text: str) -> str | None:
    """Return what the row says after "On or near"; None for "No Location" and blanks."""
    name = text.strip().removeprefix("On or near").strip()
    return None if not name or name == "No Location" else name
