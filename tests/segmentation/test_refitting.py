"""A month placed in frozen segments, and segments made anew beside those they replace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from domain.errors import AnalysisError
from segmentation.description import approved_names
from segmentation.frozen import SegmentModel, segments_of_month
from segmentation.refitting import refit_model
from segmentation.segments import SegmentationSettings, find_segments

QUICK = SegmentationSettings(k_most=4, starts=5, resamples=5)


@pytest.fixture(scope="module")
def model(county) -> SegmentModel:
    result = find_segments(**county.inputs, settings=QUICK, rng=np.random.default_rng(1))
    return SegmentModel(result, "2025-12", {"A": "Terraces", "B2": "Busy streets"})


def test_the_same_data_move_nobody_and_names_are_kept(county, model) -> None:
    month = segments_of_month(model, **county.inputs)
    pd.testing.assert_frame_equal(month.membership, model.result.membership)
    assert month.origin is not None
    assert month.origin.movers.empty
    assert "0 have another segment" in month.reason
    names = month.segments.set_index("segment_code")
    assert names.loc["A", ["name", "name_state"]].tolist() == ["Terraces", "approved"]
    assert names.loc["A1", "name"].startswith("Terraces: ")
    assert names.loc["B2", ["name", "name_state"]].tolist() == ["Busy streets", "approved"]
    assert names["portrait"].map(len).gt(0).any()


def test_areas_that_appear_or_vanish_are_named_and_an_empty_area_is_left_out(county, model) -> None:
    people = county.people[county.people["area_code"] != "E010"]
    people = pd.concat([people, people[people["area_code"] == "E179"].assign(area_code="NEW")])
    people.loc[(people["area_code"] == "E000") & (people["variable"] == "residents"), "numerator"] = 0.0
    month = segments_of_month(model, **(county.inputs | {"people": people}))
    assert month.origin is not None
    assert month.origin.new_areas == ("NEW",)
    assert month.origin.gone_areas == ("E000", "E010")
    assert "1 are new, 2 are in no segment any more" in month.reason


def test_a_month_without_incidents_keeps_groups_and_knows_no_environment(county, model) -> None:
    month = segments_of_month(model, **(county.inputs | {"area_counts": county.area_counts.iloc[:0]}))
    assert month.membership["environment_code"].isna().all()
    assert month.membership["group_code"].tolist() == model.result.membership["group_code"].tolist()
    assert set(month.segments["level"]) == {"group"}
    assert month.contrasts.empty


def test_no_area_with_every_variable_is_told(county, model) -> None:
    people = county.people.copy()
    people.loc[people["variable"] == "residents", "numerator"] = 0.0
    with pytest.raises(AnalysisError, match="no area has residents"):
        segments_of_month(model, **(county.inputs | {"people": people}))


def test_a_refit_on_the_same_data_changes_nothing_and_keeps_every_name(county, model) -> None:
    again = find_segments(**county.inputs, settings=QUICK, rng=np.random.default_rng(5))
    new = refit_model(model, again, segments_of_month(model, **county.inputs), reason="")
    assert new.refit is not None
    assert new.refit.adjusted_rand == 1.0
    assert new.refit.movers.empty
    assert dict(new.approved) == dict(model.approved)
    assert new.month == "2025-12"
    pd.testing.assert_frame_equal(new.result.membership, model.result.membership)


def test_segments_that_split_or_come_in_another_order_follow_their_predecessors(county, model) -> None:
    """Relabel A as C and so on, and give half of the largest group away: codes follow, the torn name does not."""
    made = segments_of_month(model, **county.inputs)
    turned = {"A": "C", "B": "A", "C": "B"}

    def turn(code: object) -> object:
        return code if code is None else turned[str(code)[0]] + str(code)[1:]

    membership = made.membership.assign(
        **{c: made.membership[c].map(turn) for c in ("group_code", "environment_code", "second_code")}
    )
    segments = made.segments.assign(
        segment_code=made.segments["segment_code"].map(turn),
        parent_code=[turn(c) if isinstance(c, str) else None for c in made.segments["parent_code"]],
    )
    centroids = made.centroids.assign(segment_code=made.centroids["segment_code"].map(turn))
    renamed = replace(made, membership=membership, segments=segments, centroids=centroids)
    followed = refit_model(model, renamed, made, reason="")
    assert followed.result.membership["group_code"].tolist() == made.membership["group_code"].tolist()
    assert followed.result.membership["environment_code"].tolist() == made.membership["environment_code"].tolist()
    assert followed.result.segments["segment_code"].tolist() == made.segments["segment_code"].tolist()

    own = np.flatnonzero(membership["group_code"] == "C")  # that was A
    torn = membership.copy()
    torn.loc[own[: len(own) // 3], "group_code"] = "A"
    split = refit_model(model, replace(renamed, membership=torn), made, reason="")
    assert split.refit is not None
    assert "A" not in split.refit.kept
    assert len(split.refit.movers) == len(own) // 3
    assert set(split.refit.movers["old_code"]) == {"A"}
    assert split.refit.adjusted_rand < 1


def test_a_new_group_gets_a_letter_that_no_group_had(county, model) -> None:
    few = SegmentationSettings(k_least=2, k_most=2, starts=5, resamples=5)
    two = find_segments(**county.inputs, settings=few, rng=np.random.default_rng(1))
    smaller = refit_model(model, two, segments_of_month(model, **county.inputs), reason="")
    assert smaller.refit is not None
    assert len(smaller.refit.ended) == 1
    back = refit_model(smaller, model.result, segments_of_month(smaller, **county.inputs), reason="")
    assert back.refit is not None
    assert len(back.refit.begun) == 1
    assert back.refit.begun[0] not in set(smaller.result.segments["segment_code"])


def test_an_approved_name_of_an_environment_wins_over_that_of_its_group() -> None:
    names = {"A": "Rent privately", "A1": "Rent privately: quieter", "A2": "Rent privately: busier"}
    found = approved_names(names, {"A": "Flats", "A2": "Night streets", "Z": "Gone"})
    assert dict(found) == {"A": "Flats", "A1": "Flats: quieter", "A2": "Night streets"}
