"""Red Zones: the back-test chooses the model, then zones are placed for each scoring set."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import db.read
import db.results
from domain.progress import Progress, no_progress
from hotspots.backtest import backtest
from hotspots.candidates import standard_candidates
from hotspots.location_error import JITTERS_M
from hotspots.red_zones import ZoneSettings, find_red_zones
from hotspots.sensitive_places import default_addresses
from redzones.perception_in_score import perception_in_score
from redzones.place_inputs import patrol_capacity
from redzones.steps.work import places_and_counts

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from sqlalchemy import Connection

    from domain.incidents import ScoringSet
    from hotspots.confidence import Perception
    from hotspots.exclusions import Exclusion
    from hotspots.overrides import Nudge
    from hotspots.results import BacktestResult, RedZonesResult
    from hotspots.sensitive_places import SensitivePlace
    from redzones.place_inputs import PlaceInputs
    from redzones.steps.work import Work

__all__ = ["red_zones"]

# About as far as a published point is from where the incident was.
_SNAPPED_JITTER_M = 35.0


@dataclass(frozen=True, slots=True)
class _Given:
    """What every scoring set is placed on, and by which rules."""

    inputs: PlaceInputs
    force: gpd.GeoDataFrame
    patrol_areas: gpd.GeoDataFrame
    environments: dict[str, str]
    exclusions: tuple[Exclusion, ...]
    nudges: tuple[Nudge, ...]
    sensitive: tuple[SensitivePlace, ...]
    perception: Perception
    callers: pd.DataFrame
    settings: ZoneSettings


def red_zones(connection: Connection, work: Work) -> dict[str, Any]:
    """Back-test, then score, place and describe the zones of each scoring set, several of them side by side."""
    given = _read(connection, work)
    sets = work.settings.hotspots.scoring_sets
    previous = [db.results.previous_zones(connection, before=work.month, scoring_set=name) for name in sets]
    with ThreadPoolExecutor(max_workers=max(min(work.settings.n_processors, len(sets)), 1)) as threads:
        # the first list alone tells how far it is
        heard = [work.progress, *(no_progress for _ in sets[1:])]
        results = list(threads.map(partial(_placed, work, given), sets, previous, heard))
    chosen: dict[str, Any] = {}
    for tested, found in results:
        db.results.write_backtest(connection, work.run_id, tested)
        db.results.write_zones(connection, work.run_id, found)
        said = {"zones": len(found.zones), "model": tested.chosen, "reason": tested.reason}
        chosen[found.scoring_set] = said
    return {
        "capacity": given.settings.capacity,
        "exclusions": [exclusion.sentence() for exclusion in given.exclusions],
        "nudges": [nudge.sentence() for nudge in given.nudges],
        "perception": given.perception.note,
        **chosen,
    }


def _read(connection: Connection, work: Work) -> _Given:
    inputs = places_and_counts(connection, work)
    patrol_areas = db.read.areas(connection, work.patrol)
    segments = db.results.read_segments(connection, work.run_id)
    members = None if segments is None else segments.membership
    environments = {} if members is None else dict(zip(members["area_code"], members["environment_code"], strict=True))
    options, patrolled = work.settings.hotspots, work.month.shift(1)
    sensitive = tuple(db.read.sensitive_places(connection, work.load_ids))
    rule = default_addresses(sensitive, owner=work.settings.force.owner) if options.default_address_rule else ()
    is_snapped = db.read.is_open_data(connection, work.load_ids, work.settings.incidents.counted_sources)
    return _Given(
        inputs=inputs,
        force=db.read.force_area(connection),
        patrol_areas=patrol_areas,
        environments=environments,
        exclusions=(*db.read.exclusions(connection, work.load_ids, month=patrolled), *rule),
        nudges=tuple(db.read.nudges(connection, work.load_ids, month=patrolled)),
        sensitive=sensitive,
        perception=perception_in_score(connection, work, inputs["kinds"]),
        callers=db.read.repeat_caller_counts(
            connection,
            load_ids=work.load_ids,
            first=work.history,
            last=work.month,
            sources=work.settings.incidents.counted_sources,
        ),
        settings=ZoneSettings(
            window_months=options.window_months,
            half_life_months=options.half_life_months,
            radius_m=options.zone_radius_m,
            capacity=patrol_capacity(work.settings, n_units=patrol_areas["parent_code"].nunique()),
            jitter_m=_SNAPPED_JITTER_M if is_snapped else 0.0,
        ),
    )


def _placed(
    work: Work, given: _Given, scoring_set: ScoringSet, previous: gpd.GeoDataFrame | None, progress: Progress
) -> tuple[BacktestResult, RedZonesResult]:
    """Back-test one scoring set and place its zones; nothing is read from the database or written to it."""
    options = work.settings.hotspots
    tested = backtest(
        **given.inputs,
        scoring_set=scoring_set,
        last_month_index=work.month.index,
        test_months=options.test_months,
        force=given.force,
        capacity=given.settings.capacity,
        radius_m=options.zone_radius_m,
        window_months=options.window_months,
        candidates=standard_candidates(half_life_months=options.half_life_months),
        jitters_m=JITTERS_M,
        rng=work.rng(f"backtest {scoring_set}"),
        progress=progress,
    )
    found = find_red_zones(
        **given.inputs,
        scoring_set=scoring_set,
        last_month_index=work.month.index,
        force=given.force,
        patrol_areas=given.patrol_areas,
        area_segments=given.environments,
        settings=given.settings,
        model=tested.chosen,
        previous=previous,
        rng=work.rng(f"red zones {scoring_set}"),
        exclusions=given.exclusions,
        nudges=given.nudges,
        sensitive=given.sensitive,
        perception=given.perception,
        callers=given.callers,
        compared_months=options.test_months,
    )
    return tested, found
