"""What the pages look up again and again in a site's content, sorted out once."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import geopandas as gpd
import pandas as pd

from domain.areas import FigureState
from domain.incidents import ScoringSet
from maps.content import SiteContent
from profiles.results import MetricDefinition

__all__ = [
    "ASB_RATE",
    "RESIDENTS",
    "Figure",
    "Membership",
    "Segment",
    "SiteIndex",
    "index_site",
    "optional_text",
    "safe_name",
    "scoring_set_label",
]

Key = TypeVar("Key", bound=Hashable)

#: Metrics that maps and headlines look for by name; each may be absent.
RESIDENTS = "residents"
ASB_RATE = "asb_rate_eb"

_SET_LABELS = {
    ScoringSet.STREET: "Street: ASB, criminal damage and arson",
    ScoringSet.ASB_MINOR: "ASB and minor crime",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the profile table: the value of a metric for an area, or why there is none."""

    estimate: float
    lower: float
    upper: float
    force_estimate: float
    index: float
    state: str
    note: str | None
    definition: MetricDefinition
    nation_estimate: float = math.nan
    nation_index: float = math.nan
    q_value: float = math.nan
    numerator: float = math.nan
    denominator: float = math.nan

    @property
    def is_ok(self) -> bool:
        """Whether there is a value to show."""
        return self.state == FigureState.OK


@dataclass(frozen=True, slots=True)
class Segment:
    """A community group or an environment, with its place in the palette."""

    code: str
    level: str
    parent_code: str | None
    name: str
    is_proposed: bool
    n_areas: int
    residents_share: float
    portrait: tuple[str, ...]
    stability: float
    group_position: int
    environment_position: int | None


@dataclass(frozen=True, slots=True)
class Membership:
    """The segments of one small area."""

    group_code: str
    environment_code: str | None
    second_code: str | None
    is_doubtful: bool


@dataclass(frozen=True)
class SiteIndex:
    """
    Look-ups over a site's content.

    Parameters
    ----------
    content
        The content itself.
    small_names, patrol_names, unit_names
        Name by code, in order of name.
    patrol_of_small, unit_of_patrol
        Code of the area above, where there is one.
    small_of_patrol, patrol_of_unit
        Codes of the areas below, in order of name; the unit `""` holds patrol areas without one.
    figures
        By role (`small`, `patrol`, `unit`), area and metric.
    segments, memberships
        By segment code; by small-area code.
    patrol_pages, unit_pages
        File name of each patrol area's and each unit's page, without folder.
    small_pages
        File name of each small area's page, without folder; those that are patrolled as they are have no other.
    card_pages
        File name of each zone's card by (scoring set, zone id), without folder.
    """

    content: SiteContent
    small_names: Mapping[str, str]
    patrol_names: Mapping[str, str]
    unit_names: Mapping[str, str]
    patrol_of_small: Mapping[str, str]
    unit_of_patrol: Mapping[str, str]
    small_of_patrol: Mapping[str, tuple[str, ...]]
    patrol_of_unit: Mapping[str, tuple[str, ...]]
    figures: Mapping[tuple[str, str], Mapping[str, Figure]]
    segments: Mapping[str, Segment]
    memberships: Mapping[str, Membership]
    patrol_pages: Mapping[str, str]
    unit_pages: Mapping[str, str]
    small_pages: Mapping[str, str]
    card_pages: Mapping[tuple[str, str], str]

    def figure(self, role: str, code: str, metric: str) -> Figure | None:
        """Return one figure that has a value, or None."""
        found = self.figures.get((role, code), {}).get(metric)
        return found if found is not None and found.is_ok else None

    def segment_name(self, code: str | None) -> str:
        """Return `A: name` of a segment, or an empty text."""
        segment = self.segments.get(code) if code else None
        return f"{segment.code}: {segment.name}" if segment else ""


def scoring_set_label(scoring_set: str, labels: Mapping[str, str] | None = None) -> str:
    """
    Return the plain words for a scoring set: the force's own (`SiteIdentity.scoring_set_labels`), where there are any.

    Examples
    --------
    >>> scoring_set_label("asb_minor")
    'ASB and minor crime'
    >>> scoring_set_label("asb_minor", {"asb_minor": "Auto theft"})
    'Auto theft'
    """
    if labels and scoring_set in labels:
        return labels[scoring_set]
    try:
        return _SET_LABELS[ScoringSet(scoring_set)]
    except ValueError:
        return scoring_set.replace("_", " ")


def safe_name(text: str) -> str:
    """
    Return a file name without folders, spaces or anything that a file share or a link could stumble on.

    Examples
    --------
    >>> safe_name("E05013169"), safe_name("../a b")
    ('E05013169', 'a-b')
    """
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-") or "unnamed"


def optional_text(value: object) -> str | None:
    """
    Return a text, or None for any kind of missing value.

    Examples
    --------
    >>> optional_text(float("nan")) is None, optional_text("A1")
    (True, 'A1')
    """
    return None if value is None or value is pd.NA or value != value or value == "" else str(value)  # noqa: PLR0124


