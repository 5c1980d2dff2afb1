"""Concentration: how much of an area's incidents falls on its few busiest places, against what chance would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.areas import FigureState
from profiles.counts import PlaceCounts
from profiles.figures import Figures, Geography
from profiles.results import MetricDefinition
from spatialstats.concentration import concentration

__all__ = ["MORE_THAN_CHANCE", "KnownPlaces", "read_known_places", "spread_definitions", "spread_figures"]

_YEAR = 12
#: Fewer incidents or known places than this tell nothing of concentration.
_LEAST_INCIDENTS, _LEAST_PLACES = 20, 20
_DRAWS = 199
#: A place may hold no more than so many draws at once, so that memory stays small.
_CELLS = 4_000_000

_LIMITS = (
    "Places are the map points on which anything was ever recorded in the loaded months, so streets without any record "
    "are not among them; domestic and private records are left out. A point of open data stands for several addresses."
)
_METRICS: Mapping[str, tuple[str, str, float | None]] = {
    "top_1": ("Share of {} on the busiest 1 % of known places", "per cent", 0.01),
    "top_5": ("Share of {} on the busiest 5 % of known places", "per cent", 0.05),
    "top_10": ("Share of {} on the busiest 10 % of known places", "per cent", 0.10),
    "gini": ("Concentration of {} (generalised Gini, 0 even to 1)", "index from 0 to 1", None),
}
#: How the note of a figure begins whose concentration chance does not explain.
MORE_THAN_CHANCE = "more than chance"
_SHARES = tuple(share for _, _, share in _METRICS.values() if share is not None)


@dataclass(frozen=True, slots=True)
class KnownPlaces:
    """
    The places of the small areas, and what each had in the last 12 months.

    Parameters
    ----------
    area
        Position of the small area of each place, shape (n_places,).
    counts
        Publicly reported incidents by kind, shape (n_places,).
    """

    area: NDArray[np.int64]
    counts: Mapping[str, NDArray[np.int64]]


def read_known_places(
    places: pd.DataFrame,
    place_counts: pd.DataFrame,
    kinds: pd.DataFrame,
    codes: NDArray[np.object_],
    *,
    counts: PlaceCounts,
) -> KnownPlaces:
    """
    Line up the places of the force with its small areas.

    Parameters
    ----------
    places
        `domain.schemas.PLACES`: every place with a record, of whatever kind and month.
    place_counts
        `domain.schemas.PLACE_COUNTS`.
    kinds
        `domain.schemas.KINDS`.
    codes
        Codes of the small areas, shape (n_small,).
    counts
        What is counted, and until when.
    """
    area = pd.Index(codes).get_indexer(pd.Index(places["small_area_code"]))
    inside = area >= 0
    order = pd.Index(places["place_id"].to_numpy()[inside])
    frame = place_counts.merge(kinds[["kind_id", "kind"]], on="kind_id", how="inner")
    age = counts.last_month_index - frame["month_index"]
    frame = frame[age.between(0, _YEAR - 1) & ~frame["is_officer_generated"]]
    by_kind = {}
    for tally in counts.tallies:
        if tally.part == "place":
            summed = frame[frame["kind"] == tally.key].groupby("place_id")["n"].sum()
            by_kind[tally.key] = np.asarray(summed.reindex(order, fill_value=0), dtype=np.int64)
    return KnownPlaces(area[inside].astype(np.int64), by_kind)


def spread_definitions(counts: PlaceCounts) -> tuple[MetricDefinition, ...]:
    """Return the definitions of the metrics that `spread_figures` makes, in its order."""
    return tuple(
        MetricDefinition(
            f"{tally.key}_{suffix}", label.format(tally.name), tally.name, unit, counts.sources, counts.period,
            limits=_LIMITS,
        )
        for tally in counts.tallies
        if tally.part == "place"
        for suffix, (label, unit, _) in _METRICS.items()
    )  # fmt: skip


def spread_figures(
    geography: Geography, places: KnownPlaces, counts: PlaceCounts, *, rng: np.random.Generator
) -> list[tuple[str, Figures]]:
    """
    Return how concentrated each kind is in the areas of one geography.

    The note of each figure gives the range in which 95 of 100 even scatterings of as many incidents over the same
    places fall (multinomial draws): a figure inside it is no concentration. A place counts in the area that holds the
    largest share of its small area.

    Parameters
    ----------
    geography
        The areas.
    places
        The places of the small areas.
    counts
        What is counted.
    rng
        Draws the scatterings.

    Returns
    -------
    list
        (metric, figures), in the order of `spread_definitions`.
    """
    target = geography.area_of_small()[places.area]
    members = [np.flatnonzero(target == i) for i in range(len(geography.codes))]
    made = []
    for tally in counts.tallies:
        if tally.part != "place":
            continue
        spreads = [_Spread.of(places.counts[tally.key][rows], rng) for rows in members]
        made += [(f"{tally.key}_{suffix}", _figures(spreads, suffix, counts)) for suffix in _METRICS]
    return made


@dataclass(frozen=True, slots=True)
class _Spread:
    """The concentration of one kind in one area, with the range that chance gives."""

    n_incidents: int
    n_places: int
    measured: Mapping[str, float]
    chance: Mapping[str, tuple[float, float]]

    @classmethod
    def of(cls, counts: NDArray[np.int64], rng: np.random.Generator) -> _Spread:
        """Measure the counts of an area's places, and even scatterings of as many incidents."""
        n, c = len(counts), int(counts.sum())
        if n < _LEAST_PLACES or c < _LEAST_INCIDENTS:
            return cls(c, n, {}, {})
        result = concentration(counts, shares=_SHARES)
        values = {suffix: 100.0 * result.top_shares[share] for suffix, (_, _, share) in _METRICS.items() if share}
        draws = _scatterings(c, n, rng)
        chance = {}
        for suffix, (_, _, share) in _METRICS.items():
            if share:
                chance[suffix] = tuple(np.quantile(100.0 * _top_share(draws, share), (0.025, 0.975)))
        ginis = _generalised_ginis(draws)
        values["gini"], chance["gini"] = result.generalised_gini, tuple(np.quantile(ginis, (0.025, 0.975)))
        return cls(c, n, values, chance)


