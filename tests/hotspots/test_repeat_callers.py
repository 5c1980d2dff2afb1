"""Zones behind which repeat callers stand: the share at known answers, the flag at a third, and not known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from domain.errors import SchemaError
from hotspots.red_zones import find_red_zones
from hotspots.repeat_callers import callers_note, repeat_caller_facts
from hotspots.zone_facts import DiscRows

ONE_ZONE = DiscRows((np.array([0, 1, 2]),))


def rows(*n: int, is_own: tuple[bool, ...] = (True, True, True)) -> pd.DataFrame:
    """Return counts of three places in one month, of one category."""
    return pd.DataFrame(
        {
            "place_id": [1, 2, 3], "month_index": 24_300, "kind_id": 0, "is_officer_generated": False,
            "n": n, "is_own": is_own,
        }
    )  # fmt: skip


def callers(*told: tuple[int, int, int]) -> pd.DataFrame:
    """Return the table of callers: place, incidents of files that tell, and of repeat callers."""
    table = pd.DataFrame(told, columns=["place_id", "n_told", "n_repeat"])
    return table.assign(month_index=24_300, kind_id=0, is_officer_generated=False)


@pytest.mark.parametrize(
    ("told", "share", "flagged"),
    [
        (((1, 5, 4), (2, 4, 0), (3, 3, 0)), 4 / 12, True),  # a third exactly
        (((1, 5, 3), (2, 4, 0), (3, 3, 0)), 3 / 12, False),
        (((1, 5, 0), (2, 4, 0), (3, 3, 0)), 0.0, False),
        (((1, 5, 2), (2, 1, 0)), 2 / 6, True),  # half of the twelve are told
    ],
)
def test_the_share_is_of_the_incidents_that_are_told_and_flags_at_a_third(told, share, flagged) -> None:
    facts = repeat_caller_facts(rows(5, 4, 3), ONE_ZONE, callers(*told))
    assert facts["repeat_caller_share"].tolist() == [pytest.approx(share)]
    assert facts["has_repeat_callers"].tolist() == [flagged]
    assert callers_note(facts) == ()


@pytest.mark.parametrize("known", [None, callers(), callers((1, 5, 5))])
def test_what_no_file_or_the_smaller_part_tells_is_not_known_and_never_flagged(known) -> None:
    facts = repeat_caller_facts(rows(5, 4, 3), ONE_ZONE, known)
    assert facts["repeat_caller_share"].isna().all()
    assert not facts["has_repeat_callers"].any()
    assert callers_note(facts) == (
        "Whether repeat callers stand behind a zone is not known for any zone: the source does not tell.",
    )


def test_only_incidents_that_score_are_asked() -> None:
    told = callers((1, 5, 0), (2, 4, 0), (3, 90, 90))
    facts = repeat_caller_facts(rows(5, 4, 90, is_own=(True, True, False)), ONE_ZONE, told)
    assert facts["repeat_caller_share"].tolist() == [0.0]


def test_each_zone_has_its_own_share_and_the_note_counts_those_without() -> None:
    zones = DiscRows((np.array([0]), np.array([1]), np.array([], dtype=np.int64)))
    facts = repeat_caller_facts(rows(4, 4, 4), zones, callers((1, 4, 3)))
    np.testing.assert_array_equal(facts["repeat_caller_share"], [0.75, np.nan, np.nan])
    assert facts["has_repeat_callers"].tolist() == [True, False, False]
    assert "not known for 2 of 3 zones" in callers_note(facts)[0]


def test_a_table_of_callers_of_another_form_is_refused() -> None:
    with pytest.raises(SchemaError, match="repeat_callers"):
        repeat_caller_facts(rows(1, 1, 1), ONE_ZONE, callers((1, 1, 1)).drop(columns="n_told"))


def test_callers_flag_zones_and_place_none(ashby) -> None:
    told = ashby.counts.rename(columns={"n": "n_told"})
    estate = told["place_id"].between(210, 219)
    told = told.assign(n_repeat=told["n_told"].where(estate, 0))
    plain, known = find_red_zones(**ashby.zone_input()), find_red_zones(**ashby.zone_input(callers=told))
    assert known.zones["has_repeat_callers"].tolist() == [False, True, False]
    assert known.zones["repeat_caller_share"][1] > 0.9
    assert not any("repeat callers" in note for note in known.notes)
    assert any("not known for any zone" in note for note in plain.notes)
    columns = ["repeat_caller_share", "has_repeat_callers"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(plain.zones.drop(columns=[*columns, "geometry"])),
        pd.DataFrame(known.zones.drop(columns=[*columns, "geometry"])),
    )
