"""Kernel density: against the plain sum over events, mass kept, and the border mended."""

from __future__ import annotations

import numpy as np
import pytest

from domain.errors import AnalysisError
from hotspots.kernel_density import _share_linearly, kernel_density

SHAPE, CELL = (60, 80), 50.0


def _points(n: int = 400) -> np.ndarray:
    return np.random.default_rng(2).uniform([800, 800], [3200, 2200], (n, 2))


def _plain(points: np.ndarray, bandwidth: float, kernel: str) -> np.ndarray:
    y, x = np.meshgrid((np.arange(SHAPE[0]) + 0.5) * CELL, (np.arange(SHAPE[1]) + 0.5) * CELL, indexing="ij")
    total = np.zeros(SHAPE)
    for px, py in points:
        squared = ((x - px) ** 2 + (y - py) ** 2) / bandwidth**2
        if kernel == "quartic":
            total += np.where(squared < 1, 3 / np.pi / bandwidth**2 * (1 - squared) ** 2, 0)
        else:
            total += np.exp(-squared / 2) / (2 * np.pi * bandwidth**2)
    return total * 1e6


@pytest.mark.parametrize("kernel", ["quartic", "gaussian"])
def test_equal_to_the_plain_sum_within_two_per_cent(kernel: str) -> None:
    grid = kernel_density(
        _points(),
        west=0,
        south=0,
        shape=SHAPE,
        cell_m=CELL,
        bandwidth_m=300 if kernel == "quartic" else 150,
        kernel=kernel,
    )
    plain = _plain(_points(), 300 if kernel == "quartic" else 150, kernel)
    assert np.abs(grid.values - plain).max() < 0.02 * plain.max()


@pytest.mark.parametrize("kernel", ["quartic", "gaussian"])
def test_events_are_neither_lost_nor_made(kernel: str) -> None:
    grid = kernel_density(_points(), west=0, south=0, shape=SHAPE, cell_m=CELL, bandwidth_m=130, kernel=kernel)
    assert grid.values.sum() * (CELL / 1000) ** 2 == pytest.approx(400, rel=1e-6)


def test_the_border_does_not_sink_when_corrected() -> None:
    y, x = np.meshgrid(np.arange(0, 3000, 25.0), np.arange(0, 4000, 25.0), indexing="ij")
    points = np.column_stack([x.ravel(), y.ravel()]) + 12.5
    inside = np.ones(SHAPE, dtype=bool)
    options = {"west": 0, "south": 0, "shape": SHAPE, "cell_m": CELL, "bandwidth_m": 300}
    plain, corrected = kernel_density(points, **options), kernel_density(points, inside=inside, **options)
    assert plain.values[0, 0] < 0.5 * plain.values[30, 40]
    assert corrected.values[0, 0] == pytest.approx(corrected.values[30, 40], rel=0.02)


def test_compiled_and_plain_python_agree() -> None:
    weight = np.random.default_rng(3).random(400)
    arguments = _points(), weight, 900.0, 700.0, 30.0  # some points lie off this grid
    fast, slow = np.zeros((2, 50, 60))
    _share_linearly(*arguments, fast)
    _share_linearly.py_func(*arguments, slow)
    np.testing.assert_allclose(fast, slow, rtol=1e-12)
    assert 0 < fast.sum() < weight.sum()


def test_an_event_counts_as_often_as_it_weighs_and_one_off_the_grid_not_at_all() -> None:
    options = {"west": 0, "south": 0, "shape": SHAPE, "cell_m": CELL, "bandwidth_m": 200}
    twice = kernel_density(np.repeat(_points(50), 2, axis=0), **options)
    weighted = kernel_density(_points(50), weights=np.full(50, 2.0), **options)
    np.testing.assert_allclose(twice.values, weighted.values, atol=1e-9)
    away = kernel_density(np.array([[-9e6, 5.0], [np.nan, 5.0]]), **options)
    assert not away.values.any()


def test_no_points_is_an_empty_surface() -> None:
    grid = kernel_density(np.empty((0, 2)), west=0, south=0, shape=SHAPE, cell_m=CELL, bandwidth_m=200)
    assert grid.values.shape == SHAPE
    assert not grid.values.any()


@pytest.mark.parametrize("wrong", [{"kernel": "square"}, {"cell_m": 0}, {"inside": np.ones((2, 2), dtype=bool)}])
def test_bad_input_is_refused(wrong: dict[str, object]) -> None:
    options = {"west": 0, "south": 0, "shape": SHAPE, "cell_m": CELL, "bandwidth_m": 200} | wrong
    with pytest.raises(AnalysisError):
        kernel_density(_points(5), **options)
