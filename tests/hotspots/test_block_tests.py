"""Tests of blocks: many incidents by their variance agree with draws, and an even week stays even."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import kstest

from domain.shifts import DEFAULT_SHIFTS, Shift
from hotspots import block_tests
from hotspots.block_tests import excess_over_even_week, excess_over_force, resampled_p, rotation_p
from hotspots.shifts import lay_blocks


def fractions(n: int, n_columns: int, rng: np.random.Generator) -> csr_array:
    """Return incidents spread over up to three neighbouring columns."""
    first = rng.integers(0, n_columns, n)
    width = rng.integers(1, 4, n)
    rows = np.repeat(np.arange(n), width)
    columns = (np.repeat(first, width) + np.concatenate([np.arange(w) for w in width])) % n_columns
    return csr_array((1 / np.repeat(width, width), (rows, columns)), shape=(n, n_columns))


def test_many_incidents_by_their_variance_agree_with_drawing_them(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    incidents = fractions(8_000, 84, rng)
    totals = np.asarray(incidents.sum(axis=0)).ravel()
    member = csr_array((np.ones(3_000), (np.zeros(3_000, int), rng.permutation(8_000)[:3_000])), shape=(1, 8_000))
    excess = excess_over_force(incidents, member, totals / totals.sum())
    arguments = incidents, np.array([3_000]), excess, totals / totals.sum()
    drawn = resampled_p(*arguments, n_resamples=1_999, rng=np.random.default_rng(2))
    monkeypatch.setattr(block_tests, "_MOST_DRAWN", 1_000)
    normal = resampled_p(*arguments, n_resamples=1_999, rng=np.random.default_rng(2))
    error = 4 * np.sqrt(drawn * (1 - drawn) / 2_000) + 0.02
    assert (np.abs(drawn - normal) <= error).all()


def test_an_even_week_gives_even_p_values_whatever_the_lengths_of_blocks() -> None:
    layout = lay_blocks([Shift("Early", 7, 7), Shift("Late", 14, 9), Shift("Night", 23, 8)], block_hours=2)
    assert set(layout.n_hours) == {2, 3}
    p_values = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        hours = fractions(500, 168, rng)
        excess = excess_over_even_week(hours, layout)
        p_values.append(rotation_p(hours, layout, excess, n_rotations=40, rng=rng))
    assert kstest(np.concatenate(p_values)[::7], "uniform").pvalue > 0.001


def test_a_block_that_all_incidents_share_is_found() -> None:
    layout = lay_blocks(DEFAULT_SHIFTS, block_hours=2)
    hours = csr_array((np.ones(200), (np.arange(200), np.full(200, 119))), shape=(200, 168))
    p = rotation_p(hours, layout, excess_over_even_week(hours, layout), n_rotations=60, rng=np.random.default_rng(1))
    assert p[layout.of_hour[119]] < 0.001
    assert (np.delete(p, layout.of_hour[119]) > 0.5).all()
