"""What became of crimes, as a file tells it: an outcome for a reference, joined to incidents in the store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from domain.months import LocalMonth

__all__ = ["OUTCOME_COLUMNS", "OutcomeBatch", "OutcomeFile"]

#: Columns of `OutcomeBatch.rows`.
OUTCOME_COLUMNS: tuple[str, ...] = ("row_number", "reference", "outcome")


@dataclass(frozen=True, slots=True)
class OutcomeBatch:
    """
    Some consecutive rows of an outcomes file: those kept and those refused.

    Parameters
    ----------
    rows
        Table with `row_number` (int64), `reference` (the crime's id, str) and `outcome` (str).
    rejected
        Table with the columns of `domain.incidents.REJECTED_COLUMNS`.
    """

    rows: pd.DataFrame
    rejected: pd.DataFrame


@dataclass(frozen=True, slots=True)
class OutcomeFile:
    """
    An opened outcomes file: what it is, and its batches, read on demand.

    Parameters
    ----------
    file_name
        Name without folders.
    sha256
        Fingerprint of the decompressed bytes, hexadecimal.
    source, scope
        Format and publisher; what a re-issue of this file would replace.
    incident_source
        Source of the incidents to which the references belong.
    force
        The force, as file names write it.
    month
        Month in which the outcomes were recorded; the crimes can be older.
    batches
        Yields the batches in file order; may raise `SourceError` part-way.
    notes
        What a reader of the load report should know.
    """

    file_name: str
    sha256: str
    source: str
    scope: str
    incident_source: str
    force: str
    month: LocalMonth
    batches: Iterator[OutcomeBatch]
    notes: tuple[str, ...] = ()
