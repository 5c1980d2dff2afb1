"""Shifts: when those who patrol begin and end, as it recurs every day."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.errors import SettingsError

__all__ = ["DAY_MINUTES", "DEFAULT_SHIFTS", "Shift", "parse_shift", "rounded_shift"]

#: Minutes of a day.
DAY_MINUTES = 24 * 60

_SHIFT = re.compile(r"(?P<name>.+?)\s+(?P<begin>\d{1,2}:\d{2})\s*-\s*(?P<end>\d{1,2}:\d{2})")


@dataclass(frozen=True, slots=True)
class Shift:
    """
    A shift as it recurs every day.

    Parameters
    ----------
    name
        What the force calls it.
    begin_hour
        Hour of the local day at which it begins, 0 to 23.
    n_hours
        How long it lasts, 1 to 24; a shift may run over midnight.
    """

    name: str
    begin_hour: int
    n_hours: int

    def words(self) -> str:
        """Return name and times, for example `Night 23:00-07:00`."""
        end = (self.begin_hour + self.n_hours) % 24
        return f"{self.name} {self.begin_hour:02d}:00-{end:02d}:00"


#: Used where neither the calendar nor the settings name shifts.
DEFAULT_SHIFTS = (Shift("Early", 7, 8), Shift("Late", 15, 8), Shift("Night", 23, 8))


def parse_shift(text: str) -> Shift:
    """
    Return the shift written as `Name HH:MM-HH:MM`, its times rounded to the full hour.

    Parameters
    ----------
    text
        Name and local times; an end that is not after the begin is on the next day.

    Raises
    ------
    SettingsError
        If the text is not of that form.

    Examples
    --------
    >>> parse_shift("Night 22:00-07:00")
    Shift(name='Night', begin_hour=22, n_hours=9)
    """
    match = _SHIFT.fullmatch(text.strip())
    times = [_minutes(match[part]) for part in ("begin", "end")] if match else []
    if match is None or any(minutes is None for minutes in times):
        raise SettingsError(f'"{text}" is not a shift', hint="Write a shift as Name HH:MM-HH:MM: Night 22:00-07:00.")
    begin, end = (minutes or 0 for minutes in times)
    return rounded_shift(match["name"], begin, (end - begin - 1) % DAY_MINUTES + 1)


def _minutes(text: str) -> int | None:
    hour, minute = (int(part) for part in text.split(":"))
    return hour * 60 + minute if hour <= 24 and minute < 60 and hour * 60 + minute <= DAY_MINUTES else None


def rounded_shift(name: str, begin_minutes: int, length_minutes: int) -> Shift:
    """
    Return a shift whose begin and end are rounded to the nearest full hour.

    Parameters
    ----------
    name
        What the force calls it.
    begin_minutes
        Minutes from midnight to its begin.
    length_minutes
        How long it lasts.

    Examples
    --------
    >>> rounded_shift("Early", 6 * 60 + 45, 9 * 60).words()
    'Early 07:00-16:00'
    """
    begin = (begin_minutes + 30) // 60
    end = (begin_minutes + length_minutes + 30) // 60
    return Shift(name, begin % 24, min(max(end - begin, 1), 24))
