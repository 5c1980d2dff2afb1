"""
The data folder of the private server: making it, its configuration, and who is running on it.

The three configuration files are ours and are written again before each start, so that they cannot drift; a file
`tuning.conf` in the data folder may change what matters to speed, never who may connect.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from db.account import ServerAccount
from db.binaries import ServerPrograms
from domain.errors import ServerError

__all__ = ["DATABASE", "PORT", "ROLE", "ServerProcess", "failure", "init_cluster", "server_process", "write_config"]

#: The role and the database of the private server, and the number in the name of its socket.
ROLE = "redzones"
DATABASE = "redzones"
PORT = 5432

_INITDB_SECONDS = 300.0
_MEGABYTE = 1024 * 1024
_LOG_PREFIX = re.compile(r"^.*?(?=FATAL|PANIC)")
_TELLING = ("FATAL", "PANIC", "could not", "error", "Errno")
_FULL = ("No space left", "Disk quota", "File too large")

# Only these accounts of the operating system may connect, and only as the owner's role: the kernel vouches for them
# (peer), so there is no password to keep, and nobody is trusted for what they say.
_PG_HBA = f"""\
# Written by Redzones before each start; changes are lost.
local  all  {ROLE}  peer map=redzones
local  all  all     reject
host   all  all     all  reject
"""

_SETTINGS = """\
# Written by Redzones before each start; put changes of speed into tuning.conf beside this file.

# A small machine that also computes: an eighth of the memory for pages, the rest for the system's cache.
shared_buffers = {shared_buffers_mb}MB
effective_cache_size = {cache_mb}MB
work_mem = 32MB
maintenance_work_mem = 256MB
max_connections = 40
max_parallel_workers_per_gather = 2
max_locks_per_transaction = 256         # a partition a month, each with its indexes
random_page_cost = 1.1
jit = off                               # PostGIS costs are high, so that a join of a second would be compiled for two
dynamic_shared_memory_type = {shared_memory}

# Loads are few and large. Without replicas a new table goes to disk itself and is not logged; to compress what is
# logged took a tenth of a load's time.
wal_level = minimal
max_wal_senders = 0
wal_skip_threshold = 0
wal_compression = off
max_wal_size = 2GB
min_wal_size = 80MB
checkpoint_timeout = 15min
# A commit waits for the disk: there are few of them, and a publication must never point to a run that a power cut
# has taken back.
synchronous_commit = {durable}
fsync = {durable}
full_page_writes = {durable}

timezone = 'UTC'                        # each session sets that of the force
log_timezone = 'UTC'
lc_messages = 'C'
default_text_search_config = 'pg_catalog.english'
log_min_messages = warning
log_line_prefix = '%m [%p] '
log_lock_waits = on

# A killed command must not leave its query running and its locks held.
client_connection_check_interval = 10s
lock_timeout = 60s

include_if_exists = 'tuning.conf'

