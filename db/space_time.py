"""The rows of the back-test ledger that are about hours, beside those that are about ground."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection, delete, func, select

from db import models
from db.result_frames import write_rows

__all__ = ["write_space_time"]


def write_space_time(
    connection: Connection, run_id: int, *, scoring_set: str, scope: str, ledger: pd.DataFrame
) -> None:
    """
    Add the rows of one scope to the back-test ledger of a run, in place of what an earlier attempt added.

    Parameters
    ----------
    connection
        An open connection.
    run_id
        The run, whose back-test is written.
    scoring_set
        Which ledger.
    scope
        The scope that all of the rows have.
    ledger
        Columns of the ledger, and further ones.
    """
    table = models.forecast_score
    of_ledger = (table.c.run_id == run_id, table.c.scoring_set == str(scoring_set))
    in_scope = table.c.scope == scope
    connection.execute(delete(table).where(*of_ledger, in_scope))
    last = connection.scalar(select(func.max(table.c.position)).where(*of_ledger))
    first = 0 if last is None else last + 1
    rows = ledger.assign(scoring_set=str(scoring_set), position=range(first, first + len(ledger)))
    write_rows(connection, run_id, table, rows)
