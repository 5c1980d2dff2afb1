"""Refit: community segments made anew, as a decision of a person, and how they follow those in force."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import db.read
import db.runs
import db.segment_models
from domain.errors import AnalysisError, DatabaseError
from domain.progress import Progress, no_progress
from redzones.steps.segment import make_segments, segment_inputs
from redzones.steps.work import Work
from segmentation.frozen import segments_of_month
from segmentation.refitting import refit_model

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from domain.months import LocalMonth
    from redzones.settings import Settings
    from segmentation.frozen import SegmentModel

__all__ = ["RefitReport", "no_segments_error", "refit_segments"]


def no_segments_error(connection: Connection, geography: str) -> AnalysisError:
    """Return the error that says why no segments are in force: no refresh has finished, or the last one had no data."""
    hint = "The first finished refresh makes them: redzones refresh --month YYYY-MM"
    with suppress(DatabaseError):  # no run has finished
        run = db.runs.latest_finished_run(connection)
        if note := db.runs.step_result(connection, run.run_id, "segments").get("note"):
            remedy = "Load what is missing (such as redzones load people FILE), then refresh."
            hint = f"The last refresh ({run.month:%Y-%m}) made none: {note} {remedy}"
    return AnalysisError(f"no segments of {geography} are in force yet", hint=hint)


@dataclass(frozen=True, slots=True)
class RefitReport:
    """
    What a refit found.

    Parameters
    ----------
    model
        The new segments, with how they follow the old ones.
    names_before
        Name of each old segment by its code.
    is_kept
        Whether they are in force from the next refresh on; False where the refit was only tried.
    """

    model: SegmentModel
    names_before: dict[str, str]
    is_kept: bool


def refit_segments(
    engine: Engine,
    settings: Settings,
    *,
    month: LocalMonth,
    decided_by: str,
    reason: str = "",
    is_trial: bool = False,
    progress: Progress = no_progress,
) -> RefitReport:
    """
    Make segments anew from the data of a month, and put them in force for the refreshes that follow.

    Parameters
    ----------
    engine
        Engine of an upgraded database.
    settings
        The force's settings.
    month
        Last month of the data.
    decided_by
        Who decided it.
    reason
        Why; shown on the pages.
    is_trial
        Whether only to look at what would come of it.
    progress
        Hears how far it is.

    Raises
    ------
    AnalysisError
        If no segments are in force yet, or the data do not support any.
    LockedError
        If a refresh is at work.
    """
    geography = settings.geography.small_area
    with db.runs.refresh_lock(engine), engine.begin() as connection:
        in_force = db.segment_models.model_in_force(connection, geography)
        if in_force is None:
            raise no_segments_error(connection, geography)
        load_ids = tuple(db.read.live_load_ids(connection))
        work = Work(settings, month, 0, "", load_ids, progress, in_force)
        inputs = segment_inputs(connection, work)
        old = db.segment_models.read_model(connection, in_force)
        new = make_segments(work, inputs)
        model = refit_model(old, new, segments_of_month(old, **inputs), reason=reason)
        if not is_trial:
            db.segment_models.write_refit(
                connection,
                model,
                geography=geography,
                settings=settings.segments.model_dump(mode="json"),
                decided_by=decided_by,
            )
    return RefitReport(model, dict(old.names), not is_trial)
