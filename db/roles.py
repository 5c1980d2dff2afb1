"""
Who may do what: four group roles, made and given their rights by one script that may be run again at any time.

Roles belong to the whole server, so no migration makes them and no downgrade drops them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass
from typing import Any

import psycopg
from sqlalchemy import Connection, text

from db.schema import SCHEMA
from db.statements import compose
from domain.errors import DatabaseError

__all__ = ["Roles", "bootstrap_roles_sql", "grant_rights", "grants_sql"]


@dataclass(frozen=True, slots=True)
class Roles:
    """
    Names of the group roles.

    Parameters
    ----------
    owner
        Makes and changes the schema.
    operator
        Loads and refreshes.
    analyst
        Reads everything but survey respondents.
    reader
        Reads published results only.
    """

    owner: str = "redzones_owner"
    operator: str = "redzones_operator"
    analyst: str = "redzones_analyst"
    reader: str = "redzones_reader"


def grants_sql(roles: Roles | None = None) -> str:
    """
    Return the script that makes the roles and gives them their rights.

    Parameters
    ----------
    roles
        Names of the roles, if not the usual ones.
    """
    names = asdict(roles or Roles())
    values = {"schema_name": SCHEMA, "publication_name": f"{SCHEMA}.publication", **_as_values(names)}
    return compose("grants", identifiers={**names, "schema": SCHEMA}, values=values)


def bootstrap_roles_sql(*, database: str = "redzones", roles: Roles | None = None) -> str:
    """
    Return what a database administrator runs after `db.schema.bootstrap_sql`, to make the other roles.

    Parameters
    ----------
    database
        Name of the database.
    roles
        Names of the roles, if not the usual ones.
    """
    names = asdict(roles or Roles())
    return compose("bootstrap_roles", identifiers={**names, "database": database}, values=_as_values(names))


def _as_values(names: Mapping[str, str]) -> dict[str, str]:
    return {f"{role}_name": name for role, name in names.items()}


def grant_rights(connection: Connection, roles: Roles | None = None) -> None:
    """
    Make the roles that are missing, and give each exactly its rights.

    Parameters
    ----------
    connection
        A connection in the caller's transaction, as the owner of the schema.
    roles
        Names of the roles, if not the usual ones.

    Raises
    ------
    DatabaseError
        If roles are missing and this role may not make any, or it may not give the rights.
    """
    wanted = list(astuple(roles or Roles()))
    known = set(
        connection.scalars(text("SELECT rolname FROM pg_roles WHERE rolname = ANY (:names)"), {"names": wanted})
    )
    may_make = connection.scalar(text("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"))
    missing = [name for name in wanted if name not in known]
    if missing and not may_make:
        raise DatabaseError(
            f"the roles {', '.join(missing)} are missing, and this role may not make them",
            hint="`redzones db bootstrap --sql` prints what a database administrator runs.",
        )
    driver: psycopg.Connection[Any] | None = connection.connection.driver_connection
    assert driver is not None, "the connection is open"
    try:
        driver.execute(grants_sql(roles).encode())  # by the driver itself: several statements, and no placeholders
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseError(
            f"the rights cannot be given: {error.diag.message_primary}",
            hint=f"Run it as a member of {(roles or Roles()).owner}, or print it with --sql for the administrator.",
        ) from error
