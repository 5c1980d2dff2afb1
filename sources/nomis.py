"""The two layouts of Nomis: the bulk download and the query export."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from domain.errors import SourceError
from sources.area_tables import AreaTable, collect_rows, records_of
from sources.people_variables import normal
from sources.tables import RecordBlock

__all__ = ["is_nomis_bulk", "is_nomis_query", "read_nomis_bulk", "read_nomis_query"]

_BULK_START = ("date", "geography", "geography code")
_QUERY_TITLE = re.compile(r"\s*([A-Z]{1,3}\d{3,4}[A-Za-z]*)\s+-\s+(.+?)\s*")
_QUERY_AREA = re.compile(r"\s*([A-Z]\d{8}|[^:]+?)\s*:\s*(.*)")
_LONGEST_PREAMBLE = 50


def is_nomis_bulk(header: Sequence[str]) -> bool:
    """Return whether a header is that of a bulk download: `date,geography,geography code,<Topic>: <Category>...`."""
    return tuple(name.casefold() for name in header[:3]) == _BULK_START


def read_nomis_bulk(
    header: Sequence[str], blocks: Iterable[RecordBlock], *, areas: frozenset[str] | None, file: str
) -> AreaTable:
    """
    Read a bulk download; the topic is the text before the first colon of each header.

    Raises
    ------
    SourceError
        If the value columns have no topic, or several.
    """
    split = [name.partition(":") for name in header[3:]]
    topics = sorted({normal(topic) for topic, colon, _ in split if colon})
    if len(topics) != 1:
        raise SourceError.at(
            f"the value columns name {len(topics)} topics ({'; '.join(topics)}), not one",
            file=file,
            row=1,
            remedy="Download one table from Nomis at a time.",
        )
    rows, rejections, n_read, n_outside = collect_rows(
        records_of(blocks),
        width=len(header),
        code_of=lambda record: record[2].strip() or None,
        code_column=header[2],
        areas=areas,
    )
    return AreaTable(
        layout="nomis_bulk",
        topic=topics[0],
        columns={normal(category): i for i, (_, colon, category) in enumerate(split, 3) if colon},
        rows=rows,
        rejections=rejections,
        rows_read=n_read,
        rows_outside=n_outside,
        rows_by_code={},
    )


def is_nomis_query(header: Sequence[str]) -> bool:
    """Return whether the first record is the title of a query export, such as `TS021 - Ethnic group`."""
    return bool(header) and _QUERY_TITLE.fullmatch(header[0]) is not None and not any(header[1:])


def read_nomis_query(
    title: Sequence[str], blocks: Iterable[RecordBlock], *, areas: frozenset[str] | None, file: str
) -> AreaTable:
    """
    Read a query export: a preamble, a header whose second cell begins with "Total", areas, blank lines, footnotes.

    Raises
    ------
    SourceError
        If there is no header below the preamble.
    """
    match = _QUERY_TITLE.fullmatch(title[0])
    records = records_of(blocks)
    header: list[str] = []
    for number, record in records:
        if len(record) > 2 and normal(record[1]).startswith("total"):
            header = record
            break
        if number > _LONGEST_PREAMBLE:
            break
    if not header or match is None:
        raise SourceError.at(
            'no header whose second cell begins with "Total" is found',
            file=file,
            column="Total",
            remedy="Export the table from Nomis with its total.",
        )
    rows, rejections, n_read, n_outside = collect_rows(
        _data_rows(records), width=len(header), code_of=_query_code, code_column=header[0], areas=areas
    )
    return AreaTable(
        layout="nomis_query",
        topic=normal(match[2]),
        columns={normal(name): i for i, name in enumerate(header) if i > 0 and name.strip() not in {"", "%"}},
        rows=rows,
        rejections=rejections,
        rows_read=n_read,
        rows_outside=n_outside,
        rows_by_code={},
    )


def _data_rows(records: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """Leave out blank lines and footnotes, which have no area and no value in a cell to the right."""
    for number, record in records:
        if any(cell.strip() for cell in record[:1]) or any(cell.strip() for cell in record[2:]):
            yield number, record


def _query_code(record: list[str]) -> str | None:
    """Return the code of a cell such as `E01011954 : Hartlepool 001A`."""
    match = _QUERY_AREA.fullmatch(record[0])
    return match[1] if match else None
