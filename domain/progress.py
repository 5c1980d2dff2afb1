"""How long work tells that it goes on; the command line draws it, the core only calls it."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress", "no_progress"]


class Progress(Protocol):
    """A callable that hears `(what, done, total)`; `total` is None where it is not known."""

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """Hear that `done` of `total` units of `what` are finished."""


def no_progress(what: str, done: int, total: int | None) -> None:
    """Ignore all progress."""
