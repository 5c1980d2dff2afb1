"""What this room hands to others: tables of figures, each with its interval and state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

__all__ = ["CurrentPicture", "EnquiryResult", "MetricDefinition", "PerceptionResult", "PlaceHistory", "ProfileResult"]


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
    part
        Part of the profile: `people`, `hints`, `place`, `watch` or `quality`.
    limits
        What the figure cannot tell, in a sentence; may be empty.
    nation
        With what nation it is compared (`England and Wales`), or empty.
    """

    metric: str
    label: str
    topic: str
    unit: str
    source: str
    period: str
    part: str = "place"
    limits: str = ""
    nation: str = ""


@dataclass(frozen=True, slots=True)
class ProfileResult:
    """
    Profiles of every area of every geography asked for.

    Parameters
    ----------
    metrics
        A row per geography, area and metric: `geography` (`name:vintage`), `area_code`, `metric`, `estimate`, `lower`,
        `upper`, `numerator`, `denominator` (float64, NaN where there is none), `force_estimate`, `index` (100 = the
        force's figure), `nation_estimate`, `nation_index` (100 = the nation's figure), `q_value` (of a test, after
        Benjamini-Hochberg), `state` (a FigureState value), `note` (str or None).
    definitions
        Every metric that occurs, in the order of the page.
    """

    metrics: pd.DataFrame
    definitions: tuple[MetricDefinition, ...]


@dataclass(frozen=True, slots=True)
class PlaceHistory:
    """
    What earlier months say of an area.

    Parameters
    ----------
    seasons
        As `profiles.history.season_rows`, for the force, the policing units and the patrol areas.
    levels
        As `profiles.history.level_rows`, for the force and the policing units.
    """

    seasons: pd.DataFrame
    levels: pd.DataFrame


@dataclass(frozen=True, slots=True)
class CurrentPicture:
    """
    The latest days of time-stamped data, and how fresh every source is.

    Parameters
    ----------
    state, reason
        `ok`; or `no_data`, and why.
    last_at
        The last instant of the time-stamped data, local time, as `2025-12-31 22:40`; None where there is none.
    figures
        A row per geography, area, kind and window: `geography`, `area_code`, `kind`, `days`, `n`, `usual`, `lower`,
        `upper` (the range of chance around what is usual), `q_value`, `state`, `note`.
    freshness
        A row per source: `source`, `is_counted`, `first_month`, `last_month` (YYYY-MM), `last_at` (None where it gives
        only months), `n`, `n_timed`.
    """

    state: str
    reason: str
    last_at: str | None
    figures: pd.DataFrame
    freshness: pd.DataFrame


@dataclass(frozen=True, slots=True)
class PerceptionResult:
    """
    What people think, from the latest wave of the force's own survey.

    Shares are 0 to 1. `geography` is `name:vintage`, or `segment` or `force`. A figure may be shown or used only where
    its `state` is `ok`; elsewhere `note` says why.

    Parameters
    ----------
    waves
        A row per loaded wave: `wave`, `survey`, `first_day`, `last_day` (YYYY-MM-DD), `mode`, `frame`, `response_rate`,
        `n_respondents`, `is_current`, `note`.
    estimates
        A row per geography, area, question and model: `geography`, `area_code`, `question` (`confidence`, `worry_asb`,
        `perceived_asb`, `informed`, ...), `model`, `estimate`, `standard_error`, `lower`, `upper`, `n_respondents`,
        `effective_n`, `probability_below_force`, `state`, `note`. Models: `direct` (the area's own answers),
        `modelled` (small-area model without any Place covariate: the one for gaps, lines of enquiry, zones and
        evaluation), `modelled_with_place` (may use the rate of ASB; for reading only, patrol areas only).
    force
        A row per question: `question`, `wording`, `wave`, `estimate`, `standard_error`, `lower`, `upper`,
        `between_area_sd` (of true shares of patrol areas), `model_variance` (what covariates leave of its square),
        `design_effect`, `n_respondents`, `effective_n`, `state`, `note`.
    channels, priorities
        How people want to be told, and what they name as their priority: `geography`, `area_code`, `code`, `answer`,
        `share`, `lower`, `upper`, `force_share`, `n_respondents`, `state`, `note`. Shares of patrol areas are shrunk to
        the force's. Empty where the wave does not ask.
    changes
        Since the first comparable wave: `geography`, `area_code`, `question`, `from_wave`, `to_wave`, `change`,
        `standard_error`, `lower`, `upper` (-1 to 1), `verdict` (`rose`, `fell` or `cannot_tell`), `state`, `note`.
    gaps
        Perception gap of patrol areas: `geography`, `area_code`, `gap` (standard deviations), `lower`, `upper`,
        `worry_score`, `asb_score`, `state`, `note`.
    targets
        Progress to a dated target, at most one row: `question`, `owner`, `unit`, `baseline`, `baseline_day`, `end_day`,
        `goal`, `due` (where the straight line stands on the wave's last day), `probability`, `verdict` (`on_course`,
        `behind` or `cannot_tell`), `state`, `note`.
    low_confidence_probability
        From which `probability_below_force` on an area is called one of low confidence.
    notes
        Sentences for the page: what was collapsed, left out or not known.
    """

    waves: pd.DataFrame
    estimates: pd.DataFrame
    force: pd.DataFrame
    channels: pd.DataFrame
    priorities: pd.DataFrame
    changes: pd.DataFrame
    gaps: pd.DataFrame
    targets: pd.DataFrame
    low_confidence_probability: float
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EnquiryResult:
    """
    Lines of enquiry of every area, and what they suggest.

    Parameters
    ----------
    lines
        As `profiles.enquiry.lines_of_enquiry`.
    rules
        A row per rule in the order of its file: `rule_id`, `title`, `group`, `meaning`, `check_first` (list of str),
        `interventions` (list of ids), `drivers` (list of names), `paragraph`.
    interventions
        A row per intervention, with the fields of `profiles.interventions.Intervention`.
    correlations
        As `profiles.rank_correlation.area_correlations`; empty where there was too little to correlate.
    correlation_note
        What the correlations rest on, or why there are none.
    set_aside
        Rules that come with Redzones and are not asked, by title: the figures that this force does not have.
    """

    lines: pd.DataFrame
    rules: pd.DataFrame
    interventions: pd.DataFrame
    correlations: pd.DataFrame
    correlation_note: str
    set_aside: Mapping[str, str] = field(default_factory=dict)
