"""
Folium draws every map here, and nowhere else.

Folium's own page loads eleven scripts and styles from four hosts. Here only what it draws is kept: Leaflet comes from
the site's own folder, there are no tiles, and elements are named for what they are instead of by random numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import branca.element
import folium
from markupsafe import Markup

from maps.map_views import MapShape, MapView
from maps.palette import Swatch

__all__ = ["MapDrawing", "draw"]

_ID = "redzones"
#: Pixels between the ground and the map's edge; at the top there may be a strip of text that must cover nothing.
_EDGE_PX, _STRIP_PX = 12, 40
_ON_SHAPE = folium.JsCode("redzones.onShape")


@dataclass(frozen=True, slots=True)
class MapDrawing:
    """
    A drawn map, ready for a page.

    Parameters
    ----------
    html
        The element that holds the map.
    script
        Folium's script, to run after Leaflet and the site's own script.
    settings
        JSON for the site's own script: styles of the classes, names of folium's layers, labels.
    """

    html: Markup
    script: Markup
    settings: Markup


class _LocalMap(folium.Map):  # type: ignore[misc]
    """A folium map that links to nothing: the page itself loads Leaflet from the site's folder."""

    default_js: ClassVar[list[tuple[str, str]]] = []
    default_css: ClassVar[list[tuple[str, str]]] = []


class _Text:
    """A text that stands in for a template and is what that would make of it, as long as it holds no tags."""

    def __init__(self, text: str) -> None:
        self._text = text.removesuffix("\n")  # as Jinja does

    def render(self, **_context: object) -> str:
        """Return the text."""
        return self._text


@contextmanager
def _text_as_it_is() -> Iterator[None]:
    """
    Let folium put what it has rendered into the page as it is.

    It makes a template of every rendered part and renders that once more: compiling the shapes takes as long as drawing
    the map, and a name that holds braces would be obeyed.
    """
    template = branca.element.Template
    branca.element.Template = _Text
    try:
        yield
    finally:
        branca.element.Template = template


def draw(view: MapView) -> MapDrawing:
    """
    Draw a map with folium.

    Parameters
    ----------
    view
        What it shows.

    Returns
    -------
    MapDrawing
        Byte for byte the same for the same view.
    """
    (south, west), (north, east) = view.bounds
    canvas = _LocalMap(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        prefer_canvas=True,
        control_scale=True,
        attribution_control=False,
        zoom_snap=0.25,
        zoom_animation=False,
        fade_animation=False,
        min_zoom=6,
        max_zoom=19,
        scroll_wheel_zoom=False,
    )
    layers = {
        "areas": _geojson("areas", view.areas),
        "outlines": _geojson("outlines", view.outlines, interactive=False),
        **{f"zones_{i}": _geojson(f"zones_{i}", zone.shapes) for i, zone in enumerate(view.zones)},
    }
    for layer in layers.values():
        layer.add_to(canvas)
    above = _STRIP_PX if view.overprint else _EDGE_PX
    canvas.fit_bounds(
        [[south, west], [north, east]], padding_top_left=(_EDGE_PX, above), padding_bottom_right=(_EDGE_PX, _EDGE_PX)
    )
    _name_elements(canvas)
    figure = canvas.get_root()
    with _text_as_it_is():
        figure.render()
    return MapDrawing(
        html=Markup(figure.html.render()),  # noqa: S704 - folium's own markup; every value in it went through its JSON
        script=Markup(figure.script.render()),  # noqa: S704 - as above
        settings=_safe_json(_settings(view, canvas, layers)),
    )


def _geojson(name: str, shapes: Sequence[MapShape], **options: Any) -> folium.GeoJson:  # noqa: ANN401 - Leaflet's own
    layer = folium.GeoJson(
        {"type": "FeatureCollection", "features": [_feature(shape) for shape in shapes]},
        name=name,
        on_each_feature=_ON_SHAPE,
        smooth_factor=0,
        **options,
    )
    layer._id = name  # noqa: SLF001 - branca gives random ids and has no other way to set one
    return layer


def _feature(shape: MapShape) -> dict[str, Any]:
    properties: dict[str, Any] = {"code": shape.code}
    if shape.lines:
        properties["lines"] = list(shape.lines)
    if shape.classes:
        properties["classes"] = dict(shape.classes)
    if shape.href:
        properties["href"] = shape.href
    return {"type": "Feature", "geometry": dict(shape.geometry), "properties": properties}


def _name_elements(canvas: folium.Map) -> None:
    """Replace branca's random ids: our layers keep their names, everything else is counted."""
    canvas._id = _ID  # noqa: SLF001
    for number, child in enumerate(_others(canvas)):
        child._id = str(number)  # noqa: SLF001


def _others(element: Any) -> Iterable[Any]:  # noqa: ANN401 - any branca element
    for child in element._children.values():  # noqa: SLF001
        if not isinstance(child, folium.GeoJson):
            yield child
        yield from _others(child)


def _settings(view: MapView, canvas: folium.Map, layers: dict[str, folium.GeoJson]) -> dict[str, Any]:
    return {
        "map": canvas.get_name(),
        "areas": layers["areas"].get_name(),
        "outlines": layers["outlines"].get_name(),
        "zones": {zone.key: layers[f"zones_{i}"].get_name() for i, zone in enumerate(view.zones)},
        "layer": view.layers[0].key if view.layers else "",
        "zoneLayer": view.zones[0].key if view.zones else "",
        "styles": {layer.key: {c.key: _swatch(c.swatch) for c in layer.classes} for layer in view.layers},
        "labels": [
            {
                "at": [label.latitude, label.longitude],
                "text": label.text,
                "style": label.style,
                "group": label.group,
                "code": label.code,
            }
            for label in view.labels
        ],
        "bounds": view.bounds,
        "above": _STRIP_PX if view.overprint else _EDGE_PX,
    }


def _swatch(swatch: Swatch) -> dict[str, str]:
    return {"fill": swatch.fill, "pattern": swatch.pattern}


def _safe_json(value: Any) -> Markup:  # noqa: ANN401 - any plain values
    """Return JSON that cannot end the script element that it stands in."""
    text = json.dumps(value, allow_nan=False, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return Markup(text)  # noqa: S704 - escaped above
