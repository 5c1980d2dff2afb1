"""Red Zones: the back-test chooses the model, then zones are placed for each scoring set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import db.read
import db.results
from hotspots.backtest import backtest
from hotspots.candidates import standard_candidates
from hotspots.location_error import JITTERS_M
from hotspots.red_zones import ZoneSettings, find_red_zones
from hotspots.sensitive_places import default_addresses
from redzones.perception_in_score import perception_in_score
from redzones.place_inputs import patrol_capacity, place_inputs

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from redzones.steps.work import Work

__all__ = ["red_zones"]

# About as far as a published point is from where the incident was.
_SNAPPED_JITTER_M = 35.0


def red_zones(connection: Connection, work: Work) -> dict[str, Any]:
    """Back-test, then score, place and describe the zones of each scoring set."""
    inputs = place_inputs(connection, work.settings, load_ids=work.load_ids, first=work.history, last=work.month)
    force = db.read.force_area(connection)
    patrol_areas = db.read.areas(connection, work.patrol)
    capacity = patrol_capacity(work.settings, n_units=patrol_areas["parent_code"].nunique())
    segments = db.results.read_segments(connection, work.run_id)
    members = None if segments is None else segments.membership
    environments = {} if members is None else dict(zip(members["area_code"], members["environment_code"], strict=True))
    options = work.settings.hotspots
    patrolled = work.month.shift(1)
    sensitive = db.read.sensitive_places(connection, work.load_ids)
    rule = default_addresses(sensitive, owner=work.settings.force.owner) if options.default_address_rule else ()
    exclusions = (*db.read.exclusions(connection, work.load_ids, month=patrolled), *rule)
    nudges = db.read.nudges(connection, work.load_ids, month=patrolled)
    perception = perception_in_score(connection, work, inputs["kinds"])
    is_snapped = db.read.is_open_data(connection, work.load_ids, work.settings.incidents.counted_sources)
    callers = db.read.repeat_caller_counts(
        connection,
        load_ids=work.load_ids,
        first=work.history,
        last=work.month,
        sources=work.settings.incidents.counted_sources,
    )
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
                jitter_m=_SNAPPED_JITTER_M if is_snapped else 0.0,
            ),
            model=tested.chosen,
            previous=db.results.previous_zones(connection, before=work.month, scoring_set=scoring_set),
            rng=work.rng(f"red zones {scoring_set}"),
            exclusions=exclusions,
            nudges=nudges,
            sensitive=sensitive,
            perception=perception,
            callers=callers,
            compared_months=options.test_months,
        )
        db.results.write_zones(connection, work.run_id, found)
        chosen[str(scoring_set)] = {"zones": len(found.zones), "model": tested.chosen, "reason": tested.reason}
    return {
        "capacity": capacity,
        "exclusions": [exclusion.sentence() for exclusion in exclusions],
        "nudges": [nudge.sentence() for nudge in nudges],
        "perception": perception.note,
        **chosen,
    }
