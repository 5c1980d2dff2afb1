"""The scan statistic: the published case, and the share of even streams that show such a burst."""

from __future__ import annotations

import numpy as np
import pytest

from domain.errors import AnalysisError
from hotspots.scan_statistic import scan_p


def test_reference_case_5_naus_scan() -> None:
    # The published figure takes 0.6 for the mean of a window and 208 for the number of windows. It is .0390224; Naus's
    # formula as printed gives .0390231, and the simulation below agrees with it as well.
    assert scan_p(6, mean_per_window=0.6, n_windows=208) == pytest.approx(0.0390224, abs=1e-6)


@pytest.mark.parametrize(("n", "mean"), [(4, 0.6), (6, 1.2)])
def test_it_is_the_share_of_even_streams_with_such_a_burst(n: int, mean: float) -> None:
    rng = np.random.default_rng(2)
    found = 0
    for _ in range(3_000):
        times = np.sort(rng.uniform(0, 50, rng.poisson(mean * 50)))
        found += bool((times[n - 1 :] - times[: len(times) - n + 1] < 1).any())
    p = scan_p(n, mean_per_window=mean, n_windows=50)
    assert abs(found / 3_000 - p) < 4 * np.sqrt(p * (1 - p) / 3_000) + 0.005  # the formula is an approximation


def test_more_in_a_window_is_less_likely_and_more_windows_make_it_likelier() -> None:
    values = [scan_p(n, mean_per_window=0.6, n_windows=100) for n in range(8)]
    assert values[0] == 1.0
    assert values == sorted(values, reverse=True)
    assert scan_p(5, mean_per_window=0.6, n_windows=200) > scan_p(5, mean_per_window=0.6, n_windows=100)


def test_no_incident_is_no_burst_and_a_short_watch_is_refused() -> None:
    assert scan_p(3, mean_per_window=0.0, n_windows=10) == 0.0
    with pytest.raises(AnalysisError, match="at least two windows"):
        scan_p(3, mean_per_window=1.0, n_windows=1.5)
