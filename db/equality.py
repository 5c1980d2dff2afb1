"""The equality report of a run, by scoring set."""

from __future__ import annotations

from sqlalchemy import Connection

from db.run_tables import read_tables, words_by_kind, words_table, write_tables
from domain.incidents import ScoringSet
from profiles.equality import EqualityReport

__all__ = ["read_equality", "write_equality"]

_TABLES = ("shares", "price", "price_shares")
_WORDS = ("state", "reason", "price_reason")


def write_equality(connection: Connection, run_id: int, report: EqualityReport) -> None:
    """
    Write the report of one scoring set of a run, in place of what an earlier attempt wrote.

    Parameters
    ----------
    connection
        An open connection.
    run_id
        The run.
    report
        The report.
    """
    tables = {name: getattr(report, name) for name in _TABLES}
    tables["words"] = words_table({**{name: getattr(report, name) for name in _WORDS}, "note": report.notes})
    write_tables(connection, run_id, _step(report.scoring_set), tables)


def read_equality(connection: Connection, run_id: int) -> dict[str, EqualityReport]:
    """
    Return the reports of a run by scoring set, in the order of `ScoringSet`.

    Parameters
    ----------
    connection
        An open connection.
    run_id
        The run.
    """
    found = {}
    for name in map(str, ScoringSet):
        tables = read_tables(connection, run_id, _step(name))
        if not tables:
            continue
        found[name] = EqualityReport(
            scoring_set=name,
            state=words_by_kind(tables, "state")[0],
            reason=words_by_kind(tables, "reason")[0],
            shares=tables["shares"],
            price=tables["price"],
            price_shares=tables["price_shares"],
            price_reason=words_by_kind(tables, "price_reason")[0],
            notes=words_by_kind(tables, "note"),
        )
    return found


def _step(scoring_set: str) -> str:
    return f"equality {scoring_set}"
