"""Days of Demoshire that differ: bank holidays of England, school terms and holidays, home matches, shifts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pandas as pd

from domain.months import LocalMonth
from redzones.demoshire.writers import write_table

__all__ = ["bank_holidays", "write_calendar"]

_SATURDAY, _DECEMBER, _MAY, _AUGUST = 5, 12, 5, 8
_SHIFTS = (("Early", 7, 8), ("Late", 15, 8), ("Night", 23, 8))
_KICK_OFF, _MATCH_HOURS = 15, 2
#: Months without home matches.
_CLOSE_SEASON = (6, 7)


def _easter(year: int) -> date:
    """Return Easter Sunday (Meeus, Astronomical Algorithms, chapter 8)."""
    century, in_century = divmod(year, 100)
    leaps, rest = divmod(century, 4)
    moon = (19 * (year % 19) + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * rest + 2 * (in_century // 4) - moon - in_century % 4) % 7
    late = (year % 19 + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def bank_holidays(year: int) -> tuple[tuple[str, date], ...]:
    """
    Return the usual bank holidays of England in a year, with those that fall on a weekend moved to a weekday.

    Examples
    --------
    >>> [day.isoformat() for _, day in bank_holidays(2025)][:4]
    ['2025-01-01', '2025-04-18', '2025-04-21', '2025-05-05']
    """
    easter = _easter(year)
    found = [
        ("New Year's Day", _next_weekday(date(year, 1, 1))),
        ("Good Friday", easter - timedelta(days=2)),
        ("Easter Monday", easter + timedelta(days=1)),
        ("Early May bank holiday", _monday(date(year, _MAY, 1))),
        ("Spring bank holiday", _monday(date(year, _MAY, 25))),
        ("Summer bank holiday", _monday(date(year, _AUGUST, 25))),
    ]
    christmas = _next_weekday(date(year, _DECEMBER, 25))
    boxing = _next_weekday(date(year, _DECEMBER, 26))
    # where Christmas Day or Boxing Day falls on a weekend, the weekdays after it are free, each for one of the two
    boxing += timedelta(days=1) if boxing == christmas else timedelta()
    return (*found, ("Christmas Day", christmas), ("Boxing Day", boxing))


def _next_weekday(day: date) -> date:
    return day + timedelta(days=max(7 - day.weekday(), 0)) if day.weekday() >= _SATURDAY else day


def _monday(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)


def write_calendar(path: Path, *, months: tuple[LocalMonth, ...], match_area: str) -> Path:
    """
    Write the calendar of the months and of the one after: all days local, ends exclusive.

    Parameters
    ----------
    path
        File to write.
    months
        Months of the county.
    match_area
        Ward of the football ground.
    """
    first, after = months[0].first_day, months[-1].shift(2).first_day
    rows: list[tuple[str, str, datetime, datetime, str]] = []
    for year in range(first.year, after.year + 1):
        rows += [("bank_holiday", name, *_whole(day, day), "") for name, day in bank_holidays(year)]
        rows += [("school_holiday", name, *_whole(begin, end), "") for name, begin, end in _school_holidays(year)]
        rows += [("school_term", name, *_whole(begin, end), "") for name, begin, end in _school_terms(year)]
    rows += [("match_day", "Home match", begin, end, match_area) for begin, end in _matches(first, after)]
    rows = [row for row in rows if row[3].date() > first and row[2].date() < after]
    for name, begin_hour, n_hours in _SHIFTS:
        begin = datetime.combine(first, time(begin_hour))
        rows.append(("shift", name, begin, begin + timedelta(hours=n_hours), ""))
    frame = pd.DataFrame(rows, columns=["category", "name", "begins_at", "ends_at", "area_code"])
    for column in ("begins_at", "ends_at"):
        frame[column] = frame[column].dt.strftime("%Y-%m-%d %H:%M")
    return write_table(path, frame)


def _whole(first: date, last: date) -> tuple[datetime, datetime]:
    """Return the begin of the first day and the end of the last."""
    return datetime.combine(first, time()), datetime.combine(last + timedelta(days=1), time())


def _school_holidays(year: int) -> Iterator[tuple[str, date, date]]:
    easter = _easter(year)
    yield "February half-term", _monday(date(year, 2, 12)), _monday(date(year, 2, 12)) + timedelta(days=4)
    yield "Easter holidays", easter - timedelta(days=9), easter + timedelta(days=7)
    yield "May half-term", _monday(date(year, _MAY, 25)), _monday(date(year, _MAY, 25)) + timedelta(days=4)
    yield "Summer holidays", date(year, 7, 23), date(year, 9, 2)
    yield "October half-term", _monday(date(year, 10, 22)), _monday(date(year, 10, 22)) + timedelta(days=4)
    yield "Christmas holidays", date(year, _DECEMBER, 21), date(year + 1, 1, 4)


def _school_terms(year: int) -> Iterator[tuple[str, date, date]]:
    easter = _easter(year)
    yield "Spring term", date(year, 1, 5), easter - timedelta(days=10)
    yield "Summer term", easter + timedelta(days=8), date(year, 7, 22)
    yield "Autumn term", date(year, 9, 3), date(year, _DECEMBER, 20)


def _matches(first: date, after: date) -> Iterator[tuple[datetime, datetime]]:
    """Yield every other Saturday afternoon of the season."""
    day = first + timedelta(days=(_SATURDAY - first.weekday()) % 7)
    while day < after:
        if day.month not in _CLOSE_SEASON:
            begin = datetime.combine(day, time(_KICK_OFF))
            yield begin, begin + timedelta(hours=_MATCH_HOURS)
        day += timedelta(days=14)
