"""
Reading large CSV files column by column, where their text is plain; record by record, where it is not.

A piece of a file is plain if it has no quotation mark, no lone carriage return and the same number of separators in
every line. There a separator is a separator and a line is a row, so that pandas' C parser reads what `csv` would read,
five times as fast. Any other piece goes through `csv`, which knows quotes and tells what is wrong. The rows, their
numbers and the errors are the same either way; a test holds the two against each other.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.errors import SourceError
from sources.files import TextFile, open_binary, stamp
from sources.tables import BLOCK_ROWS, RecordBlock, broken_csv, changed, check_end, without_blanks

__all__ = ["Block", "ColumnBlock", "read_columns"]

#: Decompressed bytes in one piece: some 10,000 to 30,000 rows.
PIECE_BYTES = 1 << 21

_LONGEST_PLAIN_LINE = 100_000  # `csv` refuses a field of more than 128 KiB
_SEPARATORS = frozenset(",;\t|")
_NEWLINE = ord("\n")


@dataclass(frozen=True, slots=True)
class ColumnBlock:
    """
    Consecutive records of a plain piece of a CSV file, column by column.

    Parameters
    ----------
    row_numbers
        Row of each record as a spreadsheet counts it (the header is row 1).
    columns
        Texts of each column, object arrays of shape (n,).
    """

    row_numbers: range
    columns: tuple[NDArray[np.object_], ...]

    @property
    def records(self) -> Sequence[list[str]]:
        """Fields of each record, put together when they are asked for."""
        return _Records(self.columns)


class _Records(Sequence[list[str]]):
    """Records of a block, each made of its columns on demand."""

    def __init__(self, columns: tuple[NDArray[np.object_], ...]) -> None:
        self._columns = columns

    def __len__(self) -> int:
        return len(self._columns[0])

    @overload
    def __getitem__(self, position: int) -> list[str]: ...
    @overload
    def __getitem__(self, position: slice) -> list[list[str]]: ...
    def __getitem__(self, position: int | slice) -> list[str] | list[list[str]]:
        if isinstance(position, slice):
            return [self[i] for i in range(*position.indices(len(self)))]
        return [column[position] for column in self._columns]


#: What a file is read in.
Block = RecordBlock | ColumnBlock


def read_columns(file: TextFile, *, delimiter: str = ",") -> tuple[list[str], Iterator[Block]]:
    """
    Return the header of a CSV file and its data in blocks, as columns where the text is plain.

    Parameters
    ----------
    file
        A file that `sources.files.scan_text` has passed.
    delimiter
        One character between fields.

    Raises
    ------
    SourceError
        As `sources.tables.read_table`.
    """
    blocks = _Reader(file, delimiter).blocks()
    first = next((block for block in blocks if block.records), None)
    if not isinstance(first, RecordBlock):
        raise SourceError.at("the file holds no table", file=file.name, remedy="Fetch or export the file again.")
    header = [name.strip() for name in first.records[0]]
    rest = RecordBlock(first.row_numbers[1:], first.records[1:], first.spans_lines)
    second = rest if rest.records else next((block for block in blocks if block.records), None)
    if second is None:
        raise SourceError.at(
            "the file holds a header and no rows", file=file.name, row=1, remedy="Fetch or export the file again."
        )

    def data() -> Iterator[Block]:
        yield second
        yield from blocks

    return header, data()


class _Reader:
    """The running state of one pass: which piece is at hand, and how much of it `csv` has taken."""

    def __init__(self, file: TextFile, delimiter: str) -> None:
        self._file = file
        self._delimiter = delimiter
        self._can_be_plain = delimiter in _SEPARATORS
        self._pieces: Iterator[bytes] = iter(())
        self._waiting: Iterator[str] = iter(())
        self._n_waiting = 0  # lines of the piece at hand that `csv` has not taken
        self._plain_lines = 0
        self._read = 0  # records so far, blank ones too
        self._width = 0

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks of the file, the header as the first record of the first."""
        last: list[str] | None = None
        with open_binary(self._file.path) as stream:
            self._pieces = _pieces(stream, self._file)
            reader = csv.reader(self._lines(), delimiter=self._delimiter, strict=True)
            while True:
                block, last_read = self._next(reader)
                if block is None:
                    break
                last = last_read
                yield block
            if last is not None:
                check_end(self._file, last, width=self._width, row=self._read)
            if stamp(self._file.path) != self._file.stamp:
                raise changed(self._file)

    def _next(self, reader: Iterator[list[str]]) -> tuple[Block | None, list[str] | None]:
        """Return the next block, and its last record if `csv` has read it."""
        if not self._n_waiting:
            piece = next(self._pieces, None)
            if piece is None:
                return None, None
            if self._read and (plain := self._plain(piece)) is not None:
                return plain, None
            self._give(piece)
        return self._records(reader)

    def _give(self, piece: bytes) -> None:
        text = _decoded(piece, self._file)
        self._waiting = iter(io.StringIO(text, newline="\n"))
        # a lone byte-order mark decodes to nothing, which is no line
        self._n_waiting = text.count("\n") + (bool(text) and not text.endswith("\n"))

    def _lines(self) -> Iterator[str]:
        """Yield lines to `csv`, of the next piece too while a quoted field runs on into it."""
        while True:
            if not self._n_waiting:
                piece = next(self._pieces, None)
                if piece is None:
                    return
                self._give(piece)
            self._n_waiting -= 1
            yield next(self._waiting)

    def _records(self, reader: Iterator[list[str]]) -> tuple[RecordBlock | None, list[str] | None]:
        # the header stands alone, so that what follows it can be plain
        most = min(BLOCK_ROWS, self._n_waiting) if self._read else 1
        line = reader.line_num  # type: ignore[attr-defined]
        try:
            rows = list(islice(reader, most))
        except csv.Error as error:
            at = reader.line_num + self._plain_lines  # type: ignore[attr-defined]
            raise broken_csv(self._file, at, error) from error
        if not rows:
            return None, None
        start = self._read + 1
        self._read += len(rows)
        self._width = self._width or len(rows[0])
        spans_lines = reader.line_num - line != len(rows)  # type: ignore[attr-defined]
        return without_blanks(rows, start, spans_lines=spans_lines), rows[-1]

    def _plain(self, piece: bytes) -> ColumnBlock | None:
        """Return the piece as columns; None if `csv` must read it."""
        if not self._can_be_plain or not _is_plain(piece, ord(self._delimiter), self._width):
            return None
        text = piece if self._file.encoding == "utf-8-sig" else _decoded(piece, self._file).encode()
        try:
            frame = pd.read_csv(
                io.BytesIO(text), sep=self._delimiter, header=None, names=range(self._width), index_col=False,
                dtype=object, na_filter=False, quoting=csv.QUOTE_NONE, skip_blank_lines=False, engine="c",
                low_memory=False,
            )  # fmt: skip
        except UnicodeDecodeError as error:
            raise changed(self._file) from error
        start = self._read + 1
        self._read += len(frame)
        self._plain_lines += len(frame)
        return ColumnBlock(range(start, self._read + 1), tuple(frame[i].to_numpy() for i in range(self._width)))


