"""
The full back-test: every candidate, every budget, moved points, and built-up ground beside the whole force.

The refresh tests a few candidates and chooses by them; this is the same harness with everything switched on, for
the analyst who asks how firm that choice is.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import db.read
from domain.areas import GeographyKey
from domain.errors import AnalysisError, SourceError
from domain.progress import Progress, no_progress
from hotspots.backtest import backtest
from hotspots.candidates import standard_candidates
from hotspots.cell_candidates import GammaPoisson, PoissonBoosting
from hotspots.event_candidates import Nominations
from hotspots.location_error import JITTERS_M
from hotspots.trials import BUILT_UP, FORCE
from maps.backtest_views import backtest_view
from maps.pages import BacktestReport
from maps.render import render
from maps.site_assets import page_style
from redzones.place_inputs import patrol_capacity, place_inputs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Engine

    from domain.months import LocalMonth
    from hotspots.candidates import Candidate
    from hotspots.results import BacktestResult
    from redzones.settings import Settings

__all__ = ["ALL_BUDGETS", "full_backtest", "read_nominations", "write_backtests"]

#: Shares of the area that are flagged, beside what patrol can cover.
ALL_BUDGETS: tuple[float, ...] = (0.002, 0.005, 0.01, 0.02, 0.05)


def full_backtest(
    engine: Engine,
    settings: Settings,
    *,
    month: LocalMonth,
    test_months: int,
    further: Sequence[Candidate] = (),
    progress: Progress = no_progress,
) -> tuple[BacktestResult, ...]:
    """
    Test all candidates on the last months, for every scoring set of the settings.

    Parameters
    ----------
    engine
        Engine of an upgraded database.
    settings
        The force's settings.
    month
        Last test month.
    test_months
        Number of months to test.
    further
        Candidates beside the usual ones, such as inspectors' nominations.
    progress
        Hears how many test months are done.

    Raises
    ------
    AnalysisError
        If there is no outline of the force, or no incident in those months.
    """
    options = settings.hotspots
    with engine.begin() as connection:
        first = month.shift(1 - test_months - options.window_months)
        load_ids = tuple(db.read.live_load_ids(connection))
        inputs = place_inputs(connection, settings, load_ids=load_ids, first=first, last=month)
        force = db.read.force_area(connection)
        units = db.read.areas(connection, GeographyKey.parse(settings.geography.patrol))["parent_code"].nunique()
    if inputs["place_counts"].empty:
        raise AnalysisError(
            f"no counted incidents from {first} to {month} are loaded", hint="redzones load incidents FILE"
        )
    return tuple(
        backtest(
            **inputs,
            scoring_set=scoring_set,
            last_month_index=month.index,
            test_months=test_months,
            force=force,
            capacity=patrol_capacity(settings, n_units=units),
            radius_m=options.zone_radius_m,
            window_months=options.window_months,
            budgets=ALL_BUDGETS,
            candidates=(
                *standard_candidates(half_life_months=options.half_life_months),
                GammaPoisson(half_life_months=options.half_life_months),
                PoissonBoosting(half_life_months=options.half_life_months),
                *further,
            ),
            scopes=(FORCE, BUILT_UP),
            jitters_m=JITTERS_M,
            rng=_rng(settings.seed, f"backtest {scoring_set}"),
            progress=progress,
        )
        for scoring_set in options.scoring_sets
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
