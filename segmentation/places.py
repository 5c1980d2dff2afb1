"""Place variables of an area's environment: how busy it is with antisocial behaviour and with minor crime."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.incidents import Kind
from spatialstats.shrinkage import empirical_bayes

__all__ = ["PLACE_LABELS", "PLACE_UNITS", "place_table", "transform_places", "yearly_counts"]

#: Labels of the Place variables, in order.
PLACE_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "place_asb_rate": "Antisocial behaviour per 1,000 residents a year",
        "place_minor_crime_rate": "Minor crime per 1,000 residents a year",
        "place_asb_share": "Antisocial behaviour as a share of ASB and minor crime",
    }
)

#: Unit of each Place variable.
PLACE_UNITS: Mapping[str, str] = MappingProxyType(
    {"place_asb_rate": "rate", "place_minor_crime_rate": "rate", "place_asb_share": "share"}
)

_RATES = ((Kind.ASB, "place_asb_rate"), (Kind.MINOR_CRIME, "place_minor_crime_rate"))
_YEAR = 12
_PER = 1000.0


def yearly_counts(
    area_counts: pd.DataFrame, kinds: pd.DataFrame, residents: pd.Series, *, last_month_index: int
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64]]:
    """
    Return the incidents of the last 12 months by rate, and the exposure of each area in thousands of person-years.

    Parameters
    ----------
    area_counts, kinds, residents, last_month_index
        As in `place_table`.
    """
    frame = area_counts.merge(kinds[["kind_id", "kind"]], on="kind_id", how="inner")
    age = last_month_index - frame["month_index"]
    frame = frame[age.between(0, _YEAR - 1) & ~frame["is_officer_generated"]]
    exposure = residents.to_numpy(dtype=np.float64) * frame["month_index"].nunique() / _YEAR / _PER
    counts = {}
    for kind, name in _RATES:
        n = frame[frame["kind"] == kind.value].groupby("area_code")["n"].sum().reindex(residents.index, fill_value=0)
        if n.sum() > 0:
            counts[name] = n.to_numpy(dtype=np.float64)
    return counts, exposure


def place_table(
    area_counts: pd.DataFrame, kinds: pd.DataFrame, residents: pd.Series, *, last_month_index: int
) -> pd.DataFrame:
    """
    Return empirical-Bayes rates of the last 12 months, and the share of antisocial behaviour in both.

    Only what the public report is counted. A variable of which nothing is recorded in the whole force is left out.

    Parameters
    ----------
    area_counts
        `domain.schemas.AREA_COUNTS`.
    kinds
        `domain.schemas.KINDS`.
    residents
        Residents by area, all positive.
    last_month_index
        Last month.

    Returns
    -------
    DataFrame
        On the index of `residents`, some or all of the columns of `PLACE_LABELS`.
    """
    counts, exposure = yearly_counts(area_counts, kinds, residents, last_month_index=last_month_index)
    table = pd.DataFrame({name: empirical_bayes(n, exposure).rate for name, n in counts.items()}, index=residents.index)
    if table.shape[1] == 2:
        table["place_asb_share"] = 100.0 * table["place_asb_rate"] / table.sum(axis=1)
    return table


def transform_places(table: pd.DataFrame) -> pd.DataFrame:
    """Return rates as logarithms (a rate is a matter of times, not of differences) and shares as they are."""
    columns = {name: np.log(table[name]) if PLACE_UNITS[str(name)] == "rate" else table[name] for name in table.columns}
    return pd.DataFrame(columns, index=table.index)
