"""Output areas to LSOAs, one vintage to another: totals are kept, and nothing incomplete is made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.areas import PEOPLE_VALUE_COLUMNS, GeographyKey, PeopleTable, PeopleVariable
from domain.errors import SourceError
from sources.aggregation import aggregate_people
from sources.lookups import read_lookup
from sources.people import read_people

OA, LSOA, WARD = GeographyKey("oa", 2021), GeographyKey("lsoa", 2021), GeographyKey("ward", 2025)
UNITS = ("share", "count", "score")


def people(rows: list[tuple[str, float, float]]) -> PeopleTable:
    frame = pd.DataFrame(
        [
            [code, unit, numerator, denominator if unit == "share" else np.nan]
            for code, numerator, denominator in rows
            for unit in UNITS
        ],
        columns=list(PEOPLE_VALUE_COLUMNS),
    )
    variables = tuple(PeopleVariable(unit, unit, "topic", unit, "TS000", "2021") for unit in UNITS)
    return PeopleTable(OA, "a.csv", "", "long", variables, frame, pd.DataFrame(), len(rows))


def links(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["source_code", "target_code", "share"])


def value(table: PeopleTable, area: str, variable: str) -> tuple[float, float]:
    row = table.frame[(table.frame["area_code"] == area) & (table.frame["variable"] == variable)]
    return tuple(row[["numerator", "denominator"]].to_numpy()[0])


def total(table: PeopleTable, variable: str, column: str = "numerator") -> float:
    return float(table.frame.loc[table.frame["variable"] == variable, column].sum())


def test_counts_and_shares_are_added_and_scores_are_averaged() -> None:
    made = aggregate_people(
        people([("O1", 10, 100), ("O2", 30, 60), ("O3", 5, 50)]),
        links(("O1", "L1", 1), ("O2", "L1", 1), ("O3", "L2", 1)),
        target=LSOA,
    )
    assert made.key == LSOA
    assert made.layout == "long from oa:2021"
    assert value(made, "L1", "share") == (40, 160)
    assert value(made, "L1", "count")[0] == 40
    assert value(made, "L1", "score")[0] == 20
    assert np.isnan(value(made, "L1", "score")[1])
    assert value(made, "L2", "share") == (5, 50)
    assert "scores are the mean of the areas of oa:2021, as a score cannot be added" in made.notes


def test_an_area_that_lacks_a_part_gets_no_value() -> None:
    made = aggregate_people(
        people([("O1", 10, 100), ("O2", 30, 60)]),
        links(("O1", "L1", 1), ("O9", "L1", 1), ("O2", "L2", 1)),
        target=LSOA,
    )
    assert set(made.frame["area_code"]) == {"L2"}
    assert any("lack some of their areas" in note for note in made.notes)
    with pytest.raises(SourceError, match="no area of lsoa:2021"):
        aggregate_people(people([("O1", 1, 1)]), links(("O1", "L1", 1), ("O9", "L1", 1)), target=LSOA)


def test_an_area_that_a_lookup_without_weights_splits_is_not_counted_twice() -> None:
    made = aggregate_people(people([("O1", 10, 100)]), links(("O1", "L1", 1), ("O1", "L2", 1)), target=LSOA)
    assert value(made, "L1", "count")[0] == value(made, "L2", "count")[0] == 5
    assert value(made, "L1", "score")[0] == 10
    assert any("each part gets the same share" in note for note in made.notes)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_totals_are_preserved_whatever_the_weights(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 12))
    counts = data.draw(st.lists(st.integers(0, 10**6), min_size=n, max_size=n))
    rows, pairs = [], []
    for i, count in enumerate(counts):
        rows.append((f"O{i}", float(count), float(2 * count)))
        weights = np.array(data.draw(st.lists(st.integers(1, 100), min_size=1, max_size=3)), dtype=float)
        pairs += [(f"O{i}", f"L{(i + j) % 4}", w) for j, w in enumerate(weights / weights.sum())]
    table = people(rows)
    made = aggregate_people(table, links(*pairs), target=LSOA)
    again = (
        aggregate_people(made, links(*((f"L{i}", f"W{i // 2}", 1.0) for i in range(4))), target=WARD)
        if (len(set(made.frame["area_code"])) == 4)
        else made
    )
    for step in (made, again):
        for variable, column in (("count", "numerator"), ("share", "numerator"), ("share", "denominator")):
            assert total(step, variable, column) == pytest.approx(total(table, variable, column), rel=1e-9, abs=1e-9)


@pytest.fixture(scope="module")
def oa_links(cheshire: Path) -> pd.DataFrame:
    lookup = read_lookup(
        cheshire / "lookups" / "oa21_lsoa21_EW.csv.gz", source=OA, target=LSOA, target_column="geography_code"
    )
    return lookup.frame


@pytest.fixture(scope="module")
def lsoa_codes(cheshire: Path) -> frozenset[str]:
    table = read_people(cheshire / "people" / "census2021-ts045-lsoa.csv.gz", key=LSOA)
    return frozenset(table.frame["area_code"])


@pytest.mark.real_data
def test_every_census_table_by_output_area_makes_whole_lsoas(cheshire: Path, oa_links: pd.DataFrame) -> None:
    files = sorted((cheshire / "people" / "census2021_oa").glob("ts*.csv.gz"))
    assert len(files) >= 23
    for file in files:
        table = read_people(file, key=OA)
        assert (table.layout, table.rows_read, len(table.rejected)) == ("column_coded", 8_358, 0)
        own = oa_links[oa_links["source_code"].isin(table.frame["area_code"])]
        made = aggregate_people(table, own, target=LSOA)
        assert made.frame["area_code"].nunique() == 1_601
        for variable in table.variables:
            if variable.unit != "score":
                for column in ("numerator", "denominator"):
                    before = total(table, variable.name, column)
                    assert total(made, variable.name, column) == pytest.approx(before, rel=1e-9)


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["ts045", "ts062", "ts067"])
def test_sums_of_output_areas_are_the_published_lsoas_but_for_perturbation(
    cheshire: Path, oa_links: pd.DataFrame, name: str
) -> None:
    table = read_people(cheshire / "people" / "census2021_oa" / f"{name}.csv.gz", key=OA)
    own = oa_links[oa_links["source_code"].isin(table.frame["area_code"])]
    made = aggregate_people(table, own, target=LSOA).frame.set_index(["area_code", "variable"])
    published = read_people(cheshire / "people" / f"census2021-{name}-lsoa.csv.gz", key=LSOA).frame
    both = made.join(published.set_index(["area_code", "variable"]), suffixes=("", "_published"), how="inner")
    assert len(both) == len(made)
    # the office perturbs every count by itself: sums over output areas differ by up to 11 in Cheshire, 16 in Merseyside
    assert (both["denominator"] - both["denominator_published"]).abs().max() <= 20
    assert (both["numerator"] - both["numerator_published"]).abs().max() <= 20
