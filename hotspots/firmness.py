"""
How firm a zone is: in how many resamples of the past it would be placed again, and how few incidents it hangs on.

Published lists of hot spots rarely say that a part of them is luck. Here the incidents are drawn again (a bootstrap),
moved as far as published points may be off, and the zones are *placed anew* each time (METHODS 7).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hotspots.history import History
from hotspots.replacing import PlacingRules, ReplacingGround, Weighed, likely_centres
from hotspots.results import ScoreSurface
from hotspots.zone_ids import LEAST_OVERLAP

__all__ = ["Firmness", "firmness_of", "incidents_of", "matched_zones", "same_zone_m"]

Floats = NDArray[np.float64]

N_RESAMPLES = 100


@dataclass(frozen=True, slots=True)
class Firmness:
    """
    How firm each zone of a list is.

    Parameters
    ----------
    share
        Share of the resamples in which a zone is placed there again, 0 to 1, shape (n_zones,).
    margin
        Smallest number of its own incidents without which it drops from the list, shape (n_zones,); -1 where it stays
        in the list without any of its own.
    """

    share: Floats
    margin: NDArray[np.int64]


def same_zone_m(radius_m: float, *, least_overlap: float = LEAST_OVERLAP) -> float:
    """
    Return how far apart two discs may be to count as one zone: those that share so much of their ground.

    Parameters
    ----------
    radius_m
        Radius of both discs, metres.
    least_overlap
        Share of a disc that both cover, as for ids that follow a zone from month to month.

    Notes
    -----
    Two discs of radius r whose centres are 2 u r apart share `(2 / pi) (arccos u - u sqrt(1 - u^2))` of their ground.

    Examples
    --------
    >>> round(same_zone_m(141.0))
    165
    """
    u = np.linspace(0.0, 1.0, 2001)
    shared = (2 / np.pi) * (np.arccos(u) - u * np.sqrt(1 - u**2))
    return float(2 * radius_m * np.interp(-least_overlap, -shared, u))


def matched_zones(x: Floats, y: Floats, placed_x: Floats, placed_y: Floats, *, within_m: float) -> NDArray[np.int64]:
    """
    Return for each zone the position of the disc placed on its ground, nearest pairs first; -1 where there is none.

    Parameters
    ----------
    x, y
        Centres of the zones, metres, shape (n_zones,).
    placed_x, placed_y
        Centres of the discs, metres, shape (n_discs,).
    within_m
        How far apart the two may be.

    Examples
    --------
    >>> x, y = np.array([0.0, 100.0]), np.zeros(2)
    >>> matched_zones(x, y, np.array([60.0]), np.zeros(1), within_m=165.0).tolist()
    [-1, 0]
    """
    found = np.full(len(x), -1, dtype=np.int64)
    if not len(placed_x):
        return found
    distance = np.hypot(x[:, None] - placed_x, y[:, None] - placed_y)
    zone, disc = np.nonzero(distance <= within_m)
    is_taken = np.zeros(len(placed_x), dtype=bool)
    for i in np.argsort(distance[zone, disc], kind="stable"):
        if found[zone[i]] < 0 and not is_taken[disc[i]]:
            found[zone[i]] = disc[i]
            is_taken[disc[i]] = True
    return found


def incidents_of(history: History, sharp: Floats, decay: Floats) -> tuple[Weighed, NDArray[np.int64]]:
    """
    Return the places and months with incidents of the chosen kinds, what *one* incident adds there, and their number.

    Parameters
    ----------
    history
        Public-reported incidents of the window.
    sharp
        Weight that the score puts at the point of each row, shape (n_rows,).
    decay
        Weight of each row by its age, shape (n_rows,).
    """
    own = np.flatnonzero(history.n_own > 0)
    n = history.n_own[own]
    one = Weighed(history.x[own], history.y[own], sharp[own] / n, history.own[own] * decay[own] / n)
    return one, n.astype(np.int64)


def firmness_of(  # noqa: PLR0913 - what was placed, on what, and by which rules
    x: Floats,
    y: Floats,
    *,
    blurred: ScoreSurface,
    one: Weighed,
    n: NDArray[np.int64],
    score: Floats,
    rules: PlacingRules,
    jitter_m: float,
    rng: np.random.Generator,
    multiplier: Floats | None = None,
) -> Firmness:
    """
    Place the zones anew on resamples of the incidents, and on the incidents without some of a zone's own.

    Parameters
    ----------
    x, y
        Centres of the zones of the list, metres, shape (n_zones,).
    blurred
        The surface that they were placed on.
    one, n
        What `incidents_of` returned.
    score
        Score of each zone, as `hotspots.zones.Placement.score`.
    rules
        How they were placed.
    jitter_m
        Standard deviation by which each incident of a resample is moved, metres: about as far as published points are
        from where things happened; 0 for exact data.
    rng
        Draws the resamples: of each place and month the number of incidents is Poisson with what was seen as its mean.
    multiplier
        Factor by pixel that the surface carries.

    Returns
    -------
    Firmness
    """
    if not len(x):
        return Firmness(np.zeros(0), np.zeros(0, dtype=np.int64))
    seen = _repeated(one, n)
    last = int(score.argmin())
    weight = seen.decayed[_own(seen, x[last], y[last], rules.radius_m)]
    n_effective = float(weight.sum() ** 2 / (weight**2).sum()) if weight.any() else 1.0
    disc_pixels = np.pi * (rules.radius_m / blurred.pixel_m) ** 2
    # A list that is not full takes any ground: there is no end of it to fall short of.
    least = float(score[last]) / disc_pixels if len(x) == rules.capacity else 0.0
    centres = likely_centres(blurred, rules, seen, jitter_m=jitter_m, least_density=least, n_effective=n_effective)
    ground = ReplacingGround(blurred, seen, centres, rules, multiplier)
    near = ground.near(one.x, one.y)
    one, n = one.take(near), n[near]
    within_m = same_zone_m(rules.radius_m)
    stays = np.zeros(len(x))
    for _ in range(N_RESAMPLES):
        drawn = _repeated(one, rng.poisson(n))
        east, north = rng.normal(0.0, jitter_m, size=(2, len(drawn.x))) if jitter_m > 0 else (0.0, 0.0)
        placed = ground.place(Weighed(drawn.x + east, drawn.y + north, drawn.sharp, drawn.decayed))
        stays += matched_zones(x, y, *placed, within_m=within_m) >= 0
    if len(x) < rules.capacity:
        # Nothing presses a zone out of a list that is not full: it is there as long as it has an incident.
        margins = np.array(
            [_own(seen, x[zone], y[zone], rules.radius_m).sum() for zone in range(len(x))], dtype=np.int64
        )
    else:
        margins = _margins(x, y, ground, _repeated(one, n), rules.radius_m, within_m)
    return Firmness(stays / N_RESAMPLES, margins)


def _own(seen: Weighed, x: float, y: float, radius_m: float) -> NDArray[np.bool_]:
    return np.asarray(np.hypot(seen.x - x, seen.y - y) <= radius_m, dtype=np.bool_)


def _repeated(one: Weighed, n: NDArray[np.int64]) -> Weighed:
    return one.take(np.repeat(np.arange(len(n)), n))


def _margins(
    x: Floats, y: Floats, ground: ReplacingGround, seen: Weighed, radius_m: float, within_m: float
) -> NDArray[np.int64]:
    """Return for each zone the fewest of its own incidents, the weightiest first, without which it is not placed."""
    margins = np.full(len(x), -1, dtype=np.int64)
    for zone in range(len(x)):
        own = np.flatnonzero(_own(seen, x[zone], y[zone], radius_m))
        order = own[np.argsort(-(seen.sharp[own] + seen.decayed[own]), kind="stable")]

        def stays_without(k: int, order: NDArray[np.int64] = order, zone: int = zone) -> bool:
            placed = ground.place(seen, without=seen.take(order[:k]))
            return bool(matched_zones(x, y, *placed, within_m=within_m)[zone] >= 0)

        if len(own) and not stays_without(len(own)):
            low, high = 0, len(own)  # it stays without `low` of them and not without `high`
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if stays_without(middle) else (low, middle)
            margins[zone] = high
    return margins
