"""The lists with and without perception side by side, and the log of overrides, in words for a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.areas import FigureState
from domain.months import LocalMonth
from hotspots.results import ListComparison, RedZonesResult
from maps import format as fmt
from maps.lookup import SiteIndex, scoring_set_label

__all__ = ["ListRow", "ListsView", "OverrideRow", "PeriodRow", "lists_view"]

_CHANGES = {"stays": "on both lists", "enters": "only with", "leaves": "only without"}


@dataclass(frozen=True, slots=True)
class ListRow:
    """One zone of either list: its rank on both, and by what confidence lifts it."""

    name: str
    patrol_name: str
    rank_without: str
    rank_with: str
    change: str
    factor: str
    is_change: bool


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """One past month: its incidents, and how many of them each list would have met."""

    month: str
    n_events: str
    without: str
    with_it: str


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """One override as it was applied."""

    name: str
    rule: str
    ground: str
    reason: str
    owner: str
    n_incidents: str
    n_zones: str


@dataclass(frozen=True, slots=True)
class ListsView:
    """
    What a page says of the two lists of one scoring set, and of its overrides.

    Parameters
    ----------
    key, label
        The scoring set.
    is_known
        Whether there are two lists to show.
    reason
        Why there are not, or which one is published.
    price
        What the list with confidence costs in hits, in a sentence.
    summary
        How many zones differ.
    with_what
        What the second list has in its scores: confidence, or confidence and priorities.
    zones, periods, overrides
        Rows of the tables.
    """

    key: str
    label: str
    is_known: bool
    reason: str
    strength: str
    price: str
    summary: str
    with_what: str
    zones: tuple[ListRow, ...]
    periods: tuple[PeriodRow, ...]
    overrides: tuple[OverrideRow, ...]


def lists_view(index: SiteIndex, result: RedZonesResult) -> ListsView:
    """
    Return what a page says of the two lists of one scoring set.

    Parameters
    ----------
    index
        Look-ups of the site.
    result
        The zones.
    """
    comparison = result.comparison
    is_known = comparison is not None and comparison.state == FigureState.OK
    zones, periods = _rows(index, comparison) if is_known and comparison else ((), ())
    n_changed = sum(row.change == _CHANGES["enters"] for row in zones)
    return ListsView(
        key=result.scoring_set,
        label=scoring_set_label(result.scoring_set, index.content.identity.scoring_set_labels),
        is_known=is_known,
        reason=comparison.reason if comparison else "This run did not compare the lists.",
        strength=fmt.decimal(comparison.strength, 2) if comparison else fmt.MISSING,
        price=_price(comparison) if is_known and comparison else "",
        summary=_summary(zones, n_changed),
        with_what=_with_what(comparison),
        zones=zones,
        periods=periods,
        overrides=_overrides(result),
    )


def _with_what(comparison: ListComparison | None) -> str:
    return "confidence and priorities" if comparison is not None and comparison.weighs_kinds else "confidence"


def _rows(index: SiteIndex, comparison: ListComparison) -> tuple[tuple[ListRow, ...], tuple[PeriodRow, ...]]:
    zones = tuple(
        ListRow(
            name=str(row["name"]),
            patrol_name=index.patrol_names.get(str(row["patrol_code"]), ""),
            rank_without=_rank(row["rank_without"]),
            rank_with=_rank(row["rank_with"]),
            change=_CHANGES.get(str(row["change"]), str(row["change"])),
            factor=fmt.decimal(row["confidence_factor"], 2),
            is_change=row["change"] != "stays",
        )
        for row in comparison.zones.to_dict("records")
    )
    periods = tuple(
        PeriodRow(
            month=fmt.month_name(LocalMonth(*divmod(int(row["month_index"]), 12)).shift(1)),
            n_events=fmt.count(row["n_events"]),
            without=fmt.count(row["hits_without"]),
            with_it=fmt.count(row["hits_with"]),
        )
        for row in comparison.periods.to_dict("records")
    )
    return zones, periods


def _rank(value: float | None) -> str:
    return fmt.count(value) if fmt.is_known(value) else "not on it"


def _price(comparison: ListComparison) -> str:
    what_in = _with_what(comparison)
    if not fmt.is_known(comparison.given_up):
        return "No earlier month can be tested, so what this costs in hits cannot be told."
    months = fmt.plural(len(comparison.periods), "past month")
    points = fmt.decimal(abs(100 * comparison.given_up), 2)
    between = f"{fmt.decimal(100 * comparison.lower, 2)} to {fmt.decimal(100 * comparison.upper, 2)}"
    if comparison.given_up > 0:
        return (
            f"Over {months} the list with {what_in} would have met {points} of 100 incidents fewer "
            f"(95 % interval of the loss: {between})."
        )
    what = f"{points} of 100 incidents more" if comparison.given_up < 0 else "as many incidents"
    return f"Over {months} the list with {what_in} would have met {what} (95 % interval of the loss: {between})."


def _summary(zones: tuple[ListRow, ...], n_changed: int) -> str:
    if not zones:
        return ""
    if not n_changed:
        return "Both lists hold the same zones; only their order may differ."
    return f"The lists differ in {fmt.plural(n_changed, 'zone')}."


def _overrides(result: RedZonesResult) -> tuple[OverrideRow, ...]:
    if result.overrides is None:
        return ()
    return tuple(_override(row) for row in result.overrides.to_dict("records"))


def _override(row: Mapping[Any, Any]) -> OverrideRow:
    factor = row.get("factor")
    rule = "no zone here" if row["rule"] == "exclude" else f"score times {fmt.decimal(factor, 2)}"
    return OverrideRow(
        name=str(row["override_id"]),
        rule=rule,
        ground=f"within {fmt.count(row['radius_m'])} m",
        reason=str(row["reason"]),
        owner=str(row["owner"]),
        n_incidents=fmt.count(row["n_incidents"]),
        n_zones=fmt.count(row["n_zones"]),
    )
