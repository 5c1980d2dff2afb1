"""
The ledger of a back-test: a row per candidate, period, budget, scope and jitter; its averages; and what follows.

A model is published only if it is clearly better than plain counts on the force's own past (DESIGN rule 2).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.candidates import Candidate
from hotspots.trials import FORCE, Found, Trial

__all__ = [
    "CAPACITY",
    "LEDGER_COLUMNS",
    "ORIGIN_COLUMNS",
    "SUMMARY_COLUMNS",
    "choose",
    "ledger_rows",
    "origin_rows",
    "paired_resamples",
    "summarise",
]

Floats = NDArray[np.float64]

#: Name of the budget that patrol can cover.
CAPACITY = "capacity"

_RESAMPLES = 2_000

LEDGER_COLUMNS = (
    "candidate", "setting", "month", "budget", "area_share", "n_events", "hits", "hit_rate", "pai", "pei", "rri",
    "scope", "jitter_m", "share_of_seen",
)  # fmt: skip

#: Columns of the figures by origin of the grid.
ORIGIN_COLUMNS = (
    "candidate", "setting", "month", "budget", "area_share", "n_events", "hits", "hit_rate", "pai", "scope", "jitter_m",
    "origin",
)  # fmt: skip

SUMMARY_COLUMNS = (
    "candidate", "setting", "budget", "area_share", "n_months", "n_events", "hit_rate", "hit_rate_lower",
    "hit_rate_upper", "pai", "pei", "rri", "gain_over_counts", "gain_lower", "gain_upper", "scope", "jitter_m",
    "share_of_seen",
)  # fmt: skip


def ledger_rows(  # noqa: PLR0913 - everything that a row has to record
    candidate: Candidate,
    trial: Trial,
    found: Found,
    *,
    scope: str,
    period: str,
    budgets: Sequence[str],
    jitters_m: Sequence[float],
    best: Floats,
    seen: Floats,
) -> list[dict[str, object]]:
    """
    Return the rows of one candidate in one trial.

    Parameters
    ----------
    candidate
        What ranked the ground.
    trial
        What was tested.
    found
        What the candidate found.
    scope, period
        Names of both.
    budgets, jitters_m
        Names of the budgets, and the jitters, metres.
    best, seen
        What the best choice of ground would have found (n*), and what a ranking by all incidents of all periods, this
        one too, finds; each of shape (n_jitters, n_budgets).
    """
    rows: list[dict[str, object]] = []
    for (j, jitter_m), (b, budget) in ((jit, bud) for jit in enumerate(jitters_m) for bud in enumerate(budgets)):
        hits, area_share = found.hits[j, b], trial.budget_m2[b] / trial.area_m2
        rate = hits / trial.n_events[j]
        rows.append(
            {
                "candidate": candidate.name,
                "setting": candidate.setting,
                "month": period,
                "budget": budget,
                "area_share": area_share,
                "n_events": round(trial.n_events[j]),
                "hits": hits,
                "hit_rate": rate,
                "pai": rate / area_share,
                "pei": hits / best[j, b] if best[j, b] > 0 else np.nan,
                "rri": found.promised[b] / rate if rate > 0 else np.nan,
                "scope": scope,
                "jitter_m": float(jitter_m),
                "share_of_seen": hits / seen[j, b] if seen[j, b] > 0 else np.nan,
            }
        )
    return rows


def origin_rows(
    candidate: Candidate,
    trial: Trial,
    found: Found,
    *,
    scope: str,
    period: str,
    budgets: Sequence[str],
    jitters_m: Sequence[float],
    origins: Sequence[str],
) -> list[dict[str, object]]:
    """
    Return what one candidate found in one trial for each origin of the grid: `ORIGIN_COLUMNS`.

    Parameters
    ----------
    candidate, trial, found
        What ranked the ground, what was tested, what was found.
    scope, period
        Names of both.
    budgets, jitters_m, origins
        Names of the budgets, jitters in metres, names of the origins.
    """
    every = ((o, j, b) for o in range(len(origins)) for j in range(len(jitters_m)) for b in range(len(budgets)))
    rows: list[dict[str, object]] = []
    for o, j, b in every:
        hits, area_share = found.hits_by_origin[o, j, b], trial.budget_m2[b] / trial.area_m2
        rate = hits / trial.n_events[j]
        figures = (round(trial.n_events[j]), hits, rate, rate / area_share, scope, float(jitters_m[j]), origins[o])
        row = (candidate.name, candidate.setting, period, budgets[b], area_share, *figures)
        rows.append(dict(zip(ORIGIN_COLUMNS, row, strict=True)))
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


def summarise(ledger: pd.DataFrame, naive: Sequence[str], *, rng: np.random.Generator) -> pd.DataFrame:
    """
    Average the ledger over periods, with intervals from the same resamples of periods for all.

    Parameters
    ----------
    ledger
        Rows of `ledger_rows`.
    naive
        Names of the plain counts; gains are over the best of them at that budget, scope and jitter.
    rng
        Draws the resamples.
    """
    rows: list[dict[str, object]] = []
    draws_by_scope = {
        str(scope): paired_resamples(part["month"].nunique(), n_resamples=_RESAMPLES, rng=rng)
        for scope, part in ledger.groupby("scope", sort=False)
    }
    for (scope, jitter_m, budget), part in ledger.groupby(["scope", "jitter_m", "budget"], sort=False):
        draws = draws_by_scope[str(scope)]
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
                    "n_months": draws.shape[1],
                    "n_events": int(of_candidate["n_events"].sum()),
                    "hit_rate": rate.mean(),
                    "hit_rate_lower": lower,
                    "hit_rate_upper": upper,
                    **{index: of_candidate[index].mean() for index in ("pai", "pei", "rri", "share_of_seen")},
                    **_gain(rate, baseline, draws),
                    "scope": scope,
                    "jitter_m": jitter_m,
                }
            )
    return pd.DataFrame(rows, columns=list(SUMMARY_COLUMNS))


def _gain(rate: Floats, baseline: Floats, draws: NDArray[np.int64]) -> dict[str, object]:
    if not baseline.any():
        return {"gain_over_counts": np.nan, "gain_lower": np.nan, "gain_upper": np.nan}
    resampled_baseline = baseline[draws].mean(axis=1)
    usable = resampled_baseline > 0
    gains = rate[draws].mean(axis=1)[usable] / resampled_baseline[usable] - 1
    lower, upper = np.quantile(gains, [0.025, 0.975])
    return {"gain_over_counts": rate.mean() / baseline.mean() - 1, "gain_lower": lower, "gain_upper": upper}


def choose(summary: pd.DataFrame, naive: Sequence[str], *, period: str = "month") -> tuple[str, str]:
    """
    Return the candidate that is published, and why in one sentence.

    Parameters
    ----------
    summary
        Table of `summarise`; what counts is the whole force at the capacity budget, incidents where they are written.
    naive
        Names of the plain counts.
    period
        What a test period is called.
    """
    is_asked = (summary["budget"] == CAPACITY) & (summary["scope"] == FORCE) & (summary["jitter_m"] == 0)
    at_capacity = summary[is_asked]
    is_naive = at_capacity["candidate"].isin(naive)
    counts = at_capacity[is_naive].sort_values("hit_rate", ascending=False, kind="stable").iloc[0]
    models = at_capacity[~is_naive].sort_values("gain_over_counts", ascending=False, kind="stable")
    better = models[models["gain_lower"] > 0]
    months = f"the last {counts['n_months']} {period}s tested"
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
