"""Questions to a database server whose answers decide whether Redzones can work on it; nothing is left behind."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

__all__ = ["Directness", "Rights", "Versions", "can_copy", "directness", "rights", "server_versions"]

# Any number that no other use of advisory locks takes: the letters "doct".
_TRIAL_LOCK = 0x646F6374


@dataclass(frozen=True, slots=True)
class Versions:
    """
    What the server is.

    Parameters
    ----------
    postgresql
        Version, as (major, minor).
    postgis
        Version of the extension in this database, as (major, minor), or None where it is not there.
    """

    postgresql: tuple[int, int]
    postgis: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Directness:
    """
    Whether a session of ours is a session of the server.

    Parameters
    ----------
    is_lock_kept
        Whether an advisory lock survives the end of a transaction; it does not behind a pooler by transaction.
    is_same_process
        Whether the server process that greeted us is the one that answers; with any pooler it is not.
    """

    is_lock_kept: bool
    is_same_process: bool


@dataclass(frozen=True, slots=True)
class Rights:
    """
    What the role may do.

    Parameters
    ----------
    can_make_temporary
        Temporary tables: loads are staged in them.
    can_make_schema
        A schema in this database.
    can_make_tables
        Tables in the schema `redzones`; None where it does not exist yet.
    """

    can_make_temporary: bool
    can_make_schema: bool
    can_make_tables: bool | None


def server_versions(connection: Connection) -> Versions:
    """
    Return the versions of PostgreSQL and of the PostGIS in this database.

    Parameters
    ----------
    connection
        Connection to the database.
    """
    number, postgis = connection.execute(
        text(
            "SELECT current_setting('server_version_num')::int,"
            " (SELECT extversion FROM pg_extension WHERE extname = 'postgis')"
        )
    ).one()
    parts = str(postgis).split(".")
    return Versions(divmod(number, 10_000), (int(parts[0]), int(parts[1])) if postgis else None)


def directness(connection: Connection) -> Directness:
    """
    Take an advisory lock, end the transaction, and look whether it is still ours; commits.

    Parameters
    ----------
    connection
        Connection to the database.
    """
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _TRIAL_LOCK})
    connection.commit()
    pid, is_kept = connection.execute(
        text(
            "SELECT pg_backend_pid(), EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND pid = pg_backend_pid() AND objid = :key)"
        ),
        {"key": _TRIAL_LOCK},
    ).one()
    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _TRIAL_LOCK})
    connection.commit()
    session = connection.connection.driver_connection
    assert session is not None
    return Directness(is_lock_kept=is_kept, is_same_process=pid == session.info.backend_pid)


def rights(connection: Connection) -> Rights:
    """
    Return what the role of this connection may do.

    Parameters
    ----------
    connection
        Connection to the database.
    """
    row = connection.execute(
        text(
            "SELECT has_database_privilege(current_database(), 'TEMPORARY'),"
            " has_database_privilege(current_database(), 'CREATE'),"
            " (SELECT has_schema_privilege(oid, 'CREATE') AND has_schema_privilege(oid, 'USAGE')"
            "  FROM pg_namespace WHERE nspname = 'redzones')"
        )
    ).one()
    return Rights(*row)


def can_copy(connection: Connection) -> bool:
    """
    Copy a row into a temporary table, which goes with the transaction, and look whether it arrived.

    Parameters
    ----------
    connection
        Connection to the database.
    """
    connection.execute(text("CREATE TEMPORARY TABLE redzones_trial (n integer) ON COMMIT DROP"))
    session = connection.connection.driver_connection
    assert session is not None
    with session.cursor() as cursor, cursor.copy("COPY redzones_trial FROM STDIN") as copy:
        copy.write_row((1,))
    return bool(connection.execute(text("SELECT count(*) = 1 FROM redzones_trial")).scalar_one())
