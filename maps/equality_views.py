"""The equality report in words and tables, and the price of fairness as a curve with its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from domain.areas import FigureState
from maps import format as fmt
from maps.lookup import SiteIndex, scoring_set_label
from profiles.equality import EqualityReport

__all__ = ["EqualityDimension", "EqualityRow", "EqualityView", "PriceChart", "PriceRow", "equality_views"]

_DIMENSIONS = {
    "income fifth": "Income (fifths of the force's residents by the Income domain)",
    "ethnic group": "Ethnic group",
    "age": "Age",
    "sex": "Sex",
    "religion": "Religion",
    "disability": "Disability",
}
_FIFTHS = {"1": "most deprived", "2": "second", "3": "middle", "4": "fourth", "5": "least deprived"}
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 260, 60, 16, 14, 44
_LEAST_APART = 14.0
_NO_CAP = "no cap"


@dataclass(frozen=True, slots=True)
class EqualityRow:
    """One group: its shares as texts, and what the differences say; or why there is no figure."""

    label: str
    is_ok: bool
    note: str = ""
    residents: str = ""
    incidents: str = ""
    zones: str = ""
    against_residents: str = ""
    against_incidents: str = ""
    hours: str = ""
    residents_side: str = ""
    incidents_side: str = ""


@dataclass(frozen=True, slots=True)
class EqualityDimension:
    """The groups of one dimension."""

    title: str
    rows: tuple[EqualityRow, ...]


@dataclass(frozen=True, slots=True)
class PriceRow:
    """What one cap would cost."""

    cap: str
    hit_rate: str
    lost: str
    interval: str
    moved: str
    excess: str
    verdict: str


@dataclass(frozen=True, slots=True)
class PriceChart:
    """The curve: a point and an interval for each cap, in SVG units, with the marks of both axes."""

    width: int
    height: int
    points: str
    marks: tuple[tuple[float, float, float, float], ...]
    ticks: tuple[tuple[float, str], ...]
    labels: tuple[tuple[float, str], ...]
    zero: float


@dataclass(frozen=True, slots=True)
class EqualityView:
    """The equality report of one list of zones."""

    key: str
    label: str
    is_known: bool
    reason: str
    notes: tuple[str, ...]
    findings: tuple[str, ...]
    dimensions: tuple[EqualityDimension, ...]
    has_hours: bool
    price: tuple[PriceRow, ...]
    price_reason: str
    chart: PriceChart | None
    fifths: tuple[tuple[str, ...], ...]
    fifth_caps: tuple[str, ...]


def equality_views(index: SiteIndex) -> tuple[EqualityView, ...]:
    """Return the reports in the order of the lists."""
    labels = index.content.identity.scoring_set_labels
    return tuple(_view(report, labels) for report in index.content.equality.values())


def _view(report: EqualityReport, labels: Mapping[str, str]) -> EqualityView:
    is_known = report.state == FigureState.OK
    rows = report.shares.to_dict("records") if is_known else []
    dimensions = tuple(
        EqualityDimension(_DIMENSIONS.get(str(name), str(name)), tuple(map(_row, own)))
        for name, own in groupby(rows, key=lambda row: row["dimension"])
    )
    has_hours = is_known and fmt.is_known(report.shares["hours_share"].max())
    price = report.price.to_dict("records")
    return EqualityView(
        key=report.scoring_set,
        label=scoring_set_label(report.scoring_set, labels),
        is_known=is_known,
        reason=report.reason,
        notes=report.notes,
        findings=tuple(_findings(rows)),
        dimensions=dimensions,
        has_hours=has_hours,
        price=tuple(map(_price_row, price)),
        price_reason=report.price_reason,
        chart=_chart(price) if price else None,
        fifths=_fifths(report.price_shares) if price else (),
        fifth_caps=tuple(_short_cap(row["slack"]) for row in price),
    )


def _points(difference: float) -> str:
    text = fmt.decimal(100 * difference, 1)
    return f"+{text}" if difference > 0 and any(c in "123456789" for c in text) else text


def _difference(row: Mapping[Any, Any], name: str) -> str:
    if not fmt.is_known(row[name]):
        return fmt.MISSING
    between = f"{_points(row[f'{name}_lower'])} to {_points(row[f'{name}_upper'])}"
    return f"{_points(row[name])} ({between})"


def _row(row: Mapping[Any, Any]) -> EqualityRow:
    label = str(row["label"])
    if row["state"] != FigureState.OK:
        return EqualityRow(label, is_ok=False, note=fmt.state_words(str(row["state"]), str(row["note"])))
    return EqualityRow(
        label=label,
        is_ok=True,
        residents=fmt.per_cent(row["residents_share"], 1),
        incidents=fmt.per_cent(row["incidents_share"], 1),
        zones=fmt.per_cent(row["zone_share"], 1),
        against_residents=_difference(row, "against_residents"),
        against_incidents=_difference(row, "against_incidents"),
        hours=fmt.per_cent(row["hours_share"], 1) if fmt.is_known(row["hours_share"]) else "",
        residents_side=_side_words(row, "against_residents"),
        incidents_side=_side_words(row, "against_incidents"),
    )


def _side_words(row: Mapping[Any, Any], name: str) -> str:
    """Return on which side of a yardstick the zones lie beyond chance; empty where they do not."""
    return {1: "above", -1: "below", 0: ""}[_side(row, name)]


def _side(row: Mapping[Any, Any], name: str) -> int:
    if not fmt.is_known(row[name]):
        return 0
    return 1 if row[f"{name}_lower"] > 0 else (-1 if row[f"{name}_upper"] < 0 else 0)


def _findings(rows: list[dict[Any, Any]]) -> list[str]:
    """Return the groups whose share of Red Zone ground is beyond chance above that of reports, in sentences."""
    known = [row for row in rows if row["state"] == FigureState.OK]
    above = [row for row in known if _side(row, "against_incidents") > 0]
    above.sort(key=lambda row: -row["against_incidents"])
    if not known:
        return []
    if not above:
        return ["No group's share of Red Zone ground lies above its share of reported incidents beyond chance."]
    return [
        f"{row['label']}: {fmt.per_cent(row['zone_share'], 1)} of Red Zone ground, "
        f"{fmt.per_cent(row['incidents_share'], 1)} of reported incidents, "
        f"{fmt.per_cent(row['residents_share'], 1)} of residents."
        for row in above[:5]
    ]


def _cap(slack: float | None) -> str:
    if not fmt.is_known(slack):
        return _NO_CAP
    points = round(100 * float(slack or 0))
    return f"at most {points} points above" if points else "at most its share"


def _short_cap(slack: float | None) -> str:
    return f"+{round(100 * float(slack or 0))} points" if fmt.is_known(slack) else _NO_CAP


def _price_row(row: Mapping[Any, Any]) -> PriceRow:
    is_free = not fmt.is_known(row["slack"])
    lower, upper = row["lost_lower"], row["lost_upper"]
    if is_free:
        verdict = "to compare with"
    elif fmt.is_known(lower) and lower > 0:
        verdict = "fewer hits, beyond chance"
    elif fmt.is_known(upper) and upper < 0:
        verdict = "more hits, beyond chance"
    else:
        verdict = "not significant"
    return PriceRow(
        cap=_cap(row["slack"]),
        hit_rate=fmt.per_cent(row["hit_rate"], 1),
        lost="" if is_free else fmt.per_cent(row["lost"], 1),
        interval="" if is_free else f"{fmt.per_cent(lower, 1)} to {fmt.per_cent(upper, 1)}",
        moved=fmt.decimal(row["n_moved"], 1),
        excess=f"{_points(row['largest_excess'])} points",
        verdict=verdict,
    )


def _chart(price: list[dict[Any, Any]]) -> PriceChart:
    ends = [100 * value for row in price for value in (row["lost_lower"], row["lost_upper"]) if fmt.is_known(value)]
    top, bottom = max([*ends, 1.0]), min([*ends, 0.0])
    span = top - bottom

    def y_of(value: float) -> float:
        return round(_TOP + (top - value) / span * (_HEIGHT - _TOP - _BOTTOM), 1)

    step = (_WIDTH - _LEFT - _RIGHT) / max(len(price), 1)
    x = [round(_LEFT + (i + 0.5) * step, 1) for i in range(len(price))]
    lost = [100 * row["lost"] if fmt.is_known(row["lost"]) else 0.0 for row in price]
    marks = tuple(
        (at, y_of(100 * row["lost_lower"]), y_of(100 * row["lost_upper"]), y_of(value))
        for at, row, value in zip(x, price, lost, strict=True)
    )
    marked = {bottom, 0.0, top} if top < 3 * -bottom else {bottom, 0.0, top / 2, top}
    apart = [value for value in sorted(marked) if value == 0 or abs(y_of(value) - y_of(0.0)) > _LEAST_APART]
    ticks = tuple((y_of(value), f"{fmt.decimal(value, 1)} %") for value in apart)
    return PriceChart(
        width=_WIDTH,
        height=_HEIGHT,
        points=" ".join(f"{at},{y_of(value)}" for at, value in zip(x, lost, strict=True)),
        marks=marks,
        ticks=ticks,
        labels=tuple((at, _short_cap(row["slack"])) for at, row in zip(x, price, strict=True)),
        zero=y_of(0.0),
    )


def _fifths(shares: pd.DataFrame) -> tuple[tuple[str, ...], ...]:
    """Return for each fifth its name, its share of reports, and its share of zones under each cap."""
    table = []
    for code, own in shares.groupby("class_code", sort=True):
        zones = [fmt.per_cent(value, 0) for value in own["zones_share"]]
        table.append((_FIFTHS.get(str(code), str(code)), fmt.per_cent(own["report_share"].iloc[0], 0), *zones))
    return tuple(table)
