"""Shifts: how the week is cut into blocks that a shift can work, so that no Red Time falls between two shifts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.errors import SettingsError
from domain.shifts import DAY_MINUTES, Shift, rounded_shift
from hotspots.aoristic import HOURS_PER_WEEK

__all__ = ["BlockLayout", "lay_blocks", "shifts_of_calendar"]

_OFF_DUTY = "no shift"


def shifts_of_calendar(rows: pd.DataFrame) -> tuple[Shift, ...]:
    """
    Return the shifts that a calendar names, each once, in order of their begin.

    Parameters
    ----------
    rows
        Rows of the category `shift`: `name`, `begins_at`, `ends_at` (local wall-clock times). A shift may stand there
        once, or on every day that it is worked; of several times of one name the most frequent is taken.

    Raises
    ------
    SettingsError
        If a shift is longer than a day, or has no length.
    """
    found: list[Shift] = []
    for name, of_name in rows.groupby("name", sort=True):
        begins = of_name["begins_at"].dt.hour * 60 + of_name["begins_at"].dt.minute
        lengths = (of_name["ends_at"] - of_name["begins_at"]).dt.total_seconds() / 60
        wrong = lengths[(lengths <= 0) | (lengths > DAY_MINUTES)]
        if len(wrong):
            raise SettingsError(
                f'the shift "{name}" in the calendar lasts {wrong.iloc[0] / 60:g} hours',
                hint="Give each shift its begin and its end, the end on the next day where it runs over midnight.",
            )
        usual = Counter(zip(begins.astype(int), lengths.astype(int), strict=True))
        (begin, length), _ = min(usual.items(), key=lambda item: (-item[1], item[0]))
        found.append(rounded_shift(str(name), begin, length))
    return tuple(sorted(found, key=lambda shift: (shift.begin_hour, shift.n_hours, shift.name)))


@dataclass(frozen=True, slots=True)
class BlockLayout:
    """
    The week cut into blocks, in order of their begin, Monday 00:00 first; the last may run on into Monday.

    Parameters
    ----------
    of_hour
        Block of each hour of the week, shape (168,).
    begin
        First hour of each block, hour of the week, shape (n_blocks,).
    n_hours
        Hours of each block, shape (n_blocks,).
    duty
        Number of the duty that works each block: the same for blocks of one shift on one day, shape (n_blocks,).
    shift
        Name of that shift.
    """

    of_hour: NDArray[np.int64]
    begin: NDArray[np.int64]
    n_hours: NDArray[np.int64]
    duty: NDArray[np.int64]
    shift: tuple[str, ...]

    def totals(self, hours: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum hours of the week, shape (n, 168), into blocks, shape (n, n_blocks)."""
        totals = np.zeros((len(hours), len(self.begin)))
        np.add.at(totals.T, self.of_hour, hours.T)
        return totals


def lay_blocks(shifts: Sequence[Shift], *, block_hours: int) -> BlockLayout:
    """
    Cut the week into blocks that begin with the shifts.

    Where shifts overlap, an hour belongs to the shift that began last; an hour that no shift works is cut likewise and
    named so. Where the hours of a shift are no multiple of the block's, its last block is shorter, or takes in a rest
    of half a block or less.

    Parameters
    ----------
    shifts
        The shifts of a day; none for blocks from midnight.
    block_hours
        Hours of a block.

    Raises
    ------
    SettingsError
        If a block has no hours.

    Examples
    --------
    >>> from domain.shifts import DEFAULT_SHIFTS
    >>> layout = lay_blocks(DEFAULT_SHIFTS, block_hours=2)
    >>> layout.begin[:3].tolist(), layout.shift[0], layout.begin[-1].item()
    ([1, 3, 5], 'Night', 167)
    """
    if not 1 <= block_hours <= 24:
        raise SettingsError(f"a block of {block_hours} hours is no block", hint="Give 1 to 24 hours.")
    on_duty = [_on_duty(shifts, hour) for hour in range(24)]
    changes = [hour for hour in range(24) if on_duty[hour] != on_duty[hour - 1]] or [0]
    lengths = np.diff([*changes, changes[0] + 24])
    blocks: list[tuple[int, int, int, str]] = []
    for day in range(7):
        for number, (first, length) in enumerate(zip(changes, lengths, strict=True)):
            duty, name = day * len(changes) + number, _name(shifts, on_duty[first])
            for offset, n_hours in _cut(int(length), block_hours):
                blocks.append(((day * 24 + first + offset) % HOURS_PER_WEEK, n_hours, duty, name))
    blocks.sort()
    begins, sizes, duties, names = zip(*blocks, strict=True)
    of_hour = np.empty(HOURS_PER_WEEK, dtype=np.int64)
    for block, (begin, size) in enumerate(zip(begins, sizes, strict=True)):
        of_hour[(begin + np.arange(size)) % HOURS_PER_WEEK] = block
    return BlockLayout(of_hour, np.array(begins), np.array(sizes), np.array(duties), tuple(names))


def _cut(length: int, block_hours: int) -> list[tuple[int, int]]:
    """Return begin and hours of the blocks of a shift of so many hours."""
    n_blocks, rest = divmod(length, block_hours)
    if rest and (not n_blocks or 2 * rest > block_hours):
        n_blocks += 1
    begins = [i * block_hours for i in range(n_blocks)]
    return [(begin, after - begin) for begin, after in zip(begins, [*begins[1:], length], strict=True)]


def _on_duty(shifts: Sequence[Shift], hour: int) -> int:
    """Return the position of the shift that works an hour and began last, or -1."""
    since = [((hour - shift.begin_hour) % 24, i) for i, shift in enumerate(shifts)]
    working = [(ago, i) for ago, i in since if ago < shifts[i].n_hours]
    return min(working)[1] if working else -1


def _name(shifts: Sequence[Shift], position: int) -> str:
    if position >= 0:
        return shifts[position].name
    return _OFF_DUTY if shifts else ""
