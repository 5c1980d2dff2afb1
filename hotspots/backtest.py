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
from domain.months import LocalMonth
from domain.progress import Progress, no_progress
from hotspots.accuracy import expected_hits_at_area
from hotspots.candidates import Candidate, standard_candidates
from hotspots.history import History, public_history, scored_rows
from hotspots.rasters import ForceRaster, block_sums, force_outline, force_raster, rasterise
from hotspots.results import BacktestResult
from hotspots.surface import SMOOTH_PIXEL_M, score_raster

__all__ = ["CELL_M", "NINE_ORIGINS", "backtest", "paired_resamples"]

Floats = NDArray[np.float64]

#: Side of the square cells, metres.
CELL_M = 250.0

#: How far the grid is moved east and north for each origin, metres.
NINE_ORIGINS: tuple[tuple[float, float], ...] = tuple((x, y) for y in (0.0, 100.0, 200.0) for x in (0.0, 100.0, 200.0))

_LEAST_HISTORY_MONTHS = 3
_RESAMPLES = 2_000
_CAPACITY = "capacity"
_TINY = np.finfo(np.float64).tiny

_LEDGER_COLUMNS = (
    "candidate", "setting", "month", "budget", "area_share", "n_events", "hits", "hit_rate", "pai", "pei", "rri",
)  # fmt: skip
_SUMMARY_COLUMNS = (
    "candidate", "setting", "budget", "area_share", "n_months", "n_events", "hit_rate", "hit_rate_lower",
    "hit_rate_upper", "pai", "pei", "rri", "gain_over_counts", "gain_lower", "gain_upper",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Ground:
    """The force as pixels, as cells of every origin, and the areas that may be flagged."""

    raster: ForceRaster
    shifts: tuple[tuple[int, int], ...]
    cell_areas: tuple[Floats, ...]
    budgets: Mapping[str, float]

    @property
    def area_m2(self) -> float:
        return float(self.raster.area_m2.sum())

    def cells(self, pixels: Floats) -> list[Floats]:
        """Return the sums of the cells for each origin."""
        return block_sums(pixels, size=round(CELL_M / self.raster.pixel_m), shifts=self.shifts)


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
        If the force has no area, the tables do not belong together, or there is no plain count among the candidates.

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
    months, notes = _test_months(history, last_month_index, test_months, window_months)
    if not months:
        # The last of the plain counts has the longest window: a short past is best read whole.
        reason = f"The past is too short for a back-test: plain counts are used ({naive[-1]}). {' '.join(notes)}"
        return BacktestResult(
            str(scoring_set), _frame([], _LEDGER_COLUMNS), _frame([], _SUMMARY_COLUMNS), naive[-1], reason
        )
    ground = _lay_ground(force, history, origins, _budget_areas(budgets, capacity, radius_m))
    ledger: list[dict[str, object]] = []
    for done, month in enumerate(months):
        progress("Back-testing", done, len(months))
        ledger += _month_rows(history.since(month - window_months), ground, compared, month)
    progress("Back-testing", len(months), len(months))
    frame = _frame(ledger, _LEDGER_COLUMNS)
    summary = _summarise(frame, naive, rng)
    chosen, reason = _choose(summary, naive)
    return BacktestResult(str(scoring_set), frame, summary, chosen, " ".join((reason, *notes)))


def _frame(rows: list[dict[str, object]], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns))


def _month_name(month_index: int) -> str:
    return str(LocalMonth(*divmod(month_index, 12)).shift(1))


def _test_months(
    history: History, last_month_index: int, test_months: int, window_months: int
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
        (short, f"fewer than {_LEAST_HISTORY_MONTHS} months of data before them"),
        (quiet, "no incident of the chosen kinds"),
    )
    return months, [
        f"{len(left_out)} of {len(wanted)} months are left out ({why}): {', '.join(map(_month_name, left_out))}."
        for left_out, why in reasons
        if left_out
    ]


