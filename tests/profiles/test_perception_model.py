"""The model of areas: smoothed variances, agreement with the force, and what it may use."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from domain.errors import AnalysisError
from domain.targets import NATIONAL_TARGET_2009, Target
from profiles.perception_model import design_effect, model_areas
from profiles.survey_variance import DirectEstimates
from profiles.targets import target_progress


def planted(rng: np.random.Generator, *, n: int = 40, sd: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    """Return hardship and true shares of areas."""
    hardship = rng.normal(size=n)
    return hardship, 0.5 - sd * hardship + rng.normal(0, sd, n)


def county(*, n: int = 40, seed: int = 1, n_each: int = 50, sd: float = 0.05) -> tuple[DirectEstimates, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    hardship, truth = planted(rng, n=n, sd=sd)
    size = np.full(n, n_each)
    share = rng.binomial(size, np.clip(truth, 0.02, 0.98)) / size
    variance = 1.4 * share * (1 - share) / size
    direct = DirectEstimates(share, variance, size, size * 0.9, rng.uniform(500, 3000, n))
    return direct, pd.DataFrame({"income": 20 + 4 * hardship, "old": rng.normal(size=n)})


def fit(direct: DirectEstimates, covariates: pd.DataFrame):
    own = float(direct.population @ np.nan_to_num(direct.share) / direct.population.sum())
    return model_areas(direct, covariates, force_share=own, force_standard_error=0.01)


def test_the_design_effect_is_learned_from_all_areas_and_never_below_one() -> None:
    direct, _ = county()
    assert design_effect(direct, 0.5) == pytest.approx(1.4 * 0.9, rel=0.05)
    assert design_effect(replace(direct, variance=direct.variance / 9), 0.5) == 1.0
    assert design_effect(replace(direct, n_respondents=direct.n_respondents * 0 + 3), 0.5) == 1.0


def test_weighted_by_their_people_the_areas_have_the_force_s_figure() -> None:
    direct, covariates = county()
    fitted = fit(direct, covariates)
    own = direct.population @ direct.share / direct.population.sum()
    assert direct.population @ fitted.estimate / direct.population.sum() == pytest.approx(own, abs=1e-12)


def test_intervals_grow_with_what_the_benchmark_moves() -> None:
    direct, covariates = county()
    far = replace(direct, population=np.where(direct.share > 0.5, 9000.0, 100.0))  # the model must move a good deal
    assert fit(far, covariates).standard_error.mean() > fit(direct, covariates).standard_error.mean()


def test_areas_without_covariates_have_nan_and_do_not_disturb_the_others() -> None:
    direct, covariates = county()
    holed = covariates.copy()
    holed.loc[3, "income"] = np.nan
    fitted = fit(direct, holed)
    assert np.isnan(fitted.estimate[3])
    assert np.isfinite(np.delete(fitted.estimate, 3)).all()


def test_constant_and_repeated_covariates_are_left_out() -> None:
    direct, covariates = county()
    more = covariates.assign(flat=7.0, again=2 * covariates["income"] + 1)
    assert fit(direct, more).covariates == ("income", "old")


def test_few_areas_bear_few_covariates() -> None:
    direct, covariates = county(n=12)
    assert fit(direct, covariates).covariates == ("income",)
    direct, covariates = county(n=6)
    assert fit(direct, covariates).covariates == ()
    direct, covariates = county(n=4)
    with pytest.raises(AnalysisError, match="too few for a small-area model"):
        fit(direct, covariates)


def test_between_area_sd_is_that_of_the_truth() -> None:
    found = []
    for seed in range(12):
        direct, covariates = county(seed=seed, n_each=200)
        simple = replace(direct, variance=direct.variance / 1.4, kish_n=direct.n_respondents.astype(float))
        found.append(fit(simple, covariates).between_area_sd / planted(np.random.default_rng(seed))[1].std())
    assert np.mean(found) == pytest.approx(1.0, abs=0.05)


def test_equal_areas_are_drawn_together_and_it_is_said() -> None:
    direct, covariates = county(sd=0.0, seed=3)
    fitted = fit(replace(direct, share=np.full(40, 0.5)), covariates)
    assert np.ptp(fitted.estimate) < 1e-9
    assert (fitted.standard_error > 0).all()
    assert "differ no more than chance" in fitted.notes[0]


# --- targets ---------------------------------------------------------------------------------------------------------

AIM = Target("Chief Constable", "confidence", 0.50, date(2024, 1, 1), date(2026, 1, 1), rise=4)
HALFWAY = date(2025, 1, 1)


@pytest.mark.parametrize(
    ("estimate", "verdict", "state"),
    [(0.535, "on_course", "ok"), (0.505, "behind", "ok"), (0.521, "cannot_tell", "cannot_tell")],
)
def test_progress_is_a_probability_of_standing_on_the_line(estimate, verdict, state) -> None:
    row = target_progress(AIM, estimate=estimate, standard_error=0.01, day=HALFWAY).iloc[0]
    assert (row["verdict"], row["state"], round(row["due"], 3)) == (verdict, state, 0.52)


def test_points_and_per_cent_are_not_the_same() -> None:
    assert AIM.goal == pytest.approx(0.54)
    assert replace(AIM, unit="per_cent").goal == pytest.approx(0.52)


def test_the_line_ends_where_the_target_ends() -> None:
    row = target_progress(AIM, estimate=0.56, standard_error=0.01, day=date(2030, 1, 1)).iloc[0]
    assert row["due"] == pytest.approx(0.54)
    assert row["note"] == "the end of the target has passed"


def test_the_national_target_of_2009_is_history_and_judges_nothing() -> None:
    assert NATIONAL_TARGET_2009.goal == pytest.approx(0.585)
    assert NATIONAL_TARGET_2009.abolished == "June 2010"
    row = target_progress(NATIONAL_TARGET_2009, estimate=0.6, standard_error=0.01, day=date(2012, 3, 31)).iloc[0]
    assert (row["verdict"], row["state"]) == ("cannot_tell", "no_data")
    assert "abolished June 2010" in row["note"]


def test_without_a_figure_nothing_is_judged() -> None:
    row = target_progress(AIM, estimate=float("nan"), standard_error=0.01, day=HALFWAY).iloc[0]
    assert (row["verdict"], row["state"]) == ("cannot_tell", "no_data")


@pytest.mark.parametrize("changes", [{"end_day": date(2023, 1, 1)}, {"rise": 60}, {"baseline": 1.2}])
def test_targets_that_cannot_be_are_refused(changes) -> None:
    with pytest.raises(AnalysisError, match="target"):
        replace(AIM, **changes)
