"""Concentration: exact small cases, and no concentration by mere lack of incidents."""

from __future__ import annotations

import numpy as np
import pytest

from domain.errors import AnalysisError
from spatialstats.concentration import concentration


def test_an_even_spread_has_none() -> None:
    result = concentration(np.full(10, 3))
    assert result.gini == 0
    assert result.generalised_gini == 0
    assert result.top_shares[0.10] == pytest.approx(0.1)


def test_all_in_one_place_is_complete() -> None:
    counts = np.zeros(100, dtype=int)
    counts[7] = 500
    result = concentration(counts)
    assert result.gini == pytest.approx(0.99)
    assert result.top_shares[0.01] == 1.0


def test_few_incidents_each_in_a_place_of_its_own_are_not_concentrated() -> None:
    counts = np.zeros(1000, dtype=int)
    counts[:10] = 1
    result = concentration(counts)
    assert result.gini == pytest.approx(0.99)
    assert result.generalised_gini == pytest.approx(0.0, abs=1e-9)


def test_nothing_counted_and_nothing_to_count() -> None:
    assert concentration(np.zeros(5, dtype=int)).gini == 0
    with pytest.raises(AnalysisError):
        concentration(np.array([], dtype=int))
