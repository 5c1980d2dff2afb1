"""Calendar months in the local time of the force."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from domain.errors import SettingsError

__all__ = ["LocalMonth", "month_range"]

_MONTH = re.compile(r"(\d{4})-(\d{2})(?:-01)?")
_MONTHS_PER_YEAR = 12


@dataclass(frozen=True, slots=True, order=True)
class LocalMonth:
    """
    One calendar month, as police.uk writes it.

    Parameters
    ----------
    year, month
        Calendar year and month (1 to 12).

    Examples
    --------
    >>> month = LocalMonth.parse("2025-12")
    >>> str(month.shift(1)), month.shift(-12).first_day.isoformat()
    ('2026-01', '2024-12-01')
    >>> LocalMonth.parse("2025-07").bounds("Europe/London")[0].isoformat()
    '2025-06-30T23:00:00+00:00'
    """

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> LocalMonth:
        """
        Return the month written as YYYY-MM (or as the date of its first day).

        Raises
        ------
        SettingsError
            If the text is not a month.
        """
        match = _MONTH.fullmatch(text.strip())
        if match is None or not 1 <= int(match[2]) <= _MONTHS_PER_YEAR:
            raise SettingsError(f'"{text}" is not a month', hint="Write a month as YYYY-MM, for example 2025-12.")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> LocalMonth:
        """Return the month in which a day lies."""
        return cls(day.year, day.month)

    @property
    def index(self) -> int:
        """Months since year 0, so that a difference is a number of months."""
        return self.year * _MONTHS_PER_YEAR + self.month - 1

    @property
    def first_day(self) -> date:
        """First day of the month."""
        return date(self.year, self.month, 1)

    def shift(self, months: int) -> LocalMonth:
        """Return the month so many months later."""
        year, month = divmod(self.index + months, _MONTHS_PER_YEAR)
        return LocalMonth(year, month + 1)

    def bounds(self, time_zone: str) -> tuple[datetime, datetime]:
        """Return the half-open UTC range `[begin, end)` of the month in a time zone."""
        zone = ZoneInfo(time_zone)
        begin, end = (datetime(m.year, m.month, 1, tzinfo=zone).astimezone(UTC) for m in (self, self.shift(1)))
        return begin, end

    def __str__(self) -> str:
        """Return YYYY-MM."""
        return f"{self.year:04d}-{self.month:02d}"


def month_range(first: LocalMonth, last: LocalMonth) -> tuple[LocalMonth, ...]:
    """Return every month from `first` to `last`, both included."""
    return tuple(first.shift(i) for i in range(last.index - first.index + 1))
