"""The equality report: shares by hand, intervals that cover, fifths of residents, and what is not loaded."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.equality import EQUALITY_COLUMNS, equality_shares, income_fifths

AREAS = ("E01", "E02", "E03")
RESIDENTS = np.array([1_000.0, 500.0, 500.0])


def people(**variables: tuple[list[float], list[float]]) -> pd.DataFrame:
    rows = [
        {"area_code": code, "variable": name, "numerator": above, "denominator": below}
        for name, (numerators, denominators) in variables.items()
        for code, above, below in zip(AREAS, numerators, denominators, strict=True)
    ]
    return pd.DataFrame(rows, columns=["area_code", "variable", "numerator", "denominator"])


ALL = people(
    income_deprivation=([0.4, 0.2, 0.05], [np.nan] * 3),
    female=([500, 300, 250], RESIDENTS.tolist()),
    ethnic_asian=([100, 0, 250], RESIDENTS.tolist()),
)


def shares(table=ALL, **changes) -> pd.DataFrame:
    values = {
        "area_codes": AREAS, "residents": RESIDENTS, "zone_area": np.array([[0.06, 0.0, 0.0], [0.0, 0.03, 0.03]]),
        "incidents": np.array([60.0, 20.0, 20.0]), "rng": np.random.default_rng(1),
    }  # fmt: skip
    return equality_shares(table, {"female": "Female residents"}, **{**values, **changes}).set_index("group")


def test_shares_of_ground_reports_and_residents_by_hand() -> None:
    row = shares().loc["ethnic_asian"]
    assert row["residents_share"] == pytest.approx(350 / 2_000)
    assert row["zone_share"] == pytest.approx((0.06 * 0.1 + 0.03 * 0.0 + 0.03 * 0.5) / 0.12)
    assert row["incidents_share"] == pytest.approx((60 * 0.1 + 20 * 0.5) / 100)
    assert row["against_residents"] == pytest.approx(0.175 - 0.175)
    assert row["against_incidents"] == pytest.approx(0.175 - 0.16)
    assert row["against_incidents_lower"] <= row["against_incidents"] <= row["against_incidents_upper"]
    assert np.isnan(row["hours_share"])


def test_fifths_of_income_are_shares_of_ground_in_them() -> None:
    fifths = shares().query("dimension == 'income fifth'")
    assert fifths["zone_share"].sum() == pytest.approx(1)
    assert fifths["residents_share"].sum() == pytest.approx(1)
    # Half of the residents live in the poorest area: the middle one of them is in the second fifth.
    assert fifths.loc["2", "zone_share"] == pytest.approx(0.5)


def test_planned_hours_count_where_the_zone_lies() -> None:
    row = shares(zone_hours=np.array([9.0, 1.0])).loc["female"]
    assert row["hours_share"] == pytest.approx(0.9 * 0.5 + 0.1 * (0.6 + 0.5) / 2)
    assert row["hours_against_residents"] == pytest.approx(row["hours_share"] - 1_050 / 2_000)
    assert row["hours_lower"] <= row["hours_against_residents"] <= row["hours_upper"]
    assert row["label"] == "Female residents"


def test_what_is_not_loaded_is_said_and_never_zero() -> None:
    found = shares(people(female=([500, 300, 250], RESIDENTS.tolist()))).reset_index()
    missing = found[found["state"] == "no_data"]
    assert set(missing["dimension"]) == {"income fifth", "ethnic group", "age", "religion", "disability"}
    assert missing["zone_share"].isna().all()
    assert set(missing["note"]) == {"not loaded"}
    assert tuple(found.columns) == ("group", *(c for c in EQUALITY_COLUMNS if c != "group"))


def test_a_group_that_is_unknown_where_the_zones_lie_has_no_figure() -> None:
    nowhere = people(female=([np.nan, 300, 250], [np.nan, 500, 500]))
    row = shares(nowhere, zone_area=np.array([[0.06, 0.0, 0.0]])).loc["female"]
    assert (row["state"], row["note"]) == ("no_data", "not known where the zones lie")


def test_without_incidents_nothing_is_said_of_reports() -> None:
    row = shares(incidents=np.zeros(3)).loc["female"]
    assert np.isnan(row["against_incidents"])
    assert np.isfinite(row["against_residents"])


def test_one_zone_alone_has_no_width_but_an_answer() -> None:
    row = shares(zone_area=np.array([[0.06, 0.0, 0.0]])).loc["ethnic_asian"]
    assert row["zone_share"] == pytest.approx(0.1)
    assert row["against_residents_lower"] == row["against_residents_upper"] == pytest.approx(0.1 - 0.175)


def test_the_interval_covers_the_share_from_which_zones_are_drawn() -> None:
    rng = np.random.default_rng(3)
    n_small, truth, covered = 200, 0.3, 0
    share = rng.beta(3, 7, n_small)
    share *= truth / share.mean()
    table = pd.DataFrame(
        {"area_code": [str(i) for i in range(n_small)], "variable": "female", "numerator": share * 100,
         "denominator": 100.0}
    )  # fmt: skip
    for seed in range(60):
        picked = np.random.default_rng(seed).integers(0, n_small, 30)
        ground = np.zeros((30, n_small))
        ground[np.arange(30), picked] = 0.06
        row = equality_shares(
            table, {}, area_codes=table["area_code"].tolist(), residents=np.full(n_small, 100.0), zone_area=ground,
            incidents=np.ones(n_small), rng=np.random.default_rng(seed),
        ).set_index("group").loc["female"]  # fmt: skip
        covered += row["against_residents_lower"] <= 0 <= row["against_residents_upper"]
    assert 0.85 <= covered / 60 <= 1.0


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 500)), min_size=5, max_size=60))
def test_fifths_follow_deprivation_and_leave_no_known_area_out(areas) -> None:
    score, residents = (np.array(v, dtype=np.float64) for v in zip(*areas, strict=True))
    fifth = income_fifths(score, residents)
    assert set(fifth) <= {1, 2, 3, 4, 5}
    order = np.argsort(-score, kind="stable")
    assert (np.diff(fifth[order]) >= 0).all()
    unknown = income_fifths(np.append(score, np.nan), np.append(residents, 100.0))
    assert unknown[-1] == 0
    assert unknown[:-1].tolist() == fifth.tolist()


def test_no_area_known_gives_no_fifth() -> None:
    assert income_fifths(np.array([np.nan, np.nan]), np.ones(2)).tolist() == [0, 0]
