"""Outcomes files of data.police.uk: what was recorded in a month about crimes of that month and of earlier ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
import pandas as pd

from domain.errors import SourceError
from domain.outcomes import OutcomeBatch, OutcomeFile
from sources.files import FileLike, TextFile, scan_text
from sources.monthly_files import MONTH, REMEDY, MonthlyKind, MonthlyName, as_published, force_of, remedy_for
from sources.tables import RecordBlock, check_header, read_table
from sources.verdicts import Rejection, RejectionTally, raw_text, rejected_frame

__all__ = ["OUTCOME_FILE_COLUMNS", "open_outcomes"]

#: Columns that are read.
OUTCOME_FILE_COLUMNS: tuple[str, ...] = ("Crime ID", "Month", "Falls within", "Outcome type")

_SOURCE, _INCIDENTS = "police.uk outcomes", "police.uk street"


def open_outcomes(path: FileLike) -> OutcomeFile:
    """
    Open an outcomes file of data.police.uk, plain, gzipped or inside an archive.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    SourceError
        If the file is not such a file or is cut off. Reading the batches raises it too, if more than half of the rows
        are refused for one reason.
    """
    file = scan_text(path)
    written, blocks = read_table(file)
    header = as_published(written)
    remedy = remedy_for(header, MonthlyKind.OUTCOMES)
    at = check_header(header, OUTCOME_FILE_COLUMNS, file=file.name, remedy=remedy)
    first = next(blocks)
    name = MonthlyName.parse(file.name) or _told_by_rows(file, first, at)
    return OutcomeFile(
        file_name=file.name,
        sha256=file.sha256,
        source=_SOURCE,
        scope=f"{name.force} {name.month} {MonthlyKind.OUTCOMES}",
        incident_source=_INCIDENTS,
        force=name.force,
        month=name.month,
        batches=_batches(file, name, len(header), at, first, blocks),
        notes=file.notes,
    )


def _told_by_rows(file: TextFile, first: RecordBlock, at: dict[str, int]) -> MonthlyName:
    """Return month and force of the first whole row, for a file that lost its name."""
    for row in first.records:
        if len(row) > max(at.values()) and MONTH.fullmatch(row[at["Month"]].strip()):
            month = MonthlyName.parse(f"{row[at['Month']].strip()}-x-{MonthlyKind.OUTCOMES}.csv")
            assert month is not None, "the month was just matched"
            return MonthlyName(month.month, force_of(row[at["Falls within"]]), MonthlyKind.OUTCOMES)
    raise SourceError.at("no row says its month as YYYY-MM", file=file.name, column="Month", remedy=REMEDY)


def _batches(
    file: TextFile,
    name: MonthlyName,
    width: int,
    at: dict[str, int],
    first: RecordBlock,
    rest: Iterator[RecordBlock],
) -> Iterator[OutcomeBatch]:
    tally = RejectionTally(file.name)
    for block in chain([first], rest):
        yield _batch(name, width, at, block, tally)
    tally.check(remedy=f"Check that this is an outcomes file. {REMEDY}")


def _batch(
    name: MonthlyName, width: int, at: dict[str, int], block: RecordBlock, tally: RejectionTally
) -> OutcomeBatch:
    """Sort the rows of one block into kept and refused."""
    kept: list[tuple[int, str, str]] = []
    rejected: list[Rejection] = []
    for number, record in zip(block.row_numbers, block.records, strict=True):
        fault = _fault(name, width, at, record)
        if fault is None:
            kept.append((number, record[at["Crime ID"]].strip(), record[at["Outcome type"]].strip()))
        else:
            rejected.append(Rejection(number, *fault, raw_text(record)))
    tally.add(len(block.records), rejected)
    numbers, references, outcomes = zip(*kept, strict=True) if kept else ((), (), ())
    rows = pd.DataFrame(
        {
            "row_number": np.array(numbers, dtype=np.int64),
            "reference": pd.Series(references, dtype=object),
            "outcome": pd.Series(outcomes, dtype=object),
        }
    )
    return OutcomeBatch(rows, rejected_frame(rejected))


def _fault(name: MonthlyName, width: int, at: dict[str, int], record: Sequence[str]) -> tuple[str | None, str] | None:
    """Return column and reason of what is wrong with a row, None if nothing is."""
    if len(record) != width:
        return None, "the row does not have as many fields as the header"
    if any("\n" in text for text in record):
        return None, "a quotation mark that is opened in this row is not closed in it"
    if record[at["Month"]].strip() != str(name.month):
        return "Month", "the row is of another month than the file"
    if not record[at["Crime ID"]].strip():
        return "Crime ID", "the outcome names no crime"
    if not record[at["Outcome type"]].strip():
        return "Outcome type", "the outcome is blank"
    return None
