"""Areas in words and tables: profile, small areas, segments and the trend of one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from domain.incidents import Kind
from domain.months import LocalMonth
from maps import format as fmt
from maps.content import SiteContent
from maps.lookup import ASB_RATE, RESIDENTS, Figure, Segment, SiteIndex
from maps.palette import Swatch, group_swatch

__all__ = [
    "ProfileRow",
    "SegmentView",
    "SmallAreaRow",
    "TrendMonth",
    "TrendView",
    "belonging_words",
    "monthly_counts",
    "overview",
    "rate_sentence",
    "segment_views",
    "small_area_rows",
    "trend",
]

_TREND_MONTHS = 24
_TREND_KINDS = {Kind.ASB: "Antisocial behaviour", Kind.MINOR_CRIME: "Minor crime"}
_CHART_WIDTH, _CHART_HEIGHT = 640, 150


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One line of a profile; where there is no value, `value` is the reason, and what qualifies one is its `remark`."""

    label: str
    unit: str
    value: str
    interval: str
    force: str
    index: str
    source: str
    is_ok: bool
    remark: str = ""


@dataclass(frozen=True, slots=True)
class SmallAreaRow:
    """A small area as a row of the map's table twin."""

    code: str
    name: str
    patrol_name: str
    patrol_page: str
    group: str
    environment: str
    is_doubtful: bool
    residents: str
    asb_rate: str
    asb_interval: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A community group or environment in words."""

    code: str
    level: str
    parent_code: str
    name: str
    is_proposed: bool
    n_areas: str
    residents_share: str
    portrait: tuple[str, ...]
    stability: str
    swatch: Swatch
    doubtful: str = ""


@dataclass(frozen=True, slots=True)
class TrendMonth:
    """One month of a trend; `figures` are texts in the order of the series."""

    month: str
    short: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrendLine:
    """A line of the chart: its name, its SVG points, one list for each unbroken run of months."""

    label: str
    runs: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class TrendView:
    """Monthly incidents: the geometry of a small chart, and the same as a table."""

    lines: tuple[TrendLine, ...]
    months: tuple[TrendMonth, ...]
    ticks: tuple[tuple[float, str], ...]
    labels: tuple[tuple[float, str], ...]
    width: int
    height: int
    description: str


def _profile_row(figure: Figure) -> ProfileRow:
    definition = figure.definition
    source = ", ".join(part for part in (definition.source, definition.period) if part)
    is_ok = figure.is_ok and fmt.is_known(figure.estimate)
    if not is_ok:
        words = fmt.state_words("no_data" if figure.is_ok else figure.state, figure.note)
        return ProfileRow(definition.label, definition.unit, words, "", "", "", source, is_ok=False)
    unit = definition.unit
    return ProfileRow(
        label=definition.label,
        unit=unit,
        value=fmt.figure(figure.estimate, unit),
        interval=fmt.interval(figure.lower, figure.upper, unit),
        force=fmt.figure(figure.force_estimate, unit) if fmt.is_known(figure.force_estimate) else "",
        index=fmt.count(figure.index) if fmt.is_known(figure.index) else "",
        source=source,
        is_ok=True,
        remark=figure.note or "",
    )


def small_area_rows(index: SiteIndex, codes: Iterable[str]) -> tuple[SmallAreaRow, ...]:
    """Return small areas as rows of a table."""
    return tuple(_small_area_row(index, code) for code in codes)


def _small_area_row(index: SiteIndex, code: str) -> SmallAreaRow:
    patrol = index.patrol_of_small.get(code, "")
    member = index.memberships.get(code)
    residents, rate = (index.figures.get(("small", code), {}).get(metric) for metric in (RESIDENTS, ASB_RATE))
    rate_row = _profile_row(rate) if rate else None
    return SmallAreaRow(
        code=code,
        name=index.small_names[code],
        patrol_name=index.patrol_names.get(patrol, ""),
        patrol_page=index.patrol_pages.get(patrol, ""),
        group=index.segment_name(member.group_code) if member else "",
        environment=index.segment_name(member.environment_code) if member else "",
        is_doubtful=member.is_doubtful if member else False,
        residents=_profile_row(residents).value if residents else fmt.MISSING,
        asb_rate=rate_row.value if rate_row else fmt.MISSING,
        asb_interval=rate_row.interval if rate_row else "",
        page=index.small_pages.get(code, ""),
    )


def overview(index: SiteIndex, code: str) -> tuple[str, ...]:
    """
    Return in a few sentences what a patrol area is and how it compares.

    Parameters
    ----------
    index
        Look-ups of the site.
    code
        Code of the patrol area.
    """
    identity = index.content.identity
    members = index.small_of_patrol[code]
    unit = index.unit_names.get(index.unit_of_patrol.get(code, ""), "")
    where = f"{index.patrol_names[code]} is a {identity.patrol_label}" + (f" of {unit}" if unit else "")
    residents = index.figure("patrol", code, RESIDENTS)
    who = f", home to {fmt.count(residents.estimate)} residents" if residents else ""
    small = fmt.plural(len(members), identity.small_area_label)
    sentences = [f"{where}{who}. It is made of {small}."]
    if groups := _group_counts(index, members):
        sentences.append(f"Who lives here: {fmt.joined(groups)}.")
    rate = index.figure("patrol", code, ASB_RATE)
    if rate is not None:
        sentences.append(rate_sentence(rate))
    return tuple(sentences)


#: How a small area came to its patrol area (`how` of the links), in the words that follow "where".
_BELONGING = {
    "parent": "its boundary file puts it",
    "lookup": "the look-up puts it",
    "centroid": "most of its people live",
    "overlap": "most of its ground lies",
}


def belonging_words(links: pd.DataFrame, members: Sequence[str]) -> str:
    """
    Return by what the small areas of a patrol area belong to it, in words that follow "where".

    Parameters
    ----------
    links
        Links of small areas to patrol areas, with `source_code` and, where it is known, `how`.
    members
        Codes of the small areas; none: of every small area.

    Examples
    --------
    >>> belonging_words(pd.DataFrame({"source_code": ["a", "b"], "how": ["overlap", "centroid"]}), ["a"])
    'most of its ground lies'
    """
    if "how" not in links:
        return _BELONGING["centroid"]
    of_members = links[links["source_code"].isin(list(members))] if members else links
    found = set(of_members["how"])
    return " or ".join(words for how, words in _BELONGING.items() if how in found) or _BELONGING["centroid"]


def _group_counts(index: SiteIndex, members: Sequence[str]) -> list[str]:
    counts: dict[str, int] = {}
    for code in members:
        if member := index.memberships.get(code):
            counts[member.group_code] = counts.get(member.group_code, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    label = index.content.identity.small_area_label
    return [f"“{index.segments[c].name}” in {fmt.plural(n, label)}" for c, n in ordered if c in index.segments]


def rate_sentence(rate: Figure) -> str:
    """Return a rate in a sentence, with its interval, and whether it differs clearly from the force's."""
    unit = rate.definition.unit
    value = fmt.figure(rate.estimate, unit)
    between = fmt.interval(rate.lower, rate.upper, unit)
    text = f"{rate.definition.label}: {value} {unit}" + (f" (95 % interval {between})" if between else "")
    if not fmt.is_known(rate.force_estimate):
        return f"{text}."
    force = fmt.figure(rate.force_estimate, unit)
    if not between:
        return f"{text}; the force has {force}."
    if rate.lower > rate.force_estimate:
        return f"{text}: more than the force's {force}."
    if rate.upper < rate.force_estimate:
        return f"{text}: less than the force's {force}."
    return f"{text}: not clearly different from the force's {force}."


