"""What a score may read: public-reported incidents of one force, by place and month, up to a stated month."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.errors import AnalysisError
from domain.incidents import Kind, ScoringSet
from domain.schemas import KINDS, PLACE_COUNTS, PLACES, check

__all__ = ["History", "incidents_by_month", "is_scored", "public_history", "scored_rows"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class History:
    """
    Public-reported incidents inside the force, a row per place and month.

    Parameters
    ----------
    place_id
        Place of each row, shape (n_rows,); rows are in order of place, then month.
    x, y
        The place, metres in the analysis CRS.
    month_index
        Month of each row (`LocalMonth.index`).
    own, everything
        Weighted incidents of the chosen kinds, and of all public-reported kinds.
    n_own
        Incidents of the chosen kinds, unweighted.
    months
        The months of which there are data, ascending; a month without any row is a gap, not a quiet month.
    earlier
        What lies before the window, for a forecast that reads seasons; None where there is nothing, or nobody asks.
    """

    place_id: Indices
    x: Floats
    y: Floats
    month_index: Indices
    own: Floats
    everything: Floats
    n_own: Floats
    months: Indices
    earlier: History | None = None

    def window(self, month_index: int) -> History:
        """Return the rows and months from a month on, with all before it as `earlier`."""
        return replace(self.since(month_index), earlier=self.before(month_index))

    def with_earlier(self) -> History:
        """Return both as one history: the rows of the window first, then what lies before it."""
        if self.earlier is None:
            return self
        own, before = self, self.earlier
        joined = {
            name: np.concatenate([getattr(own, name), getattr(before, name)])
            for name in ("place_id", "x", "y", "month_index", "own", "everything", "n_own")
        }
        return replace(own, **joined, months=np.union1d(before.months, own.months), earlier=None)

    def before(self, month_index: int) -> History:
        """Return the rows and months before a month: all that a forecast of it may know."""
        return self._cut(self.month_index < month_index, self.months[self.months < month_index])

    def since(self, month_index: int) -> History:
        """Return the rows and months from a month on."""
        return replace(
            self._cut(self.month_index >= month_index, self.months[self.months >= month_index]), earlier=None
        )

    def only(self, month_index: int) -> History:
        """Return the rows of one month."""
        return replace(
            self._cut(self.month_index == month_index, self.months[self.months == month_index]), earlier=None
        )

    def own_per_month(self) -> float:
        """Return incidents of the chosen kinds per month with data; 0 where there is none."""
        return float(self.n_own.sum() / len(self.months)) if len(self.months) else 0.0

    def _cut(self, keep: NDArray[np.bool_], months: Indices) -> History:
        return replace(
            self,
            place_id=self.place_id[keep],
            x=self.x[keep],
            y=self.y[keep],
            month_index=self.month_index[keep],
            own=self.own[keep],
            everything=self.everything[keep],
            n_own=self.n_own[keep],
            months=months,
        )


def is_scored(kinds: pd.DataFrame, scoring_set: ScoringSet) -> pd.Series:
    """
    Return for each category whether it belongs to a scoring set and comes from the public.

    Parameters
    ----------
    kinds
        Table `domain.schemas.KINDS`.
    scoring_set
        `street` (ASB and criminal damage, strategy ¶19) or `asb_minor`.
    """
    if scoring_set == ScoringSet.STREET:
        chosen = kinds["is_street"]
    else:
        chosen = kinds["kind"].isin([Kind.ASB.value, Kind.MINOR_CRIME.value])
    return chosen & ~kinds["is_officer_generated"]


def scored_rows(
    places: pd.DataFrame, place_counts: pd.DataFrame, kinds: pd.DataFrame, *, scoring_set: ScoringSet
) -> pd.DataFrame:
    """
    Put place, category and scoring beside every count inside the force.

    Parameters
    ----------
    places, place_counts, kinds
        Tables `PLACES`, `PLACE_COUNTS` and `KINDS` of `domain.schemas`.
    scoring_set
        Which categories score.

    Returns
    -------
    DataFrame
        The counts with the columns of their place and category, and `is_public` and `is_own` (scores in this set),
        in order of place, month, category and flag, so that the order of the rows given does not matter.

    Raises
    ------
    SchemaError
        If a table does not have its agreed columns.
    AnalysisError
        If a count names a place or a category that is not there.
    """
    places, counts, kinds = check(places, PLACES), check(place_counts, PLACE_COUNTS), check(kinds, KINDS)
    kinds = kinds.assign(is_own_kind=is_scored(kinds, scoring_set))
    kinds = kinds.rename(columns={"is_officer_generated": "is_officer_kind"}).drop(columns="source")
    rows = counts.merge(kinds, on="kind_id", how="inner").merge(places, on="place_id", how="inner")
    if len(rows) != len(counts):
        raise AnalysisError(
            f"{len(counts) - len(rows)} counts name a place or a category that is not there",
            hint="Read places, counts and kinds from the same loads.",
        )
    is_public = ~(rows["is_officer_generated"] | rows["is_officer_kind"])
    rows = rows.assign(is_public=is_public, is_own=is_public & rows["is_own_kind"]).drop(columns="is_own_kind")
    order = ["place_id", "month_index", "kind_id", "is_officer_generated"]
    return rows[rows["is_inside"]].sort_values(order, kind="stable", ignore_index=True)


def public_history(rows: pd.DataFrame, *, last_month_index: int) -> History:
    """
    Return what a score may read, up to a month.

    Parameters
    ----------
    rows
        Table of `scored_rows`.
    last_month_index
        Last month that is read.
    """
    public = rows[rows["is_public"] & (rows["month_index"] <= last_month_index)]
    weighted = public["n"] * public["weight"]
    table = public.assign(
        everything=weighted,
        own=weighted.where(public["is_own"], 0.0),
        n_own=public["n"].where(public["is_own"], 0),
    )
    keys = ["place_id", "month_index"]
    sums = table.groupby(keys, sort=True).agg(
        x=("x", "first"), y=("y", "first"), own=("own", "sum"), everything=("everything", "sum"), n_own=("n_own", "sum")
    )
    sums = sums.reset_index()
    return History(
        place_id=sums["place_id"].to_numpy(np.int64),
        x=sums["x"].to_numpy(np.float64),
        y=sums["y"].to_numpy(np.float64),
        month_index=sums["month_index"].to_numpy(np.int64),
        own=sums["own"].to_numpy(np.float64),
        everything=sums["everything"].to_numpy(np.float64),
        n_own=sums["n_own"].to_numpy(np.float64),
        months=np.unique(sums["month_index"].to_numpy(np.int64)),
    )


def incidents_by_month(rows: pd.DataFrame) -> dict[int, int]:
    """
    Return the incidents of the chosen kinds in each month of which there are data.

    Parameters
    ----------
    rows
        Table of `scored_rows`.
    """
    public = rows[rows["is_public"]]
    own = public["n"].where(public["is_own"], 0).groupby(public["month_index"]).sum()
    return dict(zip(own.index.astype(int).tolist(), own.astype(int).tolist(), strict=True))
