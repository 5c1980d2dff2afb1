"""Fewer searches of memory for what can be given back, while long work is done that makes millions of small objects."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["rarely_collected"]

# Objects made between two searches of the youngest ones, and how many of these searches pass before an older
# generation is searched. Python's own 700 has a refresh search some thousand times, for next to nothing.
_THRESHOLDS = (100_000, 20, 20)


@contextmanager
def rarely_collected() -> Iterator[None]:
    """
    Let Python search for reference cycles less often, and leave out what was there before.

    Nothing but time changes: objects that no cycle holds are given back at once, as ever.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
