"""Old and new segments side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from domain.errors import AnalysisError
from segmentation.matching import match_segments


def series(text: str) -> pd.Series:
    return pd.Series(list(text), index=[f"S{i}" for i in range(len(text))], dtype=object)


@given(labels=st.lists(st.sampled_from("ABC"), min_size=3, max_size=30), turn=st.permutations("ABC"))
@settings(max_examples=40, deadline=None)
def test_a_mere_relabelling_has_no_movers(labels: list[str], turn: list[str]) -> None:
    renamed = dict(zip("ABC", turn, strict=True))
    old = series("".join(labels))
    match = match_segments(old, old.map(renamed))
    assert match.movers.empty
    assert match.adjusted_rand == 1.0
    assert dict(match.successors) == {code: renamed[code] for code in set(labels)}


def test_movers_are_those_that_left_the_successor_of_their_segment() -> None:
    old, new = series("AAAABBBB"), series("BBBAAAAA")
    match = match_segments(old, new)
    assert dict(match.successors) == {"A": "B", "B": "A"}
    assert match.movers.to_numpy().tolist() == [["S3", "A", "A"]]
    assert match.adjusted_rand == pytest.approx(adjusted_rand_score(old, new))


def test_segments_that_end_or_begin_are_named() -> None:
    merged = match_segments(series("AABBC"), series("AAAAC"))
    assert (merged.ended, merged.begun) == (("B",), ())
    split = match_segments(series("AAAAC"), series("AABBC"))
    assert (split.ended, split.begun) == ((), ("B",))


def test_the_matching_is_best_as_a_whole_not_greedy() -> None:
    old, new = series("A" * 10 + "B" * 8), series("X" * 6 + "Y" * 4 + "X" * 8)
    match = match_segments(old, new)
    assert dict(match.successors) == {"A": "Y", "B": "X"}
    assert len(match.movers) == 6


def test_areas_of_one_month_only_are_not_compared() -> None:
    match = match_segments(series("AAB"), series("AABB").drop("S0"))
    assert match.n_common == 2
    assert np.isfinite(match.adjusted_rand)


def test_nothing_in_common_or_an_area_twice_is_refused() -> None:
    with pytest.raises(AnalysisError, match="no area in common"):
        match_segments(series("AB"), pd.Series({"T1": "A"}))
    with pytest.raises(AnalysisError, match="two segments at once"):
        match_segments(pd.Series(["A", "B"], index=["S1", "S1"]), series("A"))
