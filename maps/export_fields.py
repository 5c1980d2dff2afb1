"""The fields of an export: their names, their short names for shapefiles, what they mean, and how they are rounded."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from maps import format as fmt
from maps.content import SiteIdentity
from maps.identity import OVERPRINT
from maps.zone_reasons import OPEN_PLACES

__all__ = [
    "IDENTITY_FIELDS",
    "SHAPEFILE_TEXT_BYTES",
    "ZONE_FIELDS",
    "Field",
    "dictionary_csv",
    "identity_values",
    "readme",
    "shapefile_table",
    "spreadsheet_safe",
    "zone_table",
]

#: A text of a shapefile holds no more bytes than this.
SHAPEFILE_TEXT_BYTES = 254

_ELLIPSIS = "…"
_COORDINATE_DECIMALS = 1


@dataclass(frozen=True, slots=True)
class Field:
    """
    One field of the zones.

    Parameters
    ----------
    name
        Name in GeoPackage, GeoJSON and CSV.
    short
        Name in the shapefile: at most ten characters, distinct.
    kind
        `text`, `whole`, `number` or `flag`.
    meaning
        What it is, with its unit.
    decimals
        Decimals that are published, for numbers.
    """

    name: str
    short: str
    kind: str
    meaning: str
    decimals: int = 0


#: Every field of a zone, in order.
ZONE_FIELDS: tuple[Field, ...] = (
    Field("zone_id", "zone_id", "text", "Stable id of the zone"),
    Field("scoring_set", "score_set", "text", "Which list: street (ASB and criminal damage) or asb_minor"),
    Field("rank_force", "rank_force", "whole", "Rank in the force, 1 = reddest"),
    Field("rank_unit", "rank_unit", "whole", "Rank in its policing unit, 1 = reddest"),
    Field("rank_patrol", "rank_ptrl", "whole", "Rank in its patrol area, 1 = reddest"),
    Field("name", "name", "text", "Name, from the streets of its own incidents"),
    Field("grid_reference", "grid_ref", "text", "National grid reference of the centre"),
    Field("patrol_code", "ptrl_code", "text", "Code of the patrol area that holds the centre"),
    Field("unit_code", "unit_code", "text", "Code of the policing unit"),
    Field("centre_x", "centre_x", "number", "x of the centre, metres in the file's reference system", 1),
    Field("centre_y", "centre_y", "number", "y of the centre, metres in the file's reference system", 1),
    Field("radius_m", "radius_m", "number", "Radius of the disc, metres", 1),
    Field("area_km2", "area_km2", "number", "Area inside the force, square kilometres", 4),
    Field("score", "score", "number", "Score by which the zones are ranked: the sum of the five parts", 4),
    Field(
        "part_counts", "sc_counts", "number", "Part of the score: weighted incidents of the kinds at points in it", 4
    ),
    Field("part_age", "sc_age", "number", "Part of the score: what the age of incidents takes off", 4),
    Field("part_other_kinds", "sc_others", "number", "Part of the score: other kinds of incident", 4),
    Field("part_spread", "sc_spread", "number", "Part of the score: incidents nearby, less ground of better zones", 4),
    Field("part_adjusted", "sc_adjust", "number", "Part of the score: nudges and confidence", 4),
    Field("nudge_factor", "nudge_x", "number", "What analysts' nudges multiply the score by; 1 for none", 3),
    Field("confidence_factor", "confid_x", "number", "What low confidence multiplies the score by; 1 for none", 3),
    Field("rank_without_nudges", "rank_nonud", "number", "Rank without nudges; empty where not among the first"),
    Field(
        "rank_without_confidence", "rank_nocon", "number", "Rank without confidence; empty where not among the first"
    ),
    Field("expected_per_month", "exp_month", "number", "Incidents expected in a month", 2),
    Field("expected_lower", "exp_lower", "number", "Lower end of its 95 per cent interval", 2),
    Field("expected_upper", "exp_upper", "number", "Upper end of its 95 per cent interval", 2),
    Field("n_incidents", "n_incid", "whole", "Incidents in the window that the scores read"),
    Field("n_places", "n_places", "whole", "Distinct map points of those incidents"),
    Field("top_place_share", "top_share", "number", "Share of the busiest point, 0 to 1", 2),
    Field(
        "is_single_address", "one_addr", "flag", "1 where over half comes from one point: problem-solving, not patrol"
    ),
    Field(
        "repeat_caller_share",
        "rep_share",
        "number",
        "Share of incidents from repeat callers, 0 to 1; empty: not known",
        2,
    ),
    Field("has_repeat_callers", "rep_caller", "flag", "1 where a third or more comes from repeat callers"),
    Field("sensitive", "sensitive", "text", "Sensitive places near: a category that is public, or protected"),
    Field("firmness", "firmness", "number", "Share of resamples in which the zone is placed again, 0 to 1", 2),
    Field(
        "firmness_margin", "firm_marg", "number", "Own incidents without which it leaves the list; empty where none do"
    ),
    Field("group_id", "group_id", "text", "Round on foot that the zone belongs to"),
    Field("group_members", "group_zone", "text", "Zones of the round, in order of walking"),
    Field("group_walk_m", "group_m", "number", "Length of the round, metres as the crow flies; 0 for a zone alone", 0),
    Field("n_officer_generated", "n_officer", "whole", "Records from police activity: shown, never scored"),
    Field("kinds", "kinds", "text", "Mix by category, most first: category and count"),
    Field("segment_code", "segment", "text", "Segment of the small area at the centre"),
    Field("status", "status", "text", "Says where points are approximate and must not be used for deployment"),
    Field("marking", "marking", "text", "Protective marking"),
    Field("period", "period", "text", "First and last month of the data"),
    Field("valid_until", "valid_to", "text", "Last day of validity"),
    Field("run", "run", "text", "Fingerprint of the run"),
)

#: Fields that every table carries on every row.
IDENTITY_FIELDS = ("status", "marking", "period", "valid_until", "run")


def identity_values(identity: SiteIdentity) -> dict[str, str]:
    """Return what every row of every export carries."""
    return {
        "status": OVERPRINT if identity.is_approximate else "",
        "marking": identity.marking,
        "period": f"{identity.first_month} to {identity.last_month}",
        "valid_until": identity.valid_until.isoformat(),
        "run": identity.fingerprint,
    }


def zone_table(zones: gpd.GeoDataFrame, *, identity: SiteIdentity, scoring_set: str) -> gpd.GeoDataFrame:
    """
    Return the zones with the fields of `ZONE_FIELDS`, rounded to published precision, in order of rank.

    Parameters
    ----------
    zones
        As `hotspots.results.RedZonesResult.zones`.
    identity
        What every row carries.
    scoring_set
        Which list this is.
    """
    ordered = zones.sort_values(["rank_force", "zone_id"], kind="stable").reset_index(drop=True)
    constant = {**identity_values(identity), "scoring_set": scoring_set}
    columns: dict[str, Any] = {}
    for field in ZONE_FIELDS:
        values = constant[field.name] if field.name in constant else _values(ordered, field)
        columns[field.name] = _column(field, values, len(ordered))
    geometry = _rounded(ordered.geometry.to_numpy())
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=zones.crs)


def _values(zones: gpd.GeoDataFrame, field: Field) -> pd.Series:
    """Return the values of a field; empty where an older run did not keep it, or the list is empty."""
    if field.name == "sensitive" and "sensitive_near" in zones:
        return zones["sensitive_near"].map(_sensitive_text)
    if field.name not in zones:
        return pd.Series([None] * len(zones), dtype=object)
    values = zones[field.name]
    if field.name == "group_members":
        return values.map(lambda members: "; ".join(map(str, members or ())))
    if field.name == "has_repeat_callers":
        return values.astype("Int32").where(zones["repeat_caller_share"].notna())
    return values.where(values >= 0) if field.name == "firmness_margin" else values


def _sensitive_text(categories: Sequence[str] | None) -> str:
    """Name what anyone may know; the others are protected, and an export does not say which they are."""
    named = {str(c).replace("_", " ") if c in OPEN_PLACES else "protected" for c in categories or ()}
    return "; ".join(sorted(named))


def _column(field: Field, values: Any, n: int) -> pd.Series:  # noqa: ANN401 - a constant or a column
    series = pd.Series(values, index=range(n)) if isinstance(values, str) else values
    if field.name == "kinds":
        series = series.map(_kinds_text)
    if field.kind == "text":
        return pd.Series([None if v is None or v != v else str(v) for v in series], dtype="str")  # noqa: PLR0124
    if field.kind == "number":
        return pd.to_numeric(series).astype("float64").round(field.decimals)
    return series.astype("int32") if series.notna().all() else series.astype("Int32")


def _kinds_text(counts: Mapping[str, float]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "; ".join(f"{category} {fmt.count(n)}" for category, n in ordered)


def _rounded(geometries: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Round to a tenth of a metre where the shape stays valid."""
    if not len(geometries):
        return geometries
    rounded = shapely.transform(shapely.force_2d(geometries), lambda xy: np.round(xy, _COORDINATE_DECIMALS))
    return np.where(shapely.is_valid(rounded), rounded, geometries)


