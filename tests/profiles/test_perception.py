"""What people think: known figures, honest states, and every kind of bad wave."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from domain.errors import AnalysisError
from domain.surveys import SurveyQuestion
from domain.targets import Target
from profiles.perception import measure_perception
from profiles.perception_inputs import AreasOfForce, PerceptionOptions
from profiles.results import PerceptionResult
from profiles.survey_groups import SurveyAnswers

FIGURES = ("estimate", "standard_error", "lower", "upper", "probability_below_force")


def measure(survey: SurveyAnswers, areas: AreasOfForce, *, earlier: SurveyAnswers | None = None, **options):
    waves = [earlier, survey] if earlier else [survey]
    return measure_perception([w.wave for w in waves], dict(enumerate(waves)), areas=areas, **options)


def pick(found: PerceptionResult, question: str, model: str, geography: str = "ward:2025") -> pd.DataFrame:
    table = found.estimates
    chosen = (table["question"] == question) & (table["model"] == model) & (table["geography"] == geography)
    return table[chosen].set_index("area_code")


def change(survey: SurveyAnswers, **columns) -> SurveyAnswers:
    return replace(survey, responses=survey.responses.assign(**columns))


def check_honest(found: PerceptionResult) -> None:
    """Every table of a result: a figure that is ok is a number, and one that is not says why."""
    for table, figures in (
        (found.estimates, FIGURES), (found.changes, ("change", "lower", "upper")), (found.gaps, ("gap", "lower")),
        (found.channels, ("share", "lower", "upper")), (found.priorities, ("share", "lower", "upper")),
    ):  # fmt: skip
        if table.empty:
            continue
        ok = table["state"] == "ok"
        assert np.isfinite(table.loc[ok, list(figures)].to_numpy(dtype=float)).all()
        told = table.loc[~ok & ~table["state"].eq("cannot_tell"), "note"]
        assert told.notna().all()
    force = found.force[found.force["state"] == "ok"]
    assert np.isfinite(force[["estimate", "lower", "upper"]].to_numpy(dtype=float)).all()
    assert found.force.loc[found.force["state"] != "ok", "note"].notna().all()


@pytest.fixture(scope="module")
def found(surveyland) -> PerceptionResult:
    return measure(surveyland.wave(), surveyland.areas)


def test_modelled_figures_lie_closer_to_the_truth_than_direct_ones(found, surveyland) -> None:
    model, direct = pick(found, "confidence", "modelled"), pick(found, "confidence", "direct")
    sampled = surveyland.truth.index[:-2]
    error = ((model["estimate"] - surveyland.truth)[sampled] ** 2).mean()
    assert error < 0.75 * ((direct["estimate"] - surveyland.truth)[sampled] ** 2).mean()
    inside = (model["lower"] <= surveyland.truth) & (surveyland.truth <= model["upper"])
    assert inside.mean() > 0.85
    check_honest(found)


def test_sampled_areas_together_have_the_force_s_figure(found, surveyland) -> None:
    force = found.force.set_index("question").loc["confidence"]
    model = pick(found, "confidence", "modelled")
    weight = pd.Series(1.0, index=model.index)
    weight.iloc[-2:] = 0.0
    # raked weights are near, not quite, equal over areas: the benchmark itself is tested with the model
    assert np.average(model["estimate"], weights=weight) == pytest.approx(force["estimate"], abs=0.004)
    assert force["estimate"] == pytest.approx(surveyland.truth[:-2].mean(), abs=3 * force["standard_error"])
    assert 0.04 < force["between_area_sd"] < 0.09
    assert force["model_variance"] < force["between_area_sd"] ** 2


def test_areas_where_nobody_was_asked_are_modelled_or_say_that_one_cannot_tell(found) -> None:
    direct, model = pick(found, "confidence", "direct"), pick(found, "confidence", "modelled")
    assert direct["state"].iloc[-2:].tolist() == ["no_data", "no_data"]
    assert set(model["state"].iloc[-2:]) <= {"ok", "cannot_tell"}
    assert (model["upper"] - model["lower"]).iloc[-1] > (model["upper"] - model["lower"]).iloc[0]


def test_a_modelled_figure_is_shown_only_within_ten_points(found) -> None:
    model = pick(found, "confidence", "modelled")
    half = (model["upper"] - model["lower"]) / 2
    assert ((half <= 0.10) == (model["state"] == "ok")).all()


def test_low_confidence_is_a_probability(found, surveyland) -> None:
    below = pick(found, "confidence", "modelled")["probability_below_force"]
    assert below.between(0, 1).all()
    assert below.corr(surveyland.truth, method="spearman") < -0.5
    assert surveyland.truth[below > found.low_confidence_probability].max() < surveyland.truth.mean()
    assert found.low_confidence_probability == 0.9


def test_the_estimate_without_place_does_not_move_with_recorded_asb(found, surveyland) -> None:
    other = surveyland.areas.asb.sample(frac=1, random_state=3).set_axis(surveyland.areas.asb.index)
    again = measure(surveyland.wave(), replace(surveyland.areas, asb=other))
    same, moved = (
        [pick(result, "confidence", model)["estimate"] for result in (found, again)]
        for model in ("modelled", "modelled_with_place")
    )
    np.testing.assert_array_equal(*same)
    assert not np.allclose(*moved)


@pytest.mark.parametrize("name", ["imd_score", "imd_decile", "crime_deprivation", "asb_rate_eb"])
def test_covariates_that_hold_recorded_crime_are_refused(name) -> None:
    with pytest.raises(AnalysisError, match="recorded crime or ASB"):
        PerceptionOptions(covariates=("age_65_over", name))


def test_few_answers_are_suppressed_not_shown(surveyland) -> None:
    found = measure(surveyland.wave(per_area=20), surveyland.areas)
    direct = pick(found, "confidence", "direct")
    assert set(direct["state"]) == {"suppressed", "no_data"}
    assert direct[list(FIGURES)].isna().all(axis=None)
    assert set(pick(found, "confidence", "direct", "district:2025")["state"]) == {"ok"}
    check_honest(found)


def test_one_respondent_in_an_area_moves_it_hardly(surveyland) -> None:
    survey = surveyland.wave()
    one = survey.responses["area_code"].ne("W00") | ~survey.responses["area_code"].duplicated()
    found = measure(replace(survey, responses=survey.responses[one].reset_index(drop=True)), surveyland.areas)
    assert pick(found, "confidence", "direct").loc["W00", "state"] == "suppressed"
    assert 0.3 < pick(found, "confidence", "modelled").loc["W00", "estimate"] < 0.7
    check_honest(found)


@pytest.mark.parametrize("answer", [1.0, 2.0])
def test_all_answers_equal_have_a_figure_and_an_interval(surveyland, answer) -> None:
    found = measure(change(surveyland.wave(), answer_confidence=answer), surveyland.areas)
    model = pick(found, "confidence", "modelled")
    assert model["estimate"].between(0, 1).all()
    assert (model["upper"] > model["lower"]).all()
    direct = pick(found, "confidence", "direct").iloc[:-2]
    assert set(direct["estimate"]) == {2.0 - answer}
    assert (direct["upper"] - direct["lower"] > 0.02).all()
    check_honest(found)


def test_equal_areas_say_that_they_differ_no_more_than_chance(surveyland) -> None:
    rng = np.random.default_rng(2)
    survey = surveyland.wave()
    found = measure(change(survey, answer_confidence=rng.choice([1.0, 2.0], len(survey.responses))), surveyland.areas)
    model = pick(found, "confidence", "modelled")
    assert model["estimate"].std() < 0.03
    assert (model["standard_error"] > 0).all()
    check_honest(found)


def test_a_wave_without_the_target_question_says_so(surveyland) -> None:
    survey = surveyland.wave()
    wave = replace(survey.wave, questions=survey.wave.questions[1:])
    found = measure(replace(survey, wave=wave), surveyland.areas)
    row = found.force.set_index("question").loc["confidence"]
    assert (row["state"], row["note"]) == ("no_data", "the wave does not ask about confidence")
    assert pick(found, "confidence", "modelled").empty
    assert not pick(found, "worry_asb", "modelled").empty
    check_honest(found)


def test_a_question_that_nobody_answered_has_no_figure(surveyland) -> None:
    found = measure(change(surveyland.wave(), answer_confidence=np.nan), surveyland.areas)
    row = found.force.set_index("question").loc["confidence"]
    assert (row["state"], row["n_respondents"]) == ("no_data", 0)
    assert set(pick(found, "confidence", "modelled")["state"]) == {"cannot_tell"}
    check_honest(found)


def test_a_geography_that_is_not_linked_says_what_to_load(surveyland) -> None:
    survey = replace(surveyland.wave(), units={}, patrol_areas={})
    found = measure(survey, surveyland.areas)
    assert found.estimates.empty
    assert found.force["state"].tolist() == ["no_data"]
    assert "load their look-up" in found.force["note"].iloc[0]
    assert any("are not linked to a district" in note for note in found.notes)


def test_respondents_in_unknown_areas_are_counted_and_left_out(surveyland) -> None:
    survey = surveyland.wave()
    units = {code: unit for code, unit in survey.units.items() if code != "W03"}
    found = measure(replace(survey, units=units), surveyland.areas)
    assert found.notes[0] == "80 respondents live in areas that are not linked to a district."
    assert pick(found, "confidence", "direct").loc["W03", "state"] == "no_data"


def test_an_empty_wave_and_no_wave(surveyland) -> None:
    survey = surveyland.wave()
    found = measure(replace(survey, responses=survey.responses.head(0)), surveyland.areas)
    assert found.force["note"].tolist() == ["the wave holds no respondent"]
    with pytest.raises(AnalysisError, match="no survey wave"):
        measure_perception([], {}, areas=surveyland.areas)


def test_without_people_data_areas_are_drawn_to_the_force_alone(surveyland) -> None:
    bare = replace(surveyland.areas, metrics=pd.DataFrame(), population=pd.DataFrame(), asb=surveyland.areas.asb[:0])
    found = measure(surveyland.wave(), bare)
    model = pick(found, "confidence", "modelled")
    assert len(set(model["estimate"].iloc[-2:])) == 1
    assert pick(found, "confidence", "modelled_with_place").empty
    assert found.gaps.empty
    check_honest(found)


def test_an_area_without_people_figures_has_none_of_its_own(surveyland) -> None:
    metrics = surveyland.areas.metrics.copy()
    metrics.loc["W05"] = np.nan
    found = measure(surveyland.wave(), replace(surveyland.areas, metrics=metrics))
    row = pick(found, "confidence", "modelled").loc["W05"]
    assert (row["state"], row["note"]) == ("no_data", "not known: no census figures of this area are loaded")
    check_honest(found)


def test_too_few_areas_cannot_be_modelled(surveyland) -> None:
    survey = surveyland.wave()
    few = survey.responses[survey.responses["area_code"].isin(["W00", "W01", "W02"])].reset_index(drop=True)
    found = measure(replace(survey, responses=few), surveyland.areas)
    model = pick(found, "confidence", "modelled")
    assert set(model["state"]) == {"cannot_tell"}
    assert "too few" in model["note"].iloc[0]
    check_honest(found)


def test_no_figure_is_ever_made_for_small_areas(surveyland) -> None:
    found = measure(
        surveyland.wave(), replace(surveyland.areas, patrol_key="lsoa:2021"), earlier=surveyland.wave(wave="2024")
    )
    small = found.estimates[found.estimates["geography"] == "lsoa:2021"]
    assert set(small["state"]) == {"suppressed"}
    assert small[list(FIGURES)].isna().all(axis=None)
    assert "lsoa:2021" not in set(found.changes["geography"]) | set(found.channels["geography"])
    assert "lsoa:2021" not in set(found.priorities["geography"])


def test_segments_have_figures_where_the_wave_knows_small_areas(surveyland) -> None:
    survey = surveyland.wave()
    segments = pd.DataFrame({"area_code": survey.patrol_areas.keys(), "group_code": "A", "environment_code": "A1"})
    segments.loc[20:, ["group_code", "environment_code"]] = ["B", "B1"]
    located = replace(survey, small_areas=dict(survey.patrol_areas))
    found = measure(located, replace(surveyland.areas, segments=segments))
    own = pick(found, "confidence", "direct", "segment")
    assert own.index.tolist() == ["A", "B", "A1", "B1"]
    assert set(own["state"]) == {"ok"}
    assert pick(measure(survey, replace(surveyland.areas, segments=segments)), "confidence", "direct", "segment").empty


def test_the_gap_is_worry_less_records_in_standard_deviations(found, surveyland) -> None:
    gaps = found.gaps.set_index("area_code")
    shown = gaps[gaps["state"] == "ok"]
    worry = pick(found, "worry_asb", "modelled").loc[shown.index, "estimate"]
    rate = surveyland.areas.asb.loc[shown.index, "estimate"]
    known = (worry - worry.mean()) / worry.std(ddof=0) - (rate - rate.mean()) / rate.std(ddof=0)
    np.testing.assert_allclose(shown["gap"], known)
    assert (shown["lower"] < shown["gap"]).all()
    assert shown["gap"].mean() == pytest.approx(0)


def test_shares_of_channels_and_priorities_add_up_and_are_drawn_to_the_force(found) -> None:
    for table, n in ((found.channels, 3), (found.priorities, 2)):
        ward = table[table["geography"] == "ward:2025"]
        assert ward.groupby("area_code")["share"].sum().to_numpy() == pytest.approx(1.0)
        assert ward.groupby("area_code").size().eq(n).all()
        unasked = ward[ward["area_code"] == "W39"]
        np.testing.assert_allclose(unasked["share"], unasked["force_share"])
    force = found.priorities[found.priorities["geography"] == "force"]
    assert force["share"].iloc[0] == pytest.approx(0.7, abs=0.03)


def test_a_wave_that_does_not_ask_for_priorities_has_none(surveyland) -> None:
    survey = surveyland.wave()
    wave = replace(survey.wave, questions=survey.wave.questions[:2])
    found = measure(replace(survey, wave=wave), surveyland.areas)
    assert found.priorities.empty
    assert found.channels.empty


def test_a_rise_in_the_force_is_seen_and_in_an_area_one_cannot_tell(surveyland) -> None:
    earlier = surveyland.wave(seed=5, rise=-0.08, wave="2024", first_day=date(2024, 9, 1), last_day=date(2024, 11, 28))
    found = measure(surveyland.wave(), surveyland.areas, earlier=earlier)
    mine = found.changes[found.changes["question"] == "confidence"]
    force = mine[mine["geography"] == "force"].iloc[0]
    assert (force["verdict"], force["state"], force["from_wave"]) == ("rose", "ok", "2024")
    assert force["lower"] < 0.08 < force["upper"]
    wards = mine[mine["geography"] == "ward:2025"]
    assert (wards["verdict"] == "cannot_tell").mean() > 0.7
    assert wards["state"].iloc[-2:].tolist() == ["no_data", "no_data"]
    check_honest(found)


NEW_WORDS = SurveyQuestion("confidence", "Other words?", ((1, "Agree"), (2, "Disagree"), (8, "Don't know")), (1,), (8,))


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"mode": "telephone"}, "the mode changed from telephone to post"),
        ({"frame": "dialling"}, "the frame changed from dialling to addresses"),
        ({"questions": (NEW_WORDS,)}, "the wording of the question changed"),
        ({"dont_know_in_base": False}, "the scale of the question, or what counts as agreement, changed"),
        ({"survey": "Another"}, "there is no earlier wave"),
        ({"questions": ()}, "the question was not asked"),
    ],
)
def test_a_broken_series_shows_no_change_and_says_why(surveyland, facts, why) -> None:
    earlier = surveyland.wave(wave="2024", **facts)
    found = measure(surveyland.wave(), surveyland.areas, earlier=earlier)
    row = found.changes[found.changes["question"] == "confidence"]
    assert row["state"].tolist() == ["no_data"]
    assert why in row["note"].iloc[0]
    assert row[["change", "lower", "upper"]].isna().all(axis=None)


def test_a_target_judges_the_force_s_figure(surveyland) -> None:
    target = Target("Chief Constable", "confidence", 0.30, date(2024, 1, 1), date(2026, 1, 1), rise=10)
    found = measure(surveyland.wave(), surveyland.areas, target=target)
    assert found.targets["verdict"].tolist() == ["on_course"]
    other = replace(target, question="informed")
    assert measure(surveyland.wave(), surveyland.areas, target=other).targets["state"].tolist() == ["no_data"]
    assert measure(surveyland.wave(), surveyland.areas).targets.empty


def test_the_order_of_respondents_does_not_matter(found, surveyland) -> None:
    survey = surveyland.wave()
    again = measure(replace(survey, responses=survey.responses.iloc[::-1].reset_index(drop=True)), surveyland.areas)
    for name in ("estimate", "lower", "upper"):
        np.testing.assert_allclose(again.estimates[name], found.estimates[name], rtol=1e-5)
