"""What is hot beyond chance, in words, tables and a plot that an inspector can read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.areas import FigureState
from domain.months import LocalMonth
from hotspots.emerging import TrendClass
from hotspots.hot_cells import HotCells
from hotspots.near_repeat_table import NearRepeatTable
from hotspots.period_comparison import PeriodComparison
from hotspots.significance import Significance
from hotspots.street_segments import Streets
from maps import format as fmt
from maps.lookup import SiteIndex, scoring_set_label

__all__ = [
    "TREND_WORDS",
    "ChangedArea",
    "ConcentrationRow",
    "HotCellRow",
    "KnoxCell",
    "KnoxView",
    "SignificanceView",
    "StreetRow",
    "TrendRow",
    "significance_view",
]

#: A kind of hot spot: its name and what it means.
TREND_WORDS: Mapping[str, tuple[str, str]] = {
    TrendClass.NEW: ("New", "hot in the last month, never before in these months"),
    TrendClass.CONSECUTIVE: ("Consecutive", "hot in the last months without a break, never before them"),
    TrendClass.INTENSIFYING: ("Intensifying", "hot in at least nine of ten months, the last one too, and rising"),
    TrendClass.PERSISTENT: ("Persistent", "hot in at least nine of ten months, the last one too, without a trend"),
    TrendClass.DIMINISHING: ("Diminishing", "hot in at least nine of ten months, the last one too, and falling"),
    TrendClass.SPORADIC: ("Sporadic", "hot on and off"),
    TrendClass.OSCILLATING: ("Oscillating", "hot in the last month, clearly quiet in an earlier one"),
    TrendClass.HISTORICAL: ("Historical", "hot in at least nine of ten months, the last one not"),
    TrendClass.NONE: ("Over the year only", "hot over the whole window, in no single month"),
}

_LEFT, _TOP, _CELL_W, _CELL_H = 128, 30, 92, 34
_KNOX_STEPS = (1.1, 1.5, 2.0)


@dataclass(frozen=True, slots=True)
class HotCellRow:
    """A hexagon as a row of the map's table twin."""

    cell_id: str
    name: str
    grid_reference: str
    patrol_name: str
    patrol_page: str
    n_incidents: str
    n_neighbourhood: str
    sure: str
    kind: str
    n_hot_months: str


@dataclass(frozen=True, slots=True)
class TrendRow:
    """A kind of hot spot with the number of hexagons of it."""

    name: str
    meaning: str
    n: str


@dataclass(frozen=True, slots=True)
class ConcentrationRow:
    """How concentrated incidents are over one unit of place."""

    unit: str
    n_places: str
    tops: tuple[str, ...]
    gini: str
    generalised: str


@dataclass(frozen=True, slots=True)
class ChangedArea:
    """A small area whose share of all incidents is not what it was a year before."""

    name: str
    code: str
    before: str
    after: str
    share_before: str
    share_after: str
    words: str


@dataclass(frozen=True, slots=True)
class KnoxCell:
    """One band of the plot (pixels) with its words."""

    x: float
    y: float
    shade: int
    text: str
    is_beyond_chance: bool


@dataclass(frozen=True, slots=True)
class KnoxView:
    """Near repeats: a plot of bands, and the same as a table."""

    is_known: bool
    reason: str
    basis: str
    sentence: str
    delays: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[str, str, str, bool], ...]], ...]
    cells: tuple[KnoxCell, ...]
    column_labels: tuple[tuple[float, str], ...]
    row_labels: tuple[tuple[float, str], ...]
    width: int
    height: int
    cell_width: int
    cell_height: int


@dataclass(frozen=True, slots=True)
class StreetRow:
    """A street segment by incidents per kilometre."""

    rank: str
    name: str
    length: str
    n_incidents: str
    per_km: str
    shared: str