def segment_views(index: SiteIndex) -> tuple[SegmentView, ...]:
    """Return every segment, groups before their environments."""
    order = sorted(index.segments.values(), key=lambda s: (s.parent_code or s.code, s.level != "group", s.code))
    doubtful: dict[str, int] = {}
    for member in index.memberships.values():
        if member.is_doubtful:
            doubtful[member.group_code] = doubtful.get(member.group_code, 0) + 1
    return tuple(_segment_view(segment, doubtful.get(segment.code, 0)) for segment in order)


def _segment_view(segment: Segment, n_doubtful: int) -> SegmentView:
    return SegmentView(
        code=segment.code,
        level=segment.level,
        parent_code=segment.parent_code or "",
        name=segment.name,
        is_proposed=segment.is_proposed,
        n_areas=fmt.count(segment.n_areas),
        residents_share=fmt.per_cent(segment.residents_share),
        portrait=segment.portrait,
        stability=fmt.decimal(segment.stability, 2),
        swatch=group_swatch(segment.group_position, segment.environment_position),
        doubtful=fmt.count(n_doubtful) if n_doubtful else "",
    )


def monthly_counts(content: SiteContent) -> pd.DataFrame:
    """
    Sum the public-reported incidents of each small area, month and kind that the trend shows.

    Returns
    -------
    DataFrame
        Indexed by `area_code` and `month_index`, a column per kind (`asb`, `minor_crime`); no row where nothing was
        reported.
    """
    kinds = content.kinds.set_index("kind_id")["kind"]
    counts = content.area_counts[~content.area_counts["is_officer_generated"]]
    labelled = counts.assign(kind=counts["kind_id"].map(kinds))
    shown = labelled[labelled["kind"].isin([str(kind) for kind in _TREND_KINDS])]
    table = shown.pivot_table(index=["area_code", "month_index"], columns="kind", values="n", aggfunc="sum")
    stated = set(kinds)
    # no line for a kind of which no source has a category; where there is neither, both lie at nought
    columns = [str(kind) for kind in _TREND_KINDS if str(kind) in stated] or [str(kind) for kind in _TREND_KINDS]
    return table.reindex(columns=columns).fillna(0)


