"""Surfaces: the formula of METHODS 7 by hand, mass kept by blurs, and nothing outside the force."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from domain.errors import SettingsError
from domain.incidents import ScoringSet
from hotspots.candidates import PriorCounts, candidate_named, standard_candidates
from hotspots.history import History, public_history, scored_rows
from hotspots.rasters import force_raster, rasterise
from hotspots.surface import BlendSettings, decayed_weights, default_score, gaussian_blur, score_raster

FORCE = shapely.box(0, 0, 10_000, 10_000)


def history(x, y, month, own, everything) -> History:
    arrays = (np.asarray(a, dtype=np.float64) for a in (x, y, own, everything))
    x, y, own, everything = arrays
    months = np.asarray(month, dtype=np.int64)
    return History(np.arange(len(x)), x, y, months, own, everything, own.copy(), np.unique(months))


def test_weights_halve_with_the_half_life() -> None:
    assert decayed_weights(np.array([1, 5, 9, 25]), half_life_months=8).tolist() == pytest.approx(
        [1, 0.5**0.5, 0.5, 0.125]
    )


def test_a_blur_keeps_the_mass_and_ends_at_three_standard_deviations() -> None:
    spike = np.zeros((101, 101))
    spike[50, 50] = 7.0
    blurred = gaussian_blur(spike, sigma_m=125, pixel_m=50)
    assert blurred.sum() == pytest.approx(7.0)
    assert np.flatnonzero(blurred.sum(axis=0)).tolist() == list(range(43, 58))
    assert blurred[50, 52] / blurred[50, 50] == pytest.approx(np.exp(-0.5 * (100 / 125) ** 2))


def test_the_blend_is_the_published_formula() -> None:
    past = history([2_525, 7_025], [2_525, 7_025], [10, 2], [4.0, 2.0], [5.0, 8.0])
    raster = force_raster(FORCE, pixel_m=50)
    pixels = score_raster(default_score(past, raster, month_index=11), past, raster)

    weight = np.array([1.0, 0.5])
    own, everything = np.array([4.0, 2.0]) * weight, np.array([5.0, 8.0]) * weight
    ratio = own.sum() / everything.sum()
    grid = [rasterise(raster, past.x, past.y, values) for values in (own, everything)]
    blur = {s: [gaussian_blur(g, sigma_m=s, pixel_m=50) for g in grid] for s in (125, 300, 1000)}
    expected = (
        grid[0]
        + 0.3 * (0.7 * blur[125][0] + 0.3 * blur[300][0])
        + 0.4 * ratio * (grid[1] + 0.3 * blur[125][1])
        + 0.003 * ratio * blur[1000][1]
    )
    np.testing.assert_allclose(pixels, np.where(raster.inside, expected, 0), atol=1e-12)


def test_other_kinds_weigh_less_where_the_chosen_ones_are_many() -> None:
    raster = force_raster(FORCE, pixel_m=50)
    scores = [
        default_score(history([5_025], [5_025], [3], [n], [2 * n]), raster, month_index=4).sharp[0] / n
        for n in (999.0, 1000.0)
    ]
    assert scores == pytest.approx([1 + 0.4, 1 + 0.2])


def test_nothing_is_scored_outside_the_force() -> None:
    coast = force_raster(shapely.Point(5_000, 5_000).buffer(1_500), pixel_m=50)
    past = history([3_600, 5_000], [5_000, 5_000], [1, 1], [3.0, 1.0], [3.0, 1.0])
    pixels = score_raster(default_score(past, coast, month_index=2), past, coast)
    assert pixels[~coast.inside].sum() == 0
    assert pixels[coast.inside].min() >= 0


def test_finer_pixels_hold_the_same_score() -> None:
    coarse, fine = (force_raster(FORCE, pixel_m=p, anchor_m=50) for p in (50, 25))
    past = history([2_512, 7_030], [2_512, 7_030], [1, 1], [4.0, 2.0], [5.0, 8.0])
    score = default_score(past, coarse, month_index=2)
    assert score_raster(score, past, fine).sum() == pytest.approx(score_raster(score, past, coarse).sum())


def test_without_any_incident_every_candidate_scores_nothing() -> None:
    raster, nothing = force_raster(FORCE, pixel_m=50), history([], [], [], [], [])
    for candidate in standard_candidates():
        score = candidate.score(nothing, raster, month_index=5)
        assert score_raster(score, nothing, raster).sum() == 0


def test_a_window_of_prior_counts_ends_where_it_says() -> None:
    past = history([1, 1, 1], [1, 1, 1], [7, 8, 9], [1.0, 10.0, 100.0], [1.0, 10.0, 100.0])
    raster = force_raster(FORCE, pixel_m=50)
    assert PriorCounts(2).score(past, raster, month_index=10).sharp.tolist() == [0, 10, 100]
    assert PriorCounts().score(past, raster, month_index=10).sharp.tolist() == [1, 10, 100]


def test_candidates_are_found_by_name_and_an_unknown_name_is_refused() -> None:
    assert [candidate_named(c.name) for c in standard_candidates()] == list(standard_candidates())
    assert candidate_named("blend", half_life_months=4).settings == BlendSettings(half_life_months=4)
    with pytest.raises(SettingsError, match="crystal ball") as caught:
        candidate_named("crystal ball")
    assert "kernel density" in caught.value.hint


def test_officer_generated_rows_and_places_outside_never_reach_the_score(ashby) -> None:
    rows = scored_rows(**ashby.tables, scoring_set=ScoringSet.STREET)
    assert set(rows.loc[rows["is_own"], "category"]) == {"Anti-social behaviour", "Criminal damage and arson"}
    assert not rows.loc[rows["category"] == "Drugs", "is_public"].any()
    assert rows["is_inside"].all()
    past = public_history(rows, last_month_index=int(rows["month_index"].max()))
    assert past.everything.sum() == rows.loc[rows["is_public"], "n"].sum()
    assert past.n_own.sum() == rows.loc[rows["is_own"], "n"].sum()


def test_no_column_about_people_changes_a_score(ashby) -> None:
    # DESIGN rule 9: what is known of the people of a place never places a zone.
    noisy = ashby.places.assign(deprivation=range(len(ashby.places)), small_area_code="E09", patrol_code="W9")
    tables = {**ashby.tables, "places": noisy}
    one, other = (
        public_history(scored_rows(**t, scoring_set=ScoringSet.STREET), last_month_index=99_999)
        for t in (ashby.tables, tables)
    )
    assert all(np.array_equal(getattr(one, f), getattr(other, f)) for f in ("x", "y", "own", "everything"))
