"""The ledger of zone and time: what each way of choosing hours found, its averages, and which pool predicts better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.areas import FigureState
from hotspots.ledger import paired_resamples

__all__ = [
    "EQUAL",
    "FLEXIBLE",
    "FORCE_HOURS",
    "OWN_HOURS",
    "SPACE_TIME",
    "SPACE_TIME_COLUMNS",
    "SPACE_TIME_SUMMARY_COLUMNS",
    "PoolChoice",
    "SpaceTimeResult",
    "pool_candidate",
    "space_time_result",
]

Floats = NDArray[np.float64]

#: Scope of these rows in the back-test ledger.
SPACE_TIME = "force by hour"

#: How hours are spread over zones.
EQUAL, FLEXIBLE = "equal hours", "flexible hours"

#: The plain ways of telling hours, which any other has to beat.
FORCE_HOURS, OWN_HOURS = "the force's hours", "the zone's own counts"
_NAIVE = (FORCE_HOURS, OWN_HOURS)

_POOL_PREFIX = "zone hours, shrunk to the "
_RESAMPLES = 2_000
_LEAST_PERIODS = 3

SPACE_TIME_COLUMNS = (
    "candidate", "setting", "month", "budget", "area_share", "n_events", "hits", "hit_rate", "pai", "pei", "rri",
    "scope", "jitter_m", "share_of_seen", "selection", "hour_share", "pai_st", "n_flagged", "log_sum",
)  # fmt: skip
SPACE_TIME_SUMMARY_COLUMNS = (
    "candidate", "selection", "n_months", "n_events", "hit_rate", "hit_rate_lower", "hit_rate_upper", "pai_st",
    "pai_st_lower", "pai_st_upper", "gain_over_force_hours", "gain_lower", "gain_upper", "information",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PoolChoice:
    """
    Which pool thin places borrow their hours from, and what that rests on.

    Parameters
    ----------
    pool
        `district` or `environment`.
    use_zone_hours
        Whether shrunk hours predicted better than the force's usual hours, beyond chance; where nothing could be
        tested they are used, and the reason says that they are untested.
    reason
        Sentences for the page.
    """

    pool: str
    use_zone_hours: bool
    reason: str


@dataclass(frozen=True, slots=True)
class SpaceTimeResult:
    """
    How every way of choosing hours did on the past.

    Parameters
    ----------
    state
        `ok`, or `cannot_tell` where fewer than three periods could be tested.
    reason
        Sentences for the page.
    ledger
        Columns `SPACE_TIME_COLUMNS`: those of the back-test ledger, and `selection` (equal or flexible hours),
        `hour_share`, `pai_st`, `n_flagged` (incidents on the flagged ground), `log_sum` (their summed log share
        against an even week).
    summary
        Columns `SPACE_TIME_SUMMARY_COLUMNS`, a row per candidate and selection; `information` is the mean log share of
        an incident against an even week, in nats.
    choice
        The pool.
    """

    state: str
    reason: str
    ledger: pd.DataFrame
    summary: pd.DataFrame
    choice: PoolChoice


def pool_candidate(pool: str) -> str:
    """Return the name in the ledger of zone hours that are shrunk to a pool."""
    return f"{_POOL_PREFIX}{pool}"


def space_time_result(
    rows: Sequence[Mapping[str, object]],
    *,
    setting: str,
    area_share: float,
    hour_share: float,
    period: str,
    rng: np.random.Generator,
) -> SpaceTimeResult:
    """
    Average the rows over periods, with the same resamples of periods for all, and choose the pool.

    Parameters
    ----------
    rows
        `candidate`, `month`, `selection`, `n_events`, `hits`, `n_flagged`, `log_sum`.
    setting
        The constants, in words.
    area_share, hour_share
        The budget.
    period
        What a period is called.
    rng
        Draws the resamples.

    Returns
    -------
    SpaceTimeResult
        `PAI_st = (n / N) / ((a t) / (A T))`. Gains are over the force's usual hours on the same ground.
    """
    ledger = _ledger(pd.DataFrame(rows), setting, area_share, hour_share)
    n_periods = ledger["month"].nunique()
    if n_periods < _LEAST_PERIODS:
        words = f"Only {n_periods} {period}s" if n_periods else f"No {period}"
        reason = f"{words} could be tested, so it cannot be told how well hours of the week predict."
        untested = f"{reason} Hours are shrunk to the policing unit's and the force's, untested."
        empty = pd.DataFrame(columns=list(SPACE_TIME_SUMMARY_COLUMNS))
        choice = PoolChoice("district", use_zone_hours=True, reason=untested)
        return SpaceTimeResult(FigureState.CANNOT_TELL.value, reason, ledger, empty, choice)
    draws = paired_resamples(n_periods, n_resamples=_RESAMPLES, rng=rng)
    summary = _summary(ledger, draws, area_share * hour_share)
    choice = _choose(ledger, draws, period)
    return SpaceTimeResult(FigureState.OK.value, _sentence(summary, period), ledger, summary, choice)


def _ledger(rows: pd.DataFrame, setting: str, area_share: float, hour_share: float) -> pd.DataFrame:
    if rows.empty:
        return pd.DataFrame(columns=list(SPACE_TIME_COLUMNS))
    rate = rows["hits"] / rows["n_events"]
    return rows.assign(
        setting=setting,
        budget=f"{100 * area_share:g} % of area, {100 * hour_share:g} % of hours, " + rows["selection"],
        area_share=area_share,
        hit_rate=rate,
        pai=np.nan,
        pei=np.nan,
        rri=np.nan,
        scope=SPACE_TIME,
        jitter_m=0.0,
        share_of_seen=np.nan,
        hour_share=hour_share,
        pai_st=rate / (area_share * hour_share),
    )[list(SPACE_TIME_COLUMNS)]


def _summary(ledger: pd.DataFrame, draws: NDArray[np.int64], budget: float) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for selection, part in ledger.groupby("selection", sort=False):
        rates = part.pivot_table(index="month", columns="candidate", values="hit_rate", sort=False)
        usual = rates[FORCE_HOURS].to_numpy()
        for candidate, of_candidate in part.groupby("candidate", sort=False):
            rate = rates[candidate].to_numpy()
            lower, upper = np.quantile(rate[draws].mean(axis=1), [0.025, 0.975])
            rows.append(
                {
                    "candidate": candidate,
                    "selection": selection,
                    "n_months": len(rate),
                    "n_events": int(of_candidate["n_events"].sum()),
                    "hit_rate": rate.mean(),
                    "hit_rate_lower": lower,
                    "hit_rate_upper": upper,
                    "pai_st": rate.mean() / budget,
                    "pai_st_lower": lower / budget,
                    "pai_st_upper": upper / budget,
                    **_gain(rate, usual, draws),
                    "information": _ratio(of_candidate["log_sum"].sum(), of_candidate["n_flagged"].sum()),
                }
            )
    return pd.DataFrame(rows, columns=list(SPACE_TIME_SUMMARY_COLUMNS))


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0 else np.nan


def _gain(rate: Floats, usual: Floats, draws: NDArray[np.int64]) -> dict[str, float]:
    names = ("gain_over_force_hours", "gain_lower", "gain_upper")
    baseline = usual[draws].mean(axis=1)
    if not usual.any() or not (baseline > 0).any():
        return dict.fromkeys(names, np.nan)
    gains = rate[draws].mean(axis=1)[baseline > 0] / baseline[baseline > 0] - 1
    return dict(zip(names, (rate.mean() / usual.mean() - 1, *np.quantile(gains, [0.025, 0.975])), strict=True))


def _choose(ledger: pd.DataFrame, draws: NDArray[np.int64], period: str) -> PoolChoice:
    """Choose the pool by the information that its hours give per incident, which no budget decides."""
    part = ledger[ledger["selection"] == EQUAL]
    told = part.pivot_table(index="month", columns="candidate", values="log_sum", sort=False)
    n = part.groupby("month", sort=False)["n_flagged"].first().loc[told.index].to_numpy()
    pools = [name for name in told.columns if name not in _NAIVE]
    if not pools:
        return PoolChoice("district", use_zone_hours=False, reason="No pool of hours was tested.")
    sums = told.sum()
    best = max(pools, key=lambda name: sums[name])
    gain, lower, upper = _paired(told[best].to_numpy() - told[FORCE_HOURS].to_numpy(), n, draws)
    months = f"the last {len(told)} {period}s tested"
    if lower > 0:
        verdict = (
            f"On {months}, the shrunk hours of a zone told more of when incidents came than the force's usual hours "
            f"({gain:+.3f} nats an incident, 95 % interval {lower:+.3f} to {upper:+.3f}): they are used."
        )
    else:
        verdict = (
            f"On {months}, the shrunk hours of a zone did not predict better than the force's usual hours beyond "
            f"chance ({gain:+.3f} nats an incident, 95 % interval {lower:+.3f} to {upper:+.3f}): the force's usual "
            "hours are used for every zone and area."
        )
    others = [name for name in pools if name != best]
    words = [verdict, *(_against(best, name, told, n, draws) for name in others)]
    return PoolChoice(best.removeprefix(_POOL_PREFIX), bool(lower > 0), " ".join(words))


def _against(best: str, other: str, told: pd.DataFrame, n: Floats, draws: NDArray[np.int64]) -> str:
    gain, lower, upper = _paired(told[best].to_numpy() - told[other].to_numpy(), n, draws)
    firm = "a firm difference" if lower > 0 else "not significant"
    names = [name.removeprefix(_POOL_PREFIX) for name in (best, other)]
    return (
        f"Thin places borrow from the {names[0]}, which predicted better than the {names[1]} "
        f"({gain:+.4f} nats an incident, 95 % interval {lower:+.4f} to {upper:+.4f}: {firm})."
    )


def _paired(difference: Floats, n: Floats, draws: NDArray[np.int64]) -> tuple[float, float, float]:
    """Return the mean difference per incident and its interval over resamples of periods."""
    total = np.maximum(n[draws].sum(axis=1), 1.0)
    lower, upper = np.quantile(difference[draws].sum(axis=1) / total, [0.025, 0.975])
    return float(difference.sum() / max(n.sum(), 1.0)), float(lower), float(upper)


def _sentence(summary: pd.DataFrame, period: str) -> str:
    """Return what the best way found with equal and with flexible hours, and whether the gain is beyond chance."""
    words = []
    for selection, part in summary.groupby("selection", sort=False):
        models = part[~part["candidate"].isin(_NAIVE)]
        if models.empty:
            continue
        best = models.sort_values("hit_rate", ascending=False, kind="stable").iloc[0]
        firm = "beyond chance" if best["gain_lower"] > 0 else "not significant"
        words.append(
            f"With {selection}, {best['candidate']} met {100 * best['hit_rate']:.1f} % of the incidents of "
            f"{best['n_months']} {period}s, {best['pai_st']:.0f} times what chance would "
            f"({100 * best['gain_over_force_hours']:+.0f} % on the force's hours, 95 % interval "
            f"{100 * best['gain_lower']:+.0f} to {100 * best['gain_upper']:+.0f} %: {firm})."
        )
    return " ".join(words)
