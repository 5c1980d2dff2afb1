"""Reading CSV in blocks of records: the header is checked, every record is numbered, and a broken end is named."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from domain.errors import Fault, SourceError
from sources.files import TextFile, open_binary, stamp

__all__ = [
    "BLOCK_ROWS",
    "RecordBlock",
    "broken_csv",
    "changed",
    "check_end",
    "check_header",
    "find_column",
    "join_faults",
    "read_records",
    "read_table",
    "without_blanks",
]

#: Records in one block: few enough to stay in the processor's cache (measured: twice as fast as 50,000).
BLOCK_ROWS = 1_000

_FAULTS_SHOWN = 20
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class RecordBlock:
    """
    Consecutive records of a CSV file, blank lines left out.

    Parameters
    ----------
    row_numbers
        Row of each record as a spreadsheet counts it (the header is row 1).
    records
        Fields of each record, as text.
    spans_lines
        Whether a quoted field of the block runs over the end of a line.
    """

    row_numbers: Sequence[int]
    records: list[list[str]]
    spans_lines: bool = False


def join_faults(faults: Sequence[Fault], *, what: str, hint: str | None = None) -> SourceError:
    """
    Return one error for every fault of an input: the first twenty are written out, the rest counted.

    Parameters
    ----------
    faults
        At least one fault.
    what
        The sentence that stands before the list, if there is more than one.
    hint
        What to do next.
    """
    if len(faults) == 1:
        fault = faults[0]
        return SourceError(
            str(Fault(fault.message, file=fault.file, row=fault.row, column=fault.column)),
            hint=fault.remedy or hint,
            faults=faults,
        )
    # the file stands in `what` and the remedy in the hint: the list says only what differs
    places = [Fault(fault.message, row=fault.row, column=fault.column) for fault in faults[:_FAULTS_SHOWN]]
    shown = "; ".join(map(str, places))
    more = f"; and {len(faults) - _FAULTS_SHOWN:,} more" if len(faults) > _FAULTS_SHOWN else ""
    return SourceError(f"{what}: {len(faults):,} faults: {shown}{more}", hint=hint, faults=faults)


def find_column(header: Sequence[str], candidates: Sequence[str]) -> str | None:
    """Return the first candidate that the header has, whatever its case, as the header writes it."""
    known = {name.casefold(): name for name in reversed(header)}
    return next((known[c.casefold()] for c in candidates if c.casefold() in known), None)


def check_header(header: Sequence[str], needed: Sequence[str], *, file: str, remedy: str) -> dict[str, int]:
    """
    Return the position of each needed column; columns beyond them are allowed, in any order.

    Raises
    ------
    SourceError
        If needed columns are missing or written twice; all are named together.
    """
    if len(header) == 1 and (found := next((d for d in ";\t|" if d in header[0]), None)):
        between = {"\t": "tabs", ";": "semicolons", "|": "upright strokes"}[found]
        raise SourceError.at(
            f"the fields are separated by {between}, not by commas",
            file=file,
            row=1,
            remedy="Save the file as CSV with commas; an extract with a mapping may say it there instead: delimiter = "
            + ('"\\t".' if found == "\t" else f'"{found}".'),
        )
    faults = [
        Fault("the column is missing", file=file, row=1, column=name, remedy=remedy)
        for name in needed
        if name not in header
    ]
    faults += [
        Fault("the column stands twice in the header", file=file, row=1, column=name, remedy=remedy)
        for name in needed
        if header.count(name) > 1
    ]
    if faults:
        raise join_faults(faults, what=f"{file} does not have the columns that it should", hint=remedy)
    return {name: header.index(name) for name in needed}


def read_records(file: TextFile, *, delimiter: str = ",", block_rows: int = BLOCK_ROWS) -> Iterator[RecordBlock]:
    """
    Yield the records of a CSV file in blocks, the header as the first record of the first.

    Parameters
    ----------
    file
        A file that `sources.files.scan_text` has passed.
    delimiter
        One character between fields.
    block_rows
        Most records in a block.

    Raises
    ------
    SourceError
        If quotes do not match, if the file ends in the middle of a row, or if it changed since it was scanned.
    """
    with open_binary(file.path) as stream:
        reader = csv.reader(_lines(stream, file.encoding), delimiter=delimiter, strict=True)
        width, read = 0, 0
        while True:
            start, line = read + 1, reader.line_num
            try:
                rows = list(islice(reader, block_rows))
            except csv.Error as error:
                raise broken_csv(file, reader.line_num, error) from error
            except UnicodeDecodeError as error:
                raise changed(file) from error
            if not rows:
                break
            read += len(rows)
            width = width or len(rows[0])
            if len(rows) < block_rows:
                check_end(file, rows[-1], width=width, row=read)
            yield without_blanks(rows, start, spans_lines=reader.line_num - line != len(rows))
        if stamp(file.path) != file.stamp:
            raise changed(file)


def _lines(stream: io.BufferedIOBase, encoding: str) -> Iterator[str]:
    """Yield lines with their ends; large pieces make gzip a tenth faster than a text wrapper's 8 KiB."""
    decoder = codecs.getincrementaldecoder(encoding)()
    open_line = ""
    while piece := stream.read1(_PIECE):
        text = open_line + decoder.decode(piece)
        end = text.rfind("\n") + 1
        yield from io.StringIO(text[:end], newline="\n")
        open_line = text[end:]
    if open_line := open_line + decoder.decode(b"", final=True):
        yield open_line


