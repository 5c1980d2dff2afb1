"""Place: incidents of each area in the last year, as counts, rates with intervals, and change on the year before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.stats import beta

from domain.areas import FigureState
from profiles.change import YearChange, compare_years
from profiles.counts import PlaceCounts, Tally
from profiles.figures import Figures, Geography
from profiles.rates import NO_MONTHS, Population, Rates
from profiles.results import MetricDefinition

__all__ = ["AMBIENT", "place_definitions", "place_figures"]

#: Name of the People variable that counts who is there in the day.
AMBIENT = "workday_population"

_YEAR = 12
_RATE_UNIT = "per 1,000 residents a year"
_AMBIENT_UNIT = "per 1,000 people there in the day, a year"
_OFFICER_TOPIC = "reported by the public or made by officers"
_NEEDS_24 = "cannot tell: needs 24 months"
_NOBODY = "nobody lives here, so there is no rate"
_UNKNOWN = "the number of residents is not known"
_NOBODY_IN_DAY = "nobody is counted here in the day, so there is no rate"
_NO_AMBIENT = "no workday population is loaded"
_ONLY_BEFORE = "none in the year before, so there is no percentage"
_NEITHER = "none in either year"
_NONE_RECORDED = "nothing is recorded here in these months"
_SIGNIFICANT = 0.05

_RATE_LIMITS = "Residents are not the people present: in a town centre it describes those who sleep there."
_SHRUNK_LIMITS = "Drawn towards the mean of all areas, the more so the fewer people live here; steadier, not truer."
_SPATIAL_LIMITS = "Drawn towards the mean of this area and those that touch it; blurs a sharp border."
_AMBIENT_LIMITS = "People at work or at home on a weekday; not shoppers, visitors or the night."
_CHANGE_LIMITS = "A rise in reports is not a failure: people who trust the police report more."
_WATCH_LIMITS = "Recorded crime, with its changes of recording; shown beside the zones and never scored."


@dataclass(frozen=True, slots=True)
class _Row:
    """One metric of a tally."""

    suffix: str
    label: str
    unit: str
    limits: str


_COUNT = _Row("count", "Recorded incidents of {}", "incidents", "Only what was reported and recorded.")
_CHANGE = _Row("change", "Change in {} on the year before", "per cent", _CHANGE_LIMITS)
_PLACE_ROWS = (
    _COUNT,
    _Row("rate", "Rate of {}", _RATE_UNIT, _RATE_LIMITS),
    _Row("rate_eb", "Rate of {}, steadied by the areas' mean", _RATE_UNIT, _SHRUNK_LIMITS),
    _Row("rate_eb_spatial", "Rate of {}, steadied by the neighbours' mean", _RATE_UNIT, _SPATIAL_LIMITS),
    _Row("rate_ambient", "Rate of {} by people there in the day", _AMBIENT_UNIT, _AMBIENT_LIMITS),
    _Row(
        "rate_ambient_eb",
        "Rate of {} by people there in the day, steadied by the areas' mean",
        _AMBIENT_UNIT,
        _AMBIENT_LIMITS,
    ),
    _CHANGE,
)
_WATCH_ROWS = (
    _Row("count", "Recorded {}", "incidents", _WATCH_LIMITS),
    _Row("rate", "Rate of {}", _RATE_UNIT, _WATCH_LIMITS),
    _Row("rate_eb", "Rate of {}, steadied by the areas' mean", _RATE_UNIT, _WATCH_LIMITS),
    _Row("change", "Change in {} on the year before", "per cent", _WATCH_LIMITS),
)


def place_definitions(counts: PlaceCounts) -> tuple[MetricDefinition, ...]:
    """Return the definitions of the metrics that `place_figures` makes, in its order."""
    source, period = counts.sources, counts.period
    definitions = [
        MetricDefinition(
            f"{tally.key}_{row.suffix}", row.label.format(tally.name), tally.name, row.unit, source, period,
            tally.part, row.limits,
        )
        for tally in counts.tallies
        for row in _rows_of(tally)
    ]  # fmt: skip
    officer = "Shows where the police work, not what the public report."
    definitions += [
        MetricDefinition("reported_count", "Records that the public reported, of every kind", _OFFICER_TOPIC,
                         "incidents", source, period),
        MetricDefinition("officer_generated_count", "Records made by officers (never scored)", _OFFICER_TOPIC,
                         "incidents", source, period, limits=officer),
        MetricDefinition("officer_generated_share", "Share of records made by officers", _OFFICER_TOPIC,
                         "per cent", source, period, limits=officer),
    ]  # fmt: skip
    return tuple(definitions)


def _rows_of(tally: Tally) -> tuple[_Row, ...]:
    return _WATCH_ROWS if tally.part == "watch" else _PLACE_ROWS


def place_figures(
    geography: Geography,
    force: Geography,
    counts: PlaceCounts,
    residents: NDArray[np.float64],
    *,
    ambient: NDArray[np.float64] | None = None,
    ambient_remark: str = "",
    neighbours: csr_array | None = None,
    shifted: Mapping[str, str] = MappingProxyType({}),
) -> list[tuple[str, Figures]]:
    """
    Return counts, rates and changes for the areas of one geography.

    The changes of the watch list are one family of tests: Benjamini-Hochberg runs over all its kinds and areas.

    Parameters
    ----------
    geography, force
        The areas; the one area that holds all.
    counts
        Incidents of the small areas.
    residents
        Residents of the small areas, shape (n_small,), NaN where not known.
    ambient
        People there in the day, in the same form; None where no such figure is loaded.
    ambient_remark
        What every rate by them must say, such as that they were counted in the pandemic.
    neighbours
        Which areas of the geography touch, shape (n_areas, n_areas); None where the boundaries do not tell.
    shifted
        What must be said of the change of a kind whose level of recording changed between the years.

    Returns
    -------
    list
        (metric, figures), in the order of `place_definitions`.
    """
    nothing = np.full(len(residents), np.nan)
    people = Population(residents, _NOBODY, _UNKNOWN)
    in_day = Population(nothing if ambient is None else ambient, _NOBODY_IN_DAY, _NO_AMBIENT, ambient_remark)
    changes = _changes(geography, counts)
    made: list[tuple[str, Figures]] = []
    for tally in counts.tallies:
        rates = Rates.of(geography, force, tally.now, people, n_months=counts.n_months)
        figures = {
            "count": _count_figures(geography, force, tally.now, counts),
            "rate": rates.crude(),
            "rate_eb": rates.shrunk(),
            "change": _change_figures(geography, force, counts, tally, changes.get(tally.key)),
        }
        if tally.key in shifted:
            figures["change"].remark(np.ones(len(geography.codes), dtype=bool), shifted[tally.key])
        if tally.part == "place":
            by_day = Rates.of(geography, force, tally.now, in_day, n_months=counts.n_months)
            figures |= {
                "rate_eb_spatial": rates.shrunk_to_neighbours(neighbours),
                "rate_ambient": by_day.crude(),
                "rate_ambient_eb": by_day.shrunk(),
            }
        for row in _rows_of(tally):
            if not tally.is_stated:
                _not_stated(figures[row.suffix], tally)
            made.append((f"{tally.key}_{row.suffix}", figures[row.suffix]))
    return made + _officer_figures(geography, force, counts)


def _not_stated(figures: Figures, tally: Tally) -> None:
    everywhere = np.ones(len(figures.estimate), dtype=bool)
    figures.numerator[:] = np.nan
    figures.state[:], figures.note[:] = FigureState.OK.value, None
    figures.withhold(everywhere, FigureState.NO_DATA, f"no loaded source has a category of {tally.name}")


def _count_figures(geography: Geography, force: Geography, values: NDArray[np.float64], counts: PlaceCounts) -> Figures:
    total = geography.total(values)
    figures = Figures(total.copy(), float(force.total(values)[0]), numerator=total)
    everywhere = np.ones(len(total), dtype=bool)
    figures.withhold(everywhere & (counts.n_months == 0), FigureState.NO_DATA, NO_MONTHS)
    if counts.n_months < _YEAR:
        figures.remark(everywhere, f"{counts.n_months} of the last 12 months")
    return figures


def _officer_figures(geography: Geography, force: Geography, counts: PlaceCounts) -> list[tuple[str, Figures]]:
    """Return both counts beside each other, and the share of the records that officers made with its exact interval."""
    reported, officer = geography.total(counts.reported), geography.total(counts.officer_generated)
    total = reported + officer
    whole = float((force.total(counts.reported) + force.total(counts.officer_generated))[0])
    share = np.divide(100.0 * officer, total, out=np.full(len(total), np.nan), where=total > 0)
    lower = np.where(officer > 0, 100.0 * beta.ppf(0.025, np.maximum(officer, 1), reported + 1), 0.0)
    upper = np.where(reported > 0, 100.0 * beta.isf(0.025, officer + 1, np.maximum(reported, 1)), 100.0)
    figures = Figures(
        share,
        100.0 * float(force.total(counts.officer_generated)[0]) / whole if whole > 0 else np.nan,
        lower=np.where(total > 0, lower, np.nan),
        upper=np.where(total > 0, upper, np.nan),
        numerator=officer.copy(),
        denominator=total,
    )
    everywhere = np.ones(len(total), dtype=bool)
    figures.withhold(everywhere & (counts.n_months == 0), FigureState.NO_DATA, NO_MONTHS)
    figures.withhold(total == 0, FigureState.NO_DATA, _NONE_RECORDED)
    return [
        ("reported_count", _count_figures(geography, force, counts.reported, counts)),
        ("officer_generated_count", _count_figures(geography, force, counts.officer_generated, counts)),
        ("officer_generated_share", figures),
    ]


def _changes(geography: Geography, counts: PlaceCounts) -> dict[str, YearChange]:
    """Compare the two years of each tally where all 24 months are there; the watch list is one family of tests."""
    if counts.n_missing:
        return {}
    own = [tally for tally in counts.tallies if tally.part != "watch"]
    changes = {t.key: compare_years(geography.total(t.now), geography.total(t.before)) for t in own}
    watched = [tally for tally in counts.tallies if tally.part == "watch" and tally.is_stated]
    if watched:
        together = compare_years(
            np.concatenate([geography.total(t.now) for t in watched]),
            np.concatenate([geography.total(t.before) for t in watched]),
        )
        n = len(geography.codes)
        changes |= {t.key: together.part(slice(i * n, (i + 1) * n)) for i, t in enumerate(watched)}
    return changes


def _change_figures(
    geography: Geography, force: Geography, counts: PlaceCounts, tally: Tally, change: YearChange | None
) -> Figures:
    """Return this year against the last; numerator and denominator are the two counts."""
    now, before = geography.total(tally.now), geography.total(tally.before)
    everywhere = np.ones(len(now), dtype=bool)
    if change is None:
        figures = Figures(np.full(len(now), np.nan), np.nan)
        missing = "" if counts.n_missing == 2 * _YEAR else f" ({counts.n_missing} of the last 24 are missing)"
        figures.withhold(everywhere, FigureState.CANNOT_TELL, _NEEDS_24 + missing)
        return figures
    whole = compare_years(force.total(tally.now), force.total(tally.before))
    figures = Figures(
        change.percent,
        float(whole.percent[0]),
        lower=change.lower,
        upper=np.where(np.isfinite(change.upper), change.upper, np.nan),
        numerator=now,
        denominator=before,
        q_value=np.where(now + before > 0, change.q_value, np.nan),
    )
    figures.withhold((now == 0) & (before == 0), FigureState.CANNOT_TELL, _NEITHER)
    figures.withhold(before == 0, FigureState.CANNOT_TELL, _ONLY_BEFORE)
    figures.remark(everywhere, _verdicts(change))
    return figures


def _verdicts(change: YearChange) -> NDArray[np.object_]:
    words = np.where(change.q_value <= _SIGNIFICANT, "beyond chance", "within chance")
    return np.array([f"{word} (q = {q:.2g})" for word, q in zip(words, change.q_value, strict=True)], dtype=object)
