"""
Which blocks of the week stand out: tested by resampling whole incidents, since aoristic weights are fractions.

A sum of fractions is not a Poisson count: an incident that may have happened at any time of a week weighs on every
block a little, and says next to nothing. Drawing whole incidents with all their fractions keeps this.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.stats import norm

from hotspots.aoristic import HOURS_PER_WEEK
from hotspots.shifts import BlockLayout

__all__ = ["excess_over_even_week", "excess_over_force", "resampled_p", "rotation_p"]

Floats = NDArray[np.float64]

# Sums in another order differ in their last digits, and must count as equal.
_TOLERANCE = 1e-9
_MOST_DRAWN = 5_000
_MOST_DRAWS_AT_ONCE = 2_000_000


def excess_over_force(incidents: csr_array, members: csr_array, force_shares: Floats) -> Floats:
    """
    Return how much more each scope has in each block than the force's usual.

    Parameters
    ----------
    incidents
        Weights of incidents by block, shape (n_incidents, n_blocks).
    members
        1 where an incident belongs to a scope, shape (n_scopes, n_incidents).
    force_shares
        The force's share of each block, shape (n_blocks,).

    Returns
    -------
    array of shape (n_scopes, n_blocks)
        `T_b = sum_i (a_ib - a_i F_b)`, with `a_i` the whole weight of the incident.
    """
    totals = (members @ incidents).toarray()
    return np.asarray(totals - totals.sum(axis=1, keepdims=True) * force_shares, dtype=np.float64)


def resampled_p(
    incidents: csr_array,
    sizes: NDArray[np.int64],
    excess: Floats,
    force_shares: Floats,
    *,
    n_resamples: int,
    rng: np.random.Generator,
) -> Floats:
    """
    Return the one-sided p-value of each excess, were a scope's incidents drawn from the whole force.

    Parameters
    ----------
    incidents
        Weights of all incidents of the force by block, shape (n_incidents, n_blocks).
    sizes
        Number of incidents of each scope, shape (n_scopes,).
    excess
        From `excess_over_force`, shape (n_scopes, n_blocks).
    force_shares
        The force's share of each block, shape (n_blocks,).
    n_resamples
        Number of resamples R.
    rng
        Source of randomness.

    Returns
    -------
    array of shape (n_scopes, n_blocks)
        `(M + 1) / (R + 1)`, M being the resamples with at least that excess.

    Notes
    -----
    Each resample is one long row of incidents drawn with replacement; a scope of n incidents is compared with its
    first n. So the draws serve all scopes, and each scope's test is as good as with draws of its own. A scope of more
    than 5,000 incidents is compared with the normal distribution that such sums have by then, of the variance of one
    draw times n: a block of two hours then expects some sixty incidents.
    """
    n_blocks = incidents.shape[1]
    null = np.zeros((n_resamples, n_blocks))
    p_values = np.ones_like(excess)
    drawn = 0
    is_large = sizes > _MOST_DRAWN
    if is_large.any():
        p_values[is_large] = _normal_p(incidents, sizes[is_large], excess[is_large], force_shares)
    for size in np.unique(sizes[~is_large]):
        while drawn < size:
            n_more = int(min(size - drawn, max(_MOST_DRAWS_AT_ONCE // n_resamples, 1)))
            null += _draw(incidents, n_resamples, n_more, rng)
            drawn += n_more
        null_excess = null - null.sum(axis=1, keepdims=True) * force_shares
        for scope in np.flatnonzero(sizes == size):
            n_as_large = (null_excess >= excess[scope] - _TOLERANCE).sum(axis=0)
            p_values[scope] = (n_as_large + 1) / (n_resamples + 1)
    return p_values


def _normal_p(incidents: csr_array, sizes: NDArray[np.int64], excess: Floats, force_shares: Floats) -> Floats:
    """Return the one-sided p-value of sums of many draws, by their mean and variance."""
    whole = np.asarray(incidents.sum(axis=1), dtype=np.float64).ravel()
    squares = np.asarray(incidents.power(2).sum(axis=0), dtype=np.float64).ravel()
    crossed = np.asarray(incidents.T @ whole, dtype=np.float64).ravel()
    total = np.asarray(incidents.sum(axis=0), dtype=np.float64).ravel()
    n = incidents.shape[0]
    mean = (total - whole.sum() * force_shares) / n
    variance = (squares - 2 * force_shares * crossed + force_shares**2 * (whole**2).sum()) / n - mean**2
    spread = np.sqrt(np.maximum(variance, 0.0) * sizes[:, None])
    z = np.divide(excess - mean * sizes[:, None], spread, out=np.zeros_like(excess), where=spread > 0)
    return np.where(spread > 0, norm.sf(z), 1.0)


def _draw(incidents: csr_array, n_resamples: int, n_draws: int, rng: np.random.Generator) -> Floats:
    """Return the sums of `n_draws` incidents for each resample, shape (n_resamples, n_blocks)."""
    n_incidents = incidents.shape[0]
    draws = rng.integers(0, n_incidents, size=n_resamples * n_draws)
    begin = np.arange(n_resamples + 1) * n_draws
    picked = csr_array((np.ones(len(draws)), draws, begin), shape=(n_resamples, n_incidents))
    return np.asarray((picked @ incidents).toarray(), dtype=np.float64)


def excess_over_even_week(hours: csr_array, layout: BlockLayout) -> Floats:
    """
    Return how much more each block has than its length's share of an even week.

    Parameters
    ----------
    hours
        Weights of incidents by hour of the week, shape (n_incidents, 168).
    layout
        How the week is cut into blocks.

    Returns
    -------
    array of shape (n_blocks,)
        The sums less the mean of an hour times the hours of the block.
    """
    by_hour = np.asarray(hours.sum(axis=0), dtype=np.float64).reshape(1, -1)
    return np.asarray((layout.totals(by_hour) - by_hour.mean() * layout.n_hours)[0], dtype=np.float64)


def rotation_p(
    hours: csr_array, layout: BlockLayout, excess: Floats, *, n_rotations: int, rng: np.random.Generator
) -> Floats:
    """
    Return the one-sided p-value of each block's excess, were every incident as likely at any time of the week.

    Parameters
    ----------
    hours
        Weights of incidents by hour of the week, shape (n_incidents, 168).
    layout
        How the week is cut into blocks.
    excess
        From `excess_over_even_week`, shape (n_blocks,).
    n_rotations
        How often the week of every incident is turned by a random number of hours. After it all hours are alike, so
        that each rotation gives, for a block, the sums of as many hours from every hour of the week.
    rng
        Source of randomness.

    Returns
    -------
    array of shape (n_blocks,)
        `(M + 1) / (R + 1)` with R = rotations x 168.
    """
    n_incidents = hours.shape[0]
    row, hour = hours.tocoo().coords
    null = np.empty((n_rotations, HOURS_PER_WEEK))
    for i in range(n_rotations):
        turn = rng.integers(0, HOURS_PER_WEEK, size=n_incidents)
        null[i] = np.bincount((hour + turn[row]) % HOURS_PER_WEEK, hours.data, minlength=HOURS_PER_WEEK)
    null -= null.mean(axis=1, keepdims=True)
    p_values = np.ones(len(excess))
    for length in np.unique(layout.n_hours):
        sums = sum((np.roll(null, -k, axis=1) for k in range(1, int(length))), start=null.copy())
        ordered = np.sort(sums, axis=None)
        of_length = layout.n_hours == length
        n_as_large = ordered.size - np.searchsorted(ordered, excess[of_length] - _TOLERANCE, side="left")
        p_values[of_length] = (n_as_large + 1) / (ordered.size + 1)
    return p_values
