"""What each map shows, before anything is drawn: shapes, the classes that colour them, labels and legends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import shapely

from maps import format as fmt
from maps.geometry import (
    Bounds,
    bounds_lat_lon,
    common_borders,
    geojson_geometries,
    label_points,
    simplify_areas,
)
from maps.lookup import ASB_RATE, RESIDENTS, SiteIndex, scoring_set_label
from maps.map_layers import CONFIDENCE_LAYER, ClassedLayer, MapLayer, area_layers
from maps.zone_reasons import firm_sentence, flags

__all__ = [
    "MapLabel",
    "MapParts",
    "MapShape",
    "MapView",
    "ZoneLayer",
    "area_map",
    "force_map",
    "prepare_maps",
    "zone_map",
]

#: Size of the details, in metres, that go from the map of the whole force and from that of one patrol area.
FORCE_TOLERANCE_M = 75.0
AREA_TOLERANCE_M = 12.0

_ZONE_DETAIL_M = 2.0
_SEGMENT_LEVELS = ("group", "environment")


@dataclass(frozen=True, slots=True)
class MapShape:
    """A geometry with what it says: `classes` by layer key, `lines` of its tooltip, the page that it leads to."""

    code: str
    geometry: Mapping[str, Any]
    lines: tuple[str, ...] = ()
    classes: Mapping[str, str] | None = None
    href: str = ""


@dataclass(frozen=True, slots=True)
class MapLabel:
    """A word on the map: `style` is `area`, `place`, `visible` or `zone`; a zone has its layer (`group`) and id."""

    latitude: float
    longitude: float
    text: str
    style: str
    group: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class ZoneLayer:
    """The Red Zones of one scoring set; two sets are never drawn together."""

    key: str
    label: str
    shapes: tuple[MapShape, ...]


@dataclass(frozen=True, slots=True)
class MapView:
    """
    One map.

    Parameters
    ----------
    title
        What the map shows, for those who cannot see it.
    bounds
        South-west and north-east corner, (latitude, longitude).
    layers
        Ways of colouring `areas`; the first is shown.
    areas, outlines, zones, labels
        What is drawn, from the bottom up; the first zone layer is shown.
    overprint
        Words over the map, or empty.
    """

    title: str
    bounds: Bounds
    layers: tuple[MapLayer, ...]
    areas: tuple[MapShape, ...]
    outlines: tuple[MapShape, ...]
    zones: tuple[ZoneLayer, ...]
    labels: tuple[MapLabel, ...]
    overprint: str = ""


@dataclass(frozen=True)
class MapParts:
    """Everything that several maps share, made once: simplified geometry, classes, tooltips."""

    index: SiteIndex
    epsg: int
    overprint: str
    layers: tuple[ClassedLayer, ...]
    lines: Mapping[str, tuple[str, ...]]
    force_shapes: Mapping[str, Mapping[str, Any]]
    area_shapes: Mapping[str, Mapping[str, Any]]
    patrol_outlines: Mapping[str, Mapping[str, Any]]
    force_outlines: tuple[MapShape, ...]
    small_labels: Mapping[str, tuple[float, float]]
    unit_labels: Mapping[str, tuple[float, float]]
    zone_shapes: Mapping[str, tuple[MapShape, ...]]
    zone_labels: Mapping[str, tuple[MapLabel, ...]]
    force_bounds: Bounds
    bounds_of: Mapping[str, Bounds]


def prepare_maps(index: SiteIndex, *, overprint: str) -> MapParts:
    """
    Simplify, classify and describe once what every map draws.

    Parameters
    ----------
    index
        Look-ups of the site.
    overprint
        Words over every map, or empty.
    """
    content, epsg = index.content, index.content.identity.analysis_epsg
    small, patrol, units = content.small_areas, content.patrol_areas, content.units
    shapes, labels = _zone_shapes(index, epsg)
    patrol_bounds = bounds_lat_lon(patrol.geometry.bounds.to_numpy(), epsg=epsg)
    return MapParts(
        index=index,
        epsg=epsg,
        overprint=overprint,
        layers=tuple(area_layers(index)),
        lines={code: _small_area_lines(index, code) for code in index.small_names},
        force_shapes=_by_code(small, FORCE_TOLERANCE_M, epsg),
        area_shapes=_by_code(small, AREA_TOLERANCE_M, epsg),
        patrol_outlines=_by_code(patrol, AREA_TOLERANCE_M, epsg),
        force_outlines=(*_borders("patrol", patrol, epsg), *_borders("unit", units, epsg)),
        small_labels=_labels_by_code(small, epsg),
        unit_labels=_labels_by_code(units, epsg),
        zone_shapes=shapes,
        zone_labels=labels,
        force_bounds=bounds_lat_lon(small.total_bounds, epsg=epsg)[0],
        bounds_of=dict(zip(patrol["area_code"].astype(str), patrol_bounds, strict=True)),
    )


def _by_code(areas: gpd.GeoDataFrame, tolerance_m: float, epsg: int) -> dict[str, Mapping[str, Any]]:
    simple = simplify_areas(areas, tolerance_m=tolerance_m, epsg=epsg)
    return dict(
        zip(simple["area_code"].astype(str), geojson_geometries(simple.geometry.to_numpy(), epsg=epsg), strict=True)
    )


def _borders(name: str, areas: gpd.GeoDataFrame, epsg: int) -> list[MapShape]:
    simple = simplify_areas(areas, tolerance_m=FORCE_TOLERANCE_M, epsg=epsg)
    lines = common_borders(simple.geometry.to_numpy())
    return [MapShape(name, shape) for shape in geojson_geometries(lines, epsg=epsg)]


def _labels_by_code(areas: gpd.GeoDataFrame, epsg: int) -> dict[str, tuple[float, float]]:
    return dict(zip(areas["area_code"].astype(str), label_points(areas.geometry.to_numpy(), epsg=epsg), strict=True))


def _small_area_lines(index: SiteIndex, code: str) -> tuple[str, ...]:
    lines = [f"{index.small_names[code]} ({code})"]
    if ward := index.patrol_of_small.get(code):
        lines.append(f"In {index.patrol_names[ward]}")
    if member := index.memberships.get(code):
        lines.append(f"Group {index.segment_name(member.group_code)}" + (" (doubtful)" if member.is_doubtful else ""))
        if name := index.segment_name(member.environment_code):
            lines.append(f"Environment {name}")
    for metric in (RESIDENTS, ASB_RATE):
        figure = index.figures.get(("small", code), {}).get(metric)
        if figure is None:
            continue
        unit = figure.definition.unit
        value = fmt.figure(figure.estimate, unit) if figure.is_ok else fmt.state_words(figure.state, figure.note)
        between = fmt.interval(figure.lower, figure.upper, unit) if figure.is_ok else ""
        lines.append(f"{figure.definition.label}: {value}" + (f" ({between})" if between else ""))
    return tuple(lines)


def _zone_shapes(
    index: SiteIndex, epsg: int
) -> tuple[dict[str, tuple[MapShape, ...]], dict[str, tuple[MapLabel, ...]]]:
    shapes: dict[str, tuple[MapShape, ...]] = {}
    labels: dict[str, tuple[MapLabel, ...]] = {}
    for name, result in index.content.zones.items():
        zones = result.zones
        outlines = shapely.simplify(zones.geometry.to_numpy(), _ZONE_DETAIL_M)
        centres = label_points(zones.geometry.to_numpy(), epsg=epsg)
        rows = zones.drop(columns="geometry").to_dict("records")
        shapes[name] = tuple(
            MapShape(row["zone_id"], shape, _zone_lines(row), href=f"cards/{index.card_pages[name, row['zone_id']]}")
            for row, shape in zip(rows, geojson_geometries(outlines, epsg=epsg), strict=True)
        )
        labels[name] = tuple(
            MapLabel(*centre, str(row["rank_force"]), "zone", name, row["zone_id"])
            for row, centre in zip(rows, centres, strict=True)
        )
    return shapes, labels


def _zone_lines(row: Mapping[Any, Any]) -> tuple[str, ...]:
    expected = f"Expected a month: {fmt.decimal(row['expected_per_month'])}"
    between = fmt.interval(row["expected_lower"], row["expected_upper"])
    lines = [
        f"Red Zone {row['rank_force']} of the force: {row['name']}",
        f"Grid reference {row['grid_reference']}",
        expected + (f" ({between})" if between else ""),
    ]
    if firm := firm_sentence(row):
        lines.append(firm)
    return (*lines, *flags(row))


def force_map(parts: MapParts) -> MapView:
    """Return the map of the whole force: small areas, boundaries of patrol areas and units, zones by rank."""
    index = parts.index
    areas = tuple(
        _small_shape(parts, code, parts.force_shapes[code], _ward_href(index, code)) for code in index.small_names
    )
    labels = [MapLabel(*parts.unit_labels[code], name, "place") for code, name in index.unit_names.items()]
    return MapView(
        title=f"Map of {index.content.identity.force_name}",
        bounds=parts.force_bounds,
        layers=tuple(layer.layer for layer in parts.layers),
        areas=areas,
        outlines=parts.force_outlines,
        zones=tuple(_zone_layer(parts, name, None) for name in parts.zone_shapes),
        labels=(*labels, *(label for group in parts.zone_labels.values() for label in group)),
        overprint=parts.overprint,
    )


def _ward_href(index: SiteIndex, code: str) -> str:
    ward = index.patrol_of_small.get(code)
    return f"areas/{index.patrol_pages[ward]}" if ward else ""


def _small_shape(parts: MapParts, code: str, geometry: Mapping[str, Any], href: str = "") -> MapShape:
    classes = {layer.layer.key: layer.class_of[code] for layer in parts.layers}
    return MapShape(code, geometry, parts.lines[code], classes, href)


def _zone_layer(parts: MapParts, name: str, wanted: frozenset[str] | None) -> ZoneLayer:
    shapes = tuple(s for s in parts.zone_shapes[name] if wanted is None or s.code in wanted)
    return ZoneLayer(name, scoring_set_label(name, parts.index.content.identity.scoring_set_labels), shapes)


def area_map(parts: MapParts, code: str, further: Sequence[MapLabel] = ()) -> MapView:
    """
    Return the map of one patrol area: its own small areas, its boundary and its own zones, nothing else.

    Parameters
    ----------
    parts
        What the maps share.
    code
        Code of the patrol area.
    further
        Labels of other layers, such as places to be seen at.
    """
    index = parts.index
    members = index.small_of_patrol[code]
    zones = {
        name: frozenset(result.zones.loc[result.zones["patrol_code"] == code, "zone_id"])
        for name, result in index.content.zones.items()
    }
    layers = tuple(_present(layer, members) for layer in parts.layers if layer.layer.key != CONFIDENCE_LAYER)
    return MapView(
        title=f"Map of {index.patrol_names[code]}",
        bounds=parts.bounds_of[code],
        layers=layers,
        areas=tuple(_small_shape(parts, member, parts.area_shapes[member]) for member in members),
        outlines=(MapShape("own", parts.patrol_outlines[code]),),
        zones=tuple(_linked(_zone_layer(parts, name, wanted)) for name, wanted in zones.items()),
        labels=(*_member_labels(parts, members), *further, *_own_zone_labels(parts, zones)),
        overprint=parts.overprint,
    )


def _present(layer: ClassedLayer, members: Sequence[str]) -> MapLayer:
    """Return the legend without the segments that are not here; a scale and the class for no data stay whole."""
    if layer.layer.key not in _SEGMENT_LEVELS:
        return layer.layer
    here = {layer.class_of[member] for member in members} | {"none"}
    return replace(layer.layer, classes=tuple(c for c in layer.layer.classes if c.key in here))


def _linked(layer: ZoneLayer) -> ZoneLayer:
    return replace(layer, shapes=tuple(replace(s, href=f"../{s.href}") for s in layer.shapes))


def _member_labels(parts: MapParts, members: Sequence[str]) -> list[MapLabel]:
    """Label small areas by the last word of their names, such as 012B; the tooltip and the table have the rest."""
    names = parts.index.small_names
    return [MapLabel(*parts.small_labels[m], (names[m].split() or [m])[-1], "area") for m in members]


def _own_zone_labels(parts: MapParts, zones: Mapping[str, frozenset[str]]) -> list[MapLabel]:
    return [
        label
        for name, wanted in zones.items()
        for shape, label in zip(parts.zone_shapes[name], parts.zone_labels[name], strict=True)
        if shape.code in wanted
    ]


def zone_map(parts: MapParts, scoring_set: str, zone_id: str, patrol_code: str) -> MapView:
    """
    Return the small map of a briefing card: one zone in its patrol area.

    Parameters
    ----------
    parts
        What the maps share.
    scoring_set, zone_id
        The zone.
    patrol_code
        The patrol area that it lies in.
    """
    whole = area_map(parts, patrol_code) if patrol_code in parts.bounds_of else force_map(parts)
    layers = tuple(layer for layer in whole.layers if layer.key == "boundaries")
    own = _zone_layer(parts, scoring_set, frozenset([zone_id]))
    labels = [label for label in whole.labels if label.style == "area"]
    own_labels = _own_zone_labels(parts, {scoring_set: frozenset([zone_id])})
    return replace(
        whole,
        title="Where the zone lies",
        layers=layers,
        zones=(replace(own, shapes=tuple(replace(s, href="") for s in own.shapes)),),
        labels=(*labels, *own_labels),
    )
