"""Tables with a code and named columns: Indices of Deprivation, and ONS tables whose columns are codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

from domain.areas import GeographyKey
from domain.errors import SourceError
from sources.area_tables import AreaTable, collect_rows, records_of
from sources.files import scan_text
from sources.ons_names import code_candidates
from sources.people_variables import normal
from sources.tables import RecordBlock, check_header, find_column, read_table

__all__ = ["is_column_coded", "read_column_coded", "read_named_columns"]

_CODED = re.compile(r"([a-z]{2}\d{3}[a-z]?)\d{4}", re.IGNORECASE | re.ASCII)
_METADATA_NAMES = ("Table_Metadata.csv.gz", "Table_Metadata.csv")
#: Most title lines above the header of a table with named columns.
_MOST_TITLES = 20
_METADATA_COLUMNS = ("Table_Name", "Variable_Name", "new_names")


def read_named_columns(
    header: Sequence[str],
    blocks: Iterable[RecordBlock],
    *,
    key: GeographyKey,
    areas: frozenset[str] | None,
    file: str,
) -> AreaTable:
    """
    Read a table whose columns are known by their names, such as the Indices of Deprivation or mid-year estimates.

    Title lines above the header, as statistical offices write them, are left out.

    Raises
    ------
    SourceError
        If no column holds the codes of the geography.
    """
    candidates = [*code_candidates(key), f"{key.name} code ({key.vintage})", f"{key.name} {key.vintage} code"]
    code = find_column(header, candidates)
    if code is None:
        header, blocks = _below_titles(header, blocks, candidates)
        code = find_column(header, candidates)
    if code is None:
        raise SourceError.at(
            f"no column of area codes of {key} is found (the file has {', '.join(header[:30])})",
            file=file,
            row=1,
            column=candidates[0],
            remedy="Check the geography and its vintage; of a workbook, name the sheet.",
        )
    return _one_row_each(header, blocks, code=code, areas=areas, layout="named_columns", topic=None, names=header)


def _below_titles(
    header: Sequence[str], blocks: Iterable[RecordBlock], candidates: Sequence[str]
) -> tuple[Sequence[str], Iterable[RecordBlock]]:
    """Return the first of the leading rows that names a code column, and the rows below; else all as it was."""
    rest = iter(blocks)
    first = next(rest, None)
    if first is None:
        return header, rest
    for i, record in enumerate(first.records[:_MOST_TITLES]):
        names = [name.strip() for name in record]
        if find_column(names, candidates) is not None:
            below = RecordBlock(first.row_numbers[i + 1 :], first.records[i + 1 :], first.spans_lines)
            return names, chain([below], rest)
    return header, chain([first], rest)


def is_column_coded(header: Sequence[str]) -> bool:
    """Return whether every column but the first is a code such as `ts0540002`."""
    return len(header) > 1 and all(_CODED.fullmatch(name) for name in header[1:])


def read_column_coded(
    header: Sequence[str], blocks: Iterable[RecordBlock], *, path: Path, areas: frozenset[str] | None
) -> AreaTable:
    """
    Read a table whose column codes are explained by `Table_Metadata.csv` in the same folder.

    Raises
    ------
    SourceError
        If that file is missing or does not explain every column.
    """
    topic_of, category_of = _metadata(path)
    unknown = [name for name in header[1:] if name.casefold() not in category_of]
    if unknown:
        raise SourceError.at(
            f"the metadata do not explain the columns {', '.join(unknown[:10])}",
            file=path.name,
            row=1,
            column=unknown[0],
            remedy="Put the metadata of the same download beside the table.",
        )
    topic = topic_of[header[1].casefold()]
    return _one_row_each(
        header,
        blocks,
        code=header[0],
        areas=areas,
        layout="column_coded",
        topic=topic,
        names=["", *(_bare(category_of[name.casefold()], topic) for name in header[1:])],
    )


def _bare(category: str, topic: str) -> str:
    """Return a category without the name of its table, which some metadata repeat before each."""
    before, colon, rest = category.partition(":")
    return rest if colon and normal(before) == normal(topic) else category


def _metadata(path: Path) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return table name and category by column code."""
    beside = next((path.with_name(name) for name in _METADATA_NAMES if path.with_name(name).is_file()), None)
    if beside is None:
        raise SourceError.at(
            "the columns are codes, and there is no Table_Metadata.csv beside the file to explain them",
            file=path.name,
            row=1,
            remedy="Put the metadata of the download into the same folder.",
        )
    file = scan_text(beside)
    header, blocks = read_table(file)
    at = check_header(header, _METADATA_COLUMNS, file=file.name, remedy="Fetch the metadata of the download again.")
    topics: dict[str, str] = {}
    categories: dict[str, str] = {}
    for _, record in records_of(blocks):
        if len(record) == len(header):
            code = record[at["new_names"]].strip().casefold()
            topics[code], categories[code] = record[at["Table_Name"]], record[at["Variable_Name"]]
    return topics, categories


def _one_row_each(
    header: Sequence[str],
    blocks: Iterable[RecordBlock],
    *,
    code: str,
    areas: frozenset[str] | None,
    layout: str,
    topic: str | None,
    names: Sequence[str],
) -> AreaTable:
    at = header.index(code)
    rows, rejections, n_read, n_outside = collect_rows(
        records_of(blocks),
        width=len(header),
        code_of=lambda record: record[at].strip() or None,
        code_column=code,
        areas=areas,
    )
    return AreaTable(
        layout=layout,
        topic=topic,
        columns={normal(name): i for i, name in enumerate(names) if i != at},
        rows=rows,
        rejections=rejections,
        rows_read=n_read,
        rows_outside=n_outside,
        rows_by_code={},
    )
