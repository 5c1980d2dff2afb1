"""
The back-test: how each candidate would have done on this force's own past (METHODS 7 and 9).

Every test month is forecast from earlier months only. Ground is flagged on square cells of 250 m whose border cells
count with the area that lies in the force; hits are the mean over nine positions of the grid, since the position alone
moves them by several per cent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.errors import AnalysisError
from domain.incidents import ScoringSet
from domain.progress import Progress, no_progress
from hotspots.candidates import Candidate, standard_candidates
from hotspots.history import History, public_history, scored_rows
from hotspots.ledger import (
    CAPACITY,
    LEDGER_COLUMNS,
    ORIGIN_COLUMNS,
    SUMMARY_COLUMNS,
    choose,
    ledger_rows,
    origin_rows,
    summarise,
)
from hotspots.periods import MONTHS, Periods
from hotspots.rasters import force_outline, rasterise
from hotspots.results import BacktestResult
from hotspots.seasons import LEAST_MONTHS, SameSeason
from hotspots.surface import score_raster
from hotspots.trials import FORCE, NINE_ORIGINS, Ground, lay_ground, make_trials

__all__ = ["backtest"]

Floats = NDArray[np.float64]

_LEAST_HISTORY_MONTHS = 3


def backtest(  # noqa: PLR0913 - the tables, and everything that a ledger has to record
    places: pd.DataFrame,
    place_counts: pd.DataFrame,
    kinds: pd.DataFrame,
    *,
    scoring_set: ScoringSet,
    last_month_index: int,
    test_months: int,
    force: gpd.GeoDataFrame,
    capacity: int,
    radius_m: float,
    rng: np.random.Generator,
    window_months: int = 12,
    origins: Sequence[tuple[float, float]] = NINE_ORIGINS,
    budgets: Sequence[float] = (0.01, 0.02, 0.05),
    candidates: Sequence[Candidate] | None = None,
    scopes: Sequence[str] = (FORCE,),
    jitters_m: Sequence[float] = (0.0,),
    jitter_draws: int = 3,
    periods: Periods = MONTHS,
    keep_origins: bool = False,
    progress: Progress = no_progress,
) -> BacktestResult:
    """
    Forecast each of the last months from the months before it, with every candidate, and compare.

    Parameters
    ----------
    places, place_counts, kinds
        Tables `PLACES`, `PLACE_COUNTS` and `KINDS` of `domain.schemas`; coordinates in metres in the analysis CRS.
    scoring_set
        Which categories are forecast, and counted as hits.
    last_month_index
        Last test month.
    test_months
        Number of months to test, ending there.
    force
        Outline of the force in the analysis CRS.
    capacity, radius_m
        Number of zones that patrol can cover and their radius: the area of so many discs is one of the budgets.
    rng
        Draws the resamples of months.
    window_months
        Months before a test month that a forecast reads: the same window as that of the zones, so that what is tested
        is what is published.
    origins
        How far the grid is moved east and north, metres, whole multiples of 50.
    budgets
        Shares of the force's area to flag.
    candidates
        What is compared; the standard candidates by default.
    scopes
        `force`, and `built-up`: the pixels within 250 m of a public-reported incident of any kind in the months read,
        with shares and incidents of that ground only.
    jitters_m
        Standard deviations by which the test incidents are moved, metres; 0 has to be among them.
    jitter_draws
        Draws over which a jitter above 0 is averaged.
    periods
        What `month_index` and every "month" here counts: calendar months, or `DayBlocks(...).periods`.
    keep_origins
        Whether what was found at each origin of the grid is kept beside the mean.
    progress
        Hears how many test months are done.

    Returns
    -------
    BacktestResult
        An empty ledger with the reason where the past is too short. A model is chosen only if, at the capacity budget,
        the lower end of its paired 95 per cent interval of gain over the best window of prior counts is above zero;
        of several such models the one that gains most; otherwise that window of prior counts (DESIGN rule 2).

    Raises
    ------
    SchemaError
        If a table does not have its agreed columns.
    AnalysisError
        If the force has no area, the tables do not belong together, there is no plain count among the candidates, or
        nothing is tested on the whole force with incidents where they are written.

    Notes
    -----
    The gain of a candidate is `mean(hit rate) / mean(hit rate of counts) - 1` over test months; its interval comes
    from 2,000 resamples of months, the same months for both, so that a hard month is hard for both.
    """
    rows = scored_rows(places, place_counts, kinds, scoring_set=scoring_set)
    history = public_history(rows, last_month_index=last_month_index)
    compared = tuple(candidates if candidates is not None else standard_candidates())
    naive = [candidate.name for candidate in compared if candidate.is_naive]
    if not naive:
        raise AnalysisError("a back-test needs a plain count among its candidates, to compare the others with")
    if FORCE not in scopes or 0.0 not in jitters_m:
        raise AnalysisError("a back-test needs the whole force, and the incidents where they are written (jitter 0)")
    months, notes = _test_months(history, last_month_index, test_months, window_months, periods)
    if not months:
        # The last of the plain counts has the longest window: a short past is best read whole.
        reason = f"The past is too short for a back-test: plain counts are used ({naive[-1]}). {' '.join(notes)}"
        return BacktestResult(str(scoring_set), _empty(LEDGER_COLUMNS), _empty(SUMMARY_COLUMNS), naive[-1], reason)
    compared, untried = _with_enough_history(compared, history, months[0], periods)
    notes += untried
    ground = lay_ground(force_outline(force), history, origins)
    design = _Design(
        ground,
        compared,
        _budget_areas(budgets, capacity, radius_m),
        tuple(scopes),
        tuple(float(jitter) for jitter in jitters_m),
        jitter_draws,
        periods,
        _all_seen(history.since(months[0] - window_months), ground),
        tuple(f"{east:g} m east, {north:g} m north" for east, north in origins) if keep_origins else (),
    )
    ledger: list[dict[str, object]] = []
    by_origin: list[dict[str, object]] = []
    for done, month in enumerate(months):
        progress("Back-testing", done, len(months))
        of_month, of_origins = design.rows(history.window(month - window_months), month, rng)
        ledger += of_month
        by_origin += of_origins
    progress("Back-testing", len(months), len(months))
    frame = pd.DataFrame(ledger, columns=list(LEDGER_COLUMNS))
    summary = summarise(frame, naive, rng=rng)
    chosen, reason = choose(summary, naive, period=periods.noun)
    found = pd.DataFrame(by_origin, columns=list(ORIGIN_COLUMNS))
    return BacktestResult(str(scoring_set), frame, summary, chosen, " ".join((reason, *notes)), found)


def _empty(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame([], columns=list(columns))


def _all_seen(history: History, ground: Ground) -> Floats:
    """Return the incidents of every period read or tested, as pixels: what a ranking that has seen it all goes by."""
    return rasterise(ground.raster, history.x, history.y, history.n_own)


def _test_months(
    history: History, last_month_index: int, test_months: int, window_months: int, periods: Periods
) -> tuple[list[int], list[str]]:
    """Return the months that can be tested, and a sentence for each reason why others cannot."""
    wanted = [int(m) for m in range(last_month_index - test_months + 1, last_month_index + 1)]
    months, no_data, short, quiet = [], [], [], []
    for month in wanted:
        if month not in history.months:
            no_data.append(month)
        elif len(history.before(month).since(month - window_months).months) < min(_LEAST_HISTORY_MONTHS, window_months):
            short.append(month)
        elif not history.only(month).n_own.any():
            quiet.append(month)
        else:
            months.append(month)
    reasons = (
        (no_data, "no data"),
        (short, f"fewer than {_LEAST_HISTORY_MONTHS} {periods.noun}s of data before them"),
        (quiet, "no incident of the chosen kinds"),
    )
    return months, [
        f"{len(left_out)} of {len(wanted)} {periods.noun}s are left out ({why}): "
        f"{', '.join(map(periods.name, left_out))}."
        for left_out, why in reasons
        if left_out
    ]


def _with_enough_history(
    candidates: tuple[Candidate, ...], history: History, first_month: int, periods: Periods
) -> tuple[tuple[Candidate, ...], list[str]]:
    """Return the candidates that can forecast every test month, and a sentence for each that cannot."""
    n = len(history.before(first_month).months)
    if n >= LEAST_MONTHS:
        return candidates, []
    untried = [candidate.name for candidate in candidates if isinstance(candidate, SameSeason)]
    tried = tuple(candidate for candidate in candidates if candidate.name not in untried)
    before = f"before {periods.name(first_month)}, the first that is tested"
    return tried, [
        f"Not tried: {name}, which needs {LEAST_MONTHS} {periods.noun}s {before}; there are {n}." for name in untried
    ]


def _budget_areas(budgets: Sequence[float], capacity: int, radius_m: float) -> dict[str, tuple[float, float]]:
    """Return by name of each budget its share of the ground and its area beyond that, in m2."""
    named = {f"{budget * 100:g} %": (float(budget), 0.0) for budget in budgets}
    return {CAPACITY: (0.0, capacity * np.pi * radius_m**2), **named}


@dataclass(frozen=True, slots=True)
class _Design:
    """What stays the same from one test period to the next."""

    ground: Ground
    candidates: tuple[Candidate, ...]
    budgets: Mapping[str, tuple[float, float]]
    scopes: tuple[str, ...]
    jitters_m: tuple[float, ...]
    n_draws: int
    periods: Periods
    everything_seen: Floats
    origins: tuple[str, ...]

    def rows(
        self, history: History, month_index: int, rng: np.random.Generator
    ) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
        """Return the rows of one test period, and those of each origin of the grid."""
        past = history.before(month_index)
        trials = make_trials(
            self.ground,
            past,
            history.only(month_index),
            scopes=self.scopes,
            budgets=self.budgets,
            jitters_m=self.jitters_m,
            n_draws=self.n_draws,
            rng=rng,
        )
        bounds = {scope: (t.of_best(), t.of_score(self.everything_seen).hits) for scope, t in trials.items()}
        rows: list[dict[str, object]] = []
        by_origin: list[dict[str, object]] = []
        for candidate in self.candidates:
            score = candidate.score(past, self.ground.raster, month_index=month_index)
            pixels = score_raster(score, past, self.ground.raster)
            for scope, trial in trials.items():
                best, seen = bounds[scope]
                found = trial.of_score(pixels)
                budgets, period = tuple(self.budgets), self.periods.name(month_index)
                rows += ledger_rows(
                    candidate,
                    trial,
                    found,
                    scope=scope,
                    period=period,
                    budgets=budgets,
                    jitters_m=self.jitters_m,
                    best=best,
                    seen=seen,
                )
                by_origin += origin_rows(
                    candidate,
                    trial,
                    found,
                    scope=scope,
                    period=period,
                    budgets=budgets,
                    jitters_m=self.jitters_m,
                    origins=self.origins,
                )
        return rows, by_origin
