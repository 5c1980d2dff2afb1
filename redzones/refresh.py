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
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import db.read
import db.results
import db.runs
import db.summaries
import db.write
from domain.areas import GeographyKey
from domain.errors import AnalysisError
from domain.months import LocalMonth, month_range
from domain.progress import Progress, no_progress
from hotspots.backtest import backtest
from hotspots.candidates import standard_candidates
from hotspots.location_error import JITTERS_M
from hotspots.red_times import find_red_times
from hotspots.red_zones import ZoneSettings, find_red_zones
from profiles.community import build_profiles
from redzones import __version__
from redzones.place_inputs import patrol_capacity, place_inputs
from redzones.publish import publish_run
from segmentation.segments import SegmentationSettings, find_segments

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection, Engine

    from redzones.settings import Settings

__all__ = ["RefreshReport", "StepReport", "code_version", "refresh"]

_PACKAGES = (
    "domain", "spatialstats", "profiles", "segmentation", "hotspots", "sources", "db", "maps", "redzones",
)  # fmt: skip
_HISTORY_MONTHS = 60


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


@dataclass(frozen=True)
class _Work:
    """What every step may read: the settings, the month, the loads of this run, and where it stands."""

    settings: Settings
    month: LocalMonth
    run_id: int
    fingerprint: str
    load_ids: tuple[int, ...]
    progress: Progress = field(default=no_progress)

    @property
    def small_area(self) -> GeographyKey:
        return GeographyKey.parse(self.settings.geography.small_area)

    @property
    def patrol(self) -> GeographyKey:
        return GeographyKey.parse(self.settings.geography.patrol)

    @property
    def unit(self) -> GeographyKey:
        return GeographyKey.parse(self.settings.geography.policing_unit)

    @property
    def history(self) -> LocalMonth:
        """First month that any step reads."""
        return self.month.shift(1 - _HISTORY_MONTHS)

    def rng(self, name: str) -> np.random.Generator:
        """Return the generator of one step: the setting `seed` and the step's name decide it."""
        return np.random.default_rng([self.settings.seed, *hashlib.sha256(name.encode()).digest()[:8]])


@dataclass(frozen=True, slots=True)
class _Step:
    """A step: its name, the settings it reads, the steps it builds on, and the work."""

    name: str
    sections: tuple[str, ...]
    after: tuple[str, ...]
    work: Callable[[Connection, _Work], dict[str, Any]]


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
        site, is_unchanged = publish_run(engine, settings, work.run_id, progress=progress)
    return RefreshReport(work.run_id, work.fingerprint, month, tuple(steps), site, is_unchanged)


def _open_run(connection: Connection, settings: Settings, month: LocalMonth, progress: Progress) -> _Work:
    load_ids = tuple(db.read.live_load_ids(connection))
    _check_inputs(connection, settings, month, load_ids)
    code, inputs = code_version(), db.read.input_fingerprint(connection, load_ids)
    config = settings.analysis_settings()
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
    return _Work(settings, month, run.run_id, fingerprint, load_ids, progress)


def _check_inputs(connection: Connection, settings: Settings, month: LocalMonth, load_ids: tuple[int, ...]) -> None:
    """Refuse early, with the remedy, what no step could do anything sensible with."""
    geography = settings.geography
    for name in (geography.small_area, geography.patrol):
        if not db.summaries.area_codes(connection, GeographyKey.parse(name)):
            raise AnalysisError(
                f"no boundaries of {name} are loaded", hint=f"redzones load boundaries FILE --geography {name}"
            )
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
    _check_overlap(counted, by_source)


def _check_overlap(counted: tuple[str, ...], by_source: Mapping[str, frozenset[int]]) -> None:
    for i, one in enumerate(counted):
        for other in counted[i + 1 :]:
            if by_source[one] & by_source[other]:
                raise AnalysisError(
                    f"{one} and {other} cover the same months: the same incident would be counted twice",
                    hint=f'Set incidents.counted_sources = ["{one}"] (or the other) in redzones.toml.',
                )


def _run_steps(engine: Engine, work: _Work) -> list[StepReport]:
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
    return reports


def _run_step(engine: Engine, work: _Work, step: _Step, key: str) -> StepReport:
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


# --- the steps -------------------------------------------------------------------------------------------------------


