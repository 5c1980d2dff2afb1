"""Long tables: a row for each area and category, such as `lsoa21_code,lsoa21_name,age_group,usual_residents`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from domain.areas import GeographyKey
from sources.area_tables import AreaRow, AreaTable, records_of
from sources.ons_names import code_candidates
from sources.people_variables import Declarations, normal
from sources.places import parse_numbers
from sources.tables import RecordBlock, find_column
from sources.verdicts import Rejection, raw_text

__all__ = ["long_columns", "read_long"]

_BROKEN = "another row of this area is refused, so that its total is not known"


def long_columns(header: Sequence[str], key: GeographyKey, declared: Declarations) -> tuple[int, int, int] | None:
    """Return the positions of code, category and count, or None if a header is not that of a declared long table."""
    code = find_column(header, code_candidates(key))
    category = next((i for i, name in enumerate(header) if declared.tables_of(name)), None)
    if code is None or category is None or category != len(header) - 2:
        return None
    return header.index(code), category, len(header) - 1


def read_long(
    header: Sequence[str],
    blocks: Iterable[RecordBlock],
    *,
    positions: tuple[int, int, int],
    areas: frozenset[str] | None,
) -> AreaTable:
    """
    Read a long table into one row for each area.

    An area that lacks a category, names one twice or has a count that is not one is refused whole: a share of an
    incomplete total would be wrong without looking wrong.

    Parameters
    ----------
    header
        Names of the columns.
    blocks
        The data records.
    positions
        Of code, category and count.
    areas
        Codes that are asked for; None means all.
    """
    at_code, at_category, at_count = positions
    found: dict[str, dict[str, tuple[int, list[str]]]] = {}
    bad: list[Rejection] = []
    doubled: dict[str, list[tuple[int, list[str]]]] = {}
    n_read = n_outside = 0
    for number, record in records_of(blocks):
        n_read += 1
        code = record[at_code].strip() if len(record) == len(header) else ""
        if len(record) != len(header):
            reason = "the row does not have as many fields as the header"
            bad.append(Rejection(number, None, reason, raw_text(record)))
        elif not code:
            bad.append(Rejection(number, header[at_code], "the row names no area code", raw_text(record)))
        elif areas is not None and code not in areas:
            n_outside += 1
        elif normal(record[at_category]) in (categories := found.setdefault(code, {})):
            doubled.setdefault(code, []).append((number, record))
        else:
            categories[normal(record[at_category])] = (number, record)
    names = _categories(found)
    rows, broken = _whole_areas(found, doubled, names, at_count, (header[at_category], header[at_count]))
    return AreaTable(
        layout="long",
        topic=header[at_category],
        columns={name: i for i, name in enumerate(names)},
        rows=rows,
        rejections=tuple(bad + broken),
        rows_read=n_read,
        rows_outside=n_outside,
        rows_by_code={
            row.code: [(number, raw_text(record)) for number, record in found[row.code].values()] for row in rows
        },
    )


def _categories(found: dict[str, dict[str, tuple[int, list[str]]]]) -> list[str]:
    """Return every category that at least half of the areas have, so that a misspelt one does not spoil them all."""
    counts: dict[str, int] = {}
    for categories in found.values():
        for name in categories:
            counts[name] = counts.get(name, 0) + 1
    return [name for name, n in counts.items() if 2 * n >= len(found)]


def _whole_areas(
    found: dict[str, dict[str, tuple[int, list[str]]]],
    doubled: dict[str, list[tuple[int, list[str]]]],
    names: Sequence[str],
    at_count: int,
    columns: tuple[str, str],
) -> tuple[tuple[AreaRow, ...], list[Rejection]]:
    """Return the areas with every category once and countable, and the refused rows of the others."""
    category_column, count_column = columns
    rows: list[AreaRow] = []
    refused: list[Rejection] = []
    cells = [(number, record[at_count]) for categories in found.values() for number, record in categories.values()]
    values, _, _ = parse_numbers([text for _, text in cells])
    is_count = {number: bool(value >= 0) for (number, _), value in zip(cells, values, strict=True)}
    for code, categories in found.items():
        reasons: dict[int, tuple[str, str]] = {}
        for name, (number, _) in categories.items():
            if not is_count[number]:
                reasons[number] = (count_column, "the count is not a number of 0 or more")
            elif name not in names:
                reasons[number] = (category_column, "the category is not one of the table's")
        twice = doubled.get(code, [])
        reasons.update({number: (category_column, "the area names this category twice") for number, _ in twice})
        missing = [name for name in names if name not in categories]
        if not reasons and not missing:
            first = min(number for number, _ in categories.values())
            rows.append(AreaRow(first, code, [categories[name][1][at_count] for name in names]))
            continue
        other = (category_column, f'the area has no row "{missing[0]}"' if missing else _BROKEN)
        refused += [
            Rejection(number, *reasons.get(number, other), raw_text(record))
            for number, record in [*categories.values(), *twice]
        ]
    return tuple(rows), refused
