"""How to open `psql` on the database, without a password on its command line."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import URL

from db.binaries import all_server_programs
from db.engine import normalise_url
from domain.errors import ServerError

__all__ = ["PsqlCommand", "psql_command"]


@dataclass(frozen=True, slots=True)
class PsqlCommand:
    """
    A call of `psql`.

    Parameters
    ----------
    arguments
        Program and arguments, for `os.execvpe`; anybody on the machine can read them.
    environment
        Whole environment; the password is here, where only the user can read it.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str]


def psql_command(url: str, *, time_zone: str, arguments: Sequence[str] = ()) -> PsqlCommand:
    """
    Return the call of `psql` for a database, in the time zone of the force.

    Parameters
    ----------
    url
        URL of the database.
    time_zone
        Time zone of the session.
    arguments
        More arguments for psql.

    Raises
    ------
    ServerError
        If psql is not installed.
    """
    parsed = normalise_url(url)
    plain = URL.create(
        "postgresql", parsed.username, None, parsed.host, parsed.port, parsed.database, parsed.query
    ).render_as_string()
    settings = {"PGTZ": time_zone, "PGAPPNAME": "redzones shell", "PGOPTIONS": "-c search_path=redzones,public"}
    secret = {"PGPASSWORD": str(parsed.password)} if parsed.password else {}
    return PsqlCommand((_psql(), plain, *arguments), {**os.environ, **settings, **secret})


def _psql() -> str:
    if (on_path := shutil.which("psql")) is not None:
        return on_path
    for programs in all_server_programs():
        if os.access(programs.program("psql"), os.X_OK):
            return programs.program("psql")
    raise ServerError("psql is not installed", hint="Debian and Ubuntu: apt-get install postgresql-client.")
