"""
The monthly refresh: one run, its steps in order, each keyed by what it reads.

This is the composition root: it reads like the table of contents of the design. A step whose key is unchanged is not
done again, so a refresh that was killed resumes where it stopped, and every later step reads its inputs from PostGIS.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import db.read
import db.results
import db.runs
import db.segment_models
import db.summaries
from db.geography_dates import check_in_force
from domain.areas import GeographyKey
from domain.errors import AnalysisError
from domain.months import LocalMonth
from domain.progress import Progress, no_progress
from redzones import __version__
from redzones.publish import publish_run
from redzones.steps.communication import communication
from redzones.steps.enquiry import enquiry
from redzones.steps.equality import equality
from redzones.steps.join import join
from redzones.steps.perception import perception
from redzones.steps.profile import profile
from redzones.steps.segment import segment
from redzones.steps.significance import significance
from redzones.steps.times import red_times
from redzones.steps.transparency import transparency
from redzones.steps.visibility import visibility
from redzones.steps.work import Step, Work
from redzones.steps.zones import red_zones

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from redzones.settings import Settings

__all__ = ["RefreshReport", "StepReport", "code_version", "refresh"]

_PACKAGES = (
    "domain", "spatialstats", "profiles", "segmentation", "hotspots", "sources", "db", "maps", "redzones",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step of a refresh: its name, how long it took, and whether an earlier result served."""

    name: str
    seconds: float
    is_reused: bool
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """
    What a refresh did.

    Parameters
    ----------
    run_id, fingerprint
        Number of the run in this database; fingerprint of its inputs, settings and version.
    month
        Last month of the data.
    steps
        Every step, in order.
    site
        Folder of the published site.
    is_unchanged
        Whether the very same run was live already.
    """

    run_id: int
    fingerprint: str
    month: LocalMonth
    steps: tuple[StepReport, ...]
    site: Path
    is_unchanged: bool


