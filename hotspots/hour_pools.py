"""Pools of hours: what a place with few incidents borrows from its policing unit or its kind of environment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hotspots.hour_of_week import shrunk_shares

__all__ = ["HourPools", "hour_pools"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HourPools:
    """
    The pools of some incidents.

    Parameters
    ----------
    of_incident
        1 where an incident belongs to a pool, shape (n_incidents, n_pools).
    shares
        Share of each hour of the week in each pool, shape (n_pools, 168).
    """

    of_incident: csr_array
    shares: Floats

    def mixed(self, counts: Floats, usual: Floats) -> Floats:
        """
        Return the hours of places whose incidents lie in several pools, in these proportions.

        Parameters
        ----------
        counts
            Incidents of each place in each pool, shape (n_places, n_pools).
        usual
            Hours of a place without any, shape (168,).
        """
        total = counts.sum(axis=1, keepdims=True)
        return np.asarray(np.where(total > 0, counts @ self.shares / np.maximum(total, 1e-12), usual))


def hour_pools(
    codes: NDArray[np.object_],
    hours: csr_array,
    usual: Floats,
    *,
    smooth: Callable[[Floats], Floats],
    prior_incidents: float,
) -> HourPools:
    """
    Return the hours of each pool, shrunk to the force's.

    Parameters
    ----------
    codes
        Pool of each incident, empty where it has none, shape (n_incidents,).
    hours
        Decayed weights by hour of the week, shape (n_incidents, 168).
    usual
        The force's share of each hour, shape (168,).
    smooth
        Smooths weights of shape (n, 168).
    prior_incidents
        How many incidents the force is worth to a pool.

    Returns
    -------
    HourPools
        `P_pool = (X + k P_force) / (n + k)`; incidents without a pool borrow from the force itself.
    """
    names, code = np.unique(codes.astype(str), return_inverse=True)
    n = len(code)
    of_incident = csr_array((np.ones(n), code, np.arange(n + 1)), shape=(n, len(names)))
    sums = np.asarray((csr_array(of_incident.T) @ hours).toarray(), dtype=np.float64)
    shares = shrunk_shares(smooth(sums), usual, prior_incidents=prior_incidents)
    shares[names == ""] = usual
    return HourPools(of_incident, shares)