def _join(connection: Connection, work: _Work) -> dict[str, Any]:
    """Join People and Place: every incident in its area, by its stated code or by its point."""
    joined = db.write.refresh_assignments(connection, small_area=work.small_area, patrol=work.patrol)
    return {"assigned": joined}


def _profile(connection: Connection, work: _Work) -> dict[str, Any]:
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
        area_counts=_area_counts(connection, work),
        kinds=db.read.kinds(connection, work.settings.incidents.counted_sources),
        last_month_index=work.month.index,
        months_available=_counted_months(connection, work),
        progress=work.progress,
    )
    db.results.write_profiles(connection, work.run_id, result)
    return {"figures": len(result.metrics), "metrics": len(result.definitions)}


def _segment(connection: Connection, work: _Work) -> dict[str, Any]:
    people = db.read.people_values(connection, work.small_area, work.load_ids)
    if people.empty:
        return {"note": "No People data are loaded, so there are no community segments."}
    options = work.settings.segments
    try:
        result = find_segments(
            people=people,
            variables=db.read.people_variables(connection, work.load_ids),
            area_counts=_area_counts(connection, work),
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


def _red_zones(connection: Connection, work: _Work) -> dict[str, Any]:
    inputs = place_inputs(connection, work.settings, load_ids=work.load_ids, first=work.history, last=work.month)
    force = db.read.force_area(connection)
    patrol_areas = db.read.areas(connection, work.patrol)
    capacity = patrol_capacity(work.settings, n_units=patrol_areas["parent_code"].nunique())
    segments = db.results.read_segments(connection, work.run_id)
    members = None if segments is None else segments.membership
    environments = {} if members is None else dict(zip(members["area_code"], members["environment_code"], strict=True))
    options = work.settings.hotspots
    exclusions = db.read.exclusions(connection, work.load_ids, month=work.month.shift(1))
    chosen: dict[str, Any] = {}
    for scoring_set in options.scoring_sets:
        tested = backtest(
            **inputs,
            scoring_set=scoring_set,
            last_month_index=work.month.index,
            test_months=options.test_months,
            force=force,
            capacity=capacity,
            radius_m=options.zone_radius_m,
            window_months=options.window_months,
            candidates=standard_candidates(half_life_months=options.half_life_months),
            jitters_m=JITTERS_M,
            rng=work.rng(f"backtest {scoring_set}"),
            progress=work.progress,
        )
        db.results.write_backtest(connection, work.run_id, tested)
        found = find_red_zones(
            **inputs,
            scoring_set=scoring_set,
            last_month_index=work.month.index,
            force=force,
            patrol_areas=patrol_areas,
            area_segments=environments,
            settings=ZoneSettings(
                window_months=options.window_months,
                half_life_months=options.half_life_months,
                radius_m=options.zone_radius_m,
                capacity=capacity,
            ),
            model=tested.chosen,
            previous=db.results.previous_zones(connection, before=work.month, scoring_set=scoring_set),
            rng=work.rng(f"red zones {scoring_set}"),
            exclusions=exclusions,
        )
        db.results.write_zones(connection, work.run_id, found)
        chosen[str(scoring_set)] = {"zones": len(found.zones), "model": tested.chosen, "reason": tested.reason}
    return {"capacity": capacity, "exclusions": [exclusion.sentence() for exclusion in exclusions], **chosen}


def _red_times(connection: Connection, work: _Work) -> dict[str, Any]:
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


def _area_counts(connection: Connection, work: _Work) -> pd.DataFrame:
    return db.read.area_counts(
        connection,
        geography=work.small_area,
        load_ids=work.load_ids,
        first=work.history,
        last=work.month,
        sources=work.settings.incidents.counted_sources,
    )


def _counted_months(connection: Connection, work: _Work) -> frozenset[int]:
    by_source = db.summaries.months_by_source(connection, work.load_ids)
    counted = work.settings.incidents.counted_sources or tuple(by_source)
    window = {m.index for m in month_range(work.history, work.month)}
    return frozenset(m for source in counted for m in by_source[source]) & window


#: In the order of the design: join, understand (profiles, segments), where, when. Publishing follows the last step.
_STEPS = (
    _Step("join", ("geography",), (), _join),
    _Step("profiles", ("incidents",), ("join",), _profile),
    _Step("segments", ("segments", "incidents"), ("join",), _segment),
    _Step("red zones", ("hotspots", "patrol", "incidents"), ("segments",), _red_zones),
    _Step("red times", ("hotspots", "incidents"), ("red zones",), _red_times),
)
