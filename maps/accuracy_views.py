"""How the Red Zones did on the force's own past, beside the naive count, in a table and one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from hotspots.results import BacktestResult
from maps import format as fmt
from maps.lookup import scoring_set_label

__all__ = ["AccuracyRow", "AccuracyView", "accuracy_view"]

_CAPACITY = "capacity"
_UNTESTED = "These zones could not be tested on earlier months."


@dataclass(frozen=True, slots=True)
class AccuracyRow:
    """One candidate at one area budget."""

    candidate: str
    setting: str
    budget: str
    area_share: str
    n_months: str
    n_events: str
    hit_rate: str
    hit_interval: str
    pai: str
    pei: str
    rri: str
    of_seen: str
    gain: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class AccuracyView:
    """The back-test of one scoring set."""

    key: str
    label: str
    chosen: str
    reason: str
    sentence: str
    moved: str
    rows: tuple[AccuracyRow, ...]


def accuracy_view(result: BacktestResult, *, labels: Mapping[str, str] | None = None) -> AccuracyView:
    """
    Return the back-test of one scoring set, with the sentence that says how sure its zones are.

    Parameters
    ----------
    result
        The back-test.
    labels
        The force's own words for scoring sets.
    """
    plain = _as_written(result.summary)
    return AccuracyView(
        key=result.scoring_set,
        label=scoring_set_label(result.scoring_set, labels),
        chosen=_plain(result.chosen),
        reason=result.reason,
        sentence=_sentence(plain, result.chosen),
        moved=_moved(result.summary, result.chosen),
        rows=tuple(_row(row, result.chosen) for row in plain.to_dict("records")),
    )


def _as_written(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the whole force with incidents where they are written; runs of old know no others."""
    if "jitter_m" not in summary:
        return summary
    return summary[(summary["jitter_m"] == 0) & (summary["scope"] == "force")]


def _moved(summary: pd.DataFrame, chosen: str) -> str:
    """Return what the chosen way finds if points are not where they are written, empty where that was not tested."""
    if "jitter_m" not in summary:
        return ""
    is_asked = (summary["candidate"] == chosen) & (summary["budget"] == _CAPACITY) & (summary["scope"] == "force")
    rows = summary[is_asked & (summary["jitter_m"] > 0)]
    if rows.empty:
        return ""
    parts = [
        f"{fmt.per_cent(row['hit_rate'])} with points moved by about {row['jitter_m']:g} m"
        for row in rows.to_dict("records")
    ]
    return (
        f"Published points are not exact. On the ground that patrol can cover, the hit rate is {' and '.join(parts)}."
    )


def _plain(candidate: str) -> str:
    return candidate.replace("_", " ")


def _row(row: Mapping[Any, Any], chosen: str) -> AccuracyRow:
    gain = fmt.per_cent(row["gain_over_counts"]) if fmt.is_known(row["gain_over_counts"]) else ""
    between = _between(row["gain_lower"], row["gain_upper"])
    return AccuracyRow(
        candidate=_plain(str(row["candidate"])),
        setting=str(row["setting"]),
        budget=str(row["budget"]),
        area_share=fmt.per_cent(row["area_share"]),
        n_months=fmt.count(row["n_months"]),
        n_events=fmt.count(row["n_events"]),
        hit_rate=fmt.per_cent(row["hit_rate"], 1),
        hit_interval=_between(row["hit_rate_lower"], row["hit_rate_upper"]),
        pai=fmt.decimal(row["pai"]),
        pei=fmt.decimal(row["pei"], 2),
        rri=fmt.decimal(row["rri"], 2),
        of_seen=fmt.decimal(row["share_of_seen"], 2) if fmt.is_known(row.get("share_of_seen")) else "",
        gain=gain + (f" ({between})" if gain and between else ""),
        is_chosen=str(row["candidate"]) == chosen,
    )


def _between(lower: float, upper: float, digits: int | None = 1) -> str:
    if not (fmt.is_known(lower) and fmt.is_known(upper)):
        return ""
    return f"{fmt.per_cent(lower, digits)} to {fmt.per_cent(upper, digits)}"


def _sentence(summary: pd.DataFrame, chosen: str) -> str:
    """Return how often the chosen way was right at the patrol capacity, or at the first budget tested."""
    own = summary[summary["candidate"] == chosen] if len(summary) else summary
    if own.empty:
        return _UNTESTED
    at_capacity = own[own["budget"] == _CAPACITY]
    row = (at_capacity if len(at_capacity) else own).iloc[0]
    if not fmt.is_known(row["hit_rate"]):
        return _UNTESTED
    between = _between(row["hit_rate_lower"], row["hit_rate_upper"], None)
    return (
        f"Tested on the last {fmt.plural(row['n_months'], 'month')}, each forecast from earlier months only: "
        f"{fmt.per_cent(row['hit_rate'])} of the incidents"
        + (f" (95 % interval {between})" if between else "")
        + f" fell in the {fmt.per_cent(row['area_share'])} of the force's area that was marked, "
        f"{fmt.times(row['pai'])} what chance would give."
    )
