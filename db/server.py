"""
The private PostGIS: a server of one's own, on a unix socket only, started when it is needed.

It is there so that nobody needs a database administrator to try Redzones or to run it on one machine. Commands that
run at the same time share it; it goes on running until `redzones db stop`.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg
from psycopg import sql
from sqlalchemy import URL

from db.account import ServerAccount, account_of_folder, server_account
from db.binaries import ServerPrograms, find_server_programs
from db.cluster import DATABASE, PORT, ROLE, ServerProcess, failure, init_cluster, server_process, write_config
from db.lock import file_lock
from domain.errors import ServerError

__all__ = ["PrivateServer", "ServerStatus", "default_data_dir"]

_START_SECONDS = 300  # after a crash it replays up to max_wal_size, which a slow disk takes minutes for
_STOP_SECONDS = 60
_STALE_SECONDS = 20.0
_LOCK_SECONDS = 360.0
_POLL_SECONDS = 0.1
_LOG_MOST_BYTES = 16 * 1024 * 1024
# The kernel allows 107 bytes for the path of a socket; `/.s.PGSQL.5432.lock` is added to the folder.
_SOCKET_FOLDER_MOST_BYTES = 85
_PLAIN_PATH = re.compile(r"[\w./+-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """
    What is known of the private server.

    Parameters
    ----------
    state
        `running`; `stopped`: the data are there; `absent`: nothing was ever made.
    version
        Major version that made the data folder, such as `15`.
    pid
        Process number, where it is running.
    data_folder, socket_folder
        Where the data lie; where the socket is or will be.
    """

    state: Literal["running", "stopped", "absent"]
    version: str | None
    pid: int | None
    data_folder: Path
    socket_folder: Path


def default_data_dir() -> Path:
    """
    Return where the private server keeps its data unless the settings say otherwise.

    As root that is `/var/lib/redzones` (the server's own account must reach it, so never below `/root`), else
    `$XDG_DATA_HOME/redzones` or `~/.local/share/redzones`.

    Raises
    ------
    ServerError
        If this user has no home folder.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/redzones")
    stated = Path(os.environ.get("XDG_DATA_HOME", ""))
    if stated.is_absolute():
        return stated / "redzones"
    try:
        return Path.home() / ".local" / "share" / "redzones"
    except RuntimeError as error:
        raise ServerError("this user has no home folder", hint="Set REDZONES_DATA_DIR to a folder.") from error


class PrivateServer:
    """
    The private PostGIS of one data folder.

    Parameters
    ----------
    data_dir
        Folder for everything the server keeps; made when needed.
    is_durable
        False where a crash may lose everything, as in tests: several times faster.
    """

    def __init__(self, data_dir: Path, *, is_durable: bool = True) -> None:
        self._home = Path(os.path.realpath(data_dir.expanduser()))
        self._is_durable = is_durable

    @property
    def data_folder(self) -> Path:
        """Folder of the database cluster."""
        return self._home / "postgis"

    @property
    def socket_folder(self) -> Path:
        """
        Folder of the socket: beside the data, where no cleaner comes by; only a long or odd path moves it to /tmp.

        It depends on nothing but the data folder, so that a command run by cron finds the server of a login session.
        """
        beside = self._home / "socket"
        if len(os.fsencode(beside)) <= _SOCKET_FOLDER_MOST_BYTES and _PLAIN_PATH.fullmatch(str(beside)):
            return beside
        digest = hashlib.sha256(os.fsencode(self._home)).hexdigest()[:16]
        return Path("/tmp") / f"redzones-{digest}"  # noqa: S108 - made 0700 and checked to be ours

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the database; it holds no secret."""
        query = {"host": str(self.socket_folder), "port": str(PORT)}
        url = URL.create("postgresql+psycopg", username=ROLE, database=DATABASE, query=query)
        return url.render_as_string(hide_password=False)

    def ensure_running(self) -> str:
        """
        Start the server if it is not running, make what is missing, and return its URL.

        Raises
        ------
        ServerError
            If no server with PostGIS is installed, or the data folder cannot be used; the hint says what to do.
        """
        if self._has_postgis():
            return self.url
        with self._locked():
            if not self._has_postgis():
                self._start()
                self._make_database()
        return self.url

    def stop(self) -> bool:
        """
        Stop the server cleanly; nothing happens where it is not running.

        Returns
        -------
        bool
            Whether it was running.

        Raises
        ------
        ServerError
            If it belongs to another user, or does not stop within a minute.
        """
        if self.status().state != "running":
            return False
        with self._locked():
            process = server_process(self.data_folder)
            if process is not None:
                self._shut_down(mode="fast")
        return process is not None

    def status(self) -> ServerStatus:
        """
        Return what is known of the server, without starting it.

        Raises
        ------
        ServerError
            If the data folder belongs to another user.
        """
        if self._is_made():
            account_of_folder(self.data_folder)
        process = server_process(self.data_folder)
        try:
            version = (self.data_folder / "PG_VERSION").read_text().strip()
        except OSError:
            version = None
        if process is not None:
            return ServerStatus("running", version, process.pid, self.data_folder, process.socket_folder)
        state: Literal["stopped", "absent"] = "absent" if version is None else "stopped"
        return ServerStatus(state, version, None, self.data_folder, self.socket_folder)

    def _connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self.socket_folder), port=PORT, user=ROLE, dbname=database, autocommit=True, connect_timeout=10
        )

    def _has_postgis(self) -> bool:
        if not self._is_socket_folder_private():
            return False
        try:
            with self._connect(DATABASE) as connection:
                found = connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'postgis'").fetchone()
        except psycopg.Error:
            return False
        return found is not None

    def _is_socket_folder_private(self) -> bool:
        """Tell whether nobody but the owner of the data can have put a socket there: in /tmp anybody makes folders."""
        try:
            info, uid = self.socket_folder.lstat(), self.data_folder.stat().st_uid
        except OSError:
            return False
        return stat.S_ISDIR(info.st_mode) and info.st_uid == uid and not info.st_mode & 0o077

    def _answers(self) -> bool:
        try:
            self._connect("postgres").close()
        except psycopg.Error:
            return False
        return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one command at a time make, start or stop the server."""
        with ExitStack() as stack:
            try:
                _make_folders(self._home)
                lock = file_lock(self._home / "server.lock", patience_s=_LOCK_SECONDS, busy="starting the server")
                stack.enter_context(lock)
            except OSError as error:
                raise failure("cannot use the data folder", self._home, str(error)) from error
            yield

    def _start(self) -> None:
        """Bring the server to where it answers, whatever state it was left in."""
        process = server_process(self.data_folder)
        if process is not None and self._comes_to_answer(process):
            return
        if server_process(self.data_folder) is not None:
            # It runs, but its socket was taken away: sessions under way may finish, then it starts afresh.
            self._shut_down(mode="smart")
        if not self._is_made():
            account, programs = server_account(), find_server_programs()
            self._check_way(account)
            init_cluster(self.data_folder, programs, account, is_durable=self._is_durable)
        account, programs = self._existing_cluster()
        self._check_way(account)
        self._make_socket_folder(account)
        write_config(self.data_folder, account, socket_folder=self.socket_folder, is_durable=self._is_durable)
        self._launch(account, programs)

    def _comes_to_answer(self, process: ServerProcess) -> bool:
        """Wait for a server that may be recovering from a crash; one that is gone or has no socket never answers."""
        deadline = time.monotonic() + _START_SECONDS
        current: ServerProcess | None = process
        while current is not None and time.monotonic() < deadline:
            is_here = current.socket_folder == self.socket_folder
            if is_here and self._answers():
                return True
            if current.is_ready and not (is_here and current.has_socket):
                return False
            time.sleep(_POLL_SECONDS)
            current = server_process(self.data_folder)
        if current is None:
            return False
        raise ServerError(
            f"the private server (process {current.pid}) has not answered for {_START_SECONDS} seconds",
            hint=f"It may be recovering from a crash, or be full: see {self.data_folder / 'server.log'}.",
        )

    def _is_made(self) -> bool:
        try:
            return self.data_folder.exists()
        except OSError as error:
            raise failure("cannot use the data folder", self._home, str(error)) from error

    def _existing_cluster(self) -> tuple[ServerAccount, ServerPrograms]:
        """Return who owns the data folder and the programs of the version that made it."""
        account = account_of_folder(self.data_folder)
        try:
            major = int((self.data_folder / "PG_VERSION").read_text())
        except (OSError, ValueError) as error:
            raise ServerError(
                f"{self.data_folder} is not a PostgreSQL data folder: its file PG_VERSION is missing or damaged",
                hint="Restore it from a backup, or move it away and load the data anew.",
            ) from error
        return account, find_server_programs(major=major)

    def _check_way(self, account: ServerAccount) -> None:
        for folder in (*reversed(self._home.parents), self._home):
            if not account.may_enter(folder):
                raise ServerError(
                    f"the server runs as {account.name}, who may not enter {folder}",
                    hint="Set REDZONES_DATA_DIR to a folder that every user may pass through, such as "
                    "/var/lib/redzones, or run redzones as an ordinary user.",
                )

    def _make_socket_folder(self, account: ServerAccount) -> None:
        """Make the folder of the socket, private to the account; refuse one that somebody else has put there."""
        folder = self.socket_folder
        try:
            if not os.path.lexists(folder):
                folder.mkdir(mode=0o700)
                account.own(folder)
        except OSError as error:
            raise failure("cannot make the folder of the socket", folder, str(error)) from error
        if not self._is_socket_folder_private():
            raise ServerError(
                f"{folder} should be a private folder of {account.name}, and is not",
                hint=f"Remove {folder}; Redzones makes it again.",
            )

    def _launch(self, account: ServerAccount, programs: ServerPrograms) -> None:
        """Start the server; after a kill its last processes may hold the folder for a moment, so try again."""
        folder, log = self.data_folder, self.data_folder / "server.log"
        deadline = time.monotonic() + _STALE_SECONDS
        if log.is_file() and log.stat().st_size > _LOG_MOST_BYTES:
            log.replace(folder / "server.log.1")
        while True:
            logged = log.stat().st_size if log.is_file() else 0
            done = _control(account, programs, folder, "start", "-l", log.name, "-t", str(_START_SECONDS))
            if done.returncode == 0:
                return
            told = _text_from(log, logged) or done.stderr or done.stdout
            is_stale = "postmaster.pid" in told or "shared memory" in told
            if not is_stale or time.monotonic() > deadline:
                raise failure("the private server does not start on", folder, told)
            time.sleep(_POLL_SECONDS)

    def _shut_down(self, *, mode: Literal["fast", "smart"]) -> None:
        account, programs = self._existing_cluster()
        done = _control(account, programs, self.data_folder, "stop", "-m", mode, "-t", str(_STOP_SECONDS))
        if done.returncode != 0 and server_process(self.data_folder) is not None:
            raise ServerError(
                f"the private server does not stop within {_STOP_SECONDS} seconds",
                hint="Another command is using it: try again when that has ended.",
            )

    def _make_database(self) -> None:
        """Make the database and its PostGIS extension where they are missing."""
        try:
            with self._connect("postgres") as connection:
                known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
                if known is None:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
            with self._connect(DATABASE) as connection:
                connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        except psycopg.Error as error:
            raise failure("cannot make the database in", self.data_folder, str(error)) from error


def _control(
    account: ServerAccount, programs: ServerPrograms, folder: Path, action: str, *options: str
) -> subprocess.CompletedProcess[str]:
    """Call `pg_ctl` from within the data folder, so that no path passes through the shell that it uses."""
    command = [programs.program("pg_ctl"), action, "-D", ".", "-w", *options]
    return account.run(command, cwd=folder, timeout_s=_START_SECONDS + 30)


def _make_folders(folder: Path) -> None:
    """Make a folder and those above it; as root the server's own account has to pass through, whatever the umask."""
    mode = 0o755 if os.geteuid() == 0 else 0o700
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(exist_ok=True)
        place.chmod(mode)


def _text_from(log: Path, start: int) -> str:
    try:
        with log.open("rb") as file:
            file.seek(start)
            return file.read(64 * 1024).decode(errors="replace")
    except OSError:
        return ""
