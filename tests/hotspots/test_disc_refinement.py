"""Discs that are moved once more: never worse on their ground, nothing lost, the same for the same input."""

from __future__ import annotations

import numpy as np
import pytest

from hotspots.disc_refinement import refined
from hotspots.results import ScoreSurface
from hotspots.zones import Placement, blurred_for_placing, place_discs

RADIUS_M = 141.0


def surface(seed: int = 1, *, n_points: int = 150) -> ScoreSurface:
    rng = np.random.default_rng(seed)
    values = np.zeros((80, 100))
    middle = rng.uniform(10, 70, (12, 2))
    rows, columns = (middle[rng.integers(0, 12, n_points)] + rng.normal(0, 6, (n_points, 2))).T.astype(int)
    np.add.at(values, (rows % 80, columns % 100), rng.gamma(1.0, 3.0, n_points))
    inside = np.ones(values.shape, dtype=bool)
    inside[:, 90:] = False
    return ScoreSurface(np.where(inside, values, 0.0), 1_000.0, 2_000.0, 25.0, inside)


def worth(placed: Placement, price: float) -> float:
    """Return score less price of ground, in units of whole discs."""
    return float((placed.score * placed.new_share - price * placed.new_share).sum())


@pytest.mark.parametrize("seed", range(6))
def test_the_score_on_the_ground_taken_grows_and_never_shrinks(seed: int) -> None:
    blurred = blurred_for_placing(surface(seed), sigma_m=40)
    placed = place_discs(blurred, radius_m=RADIUS_M, capacity=25)
    moved = refined(blurred, placed, radius_m=RADIUS_M)
    price = float(placed.score.min())
    assert worth(moved, price) >= worth(placed, price) - 1e-9
    assert len(moved.x) <= len(placed.x)


def test_somewhere_it_is_worth_the_trouble() -> None:
    gains = []
    for seed in range(6):
        blurred = blurred_for_placing(surface(seed), sigma_m=40)
        placed = place_discs(blurred, radius_m=RADIUS_M, capacity=25)
        price = float(placed.score.min())
        gains.append(worth(refined(blurred, placed, radius_m=RADIUS_M), price) - worth(placed, price))
    assert max(gains) > 0.1


def test_one_disc_alone_stays_where_the_search_put_it() -> None:
    blurred = blurred_for_placing(surface(), sigma_m=40)
    placed = place_discs(blurred, radius_m=RADIUS_M, capacity=1)
    moved = refined(blurred, placed, radius_m=RADIUS_M)
    assert (moved.x[0], moved.y[0]) == (placed.x[0], placed.y[0])
    assert moved.score[0] == pytest.approx(placed.score[0])


def test_it_is_the_same_again_and_moves_with_the_ground() -> None:
    made = surface(3)
    far = ScoreSurface(made.values, made.west + 5_000, made.south - 700, made.pixel_m, made.inside)
    results = []
    for ground in (made, made, far):
        blurred = blurred_for_placing(ground, sigma_m=40)
        results.append(refined(blurred, place_discs(blurred, radius_m=RADIUS_M, capacity=20), radius_m=RADIUS_M))
    one, again, moved = results
    np.testing.assert_array_equal(one.x, again.x)
    np.testing.assert_allclose(moved.x, one.x + 5_000)
    np.testing.assert_allclose(moved.y, one.y - 700)


def test_no_disc_is_no_disc() -> None:
    nothing = np.array([])
    assert len(refined(surface(), Placement(nothing, nothing, nothing, nothing), radius_m=RADIUS_M).x) == 0
