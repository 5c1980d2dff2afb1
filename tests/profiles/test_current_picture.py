"""The latest days: counted back from the data's own last instant, and judged against the year before them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.current import REFERENCE_DAYS, current_picture
from profiles.figures import Geography
from profiles.results import CurrentPicture

CODES = np.array(["S0", "S1"], dtype=object)
KINDS = pd.DataFrame({"kind_id": [1, 2], "category": ["ASB", "Burglary"], "kind": ["asb", "other"]})
FRESH = pd.DataFrame({"source": ["log"], "is_counted": [True], "last_at": ["2025-12-31 22:40"]})


def recent(rows: list[tuple[str, int, int, int]], *, is_officer: bool = False) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["area_code", "age_days", "kind_id", "n"])
    return frame.assign(is_officer_generated=is_officer)


def picture(rows: pd.DataFrame, *, days_known: int = 700, last_at: str | None = "2025-12-31 22:40") -> CurrentPicture:
    return current_picture(
        [Geography.of_everything(2), Geography.of_small_areas("ward:2025", CODES)],
        rows,
        KINDS,
        CODES,
        last_at=last_at,
        days_known=days_known,
        watch={"burglary": ("burglary",)},
        freshness=FRESH,
    )


def figure(result: CurrentPicture, area: str, kind: str, days: int) -> dict[str, object]:
    found = result.figures.query("area_code == @area and kind == @kind and days == @days")
    assert len(found) == 1
    return dict(found.iloc[0])


STEADY = [(code, age, 1, 2) for code in CODES for age in range(REFERENCE_DAYS + 28)]


def test_a_steady_place_is_as_usual_and_its_usual_is_its_own() -> None:
    result = picture(recent(STEADY))
    week = figure(result, "S0", "asb", 7)
    assert (week["n"], week["usual"]) == (14, pytest.approx(14.0))
    assert week["note"] == "as usual"
    assert week["lower"] < 14 < week["upper"]
    assert figure(result, "force", "asb", 28)["n"] == 112
    assert (result.state, result.last_at) == ("ok", "2025-12-31 22:40")


def test_a_burst_is_more_than_usual_there_and_nowhere_else() -> None:
    result = picture(recent([*STEADY, ("S1", 0, 1, 40)]))
    assert figure(result, "S1", "asb", 7)["note"] == "more than usual"
    assert figure(result, "S0", "asb", 7)["note"] == "as usual"


def test_a_silence_is_fewer_than_usual() -> None:
    quiet = [row for row in STEADY if row[1] >= 28 or row[0] == "S0"]
    assert figure(picture(recent(quiet)), "S1", "asb", 28)["note"] == "fewer than usual"


def test_the_latest_days_are_not_in_what_is_usual() -> None:
    burst = figure(picture(recent([*STEADY, ("S0", 3, 1, 5000)])), "S0", "asb", 28)
    assert burst["usual"] == pytest.approx(56.0)


def test_records_made_by_officers_are_not_what_the_public_report() -> None:
    assert figure(picture(recent(STEADY, is_officer=True)), "S0", "asb", 7)["n"] == 0


def test_with_little_behind_them_the_latest_days_stand_without_a_verdict() -> None:
    week = figure(picture(recent(STEADY), days_known=100), "S0", "asb", 7)
    assert (week["state"], week["n"]) == ("cannot_tell", 14)
    assert week["note"] == "cannot tell what is usual: needs 84 earlier days, 72 are there"
    assert np.isnan([week["usual"], week["lower"], week["upper"], week["q_value"]]).all()


def test_monthly_data_have_no_latest_days_and_keep_their_freshness() -> None:
    result = picture(recent([]), last_at=None, days_known=0)
    assert (result.state, result.last_at) == ("no_data", None)
    assert result.figures.empty
    assert result.freshness is FRESH


def test_nothing_now_or_before_is_said_and_not_tested() -> None:
    none = figure(picture(recent(STEADY)), "S0", "burglary", 7)
    assert (none["note"], none["n"]) == ("none now or before", 0)
    assert np.isnan(none["q_value"])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["S0", "S1", "GONE"]), st.integers(0, 500), st.integers(1, 3), st.integers(1, 9))
    ),
    st.integers(-5, 800),
)
def test_whatever_the_days_every_row_has_a_count_and_a_word(rows: list[tuple[str, int, int, int]], known: int) -> None:
    result = picture(recent(rows), days_known=known)
    assert (result.figures["n"] >= 0).all()
    assert result.figures["note"].str.len().gt(0).all()
    stands = result.figures[result.figures["state"] == "ok"]
    assert np.isfinite(stands[["usual", "lower", "upper"]]).all().all()
