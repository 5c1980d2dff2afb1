"""A sheet of an Excel workbook, read as the same records of text that a CSV file gives."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

from domain.errors import SourceError
from sources.files import check_path
from sources.tables import BLOCK_ROWS, RecordBlock

__all__ = ["MOST_WORKBOOK_BYTES", "Sheet", "cell_text", "is_workbook", "read_sheet"]

#: Largest workbook, packed and unpacked, in bytes: a sheet has at most 1,048,576 rows.
MOST_WORKBOOK_BYTES = (256 << 20, 4 << 30)

_ENDINGS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
_REMEDY = "Save the sheet as CSV UTF-8."


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    One sheet of a workbook.

    Parameters
    ----------
    name
        Name of the file, without folders.
    sha256
        Fingerprint of the workbook's bytes and the sheet's name, hexadecimal.
    header
        Names in the first row that is not empty.
    blocks
        The rows below, as text.
    notes
        What a reader of the load report should know.
    """

    name: str
    sha256: str
    header: list[str]
    blocks: Iterator[RecordBlock]
    notes: tuple[str, ...]


def is_workbook(path: Path) -> bool:
    """Return whether a file's name is that of a workbook."""
    return path.suffix.lower() in _ENDINGS


def read_sheet(
    path: Path, *, sheet: str | None, time_format: str, day_format: str | None = None, block_rows: int = BLOCK_ROWS
) -> Sheet:
    """
    Read one sheet of a workbook (xlsx, xlsm, xlsb, xls or ods).

    Cells that hold dates are written in the mapping's format, whole numbers without a decimal point, so that a workbook
    and the CSV made of it give the same rows.

    Parameters
    ----------
    path
        The workbook.
    sheet
        Name of the sheet; the first if None.
    time_format
        Format of `strptime` for cells that hold times.
    day_format
        Format for cells that hold a date without an hour, which a midnight is too; by default that of times.
    block_rows
        Most records in a block.

    Raises
    ------
    SourceError
        If the workbook is damaged, too large or protected, has no such sheet, or the sheet has no rows.
    """
    check_path(path)
    digest = _fingerprint(path)
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        names = workbook.sheet_names
        chosen = sheet if sheet is not None else names[0]
        rows = enumerate(workbook.get_sheet_by_name(chosen).iter_rows(), 1)
    except WorksheetNotFound as error:
        raise SourceError.at(
            f'the workbook has no sheet "{sheet}"', file=path.name, remedy=f"It has: {', '.join(names)}."
        ) from error
    except (CalamineError, IndexError, OSError, ValueError) as error:
        raise SourceError.at(f"the workbook cannot be read ({error})", file=path.name, remedy=_REMEDY) from error
    texts = ((number, [cell_text(value, time_format, day_format) for value in row]) for number, row in rows)
    filled = ((number, row) for number, row in texts if any(row))
    header, first = next(filled, None), next(filled, None)
    if header is None or first is None:
        raise SourceError.at("the sheet holds no rows below a header", file=path.name, remedy=_REMEDY)
    others = f" of {len(names)} (the others are not read)" if len(names) > 1 else ""
    note = f'read from the sheet "{chosen}"{others}'
    digest.update(chosen.encode())
    return Sheet(
        path.name,
        digest.hexdigest(),
        [name.strip() for name in header[1]],
        _blocks(chain([first], filled), block_rows),
        (note,),
    )


def _fingerprint(path: Path) -> hashlib._Hash:
    """Refuse what would swell in memory, and return the running fingerprint of the bytes."""
    most, most_unpacked = MOST_WORKBOOK_BYTES
    digest = hashlib.sha256()
    try:
        if path.stat().st_size > most:
            raise SourceError.at(f"the workbook is larger than {most >> 20} MiB", file=path.name, remedy=_REMEDY)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > most_unpacked:
                message = f"the workbook unpacks to more than {most_unpacked >> 30} GiB"
                raise SourceError.at(message, file=path.name, remedy=_REMEDY)
        with path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise SourceError.at(f"the workbook cannot be read ({error})", file=path.name, remedy=_REMEDY) from error
    return digest


def cell_text(value: object, time_format: str, day_format: str | None = None) -> str:
    """Return a cell as the text that a CSV export would hold."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.strftime(time_format)
    if isinstance(value, date):
        return datetime.combine(value, time()).strftime(day_format or time_format)
    if isinstance(value, timedelta):
        return str(value)
    return str(value)


def _blocks(rows: Iterator[tuple[int, list[str]]], block_rows: int) -> Iterator[RecordBlock]:
    while part := list(islice(rows, block_rows)):
        yield RecordBlock([number for number, _ in part], [row for _, row in part])
