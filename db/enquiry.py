"""Lines of enquiry of a run, with the rules and interventions that made them: written and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import insert, select

from db import models
from db.result_frames import clear_rows, read_rows, write_rows
from db.run_tables import read_tables, write_tables
from profiles.results import EnquiryResult

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["read_enquiry", "write_enquiry"]

_STEP = "enquiry"


def write_enquiry(connection: Connection, run_id: int, result: EnquiryResult) -> None:
    """
    Write the lines of enquiry of a run, in place of what an earlier attempt wrote.

    Parameters
    ----------
    connection
        A connection in the caller's transaction.
    run_id
        The run.
    result
        The lines.
    """
    clear_rows(connection, run_id, models.enquiry_line, models.enquiry_rule)
    write_rows(connection, run_id, models.enquiry_line, result.lines)
    rules = [
        {"run_id": run_id, "rule_id": row["rule_id"], "position": i, "content": row}
        for i, row in enumerate(result.rules.to_dict("records"))
    ]
    if rules:
        connection.execute(insert(models.enquiry_rule), rules)
    note = pd.DataFrame({"note": [result.correlation_note]})
    aside = pd.DataFrame({"title": list(result.set_aside), "needs": list(result.set_aside.values())}, dtype=object)
    tables = {"interventions": result.interventions, "correlations": result.correlations, "correlation_note": note}
    write_tables(connection, run_id, _STEP, {**tables, "set_aside": aside})


def read_enquiry(connection: Connection, run_id: int) -> EnquiryResult | None:
    """
    Return the lines of enquiry of a run, or None for a run that was made before there were any.

    Parameters
    ----------
    connection
        An open connection.
    run_id
        The run.
    """
    tables = read_tables(connection, run_id, _STEP)
    if not tables:
        return None
    aside = tables.get("set_aside")
    rule = models.enquiry_rule
    wanted = select(rule.c.content).where(rule.c.run_id == run_id).order_by(rule.c.position)
    return EnquiryResult(
        lines=read_rows(connection, run_id, models.enquiry_line),
        rules=pd.DataFrame([content for (content,) in connection.execute(wanted)]),
        interventions=tables["interventions"],
        correlations=tables["correlations"],
        correlation_note=str(tables["correlation_note"]["note"].iloc[0]),
        set_aside={} if aside is None else dict(zip(aside["title"], aside["needs"], strict=True)),
    )
