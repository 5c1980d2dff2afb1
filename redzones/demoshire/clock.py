"""When things happen in Demoshire: seasons, the usual hours of each category, and the intervals that people report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.months import LocalMonth
from redzones.demoshire.planted import HOURS

__all__ = ["USUAL_HOURS", "HourSampler", "intervals", "planted_week", "season", "usual_week"]

_HOURS_PER_WEEK = 168
_SECONDS_PER_HOUR = 3600
_MONDAY_EPOCH = 4  # 1970-01-05 was a Monday

#: Month by month: ASB is a summer thing, other crime hardly so.
_ASB_SEASON = (0.72, 0.70, 0.98, 1.12, 1.12, 1.16, 1.29, 1.24, 1.02, 1.13, 0.86, 0.66)
_CRIME_SEASON = (0.96, 0.92, 1.00, 1.00, 1.02, 1.05, 1.07, 1.05, 0.99, 1.01, 0.97, 0.96)

#: Usual hours: peaks as (hour of the day, width in hours, height), and the factor of each weekday.
USUAL_HOURS: dict[str, tuple[tuple[tuple[float, float, float], ...], tuple[float, ...]]] = {
    "Anti-social behaviour": (((19.0, 3.2, 1.0), (15.5, 2.5, 0.5)), (0.9, 0.9, 0.9, 0.95, 1.15, 1.2, 1.0)),
    "Violence and sexual offences": (((21.0, 4.0, 1.0), (1.0, 2.0, 0.5)), (0.9, 0.9, 0.9, 0.9, 1.1, 1.25, 1.05)),
    "Public order": (((18.0, 5.0, 1.0), (23.0, 2.0, 0.4)), (0.95, 0.95, 0.95, 1.0, 1.1, 1.1, 0.95)),
    "Shoplifting": (((14.0, 3.4, 1.0),), (1.0, 1.0, 1.0, 1.05, 1.1, 1.05, 0.75)),
    "Criminal damage and arson": (((22.0, 4.0, 1.0), (17.0, 3.0, 0.5)), (0.9, 0.9, 0.9, 0.95, 1.1, 1.2, 1.05)),
    "Burglary": (((2.0, 3.0, 0.7), (14.0, 4.0, 0.8)), (1.05, 1.0, 1.0, 1.0, 1.05, 0.95, 0.95)),
    "Vehicle crime": (((2.5, 3.5, 1.0),), (1.0, 1.0, 1.0, 1.0, 1.05, 1.0, 0.95)),
}
_OTHERWISE = (((15.0, 5.5, 1.0),), (1.0, 1.0, 1.0, 1.0, 1.05, 1.0, 0.9))

#: Share of incidents found later, so that only an interval is known, and the mean hours on both sides.
_FOUND_LATER: dict[str, tuple[float, float]] = {
    "Burglary": (0.60, 4.0),
    "Vehicle crime": (0.65, 4.5),
    "Criminal damage and arson": (0.50, 4.0),
    "Bicycle theft": (0.60, 3.0),
    "Other theft": (0.35, 3.0),
    "Anti-social behaviour": (0.08, 1.0),
}


def season(category: str, month: LocalMonth) -> float:
    """Return the relative number of incidents of a category in a month of the year."""
    return (_ASB_SEASON if category == "Anti-social behaviour" else _CRIME_SEASON)[month.month - 1]


def usual_week(category: str) -> NDArray[np.float64]:
    """Return the usual weight of each of the 168 hours of the week, Monday 00:00 first, summing to 1."""
    peaks, days = USUAL_HOURS.get(category, _OTHERWISE)
    hour = np.arange(24) + 0.5
    day = np.full(24, 0.12)
    for middle, width, height in peaks:
        apart = np.abs(hour - middle)
        day = day + height * np.exp(-0.5 * (np.minimum(apart, 24 - apart) / width) ** 2)
    week = np.outer(days, day).ravel()
    return np.asarray(week / week.sum())


def planted_week(hours: str) -> NDArray[np.float64]:
    """Return the weight of each hour of the week within planted hours, summing to 1."""
    week = np.zeros(_HOURS_PER_WEEK)
    for weekdays, first, after, weight in HOURS[hours]:
        for weekday in weekdays:
            for hour in range(first, after):
                week[(24 * weekday + hour) % _HOURS_PER_WEEK] += weight
    return week / week.sum()


@dataclass(frozen=True, slots=True)
class HourSampler:
    """
    Draws local wall-clock times within a month by a week's weights.

    Parameters
    ----------
    month
        The month.
    """

    month: LocalMonth

    def draw(self, week: NDArray[np.float64], n: int, *, rng: np.random.Generator) -> NDArray[np.datetime64]:
        """
        Return `n` naive local times to the minute; two in five are rounded to five minutes, as people tell the time.

        Parameters
        ----------
        week
            Weights of shape (168,), Monday 00:00 first.
        n
            Number of times.
        rng
            Source of randomness.
        """
        begin = np.datetime64(self.month.first_day, "h")
        end = np.datetime64(self.month.shift(1).first_day, "h")
        hours = np.arange(begin, end)
        of_week = (hours.astype(np.int64) - 24 * _MONDAY_EPOCH) % _HOURS_PER_WEEK
        upto = np.cumsum(week[of_week])
        drawn = hours[np.searchsorted(upto, rng.random(n) * upto[-1], side="right")]
        minute = rng.integers(60, size=n)
        minute = np.where(rng.random(n) < 0.4, minute - minute % 5, minute)
        return np.asarray(drawn.astype("datetime64[m]") + minute.astype("timedelta64[m]"))


def intervals(
    category: NDArray[np.str_], happened: NDArray[np.datetime64], *, rng: np.random.Generator
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """
    Return the begin and end that a victim would report: the same instant, or hours around it where it was found later.

    Parameters
    ----------
    category
        Category of each incident, shape (n,).
    happened
        True local time of each.
    rng
        Source of randomness.

    Returns
    -------
    tuple of arrays
        Begin and end, to the minute; the begin never leaves the month of the true time.
    """
    share = np.array([_FOUND_LATER.get(c, (0.0, 0.0))[0] for c in category])
    hours = np.array([_FOUND_LATER.get(c, (0.0, 0.0))[1] for c in category])
    is_later = rng.random(len(category)) < share

    def spell() -> NDArray[np.timedelta64]:
        minutes = np.minimum(60 * hours * rng.exponential(1.0, size=len(category)), 14 * 60)
        return np.asarray(np.where(is_later, minutes, 0).astype("timedelta64[m]"))

    before, after = spell(), spell()
    month_begin = happened.astype("datetime64[M]").astype("datetime64[m]")
    return np.maximum(happened - before, month_begin), happened + after
