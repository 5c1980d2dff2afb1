"""
How well a ranking of ground found what came: hit rate, PAI, PEI, RRI, with ties taken in expectation (METHODS 9).

The National Institute of Justice asks for the indices to be read together: PAI grows as the flagged area shrinks, PEI
says how much of the best possible was reached, and RRI whether the forecast promised too much (above 1) or too little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from domain.errors import AnalysisError

__all__ = [
    "AccuracyCurve",
    "accuracy_curve",
    "expected_hits_at_area",
    "hit_rate",
    "predictive_accuracy_index",
    "top_slice",
]

Floats = NDArray[np.float64]

# Shares such as 0.29 * 100 fall a hair short of the whole number that was meant.
_ROUNDING = 1e-9

# Binary digits differ from the thirteenth decimal on; scores that agree up to there are equal.
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class AccuracyCurve:
    """
    The indices after each area of a ranking, areas in order of rank, each array of shape (n_areas,).

    Parameters
    ----------
    order
        Positions of the areas in order of rank; ties keep the order of the input.
    hit_rate
        `n / N`: share of the events in the areas flagged so far.
    pai
        Predictive accuracy index `(n / N) / (a / A)`; 1 is what chance gives.
    pei
        Predictive efficiency index `n / n*`, `n*` being the most events that as much ground can hold.
    rri
        Recapture rate index: events forecast over events that came, in the areas flagged so far.
    """

    order: NDArray[np.int64]
    hit_rate: Floats
    pai: Floats
    pei: Floats
    rri: Floats


def expected_hits_at_area(
    score: ArrayLike, area: ArrayLike, events: Sequence[Any] | Floats, budget_area: ArrayLike
) -> Floats:
    """
    Return the events that the best-ranked ground of a given area is expected to hold.

    Cells are taken in order of falling score *per area*. Cells that tie are taken together: where the budget does not
    reach for all of them, the same share of each is taken. That is the expectation over every random order of equally
    large pieces of the tied ground, so no lucky order of ties can raise it; the one cell at the margin is a tie of one,
    and counts in the share of its area that is left.

    Parameters
    ----------
    score
        Forecast of each cell, any unit, shape (n_cells,).
    area
        Area of each cell, shape (n_cells,); cells without area are left out.
    events
        Events that came in each cell, shape (n_cells,); or several kinds of them, shape (n_kinds, n_cells) or
        a list of arrays.
    budget_area
        Areas to flag, shape (n_budgets,) or a number, in the unit of `area`.

    Returns
    -------
    array of the shape of `budget_area`, after `n_kinds` where there are several
        Expected events; all events where the budget is the whole area or more.

    Examples
    --------
    Two of three equal cells tie at the margin, and one of them holds the events:

    >>> float(expected_hits_at_area([2, 1, 1], [1, 1, 1], [5, 4, 0], 2))
    7.0
    """
    score, area = (np.asarray(a, dtype=np.float64) for a in (score, area))
    budget = np.asarray(budget_area, dtype=np.float64)
    cells, tie, reached_area = _ranked(score, area, largest=float(budget.max(initial=0.0)))
    # several kinds stay apart: to lay them side by side would copy the whole ground
    kinds = events if len(events) and np.ndim(events[0]) else [events]
    hits = [np.interp(budget, reached_area, _running_sum(tie, np.asarray(kind)[cells])) for kind in kinds]
    return np.asarray(hits[0] if kinds[0] is events else hits, dtype=np.float64)


def _ranked(score: Floats, area: Floats, *, largest: float) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Return the cells that a budget reaches, the place of each in the ranking, and the area up to each place."""
    has_area = area > 0
    scores = has_area & (score > 0)
    if (has_area & (score < 0)).any() or not _reaches(area[scores], largest):
        scores = has_area  # ground without any score is reached too
    cells = np.flatnonzero(scores)
    tie = _ties(score[cells] / area[cells])
    reached_area = _running_sum(tie, area[cells])
    # Of all the ground, only what the largest budget reaches is added up.
    n_ties = int(np.searchsorted(reached_area, largest)) + 1
    within = tie < n_ties
    return cells[within], tie[within], reached_area[: n_ties + 1]


def _reaches(area: Floats, largest: float) -> bool:
    """Tell whether the ground is surely larger than a budget, however its sum is rounded."""
    return bool(area.sum() * (1 - _ROUNDING) > largest)


