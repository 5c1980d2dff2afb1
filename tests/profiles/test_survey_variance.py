"""Direct survey estimates: textbook variances, raking that helps, and designs with gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import AnalysisError
from profiles.survey_variance import direct_estimates, margin_of_error, wilson_interval
from profiles.survey_weights import WeightedWave, weigh_wave

SEX_COUNTS = pd.DataFrame({"female": [600.0], "male": [400.0]}, index=["U1"])


def people(n: int, **columns: object) -> pd.DataFrame:
    """Return n respondents of one unit without design, unless columns say otherwise."""
    plain = dict.fromkeys(("stratum", "psu", "age_band", "sex", "ethnicity", "tenure"), pd.Series([None] * n))
    return pd.DataFrame({"unit_code": ["U1"] * n, "weight": 1.0, **plain, **columns})


def unraked(frame: pd.DataFrame) -> WeightedWave:
    return weigh_wave(frame, margins=(), population=pd.DataFrame(), unit_names={})


def everybody(n: int) -> np.ndarray:
    return np.ones((n, 1), dtype=bool)


def test_a_simple_random_sample_has_the_textbook_variance() -> None:
    answers = np.array([1.0] * 12 + [0.0] * 28)
    found = direct_estimates(unraked(people(40)), answers, everybody(40))
    assert found.share[0] == pytest.approx(0.3)
    assert found.variance[0] == pytest.approx(0.3 * 0.7 / 39)  # p (1 - p) / (n - 1)
    assert (found.n_respondents[0], found.kish_n[0]) == (40, pytest.approx(40))


def test_clusters_have_the_variance_of_their_totals() -> None:
    # four points of five: shares 0, 0.2, 0.6, 0.8; with equal sizes the variance is that of the mean of cluster means
    answers = np.array([0] * 5 + [1, 0, 0, 0, 0] + [1, 1, 1, 0, 0] + [1, 1, 1, 1, 0], dtype=float)
    frame = people(20, psu=np.repeat(["a", "b", "c", "d"], 5))
    found = direct_estimates(unraked(frame), answers, everybody(20))
    assert found.variance[0] == pytest.approx(np.var([0, 0.2, 0.6, 0.8], ddof=1) / 4)


def test_strata_take_out_what_differs_between_them() -> None:
    answers = np.array([1, 1, 1, 0] * 5 + [0, 0, 0, 1] * 5, dtype=float)
    plain = direct_estimates(unraked(people(40)), answers, everybody(40))
    by_stratum = direct_estimates(unraked(people(40, stratum=["s"] * 20 + ["t"] * 20)), answers, everybody(40))
    # each stratum: n_h / (n_h - 1) x sum of squared deviations / n^2
    assert by_stratum.variance[0] == pytest.approx(2 * (20 / 19) * 20 * 0.75 * 0.25 / 40**2)
    assert by_stratum.variance[0] < plain.variance[0]


def test_weights_enlarge_the_variance_as_kish_says() -> None:
    rng = np.random.default_rng(3)
    frame = people(4000, weight=rng.choice([1.0, 3.0], 4000))
    answers = (rng.random(4000) < 0.5).astype(float)
    found = direct_estimates(unraked(frame), answers, everybody(4000))
    assert found.variance[0] == pytest.approx(0.25 / found.kish_n[0], rel=0.02)
    assert found.kish_n[0] == pytest.approx(4000 * 4 / 5, rel=0.02)  # (mean w)^2 / mean w^2 = 4 / 5


def test_a_margin_that_explains_every_answer_leaves_no_variance() -> None:
    frame = people(60, sex=["f"] * 30 + ["m"] * 30)
    weighted = weigh_wave(frame, margins=["age_sex"], population=SEX_COUNTS, unit_names={})
    answers = np.array([1.0] * 30 + [0.0] * 30)
    found = direct_estimates(weighted, answers, everybody(60))
    assert found.share[0] == pytest.approx(0.6)
    assert found.variance[0] == pytest.approx(0.0, abs=1e-12)


def test_post_stratified_variance_is_the_textbook_one() -> None:
    frame = people(60, sex=["f"] * 30 + ["m"] * 30)
    weighted = weigh_wave(frame, margins=["age_sex"], population=SEX_COUNTS, unit_names={})
    answers = np.array([1.0] * 24 + [0.0] * 6 + [1.0] * 9 + [0.0] * 21)
    found = direct_estimates(weighted, answers, everybody(60))
    assert found.share[0] == pytest.approx(0.6 * 0.8 + 0.4 * 0.3)
    # sum over groups of (N_g / N)^2 p (1 - p) / n_g, times n / (n - 1) of the one stratum
    known = 0.6**2 * 0.8 * 0.2 / 30 + 0.4**2 * 0.3 * 0.7 / 30
    assert found.variance[0] == pytest.approx(known * 60 / 59)


def test_a_group_is_a_domain_of_the_whole_sample() -> None:
    rng = np.random.default_rng(4)
    answers = (rng.random(200) < 0.4).astype(float)
    inside = np.zeros((200, 1), dtype=bool)
    inside[:50] = True
    found = direct_estimates(unraked(people(200)), answers, inside)
    p = answers[:50].mean()
    assert found.share[0] == pytest.approx(p)
    assert found.variance[0] == pytest.approx(200 / 199 * p * (1 - p) / 50)


def test_nobody_one_person_and_equal_answers_have_no_nan_where_there_is_a_figure() -> None:
    frame = people(5)
    groups = np.array([[1, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1]], dtype=bool)
    found = direct_estimates(unraked(frame), np.array([1.0, 1, 1, 1, 1]), groups)
    assert found.share[[0, 2]].tolist() == [1.0, 1.0]
    assert np.isnan(found.share[1])
    assert np.isnan(found.variance[:2]).all()  # one respondent tells no variance
    assert found.variance[2] == 0
    assert found.kish_n.tolist() == [1.0, 0.0, 5.0]


def test_a_stratum_of_one_point_is_centred_on_all() -> None:
    frame = people(9, stratum=["a"] * 3 + ["b"] * 6, psu=["1"] * 3 + ["2"] * 3 + ["3"] * 3)
    found = direct_estimates(unraked(frame), np.array([1, 1, 1, 0, 0, 1, 0, 1, 0], dtype=float), everybody(9))
    assert found.variance[0] > 0


@given(seed=st.integers(0, 2000))
@settings(max_examples=20, deadline=None)
def test_estimates_do_not_hang_on_the_scale_of_weights_or_the_order_of_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 60
    frame = people(n, weight=rng.uniform(1, 3, n), psu=rng.integers(0, 12, n).astype(str))
    answers = np.where(rng.random(n) < 0.1, np.nan, (rng.random(n) < 0.4).astype(float))
    groups = rng.random((n, 3)) < 0.5
    plain = direct_estimates(unraked(frame), answers, groups)
    turned = frame.iloc[::-1].reset_index(drop=True).assign(weight=lambda f: 7 * f["weight"])
    other = direct_estimates(unraked(turned), answers[::-1], groups[::-1])
    for name in ("share", "variance", "kish_n"):
        np.testing.assert_allclose(getattr(other, name), getattr(plain, name), rtol=1e-9, atol=1e-12)


@given(share=st.floats(0, 1), n=st.floats(1, 5000))
@settings(max_examples=60, deadline=None)
def test_wilson_intervals_hold_their_share_and_stay_in_range(share: float, n: float) -> None:
    lower, upper = wilson_interval(share, n)
    assert 0 <= lower <= share + 1e-12
    assert share - 1e-12 <= upper <= 1


def test_wilson_interval_of_a_published_case() -> None:
    # Newcombe (1998), doi 10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I: 81 of 263
    lower, upper = wilson_interval(81 / 263, 263)
    assert (float(lower), float(upper)) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@pytest.mark.parametrize(("share", "n"), [(-0.1, 10), (1.1, 10), (0.5, 0)])
def test_a_margin_of_error_needs_sense(share: float, n: float) -> None:
    with pytest.raises(AnalysisError, match="margin of error"):
        margin_of_error(share, n)
