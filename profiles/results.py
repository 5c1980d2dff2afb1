"""What this room hands to others: one long table of figures, each with its interval and state."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

__all__ = ["MetricDefinition", "ProfileResult"]


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """
    What a profile metric is, for pages, exports and the field dictionary.

    Parameters
    ----------
    metric
        Identifier, for example `asb_rate_eb`.
    label
        Plain words.
    topic
        Group on the page.
    unit
        `residents`, `per cent`, `per 1,000 residents a year`, `incidents`, `score`, ...
    source
        Publisher's table.
    period
        To what it refers.
    """

    metric: str
    label: str
    topic: str
    unit: str
    source: str
    period: str


@dataclass(frozen=True, slots=True)
class ProfileResult:
    """
    Profiles of every area of every geography asked for.

    Parameters
    ----------
    metrics
        A row per geography, area and metric: `geography` (`name:vintage`), `area_code`, `metric`, `estimate`, `lower`,
        `upper`, `numerator`, `denominator` (float64, NaN where there is none), `force_estimate`, `index` (100 = the
        force's figure), `state` (a FigureState value), `note` (str or None).
    definitions
        Every metric that occurs.
    """

    metrics: pd.DataFrame
    definitions: tuple[MetricDefinition, ...]
