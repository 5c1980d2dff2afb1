"""Which rows are kept and which are refused, and why: each row ends in exactly one of the two."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.errors import SourceError

__all__ = ["Rejection", "RejectionTally", "Verdicts", "raw_text", "rejected_frame"]

_RAW_LIMIT = 1_000
_MOST_REFUSED = 0.5
_MOST_NAMED = 10
_MOST_LISTED = 40


def raw_text(record: Sequence[str], delimiter: str = ",") -> str:
    """
    Return a record as one line of CSV, cut at 1,000 characters.

    Examples
    --------
    >>> raw_text(["1", "Mill Lane, Northgate", ""])
    '1,"Mill Lane, Northgate",'
    """
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="").writerow(record)
    return line.getvalue()[:_RAW_LIMIT]


class Rejection(NamedTuple):
    """One refused row: its number in the file, the column at fault (if one is), the reason, and the row as read."""

    row_number: int
    column: str | None
    reason: str
    raw: str


def rejected_frame(rejections: Sequence[Rejection]) -> pd.DataFrame:
    """Return the table of refused rows, with the columns of `domain.incidents.REJECTED_COLUMNS`."""
    return pd.DataFrame(
        {
            "row_number": np.array([r.row_number for r in rejections], dtype=np.int64),
            "column": pd.Series([r.column for r in rejections], dtype=object),
            "reason": pd.Series([r.reason for r in rejections], dtype=object),
            "raw": pd.Series([r.raw for r in rejections], dtype=object),
        }
    )


class Verdicts:
    """
    The first fault found in each row of a block.

    Parameters
    ----------
    n_rows
        Rows of the block.
    """

    def __init__(self, n_rows: int) -> None:
        self._which = np.full(n_rows, -1, dtype=np.int64)
        self._faults: list[tuple[str | None, str]] = []

    def refuse(self, mask: NDArray[np.bool_], *, column: str | None, reason: str) -> None:
        """Refuse the rows of `mask` of shape (n_rows,) that no earlier fault has refused."""
        fresh = mask & (self._which < 0)
        if fresh.any():
            self._which[fresh] = len(self._faults)
            self._faults.append((column, reason))

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Rows without a fault, shape (n_rows,)."""
        return self._which < 0

    def rejections(
        self, row_numbers: Sequence[int], records: Sequence[Sequence[str]], *, delimiter: str = ","
    ) -> list[Rejection]:
        """Return the refused rows of the block, in file order."""
        found = np.flatnonzero(self._which >= 0).tolist()
        return [
            Rejection(row_numbers[i], column, reason, raw_text(records[i], delimiter))
            for i, (column, reason) in ((i, self._faults[self._which[i]]) for i in found)
        ]


class RejectionTally:
    """Counts refused rows by reason over a whole file, so that a wrong file is told from a few bad rows."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._rows = 0
        self._reasons: Counter[tuple[str | None, str]] = Counter()
        self._first: dict[tuple[str | None, str], int] = {}
        self._values: dict[str, Counter[str]] = {}
        self._intolerable: dict[str, str] = {}

    def add(self, n_rows: int, rejections: Iterable[Rejection]) -> None:
        """Count a block of `n_rows` of which some were refused."""
        self._rows += n_rows
        for row in rejections:
            self._reasons[row.column, row.reason] += 1
            self._first.setdefault((row.column, row.reason), row.row_number)

    def name_values(self, reason: str, values: Iterable[str]) -> None:
        """Remember the values that met with a reason, to list them with their counts."""
        self._values.setdefault(reason, Counter()).update(values)

    def forbid(self, reason: str, *, remedy: str) -> None:
        """Let the file be refused if a single row falls to a reason, unlike those that a few bad rows may have."""
        self._intolerable[reason] = remedy

    def check(self, *, remedy: str) -> None:
        """
        Refuse the file if a row fell to a reason that is forbidden, or more than half of its rows to any one reason.

        Raises
        ------
        SourceError
            Naming the reason, the count, the first such row and, where they were named, the values with their counts.
        """
        forbidden = [key for key in self._reasons if key[1] in self._intolerable]
        for key in forbidden:
            self._refuse(key, remedy=self._intolerable[key[1]], most=_MOST_LISTED)
        if self._reasons:
            key, count = self._reasons.most_common(1)[0]
            if count > _MOST_REFUSED * self._rows:
                self._refuse(key, remedy=remedy, most=_MOST_NAMED)

    def _refuse(self, key: tuple[str | None, str], *, remedy: str, most: int) -> None:
        column, reason = key
        count, known = self._reasons[key], self._values.get(reason, Counter())
        values = sorted(known.items(), key=lambda pair: (-pair[1], pair[0]))
        listed = ": " + ", ".join(f'"{value[:60]}" {n:,}' for value, n in values[:most]) if values else ""
        more = f" and {len(values) - most:,} more" if len(values) > most else ""
        rows = f"{count:,} of {self._rows:,} rows"
        message = (
            f"{reason}{listed}{more} ({rows})"
            if reason in self._intolerable
            else f"{rows} are refused for one reason ({reason}{listed}{more})"
        )
        raise SourceError.at(
            f"{message}, so nothing is loaded",
            file=self._file,
            row=self._first[key],
            column=column,
            remedy=remedy,
        )
