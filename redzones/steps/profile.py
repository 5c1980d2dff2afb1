"""Community profiles of every small area, patrol area and policing unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import db.read
import db.results
import db.summaries
from profiles.community import build_profiles
from redzones.steps.work import area_counts, counted_months

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from redzones.steps.work import Work

__all__ = ["profile"]


def profile(connection: Connection, work: Work) -> dict[str, Any]:
    """Profile every small area, patrol area and policing unit."""
    # areas that are patrolled as they are profiled have their profile already
    others = dict.fromkeys(key for key in (work.patrol, work.unit) if key != work.small_area)
    targets = [key for key in others if db.summaries.area_codes(connection, key)]
    result = build_profiles(
        people=db.read.people_values(connection, work.small_area, work.load_ids),
        variables=db.read.people_variables(connection, work.load_ids),
        small_areas=db.read.areas(connection, work.small_area),
        links={str(key): db.read.best_fit_links(connection, work.small_area, key) for key in targets},
        target_areas={str(key): db.read.areas(connection, key) for key in targets},
        small_area_key=str(work.small_area),
        area_counts=area_counts(connection, work),
        kinds=db.read.kinds(connection, work.settings.incidents.counted_sources),
        last_month_index=work.month.index,
        months_available=counted_months(connection, work),
        progress=work.progress,
    )
    db.results.write_profiles(connection, work.run_id, result)
    return {"figures": len(result.metrics), "metrics": len(result.definitions)}
