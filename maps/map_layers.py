"""The ways of colouring the areas of a map: which class each area has, and the legend that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from maps import format as fmt
from maps.lookup import ASB_RATE, SiteIndex
from maps.palette import NO_DATA, SEQUENTIAL, SUPPRESSED, Swatch, group_swatch, sequential_swatch
from maps.perception_words import Row, is_above, is_low
from profiles.results import PerceptionResult

__all__ = ["CONFIDENCE_LAYER", "ClassedLayer", "MapClass", "MapLayer", "area_layers"]

#: Key of the layer of whole patrol areas, which the map of a single one leaves out.
CONFIDENCE_LAYER = "confidence"
_QUANTILES = np.linspace(0, 1, len(SEQUENTIAL) + 1)[1:-1]


@dataclass(frozen=True, slots=True)
class MapClass:
    """One entry of a legend."""

    key: str
    label: str
    swatch: Swatch


@dataclass(frozen=True, slots=True)
class MapLayer:
    """One way of colouring the areas: a choice of the layer switch, with its legend."""

    key: str
    label: str
    legend: str
    classes: tuple[MapClass, ...]


@dataclass(frozen=True)
class ClassedLayer:
    """A layer of the legend with the class of every small area."""

    layer: MapLayer
    class_of: Mapping[str, str]


def area_layers(index: SiteIndex) -> list[ClassedLayer]:
    """
    Return every way of colouring the small areas that the content supports, the first one first.

    Parameters
    ----------
    index
        Look-ups of the site.
    """
    found = [layer for layer in (_segment_layer(index, "group"), _segment_layer(index, "environment")) if layer]
    rate = _rate_layer(index)
    plain = MapLayer("boundaries", "Boundaries only", "Boundaries", ())
    clear = [_doubt_layer(index)] if found else []
    figures = [layer for layer in (rate, _confidence_layer(index)) if layer]
    return [*found, *figures, *clear, ClassedLayer(plain, dict.fromkeys(index.small_names, "plain"))]


def _segment_layer(index: SiteIndex, level: str) -> ClassedLayer | None:
    segments = [s for s in index.segments.values() if s.level == level]
    if not segments:
        return None
    class_of = {}
    for code in index.small_names:
        member = index.memberships.get(code)
        segment = (member.group_code if level == "group" else member.environment_code) if member else None
        class_of[code] = segment if segment in index.segments and segment else "none"
    classes = [
        MapClass(s.code, f"{s.code}: {s.name}", group_swatch(s.group_position, s.environment_position))
        for s in segments
    ]
    words = ("Community groups", "Community group") if level == "group" else ("Environments", "Environment")
    return ClassedLayer(MapLayer(level, words[0], words[1], (*classes, *_absent(class_of))), class_of)


def _doubt_layer(index: SiteIndex) -> ClassedLayer:
    """Return how clearly each area belongs to its community group."""
    class_of = {}
    for code in index.small_names:
        member = index.memberships.get(code)
        class_of[code] = "none" if member is None else "close" if member.is_doubtful else "clear"
    classes = (
        MapClass("clear", "Clearly in its group", sequential_swatch(0, 2)),
        MapClass("close", "Close to a second group: read with care", sequential_swatch(1, 2)),
    )
    layer = MapLayer("doubt", "Doubtful areas", "How clear the group is", (*classes, *_absent(class_of)))
    return ClassedLayer(layer, class_of)


def _absent(class_of: Mapping[str, str]) -> list[MapClass]:
    """Return the classes of their own for areas without a figure; no data always has its place in the legend."""
    classes = [MapClass("none", "No data", NO_DATA)]
    if "suppressed" in class_of.values():
        classes.append(MapClass("suppressed", "Suppressed", SUPPRESSED))
    return classes


def _rate_layer(index: SiteIndex) -> ClassedLayer | None:
    figures = {code: index.figures.get(("small", code), {}).get(ASB_RATE) for code in index.small_names}
    known = {code: f.estimate for code, f in figures.items() if f is not None and f.is_ok and fmt.is_known(f.estimate)}
    definition = next((f.definition for f in figures.values() if f is not None), None)
    if definition is None or not known:
        return None
    breaks = sorted({round(float(b), 1) for b in np.quantile(list(known.values()), _QUANTILES)})
    class_of = {}
    for code, figure in figures.items():
        state = "suppressed" if figure is not None and figure.state == "suppressed" else "none"
        class_of[code] = f"c{np.searchsorted(breaks, known[code], side='right')}" if code in known else state
    classes = [
        MapClass(f"c{i}", label, sequential_swatch(i, len(breaks) + 1)) for i, label in enumerate(_range_labels(breaks))
    ]
    layer = MapLayer("rate", "ASB rate", f"{definition.label}, {definition.unit}", (*classes, *_absent(class_of)))
    return ClassedLayer(layer, class_of)


def _confidence_layer(index: SiteIndex) -> ClassedLayer | None:
    """Return confidence by patrol area: every small area has the class of its patrol area, never one of its own."""
    found = index.content.perception
    if found is None or found.estimates.empty:
        return None
    table = found.estimates
    chosen = (table["question"] == "confidence") & (table["model"] == "modelled")
    rows = {row["area_code"]: row for row in table[chosen].to_dict("records")}
    if not any(row["state"] == "ok" for row in rows.values()):
        return None
    class_of = {}
    for code in index.small_names:
        row = rows.get(index.patrol_of_small.get(code, ""))
        class_of[code] = "none" if row is None else _stand(row, found)
    label = index.content.identity.patrol_label
    classes = (
        MapClass("low", "Low: below the force's figure", sequential_swatch(3, 4)),
        MapClass("level", "Cannot tell it from the force's figure", sequential_swatch(0, 4)),
        MapClass("above", "Above the force's figure", sequential_swatch(1, 4)),
        MapClass("thin", "Cannot tell: the survey is too thin", SUPPRESSED),
        *_absent(class_of),
    )
    layer = MapLayer(CONFIDENCE_LAYER, f"Confidence, by {label}", f"Confidence of whole {label}s", classes)
    return ClassedLayer(layer, class_of)


def _stand(row: Row, found: PerceptionResult) -> str:
    """Return where an area stands; differences that the survey cannot tell from chance have one colour."""
    if row["state"] != "ok":
        return "none" if row["state"] == "no_data" else "thin"
    return "low" if is_low(row, found) else "above" if is_above(row, found) else "level"


def _range_labels(breaks: Sequence[float]) -> list[str]:
    if not breaks:
        return ["all areas"]
    words = [fmt.decimal(b) for b in breaks]
    middle = [f"{a} to under {b}" for a, b in pairwise(words)]
    return [f"under {words[0]}", *middle, f"{words[-1]} and over"]
