"""Results of the tests of significance: hexagons that are hot, areas that changed, streets, near repeats."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSON

from db.models.base import column, geometry, metadata, one_of

__all__ = ["hot_cell", "period_change", "significance", "street_rank"]


def _run_id() -> Column[Any]:
    return column("run_id", Integer, ForeignKey("run.run_id"), primary_key=True, comment="The run that computed it.")


def _scoring_set() -> Column[Any]:
    return column("scoring_set", Text, primary_key=True, comment="street or asb_minor.")


def _position() -> Column[Any]:
    return column("position", Integer, comment="Place of the row in its table, from 0.")


significance = Table(
    "significance",
    metadata,
    _run_id(),
    _scoring_set(),
    column("flat_m", Double, comment="Width of a hexagon from flat to flat, metres."),
    column("window_months", Integer, comment="Months tested as one."),
    column("n_months", Integer, comment="Of which are loaded."),
    column("n_permutations", Integer, comment="Permutations of each test."),
    column("false_discovery_rate", Double, comment="Level of the Benjamini-Hochberg procedure."),
    column("n_cells", Integer, comment="Hexagons of the force."),
    column("n_family", Integer, comment="Hexagons tested: those that hold an incident."),
    column("n_incidents", Integer, comment="Incidents of the window."),
    column("hot_area_share", Double, comment="Share of the hexagons that are hot, 0 to 1."),
    column("hot_incident_share", Double, comment="Share of the incidents in hot hexagons, 0 to 1."),
    column("trend_state", Text, comment="Whether kinds of hot spots are named."),
    column("trend_reason", Text, comment="Why not, in one sentence; empty where they are."),
    column("concentration", JSON, comment="Table: how concentrated incidents are, by unit of place."),
    column("comparison", JSON, comment="Two periods as a whole: state, reason, similarity, incidents, months."),
    column("near_repeats", JSON, comment="Near repeats: state, reason, incidents, and the table of bands."),
    column("streets", JSON, comment="Streets as a whole: state, reason, segments, length, incidents near them."),
    one_of("scoring_set", "street", "asb_minor"),
    one_of("trend_state", "ok", "no_data", "cannot_tell"),
    comment="What the tests of significance found in one scoring set of a run, as a whole.",
)

hot_cell = Table(
    "hot_cell",
    metadata,
    _run_id(),
    _scoring_set(),
    column("cell_id", Text, primary_key=True, comment="Row and column of the hexagon in its lattice."),
    _position(),
    column("name", Text, comment="Where most of its incidents are written; may be empty."),
    column("grid_reference", Text, comment="Grid reference of the centre."),
    column("patrol_code", Text, comment="Patrol area that holds its centre."),
    column("centre_x", Double, comment="x of the centre in the analysis CRS, metres."),
    column("centre_y", Double, comment="y of the centre in the analysis CRS, metres."),
    column("n_incidents", Integer, comment="Incidents of the window in it."),
    column("n_neighbourhood", Integer, comment="Incidents in it and its neighbours."),
    column("z", Double, comment="Standardised Gi*."),
    column("p_value", Double, comment="One-sided conditional-permutation p."),
    column("q_value", Double, nullable=True, comment="After Benjamini-Hochberg; empty where it was not tested."),
    column("is_hot", Boolean, comment="Whether it is hot over the whole window."),
    column("trend", Text, comment="Kind of hot spot, by the months in which it was hot; empty where none is named."),
    column("n_hot_months", Integer, comment="Months in which it was hot."),
    column("geom", geometry("POLYGON"), comment="The hexagon in the analysis CRS."),
    Index(None, "geom", postgresql_using="gist"),
    comment="A hexagon that is hot beyond chance, or was in some month.",
)

period_change = Table(
    "period_change",
    metadata,
    _run_id(),
    _scoring_set(),
    column("area_code", Text, primary_key=True, comment="Code of the small area."),
    _position(),
    column("n_before", Integer, comment="Incidents of the earlier period."),
    column("n_after", Integer, comment="Incidents of the same months a year later."),
    column("share_before", Double, comment="Share of all incidents of the earlier period, 0 to 1."),
    column("share_after", Double, comment="Share of all incidents of the later period, 0 to 1."),
    column("p_value", Double, comment="Fisher's exact two-sided p of equal shares."),
    column("q_value", Double, comment="After Benjamini-Hochberg."),
    column("direction", Text, comment="Whether its share is more, less or the same."),
    one_of("direction", "more", "less", "same"),
    comment="Share of one small area in two periods a year apart.",
)

street_rank = Table(
    "street_rank",
    metadata,
    _run_id(),
    _scoring_set(),
    column("segment", Integer, primary_key=True, autoincrement=False, comment="Number of the segment in the layer."),
    _position(),
    column("rank", Integer, comment="Rank by incidents per kilometre, from 1."),
    column("rank_last", Integer, comment="Last of the ranks that it shares with equal segments."),
    column("street_name", Text, comment="Name of the road; may be empty."),
    column("length_m", Double, comment="Length of the segment, metres."),
    column("n_incidents", Double, comment="Incidents of which it is the nearest road; shared where several are."),
    column("per_km", Double, comment="Incidents per kilometre."),
    column("n_tied", Double, comment="Of its incidents, those shared with another segment."),
    column("geom", geometry("LINESTRING"), comment="The segment in the analysis CRS."),
    Index(None, "geom", postgresql_using="gist"),
    comment="A street segment ranked by incidents per kilometre.",
)