@dataclass(frozen=True, slots=True)
class SignificanceView:
    """The tests of one scoring set."""

    key: str
    label: str
    page: str
    width: str
    summary: tuple[str, ...]
    family: str
    is_hot_known: bool
    cells: tuple[HotCellRow, ...]
    n_hot: str
    trend_reason: str
    trends: tuple[TrendRow, ...]
    concentration: tuple[ConcentrationRow, ...]
    top_labels: tuple[str, ...]
    comparison_reason: str
    comparison: tuple[str, ...]
    changed: tuple[ChangedArea, ...]
    knox: KnoxView
    streets_reason: str
    streets_note: str
    streets: tuple[StreetRow, ...]


def page_of(position: int, key: str) -> str:
    """Return the file of a scoring set: the first one has the plain name."""
    return "significance.html" if position == 0 else f"significance-{key.replace('_', '-')}.html"


def significance_view(index: SiteIndex, found: Significance, *, position: int) -> SignificanceView:
    """
    Return the tests of one scoring set for its page.

    Parameters
    ----------
    index
        Look-ups of the site.
    found
        The tests.
    position
        Of the scoring set among those of the site.
    """
    hot = found.hot_cells
    tops = next(iter(found.concentration.values())).top_shares if found.concentration else {}
    n_hot = int(hot.cells["is_hot"].sum())
    return SignificanceView(
        key=found.scoring_set,
        label=scoring_set_label(found.scoring_set, index.content.identity.scoring_set_labels),
        page=page_of(position, found.scoring_set),
        width=f"{hot.settings.flat_m:g} m",
        summary=_summary(hot, n_hot),
        family=_family(hot),
        is_hot_known=hot.n_family > 0,
        cells=tuple(_cell_row(index, row, hot.trend_state) for row in _records(hot)),
        n_hot=fmt.count(n_hot),
        trend_reason=hot.trend_reason,
        trends=_trend_rows(hot),
        concentration=tuple(
            ConcentrationRow(
                unit=f"hexagons {hot.settings.flat_m:g} m wide" if unit == "hexagons" else unit,
                n_places=fmt.count(part.n_places),
                tops=tuple(fmt.per_cent(part.top_shares.get(share)) for share in tops),
                gini=fmt.decimal(part.gini, 2),
                generalised=fmt.decimal(part.generalised_gini, 2),
            )
            for unit, part in found.concentration.items()
            if part.n_incidents
        ),
        top_labels=tuple(f"busiest {fmt.per_cent(share)}" for share in tops),
        comparison_reason=found.comparison.reason,
        comparison=_comparison(found.comparison, index),
        changed=_changed(index, found.comparison),
        knox=_knox(found.near_repeats),
        streets_reason=found.streets.reason,
        streets_note=_streets_note(found.streets),
        streets=tuple(_street(row) for row in found.streets.segments.drop(columns="geometry").to_dict("records")),
    )


def _records(hot: HotCells) -> list[dict[Any, Any]]:
    return list(hot.cells.drop(columns="geometry").to_dict("records"))


def _summary(hot: HotCells, n_hot: int) -> tuple[str, ...]:
    if not hot.n_incidents:
        return ("No incident of the chosen kinds lies in the force in these months: nothing could be tested.",)
    months = fmt.plural(hot.n_months, "month")
    if not n_hot:
        none = (
            f"None of the {fmt.count(hot.n_family)} hexagons that hold an incident is hot beyond chance over {months}."
        )
        return none, "That is an answer: in these data no place stands out by more than luck may bring."
    share = round(100 * hot.settings.false_discovery_rate)
    verb = "is" if n_hot == 1 else "are"
    found = (
        f"{fmt.plural(n_hot, 'hexagon')} of {fmt.count(hot.n_cells)} {verb} hot beyond chance over {months}: "
        f"{fmt.per_cent(hot.hot_area_share, 1)} of the ground, with {fmt.per_cent(hot.hot_incident_share)} "
        "of the incidents."
    )
    sure = f"How sure: of the hexagons called hot, about {share} in 100 at most may be so by luck."
    lone = (
        "A hexagon is called hot for what lies around it: what is no wider than one hexagon, such as one busy "
        "address, is not hot here however busy it is. Red Zones find those."
    )
    return found, sure, lone


