"""The SQL files of `db/sql`: read once, values bound, identifiers quoted by one function."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files

from psycopg import sql
from sqlalchemy import TextClause, text

__all__ = ["compose", "quote", "read_sql", "statement"]


@cache
def read_sql(name: str) -> str:
    """
    Return the text of `db/sql/<name>.sql`.

    Parameters
    ----------
    name
        Name without folder and ending.
    """
    return (files("db") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


@cache
def statement(name: str) -> TextClause:
    """Return `db/sql/<name>.sql` as a statement whose `:values` are bound when it is executed."""
    return text(read_sql(name))


def quote(identifier: str) -> str:
    """
    Return an identifier as SQL writes it; the only place where a name becomes SQL.

    Examples
    --------
    >>> quote('incident_2025_12"; DROP TABLE run')
    '"incident_2025_12""; DROP TABLE run"'
    """
    return sql.Identifier(identifier).as_string(None)


def compose(name: str, *, identifiers: Mapping[str, str], values: Mapping[str, str | int | date] | None = None) -> str:
    """
    Return `db/sql/<name>.sql` with its `{placeholders}` filled: definitions of tables cannot take bound values.

    Parameters
    ----------
    name
        Name without folder and ending.
    identifiers
        Names to put in, quoted.
    values
        Values to put in, as quoted literals.
    """
    literals = {key: sql.Literal(value).as_string(None) for key, value in (values or {}).items()}
    return read_sql(name).format(**{key: quote(value) for key, value in identifiers.items()}, **literals)
