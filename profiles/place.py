"""Place: incidents of each area in the last year, as counts, rates with intervals, and change on the year before."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.areas import FigureState
from domain.incidents import Kind
from domain.months import LocalMonth
from profiles.change import YearChange, compare_years
from profiles.figures import Figures, Geography, index_of
from profiles.results import MetricDefinition
from spatialstats.poisson import garwood_interval
from spatialstats.shrinkage import empirical_bayes

__all__ = ["PLACE_KINDS", "PlaceCounts", "place_definitions", "place_figures", "read_place_counts"]

#: Kinds that a profile shows, with their plain names.
PLACE_KINDS: Mapping[Kind, str] = MappingProxyType({Kind.ASB: "antisocial behaviour", Kind.MINOR_CRIME: "minor crime"})

_YEAR = 12
_PER = 1000.0
_RATE_UNIT = "per 1,000 residents a year"
_OFFICER_METRIC = "officer_generated_count"
_OFFICER_TOPIC = "records from police activity"
_NEEDS_24 = "cannot tell: needs 24 months"
_NO_MONTHS = "no month of the last 12 is loaded"
_NOBODY = "nobody lives here, so there is no rate"
_UNKNOWN = "the number of residents is not known"
_ONLY_BEFORE = "none in the year before, so there is no percentage"
_NEITHER = "none in either year"


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    """
    Incidents of the small areas in the last 12 months and the 12 before.

    Parameters
    ----------
    now, before
        Publicly reported incidents by kind, shape (n_small,).
    officer_generated
        Records from police activity in the last 12 months, shape (n_small,).
    n_months
        How many of the last 12 months are loaded.
    n_missing
        How many of the last 24 months are not.
    last_month_index
        Last month.
    sources
        Names of the sources counted.
    """

    now: Mapping[Kind, NDArray[np.float64]]
    before: Mapping[Kind, NDArray[np.float64]]
    officer_generated: NDArray[np.float64]
    n_months: int
    n_missing: int
    last_month_index: int
    sources: str

    @property
    def period(self) -> str:
        """The last 12 months, as `2025-01 to 2025-12`."""
        last = LocalMonth(*divmod(self.last_month_index, _YEAR)).shift(1)
        return f"{last.shift(1 - _YEAR)} to {last}"


def read_place_counts(
    area_counts: pd.DataFrame,
    kinds: pd.DataFrame,
    codes: NDArray[np.object_],
    *,
    last_month_index: int,
    months_available: Collection[int],
) -> PlaceCounts:
    """
    Sum the incidents of each small area over the last year and the year before.

    Officer-generated records are counted apart: they show where the police are, not what the public report.

    Parameters
    ----------
    area_counts
        `domain.schemas.AREA_COUNTS` of the small areas.
    kinds
        `domain.schemas.KINDS`.
    codes
        Codes of the small areas, shape (n_small,).
    last_month_index
        Last month.
    months_available
        Indices of the months that are loaded, whether or not they hold an incident.
    """
    frame = area_counts.merge(kinds[["kind_id", "kind"]], on="kind_id", how="inner")
    age = last_month_index - frame["month_index"]
    public = ~frame["is_officer_generated"]
    is_now, is_before = age.between(0, _YEAR - 1), age.between(_YEAR, 2 * _YEAR - 1)

    def total(where: pd.Series) -> NDArray[np.float64]:
        summed = frame.loc[where].groupby("area_code")["n"].sum()
        return np.asarray(summed.reindex(pd.Index(codes), fill_value=0), dtype=np.float64)

    # a kind of which no source has a category was not counted: a nought would say that nothing happened
    stated = set(kinds["kind"])
    counted = [kind for kind in PLACE_KINDS if kind.value in stated or not stated & {*PLACE_KINDS}]
    loaded = {last_month_index - month for month in months_available}
    return PlaceCounts(
        now={kind: total(public & is_now & (frame["kind"] == kind.value)) for kind in counted},
        before={kind: total(public & is_before & (frame["kind"] == kind.value)) for kind in counted},
        officer_generated=total(~public & is_now),
        n_months=len(loaded & set(range(_YEAR))),
        n_missing=2 * _YEAR - len(loaded & set(range(2 * _YEAR))),
        last_month_index=last_month_index,
        sources=", ".join(sorted(set(kinds["source"]))),
    )


def place_definitions(counts: PlaceCounts) -> tuple[MetricDefinition, ...]:
    """Return the definitions of the metrics that `place_figures` makes, in its order."""
    source, period = counts.sources, counts.period
    definitions = []
    for kind in counts.now:
        name = PLACE_KINDS[kind]
        rows = (
            ("count", f"Recorded incidents of {name}", "incidents"),
            ("rate", f"Rate of {name}", _RATE_UNIT),
            ("rate_eb", f"Rate of {name}, steadied by the areas' mean", _RATE_UNIT),
            ("change", f"Change in {name} on the year before", "per cent"),
        )
        definitions += [MetricDefinition(f"{kind}_{m}", label, name, unit, source, period) for m, label, unit in rows]
    officer = MetricDefinition(
        _OFFICER_METRIC, "Records made by officers (never scored)", _OFFICER_TOPIC, "incidents", source, period
    )
    return (*definitions, officer)


def place_figures(
    geography: Geography, force: Geography, counts: PlaceCounts, residents: NDArray[np.float64]
) -> list[tuple[str, Figures]]:
    """
    Return counts, rates and changes for the areas of one geography.

    Parameters
    ----------
    geography, force
        The areas; the one area that holds all.
    counts
        Incidents of the small areas.
    residents
        Residents of the small areas, shape (n_small,), NaN where not known.

    Returns
    -------
    list
        (metric, figures), in the order of `place_definitions`.
    """
    made = []
    for kind in counts.now:
        rates = _Rates.of(geography, force, counts, kind, residents)
        made += [
            (f"{kind}_count", _count_figures(geography, force, counts.now[kind], counts)),
            (f"{kind}_rate", rates.crude()),
            (f"{kind}_rate_eb", rates.shrunk()),
            (f"{kind}_change", _change_figures(geography, force, counts, kind)),
        ]
    made.append((_OFFICER_METRIC, _count_figures(geography, force, counts.officer_generated, counts)))
    return made


def _count_figures(geography: Geography, force: Geography, values: NDArray[np.float64], counts: PlaceCounts) -> Figures:
    total = geography.total(values)
    figures = Figures(total.copy(), float(force.total(values)[0]), numerator=total)
    everywhere = np.ones(len(total), dtype=bool)
    figures.withhold(everywhere & (counts.n_months == 0), FigureState.NO_DATA, _NO_MONTHS)
    if counts.n_months < _YEAR:
        figures.remark(everywhere, f"{counts.n_months} of the last 12 months")
    return figures


@dataclass(frozen=True, slots=True)
class _Rates:
    """Counts and exposure of the areas of one geography, from which both rates are made."""

    events: NDArray[np.float64]
    residents: NDArray[np.float64]
    exposure: NDArray[np.float64]
    force_rate: float
    n_months: int

    @classmethod
    def of(
        cls, geography: Geography, force: Geography, counts: PlaceCounts, kind: Kind, residents: NDArray[np.float64]
    ) -> _Rates:
        """Sum counts and residents through the same links; exposure is in 1,000 person-years."""
        known = geography.n_known(residents) > 0
        people = np.where(known, geography.total(residents), np.nan)
        years = counts.n_months / _YEAR
        whole = float(force.total(residents)[0]) * years / _PER
        events = float(force.total(counts.now[kind])[0])
        rate = events / whole if whole > 0 else np.nan
        return cls(geography.total(counts.now[kind]), people, people * years / _PER, rate, counts.n_months)

    @property
    def at_risk(self) -> NDArray[np.bool_]:
        """Whether there are residents and months, so that there is a rate."""
        return np.asarray(self.exposure > 0)

    def crude(self) -> Figures:
        """Return incidents per 1,000 residents a year with the exact Poisson interval."""
        rate, lower, upper = (np.full(len(self.events), np.nan) for _ in range(3))
        at = self.at_risk
        rate[at] = self.events[at] / self.exposure[at]
        lower[at], upper[at] = garwood_interval(self.events[at], self.exposure[at])
        return self._figures(rate, lower, upper)

    def shrunk(self) -> Figures:
        """Return the empirical-Bayes rate with its posterior interval."""
        rate, lower, upper = (np.full(len(self.events), np.nan) for _ in range(3))
        at = self.at_risk
        if at.any():
            result = empirical_bayes(self.events[at], self.exposure[at])
            rate[at], lower[at], upper[at] = result.rate, result.lower, result.upper
        return self._figures(rate, lower, upper)

    def _figures(self, rate: NDArray[np.float64], lower: NDArray[np.float64], upper: NDArray[np.float64]) -> Figures:
        figures = Figures(
            rate,
            self.force_rate,
            lower=lower,
            upper=upper,
            numerator=self.events,
            denominator=self.residents,
            index=index_of(rate, self.force_rate),
        )
        everywhere = np.ones(len(rate), dtype=bool)
        figures.withhold(everywhere & (self.n_months == 0), FigureState.NO_DATA, _NO_MONTHS)
        figures.withhold(np.isnan(self.residents), FigureState.NO_DATA, _UNKNOWN)
        figures.withhold(self.residents == 0, FigureState.NO_DATA, _NOBODY)
        if self.n_months < _YEAR:
            figures.remark(everywhere, f"scaled to a year from {self.n_months} of the last 12 months")
        return figures


def _change_figures(geography: Geography, force: Geography, counts: PlaceCounts, kind: Kind) -> Figures:
    """Compare this year with the last where all 24 months are there; numerator and denominator are the two counts."""
    now, before = geography.total(counts.now[kind]), geography.total(counts.before[kind])
    everywhere = np.ones(len(now), dtype=bool)
    if counts.n_missing:
        figures = Figures(np.full(len(now), np.nan), np.nan)
        missing = "" if counts.n_missing == 2 * _YEAR else f" ({counts.n_missing} of the last 24 are missing)"
        figures.withhold(everywhere, FigureState.CANNOT_TELL, _NEEDS_24 + missing)
        return figures
    change = compare_years(now, before)
    whole = compare_years(force.total(counts.now[kind]), force.total(counts.before[kind]))
    figures = Figures(
        change.percent,
        float(whole.percent[0]),
        lower=change.lower,
        upper=np.where(np.isfinite(change.upper), change.upper, np.nan),
        numerator=now,
        denominator=before,
    )
    figures.withhold((now == 0) & (before == 0), FigureState.CANNOT_TELL, _NEITHER)
    figures.withhold(before == 0, FigureState.CANNOT_TELL, _ONLY_BEFORE)
    figures.remark(everywhere, _verdicts(change))
    return figures


def _verdicts(change: YearChange) -> NDArray[np.object_]:
    words = np.where(change.q_value <= 0.05, "beyond chance", "within chance")
    return np.array([f"{word} (q = {q:.2g})" for word, q in zip(words, change.q_value, strict=True)], dtype=object)
