"""The community profile in words and tables: people, how to reach them, place, watch list, how well it is placed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from maps import format as fmt
from maps.lookup import Figure, SiteIndex

__all__ = [
    "FigureRow",
    "FigureTopic",
    "HintRow",
    "ProfileView",
    "RisingArea",
    "WatchRow",
    "WatchView",
    "profile_view",
    "rising_areas",
]

_SIGNIFICANT = 0.05
#: From here on an index is set in bold.
_HIGH, _LOW = 120.0, 80.0
_PARTS = ("people", "place", "quality")
#: Topics of the people of an area in the order of the page; any other follows.
_TOPICS = (
    "residents", "age", "sex", "ethnicity", "religion", "language", "origin", "households", "partnership", "tenure",
    "housing", "deprivation", "work", "hours", "travel", "qualifications", "cars", "disability", "health", "care",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FigureRow:
    """
    One figure; where there is none, `value` is the reason, and what qualifies one is its `remark`.

    `standing` is `high` or `low` where the index stands out.
    """

    label: str
    unit: str
    value: str
    is_ok: bool
    interval: str = ""
    force: str = ""
    index: str = ""
    nation: str = ""
    nation_index: str = ""
    remark: str = ""
    standing: str = ""


@dataclass(frozen=True, slots=True)
class FigureTopic:
    """The figures of one topic, with their sources and dates."""

    topic: str
    rows: tuple[FigureRow, ...]
    source: str


@dataclass(frozen=True, slots=True)
class HintRow:
    """One engagement hint: the share behind it, what it suggests where it stands out, and what it cannot tell."""

    label: str
    value: str
    force: str
    advice: str
    limits: str
    source: str
    is_ok: bool


@dataclass(frozen=True, slots=True)
class WatchRow:
    """One kind of the watch list."""

    name: str
    n: str
    rate: str
    interval: str
    force: str
    change: str
    verdict: str
    is_rising: bool


@dataclass(frozen=True, slots=True)
class WatchView:
    """The watch list of one area; `reason` says why change cannot be told."""

    rows: tuple[WatchRow, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class RisingArea:
    """A patrol area in which a watched kind rises beyond chance."""

    kind: str
    name: str
    href: str
    change: str
    q_value: str


@dataclass(frozen=True, slots=True)
class ProfileView:
    """The community profile of one area."""

    nation: str
    people: tuple[FigureTopic, ...]
    hints: tuple[HintRow, ...]
    place: tuple[FigureTopic, ...]
    watch: WatchView
    quality: tuple[FigureTopic, ...]

    @property
    def is_known(self) -> bool:
        """Whether there is any figure at all."""
        return bool(self.people or self.place)


def profile_view(index: SiteIndex, role: str, code: str) -> ProfileView:
    """
    Return the profile of an area, part by part, in the order of the definitions.

    Parameters
    ----------
    index
        Look-ups of the site.
    role
        `small`, `patrol` or `unit`.
    code
        Code of the area.
    """
    figures = index.figures.get((role, code), {})
    ordered = [figures[d.metric] for d in index.content.definitions if d.metric in figures]
    nations = dict.fromkeys(f.definition.nation for f in ordered if f.definition.nation)
    return ProfileView(
        nation=", or ".join(nations),
        **{part: _topics([f for f in ordered if f.definition.part == part]) for part in _PARTS},
        hints=tuple(_hint(f) for f in ordered if f.definition.part == "hints"),
        watch=_watch([f for f in ordered if f.definition.part == "watch"]),
    )


def _topics(figures: Iterable[Figure]) -> tuple[FigureTopic, ...]:
    by_topic: dict[str, list[Figure]] = {}
    for figure in figures:
        by_topic.setdefault(figure.definition.topic, []).append(figure)
    place = {topic: at for at, topic in enumerate(_TOPICS)}
    by_topic = {topic: by_topic[topic] for topic in sorted(by_topic, key=lambda t: place.get(t, len(place)))}
    return tuple(
        FigureTopic(
            topic=fmt.capitalised(topic.replace("_", " ")),
            rows=tuple(_merged([_row(figure) for figure in own])),
            source="; ".join(dict.fromkeys(filter(None, map(_source, own)))),
        )
        for topic, own in by_topic.items()
    )


def _source(figure: Figure) -> str:
    definition = figure.definition
    if definition.period and definition.period in definition.source:
        return definition.source
    return ", ".join(part for part in (definition.source, definition.period) if part)


def _row(figure: Figure) -> FigureRow:
    definition = figure.definition
    if not (figure.is_ok and fmt.is_known(figure.estimate)):
        words = fmt.state_words("no_data" if figure.is_ok else figure.state, figure.note)
        return FigureRow(definition.label, definition.unit, words, is_ok=False)
    unit = definition.unit
    standing = ""
    if fmt.is_known(figure.index):
        standing = "high" if figure.index >= _HIGH else "low" if figure.index <= _LOW else ""
    return FigureRow(
        label=definition.label,
        unit=unit,
        value=fmt.figure(figure.estimate, unit),
        interval=fmt.interval(figure.lower, figure.upper, unit),
        force=_or_blank(figure.force_estimate, unit),
        index=fmt.count(figure.index) if fmt.is_known(figure.index) else "",
        nation=_or_blank(figure.nation_estimate, unit),
        nation_index=fmt.count(figure.nation_index) if fmt.is_known(figure.nation_index) else "",
        remark=figure.note or "",
        is_ok=True,
        standing=standing,
    )


def _or_blank(value: float, unit: str) -> str:
    return fmt.figure(value, unit) if fmt.is_known(value) else ""


def _merged(rows: Sequence[FigureRow]) -> list[FigureRow]:
    """Return the rows; those beside each other that fail for one reason become one, so that it is read once."""
    kept: list[FigureRow] = []
    for row in rows:
        before = kept[-1] if kept else None
        if before is not None and not row.is_ok and not before.is_ok and before.value == row.value:
            label = f"{before.label}; {row.label[:1].lower()}{row.label[1:]}"
            kept[-1] = FigureRow(label, row.unit, row.value, is_ok=False)
        else:
            kept.append(row)
    return kept


def _hint(figure: Figure) -> HintRow:
    row = _row(figure)
    advice = fmt.capitalised(row.remark) if row.is_ok else ""
    return HintRow(row.label, row.value, row.force, advice, figure.definition.limits, _source(figure), row.is_ok)


def _watch(figures: Sequence[Figure]) -> WatchView:
    by_kind: dict[str, dict[str, Figure]] = {}
    for figure in figures:
        kind, _, suffix = _split(figure.definition.metric)
        by_kind.setdefault(kind, {})[suffix] = figure
    rows = tuple(_watch_row(own) for own in by_kind.values() if {"count", "change"} <= set(own))
    reasons = {
        own["change"].note or ""
        for own in by_kind.values()
        if "change" in own and own["change"].state == "cannot_tell" and not fmt.is_known(own["change"].q_value)
    }
    untold = len(rows) > 0 and not any(row.verdict for row in rows)
    return WatchView(rows, next(iter(sorted(filter(None, reasons))), "") if untold else "")


def _split(metric: str) -> tuple[str, str, str]:
    """Return kind and suffix of `burglary_rate_eb`."""
    for suffix in ("rate_eb", "count", "change", "rate"):
        if metric.endswith(f"_{suffix}"):
            return metric.removesuffix(f"_{suffix}"), "_", suffix
    return metric, "", ""


def _watch_row(own: Mapping[str, Figure]) -> WatchRow:
    count, change = _row(own["count"]), own["change"]
    rate = _row(own["rate_eb"]) if "rate_eb" in own else None
    has_rate = rate is not None and rate.is_ok
    return WatchRow(
        name=fmt.capitalised(own["count"].definition.topic),
        n=count.value,
        rate=rate.value if rate is not None and has_rate else "",
        interval=rate.interval if rate is not None and has_rate else "",
        force=rate.force if rate is not None and has_rate else "",
        change=_change_words(change),
        verdict=_verdict(change),
        is_rising=_is_rising(change),
    )


def _change_words(change: Figure) -> str:
    counts = ""
    if fmt.is_known(change.numerator) and fmt.is_known(change.denominator):
        counts = f"{fmt.count(change.numerator)} after {fmt.count(change.denominator)}"
    if not (change.is_ok and fmt.is_known(change.estimate)):
        return counts
    between = fmt.interval(change.lower, change.upper, "per cent")
    return f"{fmt.figure(change.estimate, 'per cent')}" + (f" ({between})" if between else "") + f"; {counts}"


def _is_rising(change: Figure) -> bool:
    return fmt.is_known(change.q_value) and change.q_value <= _SIGNIFICANT and change.numerator > change.denominator


def _verdict(change: Figure) -> str:
    if not fmt.is_known(change.q_value):
        return ""
    q = f"(q = {change.q_value:.2g})"
    if change.q_value > _SIGNIFICANT:
        return f"no change beyond chance {q}"
    return f"rising beyond chance {q}" if _is_rising(change) else f"falling beyond chance {q}"


_NO_WATCHED_KIND = (
    "cannot tell: no change of a watched kind is known; the counted sources may call their categories otherwise "
    "(settings, [profiles] watch)"
)


def rising_areas(index: SiteIndex) -> tuple[tuple[RisingArea, ...], str]:
    """
    Return the patrol areas in which a watched kind rises beyond chance, surest first, and why none can be told.

    Parameters
    ----------
    index
        Look-ups of the site.
    """
    found: list[tuple[float, str, RisingArea]] = []
    reasons: dict[str, None] = {}
    n_told = 0
    for code, name in index.patrol_names.items():
        for metric, figure in index.figures.get(("patrol", code), {}).items():
            if figure.definition.part != "watch" or not metric.endswith("_change"):
                continue
            n_told += fmt.is_known(figure.q_value)
            if figure.state == "cannot_tell" and not fmt.is_known(figure.q_value):
                reasons.setdefault(figure.note or "")
            if _is_rising(figure):
                kind = fmt.capitalised(figure.definition.topic)
                href, change = index.patrol_pages[code], _change_words(figure)
                area = RisingArea(kind, name, href, change, f"{figure.q_value:.2g}")
                found.append((figure.q_value, name, area))
    reason = "" if n_told else next(iter(sorted(filter(None, reasons))), _NO_WATCHED_KIND)
    return tuple(area for _, _, area in sorted(found, key=lambda item: item[:2])), reason
