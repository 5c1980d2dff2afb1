"""Community segments, or the reason why there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import db.read
import db.results
from domain.errors import AnalysisError
from redzones.steps.work import area_counts
from segmentation.segments import SegmentationSettings, find_segments

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from redzones.steps.work import Work

__all__ = ["segment"]


def segment(connection: Connection, work: Work) -> dict[str, Any]:
    """Group the small areas by their people, and each group by what happens there."""
    people = db.read.people_values(connection, work.small_area, work.load_ids)
    if people.empty:
        return {"note": "No People data are loaded, so there are no community segments."}
    options = work.settings.segments
    try:
        result = find_segments(
            people=people,
            variables=db.read.people_variables(connection, work.load_ids),
            area_counts=area_counts(connection, work),
            kinds=db.read.kinds(connection, work.settings.incidents.counted_sources),
            last_month_index=work.month.index,
            settings=SegmentationSettings(**options.model_dump()),
            rng=work.rng("segments"),
            progress=work.progress,
        )
    except AnalysisError as error:
        return {"note": f"No community segments: {error.message}."}
    db.results.write_segments(connection, work.run_id, result)
    return {"segments": len(result.segments), "reason": result.reason}
