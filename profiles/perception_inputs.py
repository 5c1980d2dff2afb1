"""What the survey's figures are made of: the options of the force, and the areas with what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from domain.surveys import refuse_circular

__all__ = ["AreasOfForce", "PerceptionOptions"]


@dataclass(frozen=True, slots=True)
class PerceptionOptions:
    """
    How survey figures are made.

    Parameters
    ----------
    least_effective_n
        Effective answers from which a direct figure is shown.
    most_half_width
        Half width of an interval up to which a modelled figure is shown, 0 to 1.
    low_confidence_probability
        Probability of lying below the force from which an area is one of low confidence.
    covariates
        People metrics of patrol areas that the small-area model may use, in order.
    """

    least_effective_n: float = 30.0
    most_half_width: float = 0.10
    low_confidence_probability: float = 0.9
    covariates: tuple[str, ...] = ("income_deprivation", "age_65_over")

    def __post_init__(self) -> None:
        """Refuse covariates that hold recorded crime."""
        refuse_circular(self.covariates)


@dataclass(frozen=True, slots=True)
class AreasOfForce:
    """
    The areas for which figures are made and what is known of them.

    Parameters
    ----------
    patrol_key, unit_key
        Geographies, `name:vintage`.
    patrol_codes
        Patrol areas, in order.
    unit_names
        Name by policing unit, in order.
    segments
        `area_code`, `group_code`, `environment_code` of small areas, or None.
    population
        People counts by policing unit (`profiles.survey_margins.population_by_unit`).
    metrics
        People metrics of patrol areas, indexed by `area_code`, a column per metric.
    asb
        Empirical-Bayes rate of ASB, indexed by patrol area: `estimate`, `lower`, `upper`; NaN where not known.
    """

    patrol_key: str
    unit_key: str
    patrol_codes: Sequence[str]
    unit_names: Mapping[str, str]
    segments: pd.DataFrame | None
    population: pd.DataFrame
    metrics: pd.DataFrame
    asb: pd.DataFrame