def _pieces(stream: io.BufferedIOBase, file: TextFile) -> Iterator[bytes]:
    """Yield whole lines, in the encoding of the file and without its byte-order mark; the last may be open."""
    open_line = b""
    is_first = True
    while chunk := stream.read(PIECE_BYTES):
        end = chunk.rfind(b"\n") + 1
        piece, open_line = (open_line + chunk[:end], chunk[end:]) if end else (b"", open_line + chunk)
        if is_first and piece:
            is_first = False
            head = piece.index(b"\n") + 1
            marked = file.encoding == "utf-8-sig"
            yield piece[:head].removeprefix(b"\xef\xbb\xbf") if marked else piece[:head]
            piece = piece[head:]
        if piece:
            yield piece
    if open_line:
        yield open_line.removeprefix(b"\xef\xbb\xbf") if is_first and file.encoding == "utf-8-sig" else open_line


def _decoded(piece: bytes, file: TextFile) -> str:
    try:
        return piece.decode("utf-8" if file.encoding == "utf-8-sig" else file.encoding)
    except UnicodeDecodeError as error:
        raise changed(file) from error


def _is_plain(piece: bytes, separator: int, width: int) -> bool:
    """Return whether each line of a piece has `width` fields that need no rules of quoting."""
    if width < 2 or b'"' in piece or b"\0" in piece or not piece.endswith(b"\n"):
        return False
    if b"\r" in piece and piece.count(b"\r") != piece.count(b"\r\n"):
        return False
    data = np.frombuffer(piece, dtype=np.uint8)
    marks = np.flatnonzero((data == separator) | (data == _NEWLINE))
    if len(marks) % width:
        return False
    ends_line = (data[marks] == _NEWLINE).reshape(-1, width)
    if not ends_line[:, -1].all() or ends_line[:, :-1].any():
        return False
    ends = marks[width - 1 :: width]
    return int(np.diff(ends, prepend=-1).max()) < _LONGEST_PLAIN_LINE
