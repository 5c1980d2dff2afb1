"""Seasons: the index of a month at known answers, and planted seaside summers that plain counts do not see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely

from domain.incidents import ScoringSet
from domain.months import LocalMonth
from hotspots.backtest import backtest
from hotspots.candidates import Blend, PriorCounts
from hotspots.capped_zones import price_of_caps
from hotspots.history import History
from hotspots.rasters import force_raster
from hotspots.red_zones import ZoneSettings, find_red_zones
from hotspots.seasons import SameSeason, seasonal_index
from hotspots.surface import BlendSettings, score_raster

RASTER = force_raster(shapely.box(0, 0, 4_000, 3_000), pixel_m=50.0, anchor_m=250.0)
JUNE, AUGUST, JANUARY = (LocalMonth(2025, month).index for month in (6, 8, 1))
PATTERN = np.array([0.5, 0.6, 0.8, 1.0, 1.2, 1.5, 1.9, 1.6, 1.1, 0.8, 0.5, 0.5])
SEA, TOWN = (500.0, 500.0), (3_000.0, 2_000.0)


def monthly(n_months: int, *, last: int, growth: float = 1.0) -> dict[int, int]:
    """Return incidents by month that follow the pattern exactly, at a level that grows by a factor a year."""
    months = range(last - n_months + 1, last + 1)
    return {m: round(1e9 * growth ** ((m - last) / 12) * PATTERN[m % 12]) for m in months}


# --- the index --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("growth", [1.0, 0.7, 1.4])
@pytest.mark.parametrize("last", [LocalMonth(2025, 12).index, LocalMonth(2025, 5).index])
def test_years_that_agree_give_their_pattern_whatever_the_level_does(growth, last) -> None:
    index = seasonal_index(monthly(36, last=last, growth=growth), last_month_index=last)
    assert (index.n_years, index.n_months) == (3, 36)
    np.testing.assert_allclose(index.by_month, PATTERN / PATTERN.mean(), atol=1e-6)


def test_years_that_disagree_as_much_as_months_do_have_no_season() -> None:
    rng = np.random.default_rng(4)
    drawn = [
        seasonal_index(dict(enumerate(rng.poisson(100, 36).tolist(), start=24_000)), last_month_index=24_035).by_month
        for _ in range(100)
    ]
    assert np.abs(np.array(drawn) - 1).mean() < 0.025  # the plain means lie 0.045 from 1


def test_a_noisy_season_is_shrunk_and_not_lost() -> None:
    rng = np.random.default_rng(5)
    counts = {m: int(rng.poisson(40 * PATTERN[m % 12])) for m in range(24_000, 24_048)}
    index = seasonal_index(counts, last_month_index=24_047).by_month
    assert np.corrcoef(index, PATTERN)[0, 1] > 0.95
    years = np.array(list(counts.values())).reshape(4, 12)
    plain = (12 * years / years.sum(axis=1, keepdims=True)).mean(axis=0)
    assert 0.9 < np.ptp(index) / np.ptp(plain) < 1


def test_under_two_years_or_across_a_gap_there_is_no_index_and_the_sentence_says_so() -> None:
    counts = monthly(36, last=AUGUST)
    short = seasonal_index({m: n for m, n in counts.items() if m > AUGUST - 23}, last_month_index=AUGUST)
    gap = seasonal_index({m: n for m, n in counts.items() if m != AUGUST - 13}, last_month_index=AUGUST)
    none = seasonal_index({}, last_month_index=AUGUST)
    for index, n_months in ((short, 23), (gap, 13), (none, 0)):
        assert (index.by_month == 1).all()
        assert (index.n_years, index.n_months) == (0, n_months)
    said = short.sentence(AUGUST + 1)
    assert said.startswith("Expected incidents are those of an average month: a season shows in 24 months in a row, ")
    assert said.endswith("and there are 23 months.")


def test_a_step_in_recording_is_not_taken_for_a_season() -> None:
    counts = {month: 100 if month > AUGUST - 12 else 160 for month in range(AUGUST - 23, AUGUST + 1)}
    index = seasonal_index(counts, last_month_index=AUGUST)
    assert (index.by_month == 1).all()
    assert "no season can be told" in index.sentence(AUGUST + 1)
    gentle = {month: min(n, 130) for month, n in counts.items()}
    assert seasonal_index(gentle, last_month_index=AUGUST).n_years == 2


def test_a_month_is_worth_what_its_index_says_against_the_one_that_is_forecast() -> None:
    index = seasonal_index(monthly(24, last=AUGUST), last_month_index=AUGUST)
    worth = index.exposures(np.array([JANUARY, JUNE + 1]), month_index=JUNE)
    np.testing.assert_allclose(worth, [0.5 / 1.5, 1.9 / 1.5], atol=1e-6)
    assert "sees 1.10 of an average month's (2 years read)" in index.sentence(LocalMonth(2025, 9).index)


# --- the candidate ----------------------------------------------------------------------------------------------------


def past_of(n_months: int, *, month_index: int, times: float = 1.0, before: int = 0) -> History:
    """Return a window of twelve months and what lies before: 10 a month in town, 20 at the sea from June to August."""
    rows = []
    for month in range(month_index - n_months, month_index):
        factor = times if month < before else 1.0
        rows.append((*TOWN, month, 10 * factor))
        if month % 12 in (5, 6, 7):
            rows.append((*SEA, month, 20 * factor))
    x, y, month, n = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    month = month.astype(np.int64)
    history = History(np.arange(len(x)), x, y, month, n, 2 * n, n, np.unique(month))
    return history.window(month_index - 12)


def at(candidate, history: History, month_index: int) -> dict[str, float]:
    pixels = score_raster(candidate.score(history, RASTER, month_index=month_index), history, RASTER)
    row, column = RASTER.pixel_of(np.array([SEA[0], TOWN[0]]), np.array([SEA[1], TOWN[1]]))
    return dict(zip(("sea", "town"), pixels[row, column], strict=True))


def test_before_summer_the_sea_leads_and_before_winter_the_town_does() -> None:
    june, january = (at(SameSeason(), past_of(36, month_index=m), m) for m in (JUNE, JANUARY))
    assert june["sea"] > june["town"]
    assert january["town"] > 2 * january["sea"]
    for plain in (PriorCounts(12), Blend()):
        without = at(plain, past_of(36, month_index=JUNE), JUNE)
        assert without["town"] > without["sea"]


def test_the_season_is_read_as_shares_so_that_a_year_that_recorded_more_does_not_count_more() -> None:
    one = at(SameSeason(), past_of(36, month_index=JUNE), JUNE)
    other = at(SameSeason(), past_of(36, month_index=JUNE, times=7.0, before=JUNE - 12), JUNE)
    assert other == pytest.approx(one)


def test_what_lies_before_the_window_counts_by_the_stated_weights() -> None:
    """Between the window alone and the season alone: May of two earlier years, June and July of three, as shares."""
    history = past_of(36, month_index=JUNE)
    counts_alone = BlendSettings(q_sparse=0.0, q_dense=0.0, spread=0.0, wide=0.0)
    found = at(SameSeason(counts_alone), history, JUNE)
    ages = np.arange(1, 13)
    decay = 0.5 ** ((ages - 1) / 8)
    is_summer = np.isin((JUNE - ages) % 12, (5, 6, 7))
    sea, town = float((20 * decay[is_summer]).sum()), float((10 * decay).sum())
    level = sea + town
    of_kernel = np.array([0.25] * 5 + [0.5] * 3)  # 2 x May, 3 x July, 3 x June
    months = of_kernel.sum() ** 2 / (of_kernel**2).sum()
    season = (2 / 3) * (of_kernel.sum() - 2 * 0.25) / of_kernel.sum()  # two thirds in June and July, nothing in May
    per_month = level / decay.sum()
    excess = 2 * (months * per_month * (season - sea / level)) ** 2 - months * per_month
    beta = months**2 * per_month / excess
    share = months / (beta + months)
    assert 0.5 < share < 1
    assert found["sea"] == pytest.approx((1 - share) * sea + share * level * season)
    assert found["town"] == pytest.approx((1 - share) * town + share * level * (1 - season))


def test_where_no_place_has_a_season_reading_more_years_does_no_harm() -> None:
    rng = np.random.default_rng(2)
    at_x, at_y = rng.uniform(50, 3_950, 300), rng.uniform(50, 2_950, 300)
    rate = rng.gamma(0.5, 2.0, 300)
    n = rng.poisson(rate, (36, 300)).astype(float)
    month, place = (axis.ravel() for axis in np.indices(n.shape))
    counts = n.ravel()
    history = History(
        place, at_x[place], at_y[place], month + JUNE - 36, counts, counts, counts, np.arange(JUNE - 36, JUNE)
    )
    window = history.window(JUNE - 12)
    season, blend = (
        score_raster(c.score(window, RASTER, month_index=JUNE), window, RASTER) for c in (SameSeason(), Blend())
    )
    row, column = RASTER.pixel_of(at_x, at_y)
    assert np.corrcoef(season[row, column], rate)[0, 1] > np.corrcoef(blend[row, column], rate)[0, 1]


def test_with_less_than_two_years_it_is_the_blend() -> None:
    history = past_of(23, month_index=JUNE)
    assert at(SameSeason(), history, JUNE) == at(Blend(), history, JUNE)
    alone = replace(past_of(36, month_index=JUNE), earlier=None)
    assert at(SameSeason(), alone, JUNE) == at(Blend(), alone, JUNE)


# --- in the ledger and on the ground ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seaside(ashby):
    """Return Ashby over 44 months: the market place is a beach, busy from June to August; the estate is steady."""
    rng, rows = np.random.default_rng(8), []
    beach, estate = ashby.places["place_id"].between(200, 209), ashby.places["place_id"].between(210, 219)
    for month in range(AUGUST - 43, AUGUST + 1):
        summer = month % 12 in (5, 6, 7)
        rate = np.where(beach, 4.0 if summer else 0.1, np.where(estate, 1.5, 0.05))
        n = rng.poisson(rate)
        rows += [(int(ashby.places["place_id"][i]), month, 0, False, int(n[i])) for i in np.flatnonzero(n)]
    columns = ["place_id", "month_index", "kind_id", "is_officer_generated", "n"]
    return replace(ashby, counts=pd.DataFrame(rows, columns=columns))


def test_planted_summers_are_found_by_the_season_and_not_by_plain_counts(seaside) -> None:
    tested = seaside.test_input(last_month_index=AUGUST, test_months=15, capacity=1)
    result = backtest(**tested)
    rates = result.ledger[result.ledger["budget"] == "capacity"].pivot_table("hit_rate", "month", "candidate")
    begin = rates.loc[["2024-06", "2025-06"]].mean()
    naive = begin[[name for name in begin.index if name.startswith("prior counts")]]
    assert begin["same season"] > 1.3 * naive.max()
    winter = rates.loc[["2024-11", "2024-12", "2025-01", "2025-02"]].mean()
    assert winter["same season"] > 0.95 * winter["blend"]
    gain = result.summary.set_index(["candidate", "budget"])["gain_lower"]
    assert gain["same season", "capacity"] > 0
    assert result.chosen == "same season"


def test_zones_before_summer_stand_where_the_season_was(seaside) -> None:
    wanted = seaside.zone_input(last_month_index=JUNE - 1, settings=ZoneSettings(capacity=1))
    by_season, by_counts = (
        find_red_zones(**{**wanted, "model": model}) for model in ("same season", "prior counts, 12 months")
    )
    assert by_season.zones["patrol_code"].tolist() == ["W1"]
    assert by_counts.zones["patrol_code"].tolist() == ["W2"]
    parts = [name for name in by_season.zones if name.startswith("part_")]
    np.testing.assert_allclose(by_season.zones[parts].astype(float).sum(axis="columns"), by_season.zones["score"])
    assert any("3 years read" in note for note in by_season.notes)


def test_expected_incidents_follow_the_season_of_the_force(ashby) -> None:
    """July sees twice an average month: before July, twice what the zone saw a month; before January, its average."""
    rows = []
    for month in range(JUNE - 35, JUNE + 1):
        rows += [
            (place, month, 0, False, 12 if month % 12 == 6 else 5)
            for place in (*range(200, 205), *range(210, 215), 220)
        ]
    counts = pd.DataFrame(rows, columns=["place_id", "month_index", "kind_id", "is_officer_generated", "n"])
    settings = ZoneSettings(capacity=1, half_life_months=1e6)

    def expected(last: int) -> float:
        known = counts[counts["month_index"] <= last]
        zones = find_red_zones(**ashby.zone_input(place_counts=known, last_month_index=last, settings=settings)).zones
        return float(zones["expected_per_month"][0] / zones["n_places"][0])

    assert expected(JUNE) == pytest.approx(12, rel=0.05)
    assert expected(JUNE - 6) == pytest.approx(5, rel=0.05)
    assert expected(JUNE - 13) == pytest.approx((12 + 11 * 5) / 12, rel=0.05)  # 23 months: no index yet


def test_a_past_of_a_year_says_that_the_season_is_not_tried_and_why(ashby) -> None:
    result = backtest(**ashby.test_input())
    assert "same season" not in set(result.ledger["candidate"])
    assert "Not tried: same season, which needs 24 months before 2025-07, the first that is tested; there are 6." in (
        result.reason
    )


def test_the_price_of_caps_reads_the_season_where_the_season_scores(seaside) -> None:
    def hit_rate(model: str) -> float:
        price = price_of_caps(
            **seaside.tables, scoring_set=ScoringSet.STREET, last_month_index=JUNE, test_months=13, force=seaside.force,
            settings=ZoneSettings(capacity=1, pixel_m=50.0), model=model, class_of_area={"E01": "a", "E02": "b"},
            rng=np.random.default_rng(1),
        )  # fmt: skip
        return float(price.curve.loc[np.isinf(price.curve["slack"]), "hit_rate"].iloc[0])

    assert hit_rate("same season") > 1.03 * hit_rate("blend")
