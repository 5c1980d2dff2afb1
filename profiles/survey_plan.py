"""Where the next interviews of a survey are worth most, and how many answers an area needs to show five points."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from domain.errors import AnalysisError

__all__ = ["SurveyPlan", "answers_for_points", "plan_interviews"]

_POINTS, _LEAST, _DECIMALS = 5.0, 0.02, 2
_Z, _POWER_Z = float(norm.isf(0.025)), float(norm.isf(0.2))


@dataclass(frozen=True, slots=True)
class SurveyPlan:
    """
    Where interviews go.

    Parameters
    ----------
    areas
        A row per area, in the order given: `area_code`, `n_now`, `n_more`, `margin_now`, `margin_then` (half width of
        the interval of the modelled figure, points), `n_for_level` and `n_for_change` (answers with which the area's
        own figure, or a change of it between two waves, shows five points).
    margin_now, margin_then
        Mean of them over areas, by the weights of the areas.
    answers_for_level, answers_for_change
        The same for an area of the force's share: a level known to plus or minus five points, and a change of five
        points seen four times out of five.
    worth
        What one answer is worth in a simple random sample: effective over actual answers.
    """

    areas: pd.DataFrame
    margin_now: float
    margin_then: float
    answers_for_level: int
    answers_for_change: int
    worth: float


def answers_for_points(share: float, *, points: float, worth: float = 1.0) -> tuple[int, int]:
    """
    Return how many answers show a level, and a change between two waves, to a number of points.

    A level: `z^2 p (1 - p) / (d^2 w)`, so that the 95 per cent interval is plus or minus d. A change between two waves
    of that size each: `2 (z + z_0.8)^2 p (1 - p) / (d^2 w)`, so that a change of d is found with a power of 0.8.

    Parameters
    ----------
    share
        Expected share p, 0 to 1.
    points
        d, in points.
    worth
        Effective over actual answers, w.

    Raises
    ------
    AnalysisError
        If a number is out of range.

    References
    ----------
    Cochran W. G. (1977) Sampling Techniques, 3rd edition, section 4.4. Fleiss J. L. (1981) Statistical Methods for
    Rates and Proportions, 2nd edition, chapter 3.

    Examples
    --------
    >>> answers_for_points(0.5, points=5)
    (385, 1570)
    """
    if not (0 < share < 1 and points > 0 and worth > 0):
        raise AnalysisError("a sample size needs a share between 0 and 1, and points and worth above 0")
    per_answer = share * (1 - share) / ((points / 100) ** 2 * worth)
    return int(np.ceil(_Z**2 * per_answer)), int(np.ceil(2 * (_Z + _POWER_Z) ** 2 * per_answer))


def plan_interviews(
    areas: pd.DataFrame,
    *,
    n_more: int,
    share: float,
    model_variance: float,
    step: int = 5,
    weights: ArrayLike | None = None,
) -> SurveyPlan:
    """
    Give interviews one batch after another to the area where the next batch lowers the expected squared error most.

    With A the variance between areas that covariates leave and n effective answers, the expected squared error of a
    modelled figure is `A V / (A n + V)` with `V = p (1 - p)` (the leading term of Prasad and Rao's). It is convex in n,
    so giving greedily is the best that can be done with batches of that size.

    Parameters
    ----------
    areas
        `area_code`, `n_respondents`, `effective_n` (NaN where nobody was asked), and, where known, `estimate` (the
        area's own share, from which the answers that it needs are counted).
    n_more
        Interviews to give.
    share
        The force's share p.
    model_variance
        A.
    step
        Interviews in a batch, such as those of one sampling point.
    weights
        Importance of each area, shape (n_areas,), such as its residents; by default all alike.

    Raises
    ------
    AnalysisError
        If there is no area, nothing to give, or the model knows of no variance between areas.

    Examples
    --------
    >>> areas = pd.DataFrame({"area_code": ["A", "B"], "n_respondents": [100, 0], "effective_n": [80.0, float("nan")]})
    >>> plan_interviews(areas, n_more=20, share=0.5, model_variance=0.002).areas["n_more"].tolist()
    [0, 20]
    """
    if areas.empty or n_more < 1 or step < 1:
        raise AnalysisError("a plan needs areas and a positive number of interviews and of interviews in a batch")
    if not (0 < share < 1 and model_variance > 0):
        raise AnalysisError(
            "the survey does not tell by how much areas differ, so no area can be preferred",
            hint="Ask alike in every area, then run redzones refresh and plan anew.",
        )
    n_now = areas["n_respondents"].to_numpy(dtype=np.int64)
    effective = np.nan_to_num(areas["effective_n"].to_numpy(dtype=np.float64))
    importance = np.ones(len(areas)) if weights is None else np.asarray(weights, dtype=np.float64)
    if importance.shape != (len(areas),) or not (np.isfinite(importance) & (importance >= 0)).all():
        raise AnalysisError("each area needs a weight that is not negative")
    worth = float(effective.sum() / n_now.sum()) if n_now.sum() else 1.0
    variance = share * (1 - share)
    given = _give(effective, importance, n_more=n_more, step=step, worth=worth, a=model_variance, v=variance)
    now = _margin(effective, a=model_variance, v=variance)
    then = _margin(effective + worth * given, a=model_variance, v=variance)
    own = areas["estimate"].fillna(share) if "estimate" in areas else pd.Series(share, index=areas.index)
    needs = [
        answers_for_points(min(max(p, _LEAST), 1 - _LEAST), points=_POINTS, worth=worth) for p in own.astype(float)
    ]
    level, change = answers_for_points(share, points=_POINTS, worth=worth)
    table = pd.DataFrame(
        {
            "area_code": areas["area_code"].to_numpy(), "n_now": n_now, "n_more": given,
            "margin_now": now.round(_DECIMALS), "margin_then": then.round(_DECIMALS),
            "n_for_level": [n for n, _ in needs], "n_for_change": [n for _, n in needs],
        }
    )  # fmt: skip
    mean = importance / importance.sum() if importance.sum() > 0 else np.full(len(areas), 1 / len(areas))
    return SurveyPlan(table, float(mean @ now), float(mean @ then), level, change, worth)


def _give(
    effective: NDArray[np.float64],
    importance: NDArray[np.float64],
    *,
    n_more: int,
    step: int,
    worth: float,
    a: float,
    v: float,
) -> NDArray[np.int64]:
    """Return how many interviews each area gets; of equal gains the first area's is taken."""
    given = np.zeros(len(effective), dtype=np.int64)
    left = n_more

    def gain(area: int, batch: int) -> float:
        n = effective[area] + worth * given[area]
        return float(importance[area] * (_error(n, a=a, v=v) - _error(n + worth * batch, a=a, v=v)))

    queue = [(-gain(area, step), area) for area in range(len(effective))]
    heapq.heapify(queue)
    while left > 0:
        _, area = heapq.heappop(queue)
        batch = min(step, left)
        given[area] += batch
        left -= batch
        heapq.heappush(queue, (-gain(area, step), area))
    return given


def _error(n: float | NDArray[np.float64], *, a: float, v: float) -> NDArray[np.float64]:
    return np.asarray(a * v / (a * np.asarray(n) + v), dtype=np.float64)


def _margin(n: NDArray[np.float64], *, a: float, v: float) -> NDArray[np.float64]:
    """Return half widths of 95 per cent intervals, in points."""
    return np.asarray(100 * _Z * np.sqrt(_error(n, a=a, v=v)), dtype=np.float64)
