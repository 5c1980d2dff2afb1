"""Mann-Kendall on the published series, and each trend class once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from domain.errors import AnalysisError
from hotspots.emerging import TrendClass, mann_kendall, trend_classes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("s", "tau", "p"), [(17, 0.378, 0.152), (-45, -1.0, 0.0000830), (37, 0.822, 0.00128), (33, 0.733, 0.00421)]
)
def test_reference_case_6_p_values_follow_from_s(s: int, tau: float, p: float) -> None:
    rng = np.random.default_rng(0)
    for _ in range(200_000):
        series = rng.permutation(10).astype(float) if abs(s) != 45 else np.arange(10.0)[::-1]
        result = mann_kendall(series[None])
        if result.s[0] == s:
            break
        if abs(s) > 25:  # build it: move the largest value step by step
            series = _series_with(s)
            result = mann_kendall(series[None])
            break
    assert result.s[0] == s
    assert result.tau[0] == pytest.approx(tau, abs=5e-4)
    assert result.p_value[0] == pytest.approx(p, rel=5e-3)


def _series_with(s: int) -> np.ndarray:
    """Return an order of ten values with the wanted S: each swap of neighbours takes two away."""
    series = list(range(10))
    while int(mann_kendall(np.array(series, dtype=float)[None]).s[0]) > s:
        for i in range(9):
            if series[i] < series[i + 1]:
                series[i], series[i + 1] = series[i + 1], series[i]
                break
    return np.array(series, dtype=float)


def _classes(*hot: str) -> list[str]:
    is_hot = np.array([[mark == "h" for mark in row] for row in hot])
    is_cold = np.array([[mark == "c" for mark in row] for row in hot])
    flat = np.tile([0.0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1], (len(hot), 1))
    return [str(value) for value in trend_classes(flat, is_hot, is_cold)]


def test_each_class_once() -> None:
    assert _classes(
        "............",
        "...........h",
        ".........hhh",
        "hhhhhhhhhhhh",
        "hhhhhhhhhhh.",
        "h..h....h...",
        "c..h.......h",
        "cccccccccccc",
    ) == ["none", "new", "consecutive", "persistent", "historical", "sporadic", "oscillating", "none"]


def test_a_trend_makes_it_intensify_or_diminish() -> None:
    hot, cold = np.ones((2, 12), dtype=bool), np.zeros((2, 12), dtype=bool)
    z = np.stack([np.arange(12.0), -np.arange(12.0)])
    assert list(trend_classes(z, hot, cold)) == [TrendClass.INTENSIFYING, TrendClass.DIMINISHING]


def test_cold_steps_never_make_a_hot_class() -> None:
    assert _classes("ccccccccccch", "cccccccccc..") == ["new", "none"]


def test_too_few_steps_are_refused() -> None:
    with pytest.raises(AnalysisError, match="at least 12"):
        trend_classes(np.zeros((1, 5)), np.zeros((1, 5), bool), np.zeros((1, 5), bool))


def test_constant_series_have_no_trend() -> None:
    result = mann_kendall(np.ones((1, 12)))
    assert result.s[0] == 0
    assert result.p_value[0] == 1


def test_reference_case_6_on_the_boston_tracts(real_data: Path) -> None:
    """The published Gi* are standardised by 99 random permutations, so they and their S are met approximately."""
    import geopandas as gpd

    from hotspots.gi_star import gi_star_z
    from spatialstats.contiguity import contiguity

    folder = real_data / "reference"
    values = pd.read_csv(folder / "ref_ehsa_bos_ecometric.csv", dtype={".region_id": str})
    wide = values.pivot_table(index=".region_id", columns="year", values="value")
    tracts = gpd.read_file(folder / "ref_ehsa_bos_ecometric.geojson")
    tracts = tracts.assign(code=tracts[".region_id"].astype(str)).set_index("code").loc[wide.index]
    graph = contiguity(tracts.geometry, precision_m=1e-7).astype(float)
    z = pd.DataFrame({year: gi_star_z(wide[year].to_numpy(), graph) for year in wide.columns}, index=wide.index)
    first = {"25025010405": -0.987, "25025010404": -1.37, "25025010801": -1.48, "25025010702": -0.863}
    for code, published in first.items():
        assert z.loc[code, 2010] == pytest.approx(published, rel=0.25)
    trend = pd.Series(mann_kendall(z.to_numpy()).s, index=z.index)
    published_s = {
        "25025010403": 17,
        "25025120201": -45,
        "25025090700": 37,
        "25025060600": 33,
        "25025100601": -33,
        "25025000201": -31,
    }
    for code, published in published_s.items():
        assert trend[code] == pytest.approx(published, abs=6)
