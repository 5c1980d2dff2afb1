"""Small tables of a run that pages show whole, kept by the step that made them and a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd
from sqlalchemy import Connection, delete, insert, select

from db import models
from db.result_frames import frame_as_json, frame_from_json

__all__ = ["read_tables", "words_by_kind", "words_table", "write_tables"]


def write_tables(connection: Connection, run_id: int, step: str, tables: Mapping[str, pd.DataFrame]) -> None:
    """
    Write the tables of one step of a run, in place of what an earlier attempt wrote.

    Parameters
    ----------
    connection
        An open connection.
    run_id
        The run.
    step
        Step, with its scoring set if any.
    tables
        Frames of plain values, by name.
    """
    table = models.run_table
    connection.execute(delete(table).where(table.c.run_id == run_id, table.c.step == step))
    for name, frame in tables.items():
        values = {"run_id": run_id, "step": step, "name": name, "content": frame_as_json(frame)}
        connection.execute(insert(table).values(**values))


def read_tables(connection: Connection, run_id: int, step: str) -> dict[str, pd.DataFrame]:
    """
    Return the tables of one step of a run by name; none where the step wrote none.

    Parameters
    ----------
    connection
        An open connection.
    run_id
        The run.
    step
        Step, with its scoring set if any.
    """
    table = models.run_table
    wanted = (
        select(table.c.name, table.c.content)
        .where(table.c.run_id == run_id, table.c.step == step)
        .order_by(table.c.name)
    )
    return {name: frame_from_json(content) for name, content in connection.execute(wanted)}


def words_table(words: Mapping[str, str | Iterable[str]]) -> pd.DataFrame:
    """
    Return the sentences of a result as one small table.

    Parameters
    ----------
    words
        One sentence, or several in order, by kind.

    Examples
    --------
    >>> words_table({"reason": "", "note": ["a", "b"]}).to_numpy().tolist()
    [['reason', ''], ['note', 'a'], ['note', 'b']]
    """
    listed = [(kind, [said] if isinstance(said, str) else said) for kind, said in words.items()]
    return pd.DataFrame([(kind, text) for kind, texts in listed for text in texts], columns=["kind", "text"])


def words_by_kind(tables: Mapping[str, pd.DataFrame], kind: str) -> tuple[str, ...]:
    """
    Return the sentences of one kind in order, from the table `words`; none where there are none.

    Parameters
    ----------
    tables
        Tables of one step of a run.
    kind
        Which.
    """
    if "words" not in tables:
        return ()
    words = tables["words"]
    return tuple(words.loc[words["kind"] == kind, "text"])
