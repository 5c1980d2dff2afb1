"""Extracts of a force's own systems (Niche, STORM, ControlWorks and the like): a table with a column mapping."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from domain.errors import SettingsError
from domain.incidents import IncidentBatch, IncidentFile, KindRule, PlacePrecision, TimePrecision
from sources.batches import CleanTexts, Column, ReadBlock, Texts, gather, judged_words, read_block, stripped
from sources.clock import LocalTimes, check_time_zone, has_hour, read_local_times
from sources.column_blocks import Block, read_columns
from sources.event_rules import event_columns
from sources.extract_mapping import ExtractMapping, read_mapping
from sources.files import scan_text, stem
from sources.kinds import POLICE_ACTIVITY, UNKNOWN_REMEDY, UnknownKinds, kind_rules, rules_of_unknown
from sources.parquet import MOMENT_FORMAT, is_parquet, read_parquet
from sources.places import Bounds, area_of_use, check_points
from sources.tables import check_header
from sources.verdicts import RejectionTally, Verdicts
from sources.workbooks import is_workbook, read_sheet

__all__ = ["ExtractMapping", "open_extract", "read_mapping"]

_END_FIRST = "the end lies before the begin: kept as an instant at its begin"
_MISSING_HOUR = "the local time does not exist (clocks go forward): moved to the next that does"
_DOUBLE_HOUR = "the local time exists twice (clocks go back): taken as the first"
_WHOLE_DAY = "only the day is known: kept as the whole day"
_UNKNOWN = "the category is not in the mapping"
_NO_PLACE = "x and y are both 0: kept without a place"

_HOUR_24 = re.compile(r"(?:^|[ T])24:?[0-5]\d")
_NAT = np.datetime64("NaT", "us")
#: Times are converted through pandas, whose fixed cost a call pays off with more rows than police.uk needs.
_BLOCK_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class _Extract:
    """What all blocks of one extract share."""

    name: str
    mapping: ExtractMapping
    at: Mapping[str, int]
    width: int
    zone: ZoneInfo
    bounds: Bounds
    is_projected: bool
    latest: np.datetime64
    time_formats: tuple[str, ...]
    rules: Mapping[str, KindRule]
    unknown_kinds: UnknownKinds
    categories: CleanTexts = field(default_factory=lambda: CleanTexts(str.strip))
    texts: CleanTexts = field(default_factory=lambda: CleanTexts(lambda text: text.strip() or None))


def open_extract(
    path: Path,
    *,
    mapping: ExtractMapping,
    time_zone: str | None = None,
    latest: datetime | None = None,
    unknown_kinds: UnknownKinds | None = None,
) -> IncidentFile:
    """
    Open a force extract: CSV (plain or gzipped), a sheet of an Excel workbook, or Parquet.

    Wall-clock times become UTC. A local time that does not exist is moved forward to the next that does; one that
    exists twice is taken as the first. A blank end means an instant; an end before its begin is kept as an instant at
    the begin. Each of these is counted in the batches' `remarks`.

    Parameters
    ----------
    path
        The file.
    mapping
        What `read_mapping` returned.
    time_zone
        Used where the mapping states none.
    latest
        Rows that begin later are refused; None means that no row is judged so.
    unknown_kinds
        What becomes of rows whose category is not in the mapping; None leaves that to the mapping.

    Returns
    -------
    IncidentFile
        Points in the file's own CRS.

    Raises
    ------
    SourceError
        If the file is not such a table or is cut off. Reading the batches raises it too, if a category is not in the
        mapping, unless told otherwise, or if more than half of the rows are refused for one reason.
    SettingsError
        If no time zone is stated.
    """
    zone_name = mapping.time_zone or time_zone
    if zone_name is None:
        raise SettingsError("the mapping states no time zone", hint='Add time_zone = "Europe/London" to it.')
    zone = check_time_zone(zone_name)
    table = _opened(path, mapping)
    named = mapping.columns.named()
    remedy = "Correct the mapping, or export the column."
    if open_ones := [ours for ours, theirs in named.items() if theirs == "?" and "?" not in table.header]:
        remedy = (
            f'The mapping is still a draft: name the column in place of "?" at {", ".join(open_ones)}, in [columns].'
        )
    at = check_header(table.header, sorted(set(named.values())), file=table.name, remedy=remedy)
    policy = unknown_kinds or mapping.unknown_kinds
    named_category = mapping.columns.category if policy is UnknownKinds.OTHER else None
    others, told = rules_of_unknown(
        _unknown(_opened(path, mapping), at[named_category], mapping) if named_category is not None else {}
    )
    rules = (*kind_rules(mapping.kinds), *others)
    extract = _Extract(
        name=table.name,
        mapping=mapping,
        at={ours: at[theirs] for ours, theirs in named.items()},
        width=len(table.header),
        zone=zone,
        bounds=Bounds(*mapping.bounds, "the bounds of the mapping") if mapping.bounds else area_of_use(mapping.epsg),
        is_projected=CRS.from_epsg(mapping.epsg).is_projected,
        latest=_utc(latest, zone),
        time_formats=(*mapping.formats.time, *table.more_formats),
        rules={rule.category: rule for rule in rules},
        unknown_kinds=policy,
    )
    return IncidentFile(
        file_name=table.name,
        sha256=table.sha256,
        source=mapping.dataset,
        scope=f"{mapping.dataset} {stem(path)}",
        epsg=mapping.epsg,
        kinds=rules,
        batches=_batches(extract, table.blocks),
        is_open_data=mapping.open_data,
        mapping_sha256=mapping.sha256 or None,
        notes=(*table.notes, *told),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """An opened table, as text: of a file or of a sheet; `more_formats` are of times that know their zone."""

    name: str
    sha256: str
    header: list[str]
    blocks: Iterator[Block]
    notes: tuple[str, ...]
    more_formats: tuple[str, ...] = ()


def _unknown(table: _Table, position: int, mapping: ExtractMapping) -> Counter[str]:
    """Return the rows by category, of the categories that the mapping does not name."""
    width = len(table.header)
    counts: Counter[str] = Counter()
    for block in table.blocks:
        counts.update(record[position].strip() for record in block.records if len(record) == width)
    return Counter({name: n for name, n in counts.items() if name and name not in mapping.kinds})


def _opened(path: Path, mapping: ExtractMapping) -> _Table:
    """Return the table of a workbook, of a Parquet file or of a text file."""
    formats = mapping.formats.time
    time_format = next(filter(has_hour, formats), formats[0])
    day_format = next((one for one in formats if not has_hour(one)), None)
    if is_workbook(path):
        sheet = read_sheet(
            path, sheet=mapping.sheet, time_format=time_format, day_format=day_format, block_rows=_BLOCK_ROWS
        )
        return _Table(sheet.name, sheet.sha256, sheet.header, sheet.blocks, sheet.notes)
    if is_parquet(path):
        found = read_parquet(
            path,
            time_format=time_format,
            day_format=day_format,
            columns=mapping.columns.named().values(),
            block_rows=_BLOCK_ROWS,
        )
        more = (MOMENT_FORMAT,) if found.moments else ()
        return _Table(found.name, found.sha256, found.header, found.blocks, found.notes, more)
    file = scan_text(path, encoding=mapping.encoding)
    header, blocks = read_columns(file, delimiter=mapping.delimiter)
    return _Table(file.name, file.sha256, header, blocks, file.notes)


def _utc(latest: datetime | None, zone: ZoneInfo) -> np.datetime64:
    if latest is None:
        return _NAT
    aware = latest if latest.tzinfo is not None else latest.replace(tzinfo=zone)
    return np.datetime64(aware.astimezone(UTC).replace(tzinfo=None), "us")


def _batches(extract: _Extract, blocks: Iterator[Block]) -> Iterator[IncidentBatch]:
    tally = RejectionTally(extract.name)
    if extract.unknown_kinds is UnknownKinds.REFUSE:
        tally.forbid(_UNKNOWN, remedy=UNKNOWN_REMEDY)

    def read(block: Block) -> ReadBlock:
        done = read_block(
            block,
            width=extract.width,
            convert=lambda fields, verdicts: _convert(extract, fields, verdicts, tally),
            delimiter=extract.mapping.delimiter,
        )
        tally.add(done.n_rows, done.rejections)
        return done

    yield from gather(read(block) for block in blocks)
    tally.check(remedy="Check the file and its mapping.")


def _convert(
    extract: _Extract, texts_of: Sequence[Texts], verdicts: Verdicts, tally: RejectionTally
) -> tuple[dict[str, Column], dict[str, NDArray[np.bool_]]]:
    """Convert rows that have every field, column by column."""
    column = {ours: texts_of[position] for ours, position in extract.at.items()}
    n = len(texts_of[0])
    begins, ends, precision, remarks = _times(extract, column, verdicts)
    x, y, has_no_place = _points(extract, column, verdicts)
    remarks[_NO_PLACE] = has_no_place
    categories = _categories(extract, column, n, verdicts, tally)
    nothing = np.full(n, None, dtype=object)

    def texts(ours: str) -> NDArray[np.object_]:
        return extract.texts.take(column[ours]) if ours in column else nothing

    by_category = {name for name, rule in extract.rules.items() if rule.is_officer_generated}
    officer = judged_words(categories, by_category.__contains__)
    if extract.mapping.officer_generated.reported_by:
        marked = frozenset(extract.mapping.officer_generated.reported_by)
        officer |= judged_words(texts("reported_by"), marked.__contains__)
    remarks[POLICE_ACTIVITY] = officer.astype(np.bool_)
    columns: dict[str, Column] = {
        "category": categories,
        "begins_at": begins,
        "ends_at": ends,
        "time_precision": precision,
        "x": x,
        "y": y,
        "place_precision": np.where(np.isnan(x), PlacePrecision.NONE, extract.mapping.place_precision).astype(object),
        "location": texts("location"),
        "stated_area_code": texts("area_code"),
        "reference": stripped(column["reference"]) if "reference" in column else nothing,
        "outcome": texts("outcome"),
        "is_officer_generated": officer.astype(np.bool_),
        **event_columns(extract.mapping, column, n),
    }
    return columns, remarks


def _times(
    extract: _Extract, column: Mapping[str, Texts], verdicts: Verdicts
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64], NDArray[np.object_], dict[str, NDArray[np.bool_]]]:
    """Return begin, end and precision of each row, and the rows that deserve a remark."""
    names, formats = extract.mapping.columns, extract.time_formats
    begin = read_local_times(column["begins"], formats=formats, zone=extract.zone)
    verdicts.refuse(begin.is_blank, column=names.begins, reason="the time is blank")
    _refuse_hour_24(begin, column["begins"], names.begins, verdicts)
    verdicts.refuse(begin.is_bad, column=names.begins, reason="the time is not one that the mapping's formats fit")
    if not np.isnat(extract.latest):
        verdicts.refuse(begin.utc > extract.latest, column=names.begins, reason="the time lies in the future")
    end = _ends(extract, column, begin)
    if "ends" in column:
        _refuse_hour_24(end, column["ends"], names.ends, verdicts)
    verdicts.refuse(end.is_bad, column=names.ends, reason="the time is not one that the mapping's formats fit")
    end_first = end.utc < begin.utc
    ends = np.where(end_first, begin.utc, end.utc)
    precision = np.where(ends > begin.utc, TimePrecision.INTERVAL, TimePrecision.INSTANT).astype(object)
    is_mixed = any(map(has_hour, formats))
    return begin.utc, ends, precision, _time_remarks(begin, end, end_first, is_mixed=is_mixed)


def _refuse_hour_24(times: LocalTimes, texts: Texts, name: str | None, verdicts: Verdicts) -> None:
    if times.is_bad.any():
        is_24 = np.array(
            [bad and bool(_HOUR_24.search(texts[i])) for i, bad in enumerate(times.is_bad)], dtype=np.bool_
        )
        verdicts.refuse(is_24, column=name, reason="there is no hour 24: write 00:00 of the next day")


def _ends(extract: _Extract, column: Mapping[str, Texts], begin: LocalTimes) -> LocalTimes:
    """Return the ends; a row without one ends at its begin, or with its day where only the day is known."""

    def read(texts: Texts) -> LocalTimes:
        return read_local_times(texts, formats=extract.time_formats, zone=extract.zone, add_days=1)

    at_begin = read(column["begins"]) if begin.is_day.any() else begin
    if "ends" not in column:
        return at_begin
    end = read(column["ends"])
    if not end.is_blank.any():
        return end
    return LocalTimes(*(np.where(end.is_blank, getattr(at_begin, f.name), getattr(end, f.name)) for f in fields(end)))


def _time_remarks(
    begin: LocalTimes, end: LocalTimes, end_first: NDArray[np.bool_], *, is_mixed: bool
) -> dict[str, NDArray[np.bool_]]:
    return {
        _END_FIRST: end_first,
        _MISSING_HOUR: begin.is_missing_hour | end.is_missing_hour,
        _DOUBLE_HOUR: begin.is_double_hour | end.is_double_hour,
        _WHOLE_DAY: begin.is_day & is_mixed,
    }


def _points(
    extract: _Extract, column: Mapping[str, Texts], verdicts: Verdicts
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return x, y (NaN where there is no place), and the rows whose place is written 0, 0."""
    names = (extract.mapping.columns.x, extract.mapping.columns.y)
    x, y = check_points(
        verdicts,
        column["x"],
        column["y"],
        columns=names,
        bounds=extract.bounds,
        is_projected=extract.is_projected,
        zero_is_nowhere=True,
    )
    zero = np.isnan(x) & np.isnan(y)
    zero[zero] = [bool(text.strip()) for text in column["x"][zero]]
    if extract.is_projected:
        in_degrees = (np.abs(x) <= 180) & (np.abs(y) <= 180)
        reason = f"the coordinates look like degrees, not those of EPSG:{extract.mapping.epsg}"
        verdicts.refuse(in_degrees, column=names[0], reason=reason)
    return x, y, zero


def _categories(
    extract: _Extract, column: Mapping[str, Texts], n: int, verdicts: Verdicts, tally: RejectionTally
) -> NDArray[np.object_]:
    constant = extract.mapping.constants.category
    if constant is not None:
        return np.full(n, constant, dtype=object)
    named = extract.mapping.columns.category
    categories = extract.categories.take(column["category"])
    unknown = judged_words(categories, lambda name: name not in extract.rules)
    if unknown.any():
        verdicts.refuse(categories == "", column=named, reason="the category is blank")
        unknown &= verdicts.kept
        verdicts.refuse(unknown, column=named, reason=_UNKNOWN)
        tally.name_values(_UNKNOWN, categories[unknown].tolist())
    return categories
