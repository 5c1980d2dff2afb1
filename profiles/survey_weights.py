"""A wave with its weights: design weights raked to the census in each policing unit, and what that leaves unsaid."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.errors import AnalysisError
from profiles.raking import rake
from profiles.survey_margins import Margin, collapse, find_margins, total_of

__all__ = ["WeightedWave", "weigh_wave"]


_NO_MARGINS = "The wave names no margins: weights are those of its file, not raked to the census."


@dataclass(frozen=True, slots=True)
class WeightedWave:
    """
    Respondents of a wave who are in a policing unit, with raked weights.

    Parameters
    ----------
    responses
        The respondents (`domain.surveys.SURVEY_COLUMNS`, answers), with `unit_code`.
    weights
        Raked weights, shape (n_respondents,); they sum to the adults of each unit where those are known.
    calibration
        By unit: rows of its respondents, shape (n_unit,), and the indicators of the margins that were met, with a
        column of ones, shape (n_unit, n_categories + 1).
    notes
        Sentences about margins that were merged or left out.
    """

    responses: pd.DataFrame
    weights: NDArray[np.float64]
    calibration: tuple[tuple[NDArray[np.int64], NDArray[np.float64]], ...]
    notes: tuple[str, ...]


def weigh_wave(
    responses: pd.DataFrame,
    *,
    margins: Sequence[str],
    population: pd.DataFrame,
    unit_names: Mapping[str, str],
) -> WeightedWave:
    """
    Rake the design weights of a wave to the census margins of each policing unit.

    Thin categories are merged; a margin of which one group is left, or that contradicts those before it, is left out;
    every such step is told. Respondents without a positive weight do not count.

    Parameters
    ----------
    responses
        Respondents with `unit_code`; none is without one.
    margins
        Margins that the wave names, in order.
    population
        As `population_by_unit` returns it.
    unit_names
        Name of each unit, for the notes.
    """
    weight = responses["weight"].to_numpy(dtype=np.float64)
    usable = np.isfinite(weight) & (weight > 0)
    kept = responses[usable].reset_index(drop=True)
    found, notes = find_margins(margins, kept, list(map(str, population.columns)))
    told = list(notes) if margins else [_NO_MARGINS]
    if not usable.all():
        told.append(f"{int((~usable).sum())} respondents have no positive weight and do not count.")
    weights = np.array(kept["weight"], dtype=np.float64)
    calibration = []
    for unit, rows in sorted(kept.groupby("unit_code", sort=True).indices.items()):
        at = np.asarray(rows, dtype=np.int64)
        counts = population.loc[unit] if unit in population.index else pd.Series(dtype=np.float64)
        raked, indicators, sentences = _weigh_unit(
            weights[at], [(m, m.categories.iloc[at].reset_index(drop=True)) for m in found], counts
        )
        weights[at] = raked
        calibration.append((at, indicators))
        told += [f"{unit_names.get(str(unit), str(unit))}: {sentence}." for sentence in sentences]
    return WeightedWave(kept, weights, tuple(calibration), tuple(told))


def _weigh_unit(
    weights: NDArray[np.float64], margins: Sequence[tuple[Margin, pd.Series]], population: pd.Series
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str]]:
    """Return the raked weights of one unit, the indicators of what they meet, and what had to be merged or left out."""
    labels: dict[str, pd.Series] = {}
    goals: dict[str, dict[str, float]] = {}
    told: list[str] = []
    counts = {str(name): float(count) for name, count in population.fillna(0.0).items()}
    for margin, categories in margins:
        respondents = {str(name): int(n) for name, n in categories.value_counts().items()}
        groups = collapse(margin.variables, respondents, counts, is_ordered=margin.is_ordered)
        if len(groups) < 2:
            told.append(f"too few answers to rake to {margin.name}")
            continue
        merged = [_plain(group) for group in groups if len(group) > 1]
        told += [f"{words} were merged for raking to {margin.name}" for words in merged]
        named = {name: " + ".join(group) for group in groups for name in group}
        labels[margin.name] = categories.map(named)
        goals[margin.name] = {" + ".join(group): sum(counts.get(name, 0.0) for name in group) for group in groups}
    raked, met = _rake_what_can_be_met(weights, pd.DataFrame(labels, index=range(len(weights))), goals, told)
    total = total_of(population)
    if np.isfinite(total):
        raked *= total / raked.sum()
    indicators: list[NDArray[np.float64]] = [np.ones(len(weights))]
    indicators += [np.asarray(labels[name] == group, dtype=np.float64) for name in met for group in goals[name]]
    return raked, np.column_stack(indicators), told


def _rake_what_can_be_met(
    weights: NDArray[np.float64], labels: pd.DataFrame, goals: Mapping[str, Mapping[str, float]], told: list[str]
) -> tuple[NDArray[np.float64], list[str]]:
    """Rake to every margin; where they contradict each other, to all but the last, and so on."""
    names = list(goals)
    while names:
        try:
            raked = rake(weights, labels, {name: goals[name] for name in names})
        except AnalysisError:
            told.append(f"the weights cannot meet {names[-1]} beside the other margins, so it was left out")
            names.pop()
        else:
            return raked.weights, names
    return weights.copy(), []


def _plain(group: Sequence[str]) -> str:
    """Return People variables of one margin in words: `age_16_24`, `age_65_over` as "16-24 and 65 and over"."""
    bare = [re.sub(r"^(age|ethnic|tenure|sex)_", "", name) for name in group]
    words = [re.sub(r"(\d+)_(\d+)", r"\1-\2", name).replace("_over", " and over").replace("_", " ") for name in bare]
    return ", ".join(words[:-1]) + " and " + words[-1]
