"""One command at a time: a lock on a file, which the kernel frees when its holder is killed."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import LockedError

__all__ = ["file_lock"]

_POLL_SECONDS = 0.05


@contextmanager
def file_lock(file: Path, *, patience_s: float, busy: str) -> Iterator[None]:
    """
    Hold a lock on a file; it is made if absent, and stays.

    Parameters
    ----------
    file
        The file; its folder exists.
    patience_s
        Seconds to wait for another holder.
    busy
        What the other holder is doing, for the error.

    Raises
    ------
    LockedError
        If another process holds it for longer.
    OSError
        If the file cannot be made.
    """
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _wait(handle, patience_s=patience_s, busy=busy)
        yield
    finally:
        os.close(handle)


def _wait(handle: int, *, patience_s: float, busy: str) -> None:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise LockedError(
                    f"another command has been {busy} for {patience_s:.0f} seconds",
                    hint="Try again; if it goes on, look for a hanging redzones process.",
                ) from None
            time.sleep(_POLL_SECONDS)
        else:
            return
