"""
How every number, date and state is written, in one place, so that no page ever shows a NaN or a false zero.

A figure that is missing comes out as words. A space inside a figure is a no-break space.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

from domain.areas import FigureState
from domain.months import LocalMonth

__all__ = [
    "MISSING",
    "area_km2",
    "capitalised",
    "count",
    "day",
    "decimal",
    "figure",
    "hour",
    "interval",
    "is_known",
    "joined",
    "month_name",
    "per_cent",
    "period",
    "plural",
    "state_words",
    "times",
    "weekday",
]

#: What a page says where there is no figure.
MISSING = "no data"

_WHOLE_UNITS = frozenset({"residents", "incidents", "households", "people", "areas"})
_NO_BREAK = "\N{NO-BREAK SPACE}"
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_STATE_WORDS = {
    FigureState.NO_DATA: MISSING,
    FigureState.SUPPRESSED: "suppressed",
    FigureState.CANNOT_TELL: "cannot tell",
}


def is_known(value: object) -> bool:
    """
    Return whether a value is a finite number.

    Examples
    --------
    >>> is_known(3), is_known(float("nan")), is_known(None)
    (True, False, False)
    """
    try:
        return value is not None and math.isfinite(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


def decimal(value: float | None, digits: int = 1) -> str:
    """
    Return a number with thousands separated and a fixed number of decimals.

    Examples
    --------
    >>> decimal(1234.56), decimal(-0.04), decimal(float("nan"))
    ('1,234.6', '0.0', 'no data')
    """
    if value is None or not is_known(value):
        return MISSING
    text = f"{value:,.{digits}f}"
    if not text.startswith("-"):
        return text
    is_zero = not any(c in "123456789" for c in text)
    return text.removeprefix("-") if is_zero else text.replace("-", "\N{MINUS SIGN}")


def count(value: float | None) -> str:
    """
    Return a whole number with thousands separated.

    Examples
    --------
    >>> count(80955)
    '80,955'
    """
    return decimal(value, 0)


def _digits_for(magnitude: float) -> int:
    if magnitude >= 100:
        return 0
    return 1 if magnitude >= 1 else 2


def per_cent(share: float | None, digits: int | None = None) -> str:
    """
    Return a share (0 to 1) in per cent, with more decimals where it is small.

    Examples
    --------
    >>> per_cent(0.234).replace("\N{NO-BREAK SPACE}", " ")
    '23 %'
    >>> per_cent(0.0042).replace("\N{NO-BREAK SPACE}", " ")
    '0.42 %'
    """
    if share is None or not is_known(share):
        return MISSING
    value = 100 * share
    if digits is None:
        digits = 0 if abs(value) >= 10 or value == 0 else _digits_for(abs(value))
    return f"{decimal(value, digits)}{_NO_BREAK}%"


def figure(value: float | None, unit: str) -> str:
    """
    Return a figure as its unit is read: whole residents and incidents, one decimal for rates, a sign for per cent.

    Parameters
    ----------
    value
        The figure; for `per cent` on the scale 0 to 100.
    unit
        Unit of a `profiles.results.MetricDefinition`.

    Examples
    --------
    >>> figure(1095365, "residents"), figure(12.345, "per 1,000 residents a year")
    ('1,095,365', '12.3')
    """
    if value is None or not is_known(value):
        return MISSING
    if unit == "per cent":
        return f"{decimal(value, 1)}{_NO_BREAK}%"
    if unit in _WHOLE_UNITS:
        return count(value)
    return decimal(value, _digits_for(abs(value)) if value else 0)


def interval(lower: float | None, upper: float | None, unit: str = "") -> str:
    """
    Return `lower to upper`, both with the same decimals, or an empty text where either end is unknown.

    Examples
    --------
    >>> interval(0.58, 12.0), interval(80, 1234, "residents")
    ('0.6 to 12.0', '80 to 1,234')
    """
    if lower is None or upper is None or not (is_known(lower) and is_known(upper)):
        return ""
    if unit == "per cent" or unit in _WHOLE_UNITS:
        return f"{figure(lower, unit)} to {figure(upper, unit)}"
    digits = _digits_for(max(abs(lower), abs(upper)))
    return f"{decimal(lower, digits)} to {decimal(upper, digits)}"


def times(ratio: float | None) -> str:
    """
    Return how many times as much something is.

    Examples
    --------
    >>> times(2.345).replace("\N{NO-BREAK SPACE}", " ")
    '2.3 times'
    """
    return (
        MISSING
        if ratio is None or not is_known(ratio)
        else f"{decimal(ratio, 0 if ratio >= 100 else 1)}{_NO_BREAK}times"
    )


def area_km2(value: float | None) -> str:
    """
    Return an area in square kilometres.

    Examples
    --------
    >>> area_km2(0.0625).replace("\N{NO-BREAK SPACE}", " ")
    '0.0625 km²'
    """
    if value is None or not is_known(value):
        return MISSING
    return f"{decimal(value, 4 if value < 1 else 1)}{_NO_BREAK}km²"


def state_words(state: str, note: str | None = None) -> str:
    """
    Return the words for a figure that has no value: its own note, else its state.

    Examples
    --------
    >>> state_words("cannot_tell", "cannot tell: needs 24 months")
    'cannot tell: needs 24 months'
    >>> state_words("suppressed")
    'suppressed'
    """
    words = _STATE_WORDS.get(FigureState(state), MISSING)
    if not note:
        return words
    return note if note.lower().startswith(words) else f"{words}: {note}"


def month_name(month: LocalMonth) -> str:
    """
    Return a month in words.

    Examples
    --------
    >>> month_name(LocalMonth(2025, 12))
    'December 2025'
    """
    return f"{_MONTHS[month.month - 1]} {month.year}"


def period(first: LocalMonth, last: LocalMonth) -> str:
    """
    Return a data period in words.

    Examples
    --------
    >>> period(LocalMonth(2025, 1), LocalMonth(2025, 12))
    'January 2025 to December 2025'
    """
    return month_name(last) if first == last else f"{month_name(first)} to {month_name(last)}"


def day(value: date) -> str:
    """
    Return a day in words.

    Examples
    --------
    >>> day(date(2026, 3, 3))
    '3 March 2026'
    """
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def weekday(number: int) -> str:
    """Return the name of a weekday; 0 is Monday."""
    return _WEEKDAYS[number]


def hour(value: int) -> str:
    """
    Return an hour of the day; 24 is midnight at the end of the day.

    Examples
    --------
    >>> hour(8)
    '08:00'
    """
    return f"{value:02d}:00"


def plural(number: float, singular: str, several: str | None = None) -> str:
    """
    Return a number with its noun.

    Examples
    --------
    >>> plural(1, "zone"), plural(1200, "zone")
    ('1 zone', '1,200 zones')
    """
    noun = singular if number == 1 else (several or f"{singular}s")
    return f"{count(number)} {noun}"


def joined(words: Sequence[str]) -> str:
    """
    Return words as a list in a sentence.

    Examples
    --------
    >>> joined(["maps", "cards", "exports"])
    'maps, cards and exports'
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def capitalised(text: str) -> str:
    """
    Return the text with its first letter in upper case and the rest as it is.

    Examples
    --------
    >>> capitalised("LSOA"), capitalised("ward")
    ('LSOA', 'Ward')
    """
    return text[:1].upper() + text[1:]
