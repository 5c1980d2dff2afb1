"""How firm zones are: placed anew as the engine places them, firm where much speaks for them, and what they hang on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.incidents import ScoringSet
from hotspots.firmness import firmness_of, incidents_of, matched_zones, same_zone_m
from hotspots.history import scored_rows
from hotspots.placing import Ground, ZoneSettings, score_ground
from hotspots.rasters import force_outline
from hotspots.replacing import ReplacingGround, Weighed, likely_centres

FIVE = ZoneSettings(capacity=5)


def ground_of(town, settings_: ZoneSettings = FIVE, model: str = "blend") -> Ground:
    rows = scored_rows(**town.tables, scoring_set=ScoringSet.STREET)
    last = int(rows["month_index"].max())
    return score_ground(rows, force_outline(town.force), month_index=last + 1, settings=settings_, model=model)


def firmness(ground: Ground, *, jitter_m: float = 0.0, seed: int = 1):
    placed = ground.place().listed()
    one, n = incidents_of(ground.history, ground.score.sharp, ground.decay())
    result = firmness_of(
        placed.x, placed.y, blurred=ground.blurred, one=one, n=n, score=placed.score, rules=ground.settings.rules(),
        jitter_m=jitter_m, rng=np.random.default_rng(seed),
    )  # fmt: skip
    return placed, result


def seen_of(ground: Ground) -> Weighed:
    one, n = incidents_of(ground.history, ground.score.sharp, ground.decay())
    return one.take(np.repeat(np.arange(len(n)), n))


@pytest.mark.parametrize("model", ["blend", "prior counts, 12 months", "decayed counts"])
def test_on_what_was_seen_the_very_same_discs_are_placed(ashby, model) -> None:
    ground = ground_of(ashby, model=model)
    seen, rules = seen_of(ground), FIVE.rules()
    everywhere = likely_centres(ground.blurred, rules, seen, jitter_m=0, least_density=0, n_effective=1)
    x, y = ReplacingGround(ground.blurred, seen, everywhere, rules).place(seen)
    listed = ground.place().listed()
    assert sorted(zip(x, y, strict=True)) == sorted(zip(listed.x, listed.y, strict=True))


def test_ground_that_is_left_out_never_makes_the_list(ashby) -> None:
    """Resamples on all ground and on the likely ground place the same discs."""
    ground = ground_of(ashby)
    one, n = incidents_of(ground.history, ground.score.sharp, ground.decay())
    seen, listed, rules = seen_of(ground), ground.place().listed(), FIVE.rules()
    weight = seen.decayed[np.hypot(seen.x - listed.x[-1], seen.y - listed.y[-1]) <= 141]
    end = {
        "least_density": listed.score[-1] / (np.pi * (141 / 25) ** 2),
        "n_effective": weight.sum() ** 2 / (weight**2).sum(),
    }
    likely = likely_centres(ground.blurred, rules, seen, jitter_m=0, **end)
    everywhere = likely_centres(ground.blurred, rules, seen, jitter_m=0, least_density=0, n_effective=1)
    assert likely.sum() < everywhere.sum()
    few, all_ = (ReplacingGround(ground.blurred, seen, centres, rules) for centres in (likely, everywhere))
    rng = np.random.default_rng(3)
    for _ in range(30):
        drawn = one.take(np.repeat(np.arange(len(n)), rng.poisson(n)))
        assert {*zip(*few.place(drawn), strict=True)} == {*zip(*all_.place(drawn), strict=True)}


def test_leaving_incidents_out_is_placing_on_the_others(ashby) -> None:
    ground = ground_of(ashby)
    seen, rules = seen_of(ground), FIVE.rules()
    centres = likely_centres(ground.blurred, rules, seen, jitter_m=0, least_density=0, n_effective=1)
    again = ReplacingGround(ground.blurred, seen, centres, rules)
    gone = np.arange(0, len(seen.x), 3)
    less = again.place(seen, without=seen.take(gone))
    kept = again.place(seen.take(np.setdiff1d(np.arange(len(seen.x)), gone)))
    np.testing.assert_array_equal(less, kept)


def test_much_is_firm_and_little_is_not(ashby) -> None:
    placed, firm = firmness(ground_of(ashby))
    assert (firm.share[:3] == 1.0).all()
    assert firm.share[3:].max() < 0.9
    assert (firm.margin[:3] > firm.margin[3:].max()).all()
    assert len(firm.share) == len(placed.x) == 5


def test_without_so_many_of_its_incidents_the_zone_is_gone_and_without_one_less_it_stays(ashby) -> None:
    ground = ground_of(ashby)
    placed, firm = firmness(ground)
    rows, weakest = ground.rows, 4
    own = rows[rows["is_own"] & (np.hypot(rows["x"] - placed.x[weakest], rows["y"] - placed.y[weakest]) <= 141)]
    newest_first = own.loc[own.index.repeat(own["n"])].sort_values("month_index", ascending=False, kind="stable").index
    for n_gone, stays in ((firm.margin[weakest], False), (firm.margin[weakest] - 1, True)):
        fewer = rows["n"].to_numpy().copy()
        for row in newest_first[:n_gone]:
            fewer[rows.index.get_loc(row)] -= 1
        left = rows.assign(n=fewer)[fewer > 0].reset_index(drop=True)
        there = score_ground(
            left, force_outline(ashby.force), month_index=ground.month_index, settings=FIVE, model="blend"
        ).place()
        there = there.listed()
        found = matched_zones(placed.x, placed.y, there.x, there.y, within_m=same_zone_m(141.0))
        assert (found[weakest] >= 0) == stays


def test_jitter_makes_no_zone_of_many_streets_less_firm_but_moves_the_draws(ashby) -> None:
    ground = ground_of(ashby)
    _, still = firmness(ground)
    _, moved = firmness(ground, jitter_m=35.0)
    assert (moved.share[:2] == 1.0).all()
    assert moved.share.tolist() != still.share.tolist()
    assert moved.margin.tolist() == still.margin.tolist()


def test_the_same_seed_gives_the_same_shares_and_another_nearly(ashby) -> None:
    ground = ground_of(ashby)
    shares = [firmness(ground, seed=seed)[1].share for seed in (1, 1, 2)]
    assert shares[0].tolist() == shares[1].tolist()
    assert abs(shares[0] - shares[2]).max() < 0.25


def test_a_list_that_is_not_full_hangs_on_all_incidents_of_its_zones(ashby) -> None:
    town = ashby.counting((202, 0, 5), (212, 0, 3))
    _, firm = firmness(ground_of(town))
    assert firm.margin.tolist() == [5, 3]
    assert (firm.share > 0.9).all()


def test_islands_and_edges_are_placed_as_the_engine_places_them(ashby) -> None:
    islands = [shapely.box(x, 366_000, x + 700, 370_000) for x in range(340_000, 346_000, 1_000)]
    town = ashby.with_force(*islands)
    inside = shapely.contains_xy(town.outline, town.places["x"], town.places["y"])
    town = replace(town, places=town.places.assign(is_inside=inside))
    ground = ground_of(town, ZoneSettings(capacity=12))
    seen, rules = seen_of(ground), ground.settings.rules()
    centres = likely_centres(ground.blurred, rules, seen, jitter_m=0, least_density=0, n_effective=1)
    x, y = ReplacingGround(ground.blurred, seen, centres, rules).place(seen)
    listed = ground.place().listed()
    assert {*zip(x, y, strict=True)} == {*zip(listed.x, listed.y, strict=True)}


def test_two_discs_are_one_zone_as_far_as_they_share_three_tenths_of_their_ground() -> None:
    within = same_zone_m(141.0)
    one = shapely.Point(0, 0).buffer(141, quad_segs=256)
    shared = one.intersection(shapely.Point(within, 0).buffer(141, quad_segs=256)).area / one.area
    assert shared == pytest.approx(0.3, abs=1e-3)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 600), st.integers(0, 600)), min_size=1, max_size=12))
def test_no_disc_stands_for_two_zones(points) -> None:
    x, y = np.array(points, dtype=float).T
    found = matched_zones(x, y, x[::2] + 40, y[::2], within_m=165.0)
    taken = found[found >= 0]
    assert len(set(taken.tolist())) == len(taken)


def test_a_factor_by_pixel_is_kept_in_the_resamples(ashby) -> None:
    ground = ground_of(ashby)
    east = ground.raster.west + (np.arange(ground.raster.shape[1]) + 0.5) * 25.0 > 343_000
    factor = np.where(east, 5.0, 1.0) * np.ones(ground.raster.shape)
    seen, rules = seen_of(ground), FIVE.rules()
    surface = ground.adjusted(factor)
    centres = likely_centres(surface, rules, seen, jitter_m=0, least_density=0, n_effective=1)
    x, y = ReplacingGround(surface, seen, centres, rules, factor).place(seen)
    placed = ground.place(factor).listed()
    assert {*zip(x, y, strict=True)} == {*zip(placed.x, placed.y, strict=True)}