def index_site(content: SiteContent) -> SiteIndex:
    """
    Sort out what the pages look up.

    Parameters
    ----------
    content
        The content of a site.
    """
    small, patrol, units = (_names(a) for a in (content.small_areas, content.patrol_areas, content.units))
    links = content.small_to_patrol
    stated = dict(zip(links["source_code"].astype(str), links["target_code"].astype(str), strict=True))
    patrol_of_small = {code: stated[code] for code in small if stated.get(code) in patrol}
    parents = dict(zip(content.patrol_areas["area_code"], content.patrol_areas["parent_code"], strict=True))
    unit_of_patrol = {code: parent for code in patrol if (parent := optional_text(parents[code])) in units and parent}
    segments, memberships = _segments(content)
    return SiteIndex(
        content=content,
        small_names=small,
        patrol_names=patrol,
        unit_names=units,
        patrol_of_small=patrol_of_small,
        unit_of_patrol=unit_of_patrol,
        small_of_patrol=_grouped(patrol, patrol_of_small),
        patrol_of_unit=_grouped([*units, ""], {code: unit_of_patrol.get(code, "") for code in patrol}),
        figures=_figures(content),
        segments=segments,
        memberships=memberships,
        patrol_pages=_unique_pages([(code, code) for code in patrol]),
        unit_pages=_unique_pages([(code, code) for code in units]),
        small_pages=_unique_pages([(code, code) for code in small if code not in patrol]),
        card_pages=_unique_pages(
            [((name, z), str(z)) for name, result in content.zones.items() for z in result.zones["zone_id"]]
        ),
    )


def _names(areas: gpd.GeoDataFrame) -> dict[str, str]:
    pairs = zip(areas["area_code"].astype(str), areas["area_name"].astype(str), strict=True)
    return dict(sorted(pairs, key=lambda pair: (pair[1], pair[0])))


def _grouped(above: Iterable[str], parent_of: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {code: [] for code in above}
    for code, parent in parent_of.items():
        groups[parent].append(code)
    return {code: tuple(members) for code, members in groups.items()}


def _unique_pages(wanted: Iterable[tuple[Key, str]]) -> dict[Key, str]:
    """Return a file name for each key; two that would clash on a share without case are told apart by a number."""
    pages: dict[Key, str] = {}
    taken: set[str] = set()
    for key, text in wanted:
        name = base = safe_name(str(text))
        number = 2
        while name.lower() in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(name.lower())
        pages[key] = f"{name}.html"
    return pages


def _figures(content: SiteContent) -> dict[tuple[str, str], dict[str, Figure]]:
    definitions = {d.metric: d for d in content.definitions}
    roles = _roles(content)
    figures: dict[tuple[str, str], dict[str, Figure]] = {}
    columns = [
        "geography", "area_code", "metric", "estimate", "lower", "upper", "force_estimate", "index", "state", "note",
        "nation_estimate", "nation_index", "q_value", "numerator", "denominator",
    ]  # fmt: skip
    for row in content.metrics.reindex(columns=columns).itertuples(index=False, name=None):
        geography, area, metric, estimate, lower, upper, force, index, state, note, *further = row
        if metric not in definitions:
            continue
        figure = Figure(
            estimate, lower, upper, force, index, str(state), optional_text(note), definitions[metric], *further
        )
        for role in roles.get(str(geography), ()):
            figures.setdefault((role, area), {})[metric] = figure
    return figures


def _roles(content: SiteContent) -> dict[str, tuple[str, ...]]:
    """Return the roles (`small`, `patrol`, `unit`) that each geography of the metrics plays, found by its codes."""
    layers = {"small": content.small_areas, "patrol": content.patrol_areas, "unit": content.units}
    roles: dict[str, tuple[str, ...]] = {}
    codes_of = {str(key): set(rows) for key, rows in content.metrics.groupby("geography", sort=True)["area_code"]}
    for role, areas in layers.items():
        wanted = set(areas["area_code"])
        best = max(codes_of, key=lambda key: len(codes_of[key] & wanted), default=None)
        if best is not None and codes_of[best] & wanted:
            roles[best] = (*roles.get(best, ()), role)
    return roles


def _segments(content: SiteContent) -> tuple[dict[str, Segment], dict[str, Membership]]:
    result = content.segmentation
    if result is None:
        return {}, {}
    rows = result.segments.sort_values("segment_code", kind="stable")
    groups = [str(code) for code in rows.loc[rows["level"] == "group", "segment_code"]]
    segments: dict[str, Segment] = {}
    environments_seen: dict[str, int] = {}
    for row in rows.to_dict("records"):
        parent = optional_text(row["parent_code"])
        position = environments_seen.get(parent, 0) if parent else None
        if parent:
            environments_seen[parent] = environments_seen.get(parent, 0) + 1
        segments[str(row["segment_code"])] = _segment(row, parent, groups, position)
    memberships = {
        str(row["area_code"]): Membership(
            str(row["group_code"]),
            optional_text(row["environment_code"]),
            optional_text(row["second_code"]),
            bool(row["is_doubtful"]),
        )
        for row in result.membership.to_dict("records")
    }
    return segments, memberships


def _segment(row: Mapping[Any, Any], parent: str | None, groups: list[str], position: int | None) -> Segment:
    code = str(row["segment_code"])
    group = parent or code
    portrait = row["portrait"] if isinstance(row["portrait"], (list, tuple)) else ()
    return Segment(
        code=code,
        level=str(row["level"]),
        parent_code=parent,
        name=str(row["name"]),
        is_proposed=row["name_state"] != "approved",
        n_areas=int(row["n_areas"]),
        residents_share=float(row["residents_share"]),
        portrait=tuple(str(part["text"]) for part in portrait if part.get("text")),
        stability=float(row["stability"]),
        group_position=groups.index(group) if group in groups else 0,
        environment_position=position,
    )
