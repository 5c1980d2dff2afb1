"""The back-test in charts, tables and words: hit rates by month, and differences that say when they may be luck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hotspots.results import BacktestResult
from maps import format as fmt
from maps.accuracy_views import AccuracyView, accuracy_view
from maps.charts import IntervalChart, LineChart, interval_chart, line_chart

__all__ = ["BacktestView", "BudgetChart", "Difference", "MovedRow", "ScopeTable", "backtest_view"]

_CAPACITY, _FORCE, _BUILT_UP = "capacity", "force", "built-up"
_TICKS = (0.2, 0.25, 0.4, 0.5, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class BudgetChart:
    """Hit rates by period at one budget, as a chart and as the same figures in rows."""

    budget: str
    chart: LineChart
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    description: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What one way of ranking gains over the best plain count at one budget, and whether that is beyond chance."""

    candidate: str
    budget: str
    gain: str
    interval: str
    verdict: str
    style: str


@dataclass(frozen=True, slots=True)
class MovedRow:
    """Hit rates of one way of ranking at one budget, with incidents as written and moved."""

    candidate: str
    budget: str
    rates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScopeTable:
    """Hit rates on one scope, a row per way of ranking, a column per budget."""

    label: str
    budgets: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class BacktestView:
    """The back-test of one scoring set."""

    key: str
    accuracy: AccuracyView
    charts: tuple[BudgetChart, ...]
    differences_chart: IntervalChart | None
    differences: tuple[Difference, ...]
    jitters: tuple[str, ...]
    moved: tuple[MovedRow, ...]
    scopes: tuple[ScopeTable, ...]
    n_months: str


def backtest_view(result: BacktestResult, *, labels: Mapping[str, str] | None = None) -> BacktestView:
    """
    Return the back-test of one scoring set for its page.

    Parameters
    ----------
    result
        The back-test; an empty one gives a view without charts whose accuracy says why.
    labels
        The force's own words for scoring sets.
    """
    summary, ledger = (_with_scope(table) for table in (result.summary, result.ledger))
    plain = summary[(summary["scope"] == _FORCE) & (summary["jitter_m"] == 0)]
    differences = tuple(_difference(row) for row in plain.to_dict("records") if _has_gain(row))
    return BacktestView(
        key=result.scoring_set,
        accuracy=accuracy_view(result, labels=labels),
        charts=_charts(ledger, plain, result.chosen),
        differences_chart=_differences_chart(plain),
        differences=differences,
        jitters=tuple(_jitter_words(j) for j in sorted(summary["jitter_m"].unique())),
        moved=_moved(summary),
        scopes=tuple(_scope(summary, scope) for scope in (_FORCE, _BUILT_UP) if (summary["scope"] == scope).any()),
        n_months=fmt.count(plain["n_months"].max()) if len(plain) else "",
    )


