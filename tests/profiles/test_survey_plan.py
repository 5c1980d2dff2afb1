"""Where interviews go: greedy is best, thin areas come first, and textbook sample sizes."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import AnalysisError
from profiles.survey_plan import answers_for_points, plan_interviews


def areas(*effective: float) -> pd.DataFrame:
    codes = [f"W{i}" for i in range(len(effective))]
    n = [0 if np.isnan(e) else round(e) for e in effective]
    return pd.DataFrame({"area_code": codes, "n_respondents": n, "effective_n": effective})


def test_the_area_where_nobody_was_asked_comes_first() -> None:
    plan = plan_interviews(areas(80, np.nan, 20), n_more=30, share=0.5, model_variance=0.002)
    assert plan.areas["n_more"].tolist() == [0, 25, 5]
    assert plan.areas["n_more"].sum() == 30
    assert plan.margin_then < plan.margin_now


def test_greedy_is_as_good_as_trying_everything() -> None:
    frame, n, a, v = areas(10, 40, 25), 12, 0.003, 0.24
    weights = np.array([1.0, 3.0, 2.0])
    plan = plan_interviews(frame, n_more=n, share=0.4, model_variance=a, step=1, weights=weights)

    def error(given) -> float:
        return float(weights @ (a * v / (a * (frame["effective_n"].to_numpy() + np.array(given)) + v)))

    best = min(error(g) for g in itertools.product(range(n + 1), repeat=3) if sum(g) == n)
    assert error(plan.areas["n_more"].to_numpy()) == pytest.approx(best, rel=1e-12)


def test_margins_are_those_of_the_model() -> None:
    plan = plan_interviews(areas(50, 50), n_more=10, share=0.5, model_variance=0.0018)
    assert plan.areas["margin_now"].iloc[0] == pytest.approx(
        195.9964 * np.sqrt(0.0018 * 0.005 / (0.0018 + 0.005)), abs=0.01
    )


def test_an_answer_of_a_clustered_sample_is_worth_less() -> None:
    frame = areas(50, 50).assign(n_respondents=100)
    plan = plan_interviews(frame, n_more=10, share=0.5, model_variance=0.002)
    assert plan.worth == 0.5
    assert plan.answers_for_level == 769
    assert plan.areas["n_for_level"].tolist() == [769, 769]


def test_sample_sizes_of_the_textbook() -> None:
    assert answers_for_points(0.5, points=3) == (1068, 4361)  # +-3 points with 1,068 answers
    assert answers_for_points(0.435, points=9.7)[0] == 101  # METHODS 4: a hundred answers, +-9.7


@given(
    effective=st.lists(st.floats(0, 200), min_size=1, max_size=8),
    n_more=st.integers(1, 60),
    step=st.integers(1, 20),
)
@settings(max_examples=40, deadline=None)
def test_every_interview_is_given_and_no_margin_grows(effective, n_more, step) -> None:
    plan = plan_interviews(areas(*effective), n_more=n_more, share=0.3, model_variance=0.002, step=step)
    assert plan.areas["n_more"].sum() == n_more
    assert (plan.areas["margin_then"] <= plan.areas["margin_now"]).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_more": 0}, "positive number of interviews"),
        ({"step": 0}, "positive number of interviews"),
        ({"model_variance": 0.0}, "does not tell by how much areas differ"),
        ({"model_variance": float("nan")}, "does not tell by how much areas differ"),
        ({"share": float("nan")}, "does not tell by how much areas differ"),
        ({"weights": [1.0]}, "a weight"),
    ],
)
def test_what_cannot_be_planned_is_refused(changes, message) -> None:
    with pytest.raises(AnalysisError, match=message):
        plan_interviews(areas(10, 20), **{"n_more": 5, "share": 0.5, "model_variance": 0.002, **changes})


@pytest.mark.parametrize(("share", "points", "worth"), [(0.0, 5, 1), (0.5, 0, 1), (0.5, 5, 0)])
def test_sample_sizes_need_sense(share, points, worth) -> None:
    with pytest.raises(AnalysisError, match="sample size"):
        answers_for_points(share, points=points, worth=worth)
