"""Incidents whose time is known, made ready: hours of the week, and the pools that each incident belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array

from domain.errors import AnalysisError
from domain.incidents import ScoringSet
from domain.schemas import AREAS, KINDS, TIMED_INCIDENTS, check
from hotspots.aoristic import RATCLIFFE, AoristicRule, aoristic_rows
from hotspots.history import is_scored
from hotspots.space_time import TimedEvents

__all__ = ["DISTRICT", "ENVIRONMENT", "TimedHistory", "timed_history"]

Codes = NDArray[np.object_]

#: The two pools that a thin place may borrow from.
DISTRICT, ENVIRONMENT = "district", "environment"


@dataclass(frozen=True, slots=True)
class TimedHistory:
    """
    Public-reported incidents of the chosen kinds whose time is known, in order of their ids.

    Parameters
    ----------
    rows
        Columns of `domain.schemas.TIMED_INCIDENTS`, and `month_index` of the local month in which each begins.
    hours
        Aoristic weights by hour of the week, shape (n_incidents, 168); each row sums to 1.
    district, group, environment
        Policing unit, community group and environment of each incident's place, empty where unknown.
    is_environment_known
        Whether environments were given at all.
    n_swapped, n_missing_end, n_left_out
        Incidents that end before they begin, that have no end, and that the rule leaves out.
    """

    rows: pd.DataFrame
    hours: csr_array
    district: Codes
    group: Codes
    environment: Codes
    is_environment_known: bool
    n_swapped: int
    n_missing_end: int
    n_left_out: int

    def since(self, month_index: int) -> TimedHistory:
        """Return the incidents that begin in a month or after it."""
        keep = np.flatnonzero(self.rows["month_index"].to_numpy() >= month_index)
        return TimedHistory(
            self.rows.iloc[keep].reset_index(drop=True), self.hours[keep], self.district[keep], self.group[keep],
            self.environment[keep], self.is_environment_known, self.n_swapped, self.n_missing_end, self.n_left_out,
        )  # fmt: skip

    def events(self, outline: shapely.Geometry) -> TimedEvents:
        """Return the incidents inside the force for the test of zone and time, with the pools to compare."""
        x, y = (self.rows[axis].to_numpy(np.float64) for axis in ("x", "y"))
        shapely.prepare(outline)
        inside = np.flatnonzero(shapely.contains_xy(outline, x, y))
        pools = {DISTRICT: self.district[inside]}
        if self.is_environment_known:
            pools[ENVIRONMENT] = self.environment[inside]
        period = self.rows["month_index"].to_numpy(np.int64)[inside]
        return TimedEvents(x[inside], y[inside], period, self.hours[inside], pools)


def timed_history(
    timed: pd.DataFrame,
    kinds: pd.DataFrame,
    *,
    scoring_set: ScoringSet,
    patrol_areas: gpd.GeoDataFrame,
    membership: pd.DataFrame | None = None,
    rule: AoristicRule = RATCLIFFE,
) -> TimedHistory:
    """
    Choose the incidents that count, and spread each over the hours in which it may have happened.

    Parameters
    ----------
    timed, kinds
        Tables `TIMED_INCIDENTS` and `KINDS` of `domain.schemas`.
    scoring_set
        Which categories count; officer-generated rows never do.
    patrol_areas
        Table `AREAS`; the parent is the policing unit.
    membership
        `area_code`, `group_code` and `environment_code` of every small area; None without segments.
    rule
        What is done with swapped and missing times.

    Raises
    ------
    SchemaError
        If a table does not have its agreed columns.
    AnalysisError
        If an incident's category is not among the kinds.
    """
    timed, kinds = check(timed, TIMED_INCIDENTS), check(kinds, KINDS)
    patrol_areas = gpd.GeoDataFrame(check(patrol_areas, AREAS))
    own = _own_incidents(timed, kinds, scoring_set)
    begins, ends = own["begins_at"].to_numpy(), own["ends_at"].to_numpy()
    hours = aoristic_rows(begins, ends, rule=rule)
    used = np.flatnonzero(np.diff(hours.indptr) > 0)
    rows = own.iloc[used].reset_index(drop=True)
    begin = rows["begins_at"].dt
    rows["month_index"] = (begin.year * 12 + begin.month - 1).astype(np.int64)
    group, environment = _segments(rows, membership)
    return TimedHistory(
        rows=rows,
        hours=hours[used],
        district=_codes(rows["patrol_code"], patrol_areas.set_index("area_code")["parent_code"]),
        group=group,
        environment=environment,
        is_environment_known=bool((environment != "").any()),
        n_swapped=int((ends < begins).sum()),
        n_missing_end=int(np.isnat(ends).sum()),
        n_left_out=len(own) - len(rows),
    )


def _own_incidents(timed: pd.DataFrame, kinds: pd.DataFrame, scoring_set: ScoringSet) -> pd.DataFrame:
    unknown = sorted(set(timed["kind_id"]) - set(kinds["kind_id"]))
    if unknown:
        raise AnalysisError(f"timed incidents have categories that are not there: {unknown}")
    scored = kinds.loc[is_scored(kinds, scoring_set), "kind_id"]
    own = timed[timed["kind_id"].isin(scored) & ~timed["is_officer_generated"]]
    return own.sort_values("incident_id", kind="stable")


def _codes(areas: pd.Series, code_of: pd.Series) -> Codes:
    codes = areas.map(code_of.to_dict())
    return np.asarray(codes.where(codes.notna(), ""), dtype=object).astype(str).astype(object)


def _segments(rows: pd.DataFrame, membership: pd.DataFrame | None) -> tuple[Codes, Codes]:
    if membership is None or "small_area_code" not in rows:
        return np.full(len(rows), "", dtype=object), np.full(len(rows), "", dtype=object)
    by_area = membership.set_index("area_code")
    return (
        _codes(rows["small_area_code"], by_area["group_code"]),
        _codes(rows["small_area_code"], by_area["environment_code"]),
    )
