"""From blocks of a file to the batches that the store takes: converted block by block, handed on by 50,000."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.errors import SourceError
from domain.incidents import EVENT_COLUMNS, INCIDENT_COLUMNS, IncidentBatch
from sources.column_blocks import Block, ColumnBlock
from sources.verdicts import Rejection, Verdicts, raw_text, rejected_frame

__all__ = [
    "BATCH_ROWS",
    "CleanTexts",
    "Column",
    "ReadBlock",
    "Texts",
    "gather",
    "judged_words",
    "read_block",
    "refuse_open_quotes",
    "stripped",
]

#: Rows of the file in one batch.
BATCH_ROWS = 50_000

#: One column of a block, shape (n,).
Column = NDArray[np.generic]

#: Texts of one column of a block, shape (n,).
Texts = NDArray[np.object_]

_MOST_REMEMBERED = 200_000


@dataclass(frozen=True, slots=True)
class ReadBlock:
    """
    A block of records, converted and judged.

    Parameters
    ----------
    n_rows
        Records of the block.
    columns
        Columns of `INCIDENT_COLUMNS` (and `EVENT_COLUMNS`) for the rows that are kept, times as naive UTC
        `datetime64[us]`.
    rejections
        The rows that are refused, in file order.
    remarks
        How many kept rows deserve a remark, by remark.
    """

    n_rows: int
    columns: Mapping[str, Column]
    rejections: Sequence[Rejection]
    remarks: Mapping[str, int] = field(default_factory=dict)


class CleanTexts(dict[str, str | None]):
    """
    Cleaned texts by text as read, so that a text that comes back is cleaned, and held, once.

    Parameters
    ----------
    clean
        What makes a text clean; None means that it says nothing.

    Examples
    --------
    >>> CleanTexts(lambda text: text.strip() or None).take(["  Mill Lane ", " "]).tolist()
    ['Mill Lane', None]
    """

    def __init__(self, clean: Callable[[str], str | None]) -> None:
        super().__init__()
        self._clean = clean

    def __missing__(self, text: str) -> str | None:
        """Clean and remember a text that is met for the first time."""
        if len(self) > _MOST_REMEMBERED:
            self.clear()
        cleaned = self[text] = self._clean(text)
        return cleaned

    def take(self, texts: Sequence[str] | Texts) -> Texts:
        """Return the cleaned texts as an object array of shape (n,)."""
        codes, words = pd.factorize(np.asarray(texts, dtype=object))
        cleaned: Texts = np.array([self[word] for word in words], dtype=object)[codes]
        return cleaned


def judged_words(texts: Texts, judge: Callable[[str], bool]) -> NDArray[np.bool_]:
    """
    Return what is true of each text, shape (n,), having judged each distinct one once.

    Examples
    --------
    >>> judged_words(np.array(["a", "b", "a"], dtype=object), "a".__eq__).tolist()
    [True, False, True]
    """
    codes, words = pd.factorize(texts, use_na_sentinel=False)
    judged: NDArray[np.bool_] = np.array([judge(word) for word in words], dtype=np.bool_)[codes]
    return judged


def stripped(texts: Texts) -> Texts:
    """Return texts that are hardly ever the same without blanks at their ends, None where nothing is left."""
    return np.array([text.strip() or None for text in texts], dtype=object)


def read_block(
    block: Block,
    *,
    width: int,
    convert: Callable[[Sequence[Texts], Verdicts], tuple[dict[str, Column], dict[str, NDArray[np.bool_]]]],
    delimiter: str = ",",
) -> ReadBlock:
    """
    Convert the records that have every field; the others are refused.

    Parameters
    ----------
    block
        Records as read.
    width
        Fields of the header.
    convert
        Takes the fields column by column and the verdicts to fill; returns the columns, and masks of rows with a
        remark, both for every row.
    delimiter
        Separator of the file, for the raw text of refused rows.
    """
    numbers, records, short = block.row_numbers, block.records, _short(block, width, delimiter)
    if isinstance(block, ColumnBlock):
        fields: Sequence[Texts] = block.columns
    else:
        whole = [i for i, record in enumerate(records) if len(record) == width] if short else range(len(records))
        if short:
            numbers, records = [numbers[i] for i in whole], [records[i] for i in whole]
        fields = [np.array(texts, dtype=object) for texts in zip(*records, strict=True)]
    if not records:
        return ReadBlock(len(block.records), {}, short)
    verdicts = Verdicts(len(records))
    columns, remarks = convert(fields, verdicts)
    kept = verdicts.kept
    rejections = short + verdicts.rejections(numbers, records, delimiter=delimiter)
    columns = {"row_number": np.array(numbers, dtype=np.int64), **columns}
    if not kept.all():
        columns = {name: column[kept] for name, column in columns.items()}
    counted = {remark: int((mask & kept).sum()) for remark, mask in remarks.items()}
    return ReadBlock(len(block.records), columns, sorted(rejections), {r: n for r, n in counted.items() if n})


def _short(block: Block, width: int, delimiter: str) -> list[Rejection]:
    """Return the refusals of the records that have not as many fields as the header."""
    if isinstance(block, ColumnBlock):
        return []
    reason = "the row does not have as many fields as the header"
    return [
        Rejection(number, None, reason, raw_text(record, delimiter))
        for number, record in zip(block.row_numbers, block.records, strict=True)
        if len(record) != width
    ]


def gather(blocks: Iterable[ReadBlock], *, batch_rows: int = BATCH_ROWS) -> Iterator[IncidentBatch]:
    """Yield the blocks joined to batches of about `batch_rows` rows of the file."""
    waiting: list[ReadBlock] = []
    n_rows = 0
    for block in blocks:
        waiting.append(block)
        n_rows += block.n_rows
        if n_rows >= batch_rows:
            yield _joined(waiting)
            waiting, n_rows = [], 0
    if waiting:
        yield _joined(waiting)


def _joined(blocks: Sequence[ReadBlock]) -> IncidentBatch:
    filled = [block.columns for block in blocks if block.columns]
    rejected = rejected_frame([rejection for block in blocks for rejection in block.rejections])
    events = EVENT_COLUMNS if filled and all(name in filled[0] for name in EVENT_COLUMNS) else ()
    columns = {name: _series(name, [part[name] for part in filled]) for name in (*INCIDENT_COLUMNS, *events)}
    remarks: dict[str, int] = {}
    for block in blocks:
        for remark, n in block.remarks.items():
            remarks[remark] = remarks.get(remark, 0) + n
    return IncidentBatch(rows=pd.DataFrame(columns), rejected=rejected, remarks=remarks)


_EMPTY: Mapping[str, str] = {
    "row_number": "int64", "begins_at": "datetime64[us]", "ends_at": "datetime64[us]", "x": "float64", "y": "float64",
    "is_officer_generated": "bool",
}  # fmt: skip


def _series(name: str, parts: Sequence[Column]) -> pd.Series:
    column = np.concatenate(parts) if parts else np.empty(0, dtype=_EMPTY.get(name, "object"))
    if name in {"begins_at", "ends_at"}:
        return pd.Series(pd.DatetimeIndex(column, tz="UTC"))
    return pd.Series(column, dtype=column.dtype)


def refuse_open_quotes(block: Block, *, file: str, remedy: str) -> None:
    """
    Refuse a block in which a quoted field runs over the end of a line, in formats that never do that.

    Raises
    ------
    SourceError
        Naming the row; otherwise an open quotation mark would swallow the rows below it.
    """
    if isinstance(block, ColumnBlock) or not block.spans_lines:
        return
    for number, record in zip(block.row_numbers, block.records, strict=True):
        if any("\n" in text for text in record):
            raise SourceError.at(
                "a quotation mark that is opened in this row is not closed in it", file=file, row=number, remedy=remedy
            )
