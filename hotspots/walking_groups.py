"""
Zones near each other as one round on foot: the list stays as it is, so that grouping costs no hit (METHODS 7).

An officer who is dropped in a town centre can see several zones without a car. Groups say which, and how far it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

__all__ = ["WalkingGroup", "WalkingRules", "walking_groups"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WalkingRules:
    """
    Which zones make one round.

    Parameters
    ----------
    longest_step_m
        From one zone's centre to the next, at most, metres as the crow flies.
    longest_round_m
        Through all centres and back to the first, at most, metres as the crow flies; 3 km take about 40 minutes at an
        easy pace.
    most_zones
        Zones of one round, at most.
    """

    longest_step_m: float = 800.0
    longest_round_m: float = 3000.0
    most_zones: int = 6


@dataclass(frozen=True, slots=True)
class WalkingGroup:
    """
    Zones of one round.

    Parameters
    ----------
    members
        Positions of the zones in the order in which they are walked; the best-ranked zone first.
    round_m
        Length of the round back to the first zone, metres as the crow flies; 0 for a single zone.
    """

    members: tuple[int, ...]
    round_m: float


def walking_groups(x: Floats, y: Floats, *, rules: WalkingRules | None = None) -> tuple[WalkingGroup, ...]:
    """
    Join zones to rounds, the nearest pair of rounds first, as long as the joint round is short enough.

    Parameters
    ----------
    x, y
        Centres of the zones in order of rank, metres, shape (n_zones,).
    rules
        Which zones make one round.

    Returns
    -------
    tuple of WalkingGroup
        Every zone is in exactly one group; groups stand in the order of their best-ranked zone.

    Examples
    --------
    >>> groups = walking_groups(np.array([0.0, 5000.0, 300.0]), np.zeros(3))
    >>> [(group.members, group.round_m) for group in groups]
    [((0, 2), 600.0), ((1,), 0.0)]
    """
    chosen = rules or WalkingRules()
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    group_of = list(range(len(x)))
    members: dict[int, tuple[int, ...]] = {i: (i,) for i in range(len(x))}
    first, second = np.nonzero(np.triu(apart <= chosen.longest_step_m, k=1))
    for i in np.argsort(apart[first, second], kind="stable"):
        one, other = group_of[first[i]], group_of[second[i]]
        joint = tuple(sorted(members[one] + members[other]))
        if one == other or len(joint) > chosen.most_zones:
            continue
        if _shortest_round(apart, joint)[1] <= chosen.longest_round_m:
            members[one] = joint
            del members[other]
            for zone in joint:
                group_of[zone] = one
    rounds = (_shortest_round(apart, group) for group in sorted(members.values(), key=min))
    return tuple(WalkingGroup(order, length) for order, length in rounds)


def _shortest_round(apart: Floats, zones: Sequence[int]) -> tuple[tuple[int, ...], float]:
    """Return the shortest way through all zones and back, from the first: every order is tried, since they are few."""
    start, rest = zones[0], tuple(zones[1:])
    orders = (order for order in permutations(rest) if order <= order[::-1])  # a round backwards is the same round
    best = min(((_length(apart, (start, *order)), (start, *order)) for order in orders), default=(0.0, (start,)))
    return best[1], best[0]


def _length(apart: Floats, order: Sequence[int]) -> float:
    return round(float(sum(apart[a, b] for a, b in zip(order, (*order[1:], order[0]), strict=True))), 3)
