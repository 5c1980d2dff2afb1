"""The map of hexagons that are hot beyond chance, under the Red Zones of the same scoring set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from domain.areas import FigureState
from hotspots.significance import Significance
from maps import format as fmt
from maps.geometry import geojson_geometries
from maps.map_layers import MapClass, MapLayer
from maps.map_views import MapParts, MapShape, MapView, force_map
from maps.palette import BOUNDARY_ONLY, SEQUENTIAL, Swatch, group_swatch
from maps.significance_views import TREND_WORDS, sure_words

__all__ = ["significance_map"]

#: How sure: class, words, colour.
_SURE = (
    ("s3", "Hot: chance of error at most 1 in 1,000", Swatch(SEQUENTIAL[4])),
    ("s2", "Hot: at most 1 in 100", Swatch(SEQUENTIAL[3])),
    ("s1", "Hot: at most 1 in 20", Swatch(SEQUENTIAL[1])),
    ("s0", "Hot in some month, not over the whole window", BOUNDARY_ONLY),
)


def significance_map(parts: MapParts, found: Significance) -> MapView:
    """
    Return the map of one scoring set.

    Parameters
    ----------
    parts
        What the maps share.
    found
        The tests of the scoring set.
    """
    whole, cells = force_map(parts), found.hot_cells.cells
    rows = cells.drop(columns="geometry").to_dict("records")
    shapes = tuple(
        MapShape(str(row["cell_id"]), shape, _lines(row), {"sure": _sure_class(row), "kind": _kind_class(row)})
        for row, shape in zip(rows, geojson_geometries(cells.geometry.to_numpy(), epsg=parts.epsg), strict=True)
    )
    layers = [MapLayer("sure", "How sure", "Hot beyond chance", tuple(MapClass(*entry) for entry in _SURE))]
    if found.hot_cells.trend_state == FigureState.OK:
        layers.append(MapLayer("kind", "Kind of hot spot", "Kind of hot spot", _kind_classes(rows)))
    return replace(
        whole,
        title="Map of hexagons that are hot beyond chance",
        layers=tuple(layers),
        areas=shapes,
        zones=tuple(zones for zones in whole.zones if zones.key == found.scoring_set),
        labels=tuple(label for label in whole.labels if label.style != "zone" or label.group == found.scoring_set),
    )


def _sure_class(row: Mapping[Any, Any]) -> str:
    if not row["is_hot"]:
        return "s0"
    return "s3" if row["q_value"] <= 0.001 else "s2" if row["q_value"] <= 0.01 else "s1"


def _kind_class(row: Mapping[Any, Any]) -> str:
    return str(row["trend"]) or "none"


def _kind_classes(rows: list[dict[Any, Any]]) -> tuple[MapClass, ...]:
    present = {_kind_class(row) for row in rows}
    return tuple(
        MapClass(str(key), f"{name}: {meaning}", group_swatch(position))
        for position, (key, (name, meaning)) in enumerate(TREND_WORDS.items())
        if str(key) in present
    )


def _lines(row: Mapping[Any, Any]) -> tuple[str, ...]:
    kind = TREND_WORDS.get(row["trend"])
    return (
        f"{row['name'] or 'Hexagon'}, {row['grid_reference']}",
        f"{fmt.plural(row['n_incidents'], 'incident')}, {fmt.count(row['n_neighbourhood'])} with the six around it",
        fmt.capitalised(sure_words(row)),
        *((f"{kind[0]}: {kind[1]}",) if kind else ()),
    )