def _with_scope(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of a run of old with what it took for granted."""
    if "jitter_m" not in table:
        return table.assign(jitter_m=0.0, scope=_FORCE)
    return table.assign(jitter_m=table["jitter_m"].fillna(0.0), scope=table["scope"].fillna(_FORCE))


def _jitter_words(jitter_m: float) -> str:
    return f"moved by {jitter_m:g} m" if jitter_m else "as written"


def _has_gain(row: Mapping[Any, Any]) -> bool:
    return all(fmt.is_known(row[name]) for name in ("gain_over_counts", "gain_lower", "gain_upper"))


def _is_baseline(row: Mapping[Any, Any]) -> bool:
    return row["gain_over_counts"] == row["gain_lower"] == row["gain_upper"] == 0


def _verdict(row: Mapping[Any, Any]) -> tuple[str, str]:
    """Return the verdict in words and its style."""
    if _is_baseline(row):
        return "the best plain count: what the others are measured against", "unclear"
    if row["gain_lower"] > 0:
        return "clearly better than the best plain count", "better"
    if row["gain_upper"] < 0:
        return "clearly worse than the best plain count", "worse"
    return "not significant: the interval holds zero", "unclear"


def _difference(row: Mapping[Any, Any]) -> Difference:
    verdict, style = _verdict(row)
    return Difference(
        candidate=str(row["candidate"]),
        budget=str(row["budget"]),
        gain=_signed(row["gain_over_counts"]),
        interval=f"{_signed(row['gain_lower'])} to {_signed(row['gain_upper'])}",
        verdict=verdict,
        style=style,
    )


def _signed(share: float) -> str:
    return f"{100 * share:+.1f} %"


def _differences_chart(plain: pd.DataFrame) -> IntervalChart | None:
    """Return the differences at the capacity budget (at the first one where that was not tested)."""
    budgets = plain["budget"].unique().tolist()
    if not budgets:
        return None
    budget = _CAPACITY if _CAPACITY in budgets else budgets[0]
    rows = [
        row for row in plain[plain["budget"] == budget].to_dict("records") if _has_gain(row) and not _is_baseline(row)
    ]
    if not rows:
        return None
    short = {"better": "clearly better", "worse": "clearly worse", "unclear": "not significant"}
    return interval_chart(
        [
            (str(row["candidate"]), *(100 * row[n] for n in ("gain_over_counts", "gain_lower", "gain_upper")),
             short[_verdict(row)[1]], _verdict(row)[1])
            for row in rows
        ]
    )  # fmt: skip


def _charts(ledger: pd.DataFrame, plain: pd.DataFrame, chosen: str) -> tuple[BudgetChart, ...]:
    if ledger.empty:
        return ()
    own = ledger[(ledger["scope"] == _FORCE) & (ledger["jitter_m"] == 0)]
    return tuple(
        _chart(own[own["budget"] == budget], plain[plain["budget"] == budget], str(budget), chosen)
        for budget in own["budget"].unique()
    )


def _shown(plain: pd.DataFrame, chosen: str) -> list[str]:
    """Return the lines of a chart: what is used, the best plain count, the best other way."""
    ranked = plain.sort_values("hit_rate", ascending=False, kind="stable")
    is_plain = ranked["candidate"].astype(str).str.startswith("prior counts")
    best = [str(part["candidate"].iloc[0]) for part in (ranked[is_plain], ranked[~is_plain]) if len(part)]
    return list(dict.fromkeys([chosen, *best]))


def _chart(rows: pd.DataFrame, plain: pd.DataFrame, budget: str, chosen: str) -> BudgetChart:
    shown = _shown(plain, chosen)
    table = rows.pivot_table(index="month", columns="candidate", values="hit_rate", sort=False)
    table = table.reindex(columns=shown).sort_index()
    highest = float(np.nanmax(table.to_numpy(dtype=np.float64), initial=0.0))
    top = next((t for t in _TICKS if t >= highest), 1.0)
    lines = {name: [float(v) if fmt.is_known(v) else None for v in table[name]] for name in shown}
    names = [str(month) for month in table.index]
    where = "on the ground that patrol can cover" if budget == _CAPACITY else f"on {budget} of the area"
    return BudgetChart(
        budget=budget,
        chart=line_chart(lines, names, top=top, ticks={top * part: fmt.per_cent(top * part) for part in (0, 0.5, 1)}),
        columns=tuple(f"{name} (used)" if name == chosen else name for name in shown),
        rows=tuple(
            (name, tuple(fmt.per_cent(values[i], 1) for values in lines.values())) for i, name in enumerate(names)
        ),
        description=f"Hit rate by month {where}",
    )


def _moved(summary: pd.DataFrame) -> tuple[MovedRow, ...]:
    whole = summary[summary["scope"] == _FORCE]
    jitters = sorted(whole["jitter_m"].unique())
    if len(jitters) < 2:
        return ()
    table = whole.pivot_table(index=["budget", "candidate"], columns="jitter_m", values="hit_rate", sort=False)
    rows = table[jitters].reset_index().to_dict("records")
    return tuple(
        MovedRow(str(row["candidate"]), str(row["budget"]), tuple(fmt.per_cent(row[j], 1) for j in jitters))
        for row in rows
    )


def _scope(summary: pd.DataFrame, scope: str) -> ScopeTable:
    own = summary[(summary["scope"] == scope) & (summary["jitter_m"] == 0)]
    table = own.pivot_table(index="candidate", columns="budget", values="hit_rate", sort=False)
    return ScopeTable(
        label="Built-up ground" if scope == _BUILT_UP else "The whole force",
        budgets=tuple(map(str, table.columns)),
        rows=tuple((str(row[0]), tuple(fmt.per_cent(rate, 1) for rate in row[1:])) for row in table.itertuples()),
    )
