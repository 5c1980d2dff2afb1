"""Rates of the areas of one geography: exact, steadied by the mean of all, and steadied by the neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from domain.areas import FigureState
from profiles.figures import Figures, Geography, index_of
from spatialstats.poisson import garwood_interval
from spatialstats.shrinkage import EmpiricalBayesResult, empirical_bayes, spatial_empirical_bayes

__all__ = ["NO_MONTHS", "Population", "Rates"]

NO_MONTHS = "no month of the last 12 is loaded"

_YEAR = 12
_PER = 1000.0
_NO_NEIGHBOURS = "the boundaries do not tell which areas touch"
_ALONE = "no area touches it, so its own rate stands alone"


@dataclass(frozen=True, slots=True)
class Population:
    """
    People to whom incidents are related.

    Parameters
    ----------
    people
        Of the small areas, shape (n_small,), NaN where not known.
    nobody, unknown
        Why there is no rate where there are none of them, and where their number is not known.
    remark
        What every such rate must say; may be empty.
    """

    people: NDArray[np.float64]
    nobody: str
    unknown: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Rates:
    """Counts and exposure of the areas of one geography, from which every rate is made."""

    events: NDArray[np.float64]
    people: NDArray[np.float64]
    exposure: NDArray[np.float64]
    force_rate: float
    n_months: int
    population: Population

    @classmethod
    def of(
        cls,
        geography: Geography,
        force: Geography,
        events: NDArray[np.float64],
        population: Population,
        *,
        n_months: int,
    ) -> Rates:
        """Sum events and people through the same links; exposure is in 1,000 person-years."""
        known = geography.n_known(population.people) > 0
        people = np.where(known, geography.total(population.people), np.nan)
        years = n_months / _YEAR
        whole = float(force.total(population.people)[0]) * years / _PER
        rate = float(force.total(events)[0]) / whole if whole > 0 else np.nan
        return cls(geography.total(events), people, people * years / _PER, rate, n_months, population)

    @property
    def at_risk(self) -> NDArray[np.bool_]:
        """Whether there are people and months, so that there is a rate."""
        return np.asarray(self.exposure > 0)

    def crude(self) -> Figures:
        """Return incidents per 1,000 people a year with the exact Poisson interval."""
        at = self.at_risk
        lower, upper = garwood_interval(self.events[at], self.exposure[at])
        return self._figures(self.events[at] / self.exposure[at], lower, upper)

    def shrunk(self) -> Figures:
        """Return the empirical-Bayes rate with its posterior interval."""
        at = self.at_risk
        return self._shrunk(empirical_bayes(self.events[at], self.exposure[at]) if at.any() else None)

    def shrunk_to_neighbours(self, neighbours: csr_array | None) -> Figures:
        """
        Return the rate shrunk to the mean of each area and those that touch it.

        Parameters
        ----------
        neighbours
            Adjacency of the areas, shape (n_areas, n_areas); None where the boundaries do not tell it.
        """
        at = self.at_risk
        if neighbours is None:
            figures = self._shrunk(None)
            figures.withhold(np.ones(len(at), dtype=bool), FigureState.CANNOT_TELL, _NO_NEIGHBOURS)
            return figures
        own = neighbours[at][:, at]
        figures = self._shrunk(spatial_empirical_bayes(self.events[at], self.exposure[at], own) if at.any() else None)
        alone = np.zeros(len(at), dtype=bool)
        alone[at] = np.asarray(own.sum(axis=1)) == 0
        figures.remark(alone, _ALONE)
        return figures

    def _shrunk(self, result: EmpiricalBayesResult | None) -> Figures:
        if result is None:
            return self._figures(*(np.empty(0) for _ in range(3)))
        return self._figures(result.rate, result.lower, result.upper)

    def _figures(
        self, rate_at: NDArray[np.float64], lower_at: NDArray[np.float64], upper_at: NDArray[np.float64]
    ) -> Figures:
        """Spread the figures of the areas at risk over all areas, and say why the others have none."""
        rate, lower, upper = (np.full(len(self.events), np.nan) for _ in range(3))
        if len(rate_at):
            rate[self.at_risk], lower[self.at_risk], upper[self.at_risk] = rate_at, lower_at, upper_at
        figures = Figures(
            rate,
            self.force_rate,
            lower=lower,
            upper=upper,
            numerator=self.events.copy(),
            denominator=self.people.copy(),
            index=index_of(rate, self.force_rate),
        )
        everywhere = np.ones(len(rate), dtype=bool)
        figures.withhold(everywhere & (self.n_months == 0), FigureState.NO_DATA, NO_MONTHS)
        figures.withhold(np.isnan(self.people), FigureState.NO_DATA, self.population.unknown)
        figures.withhold(self.people == 0, FigureState.NO_DATA, self.population.nobody)
        if self.n_months < _YEAR:
            figures.remark(everywhere, f"scaled to a year from {self.n_months} of the last 12 months")
        if self.population.remark:
            figures.remark(everywhere, self.population.remark)
        return figures
