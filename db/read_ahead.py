"""Reading ahead: the next batches, and the next file, are read while the database takes the last one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar

__all__ = ["read_ahead", "read_files_ahead"]

_T = TypeVar("_T")
_B_co = TypeVar("_B_co", covariant=True)
_F = TypeVar("_F", bound="ReadFile[Any]")
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


class ReadFile(Protocol[_B_co]):
    """A dataclass of an opened file, whose batches are read on demand."""

    @property
    def batches(self) -> Iterator[_B_co]:
        """Yields the batches in file order."""


@dataclass(frozen=True, slots=True)
class _Begun(Generic[_F]):
    """A file that was opened; its batches follow until the next one, or until nobody wants them."""

    file: _F
    is_unwanted: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class _Ended:
    """The end of a file's batches."""


@contextmanager
def read_files_ahead(names: Iterable[_T], open_file: Callable[[_T], _F], *, most: int = 4) -> Iterator[Iterator[_F]]:
    """
    Give opened files, each read in a thread of its own while the one before it is stored.

    A file must be used up or left before the next is asked for. What goes wrong with a file is raised where the file,
    or its batch, would have come.

    Parameters
    ----------
    names
        The files, in order.
    open_file
        Opens one: a dataclass with `batches`, an iterator.
    most
        Files and batches that may wait.
    """
    with read_ahead(_entries(names, open_file), most=most) as entries:
        yield _files(entries)


def _entries(names: Iterable[_T], open_file: Callable[[_T], _F]) -> Iterator[object]:
    for name in names:
        begun = _Begun(open_file(name))
        yield begun
        for batch in begun.file.batches:
            if begun.is_unwanted.is_set():
                break
            yield batch
        yield _Ended()


def _files(entries: Iterator[object]) -> Iterator[_F]:
    for entry in entries:
        assert isinstance(entry, _Begun), "every file is read to its end"
        waiting = _batches(entries)
        yield replace(entry.file, batches=waiting)
        entry.is_unwanted.set()
        for _ in waiting:  # of a file that was loaded before
            pass


def _batches(entries: Iterator[object]) -> Iterator[object]:
    while not isinstance(entry := next(entries), _Ended):
        yield entry
