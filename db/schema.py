"""
Make the schema, bring it up to date, and tell what state it is in.

A database has exactly one analysis CRS: it is chosen at the first upgrade, stored in the table `analysis`, handed to
the migrations by their environment, and a later upgrade with another one is refused.
"""

from __future__ import annotations

import io
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, select, text

from db.models import analysis
from db.statements import compose
from domain.crs import check_analysis_epsg
from domain.errors import DatabaseError

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = [
    "SCHEMA",
    "alembic_config",
    "bootstrap_sql",
    "current_revision",
    "downgrade",
    "head_revision",
    "require_current",
    "stored_analysis_epsg",
    "upgrade",
    "upgrade_sql",
]

#: Every table of ours stands in this schema.
SCHEMA = "redzones"

_BOOTSTRAP = "`redzones db bootstrap --sql` prints what a database administrator runs."
_UPGRADE_LOCK = 0x72656420  # any number that no other use of advisory locks takes


def upgrade(engine: Engine, *, analysis_epsg: int, revision: str = "head") -> None:
    """
    Bring the schema up to date; two upgrades at once are done one after the other.

    Parameters
    ----------
    engine
        Engine of the database.
    analysis_epsg
        EPSG code of the analysis CRS: stored at the first upgrade, compared at every later one.
    revision
        Migration to stop at.

    Raises
    ------
    SettingsError
        If that CRS cannot be an analysis CRS.
    DatabaseError
        If the database has another one, or PostGIS or the right to make the schema is missing.
    """
    from alembic import command  # noqa: PLC0415 - a fifth of a second that most commands do not need

    check_analysis_epsg(analysis_epsg)
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        _make_ready(connection)
        _refuse_other_crs(connection, analysis_epsg)
        command.upgrade(alembic_config(connection, analysis_epsg), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """
    Take migrations back; what their tables hold is lost, roles and extensions stay.

    Rights on published results go too: give them again with `db.roles.grant_rights`.

    Parameters
    ----------
    engine
        Engine of the database.
    revision
        Migration to go back to; `base` takes away everything of ours.
    """
    from alembic import command  # noqa: PLC0415 - a fifth of a second that most commands do not need

    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        connection.exec_driver_sql(compose("drop_policies", identifiers={}, values={"schema_name": SCHEMA}))
        command.downgrade(alembic_config(connection, stored_analysis_epsg(connection)), revision)


def upgrade_sql(*, analysis_epsg: int) -> str:
    """
    Return the SQL of every migration, for an administrator who runs it by hand.

    Parameters
    ----------
    analysis_epsg
        EPSG code of the analysis CRS.
    """
    from alembic import command  # noqa: PLC0415 - a fifth of a second that most commands do not need

    printed = io.StringIO()
    config = alembic_config(None, check_analysis_epsg(analysis_epsg), output=printed)
    command.upgrade(config, "head", sql=True)
    return f"SET search_path TO {SCHEMA}, public;\n\n{printed.getvalue()}"


def bootstrap_sql(*, database: str = "redzones", owner: str = "redzones_owner") -> str:
    """
    Return what a database administrator runs once on a server of the force's own, with psql.

    Parameters
    ----------
    database
        Name of the database.
    owner
        Role that owns the schema, and as which migrations are run.
    """
    return compose(
        "bootstrap",
        identifiers={"database": database, "owner": owner, "schema": SCHEMA},
        values={"owner_name": owner, "database_name": database},
    )


def current_revision(connection: Connection) -> str | None:
    """Return the migration at which the database stands, or None before the first."""
    if connection.scalar(text("SELECT to_regclass(:name)"), {"name": f"{SCHEMA}.alembic_version"}) is None:
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM redzones.alembic_version"))
    return revision


def head_revision() -> str:
    """Return the newest migration that this version of Redzones brings."""
    return _revisions()[-1]


def stored_analysis_epsg(connection: Connection) -> int:
    """
    Return the EPSG code of the analysis CRS of this database.

    Raises
    ------
    DatabaseError
        If the schema was never made.
    """
    epsg = _find_analysis_epsg(connection)
    if epsg is None:
        raise DatabaseError("the database has no Redzones schema yet", hint="redzones db upgrade")
    return epsg


def require_current(connection: Connection) -> None:
    """
    Return if the schema is up to date.

    Raises
    ------
    DatabaseError
        If it is missing, older or newer than this version of Redzones.
    """
    current, head = current_revision(connection), head_revision()
    if current == head:
        return
    if current is None:
        raise DatabaseError("the database has no Redzones schema yet", hint="redzones db upgrade")
    if current not in _revisions():
        raise DatabaseError(
            f"the database was upgraded by a newer Redzones (to {current}; this one knows {head})",
            hint="Install the newer version.",
        )
    raise DatabaseError(f"the schema is at {current}, and {head} is needed", hint="redzones db upgrade")


def alembic_config(connection: Connection | None, analysis_epsg: int, *, output: io.StringIO | None = None) -> Config:
    """
    Return Alembic's configuration, wherever the package is installed.

    Parameters
    ----------
    connection
        Connection to migrate; None to print SQL.
    analysis_epsg
        EPSG code of the analysis CRS.
    output
        Where printed SQL goes.
    """
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config(output_buffer=output)
    config.set_main_option("script_location", str(_scripts()).replace("%", "%%"))
    config.attributes["analysis_epsg"] = analysis_epsg
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def _revisions() -> list[str]:
    """Return the migrations in order; their files are named for them, so that no command waits for Alembic's start."""
    return sorted(file.name.partition("_")[0] for file in (_scripts() / "versions").glob("[0-9]*.py"))


def _scripts() -> Path:
    with as_file(files("db") / "migrations") as folder:
        return folder


def _find_analysis_epsg(connection: Connection) -> int | None:
    if connection.scalar(text("SELECT to_regclass(:name)"), {"name": f"{SCHEMA}.analysis"}) is None:
        return None
    return connection.scalar(select(analysis.c.epsg))


def _refuse_other_crs(connection: Connection, wanted: int) -> None:
    stored = _find_analysis_epsg(connection)
    if stored is not None and stored != wanted:
        raise DatabaseError(
            f"this database keeps its geometry in EPSG:{stored}, and EPSG:{wanted} is asked for",
            hint="Set geography.analysis_epsg to that of the database, or load the data into another database.",
        )
    known = text("SELECT 1 FROM spatial_ref_sys WHERE srid = :epsg")
    if connection.scalar(known, {"epsg": wanted}) is None:
        raise DatabaseError(
            f"the PostGIS of this database does not know EPSG:{wanted}",
            hint="Ask its administrator to add the row to spatial_ref_sys, or choose another analysis CRS.",
        )


def _make_ready(connection: Connection) -> None:
    """Make the extension on our own private server, and the schema wherever this role may."""
    if connection.scalar(text("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")) is None:
        if not _is_private(connection):
            raise DatabaseError("PostGIS is not switched on in this database", hint=_BOOTSTRAP)
        connection.execute(text("CREATE EXTENSION postgis SCHEMA public"))
    if connection.scalar(text("SELECT to_regnamespace(:name)"), {"name": SCHEMA}) is None:
        if not connection.scalar(text("SELECT has_database_privilege(current_database(), 'CREATE')")):
            raise DatabaseError(f"the schema {SCHEMA} is missing, and this role may not make it", hint=_BOOTSTRAP)
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
    if connection.scalar(text("SELECT current_schema()")) != SCHEMA:
        raise DatabaseError(f"this session does not work in the schema {SCHEMA}", hint=_BOOTSTRAP)


def _is_private(connection: Connection) -> bool:
    """Return whether this is the private server, which no network reaches."""
    settings = text("SELECT current_setting('cluster_name') = 'redzones' AND current_setting('listen_addresses') = ''")
    return bool(connection.scalar(settings))