def _ties(density: Floats) -> NDArray[np.int64]:
    """Return for each cell its place in order of falling score per area, from 0 on; cells that tie share theirs."""
    tie = np.zeros(len(density), dtype=np.int64)
    ranked = np.ones(len(density), dtype=bool) if (density < 0).any() else density > 0
    # The same weights summed in another order differ in their last digits, and must tie none the less.
    mantissa, exponent = np.frexp(-density[ranked])
    places, tie[ranked] = np.unique(np.ldexp(np.round(mantissa, _DIGITS), exponent), return_inverse=True)
    tie[~ranked] = len(places)  # ground without any score, which need not be sorted, comes last
    return tie


def _running_sum(group: NDArray[np.int64], values: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(np.bincount(group, values))])


def hit_rate(hits: ArrayLike, n_events: ArrayLike) -> Floats:
    """
    Return `n / N`; not a number where nothing happened.

    Parameters
    ----------
    hits
        Events in the flagged ground.
    n_events
        All events.
    """
    n_events = np.asarray(n_events, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(n_events > 0, np.asarray(hits, dtype=np.float64) / n_events, np.nan)


def predictive_accuracy_index(hits: ArrayLike, n_events: ArrayLike, area_share: ArrayLike) -> Floats:
    """
    Return the predictive accuracy index.

    Parameters
    ----------
    hits, n_events
        Events in the flagged ground; all events.
    area_share
        Flagged area over all area, more than 0 and at most 1.

    Returns
    -------
    array
        `PAI = (n / N) / (a / A)` (Chainey, Tompson & Uhlig 2008, doi 10.1057/palgrave.sj.8350066).

    Examples
    --------
    >>> float(predictive_accuracy_index(30, 100, 0.125))
    2.4
    """
    return np.asarray(hit_rate(hits, n_events) / np.asarray(area_share, dtype=np.float64), dtype=np.float64)


def accuracy_curve(predicted: ArrayLike, observed: ArrayLike, area: ArrayLike | None = None) -> AccuracyCurve:
    """
    Return hit rate, PAI, PEI and RRI after each area of a ranking.

    Parameters
    ----------
    predicted
        Forecast of each area, shape (n_areas,); for RRI in the unit of `observed`.
    observed
        Events that came, shape (n_areas,).
    area
        Size of each area; equal by default. Areas are ranked by forecast per size.

    Raises
    ------
    AnalysisError
        If the arrays differ in length, are empty, or nothing came.

    Examples
    --------
    >>> curve = accuracy_curve([3, 2, 1], [6, 3, 0])
    >>> curve.pai.tolist(), curve.pei.tolist(), curve.rri.round(4).tolist()
    ([2.0, 1.5, 1.0], [1.0, 1.0, 1.0], [0.5, 0.5556, 0.6667])
    """
    predicted, observed = (np.asarray(a, dtype=np.float64) for a in (predicted, observed))
    size = np.ones_like(observed) if area is None else np.asarray(area, dtype=np.float64)
    if not len(predicted) == len(observed) == len(size):
        raise AnalysisError("forecast, events and areas differ in length")
    if observed.sum() <= 0:
        raise AnalysisError("no event came, so that no accuracy can be measured")
    order = np.argsort(-predicted / size, kind="stable")
    hits, flagged = np.cumsum(observed[order]), np.cumsum(size[order])
    best = expected_hits_at_area(observed, size, observed, flagged)
    rate = hit_rate(hits, observed.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        return AccuracyCurve(
            order=order,
            hit_rate=rate,
            pai=rate / (flagged / size.sum()),
            pei=np.where(best > 0, hits / best, np.nan),
            rri=np.where(hits > 0, np.cumsum(predicted[order]) / hits, np.nan),
        )


def top_slice(intensity: ArrayLike, share: float) -> NDArray[np.bool_]:
    """
    Flag the cells of highest intensity, whole cells only, never more than a share of them.

    Parameters
    ----------
    intensity
        Intensity of each cell, of any shape.
    share
        Share of the cells, 0 to 1.

    Returns
    -------
    boolean array of the same shape
        Exactly `floor(share * n_cells)` cells; among equal cells the last come first. For comparison with other
        software: measured accuracy uses `expected_hits_at_area`, where no tie is decided.

    Examples
    --------
    >>> top_slice([1, 1, 1, 2, 3, 4], 0.7).tolist()
    [False, False, True, True, True, True]
    """
    values = np.asarray(intensity, dtype=np.float64)
    n_cells = min(int(np.floor(share * values.size + _ROUNDING)), values.size)
    flagged = np.zeros(values.size, dtype=np.bool_)
    flagged[np.argsort(values.ravel(), kind="stable")[values.size - n_cells :]] = True
    return flagged.reshape(values.shape)