def _family(hot: HotCells) -> str:
    return (
        f"Tested together: the {fmt.count(hot.n_family)} hexagons that hold an incident themselves, of "
        f"{fmt.count(hot.n_cells)} in the force. Each keeps its own incidents while those of all others are shuffled "
        f"{fmt.count(hot.settings.n_permutations)} times (Gi*, one-sided, Benjamini-Hochberg at "
        f"{fmt.per_cent(hot.settings.false_discovery_rate)})."
    )


def sure_words(row: Mapping[Any, Any]) -> str:
    """Return how sure it is that a hexagon is hot, in words."""
    if not row["is_hot"]:
        return "not over the whole window"
    for level, words in ((0.001, "1 in 1,000"), (0.01, "1 in 100"), (0.05, "1 in 20")):
        if row["q_value"] <= level:
            return f"chance of error at most {words}"
    return "hot at the level set"


def _cell_row(index: SiteIndex, row: Mapping[Any, Any], trend_state: FigureState) -> HotCellRow:
    code = str(row["patrol_code"])
    return HotCellRow(
        cell_id=str(row["cell_id"]),
        name=str(row["name"] or "no name written"),
        grid_reference=str(row["grid_reference"]),
        patrol_name=index.patrol_names.get(code, code),
        patrol_page=index.patrol_pages.get(code, ""),
        n_incidents=fmt.count(row["n_incidents"]),
        n_neighbourhood=fmt.count(row["n_neighbourhood"]),
        sure=sure_words(row),
        kind=TREND_WORDS[row["trend"]][0] if trend_state == FigureState.OK else "cannot tell",
        n_hot_months=fmt.count(row["n_hot_months"]) if trend_state == FigureState.OK else "",
    )


def _trend_rows(hot: HotCells) -> tuple[TrendRow, ...]:
    if hot.trend_state != FigureState.OK:
        return ()
    counts = hot.cells["trend"].value_counts()
    return tuple(
        TrendRow(name, meaning, fmt.count(int(counts[str(key)])))
        for key, (name, meaning) in TREND_WORDS.items()
        if int(counts.get(str(key), 0))
    )


def _months_words(months: tuple[int, ...]) -> str:
    first, last = (LocalMonth(*divmod(month, 12)).shift(1) for month in (months[0], months[-1]))
    return fmt.period(first, last)


def _comparison(found: PeriodComparison, index: SiteIndex) -> tuple[str, ...]:
    if found.state != FigureState.OK:
        return ()
    n_areas, n_changed = len(found.areas), int((found.areas["direction"] != "same").sum())
    label = index.content.identity.small_area_label
    periods = (
        f"{fmt.plural(len(found.months), 'month')} ({_months_words(found.months)}) with {fmt.count(found.n_after)} "
        f"incidents, against the same months a year before with {fmt.count(found.n_before)}."
    )
    similarity = (
        f"Similarity {fmt.decimal(found.similarity, 2)}: in {fmt.count(n_areas - n_changed)} of {fmt.count(n_areas)} "
        f"{label}s with an incident the share of all incidents is not clearly different; in {fmt.count(n_changed)} it "
        "is."
    )
    return periods, similarity, "Shares are compared, not numbers: a general rise or fall is no difference here."


def _changed(index: SiteIndex, found: PeriodComparison) -> tuple[ChangedArea, ...]:
    rows = found.areas[found.areas["direction"] != "same"].to_dict("records") if len(found.areas) else []
    words = {"more": "a larger share than before", "less": "a smaller share than before"}
    return tuple(
        ChangedArea(
            name=index.small_names.get(str(row["area_code"]), str(row["area_code"])),
            code=str(row["area_code"]),
            before=fmt.count(row["n_before"]),
            after=fmt.count(row["n_after"]),
            share_before=fmt.per_cent(row["share_before"], 2),
            share_after=fmt.per_cent(row["share_after"], 2),
            words=words[str(row["direction"])],
        )
        for row in rows
    )


def _band(low: float, high: float, unit: str) -> str:
    if unit == "m" and low == 0 and high <= 1:
        return "same point"
    return f"{low:g} to under {high:g} {unit}"


