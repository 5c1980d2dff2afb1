"""Reading ahead: the next batches are read while the database takes the last one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["read_ahead"]

_T = TypeVar("_T")
_POLL_S = 0.1


@contextmanager
def read_ahead(items: Iterable[_T], *, most: int = 2) -> Iterator[Iterator[_T]]:
    """
    Give items that a thread of its own reads, at most so many before they are asked for.

    What goes wrong in the thread is raised where the item would have come; leaving early stops the thread.

    Parameters
    ----------
    items
        Read in the thread, in order.
    most
        Items that may wait: memory stays bounded.

    Examples
    --------
    >>> with read_ahead(range(3)) as numbers:
    ...     list(numbers)
    [0, 1, 2]
    """
    waiting: queue.Queue[tuple[_T | None, BaseException | None, bool]] = queue.Queue(maxsize=most)
    stopped = threading.Event()

    def put(entry: tuple[_T | None, BaseException | None, bool]) -> bool:
        while not stopped.is_set():
            try:
                waiting.put(entry, timeout=_POLL_S)
            except queue.Full:
                continue
            return True
        return False

    def read() -> None:
        try:
            for item in items:
                if not put((item, None, False)):
                    return
        except BaseException as error:  # noqa: BLE001 - handed over, and raised where the item was wanted
            put((None, error, True))
        else:
            put((None, None, True))

    thread = threading.Thread(target=read, name="read ahead", daemon=True)
    thread.start()
    try:
        yield _taken(waiting)
    finally:
        stopped.set()
        thread.join()


def _taken(waiting: queue.Queue[tuple[_T | None, BaseException | None, bool]]) -> Iterator[_T]:
    while True:
        item, error, is_last = waiting.get()
        if error is not None:
            raise error
        if is_last:
            return
        yield item  # type: ignore[misc]
