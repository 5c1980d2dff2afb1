"""Weights raked to the census in each unit, and what is merged or left out on the way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from profiles.survey_margins import collapse, find_margins, population_by_unit, total_of
from profiles.survey_weights import weigh_wave

CENSUS = pd.DataFrame(
    {
        "age_0_15": [400.0, 100.0], "age_16_24": [300.0, 50.0], "age_25_64": [500.0, 80.0],
        "age_65_over": [200.0, 70.0],
        "tenure_owned": [300.0, 60.0], "tenure_private_rented": [100.0, 30.0], "residents": [1400.0, 300.0],
    },
    index=["U1", "U2"],
)  # fmt: skip
NAMES = {"U1": "Northgate", "U2": "Southgate"}


def respondents(n_each: int = 20) -> pd.DataFrame:
    bands, tenures = ["16-24", "25 to 64", "65+"], ["owned", "private rented"]
    rows = [(unit, b, t) for unit in NAMES for b in bands for t in tenures for _ in range(n_each)]
    frame = pd.DataFrame(rows, columns=["unit_code", "age_band", "tenure"])
    return frame.assign(weight=1.0, sex="female", ethnicity=None, stratum=None, psu=None)


def weigh(frame: pd.DataFrame, *margins: str):
    return weigh_wave(frame, margins=margins or ("age_sex", "tenure"), population=CENSUS, unit_names=NAMES)


def test_every_unit_meets_its_own_margins_and_counts_its_adults() -> None:
    found = weigh(respondents())
    by_unit = pd.Series(found.weights).groupby(found.responses["unit_code"])
    assert by_unit.sum().round(6).to_dict() == {"U1": 1000.0, "U2": 200.0}  # adults, not residents
    shares = pd.Series(found.weights).groupby([found.responses["unit_code"], found.responses["age_band"]]).sum()
    assert shares["U1", "16-24"] == pytest.approx(300)
    assert shares["U2", "65+"] == pytest.approx(70)
    owned = pd.Series(found.weights).groupby([found.responses["unit_code"], found.responses["tenure"]]).sum()
    assert owned["U1", "owned"] == pytest.approx(750)
    assert found.notes == ("Weights are raked to age alone: no census figures of age by sex are loaded.",)


def test_age_by_sex_is_used_where_the_census_knows_it() -> None:
    counts = pd.DataFrame({"female_16_24": [10.0], "male_16_24": [30.0]}, index=["U1"])
    people = pd.DataFrame({"age_band": ["16-24"] * 2, "sex": ["female", "male"], "ethnicity": None, "tenure": None})
    found, notes = find_margins(["age_sex"], people, list(counts.columns))
    assert [m.variables for m in found] == [("female_16_24", "male_16_24")]
    assert notes == ()


def test_age_and_sex_apart_is_the_next_best() -> None:
    people = pd.DataFrame({"age_band": ["16-24"] * 2, "sex": ["female", "male"]})
    found, notes = find_margins(["age_sex"], people, ["age_16_24", "female", "male"])
    assert [m.name for m in found] == ["age", "sex"]
    assert "age and sex apart" in notes[0]


def test_thin_neighbours_merge_and_the_page_can_say_so() -> None:
    frame = respondents()
    few = frame[~((frame["unit_code"] == "U2") & (frame["age_band"] == "16-24"))]
    lone = frame[(frame["unit_code"] == "U2") & (frame["age_band"] == "16-24")].head(3)
    found = weigh(pd.concat([few, lone], ignore_index=True))
    assert "Southgate: 16-24 and 25-64 were merged for raking to age." in found.notes
    young = found.responses["age_band"].isin(["16-24", "25 to 64"]) & (found.responses["unit_code"] == "U2")
    assert found.weights[young].sum() == pytest.approx(130)


def test_a_category_without_population_is_merged_not_refused() -> None:
    counts = CENSUS.assign(age_16_24=[300.0, 0.0])
    found = weigh_wave(respondents(), margins=("age_sex",), population=counts, unit_names=NAMES)
    assert np.isfinite(found.weights).all()
    assert any("were merged" in note for note in found.notes)


def test_a_margin_of_one_group_is_left_out() -> None:
    found = weigh(respondents(2))
    assert {note for note in found.notes if "too few answers" in note} == {
        "Northgate: too few answers to rake to tenure.", "Southgate: too few answers to rake to tenure.",
        "Northgate: too few answers to rake to age.", "Southgate: too few answers to rake to age.",
    }  # fmt: skip
    assert set(np.round(found.weights, 6)) == {round(1000 / 12, 6), round(200 / 12, 6)}


def test_margins_that_contradict_each_other_lose_the_last() -> None:
    frame = respondents()
    only = frame[(frame["age_band"] == "16-24") == (frame["tenure"] == "private rented")]
    only = only[only["age_band"] != "65+"].reset_index(drop=True)
    counts = CENSUS.assign(age_65_over=0.0, tenure_private_rented=[9000.0, 9000.0])
    found = weigh_wave(only, margins=("age_sex", "tenure"), population=counts, unit_names=NAMES)
    assert any("cannot meet tenure beside the other margins" in note for note in found.notes)
    young = (found.responses["age_band"] == "16-24") & (found.responses["unit_code"] == "U1")
    assert found.weights[young].sum() == pytest.approx(800 * 300 / 800)


def test_categories_that_the_census_does_not_know_keep_their_weight_and_are_named() -> None:
    frame = respondents()
    frame.loc[frame.index[:5], "age_band"] = "prefer not to say"
    found = weigh(frame, "age_sex")
    assert any("“prefer not to say” is not in the census figures" in note for note in found.notes)
    assert (found.weights > 0).all()


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan])
def test_respondents_without_a_positive_weight_do_not_count(weight: float) -> None:
    frame = respondents()
    frame.loc[0, "weight"] = weight
    found = weigh(frame)
    assert len(found.responses) == len(frame) - 1
    assert any("no positive weight" in note for note in found.notes)


def test_one_respondent_in_a_unit_stands_for_all_of_it() -> None:
    frame = pd.concat([respondents().query("unit_code == 'U1'"), respondents().query("unit_code == 'U2'").head(1)])
    found = weigh(frame.reset_index(drop=True))
    assert found.weights[-1] == pytest.approx(200)


def test_without_census_figures_design_weights_stay_as_they_are() -> None:
    frame = respondents().assign(weight=2.5)
    found = weigh_wave(frame, margins=("age_sex", "ethnicity"), population=pd.DataFrame(), unit_names={})
    assert set(found.weights) == {2.5}
    assert "Weights are not raked to ethnic group: the wave does not hold it." in found.notes


def test_populations_are_summed_through_the_link_and_strangers_left_out() -> None:
    people = pd.DataFrame(
        {"area_code": ["a", "b", "c"], "variable": "residents", "numerator": [1.0, 2.0, 4.0], "denominator": np.nan}
    )
    assert population_by_unit(people, {"a": "U1", "b": "U1"}).loc["U1", "residents"] == 3.0
    assert population_by_unit(people, {}).empty


def test_the_total_is_adults_else_residents_else_unknown() -> None:
    assert total_of(CENSUS.loc["U1"]) == 1000
    overlapping = pd.Series({"age_15_19": 9.0, "age_16_64": 50.0, "age_65_over": 20.0, "age_75_over": 8.0})
    assert total_of(overlapping) == 70
    assert total_of(pd.Series({"residents": 90.0})) == 90
    assert total_of(pd.Series({"residents": 90.0, "age_16_24": 9.0, "age_65_over": 9.0})) == 90  # a band is missing
    assert np.isnan(total_of(pd.Series(dtype=float)))


def test_unordered_categories_merge_with_the_next_thinnest() -> None:
    counts = {"a": 1, "b": 90, "c": 12, "d": 2}
    assert collapse("abcd", counts, dict.fromkeys("abcd", 1.0), is_ordered=False) == [("a", "d", "c"), ("b",)]


def test_a_wave_without_margins_says_that_its_weights_are_not_raked() -> None:
    found = weigh_wave(respondents(), margins=(), population=CENSUS, unit_names=NAMES)
    assert found.notes == ("The wave names no margins: weights are those of its file, not raked to the census.",)
