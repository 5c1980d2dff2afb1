"""The fitted, dated and named candidates: known answers, only the past, and nothing about people."""

from __future__ import annotations

import inspect
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
import shapely

from domain.incidents import ScoringSet
from domain.months import LocalMonth
from domain.schemas import KINDS, PLACE_COUNTS, PLACES
from hotspots.backtest import backtest
from hotspots.candidates import Blend, PriorCounts, standard_candidates
from hotspots.cell_candidates import GammaPoisson, PoissonBoosting
from hotspots.event_candidates import DatedEvents, NearRepeats, Nominations, SpreadCounts
from hotspots.expectation import prior_months
from hotspots.history import History, public_history, scored_rows
from hotspots.rasters import force_raster
from hotspots.red_zones import find_red_zones
from hotspots.surface import score_raster
from hotspots.zones_against_cells import zones_against_cells

LAST = LocalMonth(2025, 12).index
RASTER = force_raster(shapely.box(0, 0, 4_000, 3_000), pixel_m=50.0, anchor_m=250.0)
PEOPLE_WORDS = ("people", "census", "depriv", "imd", "ethnic", "segment", "group", "age_band", "sex", "religion")


def history(*rows: tuple[float, float, int, float]) -> History:
    """Return a history of rows: x, y, month, incidents."""
    x, y, month, n = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    month = month.astype(np.int64)
    return History(np.arange(len(x)), x, y, month, n, n, n, np.unique(month))


def test_a_prior_is_worth_little_where_pixels_differ_much() -> None:
    rng = np.random.default_rng(3)
    mean = np.full((60, 60), 0.5)
    rates = rng.gamma(2.0, mean / 2.0)  # a gamma of mean 0.5 that is worth four months
    assert prior_months(rng.poisson(12 * rates).astype(float), mean, 12.0) == pytest.approx(4.0, rel=0.2)
    assert prior_months(rng.poisson(12 * mean).astype(float), mean, 12.0) > 50


def test_shrinkage_ranks_equal_counts_by_their_surroundings() -> None:
    lone, busy = (500.0, 500.0), [(3_000.0 + 100 * i, 2_000.0) for i in range(4)]
    past = history(*[(x, y, month, 2) for month in (1, 2, 3) for x, y in (lone, *busy)])
    pixels = score_raster(GammaPoisson().score(past, RASTER, month_index=4), past, RASTER)
    row, column = RASTER.pixel_of(past.x[:2], past.y[:2])
    assert pixels[row[1], column[1]] > pixels[row[0], column[0]] > 0


@pytest.mark.parametrize("candidate", [GammaPoisson(), PoissonBoosting()], ids=lambda c: c.name)
@pytest.mark.parametrize(
    "rows", [[(10, 10, 1, 1)], [(10, 10, m, 1) for m in (1, 2)], [(10, 10, 1, 0), (900, 900, 2, 0)]]
)
def test_a_thin_past_gives_a_score_that_is_finite(candidate, rows) -> None:
    past = history(*rows)
    pixels = score_raster(candidate.score(past, RASTER, month_index=3), past, RASTER)
    assert np.isfinite(pixels).all()
    assert (pixels >= 0).all()


def test_boosting_knows_the_past_only_and_repeats_itself(ashby) -> None:
    rows = scored_rows(**ashby.tables, scoring_set=ScoringSet.STREET)
    everything = public_history(rows, last_month_index=LAST)
    raster = force_raster(ashby.outline, pixel_m=50.0, anchor_m=250.0).holding(everything.x, everything.y)
    past = everything.before(LAST)
    first, again = (PoissonBoosting().score(past, raster, month_index=LAST) for _ in range(2))
    np.testing.assert_array_equal(first.sharp, again.sharp)
    np.testing.assert_array_equal(first.smooth, again.smooth)


def test_near_repeats_lift_what_happened_lately_and_never_read_the_future() -> None:
    past = history((1_010, 1_010, 1, 1), (3_010, 1_010, 1, 1))
    days = np.array(["2020-01-27", "2020-01-02", "2020-02-01"], dtype="datetime64[D]")
    events = DatedEvents(np.array([1_010.0, 3_010.0, 2_010.0]), np.array([1_010.0, 1_010.0, 2_010.0]), days)
    candidate = NearRepeats(events, lambda index: np.datetime64("2020-01-29"))
    lifted = score_raster(candidate.score(past, RASTER, month_index=2), past, RASTER)
    plain = score_raster(SpreadCounts().score(past, RASTER, month_index=2), past, RASTER)
    recent, older, future = (RASTER.pixel_of(events.x[[i]], events.y[[i]]) for i in range(3))
    assert lifted[recent] - plain[recent] > 2 * (lifted[older] - plain[older]) > 0
    assert lifted[future] == plain[future] == 0


def test_named_places_rank_as_they_are_named() -> None:
    named = Nominations(np.array([1_000.0, 3_000.0]), np.array([1_000.0, 2_000.0]), radius_m=141.0)
    past = history((10, 10, 1, 5))
    score = named.score(past, RASTER, month_index=2)
    assert score.smooth[20, 20] == 2
    assert score.smooth[40, 60] == 1
    assert not score.sharp.any()
    assert (score.smooth > 0).sum() * 2_500 == pytest.approx(2 * np.pi * 141**2, rel=0.1)


