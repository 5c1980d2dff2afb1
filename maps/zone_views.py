"""Red Zones in words: why each is red, what happens there, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hotspots.results import RedZonesResult
from maps import format as fmt
from maps.lookup import SiteIndex, scoring_set_label

__all__ = ["SINGLE_ADDRESS_FLAG", "KindShare", "ZoneSetView", "ZoneView", "all_zones", "zone_set_view"]

#: What a zone says that draws more than half its rows from one point (design rule 10).
SINGLE_ADDRESS_FLAG = "One address: problem-solving, not patrol"

_SHOWN_KINDS = 6


@dataclass(frozen=True, slots=True)
class KindShare:
    """One category of a zone's mix: its count, its share, and the width of its bar in per cent."""

    category: str
    n: str
    share: str
    width: int


@dataclass(frozen=True, slots=True)
class ZoneView:
    """One Red Zone as a page, a card or a table row shows it; every figure is a text already."""

    zone_id: str
    scoring_set: str
    set_label: str
    name: str
    rank_force: int
    rank_patrol: int
    patrol_code: str
    patrol_name: str
    patrol_page: str
    unit_name: str
    card_page: str
    grid_reference: str
    radius: str
    area: str
    expected: str
    expected_interval: str
    n_incidents: str
    n_places: str
    window: str
    top_place_share: str
    is_single_address: bool
    n_officer_generated: str
    kinds: tuple[KindShare, ...]
    main_kind: str
    segment_name: str
    segment_portrait: tuple[str, ...]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ZoneSetView:
    """The Red Zones of one scoring set, in order of rank."""

    key: str
    label: str
    zones: tuple[ZoneView, ...]
    capacity: int
    notes: tuple[str, ...]


def all_zones(index: SiteIndex) -> tuple[ZoneSetView, ...]:
    """Return the zones of every scoring set, in the order of the content."""
    return tuple(zone_set_view(index, result) for result in index.content.zones.values())


def zone_set_view(index: SiteIndex, result: RedZonesResult) -> ZoneSetView:
    """
    Return the zones of one scoring set.

    Parameters
    ----------
    index
        Look-ups of the site.
    result
        The zones.
    """
    rows = result.zones.drop(columns="geometry").to_dict("records")
    return ZoneSetView(
        key=result.scoring_set,
        label=scoring_set_label(result.scoring_set, index.content.identity.scoring_set_labels),
        zones=tuple(_zone_view(index, result, row) for row in rows),
        capacity=result.capacity,
        notes=result.notes,
    )


def _zone_view(index: SiteIndex, result: RedZonesResult, row: Mapping[Any, Any]) -> ZoneView:
    patrol = str(row["patrol_code"])
    segment = index.segments.get(str(row["segment_code"]))
    kinds = _kinds(row["kinds"])
    window = fmt.plural(result.window_months, "month")
    return ZoneView(
        zone_id=str(row["zone_id"]),
        scoring_set=result.scoring_set,
        set_label=scoring_set_label(result.scoring_set, index.content.identity.scoring_set_labels),
        name=str(row["name"]),
        rank_force=int(row["rank_force"]),
        rank_patrol=int(row["rank_patrol"]),
        patrol_code=patrol,
        patrol_name=index.patrol_names.get(patrol, ""),
        patrol_page=index.patrol_pages.get(patrol, ""),
        unit_name=index.unit_names.get(str(row["unit_code"]), ""),
        card_page=index.card_pages[result.scoring_set, row["zone_id"]],
        grid_reference=str(row["grid_reference"]),
        radius=fmt.count(row["radius_m"]),
        area=fmt.area_km2(row["area_km2"]),
        expected=fmt.decimal(row["expected_per_month"]),
        expected_interval=fmt.interval(row["expected_lower"], row["expected_upper"]),
        n_incidents=fmt.count(row["n_incidents"]),
        n_places=fmt.count(row["n_places"]),
        window=window,
        top_place_share=fmt.per_cent(row["top_place_share"], 0),
        is_single_address=bool(row["is_single_address"]),
        n_officer_generated=fmt.count(row["n_officer_generated"]),
        kinds=kinds,
        main_kind=f"{kinds[0].category} ({kinds[0].share})" if kinds else fmt.MISSING,
        segment_name=index.segment_name(segment.code if segment else None),
        segment_portrait=segment.portrait if segment else (),
        why=tuple(_why(row, window)),
    )


def _kinds(counts: Mapping[str, float]) -> tuple[KindShare, ...]:
    """Return the mix, most first; what lies beyond the first few is summed, so that the shares still add up."""
    total = sum(counts.values())
    if total <= 0:
        return ()
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if len(ordered) > _SHOWN_KINDS:
        rest = sum(n for _, n in ordered[_SHOWN_KINDS - 1 :])
        ordered = [*ordered[: _SHOWN_KINDS - 1], ("Other kinds", rest)]
    return tuple(
        KindShare(str(category), fmt.count(n), fmt.per_cent(n / total, 0), round(100 * n / total))
        for category, n in ordered
        if n > 0
    )


def _why(row: Mapping[Any, Any], window: str) -> list[str]:
    """Return the reasons in sentences that an inspector can say aloud."""
    between = fmt.interval(row["expected_lower"], row["expected_upper"])
    incidents = fmt.plural(row["n_incidents"], "incident")
    places = fmt.plural(row["n_places"], "map point")
    reasons = [
        f"{incidents} at {places} within {fmt.count(row['radius_m'])} m in the last {window}.",
        f"About {fmt.decimal(row['expected_per_month'])} a month are expected next"
        + (f" (likely between {between.replace(' to ', ' and ')})." if between else "."),
        f"The busiest single point has {fmt.per_cent(row['top_place_share'], 0)} of these incidents.",
    ]
    if row["is_single_address"]:
        reasons.append(f"{SINGLE_ADDRESS_FLAG}: more than half comes from one point.")
    if fmt.is_known(firmness := row.get("firmness", float("nan"))):
        reasons.append(f"How firm: it stays in the list in {fmt.count(100 * firmness)} of 100 resamples of the past.")
    if row["n_officer_generated"] > 0:
        made = fmt.plural(row["n_officer_generated"], "record")
        reasons.append(f"{made} made by police activity here are shown but never scored.")
    return reasons
