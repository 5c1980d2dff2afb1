"""The history behind a profile: the season of each kind, and the months in which the level of recording changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import beta

from domain.areas import FigureState
from domain.months import LocalMonth
from profiles.counts import PLACE_KINDS, kind_ids
from profiles.figures import Geography
from profiles.results import PlaceHistory
from spatialstats.level_shifts import level_shifts

__all__ = ["MonthlyCounts", "history_of", "level_rows", "read_monthly_counts", "season_rows", "shifts_between_years"]

_YEAR = 12
_NEEDS = "cannot tell: needs 24 months without a gap up to the last"
_NOTHING = "nothing is recorded here in these months"
_FEW_YEARS = "interval of chance alone: two years say little of how years differ"


@dataclass(frozen=True, slots=True)
class MonthlyCounts:
    """
    Publicly reported incidents of the small areas, month by month.

    Parameters
    ----------
    months
        Months (`LocalMonth.index`) that are loaded, ascending, shape (n_months,).
    by_kind
        By kind or watched kind: shape (n_small, n_months).
    """

    months: NDArray[np.int64]
    by_kind: Mapping[str, NDArray[np.float64]]

    def of(self, geography: Geography, kind: str) -> NDArray[np.float64]:
        """Return the counts of the areas of a geography, shape (n_areas, n_months)."""
        return np.asarray(geography.shares @ self.by_kind[kind], dtype=np.float64)


def read_monthly_counts(
    area_counts: pd.DataFrame,
    kinds: pd.DataFrame,
    codes: NDArray[np.object_],
    *,
    last_month_index: int,
    months_available: Collection[int],
    watch: Mapping[str, Sequence[str]],
) -> MonthlyCounts:
    """
    Sum the incidents of each small area by month and kind.

    Parameters
    ----------
    area_counts
        `domain.schemas.AREA_COUNTS` of the small areas.
    kinds
        `domain.schemas.KINDS`.
    codes
        Codes of the small areas, shape (n_small,).
    last_month_index
        Last month.
    months_available
        Months that are loaded; one that is loaded without an incident is a nought, one that is not is left out.
    watch
        Categories of each kind of the watch list.
    """
    months = np.array(sorted(m for m in months_available if m <= last_month_index), dtype=np.int64)
    public = area_counts[~area_counts["is_officer_generated"].astype(bool)]
    row = pd.Index(codes).get_indexer(pd.Index(public["area_code"]))
    column = pd.Index(months).get_indexer(pd.Index(public["month_index"]))
    known = (row >= 0) & (column >= 0)
    kind_id, n = public["kind_id"].to_numpy(), public["n"].to_numpy(dtype=np.float64)
    by_kind = {}
    for name, wanted in kind_ids(kinds, watch).items():
        if len(wanted):
            here = known & np.isin(kind_id, wanted)
            table = np.zeros((len(codes), len(months)))
            np.add.at(table, (row[here], column[here]), n[here])
            by_kind[name] = table
    return MonthlyCounts(months, by_kind)


def history_of(
    monthly: MonthlyCounts,
    *,
    seasons_of: Sequence[Geography],
    levels_of: Sequence[Geography],
    rng: np.random.Generator,
) -> PlaceHistory:
    """
    Return the seasons of some geographies and the changes of level of others.

    Parameters
    ----------
    monthly
        Counts of the small areas.
    seasons_of, levels_of
        The geographies; at least one each.
    rng
        Draws the permutations of the changes of level.
    """
    return PlaceHistory(
        seasons=pd.concat([season_rows(geography, monthly) for geography in seasons_of], ignore_index=True),
        levels=pd.concat([level_rows(geography, monthly, rng=rng) for geography in levels_of], ignore_index=True),
    )


def season_rows(geography: Geography, monthly: MonthlyCounts) -> pd.DataFrame:
    """
    Return the season of each kind: what a calendar month has against the average month, which is 100.

    The months are taken back from the last one in whole years, at least two. With `k_m` incidents of a calendar month
    and `K` in all over the same years, the index is `1200 k_m / K`; given `K`, `k_m` is binomial, and the interval is
    Clopper-Pearson's. Every year weighs by its incidents, so that a change of level between years leaves the shape as
    it is. Months are not adjusted for their length.

    Parameters
    ----------
    geography
        The areas.
    monthly
        Counts of the small areas.

    Returns
    -------
    DataFrame
        A row for each area, kind (`asb`, `minor_crime`) and calendar month: `geography`, `area_code`, `kind`,
        `calendar_month` (1 to 12), `estimate`, `lower`, `upper`, `n` incidents, `n_years`, `state`, `note`.
    """
    n_years = _whole_years(monthly.months)
    blocks = [
        _season(geography, kind.value, monthly.of(geography, kind.value), monthly.months, n_years)
        for kind in PLACE_KINDS
        if kind.value in monthly.by_kind
    ]
    return pd.concat(blocks, ignore_index=True) if blocks else _season_frame(geography, "", np.empty((0, 12)), 0)


def _whole_years(months: NDArray[np.int64]) -> int:
    """Return how many whole years without a gap end with the last month."""
    if not len(months):
        return 0
    run = int(np.argmin(np.append(months[::-1] == months[-1] - np.arange(len(months)), [False])))
    return run // _YEAR


def _season(
    geography: Geography, kind: str, counts: NDArray[np.float64], months: NDArray[np.int64], n_years: int
) -> pd.DataFrame:
    if n_years < 2:
        return _season_frame(geography, kind, np.full((len(geography.codes), _YEAR), np.nan), n_years)
    taken = months[-n_years * _YEAR :]
    by_month = np.zeros((len(geography.codes), _YEAR))
    for i, month in enumerate(taken):
        by_month[:, month % _YEAR] += counts[:, len(months) - len(taken) + i]
    return _season_frame(geography, kind, by_month, n_years)


def _season_frame(geography: Geography, kind: str, by_month: NDArray[np.float64], n_years: int) -> pd.DataFrame:
    k = by_month.ravel()
    total = np.repeat(by_month.sum(axis=1), _YEAR)
    has = np.nan_to_num(total) > 0
    index = np.divide(100.0 * _YEAR * k, total, out=np.full(len(k), np.nan), where=has)
    rest = np.where(has, total - k, 1.0)
    k_safe = np.where(has, k, 1.0)
    low = np.where(k_safe > 0, beta.ppf(0.025, np.maximum(k_safe, 1e-9), rest + 1), 0.0)
    high = np.where(rest > 0, beta.isf(0.025, k_safe + 1, np.maximum(rest, 1e-9)), 1.0)
    n_areas = len(by_month)
    cannot = n_years < 2
    why_not = _NEEDS if cannot else _NOTHING
    note = [(_FEW_YEARS if n_years == 2 else None) if known else why_not for known in has]
    state = np.where(has, FigureState.OK.value, FigureState.CANNOT_TELL.value)
    return pd.DataFrame(
        {
            "geography": pd.Series([geography.name] * len(k), dtype=object),
            "area_code": pd.Series(np.repeat(geography.codes[:n_areas], _YEAR), dtype=object),
            "kind": pd.Series([kind] * len(k), dtype=object),
            "calendar_month": np.tile(np.arange(1, _YEAR + 1), n_areas).astype(np.int64),
            "estimate": index,
            "lower": np.where(has, 100.0 * _YEAR * low, np.nan),
            "upper": np.where(has, 100.0 * _YEAR * high, np.nan),
            "n": np.where(has, k, np.nan),
            "n_years": np.full(len(k), n_years, dtype=np.int64),
            "state": pd.Series(state, dtype=object),
            "note": pd.Series(note, dtype=object),
        }
    )


def level_rows(geography: Geography, monthly: MonthlyCounts, *, rng: np.random.Generator) -> pd.DataFrame:
    """
    Return the months in which the level of each kind changed beyond season and chance, in each area.

    Parameters
    ----------
    geography
        The areas; a change of recording is the force's or a unit's, so small areas are not asked.
    monthly
        Counts of the small areas.
    rng
        Draws the permutations.

    Returns
    -------
    DataFrame
        `geography`, `area_code`, `kind`, `rank` (from 1; 0 where no change was found or can be told), `last_before`
        and `first_after` (YYYY-MM or None), `ratio`, `lower`, `upper`, `p_value`, `state`, `note`.

    References
    ----------
    `spatialstats.level_shifts`.
    """
    months = [LocalMonth(*divmod(int(m), _YEAR)).shift(1) for m in monthly.months]
    rows: list[tuple[object, ...]] = []
    for kind in monthly.by_kind:
        counts = monthly.of(geography, kind)
        for code, series in zip(geography.codes, counts, strict=True):
            found = level_shifts(months, series, rng=rng)
            own = (geography.name, code, kind)
            rows += [
                (*own, i, str(s.last_before), str(s.first_after), s.ratio, s.lower, s.upper, s.p_value, "ok", None)
                for i, s in enumerate(found.shifts, 1)
            ]
            if not found.shifts:
                rows.append((*own, 0, None, None, *[np.nan] * 4, found.state, found.reason or None))
    columns = [
        "geography", "area_code", "kind", "rank", "last_before", "first_after", "ratio", "lower", "upper", "p_value",
        "state", "note",
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    numbers = dict.fromkeys(("ratio", "lower", "upper", "p_value"), "float64")
    return frame.astype({"rank": "int64", **numbers})


def shifts_between_years(levels: pd.DataFrame, last_month_index: int) -> dict[str, str]:
    """
    Return, by kind, what must be said of a change on the year before where the force's level changed in those years.

    Parameters
    ----------
    levels
        As `level_rows`, with the force among the areas.
    last_month_index
        Last month of the later year.
    """
    said: dict[str, str] = {}
    for row in levels[(levels["geography"] == "force") & (levels["rank"] > 0)].itertuples():
        month = LocalMonth.parse(str(row.first_after))
        if 0 <= last_month_index - month.index < 2 * _YEAR - 1:
            said[str(row.kind)] = f"the force's level of recording changed in {month}, so the years are not alike"
    return said
