"""
The current picture (strategy 34): the latest days and weeks of time-stamped data, beside the monthly picture.

"Now" is the last instant that the data hold, never a clock: the same data give the same picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, poisson

from domain import schemas
from domain.areas import FigureState
from profiles.counts import kind_ids
from profiles.figures import Geography
from profiles.results import CurrentPicture
from spatialstats.poisson import e_test

__all__ = ["REFERENCE_DAYS", "WINDOWS_DAYS", "current_picture"]

#: Windows that are shown, in days before the last instant.
WINDOWS_DAYS = (7, 28)
#: Days before the longest window that tell what is usual: a year, so that every season is in it.
REFERENCE_DAYS = 364

_LEAST_REFERENCE_DAYS = 84
_SIGNIFICANT = 0.05
_COLUMNS = ("geography", "area_code", "kind", "days", "n", "usual", "lower", "upper", "q_value", "state", "note")
_MONTHLY_ONLY = "Only the month of each incident is known, so there is no picture of the latest days."


def current_picture(
    geographies: Sequence[Geography],
    recent: pd.DataFrame,
    kinds: pd.DataFrame,
    codes: NDArray[np.object_],
    *,
    last_at: str | None,
    days_known: int,
    watch: Mapping[str, Sequence[str]],
    freshness: pd.DataFrame,
) -> CurrentPicture:
    """
    Count the incidents of the latest days, and say whether they are more than is usual.

    Usual is the daily mean of the 364 days before the longest window (of as many as there are, at least 84) times the
    days of the window. The range is that of a Poisson count of that mean in 95 of 100 windows; the test is the e-test
    of the two counts, Benjamini-Hochberg over the areas and kinds of a geography and window. The season is in the
    reference, not taken out of it.

    Parameters
    ----------
    geographies
        The areas; small areas are left out by the caller, since a week of one is a handful.
    recent
        `domain.schemas.RECENT_COUNTS` of the small areas.
    kinds
        `domain.schemas.KINDS`.
    codes
        Codes of the small areas, shape (n_small,).
    last_at
        The last instant of the data, local time, as text; None where no time is known.
    days_known
        Days between the first and the last instant.
    watch
        Categories of each kind of the watch list.
    freshness
        A row for each source: see `profiles.results.CurrentPicture`.
    """
    if last_at is None:
        empty = pd.DataFrame({name: pd.Series(dtype=object) for name in _COLUMNS})
        return CurrentPicture(FigureState.NO_DATA.value, _MONTHLY_ONLY, None, empty, freshness)
    recent = schemas.check(recent, schemas.RECENT_COUNTS)
    reference_days = min(REFERENCE_DAYS, days_known - max(WINDOWS_DAYS))
    blocks = []
    for geography in geographies:
        tables = _by_age(geography, recent, kinds, codes, watch)
        blocks += [_window(geography, tables, days, reference_days) for days in WINDOWS_DAYS]
    return CurrentPicture("ok", "", last_at, pd.concat(blocks, ignore_index=True), freshness)


def _by_age(
    geography: Geography,
    recent: pd.DataFrame,
    kinds: pd.DataFrame,
    codes: NDArray[np.object_],
    watch: Mapping[str, Sequence[str]],
) -> dict[str, NDArray[np.float64]]:
    """Return the publicly reported incidents of each kind by area and age in days."""
    n_days = REFERENCE_DAYS + max(WINDOWS_DAYS)
    public = recent[~recent["is_officer_generated"] & recent["age_days"].between(0, n_days - 1)]
    row = pd.Index(codes).get_indexer(pd.Index(public["area_code"]))
    age, kind_id = public["age_days"].to_numpy(), public["kind_id"].to_numpy()
    n = public["n"].to_numpy(dtype=np.float64)
    tables = {}
    for name, ids in kind_ids(kinds, watch).items():
        if len(ids):
            here = (row >= 0) & np.isin(kind_id, ids)
            small = np.zeros((len(codes), n_days))
            np.add.at(small, (row[here], age[here]), n[here])
            tables[name] = np.asarray(geography.shares @ small, dtype=np.float64)
    return tables


def _window(
    geography: Geography, tables: Mapping[str, NDArray[np.float64]], days: int, reference_days: int
) -> pd.DataFrame:
    """Return one window of every area and kind; the tests of all of them are one family."""
    first = max(WINDOWS_DAYS)
    n = np.concatenate([np.rint(t[:, :days].sum(axis=1)) for t in tables.values()]) if tables else np.empty(0)
    length = max(reference_days, 0)
    before = [np.rint(t[:, first : first + length].sum(axis=1)) for t in tables.values()]
    past = np.concatenate(before) if before else np.empty(0)
    knows = reference_days >= _LEAST_REFERENCE_DAYS
    usual = past * days / length if knows else np.full(len(n), np.nan)
    low, high = poisson.interval(0.95, np.maximum(usual, 1e-9)) if knows else (usual, usual)
    q = np.full(len(n), np.nan)
    tested = (n + past > 0) & knows
    if tested.any():
        p = e_test(n[tested], past[tested], exposure_1=float(days), exposure_2=float(length))
        q[tested] = false_discovery_control(np.minimum(p, 1.0))
    n_areas = len(geography.codes)
    return pd.DataFrame(
        {
            "geography": pd.Series([geography.name] * len(n), dtype=object),
            "area_code": pd.Series(list(geography.codes) * len(tables), dtype=object),
            "kind": pd.Series([kind for kind in tables for _ in range(n_areas)], dtype=object),
            "days": np.full(len(n), days, dtype=np.int64),
            "n": n.astype(np.int64),
            "usual": usual,
            "lower": np.where(knows, low, np.nan),
            "upper": np.where(knows, high, np.nan),
            "q_value": q,
            "state": pd.Series(["ok" if knows else FigureState.CANNOT_TELL.value] * len(n), dtype=object),
            "note": pd.Series(_notes(n, usual, q, reference_days, knows=knows), dtype=object),
        }
    )[list(_COLUMNS)]


def _notes(
    n: NDArray[np.float64], usual: NDArray[np.float64], q: NDArray[np.float64], reference_days: int, *, knows: bool
) -> list[str]:
    if not knows:
        held = max(reference_days, 0)
        return [f"cannot tell what is usual: needs {_LEAST_REFERENCE_DAYS} earlier days, {held} are there"] * len(n)
    words = []
    for count, mean, value in zip(n, usual, q, strict=True):
        if not np.isfinite(value):
            words.append("none now or before")
        elif value > _SIGNIFICANT:
            words.append("as usual")
        else:
            words.append("more than usual" if count > mean else "fewer than usual")
    return words
