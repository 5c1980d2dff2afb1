"""Red Zones in words: why each is red, what happens there, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.areas import FigureState
from hotspots.results import RedZonesResult
from maps import format as fmt
from maps import zone_reasons
from maps.lookup import SiteIndex, scoring_set_label
from maps.zone_reasons import SINGLE_ADDRESS_FLAG, ScorePart

__all__ = ["SINGLE_ADDRESS_FLAG", "KindShare", "ZoneSetView", "ZoneView", "all_zones", "zone_set_view"]

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
    rank_unit: str
    firm: str
    firm_share: str
    flags: tuple[str, ...]
    score_parts: tuple[ScorePart, ...]
    other_ranks: tuple[str, ...]
    walk: str
    actions: tuple[str, ...]
    engagement: tuple[str, ...]


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
    names = {str(row["zone_id"]): f"zone {row['rank_force']}" for row in rows}
    return ZoneSetView(
        key=result.scoring_set,
        label=scoring_set_label(result.scoring_set, index.content.identity.scoring_set_labels),
        zones=tuple(_zone_view(index, result, row, names) for row in rows),
        capacity=result.capacity,
        notes=result.notes,
    )


def _zone_view(index: SiteIndex, result: RedZonesResult, row: Mapping[Any, Any], names: Mapping[str, str]) -> ZoneView:
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
        why=zone_reasons.why(row, window),
        rank_unit=fmt.count(row["rank_unit"]) if fmt.is_known(row.get("rank_unit")) else "",
        firm=zone_reasons.firm_sentence(row),
        firm_share=f"{100 * row['firmness']:.0f} of 100" if fmt.is_known(row.get("firmness")) else fmt.MISSING,
        flags=zone_reasons.flags(row),
        score_parts=zone_reasons.score_rows(row),
        other_ranks=zone_reasons.rank_sentences(row),
        walk=zone_reasons.round_sentence(row, names),
        actions=zone_reasons.actions(row, _kind_of(index)),
        engagement=zone_reasons.engagement(
            index.segment_name(segment.code if segment else None),
            segment.portrait if segment else (),
            _channels(index, patrol, segment.code if segment else ""),
        ),
    )


def _channels(index: SiteIndex, patrol_code: str, segment_code: str) -> tuple[str, ...]:
    """Return the two ways by which people of the patrol area, or else of the segment, want to be told, with shares."""
    survey = index.content.perception
    if survey is None or survey.channels.empty:
        return ()
    known = survey.channels[survey.channels["state"] == FigureState.OK]
    is_segment = known["geography"] == "segment"
    for own in (
        known[~is_segment & (known["area_code"] == patrol_code)],
        known[is_segment & (known["area_code"] == segment_code)],
    ):
        first = own.sort_values(["share", "code"], ascending=[False, True], kind="stable").head(2)
        if len(first):
            rows = zip(first["answer"].astype(str), first["share"].astype(float), strict=True)
            return tuple(f"{answer} ({fmt.per_cent(share, 0)})" for answer, share in rows)
    return ()


def _kind_of(index: SiteIndex) -> dict[str, str]:
    kinds = index.content.kinds
    return dict(zip(kinds["category"].astype(str), kinds["kind"].astype(str), strict=True))


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
