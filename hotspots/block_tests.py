"""
Which blocks of the week stand out: tested by resampling whole incidents, since aoristic weights are fractions.

A sum of fractions is not a Poisson count: an incident that may have happened at any time of a week weighs on every
block a little, and says next to nothing. Drawing whole incidents with all their fractions keeps this.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

__all__ = ["excess_over_even_week", "excess_over_force", "resampled_p", "rotation_p"]

Floats = NDArray[np.float64]

# Sums in another order differ in their last digits, and must count as equal.
_TOLERANCE = 1e-9
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
    first n. So the draws serve all scopes, and each scope's test is as good as with draws of its own.
    """
    n_blocks = incidents.shape[1]
    null = np.zeros((n_resamples, n_blocks))
    p_values = np.ones_like(excess)
    drawn = 0
    for size in np.unique(sizes):
        while drawn < size:
            n_more = int(min(size - drawn, max(_MOST_DRAWS_AT_ONCE // n_resamples, 1)))
            null += _draw(incidents, n_resamples, n_more, rng)
            drawn += n_more
        null_excess = null - null.sum(axis=1, keepdims=True) * force_shares
        for scope in np.flatnonzero(sizes == size):
            n_as_large = (null_excess >= excess[scope] - _TOLERANCE).sum(axis=0)
            p_values[scope] = (n_as_large + 1) / (n_resamples + 1)
    return p_values


def _draw(incidents: csr_array, n_resamples: int, n_draws: int, rng: np.random.Generator) -> Floats:
    """Return the sums of `n_draws` incidents for each resample, shape (n_resamples, n_blocks)."""
    n_incidents = incidents.shape[0]
    draws = rng.integers(0, n_incidents, size=n_resamples * n_draws)
    begin = np.arange(n_resamples + 1) * n_draws
    picked = csr_array((np.ones(len(draws)), draws, begin), shape=(n_resamples, n_incidents))
    return np.asarray((picked @ incidents).toarray(), dtype=np.float64)


def excess_over_even_week(incidents: csr_array) -> Floats:
    """
    Return how much more each block has than an even share of the week.

    Parameters
    ----------
    incidents
        Weights of incidents by block, shape (n_incidents, n_blocks).

    Returns
    -------
    array of shape (n_blocks,)
        The sums less their mean.
    """
    totals = np.asarray(incidents.sum(axis=0), dtype=np.float64).ravel()
    return totals - totals.mean()


def rotation_p(incidents: csr_array, excess: Floats, *, n_rotations: int, rng: np.random.Generator) -> Floats:
    """
    Return the one-sided p-value of each block's excess, were every incident as likely at any time of the week.

    Parameters
    ----------
    incidents
        Weights of incidents by block, shape (n_incidents, n_blocks).
    excess
        From `excess_over_even_week`, shape (n_blocks,).
    n_rotations
        How often the week of every incident is turned by a random number of blocks. After it all blocks are alike, so
        that each rotation gives as many values to compare with as there are blocks.
    rng
        Source of randomness.

    Returns
    -------
    array of shape (n_blocks,)
        `(M + 1) / (R + 1)` with R = rotations x blocks.
    """
    n_incidents, n_blocks = incidents.shape
    row, block = incidents.tocoo().coords
    null = np.empty((n_rotations, n_blocks))
    for i in range(n_rotations):
        turn = rng.integers(0, n_blocks, size=n_incidents)
        sums = np.bincount((block + turn[row]) % n_blocks, incidents.data, minlength=n_blocks)
        null[i] = sums - sums.mean()
    ordered = np.sort(null, axis=None)
    n_as_large = ordered.size - np.searchsorted(ordered, excess - _TOLERANCE, side="left")
    return np.asarray((n_as_large + 1) / (ordered.size + 1), dtype=np.float64)