def test_every_candidate_can_be_tested_together(ashby) -> None:
    candidates = (
        *standard_candidates(),
        GammaPoisson(),
        PoissonBoosting(),
        Nominations(np.array([341_210.0]), np.array([367_130.0])),
    )
    result = backtest(**ashby.test_input(candidates=candidates, test_months=2, origins=[(0.0, 0.0)]))
    assert result.summary["candidate"].nunique() == len(candidates) - 1  # Ashby has one year: no season is tried
    at_one = result.summary.query("budget == '1 %'").set_index("candidate")["hit_rate"]
    assert (at_one[["gamma-Poisson", "Poisson boosting"]] > 0.5 * at_one["prior counts, all months"]).all()


def test_zones_are_compared_with_cells_on_the_same_area(ashby) -> None:
    values = ashby.test_input(test_months=2)
    for name in ("capacity", "radius_m"):
        del values[name]
    result = zones_against_cells(**values, area_share=0.02)
    rows = scored_rows(**ashby.tables, scoring_set=ScoringSet.STREET)
    tested = rows[rows["is_own"] & (rows["month_index"] > LAST - 2)]
    assert result.n_events == tested["n"].sum()
    table = result.by_jitter
    assert table["jitter_m"].tolist() == [0.0, 35.0, 70.0]
    assert (table[["zone_hits", "cell_hits"]] <= result.n_events).all().all()
    np.testing.assert_allclose(table["gain"], table["zone_hits"] / table["cell_hits"] - 1)
    # Ashby's hot places are as small as a cell; it is where points move that freedom from the grid pays.
    assert (table["gain"].iloc[1:] > 0).all()


# --- no score reads who people are (DESIGN rule 9) -------------------------------------------------------------------


def test_no_input_of_a_score_has_room_for_people() -> None:
    columns = {name for schema in (PLACES, PLACE_COUNTS, KINDS) for name in schema.columns}
    names = columns | {f.name for f in fields(History)}
    for scorer in (*standard_candidates(), GammaPoisson(), PoissonBoosting(), SpreadCounts()):
        names |= set(inspect.signature(scorer.score).parameters) | {f.name for f in fields(scorer)}
    names |= set(inspect.signature(public_history).parameters) | set(inspect.signature(backtest).parameters)
    assert [n for n in sorted(names) if any(word in n for word in PEOPLE_WORDS)] == []


def test_a_column_about_people_changes_no_forecast(ashby) -> None:
    rng = np.random.default_rng(5)
    places = ashby.places.assign(income_score=rng.random(len(ashby.places)), share_ethnic=rng.random(len(ashby.places)))
    shuffled = places.assign(small_area_code=rng.permutation(places["small_area_code"].to_numpy()))
    candidates = (PriorCounts(), Blend(), GammaPoisson(), PoissonBoosting())
    options = {"candidates": candidates, "test_months": 2, "origins": [(0.0, 0.0)]}
    plain, about_people = (backtest(**ashby.test_input(**options, **changed)) for changed in ({}, {"places": shuffled}))
    pd.testing.assert_frame_equal(plain.ledger, about_people.ledger)


def test_who_lives_where_moves_no_zone(ashby) -> None:
    zones = find_red_zones(**ashby.zone_input()).zones
    rng = np.random.default_rng(6)
    places = ashby.places.assign(small_area_code=rng.permutation(ashby.places["small_area_code"].to_numpy()))
    other = find_red_zones(**ashby.zone_input(places=places, area_segments={"E01": "B", "E02": "A"})).zones
    scored = [c for c in zones.columns if c not in {"segment_code", "geometry"}]
    pd.testing.assert_frame_equal(zones[scored], other[scored])
    assert zones.geometry.geom_equals(other.geometry).all()
    assert not zones["segment_code"].equals(other["segment_code"])


def _named(nominations: Nominations, month_index: int) -> np.ndarray:
    smooth = nominations.score(history((10.0, 10.0, LAST, 1)), RASTER, month_index=month_index).smooth
    assert smooth is not None
    return smooth


def test_a_nomination_counts_only_for_periods_after_its_day() -> None:
    x, y = np.array([1_000.0, 3_000.0]), np.array([1_000.0, 2_000.0])
    named = Nominations(x, y, is_ranked=False, first_period=np.array([LAST - 2, LAST + 1]))
    early, middle, late = (_named(named, month) for month in (LAST - 3, LAST, LAST + 1))
    assert early.max() == 0
    assert 0 < (middle > 0).sum() < (late > 0).sum()
    assert late.max() == 1  # named once each: neither is better


def test_ground_named_twice_counts_twice_unless_places_are_ranked() -> None:
    x, y = np.array([1_000.0, 1_000.0]), np.array([1_000.0, 1_000.0])
    assert np.unique(_named(Nominations(x, y, is_ranked=False), LAST)).tolist() == [0, 2]
    assert np.unique(_named(Nominations(x, y), LAST)).tolist() == [0, 2]
    far = np.array([1_000.0, 3_000.0])
    assert np.unique(_named(Nominations(far, y), LAST)).tolist() == [0, 1, 2]
