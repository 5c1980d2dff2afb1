"""Overlaps of two geographies by ground and by residents, and counts carried over without loss."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.overlaps import area_overlaps, rebase_counts
from db.write import store_boundaries, store_people
from domain.areas import GeographyKey, PeopleTable, PeopleVariable
from domain.errors import DatabaseError, SchemaError
from domain.incidents import REJECTED_COLUMNS

LSOA, WARD, UNIT = (GeographyKey.parse(text) for text in ("lsoa:2021", "ward:2025", "unit:2025"))
PAIR = ["source_code", "target_code"]


@pytest.fixture
def units(town, gridham):
    """Return a connection to Gridham with two units: the west column, and half of the east one."""
    shapes = {"U1": gridham.square(0, 0, high=2), "U2": gridham.square(1, 0)}
    store_boundaries(town, gridham.layer("unit:2025", shapes, file_name="unit.kml"))
    return town


def _load_residents(connection, **residents) -> None:
    codes = list(residents)
    frame = pd.DataFrame(
        {
            "area_code": codes,
            "variable": "residents",
            "numerator": [float(n) for n in residents.values()],
            "denominator": np.nan,
        }
    )
    table = PeopleTable(
        key=LSOA,
        file_name="residents.csv",
        sha256="residents",
        layout="long",
        variables=(PeopleVariable("residents", "Usual residents", "residents", "count", "TS001", "2021"),),
        frame=frame,
        rejected=pd.DataFrame(columns=list(REJECTED_COLUMNS)),
        rows_read=len(codes),
    )
    store_people(connection, table)


def _shares(overlaps, column) -> dict[tuple[str, object], float]:
    rows = overlaps.astype({"target_code": object}).where(overlaps.notna(), None)
    return {tuple(row[name] for name in PAIR): row[column] for _, row in rows.iterrows()}


def test_ground_is_shared_out_and_what_lies_in_no_target_is_told(units):
    found = area_overlaps(units, WARD, UNIT, small_area=LSOA)
    assert _shares(found, "share_of_ground") == {
        ("E05000001", "U1"): pytest.approx(0.5),
        ("E05000001", "U2"): pytest.approx(0.5),
        ("E05000002", "U1"): pytest.approx(0.5),
        ("E05000002", None): pytest.approx(0.5),
    }
    assert found["share_of_residents"].isna().all()
    assert found["ground_km2"].tolist() == pytest.approx([1.0] * 4)


def test_residents_are_shared_out_by_where_they_live(units):
    _load_residents(units, E01000001=900, E01000002=100, E01000003=300, E01000004=100)
    shares = _shares(area_overlaps(units, WARD, UNIT, small_area=LSOA), "share_of_residents")
    assert shares == {
        ("E05000001", "U1"): pytest.approx(0.9),
        ("E05000001", "U2"): pytest.approx(0.1),
        ("E05000002", "U1"): pytest.approx(0.75),
        ("E05000002", None): pytest.approx(0.25),
    }


def test_slivers_are_no_overlaps(town, gridham):
    side = gridham.SIDE
    drawn_again = gridham.wards().frame.set_index("area_code").geometry.translate(1e-5, -1e-5)
    store_boundaries(town, gridham.layer("unit:2025", drawn_again.to_dict(), file_name="again.kml"))
    found = area_overlaps(town, WARD, UNIT, small_area=LSOA)
    assert found[PAIR].to_numpy().tolist() == [["E05000001"] * 2, ["E05000002"] * 2]
    assert found["share_of_ground"].tolist() == [1.0, 1.0]
    assert side > 0


def test_boundaries_that_are_not_loaded_are_named(town):
    with pytest.raises(DatabaseError, match="no boundaries of unit:2025"):
        area_overlaps(town, WARD, UNIT, small_area=LSOA)


def test_history_is_carried_over_with_its_totals(units):
    _load_residents(units, E01000001=901, E01000002=97, E01000003=301, E01000004=0)
    overlaps = area_overlaps(units, WARD, UNIT, small_area=LSOA)
    counts = pd.DataFrame(
        [("E05000001", "2025-01", 113.0), ("E05000001", "2025-02", 7.0), ("E05000002", "2025-01", 41.0)],
        columns=["area_code", "month", "asb"],
    )
    rebased = rebase_counts(counts, overlaps, values=["asb"], keys=["month"])
    for month, total in counts.groupby("month")["asb"].sum().items():
        assert rebased.loc[rebased["month"] == month, "asb"].sum() == pytest.approx(total, abs=1e-9, rel=0)
    first = rebased[(rebased["area_code"] == "U2") & (rebased["month"] == "2025-01")]
    assert first["asb"].item() == pytest.approx(113 * 97 / 998)


@settings(max_examples=50, deadline=None)
@given(
    ground=st.lists(st.floats(0.001, 1.0), min_size=1, max_size=6),
    counts=st.lists(st.integers(0, 1_000_000), min_size=1, max_size=5),
    by=st.sampled_from(["ground", "residents"]),
)
def test_totals_are_preserved_whatever_the_shares(ground, counts, by):
    share = np.array(ground) / sum(ground)
    overlaps = pd.DataFrame(
        {
            "source_code": "A",
            "target_code": [f"T{i}" for i in range(len(share) - 1)] + [None],
            "share_of_ground": share,
            "share_of_residents": np.nan,
        }
    )
    table = pd.DataFrame({"area_code": "A", "n": [float(n) for n in counts]})
    rebased = rebase_counts(table, overlaps, values=["n"], by=by)
    assert rebased["n"].sum() == pytest.approx(sum(counts), rel=1e-12, abs=1e-9)
    assert rebased["area_code"].isna().sum() == 1


def test_a_code_of_other_boundaries_and_a_missing_count_are_refused():
    overlaps = pd.DataFrame(
        {"source_code": ["A"], "target_code": ["T"], "share_of_ground": [1.0], "share_of_residents": [np.nan]}
    )
    with pytest.raises(SchemaError, match="for example B"):
        rebase_counts(pd.DataFrame({"area_code": ["B"], "n": [1.0]}), overlaps, values=["n"])
    with pytest.raises(SchemaError, match="a count is missing"):
        rebase_counts(pd.DataFrame({"area_code": ["A"], "n": [np.nan]}), overlaps, values=["n"])
