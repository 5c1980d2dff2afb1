"""Segments as a page shows them: how their number was chosen, what has changed, and similar people in other places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.months import LocalMonth
from maps import format as fmt
from maps.lookup import SiteIndex
from segmentation.results import Origin, SegmentationResult

__all__ = [
    "ClustergramRow",
    "ClustergramView",
    "ContrastView",
    "DroppedVariable",
    "MoverRow",
    "SegmentHistory",
    "clustergram_view",
    "contrast_views",
    "dropped_variables",
    "segment_history",
]

_WIDTH, _HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 24, 24, 20, 44
_RADIUS_MOST = 11.0
_LINE_MOST = 12.0
#: Share of the areas from which a line between two numbers of groups is drawn.
_LINE_LEAST = 0.005
#: So often an area is named as the one with more, so that one town centre does not fill a list.
_TOLD_OF_ONE = 2
_MEASURES = {
    "place_asb_rate": "antisocial behaviour",
    "place_minor_crime_rate": "minor crime",
    "confidence": "confidence in the police",
}


@dataclass(frozen=True, slots=True)
class ClustergramRow:
    """One number of groups, for the table twin: how many areas each group has, and from where they come."""

    k: str
    groups: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ClustergramView:
    """
    How groups divide as their number grows: the geometry of the drawing, and the same as a table.

    Parameters
    ----------
    width, height
        Of the drawing.
    lines
        `x1, y1, x2, y2, width` of each line, thicker where more areas go that way.
    dots
        `x, y, radius, is_chosen` of each group, larger where it has more areas.
    ticks
        `x, text, is_chosen` of each number of groups.
    rows
        The table twin.
    """

    width: int
    height: int
    lines: tuple[tuple[float, float, float, float, float], ...]
    dots: tuple[tuple[float, float, float, bool], ...]
    ticks: tuple[tuple[float, str, bool], ...]
    rows: tuple[ClustergramRow, ...]


@dataclass(frozen=True, slots=True)
class DroppedVariable:
    """A variable that formed no segment, and why."""

    name: str
    reason: str
    correlation: str


@dataclass(frozen=True, slots=True)
class MoverRow:
    """An area whose segment changed."""

    area: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class SegmentHistory:
    """When the segments were made, what has changed since, and how a refit follows the segments before it."""

    sentences: tuple[str, ...]
    movers: tuple[MoverRow, ...]
    refit_sentences: tuple[str, ...]
    refit_movers: tuple[MoverRow, ...]


@dataclass(frozen=True, slots=True)
class ContrastView:
    """Two areas alike in their people, of which the first has the higher figure."""

    area: str
    area_href: str
    other: str
    other_href: str
    group: str
    measure: str
    figure: str
    other_figure: str
    apart: str


def clustergram_view(result: SegmentationResult) -> ClustergramView | None:
    """Return the drawing of how groups divide as their number grows; None where fewer than two numbers were tried."""
    if result.clustergram.empty:
        return None
    rows = result.clustergram.sort_values(["k", "cluster"], kind="stable").to_dict("records")
    numbers = sorted({int(row["k"]) for row in rows})
    if len(numbers) < 2:
        return None
    groups = result.diagnostics[result.diagnostics["level"] == "group"]
    chosen = {int(k) for k in groups.loc[groups["is_chosen"], "k"]}
    at = _Positions(rows, numbers)
    n_areas = max(sum(int(row["n_areas"]) for row in rows if int(row["k"]) == numbers[0]), 1)
    by_key = {(int(row["k"]), int(row["cluster"])): row for row in rows}
    lines, dots = [], []
    for (k, _), row in by_key.items():
        x, y = at.x(k), at.y(row["mean_component"])
        radius = max(2.5, _RADIUS_MOST * (int(row["n_areas"]) / n_areas) ** 0.5)
        dots.append((x, y, round(radius, 1), k in chosen))
        for before, n in enumerate(row.get("n_from") or ()):
            source = by_key.get((k - 1, before))
            if source is not None and n >= _LINE_LEAST * n_areas:
                width = max(0.6, _LINE_MOST * n / n_areas)
                lines.append((at.x(k - 1), at.y(source["mean_component"]), x, y, round(width, 1)))
    return ClustergramView(
        width=_WIDTH,
        height=_HEIGHT,
        lines=tuple(lines),
        dots=tuple(dots),
        ticks=tuple((at.x(k), str(k), k in chosen) for k in numbers),
        rows=tuple(
            ClustergramRow(str(k), _group_words([r for r in rows if int(r["k"]) == k]), k in chosen) for k in numbers
        ),
    )


class _Positions:
    """Where a number of groups and a mean component lie in the drawing."""

    def __init__(self, rows: Sequence[Mapping[Any, Any]], numbers: Sequence[int]) -> None:
        means = [float(row["mean_component"]) for row in rows]
        self._low, self._span = min(means), (max(means) - min(means)) or 1.0
        self._first, self._step = numbers[0], (_WIDTH - _LEFT - _RIGHT - 24) / (len(numbers) - 1)

    def x(self, k: int) -> float:
        return round(_LEFT + 12 + self._step * (k - self._first), 1)

    def y(self, mean: float) -> float:
        share = (float(mean) - self._low) / self._span
        return round(_HEIGHT - _BOTTOM - 8 - share * (_HEIGHT - _TOP - _BOTTOM - 16), 1)


def _group_words(rows: Sequence[Mapping[Any, Any]]) -> str:
    ordered = sorted(rows, key=lambda row: -float(row["mean_component"]))
    return ", ".join(f"{fmt.count(row['n_areas'])} ({float(row['mean_component']):+.2f})" for row in ordered)


def dropped_variables(index: SiteIndex) -> tuple[DroppedVariable, ...]:
    """Return the variables that formed no segment, each with its reason."""
    result = index.content.segmentation
    if result is None:
        return ()
    labels = {d.metric: d.label for d in index.content.definitions}

    def named(name: object) -> str:
        return labels.get(str(name), str(name).replace("_", " "))

    return tuple(
        DroppedVariable(
            named(row["variable"]),
            f"nearly the same as {named(row['because_of'])}"
            if isinstance(row["because_of"], str)
            else str(row["reason"]),
            fmt.decimal(row["correlation"], 2) if fmt.is_known(row["correlation"]) else "",
        )
        for row in result.dropped.to_dict("records")
    )


def segment_history(index: SiteIndex) -> SegmentHistory | None:
    """Return when the segments were made and what has changed since; None where it is not known."""
    result = index.content.segmentation
    if result is None or result.origin is None:
        return None
    origin = result.origin
    month = fmt.month_name(LocalMonth.parse(origin.month))
    if not origin.is_frozen:
        first = f"These segments were made in this run, from the data to {month}; later months keep them."
        return SegmentHistory((first,), (), *_refit(index, origin))
    sentences = [
        (
            f"These segments were made from the data to {month} and are kept: each month's areas are placed in them, "
            "and a new month alone never makes new ones."
        ),
        (
            f"{fmt.plural(len(origin.movers), 'area')} {'has' if len(origin.movers) == 1 else 'have'} another segment "
            "now than then."
        ),
    ]
    if origin.new_areas:
        sentences.append(f"{fmt.plural(len(origin.new_areas), 'area')} were not there then.")
    if origin.gone_areas:
        sentences.append(f"{fmt.plural(len(origin.gone_areas), 'area')} of then are in no segment any more.")
    return SegmentHistory(tuple(sentences), _movers(index, origin.movers), *_refit(index, origin))


def _refit(index: SiteIndex, origin: Origin) -> tuple[tuple[str, ...], tuple[MoverRow, ...]]:
    refit = origin.refit
    if refit is None:
        return (), ()
    why = f" Why: {refit.reason}." if refit.reason else ""
    sentences = [
        f"They were made anew as a decision and compared with those before on the same data.{why}",
        (
            f"The adjusted Rand index of old and new groups is {refit.adjusted_rand:.2f} (1 is the same) over "
            f"{fmt.plural(refit.n_common, 'area')}; {fmt.plural(len(refit.movers), 'area')} moved to another group."
        ),
        f"Names that survived: {', '.join(refit.kept)}." if refit.kept else "No approved name survived.",
    ]
    if refit.ended:
        sentences.append(f"Groups that ended: {', '.join(refit.ended)}.")
    if refit.begun:
        sentences.append(f"Groups that are new: {', '.join(refit.begun)}.")
    return tuple(sentences), _movers(index, refit.movers)


def _movers(index: SiteIndex, movers: Any) -> tuple[MoverRow, ...]:  # noqa: ANN401 - a frame
    return tuple(
        MoverRow(
            index.small_names.get(row["area_code"], row["area_code"]),
            str(row["old_code"]),
            index.segment_name(row["new_code"]) or str(row["new_code"]),
        )
        for row in movers.to_dict("records")
    )


def contrast_views(
    index: SiteIndex, members: Sequence[str] | None = None, *, root: str = "", most: int = 20
) -> tuple[ContrastView, ...]:
    """
    Return pairs of areas alike in their people whose figures differ beyond chance, the clearest first.

    Parameters
    ----------
    index
        Look-ups of the site.
    members
        Only pairs with one of these areas; all by default.
    root
        Way from the page to the site's folder.
    most
        Largest number of pairs.
    """
    result = index.content.segmentation
    if result is None:
        return ()
    contrasts = result.contrasts
    if members is not None and len(contrasts):
        contrasts = contrasts[contrasts["area_code"].isin(members) | contrasts["other_code"].isin(members)]
    rows = contrasts.to_dict("records")
    rows.sort(key=lambda row: (float(row["false_sign_rate"]), -float(row["ratio"]), str(row["area_code"])))
    return tuple(_contrast(index, row, root) for row in _spread(rows)[:most])


def _spread(rows: Sequence[Mapping[Any, Any]]) -> list[Mapping[Any, Any]]:
    """Return the rows without those that would name an area as the one with more for a third time."""
    seen: dict[tuple[str, str], int] = {}
    kept = []
    for row in rows:
        key = str(row["area_code"]), str(row["measure"])
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= _TOLD_OF_ONE:
            kept.append(row)
    return kept


def _contrast(index: SiteIndex, row: Mapping[Any, Any], root: str) -> ContrastView:
    area, other = str(row["area_code"]), str(row["other_code"])
    figures = [(row["rate"], row["lower"], row["upper"]), (row["other_rate"], row["other_lower"], row["other_upper"])]
    if fmt.is_known(row["ratio"]):
        texts, apart = [_rate(*figure) for figure in figures], f"{fmt.decimal(row['ratio'])} times"
    else:  # a share: differences are points, not times
        texts = [f"{_rate(*(100 * value for value in figure))} %" for figure in figures]
        apart = f"{fmt.decimal(100 * (row['rate'] - row['other_rate']))} points"
    return ContrastView(
        area=_name(index, area),
        area_href=_href(index, area, root),
        other=_name(index, other),
        other_href=_href(index, other, root),
        group=index.segment_name(str(row["group_code"])),
        measure=_MEASURES.get(str(row["measure"]), str(row["measure"]).replace("_", " ")),
        figure=texts[0],
        other_figure=texts[1],
        apart=apart,
    )


def _name(index: SiteIndex, code: str) -> str:
    return index.small_names.get(code) or index.patrol_names.get(code, code)


def _href(index: SiteIndex, code: str, root: str) -> str:
    patrol = index.patrol_of_small.get(code, code)
    return f"{root}areas/{index.patrol_pages[patrol]}" if patrol in index.patrol_pages else ""


def _rate(rate: float, lower: float, upper: float) -> str:
    return f"{fmt.decimal(rate)} ({fmt.decimal(lower)} to {fmt.decimal(upper)})"
