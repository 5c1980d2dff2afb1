"""
Writing pages: by one process, or by two side by side, the same bytes either way.

The second process is a fork of the first, so that what all pages share is made once. The first works from the front of
the list, the second from its end, until they meet. Whatever the second did not finish (it may be killed where memory is
short), the first writes in the end: a page that cannot be made fails as it would have without help.
"""

from __future__ import annotations

import multiprocessing
import re
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import sharedctypes
from pathlib import Path
from typing import Any

from domain.progress import Progress, no_progress
from maps.render import render

__all__ = ["PageJob", "write_pages"]

#: Least memory, in MiB, that has to be available for a second process.
_LEAST_MIB = 1_000
#: Fewer pages than this are written sooner than a second process is at work.
_LEAST_PAGES = 20


@dataclass(frozen=True, slots=True)
class PageJob:
    """
    One page to write.

    Parameters
    ----------
    path
        Path within the site, its folder made already.
    template
        Name of its template.
    make
        Makes the frozen value that the template reads.
    """

    path: str
    template: str
    make: Callable[[], Any]

    def write(self, folder: Path) -> None:
        """Write the page into the folder of the site."""
        (folder / self.path).write_text(render(self.template, self.make()), encoding="utf-8")


def write_pages(
    folder: Path, jobs: Sequence[PageJob], *, n_processes: int = 1, progress: Progress = no_progress
) -> None:
    """
    Write all pages of a site.

    Parameters
    ----------
    folder
        Folder of the site.
    jobs
        The pages.
    n_processes
        Two or more let a second process help, where the system has a fork and memory for it.
    progress
        Hears how many pages are written.
    """
    helped = n_processes > 1 and len(jobs) >= _LEAST_PAGES and _can_fork()
    board = _Board(len(jobs)) if helped else None
    helper = None if board is None else _started_helper(folder, jobs, board)
    try:
        for number, job in enumerate(jobs):
            if board is not None and not board.begin(number):
                break
            job.write(folder)
            progress("pages", number + 1 if board is None else board.finish(number), len(jobs))
    except BaseException:
        if helper is not None:
            helper.terminate()
        raise
    finally:
        if helper is not None:
            helper.join()
    if board is not None:
        for number in board.unfinished():
            jobs[number].write(folder)
        progress("pages", len(jobs), len(jobs))


class _Board:
    """
    Which pages are begun and finished, seen by both processes.

    There is no lock that a killed process could hold. Where the two meet, both may write the same page: the same bytes.
    """

    def __init__(self, n_pages: int) -> None:
        self._begun = sharedctypes.RawArray("b", n_pages)
        self._finished = sharedctypes.RawArray("b", n_pages)

    def begin(self, number: int) -> bool:
        """Take a page; False where the other has it."""
        if self._begun[number]:
            return False
        self._begun[number] = 1
        return True

    def finish(self, number: int) -> int:
        """Note that a page is written, and return how many are."""
        self._finished[number] = 1
        return sum(self._finished)

    def unfinished(self) -> list[int]:
        """Return the pages that nobody finished."""
        return [number for number, is_finished in enumerate(self._finished) if not is_finished]


def _started_helper(folder: Path, jobs: Sequence[PageJob], board: _Board) -> Any:  # noqa: ANN401 - a forked process
    helper = multiprocessing.get_context("fork").Process(target=_help, args=(folder, jobs, board), daemon=True)
    with warnings.catch_warnings():
        # Threads of numerical libraries wait for work that pages do not give them.
        warnings.simplefilter("ignore", DeprecationWarning)
        helper.start()
    return helper


def _help(folder: Path, jobs: Sequence[PageJob], board: _Board) -> None:
    """Write pages from the end of the list, in the second process; what fails here is left to the first."""
    with suppress(BaseException):
        for number in reversed(range(len(jobs))):
            if not board.begin(number):
                break
            jobs[number].write(folder)
            board.finish(number)


def _can_fork() -> bool:
    """Tell whether the system forks safely (Linux) and has memory for a second process."""
    if sys.platform != "linux":
        return False
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return False
    found = re.search(r"^MemAvailable:\s+(\d+) kB$", text, re.MULTILINE)
    return found is not None and int(found[1]) >= _LEAST_MIB * 1024
