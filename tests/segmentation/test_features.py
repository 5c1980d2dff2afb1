"""Which People variables form segments, and what is said of those that do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from domain.areas import PeopleVariable
from domain.errors import AnalysisError
from segmentation.assignment import transform_people
from segmentation.features import Scaling, drop_correlated, people_features, people_table


def changed(county, variable: str, where, **values: float) -> pd.DataFrame:
    people = county.people.copy()
    rows = (people["variable"] == variable) & people["area_code"].isin(where)
    for column, value in values.items():
        people.loc[rows, column] = value
    return people


def reasons(features) -> dict[str, str]:
    return dict(zip(features.dropped["variable"], features.dropped["reason"], strict=True))


def test_shares_are_per_cent_and_only_declared_variables_form_groups(county) -> None:
    features = people_features(county.people, county.variables)
    rows = county.people.set_index(["area_code", "variable"])
    row = rows.loc[("E000", "work_students")]
    assert features.table.loc["E000", "work_students"] == pytest.approx(100 * row["numerator"] / row["denominator"])
    assert "imd_score" not in features.table
    assert "residents" not in features.table


def test_one_of_each_near_duplicate_pair_is_left_out_and_logged(county) -> None:
    features = people_features(county.people, county.variables)
    log = features.dropped.set_index("variable")
    cars = {"households_no_car", "two_cars"}
    assert len(cars & set(features.table)) == 1
    assert len(cars & set(log.index)) == 1
    assert (log["correlation"] > 0.8).all()
    kept = features.table.corr().abs().to_numpy().copy()
    np.fill_diagonal(kept, 0)
    assert kept.max() <= 0.8


def test_of_a_pair_the_one_less_like_the_rest_stays() -> None:
    rng = np.random.default_rng(0)
    base, other = rng.normal(size=300), rng.normal(size=300)
    table = pd.DataFrame({"lone": base, "tied": base + 0.35 * other, "other": other})
    kept, dropped = drop_correlated(table)
    assert list(kept) == ["lone", "other"]
    assert dropped[0][:2] == ("tied", "lone")


def test_of_an_equal_pair_the_first_declared_stays() -> None:
    values = np.array([1.0, 2, 3, 4])
    kept, dropped = drop_correlated(pd.DataFrame({"a": values, "b": values, "c": [1.0, -1, 1, -1]}))
    assert list(kept) == ["a", "c"]
    assert dropped[0][0] == "b"


def test_a_constant_variable_is_left_out(county) -> None:
    everywhere = county.group.index
    people = changed(county, "work_students", everywhere, numerator=10.0, denominator=100.0)
    assert reasons(people_features(people, county.variables))["work_students"] == "it is the same in every area"


def test_a_variable_missing_for_many_areas_is_left_out_and_for_few_the_areas_are(county) -> None:
    codes = list(county.group.index)
    many = people_features(changed(county, "work_students", codes[:40], numerator=np.nan), county.variables)
    assert reasons(many)["work_students"] == "missing for 22 per cent of the areas"
    assert len(many.table) == len(codes)
    few = people_features(changed(county, "work_students", codes[:3], denominator=0.0), county.variables)
    assert "work_students" in few.table
    assert len(few.table) == len(codes) - 3
    assert "3 areas with missing values are in no segment (E000, E001, E002)" in few.notes


def test_areas_without_residents_are_left_out(county) -> None:
    features = people_features(changed(county, "residents", ["E005"], numerator=0.0), county.variables)
    assert "E005" not in features.table.index
    assert "1 areas without known residents are in no segment" in features.notes


def test_without_residents_each_area_counts_the_same(county) -> None:
    people = county.people[county.people["variable"] != "residents"]
    features = people_features(people, county.variables)
    assert not features.has_residents
    assert (features.residents == 1).all()


def test_too_few_variables_or_areas_are_refused(county) -> None:
    with pytest.raises(AnalysisError, match="too few for segments"):
        people_features(county.people[county.people["area_code"].isin(["E000", "E001"])], county.variables)
    with pytest.raises(AnalysisError, match="too few for segments"):
        people_features(county.people, county.variables[:2])


def test_two_values_of_one_variable_are_refused(county) -> None:
    with pytest.raises(AnalysisError, match="two values"):
        people_table(pd.concat([county.people, county.people.iloc[:1]]), county.variables)


def test_the_transformation_draws_in_tails_and_bears_negative_scores() -> None:
    values = pd.DataFrame({"x": [-2.0, 0.0, 50.0]})
    scored = transform_people(values, [PeopleVariable("x", "X", "x", "score", "IoD", "2025")])
    np.testing.assert_allclose(scored["x"], np.log(values["x"] + np.sqrt(values["x"] ** 2 + 1)))


def test_a_share_varies_by_chance_alike_whether_rare_or_common() -> None:
    rng = np.random.default_rng(8)
    shares = pd.DataFrame({f"p{p:g}": 100 * rng.binomial(600, p, 20_000) / 600 for p in (0.03, 0.1, 0.5, 0.9)})
    declared = [PeopleVariable(name, name, name, "share", "TS", "2021") for name in shares]
    spread = transform_people(shares, declared).std()
    np.testing.assert_allclose(spread, 0.5 / np.sqrt(600), rtol=0.05)
    assert transform_people(pd.DataFrame({"p0.5": [-0.1, 100.2]}), declared)["p0.5"].notna().all()


def test_scaling_brings_every_variable_to_zero_and_one_and_a_weight_shrinks_it() -> None:
    table = pd.DataFrame({"a": [1.0, 2, 5], "b": [-3.0, 0, 3]})
    plain, half = Scaling.fit(table).apply(table), Scaling.fit(table, weight=0.5).apply(table)
    assert plain.min(axis=0).tolist() == [0, 0]
    assert plain.max(axis=0).tolist() == [1, 1]
    np.testing.assert_allclose(half, 0.5 * plain)


def test_variables_declared_twice_are_used_once(county) -> None:
    twice = people_features(county.people, (*county.variables, *county.variables))
    assert list(twice.table) == list(people_features(county.people, county.variables).table)


def test_scores_may_form_groups_where_they_are_declared_to(county) -> None:
    score = PeopleVariable("imd_score", "Score", "other", "score", "IoD", "2025")
    assert "imd_score" in people_features(county.people, (*county.variables[:5], score)).table
