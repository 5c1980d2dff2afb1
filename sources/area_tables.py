"""What every layout of People data is turned into: one row for each area, one column for each category."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sources.tables import RecordBlock
from sources.verdicts import Rejection, raw_text

__all__ = ["AreaRow", "AreaTable", "collect_rows", "records_of"]


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One area: its row in the file, its code, and its record."""

    row_number: int
    code: str
    record: Sequence[str]


@dataclass(frozen=True, slots=True)
class AreaTable:
    """
    A People file, whatever its layout.

    Parameters
    ----------
    layout
        Name of the layout met.
    topic
        How the file calls its table; None where columns are known by their names alone.
    columns
        Position in a record of each category (in the form of `sources.people_variables.normal`).
    rows
        The areas that were asked for, in file order.
    rejections
        Rows that could not be read.
    rows_read, rows_outside
        Data rows of the file; those of areas that were not asked for.
    rows_by_code
        For layouts with several rows for each area: those rows, with their raw text; empty otherwise.
    """

    layout: str
    topic: str | None
    columns: Mapping[str, int]
    rows: tuple[AreaRow, ...]
    rejections: tuple[Rejection, ...]
    rows_read: int
    rows_outside: int
    rows_by_code: Mapping[str, Sequence[tuple[int, str]]]


def records_of(blocks: Iterable[RecordBlock]) -> Iterator[tuple[int, list[str]]]:
    """Yield row number and record, one by one."""
    for block in blocks:
        yield from zip(block.row_numbers, block.records, strict=True)


def collect_rows(
    records: Iterable[tuple[int, list[str]]],
    *,
    width: int,
    code_of: Callable[[list[str]], str | None],
    code_column: str,
    areas: frozenset[str] | None,
) -> tuple[tuple[AreaRow, ...], tuple[Rejection, ...], int, int]:
    """
    Sort the records of a table with one row for each area.

    Returns
    -------
    tuple
        Rows of the areas asked for, refused rows, rows read, rows of other areas.
    """
    rows: dict[str, AreaRow] = {}
    rejections: list[Rejection] = []
    n_read = n_outside = 0
    for number, record in records:
        n_read += 1
        code = code_of(record) if len(record) == width else None
        if len(record) != width:
            reason = "the row does not have as many fields as the header"
            rejections.append(Rejection(number, None, reason, raw_text(record)))
        elif code is None:
            rejections.append(Rejection(number, code_column, "the row names no area code", raw_text(record)))
        elif areas is not None and code not in areas:
            n_outside += 1
        elif code in rows:
            reason = "the area stands in the file before; its first row is kept"
            rejections.append(Rejection(number, code_column, reason, raw_text(record)))
        else:
            rows[code] = AreaRow(number, code, record)
    return tuple(rows.values()), tuple(rejections), n_read, n_outside
