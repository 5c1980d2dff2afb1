"""The operating-system account that runs the private server: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import ServerError

__all__ = ["ServerAccount", "account_of_folder", "server_account"]

_UNPRIVILEGED = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """
    Who the server runs as.

    Parameters
    ----------
    name, uid, gid
        The account.
    is_other
        Whether it is another account than that of this process, which is root then.
    """

    name: str
    uid: int
    gid: int
    is_other: bool

    def own(self, path: Path) -> None:
        """
        Give a file or folder to the account.

        Parameters
        ----------
        path
            What to give; a link is not followed.
        """
        if self.is_other:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def run(self, command: Sequence[str], *, cwd: Path, timeout_s: float) -> subprocess.CompletedProcess[str]:
        """
        Run a server program as the account, with a clean environment and no terminal.

        Parameters
        ----------
        command
            Program and arguments.
        cwd
            Working folder; the account must be allowed to enter it.
        timeout_s
            Seconds after which the program is given up.

        Raises
        ------
        ServerError
            If the account may not be taken on, or the program does not end in time.
        """
        try:
            return subprocess.run(
                list(command),
                cwd=cwd,
                env=_clean_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout_s,
                umask=0o077,
                check=False,
                user=self.uid if self.is_other else None,
                group=self.gid if self.is_other else None,
                extra_groups=() if self.is_other else None,
            )
        except subprocess.TimeoutExpired as error:
            raise ServerError(f"{Path(command[0]).name} did not end within {timeout_s:.0f} seconds") from error
        except OSError as error:
            raise ServerError(
                f"cannot run {command[0]} as {self.name}: {error.strerror}",
                hint="Run redzones as an ordinary user, or set REDZONES_DATABASE_URL to a server.",
            ) from error

    def may_enter(self, folder: Path) -> bool:
        """
        Tell whether the account may pass through a folder, by its mode bits.

        Parameters
        ----------
        folder
            An existing folder.
        """
        if not self.is_other:
            return os.access(folder, os.X_OK)
        info = folder.stat()
        if info.st_uid == self.uid:
            return bool(info.st_mode & 0o100)
        return bool(info.st_mode & (0o010 if info.st_gid == self.gid else 0o001))


def server_account() -> ServerAccount:
    """
    Return the account for a new server: one's own, or as root `postgres`, else `nobody`.

    Raises
    ------
    ServerError
        If there is no such account.
    """
    uid = os.geteuid()
    if uid != 0:
        return _account(uid)
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerAccount(entry.pw_name, entry.pw_uid, entry.pw_gid, is_other=True)
    raise ServerError(
        "PostgreSQL does not run as root, and there is no account postgres or nobody here",
        hint="Run redzones as an ordinary user, or set REDZONES_DATABASE_URL to a server.",
    )


def account_of_folder(folder: Path) -> ServerAccount:
    """
    Return the account that owns an existing data folder: only it can run the server there.

    Parameters
    ----------
    folder
        The data folder.

    Raises
    ------
    ServerError
        If the folder belongs to somebody else, or to root.
    """
    owner, ours = folder.stat().st_uid, os.geteuid()
    if owner != 0 and ours in (0, owner):
        return _account(owner)
    if owner == 0:
        raise ServerError(
            f"the data folder {folder} belongs to root, as whom PostgreSQL does not run",
            hint="Give it back to the account that made it, or set REDZONES_DATA_DIR to a folder of your own.",
        )
    raise ServerError(
        f"the data folder {folder} belongs to another user (number {owner})",
        hint="Run redzones as that user, or set REDZONES_DATA_DIR to a folder of your own.",
    )


def _account(uid: int) -> ServerAccount:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as error:
        raise ServerError(
            f"user number {uid} has no name on this machine, and PostgreSQL needs one",
            hint="Add the user to /etc/passwd, or set REDZONES_DATABASE_URL to a server.",
        ) from error
    return ServerAccount(entry.pw_name, entry.pw_uid, entry.pw_gid, is_other=os.geteuid() != uid)


def _clean_environment() -> dict[str, str]:
    """Return the environment without what would steer PostgreSQL: `PG*` settings and locales that may be absent."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG", "XDG_", "HOME"))}
    return kept | {"LC_ALL": "C.UTF-8", "HOME": "/"}
