"""
Open the database: the private PostGIS, or the server that the settings name.

Every session speaks the time zone of the force, so that a local month is a local month; every failure to connect is
one clear error that never shows a password.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError

from db.server import PrivateServer, default_data_dir
from domain.errors import DatabaseError, LockedError, RedzonesError, SettingsError

__all__ = ["create_database", "drop_database", "normalise_url", "open_engine"]

_EXAMPLE = "Write it as postgresql://user:password@host:5432/database?sslmode=verify-full."

# PostGIS is in `public` unless an administrator put it elsewhere. JIT is off: PostGIS states high costs, so that
# PostgreSQL would spend seconds compiling a query that takes one.
_SESSION = """
SELECT set_config('TimeZone', %s, false), set_config('jit', 'off', false),
       set_config('search_path', 'redzones, ' || coalesce(
           (SELECT nullif(quote_ident(n.nspname), 'public') || ', ' FROM pg_extension e
            JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'), '') || 'public', false)
"""


def open_engine(*, url: str | None, data_dir: Path | None, time_zone: str) -> Engine:
    """
    Return an engine for the database; without a URL the private PostGIS is started and used.

    Parameters
    ----------
    url
        `postgresql://...` of a server, or None for the private PostGIS.
    data_dir
        Data folder of the private PostGIS; by default `default_data_dir()`.
    time_zone
        Time zone of the force, such as `Europe/London`, set for every session.

    Raises
    ------
    SettingsError
        If the URL is not one of PostgreSQL.
    ServerError
        If the private PostGIS cannot be started.
    """
    stated = PrivateServer(data_dir or default_data_dir()).ensure_running() if url is None else url
    engine = create_engine(
        normalise_url(stated),
        pool_pre_ping=True,
        connect_args={"application_name": "redzones", "connect_timeout": 15},
    )

    @event.listens_for(engine, "connect")
    def _prepare_session(connection: psycopg.Connection[Any], _record: object) -> None:
        connection.autocommit = True  # a setting made in a transaction is undone when that is rolled back
        connection.execute(_SESSION, [time_zone])
        connection.autocommit = False

    @event.listens_for(engine, "handle_error")
    def _speak_plainly(context: ExceptionContext) -> RedzonesError | None:
        return _plain_error(context)

    return engine


def normalise_url(url: str) -> URL:
    """
    Return a URL for psycopg 3, whichever way of writing PostgreSQL it uses.

    Parameters
    ----------
    url
        A database URL.

    Raises
    ------
    SettingsError
        If it is not a URL, or not one of PostgreSQL; the message does not repeat it, as it may hold a password.

    Examples
    --------
    >>> normalise_url("postgres://analyst@db.example/redzones").drivername
    'postgresql+psycopg'
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise SettingsError("the database URL cannot be read as a URL", hint=_EXAMPLE) from None
    if parsed.drivername.partition("+")[0] not in {"postgresql", "postgres"}:
        raise SettingsError(f"the database URL is one of {parsed.drivername}; Redzones needs PostGIS", hint=_EXAMPLE)
    return parsed.set(drivername="postgresql+psycopg")


def create_database(engine: Engine, name: str, *, template: str | None = None) -> URL:
    """
    Make a database on the engine's server and return its URL; nobody may be connected to the template.

    Parameters
    ----------
    engine
        Engine of another database of the same server.
    name
        Name of the new database.
    template
        Database to copy.
    """
    quote = engine.dialect.identifier_preparer.quote
    copied = f" TEMPLATE {quote(template)}" if template else ""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {quote(name)}{copied}")
    return engine.url.set(database=name)


def drop_database(engine: Engine, name: str) -> None:
    """
    Drop a database on the engine's server if it is there; sessions that still use it are ended.

    Parameters
    ----------
    engine
        Engine of another database of the same server.
    name
        Name of the database.
    """
    quote = engine.dialect.identifier_preparer.quote
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {quote(name)} WITH (FORCE)")


def _plain_error(context: ExceptionContext) -> RedzonesError | None:
    """Return our own error where the server, not the statement, is at fault; None leaves SQLAlchemy's."""
    original = context.original_exception
    if not isinstance(original, psycopg.Error) or context.is_pre_ping:  # after a failed ping the pool connects anew
        return None
    url = context.engine.url if context.engine is not None else None
    state = original.sqlstate or ""
    text = _first_line(original, url)
    if context.connection is None or (not state and isinstance(original, psycopg.OperationalError)):
        return DatabaseError(f"cannot connect to the database{_place(url)}: {text}", hint=_connect_hint(text, state))
    return _error_of_state(state, text)


def _error_of_state(state: str, text: str) -> RedzonesError | None:
    """Return the error for an SQLSTATE that tells of the server's condition or of rights."""
    if state == "55P03":
        return LockedError(f"somebody else holds a lock that this work needs: {text}", hint="Try again later.")
    if state == "53100":
        return DatabaseError(f"the database's disk is full: {text}", hint="Free some space there, then run it again.")
    if state == "42501":
        return DatabaseError(f"the database refuses: {text}", hint="`redzones doctor` names the missing rights.")
    if state.startswith(("08", "53", "57P")):
        return DatabaseError(f"the database gave up: {text}", hint="`redzones doctor` looks for the cause.")
    return None


def _first_line(error: BaseException, url: URL | None) -> str:
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return text.replace(str(url.password), "***") if url is not None and url.password else text


def _place(url: URL | None) -> str:
    if url is None:
        return ""
    host = url.host or url.query.get("host", "")
    return f" {url.database} on {host}" if host else f" {url.database}"


def _connect_hint(text: str, state: str) -> str:
    if "password" in text or state == "28P01":
        return "Check the user and the password in REDZONES_DATABASE_URL."
    if "does not exist" in text:
        return "`redzones db bootstrap --sql` prints what a database administrator runs to make the database and roles."
    if "startup parameter" in text:
        return "Name the server itself, not a connection pooler in transaction mode."
    if "certificate" in text or "SSL" in text or "ssl" in text:
        return "Check sslmode and sslrootcert in REDZONES_DATABASE_URL, and the server's certificate."
    return "Check REDZONES_DATABASE_URL and that the server is running and may be reached from here."
