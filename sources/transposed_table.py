"""Tables on their side: a row for each figure, a column for each area, such as Toronto's neighbourhood profiles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from domain.errors import SourceError
from sources.area_tables import AreaRow, AreaTable, records_of
from sources.people_variables import TableRule, normal
from sources.tables import RecordBlock

__all__ = ["category_positions", "read_transposed"]

_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")


def category_positions(header: Sequence[str], rule: TableRule) -> tuple[int, ...] | None:
    """Return where the columns stand that name a figure of a declared table on its side, or None if it is not one."""
    names = [normal(name) for name in header]
    if not rule.category_columns or not all(name in names for name in rule.category_columns):
        return None
    return tuple(names.index(name) for name in rule.category_columns)


def read_transposed(
    header: Sequence[str],
    blocks: Iterable[RecordBlock],
    *,
    rule: TableRule,
    needed: frozenset[str],
    areas: frozenset[str] | None,
    file: str,
) -> AreaTable:
    """
    Read a table on its side into one row for each area.

    The columns to the right of the last one that names a figure are areas; their headers are the codes, but for those
    that the declaration writes in another way (`area_names`). A figure is named by the texts of its category columns,
    joined by a colon and a space: the number of the row among them tells figures of the same name apart. In the result
    an area's row number is the number of its column.

    Parameters
    ----------
    header
        Names of the columns.
    blocks
        The data records.
    rule
        The declared table.
    needed
        The figures that are wanted, in the form of `normal`.
    areas
        Codes that are asked for; None means all.
    file
        Name of the file, for messages.

    Raises
    ------
    SourceError
        If a wanted figure stands twice or its row has too few or too many fields, or two columns are the same area.
    """
    positions = category_positions(header, rule) or ()
    first = max(positions) + 1
    figures = _figures(header, blocks, positions, needed, file)
    codes = [rule.area_names.get(normal(name), name) for name in header[first:]]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise SourceError.at(
            f"the area {twice[0]} has more than one column",
            file=file,
            row=1,
            column=twice[0],
            remedy="Correct area_names in the declaration, or fetch the table again.",
        )
    wanted = [i for i, code in enumerate(codes) if areas is None or code in areas]
    rows = [
        AreaRow(first + i + 1, codes[i], [_plain(record[first + i]) for record in figures.values()]) for i in wanted
    ]
    return AreaTable(
        layout="transposed",
        topic=None,
        columns={name: i for i, name in enumerate(figures)},
        rows=tuple(rows),
        rejections=(),
        rows_read=len(codes),
        rows_outside=len(codes) - len(wanted),
        rows_by_code={},
    )


def _figures(
    header: Sequence[str],
    blocks: Iterable[RecordBlock],
    positions: Sequence[int],
    needed: frozenset[str],
    file: str,
) -> dict[str, Sequence[str]]:
    """Return the records of the wanted figures by their name, in file order."""
    found: dict[str, Sequence[str]] = {}
    for number, record in records_of(blocks):
        name = normal(": ".join(record[at] for at in positions)) if len(record) > max(positions) else ""
        if name not in needed:
            continue
        if name in found or len(record) != len(header):
            reason = "stands twice" if name in found else "does not have as many fields as the header"
            raise SourceError.at(
                f'the figure "{name}" {reason}',
                file=file,
                row=number,
                remedy="Name more columns in category_columns, or fetch the table again.",
            )
        found[name] = record
    return found


def _plain(text: str) -> str:
    """Return a number without the commas between its thousands; any other text as it is."""
    bare = text.strip()
    return bare.replace(",", "") if _THOUSANDS.fullmatch(bare) else bare