def shapefile_table(
    table: gpd.GeoDataFrame, fields: tuple[Field, ...] = ZONE_FIELDS
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """
    Return a table with a shapefile's short names and texts, and what had to be shortened, in sentences.

    Parameters
    ----------
    table
        As `zone_table`.
    fields
        Its fields.

    Returns
    -------
    tuple
        The table, and a sentence for each field of which some texts were shortened: never silently.
    """
    notes = []
    columns: dict[str, Any] = {}
    for field in fields:
        column = table[field.name]
        if field.kind == "text":
            short = [_shortened(text, at="; " if field.name == "kinds" else "") for text in column.fillna("")]
            n_cut = sum(a != b for a, b in zip(short, column.fillna(""), strict=True))
            if n_cut:
                notes.append(
                    f"{field.short}: shortened in {fmt.plural(n_cut, 'row')}; the full text is in the other formats"
                )
            column = pd.Series(short, dtype="str")
        columns[field.short] = column
    return gpd.GeoDataFrame(columns, geometry=table.geometry.to_numpy(), crs=table.crs), tuple(notes)


def _shortened(text: str, *, at: str) -> str:
    """Return at most 254 bytes, cut between whole parts (or characters), ending in an ellipsis."""
    if len(text.encode()) <= SHAPEFILE_TEXT_BYTES:
        return text
    room = SHAPEFILE_TEXT_BYTES - len(_ELLIPSIS.encode())
    head = text.encode()[:room].decode(errors="ignore")
    if at and at in head:
        head = head[: head.rindex(at) + len(at)]
    return head + _ELLIPSIS


def dictionary_csv(notes: tuple[str, ...] = (), fields: tuple[Field, ...] = ZONE_FIELDS) -> str:
    """
    Return the field dictionary as CSV.

    Parameters
    ----------
    notes
        What was shortened, as `shapefile_table` says.
    fields
        The fields.
    """
    by_field = dict(note.split(": ", 1) for note in notes)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["shapefile_field", "field", "type", "meaning", "note"])
    for field in fields:
        writer.writerow([field.short, field.name, field.kind, field.meaning, by_field.get(field.short, "")])
    return out.getvalue()


