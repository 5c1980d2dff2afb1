"""Community segments: this month's areas placed in those in force, or the first ones made; or why there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import db.read
import db.results
import db.segment_models
from domain.errors import AnalysisError
from redzones.steps.work import area_counts, people_values
from segmentation.frozen import segments_of_month
from segmentation.segments import SegmentationSettings, find_segments

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from redzones.steps.work import Work
    from segmentation.results import SegmentationResult

__all__ = ["make_segments", "segment", "segment_inputs"]


def segment(connection: Connection, work: Work) -> dict[str, Any]:
    """Group the small areas by their people, and each group by what happens there."""
    inputs = segment_inputs(connection, work)
    if inputs["people"].empty:
        return {"note": "No People data are loaded, so there are no community segments."}
    try:
        if work.segments is None:
            result = make_segments(work, inputs)
        else:
            result = segments_of_month(db.segment_models.read_model(connection, work.segments), **inputs)
    except AnalysisError as error:
        hint = f" {error.hint}" if error.hint else ""
        return {"note": f"No community segments: {error.message}.{hint}"}
    db.results.write_segments(connection, work.run_id, result)
    moved = 0 if result.origin is None else len(result.origin.movers)
    return {
        "segments": len(result.segments),
        "reason": result.reason,
        "model": None if work.segments is None else work.segments.fingerprint,
        "movers": moved,
        "contrasts": len(result.contrasts),
    }


def segment_inputs(connection: Connection, work: Work) -> dict[str, Any]:
    """Return the data from which segments are made, and in which areas are placed."""
    return {
        "people": people_values(connection, work),
        "variables": db.read.people_variables(connection, work.load_ids),
        "area_counts": area_counts(connection, work),
        "kinds": db.read.kinds(connection, work.settings.incidents.counted_sources),
        "last_month_index": work.month.index,
    }


def make_segments(work: Work, inputs: dict[str, Any]) -> SegmentationResult:
    """Make segments anew: the same data, settings and seed give the same ones."""
    return find_segments(
        **inputs,
        settings=SegmentationSettings(**work.settings.segments.model_dump()),
        rng=work.rng("segments"),
        progress=work.progress,
    )
