"""Red Times, from incidents whose hour is known, and how well hours predict on the force's own past."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

import db.read
import db.results
import db.space_time
from domain.incidents import ScoringSet
from domain.shifts import Shift, parse_shift
from hotspots.aoristic import AoristicRule
from hotspots.calendar_effects import calendar_effects
from hotspots.candidates import candidate_named
from hotspots.rasters import force_outline
from hotspots.red_times import RedTimeSettings, no_red_times, red_times_of
from hotspots.shifts import shifts_of_calendar
from hotspots.space_time import SpaceTimeSettings, space_time_backtest
from hotspots.space_time_ledger import SPACE_TIME, SpaceTimeResult
from hotspots.time_scopes import ZONE
from hotspots.timed_history import TimedHistory, timed_history

if TYPE_CHECKING:
    import geopandas as gpd
    from sqlalchemy import Connection

    from hotspots.results import RedTimesResult
    from redzones.steps.work import Work

__all__ = ["red_times"]


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What the Red Times of every scoring set read."""

    timed: pd.DataFrame
    kinds: pd.DataFrame
    patrol_areas: gpd.GeoDataFrame
    membership: pd.DataFrame | None
    calendar: pd.DataFrame
    n_untimed: int


def red_times(connection: Connection, work: Work) -> dict[str, Any]:
    """Find the hours of the week that stand out, for the force, its patrol areas, zones and segments."""
    inputs = _read(connection, work)
    sets = work.settings.hotspots.scoring_sets
    found = [_of_set(connection, work, inputs, scoring_set) for scoring_set in sets]
    result = _with_zones_of_all(found)
    db.results.write_red_times(connection, work.run_id, result)
    return {
        "state": result.state,
        "timed": result.n_timed,
        "untimed": result.n_untimed,
        "windows": len(result.windows),
        "pool": result.pool,
        "notes": list(result.notes),
    }


def _read(connection: Connection, work: Work) -> _Inputs:
    sources = work.settings.incidents.timed_sources
    months = {"first": work.history, "last": work.month}
    window = {"first": work.month.shift(1 - work.settings.times.window_months), "last": work.month}
    segments = db.results.read_segments(connection, work.run_id)
    zone = work.settings.force.time_zone
    return _Inputs(
        timed=db.read.timed_incidents(
            connection, load_ids=work.load_ids, sources=sources, time_zone=zone, patrol=work.patrol, **months
        ),
        kinds=db.read.kinds(connection, sources),
        patrol_areas=db.read.areas(connection, work.patrol),
        membership=None if segments is None else segments.membership,
        calendar=db.read.calendar(connection, work.load_ids, time_zone=zone),
        n_untimed=db.read.n_untimed(connection, load_ids=work.load_ids, sources=sources, **window),
    )


def _of_set(connection: Connection, work: Work, inputs: _Inputs, scoring_set: ScoringSet) -> RedTimesResult:
    """Find the Red Times of one scoring set, the pool being chosen on its own past."""
    options = work.settings.times
    zones = db.results.read_zones(connection, work.run_id)[str(scoring_set)].zones
    history = timed_history(
        inputs.timed,
        inputs.kinds,
        scoring_set=scoring_set,
        patrol_areas=inputs.patrol_areas,
        membership=inputs.membership,
        rule=AoristicRule(swapped=options.swapped, missing_end=options.missing_end),
    )
    recent = history.since(work.month.index + 1 - options.window_months)
    if recent.rows.empty:
        return no_red_times(inputs.timed, inputs.n_untimed)
    tested = _tested(connection, work, history, scoring_set)
    found = red_times_of(
        recent,
        zones=zones,
        n_untimed=inputs.n_untimed,
        rng=work.rng(f"red times {scoring_set}"),
        last_month_index=work.month.index,
        choice=tested.choice,
        settings=RedTimeSettings(
            half_life_months=options.half_life_months,
            block_hours=options.block_hours,
            shifts=_shifts(work, inputs.calendar),
        ),
    )
    notes = (*found.notes, tested.reason)
    return replace(found, space_time=tested.summary, calendar=_effects(history, inputs.calendar, work), notes=notes)


def _shifts(work: Work, calendar: pd.DataFrame) -> tuple[Shift, ...]:
    """Return the shifts of the calendar, or those of the settings where it names none."""
    stated = calendar[calendar["category"] == "shift"]
    return shifts_of_calendar(stated) if len(stated) else tuple(map(parse_shift, work.settings.times.shifts))


def _tested(connection: Connection, work: Work, history: TimedHistory, scoring_set: ScoringSet) -> SpaceTimeResult:
    """Test zone and time on the past, and add the rows to the ledger of the back-test."""
    options, hotspots = work.settings.times, work.settings.hotspots
    outline = force_outline(db.read.force_area(connection))
    chosen = db.results.read_backtests(connection, work.run_id)[str(scoring_set)].chosen
    months = range(work.month.index + 1 - options.test_months, work.month.index + 1)
    tested = space_time_backtest(
        history.events(outline),
        outline,
        candidate=candidate_named(chosen, half_life_months=hotspots.half_life_months),
        test_periods=months,
        window=options.window_months,
        rng=work.rng(f"zone and time {scoring_set}"),
        settings=SpaceTimeSettings(
            area_share=options.area_share,
            hour_share=options.hour_share,
            half_life=options.half_life_months,
            block_hours=options.block_hours if 24 % options.block_hours == 0 else 1,
        ),
        progress=work.progress,
    )
    db.space_time.write_space_time(
        connection, work.run_id, scoring_set=scoring_set, scope=SPACE_TIME, ledger=tested.ledger
    )
    return tested


def _effects(history: TimedHistory, calendar: pd.DataFrame, work: Work) -> pd.DataFrame:
    rows = history.rows
    return calendar_effects(
        rows["begins_at"].to_numpy(),
        rows["ends_at"].to_numpy(),
        calendar,
        patrol_codes=rows["patrol_code"].to_numpy(),
        first_month_index=int(rows["month_index"].min()),
        last_month_index=work.month.index,
    )


def _with_zones_of_all(found: list[RedTimesResult]) -> RedTimesResult:
    """Return the Red Times of the first scoring set, with those of the zones of the other sets."""
    first, *others = found
    known = [result for result in others if len(result.matrix)]
    if first.matrix.empty or not known:
        return first
    return replace(
        first,
        matrix=_with_zones("matrix", first, known),
        windows=_with_zones("windows", first, known),
        days=_with_zones("days", first, known),
    )


def _with_zones(name: str, first: RedTimesResult, others: list[RedTimesResult]) -> pd.DataFrame:
    tables = [getattr(result, name) for result in others]
    return pd.concat([getattr(first, name), *(table[table["scope"] == ZONE] for table in tables)], ignore_index=True)
