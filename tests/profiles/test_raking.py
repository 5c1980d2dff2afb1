"""Weights raked to margins."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import AnalysisError
from profiles.raking import effective_sample_size, rake

MARGINS = {"sex": {"f": 520.0, "m": 480.0}, "age": {"young": 300.0, "mid": 400.0, "old": 310.0}}


def sample(seed: int, n: int = 80) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    first = pd.DataFrame({"sex": ["f", "m"] * 3, "age": ["young", "mid", "old"] * 2})
    more = pd.DataFrame(
        {"sex": rng.choice(["f", "m"], n), "age": rng.choice(["young", "mid", "old"], n, p=[0.2, 0.3, 0.5])}
    )
    return pd.concat([first, more], ignore_index=True)


@given(seed=st.integers(0, 5000))
@settings(max_examples=25, deadline=None)
def test_every_margin_is_met_and_scaled_to_the_first(seed: int) -> None:
    people = sample(seed)
    design = np.random.default_rng(seed).uniform(0.5, 2.0, len(people))
    raked = rake(design, people, MARGINS)
    assert raked.weights.sum() == pytest.approx(1000.0)
    by_sex = pd.Series(raked.weights).groupby(people["sex"]).sum()
    by_age = pd.Series(raked.weights).groupby(people["age"]).sum()
    assert by_sex["f"] == pytest.approx(520.0, rel=1e-8)
    assert by_age["old"] == pytest.approx(1000 * 310 / 1010, rel=1e-8)
    assert raked.effective_n <= len(people)


def test_weights_keep_the_odds_of_the_design_within_cells() -> None:
    people = sample(1)
    design = np.random.default_rng(1).uniform(0.5, 2.0, len(people))
    ratio = pd.Series(rake(design, people, MARGINS).weights / design)
    assert (ratio.groupby([people["sex"], people["age"]]).std().fillna(0) < 1e-9).all()


def test_one_margin_is_plain_post_stratification() -> None:
    people = pd.DataFrame({"sex": ["f", "f", "f", "m"]})
    raked = rake([1, 1, 2, 1], people, {"sex": {"f": 40, "m": 60}})
    np.testing.assert_allclose(raked.weights, [10, 10, 20, 60])
    assert raked.effective_n == pytest.approx(100**2 / (100 + 100 + 400 + 3600))


def test_a_sample_that_already_fits_is_left_alone() -> None:
    people = pd.DataFrame({"sex": ["f", "m"]})
    raked = rake([3.0, 3.0], people, {"sex": {"f": 3, "m": 3}})
    assert raked.weights.tolist() == [3.0, 3.0]
    assert raked.n_rounds == 1


def test_unknown_answers_keep_their_place() -> None:
    people = pd.DataFrame({"sex": ["f", "m", None, "m"]}, dtype=object)
    raked = rake([1, 1, 1, 1], people, {"sex": {"f": 60, "m": 40}})
    assert raked.weights.sum() == pytest.approx(100)
    np.testing.assert_allclose(raked.weights, [45, 15, 25, 15])


def test_categories_that_do_not_match_are_all_named_at_once() -> None:
    people = pd.DataFrame({"sex": ["f", "x"], "age": ["old", "old"]})
    with pytest.raises(AnalysisError, match="do not match") as caught:
        rake([1, 1], people, {"sex": {"f": 1, "m": 1}, "age": {"old": 2}, "tenure": {"owned": 1}})
    text = " ".join(map(str, caught.value.faults))
    for part in ('"x" has respondents but no population', '"m" has population but no respondent', "no such column"):
        assert part in text


def test_margins_that_contradict_each_other_are_told() -> None:
    people = pd.DataFrame({"a": ["x", "y"], "b": ["p", "q"]})
    with pytest.raises(AnalysisError, match="cannot be met together"):
        rake([1, 1], people, {"a": {"x": 90, "y": 10}, "b": {"p": 10, "q": 90}}, rounds_most=50)


@pytest.mark.parametrize("weights", [[1, 0], [1, -1], [1, np.nan], [1]])
def test_weights_that_are_not_positive_are_refused(weights) -> None:
    with pytest.raises(AnalysisError, match="positive design weight"):
        rake(weights, pd.DataFrame({"sex": ["f", "m"]}), {"sex": {"f": 1, "m": 1}})


def test_effective_size_needs_weights() -> None:
    for weights in ([0, 0], [-1, 2], [np.nan]):
        with pytest.raises(AnalysisError, match="weights must be known"):
            effective_sample_size(weights)