def trend(table: pd.DataFrame, codes: Iterable[str], *, loaded: Sequence[int], last: LocalMonth) -> TrendView | None:
    """
    Return the trend of some small areas together.

    Parameters
    ----------
    table
        As `monthly_counts`.
    codes
        The small areas.
    loaded
        Months (as `LocalMonth.index`) of which the force has any incident: a month that is not among them was not
        loaded and is no data; in the others, none means zero.
    last
        Last month of the data.

    Returns
    -------
    TrendView or None
        None where no month is loaded.
    """
    known = sorted(month for month in loaded if last.index - _TREND_MONTHS < month <= last.index)
    if not known:
        return None
    is_own = table.index.get_level_values("area_code").isin(list(codes))
    month = table.index.get_level_values("month_index").to_numpy()[is_own] - known[0]
    months = list(range(known[0], last.index + 1))
    is_shown = (month >= 0) & (month < len(months))
    series = {}
    for kind, label in _TREND_KINDS.items():
        if str(kind) in table:
            n = table[str(kind)].to_numpy(dtype=np.float64)[is_own][is_shown]
            sums = np.bincount(month[is_shown], n, minlength=len(months)).tolist()
            series[label] = {m: sums[m - known[0]] for m in known}
    return _trend_view(series, months)


def _trend_view(series: Mapping[str, Mapping[int, float]], months: Sequence[int]) -> TrendView:
    top = _nice_top(max((v for line in series.values() for v in line.values()), default=0))
    left, right, upper, lower = 44, 8, 8, 24
    step = (_CHART_WIDTH - left - right) / max(len(months) - 1, 1)
    depth = _CHART_HEIGHT - upper - lower

    def point(month: int, value: float) -> tuple[float, float]:
        return round(left + step * (month - months[0]), 1), round(upper + depth * (1 - value / top), 1)

    lines = [
        TrendLine(
            label, _runs([(m, point(m, v)) for m, v in values.items()]), tuple(point(m, v) for m, v in values.items())
        )
        for label, values in series.items()
    ]
    names = [LocalMonth(*divmod(m, 12)).shift(1) for m in months]
    every = max(1, -(-len(months) // 8))
    labels = tuple(
        (point(m, 0)[0], f"{fmt.month_name(n)[:3]} {n.year % 100:02d}")
        for i, (m, n) in enumerate(zip(months, names, strict=True))
        if i % every == 0
    )
    rows = tuple(
        TrendMonth(fmt.month_name(n), str(n), tuple(fmt.count(values.get(m)) for values in series.values()))
        for m, n in zip(months, names, strict=True)
    )
    return TrendView(
        lines=tuple(lines),
        months=rows,
        ticks=tuple((point(months[0], top * part)[1], fmt.count(top * part)) for part in (0, 0.5, 1)),
        labels=labels,
        width=_CHART_WIDTH,
        height=_CHART_HEIGHT,
        description=f"Incidents a month, {fmt.month_name(names[0])} to {fmt.month_name(names[-1])}",
    )


def _nice_top(value: float) -> float:
    """Return an even round number at or above a value, for the top of an axis."""
    size = 10.0
    while size < value:
        for factor in (2, 4, 6, 8, 10):
            if size * factor >= value:
                return size * factor
        size *= 10
    return size


def _runs(points: Sequence[tuple[int, tuple[float, float]]]) -> tuple[str, ...]:
    """Return SVG points, broken where a month has no data, so that no line is drawn across a gap."""
    runs: list[list[str]] = []
    before: int | None = None
    for month, (x, y) in points:
        if before is None or month != before + 1:
            runs.append([])
        runs[-1].append(f"{x},{y}")
        before = month
    return tuple(" ".join(run) for run in runs)
