"""
Look at the machine, the database and the folders, and say what is wrong and how to mend it.

Nothing here raises: what cannot be looked at is itself a finding. Nothing is left behind: what is written to try a
right is taken back at once.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection, text

from db import health
from db.binaries import INSTALL_HINT, LEAST_POSTGIS, LEAST_POSTGRESQL, all_server_programs
from db.engine import open_engine
from db.server import default_data_dir
from domain.errors import RedzonesError

if TYPE_CHECKING:
    from redzones.settings import Settings

__all__ = ["Check", "State", "examine"]

State = Literal["ok", "warn", "fail"]

_LEAST_PYTHON, _FIRST_UNKNOWN_PYTHON = (3, 11), (3, 15)
_PACKAGE_NAME = re.compile(r"[A-Za-z0-9._-]+")
_GIGABYTE = 1024**3
_LEAST_DISK_GB, _AMPLE_DISK_GB = 0.5, 5.0
_BOOTSTRAP = "An administrator runs what `redzones db bootstrap --sql` prints."


@dataclass(frozen=True, slots=True)
class Check:
    """
    One thing looked at.

    Parameters
    ----------
    name
        What was looked at.
    state
        `ok`; `warn`: it works, but may not for long or not everywhere; `fail`: it has to be mended.
    detail
        What was found.
    remedy
        What to do, where there is something to do.
    """

    name: str
    state: State
    detail: str
    remedy: str | None = None


def examine(settings: Settings) -> tuple[Check, ...]:
    """
    Look at everything that Redzones needs, in the order in which to mend it.

    Parameters
    ----------
    settings
        The settings whose database and folders are looked at.

    Returns
    -------
    tuple of Check
        One finding or more per thing; never raises.
    """
    is_private = settings.database_url is None
    looks: list[tuple[str, Callable[[], Iterable[Check]]]] = [("Python", _python), ("packages", _packages)]
    if is_private:
        looks.append(("PostgreSQL programs", _programs))
        looks.append(("data folder", lambda: _data_folder(settings)))
    looks.append(("database", lambda: _database(settings)))
    looks.append(("site folder", lambda: _site_folder(settings)))
    looks.append(("disk", lambda: _disk(settings)))
    return tuple(check for name, look in looks for check in _guarded(name, look))


def _guarded(name: str, look: Callable[[], Iterable[Check]]) -> list[Check]:
    """Gather the findings of one look; whatever it raises becomes the last of them."""
    found: list[Check] = []
    try:
        for check in look():
            found.append(check)  # noqa: PERF402 - what was found before an error is kept
    except RedzonesError as error:
        found.append(Check(name, "fail", error.message, error.hint))
    except Exception as error:  # noqa: BLE001 - the one command that must answer whatever is broken
        line = next(iter(str(error).splitlines()), "")
        found.append(Check(name, "fail", f"{type(error).__name__}: {line}", "Run `redzones --debug doctor`."))
    return found


def _python() -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _LEAST_PYTHON:
        yield Check("Python", "fail", version, "Install Python 3.11 or later and run `make setup` again.")
    elif sys.version_info >= _FIRST_UNKNOWN_PYTHON:
        yield Check("Python", "warn", version, "Not tried with this version: use Python 3.11 to 3.14 where it fails.")
    else:
        yield Check("Python", "ok", version)


def _packages() -> Iterator[Check]:
    """Look for every package that Redzones says it needs, by what is installed, without importing any."""
    remedy = "Run `make setup`, or `pip install --requirement requirements.lock`."
    try:
        stated = metadata.requires("redzones") or []
    except metadata.PackageNotFoundError:
        yield Check("packages", "fail", "redzones itself is not installed in this environment", remedy)
        return
    needed = [_PACKAGE_NAME.match(line) for line in stated if "extra ==" not in line]
    names = sorted(found[0] for found in needed if found)
    missing = [name for name in names if not _is_installed(name)]
    if missing:
        yield Check("packages", "fail", f"not installed: {', '.join(missing)}", remedy)
    else:
        yield Check("packages", "ok", f"all {len(names)} are installed")


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _programs() -> Iterator[Check]:
    servers = all_server_programs()
    if not servers:
        yield Check("PostgreSQL programs", "fail", "none found", INSTALL_HINT)
        return
    found = ", ".join(f"{s.version} in {s.folder}" for s in servers)
    is_new = servers[0].major >= LEAST_POSTGRESQL
    yield Check("PostgreSQL programs", "ok" if is_new else "fail", found, None if is_new else INSTALL_HINT)
    has_postgis = any(s.has_postgis and s.major >= LEAST_POSTGRESQL for s in servers)
    detail = "installed" if has_postgis else f"not installed for PostgreSQL {LEAST_POSTGRESQL} or later"
    yield Check("PostGIS package", "ok" if has_postgis else "fail", detail, None if has_postgis else INSTALL_HINT)


def _data_folder(settings: Settings) -> Iterator[Check]:
    folder = (settings.data_dir or default_data_dir()).expanduser().absolute()
    yield _writable("data folder", folder, "Set REDZONES_DATA_DIR to a folder that can be written.")


def _site_folder(settings: Settings) -> Iterator[Check]:
    folder = settings.site.folder.expanduser().absolute()
    check = _writable("site folder", folder, "Set site.folder to a folder that can be written.")
    yield check
    if check.state == "ok" and settings.site.mode == "link":
        yield _linkable(folder)


def _writable(name: str, folder: Path, remedy: str) -> Check:
    there = _nearest_existing(folder)
    try:
        with tempfile.NamedTemporaryFile(dir=there, prefix=".redzones-doctor-") as file:
            file.write(b"x" * 4096)
            file.flush()
    except OSError as error:
        return Check(name, "fail", f"{there} cannot be written: {error.strerror}", remedy)
    return Check(name, "ok", str(folder) if there == folder else f"{folder} (will be made)")


def _linkable(folder: Path) -> Check:
    name = "links in site folder"
    try:
        with tempfile.TemporaryDirectory(dir=_nearest_existing(folder), prefix=".redzones-doctor-") as trial:
            (Path(trial) / "current").symlink_to("runs")
    except OSError as error:
        return Check(name, "fail", f"{folder} takes no symbolic links: {error.strerror}", 'Set site.mode = "pointer".')
    return Check(name, "ok", "symbolic links work")


def _disk(settings: Settings) -> Iterator[Check]:
    folders = {"disk of site folder": settings.site.folder}
    if settings.database_url is None:
        folders["disk of data folder"] = settings.data_dir or default_data_dir()
    for name, folder in sorted(folders.items()):
        free_gb = shutil.disk_usage(_nearest_existing(folder.expanduser().absolute())).free / _GIGABYTE
        state: State = "ok" if free_gb >= _AMPLE_DISK_GB else "warn" if free_gb >= _LEAST_DISK_GB else "fail"
        remedy = None if state == "ok" else f"Free some space: {_AMPLE_DISK_GB:.0f} GB is ample for one force."
        yield Check(name, state, f"{free_gb:.1f} GB free", remedy)


def _nearest_existing(folder: Path) -> Path:
    return next(there for there in (folder, *folder.parents) if there.exists())


def _database(settings: Settings) -> Iterator[Check]:
    url = settings.database_url.get_secret_value() if settings.database_url else None
    engine = open_engine(url=url, data_dir=settings.data_dir, time_zone=settings.force.time_zone)
    try:
        with engine.connect() as connection:
            yield Check("database", "ok", _where(connection, is_private=url is None))
            for name, look in (
                ("versions", lambda: _versions(connection)),
                ("direct connection", lambda: _direct(connection)),
                ("rights", lambda: _rights(connection)),
                ("schema", lambda: _schema(connection, settings)),
            ):
                yield from _guarded(name, look)
                connection.rollback()
    finally:
        engine.dispose()


def _where(connection: Connection, *, is_private: bool) -> str:
    name, user = connection.execute(text("SELECT current_database(), current_user")).one()
    return f"{'private server' if is_private else 'server of the settings'}: {name} as {user}"


def _versions(connection: Connection) -> Iterator[Check]:
    found = health.server_versions(connection)
    is_new = found.postgresql[0] >= LEAST_POSTGRESQL
    remedy = None if is_new else f"Use a server of PostgreSQL {LEAST_POSTGRESQL} or later."
    yield Check("PostgreSQL version", "ok" if is_new else "fail", _dotted(found.postgresql), remedy)
    if found.postgis is None:
        yield Check("PostGIS version", "fail", "the extension is not in this database", _BOOTSTRAP)
        return
    is_new = found.postgis >= LEAST_POSTGIS
    remedy = None if is_new else f"Use PostGIS {_dotted(LEAST_POSTGIS)} or later."
    yield Check("PostGIS version", "ok" if is_new else "fail", _dotted(found.postgis), remedy)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _direct(connection: Connection) -> Iterator[Check]:
    """Look for a pooler: advisory locks, on which one refresh at a time rests, do not survive one by transaction."""
    name, found = "direct connection", health.directness(connection)
    remedy = "Name the server itself in REDZONES_DATABASE_URL, not a connection pooler."
    if not found.is_lock_kept:
        yield Check(name, "fail", "an advisory lock does not survive the end of a transaction", remedy)
    elif not found.is_same_process:
        yield Check(name, "warn", "there seems to be a connection pooler in between", remedy)
    else:
        yield Check(name, "ok", "advisory locks survive the end of a transaction")


def _rights(connection: Connection) -> Iterator[Check]:
    found = health.rights(connection)
    missing = [] if found.can_make_temporary else ["make temporary tables"]
    if found.can_make_tables is False:
        missing.append("make tables in the schema redzones")
    if found.can_make_tables is None and not found.can_make_schema:
        missing.append("make the schema redzones")
    if missing:
        yield Check("rights", "fail", f"this role may not {' nor '.join(missing)}", _BOOTSTRAP)
    else:
        yield Check("rights", "ok", "tables and temporary tables may be made")
    if found.can_make_temporary:
        is_well = health.can_copy(connection)
        yield Check("bulk load (COPY)", "ok" if is_well else "fail", "rows arrive" if is_well else "rows are lost")


def _schema(connection: Connection, settings: Settings) -> Iterator[Check]:
    from db.schema import require_current, stored_analysis_epsg  # noqa: PLC0415 - Alembic is slow to import

    require_current(connection)
    yield Check("schema", "ok", "up to date")
    stored, wanted = stored_analysis_epsg(connection), settings.geography.analysis_epsg
    if stored == wanted:
        yield Check("analysis CRS", "ok", f"EPSG:{stored}")
    else:
        remedy = "Set geography.analysis_epsg to that of the database, or use another database."
        yield Check("analysis CRS", "fail", f"the database has EPSG:{stored}, the settings EPSG:{wanted}", remedy)
