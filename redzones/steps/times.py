"""Red Times, from incidents whose hour is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import db.read
import db.results
from hotspots.red_times import find_red_times

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from redzones.steps.work import Work

__all__ = ["red_times"]


def red_times(connection: Connection, work: Work) -> dict[str, Any]:
    """Find the hours of the week that stand out, for the force, its patrol areas and its zones."""
    sources = work.settings.incidents.timed_sources
    window = {"first": work.month.shift(1 - work.settings.hotspots.window_months), "last": work.month}
    scoring_set = work.settings.hotspots.scoring_sets[0]
    zones = db.results.read_zones(connection, work.run_id)[str(scoring_set)].zones
    result = find_red_times(
        db.read.timed_incidents(
            connection,
            load_ids=work.load_ids,
            sources=sources,
            time_zone=work.settings.force.time_zone,
            patrol=work.patrol,
            **window,
        ),
        db.read.kinds(connection, sources),
        zones=zones,
        patrol_areas=db.read.areas(connection, work.patrol),
        scoring_set=scoring_set,
        last_month_index=work.month.index,
        n_untimed=db.read.n_untimed(connection, load_ids=work.load_ids, sources=sources, **window),
        rng=work.rng("red times"),
    )
    db.results.write_red_times(connection, work.run_id, result)
    return {"state": result.state, "timed": result.n_timed, "untimed": result.n_untimed, "windows": len(result.windows)}
