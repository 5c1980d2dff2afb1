"""The periods in which ground is forecast and tested: calendar months, weeks, or blocks of 28 days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from domain.errors import SettingsError
from domain.months import LocalMonth

__all__ = ["MONTHS", "DayBlocks", "Periods"]


@dataclass(frozen=True, slots=True)
class Periods:
    """
    How the whole numbers in `month_index` are to be read and written.

    Parameters
    ----------
    noun
        What one period is called, for example `month`.
    name
        Returns the name of a period from its number.
    """

    noun: str
    name: Callable[[int], str]


def _month_name(month_index: int) -> str:
    return str(LocalMonth(*divmod(month_index, 12)).shift(1))


#: Calendar months, numbered by `LocalMonth.index`.
MONTHS = Periods("month", _month_name)


@dataclass(frozen=True, slots=True)
class DayBlocks:
    """
    Blocks of equally many days, counted back from a last day: the block that ends on it is number 0, the one before -1.

    Parameters
    ----------
    last_day
        Last day of block 0.
    length_days
        Days in a block, for example 7 or 28.

    Examples
    --------
    >>> blocks = DayBlocks(date(2019, 12, 31), 28)
    >>> days = np.array(["2019-12-31", "2019-12-04", "2019-12-03"], dtype="datetime64[D]")
    >>> blocks.index_of(days).tolist(), blocks.periods.name(-1)
    ([0, 0, -1], '28 days from 2019-11-06')
    """

    last_day: date
    length_days: int

    def __post_init__(self) -> None:
        """
        Refuse a block without days.

        Raises
        ------
        SettingsError
            If the length is under one day.
        """
        if self.length_days < 1:
            raise SettingsError(f"a period of {self.length_days} days is no period", hint="Give at least one day.")

    @property
    def periods(self) -> Periods:
        """How these blocks are named."""
        noun = "week" if self.length_days == 7 else f"{self.length_days}-day block"
        return Periods(noun, lambda index: f"{self.length_days} days from {self.first_day(index).isoformat()}")

    def first_day(self, index: int) -> date:
        """Return the first day of a block."""
        return self.last_day + timedelta(days=1 + (index - 1) * self.length_days)

    def index_of(self, days: NDArray[np.datetime64]) -> NDArray[np.int64]:
        """
        Return the block of each day.

        Parameters
        ----------
        days
            Dates or date-times without a time zone, in local time, shape (n,).
        """
        after = days.astype("datetime64[D]") - np.datetime64(self.last_day, "D") - np.timedelta64(1, "D")
        return np.asarray(np.floor_divide(after.astype(np.int64), self.length_days) + 1, dtype=np.int64)
