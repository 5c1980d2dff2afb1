"""Near repeats of the chosen kinds as a table of bands, with what it takes: a day for every incident."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from domain.areas import FigureState
from hotspots.near_repeat import knox

__all__ = ["NEAR_REPEAT_COLUMNS", "NearRepeatSettings", "NearRepeatTable", "near_repeat_table"]

_SECONDS_A_DAY = 86_400.0

NEAR_REPEAT_COLUMNS = (
    "distance_from_m", "distance_to_m", "delay_from_days", "delay_to_days", "observed", "expected", "ratio",
    "p_value", "q_value", "is_beyond_chance",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NearRepeatSettings:
    """
    Bands and test.

    Parameters
    ----------
    distance_edges_m, delay_edges_days
        Edges of half-open bands `[a, b)`. The first distance band is the same point.
    n_permutations
        Permutations of the days.
    false_discovery_rate
        Level over all bands of the table.
    least_events
        Fewer dated incidents say nothing.
    most_span_days
        An incident between two times that are further apart is left out: its day is not known.
    most_events
        The latest so many incidents are read, so that the number of pairs stays bounded.
    """

    distance_edges_m: tuple[float, ...] = (0.0, 1.0, 100.0, 200.0, 400.0)
    delay_edges_days: tuple[float, ...] = (0.0, 2.0, 7.0, 14.0, 28.0)
    n_permutations: int = 999
    false_discovery_rate: float = 0.05
    least_events: int = 50
    most_span_days: float = 1.0
    most_events: int = 50_000


@dataclass(frozen=True, slots=True)
class NearRepeatTable:
    """
    Near repeats of one scoring set.

    Parameters
    ----------
    state, reason
        Whether they were tested, or why not.
    bands
        A row per band of distance and delay: `NEAR_REPEAT_COLUMNS`.
    n_events, n_left_out
        Incidents tested, and those of the chosen kinds whose day is not known.
    n_permutations
        R.
    """

    state: FigureState
    reason: str
    bands: pd.DataFrame
    n_events: int
    n_left_out: int
    n_permutations: int


def near_repeat_table(
    incidents: pd.DataFrame,
    own_kinds: frozenset[int],
    *,
    n_untimed: int,
    settings: NearRepeatSettings,
    rng: np.random.Generator,
) -> NearRepeatTable:
    """
    Test whether incidents close to one another are also close in time, more often than by chance.

    Parameters
    ----------
    incidents
        Table `domain.schemas.TIMED_INCIDENTS`.
    own_kinds
        Categories (`kind_id`) of the chosen kinds; officer-generated rows never count.
    n_untimed
        Incidents of which only the month is known.
    settings
        Bands and test.
    rng
        Draws the permutations.

    Returns
    -------
    NearRepeatTable
        `no_data` where no incident has a day, `cannot_tell` where too few have.
    """
    own = incidents[incidents["kind_id"].isin(own_kinds) & ~incidents["is_officer_generated"]]
    span_days = (own["ends_at"] - own["begins_at"]).dt.total_seconds().fillna(0.0) / _SECONDS_A_DAY
    dated = own[span_days.to_numpy() <= settings.most_span_days].sort_values(
        ["begins_at", "incident_id"], kind="stable"
    )
    dated = dated.iloc[-settings.most_events :]
    left_out = len(own) - len(dated)
    empty = pd.DataFrame({column: [] for column in NEAR_REPEAT_COLUMNS})
    if dated.empty:
        reason = "Near repeats need the day of each incident; these data give the month alone."
        if not n_untimed and not len(own):
            reason = "No incident of the chosen kinds has a time."
        return NearRepeatTable(FigureState.NO_DATA, reason, empty, 0, left_out, settings.n_permutations)
    if len(dated) < settings.least_events:
        reason = f"Near repeats need at least {settings.least_events} dated incidents; there are {len(dated)}."
        return NearRepeatTable(FigureState.CANNOT_TELL, reason, empty, len(dated), left_out, settings.n_permutations)
    day = dated["begins_at"].to_numpy(dtype="datetime64[D]").astype(np.float64)
    points = dated[["x", "y"]].to_numpy(np.float64)
    bands = _bands(points, day - day.min(), settings, rng)
    return NearRepeatTable(FigureState.OK, "", bands, len(dated), left_out, settings.n_permutations)


def _bands(
    points: NDArray[np.float64], days: NDArray[np.float64], settings: NearRepeatSettings, rng: np.random.Generator
) -> pd.DataFrame:
    found = knox(
        points,
        days,
        distance_edges_m=settings.distance_edges_m,
        delay_edges_days=settings.delay_edges_days,
        metric="euclidean",
        n_permutations=settings.n_permutations,
        rng=rng,
    )
    q = false_discovery_control(found.p_value.ravel()).reshape(found.p_value.shape)
    rows = [
        (*distance, *delay, int(found.observed[i, j]), float(found.expected[i, j]), float(found.ratio[i, j]),
         float(found.p_value[i, j]), float(q[i, j]), bool(q[i, j] <= settings.false_discovery_rate))
        for i, distance in enumerate(pairwise(settings.distance_edges_m))
        for j, delay in enumerate(pairwise(settings.delay_edges_days))
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(NEAR_REPEAT_COLUMNS))