def _knox(found: NearRepeatTable) -> KnoxView:
    rows = found.bands.to_dict("records")
    distances = list(dict.fromkeys((row["distance_from_m"], row["distance_to_m"]) for row in rows))
    delays = list(dict.fromkeys((row["delay_from_days"], row["delay_to_days"]) for row in rows))
    by_band = {(row["distance_from_m"], row["delay_from_days"]): row for row in rows}
    table, cells = [], []
    for i, distance in enumerate(distances):
        figures = []
        for j, delay in enumerate(delays):
            row = by_band[distance[0], delay[0]]
            text = fmt.decimal(row["ratio"], 2) if fmt.is_known(row["ratio"]) else "none"
            beyond = bool(row["is_beyond_chance"])
            figures.append((fmt.count(row["observed"]), fmt.count(row["expected"]), text, beyond))
            shade = sum(row["ratio"] >= step for step in _KNOX_STEPS) if beyond else 0
            cells.append(KnoxCell(_LEFT + j * _CELL_W, _TOP + i * _CELL_H, shade, text, beyond))
        table.append((_band(*distance, "m"), tuple(figures)))
    return KnoxView(
        is_known=found.state == FigureState.OK,
        reason=found.reason,
        basis=_knox_basis(found),
        sentence=_knox_sentence(rows),
        delays=tuple(_band(*delay, "days") for delay in delays),
        rows=tuple(table),
        cells=tuple(cells),
        column_labels=tuple((_LEFT + (j + 0.5) * _CELL_W, f"{d[0]:g} to {d[1]:g} d") for j, d in enumerate(delays)),
        row_labels=tuple((_TOP + (i + 0.5) * _CELL_H + 4, _band(*d, "m")) for i, d in enumerate(distances)),
        width=_LEFT + _CELL_W * len(delays) + 4,
        height=_TOP + _CELL_H * len(distances) + 4,
        cell_width=_CELL_W,
        cell_height=_CELL_H,
    )


def _knox_basis(found: NearRepeatTable) -> str:
    left_out = (
        f" {fmt.plural(found.n_left_out, 'incident')} without a certain day left out." if found.n_left_out else ""
    )
    return (
        f"{fmt.count(found.n_events)} dated incidents; their days shuffled {fmt.count(found.n_permutations)} times."
        + left_out
    )


def _knox_sentence(rows: list[dict[Any, Any]]) -> str:
    beyond = [row for row in rows if row["is_beyond_chance"] and fmt.is_known(row["ratio"])]
    if not rows:
        return ""
    if not beyond:
        return "No band holds more pairs than chance would bring: one incident says little about the next one nearby."
    widest = max(beyond, key=lambda row: (row["distance_to_m"], row["delay_to_days"]))
    best = max(beyond, key=lambda row: row["ratio"])
    band = f"{_band(best['distance_from_m'], best['distance_to_m'], 'm')}, "
    band += f"{_band(best['delay_from_days'], best['delay_to_days'], 'days')} later"
    return (
        f"After an incident another follows nearby more often than chance would bring, up to "
        f"{widest['distance_to_m']:g} m and within {max(row['delay_to_days'] for row in beyond):g} days. "
        f"Most of all {band}: {fmt.times(best['ratio'])} as many pairs."
    )


def _streets_note(found: Streets) -> str:
    if found.state != FigureState.OK:
        return ""
    return (
        f"{fmt.count(found.n_segments)} segments, {fmt.count(found.length_km)} km. "
        f"{fmt.count(found.n_snapped)} of {fmt.count(found.n_incidents)} incidents lie within {found.snap_m:g} m of a "
        f"road and count on the nearest one. Half of them are on {fmt.per_cent(found.half_length_share, 1)} of the "
        "length."
    )


def _street(row: Mapping[Any, Any]) -> StreetRow:
    first, last = int(row["rank"]), int(row["rank_last"])
    return StreetRow(
        rank=str(first) if first == last else f"{first} to {last} (equal)",
        name=str(row["street_name"] or "no name in the layer"),
        length=f"{row['length_m']:.0f} m",
        n_incidents=fmt.decimal(row["n_incidents"]),
        per_km=fmt.decimal(row["per_km"]),
        shared=fmt.decimal(row["n_tied"]) if row["n_tied"] > 0 else "",
    )