@cache
def code_version() -> str:
    """Return the version with a fingerprint of the code itself, so that no result outlives the code that made it."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        root = Path(str(files(package)))
        for path in sorted(p for p in root.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            digest.update(str(path.relative_to(root)).encode())
            digest.update(path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:8]}"


def _fingerprint(*parts: Any) -> str:  # noqa: ANN401 - any plain values
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def refresh(
    engine: Engine, settings: Settings, *, month: LocalMonth, progress: Progress = no_progress
) -> RefreshReport:
    """
    Compute every step for a month and make the result the current site.

    Parameters
    ----------
    engine
        Engine of an upgraded database.
    settings
        The force's settings.
    month
        Last month of the data.
    progress
        Hears how far it is.

    Raises
    ------
    LockedError
        If another refresh is at work.
    AnalysisError
        If the data for that month are not loaded, or two sources would be counted for the same months.
    """
    with db.runs.refresh_lock(engine):
        with engine.begin() as connection:
            work = _open_run(connection, settings, month, progress)
        steps = _run_steps(engine, work)
        work.forget()
        site, is_unchanged = publish_run(engine, settings, work.run_id, progress=progress)
    return RefreshReport(work.run_id, work.fingerprint, month, tuple(steps), site, is_unchanged)


def _open_run(connection: Connection, settings: Settings, month: LocalMonth, progress: Progress) -> Work:
    load_ids = tuple(db.read.live_load_ids(connection))
    _check_inputs(connection, settings, month, load_ids)
    code, inputs = code_version(), db.read.input_fingerprint(connection, load_ids)
    config = settings.analysis_settings()
    fingerprint = _fingerprint(str(month), config, inputs, code)[:12]
    segments = db.segment_models.model_in_force(connection, settings.geography.small_area)
    if segments is not None and segments.run_fingerprint == fingerprint and not segments.approved:
        segments = None  # this very run made them: done again, it makes them again
    if segments is not None:
        inputs = _fingerprint(inputs, segments.fingerprint, segments.approved)
        fingerprint = _fingerprint(str(month), config, inputs, code)[:12]
    run = db.runs.start_or_resume_run(
        connection,
        month=month,
        fingerprint=fingerprint,
        config_fingerprint=_fingerprint(config)[:12],
        input_fingerprint=inputs,
        code_version=code,
        seed=settings.seed,
        settings=config,
        load_ids=load_ids,
    )
    return Work(settings, month, run.run_id, fingerprint, load_ids, progress, segments)


def _check_inputs(connection: Connection, settings: Settings, month: LocalMonth, load_ids: tuple[int, ...]) -> None:
    """Refuse early, with the remedy, what no step could do anything sensible with."""
    geography = settings.geography
    for name in (geography.small_area, geography.patrol):
        if not db.summaries.area_codes(connection, GeographyKey.parse(name)):
            raise AnalysisError(
                f"no boundaries of {name} are loaded", hint=f"redzones load boundaries FILE --geography {name}"
            )
    for name in (geography.small_area, geography.patrol, geography.policing_unit, geography.force):
        check_in_force(connection, GeographyKey.parse(name), month)
    by_source = db.summaries.months_by_source(connection, load_ids)
    counted = settings.incidents.counted_sources or tuple(by_source)
    if missing := sorted(set(counted) - set(by_source)):
        raise AnalysisError(
            f"incidents.counted_sources names {', '.join(missing)}, of which nothing is loaded",
            hint=f"Loaded sources: {', '.join(by_source) or 'none'}.",
        )
    if not any(month.index in by_source[source] for source in counted):
        last = max((m for source in counted for m in by_source[source]), default=None)
        known = f"The last loaded month is {LocalMonth(*divmod(last, 12)).shift(1)}." if last is not None else ""
        raise AnalysisError(
            f"no counted incidents of {month} are loaded", hint=f"{known} redzones load incidents FILE".strip()
        )
    _check_overlap(counted, by_source, partial(db.summaries.n_may_score, connection, load_ids), last=month.index)


def _check_overlap(
    counted: tuple[str, ...],
    by_source: Mapping[str, frozenset[int]],
    n_may_score: Callable[[], Mapping[str, int]],
    *,
    last: int,
) -> None:
    """Refuse two sources for one month; what lies after the last month of the run is not read, so it may overlap."""
    for i, one in enumerate(counted):
        for other in counted[i + 1 :]:
            if any(month <= last for month in by_source[one] & by_source[other]):
                n = n_may_score()  # all rows are read, so only where the answer is needed
                first, second = sorted((one, other), key=lambda source: -n.get(source, 0))
                choice = f'Set incidents.counted_sources = ["{first}"]'
                only_shown = "" if n.get(second) else f": {second} holds only what never scores"
                raise AnalysisError(
                    f"{one} and {other} cover the same months: the same incident would be counted twice",
                    hint=f"{choice}{only_shown or ' (or the other)'}, in redzones.toml.",
                )


def _run_steps(engine: Engine, work: Work) -> list[StepReport]:
    reports: list[StepReport] = []
    keys: dict[str, str] = {}
    for number, step in enumerate(_STEPS):
        work.progress("Refreshing", number, len(_STEPS))
        config = work.settings.analysis_settings()
        keys[step.name] = _fingerprint(
            step.name,
            work.fingerprint,
            {section: config.get(section) for section in step.sections},
            [keys[name] for name in step.after],
        )
        reports.append(_run_step(engine, work, step, keys[step.name]))
    work.progress("Refreshing", len(_STEPS), len(_STEPS))
    with engine.begin() as connection:
        db.runs.finish_run(connection, work.run_id)
        db.segment_models.freeze_first(connection, work.run_id, geography=str(work.small_area))
    return reports


def _run_step(engine: Engine, work: Work, step: Step, key: str) -> StepReport:
    """Do one step in one transaction, or reuse what an earlier attempt finished under the same key."""
    began = time.monotonic()
    with engine.begin() as connection:
        finished = db.runs.finished_step(connection, work.run_id, step.name, key)
        if finished is not None:
            return StepReport(step.name, 0.0, is_reused=True, result=finished)
        db.runs.start_step(connection, work.run_id, step.name, key, seed=work.settings.seed)
    try:
        with engine.begin() as connection:
            result = step.work(connection, work)
            seconds = time.monotonic() - began
            db.runs.finish_step(connection, work.run_id, step.name, result=result, seconds=seconds)
    except Exception as error:
        with engine.begin() as connection:
            db.runs.fail_step(connection, work.run_id, step.name, f"{type(error).__name__}: {error}")
        raise
    return StepReport(step.name, seconds, is_reused=False, result=result)


#: In the order of the design: join, understand (profiles, segments), where, when. Publishing follows the last step.
_STEPS = (
    Step("join", ("geography",), (), join),
    Step("profiles", ("incidents", "profiles", "geography"), ("join",), profile),
    Step("segments", ("segments", "incidents"), ("join",), segment),
    Step("perception", ("perception",), ("profiles", "segments"), perception),
    Step("red zones", ("hotspots", "patrol", "incidents"), ("segments", "perception"), red_zones),
    Step("significance", ("hotspots", "incidents"), ("join",), significance),
    Step("visibility", ("geography",), ("join", "perception"), visibility),
    Step("red times", ("hotspots", "incidents", "times", "force"), ("segments", "red zones"), red_times),
    Step("enquiry", ("enquiry", "hotspots", "profiles"), ("profiles", "perception", "red times"), enquiry),
    Step("communication", ("enquiry", "force"), ("enquiry", "segments"), communication),
    Step("equality", ("hotspots", "incidents"), ("red zones",), equality),
    Step("transparency", ("hotspots", "incidents", "patrol", "transparency"), ("red times", "equality"), transparency),
)
