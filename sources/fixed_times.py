"""Times written with every digit in its place, such as 04/06/2025 21:30, read all at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["read_fixed_times"]

_DIGITS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
_UNTIL = {"H": 24, "M": 60, "S": 60}
_ZERO = ord("0")


def read_fixed_times(texts: NDArray[np.object_], time_format: str) -> NDArray[np.datetime64]:
    """
    Return the times of texts that fit a format digit by digit.

    Parameters
    ----------
    texts
        Texts of shape (n,).
    time_format
        A format of `strptime`; only numbers with leading zeros are read (%Y %m %d %H %M %S), each at most once.

    Returns
    -------
    array of datetime64[us], shape (n,)
        NaT where a text is written otherwise or is no time: another reader may know better.

    Examples
    --------
    >>> texts = np.array(["04/06/2025 21:30", "4/6/2025 21:30", "31/02/2025 10:00"], dtype=object)
    >>> read_fixed_times(texts, "%d/%m/%Y %H:%M").astype("datetime64[m]").tolist()[:2]
    [datetime.datetime(2025, 6, 4, 21, 30), None]
    """
    found = np.full(len(texts), np.datetime64("NaT", "us"))
    places = _places(time_format)
    if places is None or not len(texts):
        return found
    at, literals, width = places
    written, fits = _matrix(texts, width)
    if not len(fits):
        return found
    for position, letter in literals.items():
        written_right = written[:, position] == ord(letter)
        if not written_right.all():
            written, fits = written[written_right], fits[written_right]
    digits = np.concatenate([np.arange(start, start + _DIGITS[part]) for part, start in at.items()])
    is_number = ((written[:, digits] >= _ZERO) & (written[:, digits] <= _ZERO + 9)).all(axis=1)
    if not is_number.all():
        written, fits = written[is_number], fits[is_number]
    times, is_time = _times({part: _number(written, start, _DIGITS[part]) for part, start in at.items()})
    found[fits[is_time]] = times[is_time]
    return found


def _places(time_format: str) -> tuple[dict[str, int], dict[int, str], int] | None:
    """Return where each number begins, which letter stands where between them, and how wide a text is."""
    at: dict[str, int] = {}
    literals: dict[int, str] = {}
    width = 0
    letters = iter(time_format)
    for letter in letters:
        if letter == "%":
            part = next(letters, "")
            if part not in _DIGITS or part in at:
                return None
            at[part] = width
            width += _DIGITS[part]
        elif (letter.isascii() and not letter.isspace()) or letter == " ":
            literals[width] = letter
            width += 1
        else:
            return None
    return (at, literals, width) if {"Y", "m", "d"} <= set(at) else None


def _matrix(texts: NDArray[np.object_], width: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes of the texts that are so wide, a row each, and which texts they are."""
    fits = np.arange(len(texts))
    written = _joined(texts)
    if len(written) != len(texts) * (width + 1):
        fits = np.flatnonzero(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) == width)
        written = _joined(texts[fits])
    rows = np.frombuffer(written, dtype=np.uint8).reshape(-1, width + 1)
    # several texts of other widths may be as long together: then their ends stand elsewhere
    closed = rows[:, width] == ord("\n")
    return rows[closed, :width], fits[closed]


def _joined(texts: NDArray[np.object_]) -> bytes:
    # a letter beyond ASCII becomes one byte that is no digit
    return "".join([text + "\n" for text in texts]).encode("ascii", "replace")


def _number(written: NDArray[np.uint8], start: int, n_digits: int) -> NDArray[np.int64]:
    value = np.zeros(len(written), dtype=np.int64)
    for position in range(start, start + n_digits):
        value = value * 10 + written[:, position] - _ZERO
    return value


def _times(parts: dict[str, NDArray[np.int64]]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return times, and which of them the calendar and the clock have."""
    month = parts["m"]
    months = ((parts["Y"] - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (parts["d"] - 1)
    is_time = (month >= 1) & (month <= 12) & (days.astype("datetime64[M]") == months) & (parts["Y"] >= 1)
    seconds = np.zeros(len(month), dtype=np.int64)
    for part, until in _UNTIL.items():
        value = parts.get(part, np.zeros(len(month), dtype=np.int64))
        is_time &= value < until
        seconds = seconds * 60 + value
    return days.astype("datetime64[us]") + seconds.astype("timedelta64[s]"), is_time
