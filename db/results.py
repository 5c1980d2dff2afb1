"""What a run computed, written to its tables and read back as the very same frozen results."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection, delete, insert, select

from db import models
from db.result_frames import clear_rows, frame_as_json, frame_from_json, read_rows, write_rows
from db.run_tables import read_tables, words_by_kind, words_table, write_tables
from db.segment_records import TABLES_OF_SEGMENTATION, origin_as_json, origin_from_json
from db.zones import previous_zones, read_zones, write_zones
from domain.incidents import ScoringSet
from hotspots.results import BacktestResult, RedTimesResult
from profiles.results import MetricDefinition, ProfileResult
from segmentation.results import SegmentationResult

__all__ = [
    "previous_zones",
    "read_backtests",
    "read_profiles",
    "read_red_times",
    "read_segments",
    "read_zones",
    "write_backtest",
    "write_profiles",
    "write_red_times",
    "write_segments",
    "write_zones",
]

_RED_TIMES = "red times"
_TABLES_OF_RED_TIMES = ("days", "calendar", "space_time")


def write_profiles(connection: Connection, run_id: int, result: ProfileResult) -> None:
    """Write the profiles of a run, in place of what an earlier attempt wrote."""
    clear_rows(connection, run_id, models.profile_metric, models.profile_definition)
    definitions = pd.DataFrame(
        [{name: getattr(d, name) for name in d.__dataclass_fields__} for d in result.definitions],
        columns=list(MetricDefinition.__dataclass_fields__),
    )
    write_rows(connection, run_id, models.profile_definition, definitions)
    write_rows(connection, run_id, models.profile_metric, result.metrics)


def read_profiles(connection: Connection, run_id: int) -> ProfileResult | None:
    """Return the profiles of a run, or None where they are not computed."""
    definitions = read_rows(connection, run_id, models.profile_definition)
    if definitions.empty:
        return None
    metrics = read_rows(connection, run_id, models.profile_metric)
    return ProfileResult(
        metrics, tuple(MetricDefinition(*row) for row in definitions.itertuples(index=False, name=None))
    )


def write_segments(connection: Connection, run_id: int, result: SegmentationResult) -> None:
    """Write the segments of a run, in place of what an earlier attempt wrote."""
    clear_rows(connection, run_id, models.segment, models.segment_membership, models.segmentation)
    write_rows(connection, run_id, models.segment, result.segments)
    write_rows(connection, run_id, models.segment_membership, result.membership)
    tables = {name: frame_as_json(getattr(result, name)) for name in TABLES_OF_SEGMENTATION}
    origin = origin_as_json(result.origin)
    connection.execute(insert(models.segmentation).values(run_id=run_id, reason=result.reason, origin=origin, **tables))


def read_segments(connection: Connection, run_id: int) -> SegmentationResult | None:
    """Return the segments of a run, or None where there are none."""
    row = connection.execute(
        select(models.segmentation).where(models.segmentation.c.run_id == run_id)
    ).mappings().first()  # fmt: skip
    if row is None:
        return None
    return SegmentationResult(
        segments=read_rows(connection, run_id, models.segment),
        membership=read_rows(connection, run_id, models.segment_membership),
        reason=row["reason"],
        origin=origin_from_json(row["origin"]),
        **{name: frame_from_json(row[name]) for name in TABLES_OF_SEGMENTATION if row[name] is not None},
    )


def write_backtest(connection: Connection, run_id: int, result: BacktestResult) -> None:
    """Write the back-test of one scoring set of a run, in place of what an earlier attempt wrote."""
    scoring_set = str(result.scoring_set)
    for table in (models.forecast_score, models.backtest):
        connection.execute(delete(table).where(table.c.run_id == run_id, table.c.scoring_set == scoring_set))
    write_rows(connection, run_id, models.forecast_score, result.ledger.assign(scoring_set=scoring_set))
    values = {"chosen": result.chosen, "reason": result.reason, "summary": frame_as_json(result.summary)}
    connection.execute(insert(models.backtest).values(run_id=run_id, scoring_set=scoring_set, **values))


def read_backtests(connection: Connection, run_id: int) -> dict[str, BacktestResult]:
    """Return the back-tests of a run by scoring set, in the order of `ScoringSet`."""
    table, scores = models.backtest, models.forecast_score
    rows = connection.execute(select(table).where(table.c.run_id == run_id)).mappings()
    by_set = {row["scoring_set"]: row for row in rows}
    found = {}
    for name in ScoringSet:
        if name in by_set:
            ledger = read_rows(connection, run_id, scores, scores.c.scoring_set == str(name)).drop(
                columns="scoring_set"
            )
            row = by_set[name]
            found[str(name)] = BacktestResult(
                str(name), ledger, frame_from_json(row["summary"]), row["chosen"], row["reason"]
            )
    return found


def write_red_times(connection: Connection, run_id: int, result: RedTimesResult) -> None:
    """Write the Red Times of a run, in place of what an earlier attempt wrote."""
    clear_rows(connection, run_id, models.red_time, models.red_time_window, models.red_time_summary)
    write_rows(connection, run_id, models.red_time, result.matrix)
    write_rows(connection, run_id, models.red_time_window, result.windows)
    values = {"state": str(result.state), "reason": result.reason}
    counts = {"n_timed": result.n_timed, "n_untimed": result.n_untimed}
    connection.execute(insert(models.red_time_summary).values(run_id=run_id, **values, **counts))
    tables = {name: getattr(result, name) for name in _TABLES_OF_RED_TIMES}
    tables["words"] = words_table({"shift": result.shifts, "note": result.notes, "pool": result.pool})
    write_tables(connection, run_id, _RED_TIMES, tables)


def read_red_times(connection: Connection, run_id: int) -> RedTimesResult | None:
    """Return the Red Times of a run, or None where they are not computed."""
    table = models.red_time_summary
    row = connection.execute(select(table).where(table.c.run_id == run_id)).mappings().first()
    if row is None:
        return None
    matrix, windows = (
        read_rows(connection, run_id, models.red_time),
        read_rows(connection, run_id, models.red_time_window),
    )
    tables = read_tables(connection, run_id, _RED_TIMES)
    return RedTimesResult(
        state=row["state"],
        reason=row["reason"],
        matrix=matrix,
        windows=windows,
        n_timed=row["n_timed"],
        n_untimed=row["n_untimed"],
        **{name: tables.get(name, pd.DataFrame()) for name in _TABLES_OF_RED_TIMES},
        shifts=words_by_kind(tables, "shift"),
        notes=words_by_kind(tables, "note"),
        pool=(words_by_kind(tables, "pool") or ("",))[0],
    )
