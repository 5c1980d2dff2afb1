"""Find the PostgreSQL server programs of this machine, and the version among them that has PostGIS."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import ServerError

__all__ = [
    "INSTALL_HINT",
    "LEAST_POSTGIS",
    "LEAST_POSTGRESQL",
    "ServerPrograms",
    "all_server_programs",
    "find_server_programs",
]

#: Oldest PostgreSQL that serves: 14 is the first with `client_connection_check_interval`.
LEAST_POSTGRESQL = 14

#: Oldest PostGIS that serves.
LEAST_POSTGIS = (3, 1)

#: What to do where the server or PostGIS is not installed.
INSTALL_HINT = (
    "Debian and Ubuntu: apt-get install postgresql-postgis. "
    "RHEL 8 and later (PGDG packages): dnf install postgresql16-server postgresql16-contrib postgis34_16. "
    "Or set REDZONES_DATABASE_URL to a PostGIS server that you may use."
)

_PATTERNS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/lib64/pgsql/*/bin")
_NEEDED = ("initdb", "pg_ctl", "postgres")
_VERSION = re.compile(r"\(PostgreSQL\)\s+(?P<number>(?P<major>\d+)\S*)")


@dataclass(frozen=True, slots=True)
class ServerPrograms:
    """
    The server programs of one PostgreSQL version.

    Parameters
    ----------
    folder
        Folder of `postgres`, `initdb` and `pg_ctl`.
    major
        Major version, such as 15.
    version
        Whole version, such as `15.14`.
    has_postgis
        Whether the PostGIS extension is installed for it.
    """

    folder: Path
    major: int
    version: str
    has_postgis: bool

    def program(self, name: str) -> str:
        """
        Return the path of a program.

        Parameters
        ----------
        name
            Its name, such as `psql`.
        """
        return str(self.folder / name)


def all_server_programs(patterns: Sequence[str] = _PATTERNS) -> tuple[ServerPrograms, ...]:
    """
    Return every PostgreSQL server found on this machine, newest first.

    Parameters
    ----------
    patterns
        Folders to look in, with wildcards; the folder of `postgres` on the PATH is always added.
    """
    found = {programs.folder: programs for programs in map(_inspect, _folders(patterns)) if programs is not None}
    return tuple(sorted(found.values(), key=lambda p: (-p.major, str(p.folder))))


def find_server_programs(
    *, major: int | None = None, candidates: Iterable[ServerPrograms] | None = None
) -> ServerPrograms:
    """
    Return the newest server that has PostGIS.

    Parameters
    ----------
    major
        Only this major version will do: the one that made the data folder.
    candidates
        The servers to choose from; by default all of this machine.

    Raises
    ------
    ServerError
        If there is none; the error says which packages to install.
    """
    servers = tuple(all_server_programs() if candidates is None else candidates)
    usable = [s for s in servers if s.has_postgis and s.major >= LEAST_POSTGRESQL and major in (None, s.major)]
    if usable:
        return max(usable, key=lambda s: s.major)
    if major is not None:
        raise ServerError(
            f"the data folder was made by PostgreSQL {major}, which is not installed here with PostGIS",
            hint=f"Install PostgreSQL {major} with PostGIS again (Debian and Ubuntu: apt-get install "
            f"postgresql-{major}-postgis-3), or move the data folder away and load the data anew.",
        )
    if not servers:
        raise ServerError("no PostgreSQL server is installed on this machine", hint=INSTALL_HINT)
    found = ", ".join(s.version for s in servers)
    raise ServerError(
        f"PostgreSQL {found} is installed, but none of version {LEAST_POSTGRESQL} or later with PostGIS",
        hint=INSTALL_HINT,
    )


def _folders(patterns: Sequence[str]) -> list[Path]:
    folders = [folder for pattern in patterns for folder in sorted(Path("/").glob(pattern.lstrip("/")))]
    if (on_path := shutil.which("postgres")) is not None:
        folders.append(Path(on_path).resolve().parent)
    return [folder for folder in folders if all(os.access(folder / name, os.X_OK) for name in _NEEDED)]


def _inspect(folder: Path) -> ServerPrograms | None:
    try:
        told = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=30, cwd="/"
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    if (match := _VERSION.search(told)) is None:
        return None
    return ServerPrograms(folder, int(match["major"]), match["number"], _has_postgis(folder))


def _has_postgis(folder: Path) -> bool:
    """Tell whether PostGIS is there; `pg_config` would know the place, but the server packages do not all bring it."""
    root = folder.parent
    shares = (
        root / "share",
        root / "share" / "postgresql",
        Path("/usr/share/postgresql") / root.name,
        Path("/usr/share/pgsql"),
    )
    owned = [s / "extension" for s in shares if (s / "extension" / "plpgsql.control").is_file()]
    return any((extension / "postgis.control").is_file() for extension in owned)
