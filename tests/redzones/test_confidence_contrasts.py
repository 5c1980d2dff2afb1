"""Confidence is compared between patrol areas that are mostly of one group, and only where it may be shown."""

from __future__ import annotations

import pandas as pd

from profiles.results import PerceptionResult
from redzones.confidence_contrasts import main_groups, with_confidence
from segmentation.results import MEMBERSHIP_COLUMNS, SegmentationResult

WARD = "ward:2025"
LINKS = pd.DataFrame(
    {
        "source_code": ["E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8", "E9"],
        "target_code": ["W1", "W1", "W1", "W2", "W2", "W3", "W3", "W3", "W4"],
    }
)
GROUPS = ["A", "A", "B", "A", "A", "A", "B", "C", "A"]


def _segments() -> SegmentationResult:
    empty = pd.DataFrame()
    membership = pd.DataFrame({"area_code": LINKS["source_code"], "group_code": GROUPS})
    return SegmentationResult(empty, membership.reindex(columns=list(MEMBERSHIP_COLUMNS)), *[empty] * 5, reason="")


def _perception(**changes: str) -> PerceptionResult:
    estimates = pd.DataFrame(
        {
            "geography": WARD,
            "area_code": ["W1", "W2", "W3", "W4"],
            "question": "confidence",
            "model": "modelled",
            "estimate": [0.7, 0.4, 0.1, 0.1],
            "standard_error": 0.04,
            "state": ["ok", "ok", "ok", "suppressed"],
        }
    ).assign(**changes)
    empty = pd.DataFrame()
    return PerceptionResult(empty, estimates, *[empty] * 6, 0.9, ())


def test_a_patrol_area_is_of_the_group_of_half_of_its_small_areas_and_a_mixture_of_none() -> None:
    groups = main_groups(_segments().membership, LINKS)
    assert groups.to_dict() == {"W1": "A", "W2": "A", "W4": "A"}
    assert main_groups(_segments().membership.iloc[:0], LINKS).empty


def test_areas_of_one_group_are_compared_and_what_may_not_be_shown_is_left_out() -> None:
    found = with_confidence(_segments(), _perception(), LINKS, patrol=WARD)
    assert found is not None
    assert found.contrasts[["measure", "area_code", "other_code"]].to_numpy().tolist() == [["confidence", "W1", "W2"]]


def test_without_survey_segments_or_the_right_model_nothing_is_added() -> None:
    segments = _segments()
    assert with_confidence(None, _perception(), LINKS, patrol=WARD) is None
    assert with_confidence(segments, None, LINKS, patrol=WARD) is segments
    for change in ({"model": "modelled_with_place"}, {"geography": "lsoa:2021"}, {"question": "worry_asb"}):
        assert with_confidence(segments, _perception(**change), LINKS, patrol=WARD) is segments