def _scatterings(n_incidents: int, n_places: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return counts of even scatterings over the places, each in ascending order, shape (n_draws, n_places)."""
    n_draws = max(39, min(_DRAWS, _CELLS // n_places))
    at = rng.integers(n_places, size=(n_draws, n_incidents)) + n_places * np.arange(n_draws)[:, None]
    drawn = np.bincount(at.ravel(), minlength=n_draws * n_places).reshape(n_draws, n_places)
    return np.sort(drawn, axis=1).astype(np.float64)


def _top_share(ascending: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Return the share of the incidents in the busiest places; a place cut by the budget gives its part."""
    n = ascending.shape[1]
    budget = share * n
    whole = int(budget)
    top = ascending[:, n - whole :].sum(axis=1)
    top = top + (budget - whole) * ascending[:, n - whole - 1]
    return np.asarray(top / ascending.sum(axis=1), dtype=np.float64)


def _generalised_ginis(ascending: NDArray[np.float64]) -> NDArray[np.float64]:
    n, total = ascending.shape[1], ascending.sum(axis=1)
    gini = 2.0 * (ascending @ np.arange(1, n + 1)) / (total * n) - (n + 1) / n
    return np.asarray(np.maximum(n / total, 1.0) * (gini - 1.0) + 1.0, dtype=np.float64)


def _figures(spreads: list[_Spread], suffix: str, counts: PlaceCounts) -> Figures:
    figures = Figures(
        np.array([spread.measured.get(suffix, np.nan) for spread in spreads], dtype=np.float64),
        numerator=np.array([spread.n_incidents for spread in spreads], dtype=np.float64),
        denominator=np.array([spread.n_places for spread in spreads], dtype=np.float64),
    )
    few = np.array([not spread.measured for spread in spreads], dtype=bool)
    figures.withhold(few & (counts.n_months == 0), FigureState.NO_DATA, "no month of the last 12 is loaded")
    reason = f"needs {_LEAST_INCIDENTS} incidents on {_LEAST_PLACES} known places"
    figures.withhold(few, FigureState.CANNOT_TELL, f"cannot tell: {reason}")
    figures.remark(np.ones(len(spreads), dtype=bool), np.array([_note(s, suffix) for s in spreads], dtype=object))
    return figures


def _note(spread: _Spread, suffix: str) -> str:
    if suffix not in spread.chance:
        return ""
    low, high = spread.chance[suffix]
    unit, digits = ("", 2) if suffix == "gini" else (" %", 0)
    verdict = MORE_THAN_CHANCE if spread.measured[suffix] > high else "no more than chance"
    return f"{verdict}: an even scatter gives {low:.{digits}f} to {high:.{digits}f}{unit}"
