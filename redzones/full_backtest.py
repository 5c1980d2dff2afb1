"""
The full back-test: every candidate, every budget, moved points, and built-up ground beside the whole force.

The refresh tests a few candidates and chooses by them; this is the same harness with everything switched on, for
the analyst who asks how firm that choice is.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import db.backtests
import db.read
from db.backtests import LedgerIdentity
from domain.areas import GeographyKey
from domain.errors import SettingsError, SourceError
from domain.progress import Progress, no_progress
from hotspots.backtest import backtest
from hotspots.event_candidates import Nominations
from hotspots.location_error import JITTERS_M
from hotspots.trials import BUILT_UP, FORCE
from maps.backtest_views import backtest_view
from maps.pages import BacktestReport
from maps.render import render
from maps.site_assets import page_style
from redzones.backtest_inputs import PERIODS, BacktestInputs, dated_inputs, monthly_inputs, named_before
from redzones.place_inputs import patrol_capacity
from redzones.refresh import code_version

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Engine

    from domain.months import LocalMonth
    from hotspots.candidates import Candidate
    from hotspots.results import BacktestResult
    from redzones.settings import Settings

__all__ = ["ALL_BUDGETS", "FullBacktest", "full_backtest", "read_nominations", "write_backtests"]

#: Shares of the area that are flagged, beside what patrol can cover.
ALL_BUDGETS: tuple[float, ...] = (0.002, 0.005, 0.01, 0.02, 0.05)


@dataclass(frozen=True)
class FullBacktest:
    """
    A full back-test.

    Parameters
    ----------
    results
        A back-test for each scoring set.
    ledger_id
        Number under which the database keeps it.
    period
        What was forecast: `month`, `28-day block` or `week`.
    n_periods
        Periods asked for.
    """

    results: tuple[BacktestResult, ...]
    ledger_id: int
    period: str
    n_periods: int


def full_backtest(
    engine: Engine,
    settings: Settings,
    *,
    month: LocalMonth,
    test_months: int,
    period: str = "month",
    further: Sequence[Candidate] = (),
    progress: Progress = no_progress,
) -> FullBacktest:
    """
    Test all candidates on the last periods, for every scoring set of the settings, and keep the ledger.

    Nominations that are loaded are scored beside the rest, each for the periods that begin after its day.

    Parameters
    ----------
    engine
        Engine of an upgraded database.
    settings
        The force's settings.
    month
        Last test month; blocks of days end on its last day.
    test_months
        Number of periods to test.
    period
        `month`, `28-days` or `week`.
    further
        Candidates beside the usual ones, such as nominations from a file.
    progress
        Hears how many periods are done.

    Raises
    ------
    AnalysisError
        If there is no outline of the force, no incident in those months, or none with a day where days are asked for.
    SettingsError
        If the period is not one of those.
    """
    if period not in PERIODS:
        raise SettingsError(f"{period} is no period of a back-test", hint=f"Known are: {', '.join(PERIODS)}.")
    options = settings.hotspots
    with engine.begin() as connection:
        load_ids = tuple(db.read.live_load_ids(connection))
        force = db.read.force_area(connection)
        if PERIODS[period]:
            inputs = dated_inputs(
                connection, settings, load_ids=load_ids, month=month, length_days=PERIODS[period], force=force
            )
        else:
            inputs = monthly_inputs(connection, settings, load_ids=load_ids, month=month, n_periods=test_months)
        named = named_before(connection, load_ids, inputs, radius_m=options.zone_radius_m) if not further else ()
        units = db.read.areas(connection, GeographyKey.parse(settings.geography.patrol))["parent_code"].nunique()
        fingerprint = db.read.input_fingerprint(connection, load_ids)
    results = tuple(
        backtest(
            **inputs.tables,
            scoring_set=scoring_set,
            last_month_index=inputs.last_index,
            test_months=test_months,
            force=force,
            capacity=patrol_capacity(settings, n_units=units),
            radius_m=options.zone_radius_m,
            window_months=inputs.window,
            budgets=ALL_BUDGETS,
            candidates=(*inputs.candidates(settings, scoring_set), *named, *further),
            scopes=(FORCE, BUILT_UP),
            jitters_m=JITTERS_M,
            periods=inputs.periods,
            keep_origins=True,
            rng=_rng(settings.seed, f"backtest {scoring_set}"),
            progress=progress,
        )
        for scoring_set in options.scoring_sets
    )
    identity = _identity(settings, month, inputs, test_months, load_ids, fingerprint, further)
    with engine.begin() as connection:
        ledger_id = db.backtests.save_ledger(connection, identity, results)
    return FullBacktest(results, ledger_id, inputs.periods.noun, test_months)


def _identity(
    settings: Settings,
    month: LocalMonth,
    inputs: BacktestInputs,
    n_periods: int,
    load_ids: tuple[int, ...],
    input_fingerprint: str,
    further: Sequence[Candidate],
) -> LedgerIdentity:
    config, noun = settings.analysis_settings(), inputs.periods.noun
    asked = [str(month), noun, n_periods, [(c.name, c.setting) for c in further]]
    parts = json.dumps([asked, config, input_fingerprint, code_version()], sort_keys=True, default=str)
    return LedgerIdentity(
        fingerprint=hashlib.sha256(parts.encode()).hexdigest()[:12],
        last_day=month.shift(1).first_day - timedelta(days=1),
        period=noun,
        n_periods=n_periods,
        input_fingerprint=input_fingerprint,
        code_version=code_version(),
        seed=settings.seed,
        settings=config,
        load_ids=load_ids,
    )


def _rng(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, *hashlib.sha256(name.encode()).digest()[:8]])


def read_nominations(path: Path, *, radius_m: float) -> Nominations:
    """
    Read the places that inspectors name, best first: a CSV file with the columns `x` and `y`.

    Parameters
    ----------
    path
        The file; coordinates in metres in the analysis CRS.
    radius_m
        Radius of each place, metres.

    Raises
    ------
    SourceError
        If the file cannot be read, lacks a column, has no row, or holds something else than numbers.
    """
    try:
        table = pd.read_csv(path, usecols=["x", "y"], encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise SourceError(
            f"{path.name}: nominations cannot be read: {error}", hint="Write a CSV file with the columns x and y."
        ) from error
    places = table.apply(pd.to_numeric, errors="coerce")
    is_bad = places.isna().any(axis=1).to_numpy()
    if is_bad.any() or places.empty:
        where = f"row {int(is_bad.argmax()) + 2} has no whole pair of numbers" if is_bad.any() else "there is no row"
        raise SourceError(f"{path.name}: {where}", hint="Give x and y in metres in the analysis CRS, best place first.")
    return Nominations(places["x"].to_numpy(np.float64), places["y"].to_numpy(np.float64), radius_m)


def write_backtests(
    results: Sequence[BacktestResult], folder: Path, *, settings: Settings, facts: Sequence[tuple[str, str]] = ()
) -> tuple[Path, ...]:
    """
    Write the ledger and its averages as two CSV files, and both as a page with charts.

    Parameters
    ----------
    results
        Back-tests, one per scoring set.
    folder
        Where to; it is made if it is not there.
    settings
        Give the force's name, marking and words.
    facts
        What was tested, printed on the page: names and values.

    Returns
    -------
    tuple of Path
        `backtest_ledger.csv` (a row per candidate, month, budget, scope and jitter), `backtest_summary.csv` and
        `backtest.html`, which brings its style with it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "backtest_ledger.csv", folder / "backtest_summary.csv"
    for path, name in zip(paths, ("ledger", "summary"), strict=True):
        table = pd.concat([getattr(r, name).assign(scoring_set=r.scoring_set) for r in results], ignore_index=True)
        table.to_csv(path, index=False, float_format="%.6g", lineterminator="\n")
    labels = {str(name): label for name, label in settings.site.scoring_set_labels.items()}
    views = tuple(backtest_view(result, labels=labels) for result in results)
    title = f"Back-test, {settings.force.name}"
    report = BacktestReport(title, settings.site.marking, page_style(), tuple(facts), views)
    page = folder / "backtest.html"
    page.write_text(render("backtest_report.html.j2", report), encoding="utf-8")
    return *paths, page
