"""The hour of the day as an angle: mean time, how concentrated, and whether more than chance (Rayleigh)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

__all__ = ["CircularDay", "circular_day", "rayleigh_p"]

Floats = NDArray[np.float64]

_HOURS = 24


@dataclass(frozen=True, slots=True)
class CircularDay:
    """
    Mean time of the day of some incidents.

    Parameters
    ----------
    mean_hour
        Mean direction as an hour of the local day, 0 to 24; NaN without incidents.
    margin_hours
        Half of its 95 per cent interval, hours; NaN where the day is so even that no mean can be told.
    resultant
        Mean resultant length: 0 for an even day, 1 where all is at one time.
    p_value
        Of the Rayleigh test against an even day.
    n
        Incidents.
    """

    mean_hour: float
    margin_hours: float
    resultant: float
    p_value: float
    n: int


def circular_day(hours: csr_array) -> CircularDay:
    """
    Return the mean time of the day, from aoristic weights.

    Parameters
    ----------
    hours
        Weights by hour of the week, shape (n_incidents, 168), each row summing to 1.

    Returns
    -------
    CircularDay
        With `z_i = sum_h w_ih exp(2 pi i (h + 1/2) / 24)` the angle of an incident, spread over the hours in which it
        may have happened (so `|z_i| <= 1`), the mean is the direction of `sum z_i`, and the margin 1.96 times
        `sqrt(sum (Im z_i exp(-i mean))^2) / |sum z_i|`.

    Examples
    --------
    >>> hours = csr_array(([1.0, 1.0], ([0, 1], [23, 0])), shape=(2, 168))
    >>> circular_day(hours).mean_hour
    0.0
    """
    n = hours.shape[0]
    if n == 0:
        return CircularDay(np.nan, np.nan, np.nan, np.nan, 0)
    angle = 2 * np.pi * (np.arange(hours.shape[1]) % _HOURS + 0.5) / _HOURS
    z = hours @ np.cos(angle) + 1j * (hours @ np.sin(angle))
    total = z.sum()
    length = float(abs(total))
    p_value = float(rayleigh_p(length / n, n))
    if length < 1e-9 * n:
        return CircularDay(np.nan, np.nan, 0.0, p_value, n)
    turned = z * np.conj(total / length)
    margin = 1.96 * float(np.sqrt((turned.imag**2).sum())) / length * _HOURS / (2 * np.pi)
    mean = float(np.round(np.angle(total) % (2 * np.pi) * _HOURS / (2 * np.pi), 9)) % _HOURS
    return CircularDay(mean, margin if margin < _HOURS / 4 else np.nan, length / n, p_value, n)


def rayleigh_p(resultant: ArrayLike, n: ArrayLike) -> Floats:
    """
    Return the p-value of the Rayleigh test of uniformity on a circle.

    Parameters
    ----------
    resultant
        Mean resultant length, 0 to 1.
    n
        Number of angles.

    Returns
    -------
    array
        `exp(sqrt(1 + 4 n + 4 (n^2 - R^2)) - (1 + 2 n))` with `R = n r` (Zar 1999; Berens 2009,
        doi 10.18637/jss.v031.i10).

    Examples
    --------
    >>> float(rayleigh_p(0.0, 10))
    1.0
    """
    n = np.asarray(n, dtype=np.float64)
    r = n * np.asarray(resultant, dtype=np.float64)
    exponent = np.sqrt(np.maximum(1 + 4 * n + 4 * (n**2 - r**2), 0.0)) - (1 + 2 * n)
    return np.asarray(np.clip(np.exp(exponent), 0.0, 1.0), dtype=np.float64)
