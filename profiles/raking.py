"""Survey weights raked to census margins, and how much information they leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from domain.errors import AnalysisError, Fault

__all__ = ["RakedWeights", "effective_sample_size", "rake"]


@dataclass(frozen=True, slots=True)
class RakedWeights:
    """
    Weights whose margins are those of the census.

    Parameters
    ----------
    weights
        Shape (n_respondents,); their sum is the population of the first margin.
    effective_n
        Kish's effective sample size.
    n_rounds
        Rounds over all margins until they were met.
    largest_gap
        Largest relative gap that is left in any margin.
    """

    weights: NDArray[np.float64]
    effective_n: float
    n_rounds: int
    largest_gap: float


def effective_sample_size(weights: ArrayLike) -> float:
    """
    Return Kish's effective sample size `(sum w)^2 / sum w^2`.

    Parameters
    ----------
    weights
        Shape (n_respondents,); not negative.

    Raises
    ------
    AnalysisError
        If a weight is negative or not known, or all are zero.

    References
    ----------
    Kish L. (1965) Survey Sampling. Wiley, section 11.7.

    Examples
    --------
    >>> effective_sample_size([1, 1, 1, 1]), effective_sample_size([3, 1, 1, 1])
    (4.0, 3.0)
    """
    w = np.asarray(weights, dtype=np.float64)
    if not (np.isfinite(w) & (w >= 0)).all() or not w.sum() > 0:
        raise AnalysisError("weights must be known and not negative, and one of them positive")
    return float(w.sum() ** 2 / (w**2).sum())


def rake(
    design_weights: ArrayLike,
    answers: pd.DataFrame,
    margins: Mapping[str, Mapping[str, float]],
    *,
    tolerance: float = 1e-9,
    rounds_most: int = 1000,
) -> RakedWeights:
    """
    Scale weights in turn until the weighted counts of every margin are those of the census (iterative proportions).

    Margins need not have the same total, because the census perturbs its tables: each is scaled to the total of the
    first. A respondent whose category is not known (NaN or None) keeps the weight through that margin, and the known
    ones are scaled to their share of it.

    Parameters
    ----------
    design_weights
        Shape (n_respondents,); positive.
    answers
        A row per respondent, a column of categories per margin.
    margins
        Population by category, by column; in the order in which they are met.
    tolerance
        Largest relative gap at which the margins count as met.
    rounds_most
        Rounds after which the margins count as impossible.

    Raises
    ------
    AnalysisError
        If a weight is not positive, a margin has no column, a category of the sample has no population or one of the
        population no respondent (all such faults together), or the margins cannot be met.

    References
    ----------
    Deming W. E., Stephan F. F. (1940) On a least squares adjustment of a sampled frequency table when the expected
    marginal totals are known. Annals of Mathematical Statistics 11, 427-444, doi 10.1214/aoms/1177731829.

    Examples
    --------
    >>> people = pd.DataFrame({"sex": ["f", "f", "m"], "age": ["old", "young", "young"]})
    >>> raked = rake([1, 1, 1], people, {"sex": {"f": 50, "m": 50}, "age": {"old": 30, "young": 70}})
    >>> raked.weights.round(3).tolist()
    [30.0, 20.0, 50.0]
    """
    weights = np.array(design_weights, dtype=np.float64)
    if weights.shape != (len(answers),) or not (np.isfinite(weights) & (weights > 0)).all():
        raise AnalysisError("every respondent needs a positive design weight", hint="Leave out those who have none.")
    if not margins or not len(answers):
        raise AnalysisError("raking needs respondents and at least one margin")
    _check_categories(answers, margins)
    population = float(sum(next(iter(margins.values())).values()))
    cells = [_Margin.of(answers[name], margin, population) for name, margin in margins.items()]
    weights *= population / weights.sum()
    for done in range(1, rounds_most + 1):
        for cell in cells:
            weights = cell.scale(weights)
        gap = max(cell.gap(weights) for cell in cells)
        if gap <= tolerance:
            return RakedWeights(weights, effective_sample_size(weights), done, gap)
    raise AnalysisError(
        f"the margins {', '.join(margins)} cannot be met together ({100 * gap:.2g} per cent apart after "
        f"{rounds_most} rounds)",
        hint="Merge thin categories, or rake to fewer margins.",
    )


@dataclass(frozen=True, slots=True)
class _Margin:
    """One margin: the category of each respondent (-1 where not known) and the share of each in the population."""

    category: NDArray[np.int64]
    share: NDArray[np.float64]
    population: float

    @classmethod
    def of(cls, answers: pd.Series, margin: Mapping[str, float], population: float) -> _Margin:
        """Return a margin whose empty categories are left out."""
        names = [name for name, count in margin.items() if count > 0]
        counts = np.array([margin[name] for name in names], dtype=np.float64)
        category = pd.Index(names, dtype=object).get_indexer(pd.Index(answers, dtype=object))
        return cls(category.astype(np.int64), counts / counts.sum(), population)

    def _goal(self, weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the weighted counts of the categories, and what they should be."""
        known = self.category >= 0
        counts = np.bincount(self.category[known], weights=weights[known], minlength=len(self.share)).astype(np.float64)
        return counts, self.share * weights[known].sum() * self._stretch(weights)

    def _stretch(self, weights: NDArray[np.float64]) -> float:
        """Return by how much all weights must grow to sum to the population."""
        return float(self.population / weights.sum())

    def scale(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weights scaled so that this margin is met."""
        counts, goal = self._goal(weights)
        factor = np.where(self.category >= 0, (goal / counts)[self.category], self._stretch(weights))
        return np.asarray(weights * factor, dtype=np.float64)

    def gap(self, weights: NDArray[np.float64]) -> float:
        """Return the largest relative gap between the weighted counts and the goal."""
        counts, goal = self._goal(weights)
        return float(np.max(np.abs(counts / goal - 1.0)))


def _check_categories(answers: pd.DataFrame, margins: Mapping[str, Mapping[str, float]]) -> None:
    faults = []
    for name, margin in margins.items():
        if name not in answers.columns:
            faults.append(Fault("the sample has no such column", column=name))
            continue
        held = set(answers[name].dropna())
        if not held:
            faults.append(Fault("no respondent has an answer", column=name, remedy="Leave the margin out"))
        if any(not np.isfinite(count) or count < 0 for count in margin.values()):
            faults.append(Fault("a population count is negative or not known", column=name))
        populated = {category for category, count in margin.items() if count > 0}
        faults += [
            Fault(f'the category "{c}" has respondents but no population', column=name, remedy="Recode it or merge it")
            for c in sorted(held - populated, key=str)
        ]
        faults += [
            Fault(
                f'the category "{c}" has population but no respondent', column=name, remedy="Merge it with a near one"
            )
            for c in sorted(populated - held, key=str)
            if held
        ]
    if faults:
        raise AnalysisError("the sample and the census margins do not match", faults=faults, hint=str(faults[0]))
