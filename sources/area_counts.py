"""A simple table of counts by area, such as the history that a force kept on its former boundaries."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from domain.errors import Fault, SourceError
from sources.files import scan_text
from sources.tables import check_header, join_faults, read_table

__all__ = ["read_area_counts"]


def read_area_counts(path: Path, *, keys: Sequence[str] = ()) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """
    Read a CSV file with `area_code`, key columns, and one column or more of counts.

    Parameters
    ----------
    path
        The file, plain or gzipped.
    keys
        Columns that keep counts apart, such as the month.

    Returns
    -------
    tuple
        The table (counts float64), and the names of its columns of counts.

    Raises
    ------
    SourceError
        If a column is missing, there is none of counts, or a count is not a number of 0 or more; all faults are named.
    """
    scanned = scan_text(path)
    header, blocks = read_table(scanned)
    check_header(header, ["area_code", *keys], file=scanned.name, remedy="Name the columns that keep counts apart.")
    values = tuple(name for name in header if name not in {"area_code", *keys})
    if not values:
        raise SourceError.at("the file has no column of counts", file=scanned.name, remedy="Add one.")
    numbers: list[int] = []
    records: list[list[str]] = []
    for block in blocks:
        numbers.extend(block.row_numbers)
        records.extend(block.records)
    faults = [
        Fault("the row has another number of fields than the header", file=scanned.name, row=number)
        for number, record in zip(numbers, records, strict=True)
        if len(record) != len(header)
    ]
    if faults:
        raise join_faults(faults, what=f"{scanned.name} cannot be read", hint="Mend these rows.")
    table = pd.DataFrame(records, columns=list(header), dtype=object)
    for name in values:
        counts = pd.to_numeric(table[name], errors="coerce").astype("float64")
        is_wrong = ~(np.isfinite(counts) & (counts >= 0))
        faults += [
            Fault("this is not a count", file=scanned.name, row=numbers[i], column=name)
            for i in np.flatnonzero(is_wrong)
        ]
        table[name] = counts
    if faults:
        raise join_faults(
            faults, what=f"{scanned.name} cannot be used", hint="Leave out rows of which nothing is known."
        )
    return table, values