def _budget_areas(budgets: Sequence[float], capacity: int, radius_m: float) -> dict[str, tuple[float, float]]:
    """Return by name of each budget its share of the force and its area beyond that, in m2."""
    named = {f"{budget * 100:g} %": (float(budget), 0.0) for budget in budgets}
    return {_CAPACITY: (0.0, capacity * np.pi * radius_m**2), **named}


def _lay_ground(
    force: gpd.GeoDataFrame,
    history: History,
    origins: Sequence[tuple[float, float]],
    budgets: Mapping[str, tuple[float, float]],
) -> _Ground:
    raster = force_raster(force_outline(force), pixel_m=SMOOTH_PIXEL_M, anchor_m=CELL_M)
    raster = raster.holding(history.x, history.y)
    shifts = tuple((round(north / SMOOTH_PIXEL_M), round(east / SMOOTH_PIXEL_M)) for east, north in origins)
    if any(
        s * SMOOTH_PIXEL_M != o
        for shift, (x, y) in zip(shifts, origins, strict=True)
        for s, o in zip(shift, (y, x), strict=True)
    ):
        raise AnalysisError(f"an origin of the grid is not a multiple of {SMOOTH_PIXEL_M:g} m")
    areas = tuple(block_sums(raster.area_m2, size=round(CELL_M / SMOOTH_PIXEL_M), shifts=shifts))
    total = float(raster.area_m2.sum())
    flagged = {name: min(share * total + area, total) for name, (share, area) in budgets.items()}
    return _Ground(raster, shifts, areas, flagged)


def _month_rows(
    history: History, ground: _Ground, candidates: Sequence[Candidate], month_index: int
) -> list[dict[str, object]]:
    past, present = history.before(month_index), history.only(month_index)
    events = ground.cells(rasterise(ground.raster, present.x, present.y, present.n_own))
    n_events = float(present.n_own.sum())
    (best, _) = _mean_hits(ground, events, events)
    rows: list[dict[str, object]] = []
    for candidate in candidates:
        score = candidate.score(past, ground.raster, month_index=month_index)
        hits, promised = _mean_hits(ground, ground.cells(score_raster(score, past, ground.raster)), events)
        rows += _candidate_rows(candidate, month_index, ground, n_events, hits, best, promised)
    return rows


def _mean_hits(ground: _Ground, scores: Sequence[Floats], events: Sequence[Floats]) -> Floats:
    """Return the expected events, and the share of the score, at each budget: the means over the origins."""
    budget_areas = np.array(list(ground.budgets.values()))
    by_origin = [
        expected_hits_at_area(score, area, np.stack([event, score / max(score.sum(), _TINY)]), budget_areas)
        for score, area, event in zip(scores, ground.cell_areas, events, strict=True)
    ]
    return np.asarray(np.mean(by_origin, axis=0), dtype=np.float64)


