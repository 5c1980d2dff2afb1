"""Level shifts: published and planted changes are found, seasons are not, and false alarms keep to their rate."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from scipy.stats import binom

from domain.errors import AnalysisError
from domain.months import LocalMonth, month_range
from spatialstats.level_shifts import _rank_of_limit, _scores, level_shifts

# the annual flow of the Nile at Aswan, 1871-1970, in 10^8 cubic metres; its level fell after 1898 (Cobb 1978)
NILE = (
    "1120 1160 963 1210 1160 1160 813 1230 1370 1140 995 935 1110 994 1020 960 1180 799 958 1140 1100 1210 1150 1250 "
    "1260 1220 1030 1100 774 840 874 694 940 833 701 916 692 1020 1050 969 831 726 456 824 702 1120 1100 832 764 821 "
    "768 845 864 862 698 845 744 796 1040 759 781 865 845 944 984 897 822 1010 771 676 649 846 812 742 801 1040 860 "
    "874 848 890 744 749 838 1050 918 986 797 923 975 815 1020 906 901 1170 912 746 919 718 714 740"
)
SEASON = np.array([0.6, 0.7, 0.9, 1.0, 1.2, 1.3, 1.45, 1.4, 1.15, 1.0, 0.75, 0.55])


def months_from(first: str, n: int) -> tuple[LocalMonth, ...]:
    start = LocalMonth.parse(first)
    return month_range(start, start.shift(n - 1))


def found(months: Sequence[LocalMonth], counts: ArrayLike) -> list[str]:
    result = level_shifts(months, counts, rng=np.random.default_rng(7))
    assert result.state == "ok"
    return [str(shift.first_after) for shift in result.shifts]


def test_the_fall_of_the_nile_is_found_between_1898_and_1899() -> None:
    flow = np.array(NILE.split(), dtype=np.float64)
    months = months_from("1871-01", 1200)
    result = level_shifts(months, np.repeat(flow, 12), rng=np.random.default_rng(1))
    assert [str(shift.last_before) for shift in result.shifts] == ["1898-12"]
    # its mean was 1,097.75 until 1898 and 849.97 from then on
    assert result.shifts[0].ratio == pytest.approx(849.97 / 1097.75, abs=5e-4)


def test_the_statistic_is_the_sum_of_signs_over_pairs_of_like_months() -> None:
    rng = np.random.default_rng(11)
    months = months_from("2019-05", 40)
    counts = rng.poisson(30 * np.resize(SEASON, 40) * np.where(np.arange(40) < 22, 1.0, 0.6))
    season = np.array([month.month for month in months])
    statistic: dict[str, float] = {}
    for k in range(1, 40):
        if np.intersect1d(season[:k], season[k:]).size < 6:
            continue
        pairs = [(i, j) for i in range(k) for j in range(k, 40) if season[i] == season[j]]
        statistic[str(months[k])] = abs(sum(np.sign(counts[i] - counts[j]) for i, j in pairs))
    [at] = found(months, counts)
    assert statistic[at] == max(statistic.values())


def test_a_season_however_steep_is_no_shift() -> None:
    months = months_from("2016-02", 120)
    assert found(months, np.round(600 * np.resize(np.roll(SEASON, -1), 120))) == []


@pytest.mark.parametrize("factor", [0.25, 0.6, 1.6, 4.0])
def test_a_planted_shift_is_found_within_two_months(factor: float) -> None:
    rng = np.random.default_rng(5)
    months = months_from("2019-01", 60)
    level = np.where(np.arange(60) < 33, 1.0, factor)
    result = level_shifts(months, rng.poisson(200 * np.resize(SEASON, 60) * level), rng=rng)
    assert len(result.shifts) == 1
    shift = result.shifts[0]
    assert abs(shift.first_after.index - months[33].index) <= 2
    assert shift.lower <= factor <= shift.upper
    assert shift.p_value <= 0.01


def test_two_shifts_are_both_found() -> None:
    months = months_from("2012-01", 120)
    level = np.select([np.arange(120) < 48, np.arange(120) < 84], [1.0, 2.0], 0.8)
    counts = np.random.default_rng(2).poisson(150 * np.resize(SEASON, 120) * level)
    assert found(months, counts) == ["2016-01", "2019-01"]


def test_one_wild_month_is_no_shift() -> None:
    months = months_from("2021-01", 36)
    counts = np.random.default_rng(3).poisson(100 * np.resize(SEASON, 36))
    counts[20] = 5_000
    assert found(months, counts) == []


@pytest.mark.parametrize(("noise", "autocorrelation"), [(0.0, 0.0), (0.1, 0.0), (0.1, 0.5)])
def test_false_alarms_stay_below_their_rate(noise: float, autocorrelation: float) -> None:
    rng = np.random.default_rng(17)
    months, n_series, alarms = months_from("2020-04", 48), 400, 0
    for _ in range(n_series):
        drift = np.zeros(48)
        for i in range(1, 48):
            drift[i] = autocorrelation * drift[i - 1] + rng.normal(0, noise * np.sqrt(1 - autocorrelation**2))
        counts = rng.poisson(60 * np.resize(SEASON, 48) * np.exp(drift))
        alarms += bool(level_shifts(months, counts, rng=rng, permutations=299).shifts)
    # 1 per cent of 400 is 4; more than 10 would happen by chance once in 300 times
    assert alarms <= 10


@given(
    counts=st.lists(st.integers(0, 500), min_size=24, max_size=40),
    factor=st.integers(2, 9),
)
@settings(max_examples=25, deadline=None)
def test_the_unit_of_counting_does_not_move_a_shift(counts: list[int], factor: int) -> None:
    months = months_from("2018-01", len(counts))
    single, several = (
        level_shifts(months, of, rng=np.random.default_rng(1), permutations=199, alpha=0.2, least_ratio=1.0)
        for of in (counts, np.array(counts) * factor)
    )
    assert single.state == several.state
    assert [s.p_value for s in single.shifts][:1] == [s.p_value for s in several.shifts][:1]


def test_short_series_and_unlike_months_tell_nothing() -> None:
    short = level_shifts(months_from("2025-01", 12), np.arange(12), rng=np.random.default_rng(1))
    assert (short.state, short.reason, short.shifts) == ("cannot_tell", "needs 24 months, and 12 are known", ())
    winters = [LocalMonth(year, month) for year in range(2000, 2010) for month in (1, 2, 3)]
    unlike = level_shifts(winters, np.arange(30), rng=np.random.default_rng(1))
    assert unlike.state == "cannot_tell"


@pytest.mark.parametrize(
    ("months", "counts", "words"),
    [
        (months_from("2025-01", 24)[::-1], np.ones(24), "ascending"),
        (months_from("2025-01", 24), np.ones(23), "do not go together"),
        (months_from("2025-01", 24), np.full(24, np.nan), "not known"),
        (months_from("2025-01", 24), -np.ones(24), "negative"),
    ],
)
def test_what_is_no_series_is_refused(months: tuple[LocalMonth, ...], counts: ArrayLike, words: str) -> None:
    with pytest.raises(AnalysisError, match=words):
        level_shifts(months, counts, rng=np.random.default_rng(1))


def test_cheshire_asb_fell_between_2017_and_2023(cheshire: Path) -> None:
    counts: Counter[str] = Counter()
    for file in sorted((cheshire / "crime").glob("*-street.csv.gz")):
        with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
            counts[file.name[:7]] = sum(row["Crime type"] == "Anti-social behaviour" for row in csv.DictReader(stream))
    months = [LocalMonth.parse(month) for month in sorted(counts)]
    result = level_shifts(months, [counts[str(month)] for month in months], rng=np.random.default_rng(1))
    assert [(str(s.last_before), str(s.first_after)) for s in result.shifts] == [("2017-02", "2023-03")]
    assert 0.19 < result.shifts[0].ratio < 0.25


@pytest.mark.parametrize("n", range(1, 13))
def test_the_limits_are_the_order_statistics_of_the_binomial(n: int) -> None:
    assert _rank_of_limit(n) == int(binom.ppf(0.025, n, 0.5))


def test_ties_share_their_rank() -> None:
    season, values = np.array([0, 1, 0, 1, 0, 0]), np.array([3.0, 8, 3, 9, 1, 7])
    # of 3, 3, 1 and 7, the equal pair exceeds one and is exceeded by one
    assert _scores(season, values).tolist() == [0, -1, 0, 1, -3, 3]