def readme(identity: SiteIdentity, notes: tuple[str, ...] = (), *, what: str = "Red Zones") -> str:
    """
    Return the read-me of an export: marking, period, validity, run, licences.

    Parameters
    ----------
    identity
        What every export carries.
    notes
        Further sentences.
    what
        What is exported.
    """
    lines = [
        identity.marking,
        "",
        f"{what} of {identity.force_name}",
        f"Owner: {identity.owner}",
        f"Data period: {fmt.period(identity.first_month, identity.last_month)}",
        f"Valid until: {fmt.day(identity.valid_until)}",
        f"Run: {identity.fingerprint} (Redzones {identity.version})",
        f"Reference system of shapefile and GeoPackage: EPSG:{identity.analysis_epsg}; GeoJSON: longitude and latitude",
        "In CSV files a text that begins with = + - or @ has an apostrophe before it, so that no spreadsheet runs it.",
    ]
    if identity.is_approximate:
        lines.insert(1, OVERPRINT)
    return "\n".join([*lines, *notes, "", *identity.attributions, "", identity.marking, ""])


def spreadsheet_safe(table: pd.DataFrame) -> pd.DataFrame:
    """
    Return the table with an apostrophe before every text that a spreadsheet would run as a formula.

    Examples
    --------
    >>> spreadsheet_safe(pd.DataFrame({"name": ["=1+1", "High Street"]}))["name"].tolist()
    ["'=1+1", 'High Street']
    """
    safe = table.copy()
    for name in table.columns:
        if pd.api.types.is_string_dtype(table[name]) or table[name].dtype == object:
            starts = table[name].map(lambda v: isinstance(v, str) and v[:1] in {"=", "+", "-", "@", "\t", "\r"})
            if starts.any():
                safe[name] = table[name].where(~starts, "'" + table[name].astype(str))
    return safe
