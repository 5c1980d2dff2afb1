"""Shares of the 168 hours of the week: smoothed round the clock, and shrunk to what is better known (METHODS 8)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d

from hotspots.aoristic import HOURS_PER_WEEK

__all__ = ["block_totals", "shrunk_shares", "smoothed_week"]

Floats = NDArray[np.float64]

_TRUNCATE = 3.0


def smoothed_week(weights: Floats, *, sigma_hours: float = 1.0, pooled: float = 0.6) -> Floats:
    """
    Smooth hours round the clock, and borrow from the same hour of the other days.

    Parameters
    ----------
    weights
        Weights by hour of the week, shape (n_scopes, 168), hour 0 on Monday at 00:00.
    sigma_hours
        Standard deviation of the circular Gaussian, cut at three of them; Sunday night runs on into Monday.
    pooled
        Share of each hour that is the mean over the seven days at that hour, 0 to 1.

    Returns
    -------
    array of the same shape
        With the same total in every row.
    """
    reach = int(_TRUNCATE * sigma_hours)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma_hours) ** 2)
    smooth = correlate1d(weights, kernel / kernel.sum(), axis=1, mode="wrap")
    of_day = smooth.reshape(-1, 7, 24).mean(axis=1, keepdims=True)
    usual = np.broadcast_to(of_day, (len(weights), 7, 24)).reshape(-1, HOURS_PER_WEEK)
    return np.asarray((1 - pooled) * smooth + pooled * usual, dtype=np.float64)


def shrunk_shares(weights: Floats, prior: Floats, *, prior_incidents: float) -> Floats:
    """
    Shrink the shares of the hours towards a prior.

    Parameters
    ----------
    weights
        Smoothed weights, shape (n_scopes, 168).
    prior
        Shares to shrink to, shape (168,) or (n_scopes, 168), each summing to 1.
    prior_incidents
        How many incidents the prior is worth, above 0.

    Returns
    -------
    array of shape (n_scopes, 168)
        `P = (X + k P_prior) / (n + k)` with `n` the sum of the weights; each row sums to 1.
    """
    n = weights.sum(axis=1, keepdims=True)
    return np.asarray((weights + prior_incidents * prior) / (n + prior_incidents), dtype=np.float64)


def block_totals(hours: Floats, *, block_hours: int) -> Floats:
    """
    Sum hours of the week into blocks.

    Parameters
    ----------
    hours
        Shape (n_scopes, 168).
    block_hours
        Hours of a block; divides 24.

    Returns
    -------
    array of shape (n_scopes, 168 / block_hours)
        The sums.
    """
    return np.asarray(hours.reshape(len(hours), -1, block_hours).sum(axis=2), dtype=np.float64)
