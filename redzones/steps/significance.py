"""What is hot beyond chance, what kind of hot spot it is, and what changed in a year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import db.read
import db.significance
import db.summaries
from hotspots.hot_cells import HotCellSettings
from hotspots.significance import SignificanceSettings, measure_significance
from redzones.steps.work import places_and_counts

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hotspots.significance import Significance
    from redzones.steps.work import Work

__all__ = ["significance"]

#: Width of a hexagon, metres: where points are snapped to map points a finer one would test the snapping.
_SNAPPED_M, _EXACT_M = 200.0, 150.0


def significance(connection: Connection, work: Work) -> dict[str, Any]:
    """Test each scoring set: hexagons, concentration, the year before, near repeats, streets."""
    options, sources = work.settings.hotspots, work.settings.incidents.timed_sources
    window = {"first": work.month.shift(1 - options.window_months), "last": work.month}
    is_snapped = db.summaries.is_open_data(connection, work.load_ids, work.settings.incidents.counted_sources)
    width_m = options.hexagon_m or (_SNAPPED_M if is_snapped else _EXACT_M)
    inputs = {
        **places_and_counts(connection, work),
        "force": db.read.force_area(connection),
        "small_areas": db.read.areas(connection, work.small_area),
        "patrol_areas": db.read.areas(connection, work.patrol),
        "timed": db.read.timed_incidents(
            connection,
            load_ids=work.load_ids,
            sources=sources,
            time_zone=work.settings.force.time_zone,
            patrol=work.patrol,
            **window,
        ),
        "timed_kinds": db.read.kinds(connection, sources),
        "n_untimed": db.read.n_untimed(connection, load_ids=work.load_ids, sources=sources, **window),
        "roads": db.significance.roads(connection, work.load_ids),
    }
    settings = SignificanceSettings(HotCellSettings(flat_m=width_m, window_months=options.window_months))
    said: dict[str, Any] = {}
    for scoring_set in options.scoring_sets:
        work.progress("Testing significance", len(said), len(options.scoring_sets))
        found = measure_significance(
            **inputs,
            scoring_set=scoring_set,
            last_month_index=work.month.index,
            settings=settings,
            rng=work.rng(f"significance {scoring_set}"),
        )
        db.significance.write_significance(connection, work.run_id, found)
        said[str(scoring_set)] = _in_short(found)
    work.progress("Testing significance", len(said), len(options.scoring_sets))
    return said


def _in_short(found: Significance) -> dict[str, Any]:
    """Return what the report of the run says of one scoring set."""
    return {
        "tested": found.hot_cells.n_family,
        "hot": int(found.hot_cells.cells["is_hot"].sum()),
        "trend": str(found.hot_cells.trend_state),
        "compared": str(found.comparison.state),
        "near_repeats": str(found.near_repeats.state),
        "streets": str(found.streets.state),
    }