def _candidate_rows(
    candidate: Candidate,
    month_index: int,
    ground: _Ground,
    n_events: float,
    hits: Floats,
    best: Floats,
    promised: Floats,
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for i, (budget, area) in enumerate(ground.budgets.items()):
        rate, area_share = hits[i] / n_events, area / ground.area_m2
        rows.append(
            {
                "candidate": candidate.name,
                "setting": candidate.setting,
                "month": _month_name(month_index),
                "budget": budget,
                "area_share": area_share,
                "n_events": int(n_events),
                "hits": hits[i],
                "hit_rate": rate,
                "pai": rate / area_share,
                "pei": hits[i] / best[i],
                "rri": promised[i] / rate if rate > 0 else np.nan,
            }
        )
    return rows


def paired_resamples(n_periods: int, *, n_resamples: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """
    Return which periods each resample draws, with replacement, to be used for every candidate alike.

    Parameters
    ----------
    n_periods
        Number of test periods.
    n_resamples
        Number of resamples.
    rng
        Source of randomness.

    Returns
    -------
    array of shape (n_resamples, n_periods)
        Positions of periods.
    """
    return rng.integers(0, n_periods, size=(n_resamples, n_periods))


def _summarise(ledger: pd.DataFrame, naive: Sequence[str], rng: np.random.Generator) -> pd.DataFrame:
    """Average the ledger over months, with intervals from the same resamples of months for all."""
    n_months = ledger["month"].nunique()
    draws = paired_resamples(n_months, n_resamples=_RESAMPLES, rng=rng)
    rows: list[dict[str, object]] = []
    for budget, part in ledger.groupby("budget", sort=False):
        rates = part.pivot_table(index="month", columns="candidate", values="hit_rate", sort=False).sort_index()
        counts = rates[list(naive)]
        baseline = counts[counts.mean().idxmax()].to_numpy()
        for candidate, of_candidate in part.groupby("candidate", sort=False):
            rate = rates[candidate].to_numpy()
            lower, upper = np.quantile(rate[draws].mean(axis=1), [0.025, 0.975])
            rows.append(
                {
                    "candidate": candidate,
                    "setting": of_candidate["setting"].iloc[0],
                    "budget": budget,
                    "area_share": of_candidate["area_share"].iloc[0],
                    "n_months": n_months,
                    "n_events": int(of_candidate["n_events"].sum()),
                    "hit_rate": rate.mean(),
                    "hit_rate_lower": lower,
                    "hit_rate_upper": upper,
                    **{index: of_candidate[index].mean() for index in ("pai", "pei", "rri")},
                    **_gain(rate, baseline, draws),
                }
            )
    return _frame(rows, _SUMMARY_COLUMNS)


def _gain(rate: Floats, baseline: Floats, draws: NDArray[np.int64]) -> dict[str, object]:
    if not baseline.any():
        return {"gain_over_counts": np.nan, "gain_lower": np.nan, "gain_upper": np.nan}
    resampled_baseline = baseline[draws].mean(axis=1)
    usable = resampled_baseline > 0
    gains = rate[draws].mean(axis=1)[usable] / resampled_baseline[usable] - 1
    lower, upper = np.quantile(gains, [0.025, 0.975])
    return {"gain_over_counts": rate.mean() / baseline.mean() - 1, "gain_lower": lower, "gain_upper": upper}


def _choose(summary: pd.DataFrame, naive: Sequence[str]) -> tuple[str, str]:
    """Return the candidate that is published, and why."""
    at_capacity = summary[summary["budget"] == _CAPACITY]
    is_naive = at_capacity["candidate"].isin(naive)
    counts = at_capacity[is_naive].sort_values("hit_rate", ascending=False, kind="stable").iloc[0]
    models = at_capacity[~is_naive].sort_values("gain_over_counts", ascending=False, kind="stable")
    better = models[models["gain_lower"] > 0]
    months = f"the last {counts['n_months']} months tested"
    if len(better):
        best = better.iloc[0]
        return str(best["candidate"]), (
            f"On {months}, {best['candidate']} found {_percent(best['gain_over_counts'])} more incidents than the best "
            f"plain count ({counts['candidate']}) on the ground that patrol can cover (95 % interval "
            f"{_percent(best['gain_lower'])} to {_percent(best['gain_upper'])})."
        )
    if models.empty:
        return str(counts["candidate"]), f"No model was tested: plain counts are used ({counts['candidate']})."
    best = models.iloc[0]
    return str(counts["candidate"]), (
        f"On {months}, no model was clearly better than the best plain count on the ground that patrol can cover "
        f"({best['candidate']}: {_percent(best['gain_over_counts'])}, 95 % interval {_percent(best['gain_lower'])} to "
        f"{_percent(best['gain_upper'])}): plain counts are used ({counts['candidate']})."
    )


def _percent(share: float) -> str:
    return f"{share * 100:+.1f} %"