# Never the network, and nobody but those whom pg_hba.conf names.
listen_addresses = ''
port = {port}
cluster_name = 'redzones'
unix_socket_directories = '{socket_folder}'
unix_socket_permissions = 0700
hba_file = 'pg_hba.conf'
ident_file = 'pg_ident.conf'
"""


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """
    A server that runs on a data folder.

    Parameters
    ----------
    pid
        Its process number.
    socket_folder
        Folder of its socket.
    is_ready
        Whether it takes connections, as it says itself.
    """

    pid: int
    socket_folder: Path
    is_ready: bool

    @property
    def has_socket(self) -> bool:
        """Whether its socket is still there: cleaners of /tmp are known to take it away."""
        return (self.socket_folder / f".s.PGSQL.{PORT}").exists()


def server_process(folder: Path) -> ServerProcess | None:
    """
    Return the server that runs on a data folder, or None.

    The process number in `postmaster.pid` outlives a killed server, and may belong to another server by now; so the
    process must stand in this very folder to count.

    Parameters
    ----------
    folder
        Data folder.
    """
    try:
        lines = (folder / "postmaster.pid").read_text(errors="replace").splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return None
    if not _stands_in(pid, folder):
        return None
    socket_folder = Path(lines[4]) if len(lines) > 4 and lines[4] else folder
    return ServerProcess(pid, socket_folder, is_ready=len(lines) > 7 and lines[7].strip() == "ready")


def _stands_in(pid: int, folder: Path) -> bool:
    if Path("/proc/self/cwd").exists():
        try:
            return Path(f"/proc/{pid}/cwd").samefile(folder)
        except OSError:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def init_cluster(folder: Path, programs: ServerPrograms, account: ServerAccount, *, is_durable: bool = True) -> None:
    """
    Make a data folder with `initdb`: beside its place first, then moved, so that a half-made one is never met.

    Parameters
    ----------
    folder
        Data folder to make; its parent exists.
    programs
        The server programs.
    account
        Who will own it.
    is_durable
        Whether to wait until it is on the disk.

    Raises
    ------
    ServerError
        If `initdb` fails: no space, no right to write.
    """
    draft = folder.with_name(folder.name + ".new")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        account.own(draft)
        done = account.run(
            [
                programs.program("initdb"), "-D", ".", "-U", ROLE, "--auth=reject", "--encoding=UTF8",
                "--locale=C.UTF-8", "--data-checksums", *([] if is_durable else ["--no-sync"]),
            ],
            cwd=draft,
            timeout_s=_INITDB_SECONDS,
        )  # fmt: skip
        if done.returncode != 0:
            raise failure("cannot make the private server's data folder", folder, done.stderr or done.stdout)
        draft.rename(folder)
    except OSError as error:
        raise failure("cannot make the private server's data folder", folder, str(error)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_config(folder: Path, account: ServerAccount, *, socket_folder: Path, is_durable: bool) -> None:
    """
    Write the configuration of a data folder; a file that is right already is left alone.

    Parameters
    ----------
    folder
        Data folder.
    account
        Who owns it.
    socket_folder
        Folder of the socket.
    is_durable
        False where a crash may lose everything, as in tests: several times faster.

    Raises
    ------
    ServerError
        If the files cannot be written.
    """
    names = dict.fromkeys([account.name, *(["root"] if account.is_other else [])])
    ident = "".join(f'redzones  "{name}"  {ROLE}\n' for name in names)
    settings = _SETTINGS.format(
        shared_buffers_mb=min(max(_memory_mb() // 8, 64), 512),
        cache_mb=max(_memory_mb() // 2, 256),
        shared_memory=_shared_memory_type(),
        durable="on" if is_durable else "off",
        port=PORT,
        socket_folder=socket_folder,
    )
    try:
        for name, text in (("postgresql.conf", settings), ("pg_hba.conf", _PG_HBA), ("pg_ident.conf", ident)):
            _replace_text(folder / name, text, account)
    except OSError as error:
        raise failure("cannot write the private server's configuration", folder, str(error)) from error


def _replace_text(file: Path, text: str, account: ServerAccount) -> None:
    if file.is_file() and file.read_text() == text:
        return
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    try:
        with open(handle, "w", encoding="utf-8") as stream:  # noqa: PTH123 - an open handle, not a path
            stream.write(text)
        account.own(Path(draft))
        Path(draft).replace(file)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


def _memory_mb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MEGABYTE


def _shared_memory_type() -> str:
    """Return where parallel queries meet: containers have a /dev/shm of 64 MB, which a large join fills."""
    try:
        return "posix" if shutil.disk_usage("/dev/shm").total >= 512 * _MEGABYTE else "sysv"  # noqa: S108
    except OSError:
        return "sysv"


def failure(what: str, folder: Path, told: str) -> ServerError:
    """
    Return the error for something that a server program or the file system said, with what to do about it.

    Parameters
    ----------
    what
        What could not be done.
    folder
        Where.
    told
        What was said; the telling line is picked out of it.
    """
    lines = [_LOG_PREFIX.sub("", line.strip()) for line in told.splitlines() if line.strip()]
    telling = [line for line in lines if any(word in line for word in _TELLING)]
    line = (telling or lines or ["no reason given"])[0]
    if advice := next((text.partition("HINT:")[2].strip() for text in lines if "HINT:" in text), ""):
        line = f"{line} ({advice})"
    # On a full disk the log is cut off, too, so that its text may not say so.
    is_full = _is_full(folder) or any(word in told for word in _FULL)
    message = f"{what} {folder}: " + (f"no space left on its disk ({line})" if is_full else line)
    return ServerError(message, hint=_hint(told, folder, is_full=is_full))


def _is_full(folder: Path) -> bool:
    try:
        there = next(place for place in (folder, *folder.parents) if place.exists())
        return shutil.disk_usage(there).free < _MEGABYTE
    except OSError:
        return False


def _hint(told: str, folder: Path, *, is_full: bool) -> str:
    if is_full:
        return f"Free some space on the disk of {folder}, or set REDZONES_DATA_DIR to a folder on another disk."
    if "Read-only" in told:
        return f"{folder} is on a read-only disk: set REDZONES_DATA_DIR to a folder that can be written."
    if "ermission denied" in told or "not permitted" in told:
        return f"Make {folder} writable for this user, or set REDZONES_DATA_DIR to a folder that is."
    if "postmaster.pid" in told or "shared memory" in told:
        return (
            "A server that was killed seems to be running still: wait a moment and try again. If the process that "
            "is named is no server of this folder, remove the folder's file postmaster.pid."
        )
    return f"The whole story is in {folder / 'server.log'}."
