"""Segments of Three Mills: what was planted is found, said plainly and stays put."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from domain.errors import AnalysisError, SchemaError, SettingsError
from segmentation.assignment import place_in_segments
from segmentation.results import SegmentationResult
from segmentation.segments import SegmentationSettings, find_segments

QUICK = {"k_most": 5, "starts": 10, "resamples": 10}


def found(county, *, seed: int = 1, settings: dict[str, Any] | None = None, **changes: Any) -> SegmentationResult:
    options = {**county.inputs, **changes}
    chosen = SegmentationSettings(**(QUICK | (settings or {})))
    return find_segments(**options, settings=chosen, rng=np.random.default_rng(seed))


@pytest.fixture(scope="module")
def result(county) -> SegmentationResult:
    return found(county)


def test_the_planted_groups_and_environments_are_recovered(county, result) -> None:
    membership = result.membership.set_index("area_code")
    assert adjusted_rand_score(county.group, membership["group_code"].reindex(county.group.index)) > 0.95
    groups = result.segments.query("level == 'group'")
    assert len(groups) == 3
    assert (groups["stability"] > 0.9).all()
    parts = membership["environment_code"].reindex(county.group.index)
    planted = county.group.astype(str) + county.is_busy.astype(str)
    assert adjusted_rand_score(planted, parts) > 0.9


def test_every_area_is_in_one_group_and_one_of_its_environments(result) -> None:
    membership = result.membership
    assert membership["area_code"].is_unique
    parents = result.segments.set_index("segment_code")["parent_code"]
    assert (membership["environment_code"].map(parents) == membership["group_code"]).all()
    counts = membership["group_code"].value_counts()
    sizes = result.segments.set_index("segment_code")["n_areas"]
    assert (sizes[counts.index] == counts).all()
    assert list(sizes[["A", "B", "C"]]) == sorted(sizes[["A", "B", "C"]], reverse=True)


def test_shares_of_residents_add_up_at_both_levels(result) -> None:
    sums = result.segments.groupby("level")["residents_share"].sum()
    np.testing.assert_allclose(sums, 1.0)


def test_names_are_proposed_unique_and_tell_what_was_planted(result) -> None:
    segments = result.segments
    assert segments["name"].is_unique
    assert set(segments["name_state"]) == {"proposed"}
    names = " | ".join(segments.loc[segments["level"] == "group", "name"])
    assert "full-time students" in names
    assert "retired people" in names
    environments = segments.loc[segments["level"] == "environment", "name"]
    assert environments.str.contains("quiet").sum() == 3
    assert environments.str.contains("busie").sum() == 3


def test_portraits_set_the_segment_beside_the_force_in_figures_and_words(result) -> None:
    for portrait in result.segments["portrait"]:
        assert portrait
        for entry in portrait:
            assert set(entry) == {"variable", "label", "value", "force_value", "index", "text"}
            assert f"{entry['label']}: " in entry["text"]
            assert int(entry["text"].split("index ")[1].rstrip(")")) == pytest.approx(entry["index"], abs=0.6)
            assert entry["index"] == pytest.approx(100 * entry["value"] / entry["force_value"], abs=0.1)
    assert "imd_score" not in {e["variable"] for p in result.segments["portrait"] for e in p}


def test_the_choice_is_shown_for_every_k_of_both_levels(result) -> None:
    diagnostics = result.diagnostics
    groups = diagnostics[diagnostics["level"] == "group"]
    assert groups["k"].tolist() == [2, 3, 4, 5]
    assert groups["inertia"].is_monotonic_decreasing
    assert groups["is_chosen"].sum() == 1
    environments = diagnostics[diagnostics["level"] == "environment"]
    assert (environments.groupby("parent_code")["is_chosen"].sum() == 1).all()
    assert set(environments["parent_code"]) == {"A", "B", "C"}
    assert "3, with an index of" in result.reason


def test_the_clustergram_weights_every_cluster_of_every_k(result) -> None:
    clusters = result.clustergram
    assert clusters.groupby("k").size().to_dict() == {2: 2, 3: 3, 4: 4, 5: 5}
    assert (clusters.groupby("k")["n_areas"].sum() == len(result.membership)).all()
    assert np.isfinite(clusters["mean_component"]).all()


def test_a_month_later_with_unchanged_data_nothing_moves(county, result) -> None:
    again = place_in_segments(**county.inputs, centroids=result.centroids, scaling=result.scaling).membership
    pd.testing.assert_frame_equal(again, result.membership)


def test_frozen_segments_take_areas_that_changed_or_are_new_and_leave_the_empty_out(county, result) -> None:
    people = county.people.copy()
    students = people[people["area_code"] == "E179"].assign(area_code="NEW")
    people.loc[(people["area_code"] == "E000") & (people["variable"] == "residents"), "numerator"] = 0.0
    options = county.inputs | {"people": pd.concat([people, students])}
    membership = place_in_segments(**options, centroids=result.centroids, scaling=result.scaling).membership
    by_area = membership.set_index("area_code")["group_code"]
    assert by_area["NEW"] == by_area["E179"]
    assert "E000" not in by_area


def test_frozen_segments_refuse_data_without_one_of_their_variables(county, result) -> None:
    people = county.people[county.people["variable"] != "work_students"]
    with pytest.raises(AnalysisError, match="rest on work_students"):
        place_in_segments(**(county.inputs | {"people": people}), centroids=result.centroids, scaling=result.scaling)
    joint = found(county, settings={"place_weight": 0.5})
    with pytest.raises(AnalysisError, match="rest on place_asb_rate"):
        place_in_segments(
            **(county.inputs | {"area_counts": county.area_counts.iloc[:0]}),
            centroids=joint.centroids,
            scaling=joint.scaling,
        )
    with pytest.raises(AnalysisError, match="no frozen segments"):
        place_in_segments(**county.inputs, centroids=result.centroids.iloc[:0], scaling=result.scaling)


def test_doubtful_areas_are_those_nearly_as_close_to_another_group(result) -> None:
    membership = result.membership
    assert (membership["second_ratio"] >= 1).all()
    assert (membership["second_code"] != membership["group_code"]).all()
    assert (membership["is_doubtful"] == (membership["second_ratio"] <= 1.10)).all()


def test_the_same_seed_gives_the_same_result_and_another_the_same_segments(county, result) -> None:
    again = found(county)
    for name in ("segments", "membership", "diagnostics", "centroids", "scaling", "dropped"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(result, name), check_exact=True)
    other = found(county, seed=99)
    pd.testing.assert_series_equal(other.membership["group_code"], result.membership["group_code"])


def test_the_order_of_rows_does_not_matter(county, result) -> None:
    shuffled = found(
        county,
        people=county.people.sample(frac=1, random_state=1),
        area_counts=county.area_counts.sample(frac=1, random_state=1),
    )
    pd.testing.assert_frame_equal(shuffled.membership, result.membership)


def test_place_weighs_in_where_a_force_asks_for_it(county, result) -> None:
    joint = found(county, settings={"place_weight": 0.5})
    names = set(joint.centroids.query("segment_code == 'A'")["variable"])
    assert "place_asb_rate" in names
    assert "place_asb_rate" not in set(result.centroids.query("segment_code == 'A'")["variable"])
    again = place_in_segments(**county.inputs, centroids=joint.centroids, scaling=joint.scaling).membership
    pd.testing.assert_frame_equal(again, joint.membership)


def test_without_incidents_there_are_groups_with_one_environment_each(county) -> None:
    quiet = found(county, area_counts=county.area_counts.iloc[:0])
    assert quiet.segments["level"].value_counts().to_dict() == {"group": 3, "environment": 3}
    assert quiet.segments["name"].is_unique
    again = place_in_segments(
        **(county.inputs | {"area_counts": county.area_counts.iloc[:0]}),
        centroids=quiet.centroids,
        scaling=quiet.scaling,
    ).membership
    pd.testing.assert_series_equal(again["group_code"], quiet.membership["group_code"])


def test_areas_that_differ_no_more_than_chance_have_one_environment(county) -> None:
    rng = np.random.default_rng(4)
    residents = county.people[county.people["variable"] == "residents"]
    level = pd.DataFrame(
        {
            "area_code": residents["area_code"],
            "month_index": county.inputs["last_month_index"],
            "kind_id": 1,
            "is_officer_generated": False,
            "n": rng.permutation(np.tile([19, 20, 21], 60)),
        }
    )
    result = found(county, area_counts=level)
    assert "the areas do not differ beyond chance" in set(result.dropped["reason"])
    assert (result.segments["level"] == "environment").sum() == 3


def test_without_residents_every_area_counts_the_same_and_environments_are_left_out(county) -> None:
    people = county.people[county.people["variable"] != "residents"]
    result = found(county, people=people)
    assert "Residents are not loaded" in result.reason
    assert result.segments.query("level == 'group'")["residents_share"].sum() == pytest.approx(1.0)


def test_missing_areas_are_told_and_in_no_segment(county) -> None:
    people = county.people.copy()
    people.loc[(people["area_code"] == "E007") & (people["variable"] == "work_students"), "denominator"] = 0.0
    result = found(county, people=people)
    assert "E007" not in set(result.membership["area_code"])
    assert "E007" in result.reason


def test_fewer_areas_than_groups_try_only_what_the_areas_allow(county) -> None:
    few = ["E000", "E001", "E060", "E061", "E120", "E121"]
    people = county.people[county.people["area_code"].isin(few)]
    result = found(county, people=people, settings={"k_most": 10, "least_share": 0.0})
    assert result.diagnostics.query("level == 'group'")["k"].max() == 5
    with pytest.raises(AnalysisError, match="too few for 7 groups"):
        found(county, people=people, settings={"k_least": 7, "k_most": 10})


def test_areas_all_alike_are_refused_in_plain_words(county) -> None:
    people = county.people.copy()
    people["numerator"], people["denominator"] = 10.0, 100.0
    with pytest.raises(AnalysisError, match="too few for segments"):
        found(county, people=people)


def test_a_table_without_its_columns_is_refused(county) -> None:
    with pytest.raises(SchemaError, match="people_values"):
        found(county, people=county.people.drop(columns="denominator"))


@pytest.mark.parametrize(
    "setting",
    [{"k_least": 1}, {"k_least": 5, "k_most": 4}, {"starts": 0}, {"least_share": 0.7}, {"place_weight": 1.0}],
)
def test_settings_that_make_no_sense_are_refused(setting) -> None:
    with pytest.raises(SettingsError):
        SegmentationSettings(**setting)
