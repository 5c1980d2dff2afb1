"""Places to be seen at, in words: a table of its own beside the Red Zones, and how far they reach low confidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.areas import FigureState
from maps import format as fmt
from maps.geometry import geojson_geometries
from maps.lookup import SiteIndex
from maps.map_views import MapLabel

__all__ = [
    "VisibilityView",
    "VisiblePlaceView",
    "coverage_sentence",
    "in_sight_words",
    "visibility_labels",
    "visibility_view",
]

_KINDS = {
    "people": "where most people live or work",
    "school": "school",
    "railway_station": "railway station",
    "transport_hub": "transport hub",
    "shopping_centre": "shopping centre",
    "shop": "shop",
    "licensed_premises": "licensed premises",
    "greenspace": "green space",
}
_PLURALS = {
    "school": "schools", "railway_station": "railway stations", "transport_hub": "transport hubs",
    "shopping_centre": "shopping centres", "shop": "shops", "greenspace": "green spaces",
}  # fmt: skip
_LIVING = "where most people live"


@dataclass(frozen=True, slots=True)
class VisiblePlaceView:
    """One place: its letter on the map, what it is, and how many people are in sight."""

    label: str
    kind: str
    name: str
    grid_reference: str
    residents: str
    workers: str
    in_sight: str


@dataclass(frozen=True, slots=True)
class VisibilityView:
    """
    The places of one patrol area.

    Parameters
    ----------
    places
        Most people in sight first, public places after them.
    reason
        Why there are none, or an empty text.
    notes
        What is rough or not loaded.
    is_low_confidence
        Whether confidence is likely to be below the force here.
    """

    places: tuple[VisiblePlaceView, ...]
    reason: str
    notes: tuple[str, ...]
    is_low_confidence: bool


def _label(rank: int) -> str:
    return f"V{rank}"


def visibility_view(index: SiteIndex, code: str) -> VisibilityView:
    """
    Return the places of one patrol area.

    Parameters
    ----------
    index
        Look-ups of the site.
    code
        Code of the patrol area.
    """
    found = index.content.visibility
    if found is None or found.state != FigureState.OK:
        reason = found.reason if found is not None else "This run made no visibility layer."
        return VisibilityView((), reason, (), is_low_confidence=False)
    rows = found.places[found.places["patrol_code"] == code].drop(columns="geometry").to_dict("records")
    places = tuple(_place(row) for row in rows)
    reason = "" if places else "Nobody is known to live or work in sight of any place here."
    return VisibilityView(places, reason, found.notes, any(row["is_low_confidence"] is True for row in rows))


def _place(row: Mapping[Any, Any]) -> VisiblePlaceView:
    return VisiblePlaceView(
        label=_label(int(row["rank"])),
        kind=_KINDS[str(row["kind"])] if row["kind"] != "people" or fmt.is_known(row["workers"]) else _LIVING,
        name=str(row["name"]),
        grid_reference=str(row["grid_reference"]),
        residents=_rough(row["residents"]),
        workers=_rough(row["workers"]),
        in_sight=in_sight_words(row.get("in_sight")),
    )


def in_sight_words(counts: Mapping[str, int] | None) -> str:
    """
    Return the public places that are seen from a place, in words; empty where an older run did not count them.

    Parameters
    ----------
    counts
        Number by kind.

    Examples
    --------
    >>> in_sight_words({"shop": 12, "railway_station": 1})
    '1 railway station, 12 shops'
    """
    if not isinstance(counts, Mapping):
        return ""
    known = [(kind, int(counts[kind])) for kind in _KINDS if counts.get(kind)]
    return ", ".join(
        f"{fmt.count(n)} {_KINDS[kind] if n == 1 else _PLURALS.get(kind, _KINDS[kind])}" for kind, n in known
    )


def _rough(people: float | None) -> str:
    """Return a number to the nearest ten: people are spread evenly, so that more digits would be invented."""
    return f"about {fmt.count(round(people, -1))}" if people is not None and fmt.is_known(people) else "not loaded"


def visibility_labels(index: SiteIndex, code: str) -> tuple[MapLabel, ...]:
    """
    Return the letters of the places for the map of one patrol area.

    Parameters
    ----------
    index
        Look-ups of the site.
    code
        Code of the patrol area.
    """
    found = index.content.visibility
    if found is None or not len(found.places):
        return ()
    own = found.places[found.places["patrol_code"] == code]
    points = geojson_geometries(own.geometry.to_numpy(), epsg=index.content.identity.analysis_epsg)
    return tuple(
        MapLabel(point["coordinates"][1], point["coordinates"][0], _label(int(rank)), "visible")
        for rank, point in zip(own["rank"], points, strict=True)
    )


def coverage_sentence(index: SiteIndex) -> str:
    """
    Return how far Red Zones and the visibility layer reach patrol areas of low confidence.

    Parameters
    ----------
    index
        Look-ups of the site.
    """
    found = index.content.visibility
    if found is None or found.state != FigureState.OK:
        return found.reason if found is not None else ""
    known = found.places[found.places["is_low_confidence"].notna()]
    if known.empty:
        return "No survey says where confidence is low, so no coverage of such areas can be told."
    low = set(known.loc[known["is_low_confidence"].astype(bool), "patrol_code"].astype(str))
    if not low:
        return "In no patrol area is confidence likely to be below the force."
    zones = {str(code) for result in index.content.zones.values() for code in result.zones["patrol_code"]}
    several = fmt.plural(len(low), "patrol area")
    return (
        f"Confidence is likely to be below the force in {several}; Red Zones lie in {fmt.count(len(low & zones))} of "
        "them, and the visibility layer names places in all."
    )
