"""Steadied against plain rates: the check finds the better one, and says nothing where it cannot."""

from __future__ import annotations

import numpy as np

from profiles.figures import Geography
from profiles.foretell import foretell
from profiles.history import MonthlyCounts

N = 400
CODES = np.array([f"S{i:03d}" for i in range(N)], dtype=object)
MONTHS = np.arange(24_300, 24_312)


def _told(rates: np.ndarray, *, months=MONTHS, residents=None):
    rng = np.random.default_rng(3)
    counts = rng.poisson(rates[:, None] / 12, size=(N, len(months))).astype(float)
    people = np.full(N, 1500.0) if residents is None else residents
    small = Geography.of_small_areas("lsoa:2021", CODES)
    return foretell(MonthlyCounts(months, {"asb": counts}), small, people, rng=rng)


def test_where_areas_hardly_differ_steadied_rates_are_better() -> None:
    (told,) = _told(np.full(N, 4.0))
    assert told.lower > 0
    assert told.verdict == "better than"
    assert told.n_areas == N


def test_where_counts_are_large_the_two_are_near_each_other() -> None:
    (told,) = _told(np.random.default_rng(1).gamma(4, 500, N))
    assert abs(told.gain) < 0.1


def test_a_gap_too_few_months_or_nobody_says_nothing() -> None:
    assert _told(np.full(N, 4.0), months=MONTHS[:11]) == ()
    assert _told(np.full(N, 4.0), months=np.append(MONTHS[:5], MONTHS[6:] + 1)) == ()
    assert _told(np.full(N, 4.0), residents=np.zeros(N)) == ()
    assert _told(np.full(N, 4.0), residents=np.full(N, np.nan)) == ()
