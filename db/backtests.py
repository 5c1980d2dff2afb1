"""Ledgers of `redzones backtest`, and the nominations that are scored in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, delete, insert, select

from db import models
from db.copying import copy_frame
from db.result_frames import frame_as_json, frame_from_json
from db.statements import statement
from domain.incidents import ScoringSet
from hotspots.ledger import LEDGER_COLUMNS, ORIGIN_COLUMNS
from hotspots.results import BacktestResult

__all__ = ["LedgerIdentity", "ledger_list", "nominations", "read_ledger", "save_ledger"]

#: Name of the origin in rows that are the mean over all of them.
_MEAN = "mean"


@dataclass(frozen=True, slots=True)
class LedgerIdentity:
    """
    What a ledger was made from: the same again takes its place.

    Parameters
    ----------
    fingerprint
        Of everything below and of what was asked.
    last_day
        Last day of the last period tested.
    period
        What was forecast, for example `month`.
    n_periods
        Periods asked for.
    input_fingerprint, code_version
        Of the loads that were read, and of the code.
    seed
        Seed of every resample.
    settings
        Settings that the results depend on.
    load_ids
        Loads that were read.
    """

    fingerprint: str
    last_day: date
    period: str
    n_periods: int
    input_fingerprint: str
    code_version: str
    seed: int
    settings: Mapping[str, Any]
    load_ids: tuple[int, ...]


def save_ledger(connection: Connection, identity: LedgerIdentity, results: Sequence[BacktestResult]) -> int:
    """
    Write a ledger, in place of an earlier one of the same fingerprint.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    identity
        What it was made from.
    results
        Back-tests, one per scoring set.

    Returns
    -------
    int
        Number of the ledger.
    """
    table = models.backtest_ledger
    connection.execute(delete(table).where(table.c.fingerprint == identity.fingerprint))
    values = {name: getattr(identity, name) for name in identity.__dataclass_fields__}
    values |= {"settings": dict(identity.settings), "load_ids": list(identity.load_ids)}
    ledger_id = int(connection.execute(insert(table).values(**values).returning(table.c.ledger_id)).scalar_one())
    for result in results:
        constants = {"ledger_id": ledger_id, "scoring_set": str(result.scoring_set)}
        choice = {"chosen": result.chosen, "reason": result.reason, "summary": frame_as_json(result.summary)}
        connection.execute(insert(models.backtest_choice).values(**constants, **choice))
        rows = pd.concat([result.ledger.assign(origin=_MEAN), result.origins], ignore_index=True)
        if len(rows):
            rows = rows[[*LEDGER_COLUMNS, "origin"]].assign(position=np.arange(len(rows)))
            copy_frame(connection, "backtest_score", rows, constants=constants)
    return ledger_id


def read_ledger(connection: Connection, ledger_id: int) -> tuple[BacktestResult, ...]:
    """
    Return the back-tests of a ledger, in the order of `ScoringSet`; empty where there is no such ledger.

    Parameters
    ----------
    connection
        An open connection.
    ledger_id
        Number of the ledger.
    """
    choices, scores = models.backtest_choice, models.backtest_score
    rows = connection.execute(select(choices).where(choices.c.ledger_id == ledger_id)).mappings()
    by_set = {row["scoring_set"]: row for row in rows}
    names = [*LEDGER_COLUMNS, "origin"]
    found = []
    for name in (n for n in ScoringSet if n in by_set):
        wanted = select(*(scores.c[column] for column in names)).where(
            scores.c.ledger_id == ledger_id, scores.c.scoring_set == str(name)
        )
        frame = pd.DataFrame(connection.execute(wanted.order_by(scores.c.position)).all(), columns=names)
        is_mean = frame["origin"] == _MEAN
        choice = by_set[name]
        found.append(
            BacktestResult(
                str(name),
                frame.loc[is_mean, list(LEDGER_COLUMNS)].reset_index(drop=True),
                frame_from_json(choice["summary"]),
                choice["chosen"],
                choice["reason"],
                frame.loc[~is_mean, list(ORIGIN_COLUMNS)].reset_index(drop=True),
            )
        )
    return tuple(found)


def ledger_list(connection: Connection) -> pd.DataFrame:
    """Return the ledgers that are kept, latest first: number, last day, period, number of periods, fingerprint."""
    table = models.backtest_ledger
    columns = ("ledger_id", "last_day", "period", "n_periods", "fingerprint")
    rows = connection.execute(select(*(table.c[c] for c in columns)).order_by(table.c.ledger_id.desc())).all()
    return pd.DataFrame(rows, columns=list(columns))


def nominations(connection: Connection, load_ids: Sequence[int]) -> pd.DataFrame:
    """
    Return the places that were named: `x`, `y` (metres in the analysis CRS) and `nominated_on` (date), oldest first.

    Parameters
    ----------
    connection
        An open connection.
    load_ids
        Loads to read through.
    """
    rows = connection.execute(statement("nominations"), {"load_ids": list(load_ids)}).all()
    return pd.DataFrame(rows, columns=["x", "y", "nominated_on"])