def without_blanks(rows: list[list[str]], start: int, *, spans_lines: bool) -> RecordBlock:
    """Return records, the first of them at row `start`, as a block without the blank ones."""
    if all(rows):
        return RecordBlock(range(start, start + len(rows)), rows, spans_lines)
    kept = [(number, row) for number, row in enumerate(rows, start) if row]
    return RecordBlock([number for number, _ in kept], [row for _, row in kept], spans_lines)


def broken_csv(file: TextFile, line: int, error: csv.Error) -> SourceError:
    """Return the error for what `csv` could not read, with the line that it had come to."""
    if "unexpected end of data" in str(error):
        message, remedy = "a quotation mark is never closed", "Fetch or export the file again."
    elif "field larger than" in str(error):
        message, remedy = "a field is longer than 128 KiB", "Look for a quotation mark that is never closed."
    elif "new-line" in str(error):
        message, remedy = "a carriage return stands inside a row", "Save the file as CSV with ordinary line ends."
    else:
        message, remedy = "the quotation marks do not match", "Write a quotation mark inside a field twice."
    return SourceError.at(f"{message} (line {line:,})", file=file.name, row=line, remedy=remedy)


def changed(file: TextFile) -> SourceError:
    """Return the error for a file that is not what it was when it was scanned."""
    return SourceError.at("the file changed while it was read", file=file.name, remedy="Wait until it is written.")


def check_end(file: TextFile, last: list[str], *, width: int, row: int) -> None:
    """
    Refuse a file that ends in the middle of its last record.

    Raises
    ------
    SourceError
        Naming the row.
    """
    if not file.ends_with_newline and 0 < len(last) < width:
        raise SourceError.at(
            f"the file ends in the middle of this row ({len(last)} of {width} fields)",
            file=file.name,
            row=row,
            remedy="Fetch or export the file again.",
        )


def read_table(
    file: TextFile, *, delimiter: str = ",", block_rows: int = BLOCK_ROWS
) -> tuple[list[str], Iterator[RecordBlock]]:
    """
    Return the header of a CSV file and its data records in blocks.

    Raises
    ------
    SourceError
        As `read_records`; also if there is no row below the header.
    """
    blocks = read_records(file, delimiter=delimiter, block_rows=block_rows)
    first = next(blocks, RecordBlock([], []))
    if not first.records:
        raise SourceError.at("the file holds no table", file=file.name, remedy="Fetch or export the file again.")
    header = [name.strip() for name in first.records[0]]
    rest = RecordBlock(first.row_numbers[1:], first.records[1:], first.spans_lines)
    if not rest.records:
        raise SourceError.at(
            "the file holds a header and no rows", file=file.name, row=1, remedy="Fetch or export the file again."
        )

    def batches() -> Iterator[RecordBlock]:
        yield rest
        yield from blocks

    return header, batches()
