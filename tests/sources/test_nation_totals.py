"""A nation has a total only where every one of its areas is in the file."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest

import sources.nations as nations_module
import sources.people as people_module
from domain.areas import GeographyKey, PeopleVariable
from sources.nations import Nation, nation_totals
from sources.people import read_people

LSOA = GeographyKey("lsoa", 2021)
SMALL = {
    LSOA: (
        Nation("England", MappingProxyType({"E01": 3})),
        Nation("England and Wales", MappingProxyType({"E01": 3, "W01": 1})),
    )
}
VARIABLES = (
    PeopleVariable("no_car", "No car", "cars", "share", "TS045", "2021"),
    PeopleVariable("income", "Income", "deprivation", "score", "IoD", "2025"),
    PeopleVariable("residents", "Residents", "residents", "count", "TS001", "2021"),
)


@pytest.fixture
def small_nations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make nations of four areas."""
    monkeypatch.setattr(nations_module, "NATIONS", SMALL)
    monkeypatch.setattr(people_module, "NATIONS", SMALL)


def _frame(codes: list[str]) -> pd.DataFrame:
    rows = []
    for i, code in enumerate(codes):
        rows += [(code, "no_car", 10.0 + i, 100.0), (code, "income", 0.1 * i, np.nan), (code, "residents", 5.0, np.nan)]
    return pd.DataFrame(rows, columns=["area_code", "variable", "numerator", "denominator"])


def _totals(codes: list[str]) -> dict[tuple[str, str], tuple[float, float]]:
    table = nation_totals(_frame(codes), VARIABLES, LSOA)
    keys = zip(table["variable"], table["place"], strict=True)
    return dict(zip(keys, zip(table["numerator"], table["denominator"], strict=True), strict=True))


@pytest.mark.usefixtures("small_nations")
def test_shares_add_up_scores_become_means_and_counts_have_no_denominator() -> None:
    totals = _totals(["E01a", "E01b", "E01c", "W01a"])
    assert totals["no_car", "England"] == (33.0, 300.0)
    assert totals["no_car", "England and Wales"] == (46.0, 400.0)
    assert totals["income", "England"] == (pytest.approx(0.3), 3)
    assert totals["residents", "England and Wales"][0] == 20.0
    assert np.isnan(totals["residents", "England and Wales"][1])


@pytest.mark.usefixtures("small_nations")
@pytest.mark.parametrize(
    ("codes", "places"), [(["E01a", "E01b", "W01a"], set()), (["E01a", "E01b", "E01c"], {"England"}), (["X1"], set())]
)
def test_a_nation_that_lacks_an_area_has_no_total(codes: list[str], places: set[str]) -> None:
    assert {place for _, place in _totals(codes)} == places


def test_a_geography_without_nations_has_no_totals() -> None:
    assert nation_totals(_frame(["A1"]), VARIABLES, GeographyKey("neighbourhood", 2016)).empty


@pytest.mark.usefixtures("small_nations")
def test_a_national_file_keeps_the_totals_of_the_areas_that_are_left_out(tmp_path: Path) -> None:
    header = "date,geography,geography code,Number of cars or vans: Total: All households,"
    header += ",".join(
        f"Number of cars or vans: {name}"
        for name in (
            "No cars or vans in household", "1 car or van in household", "2 cars or vans in household",
            "3 or more cars or vans in household",
        )
    )  # fmt: skip
    rows = [
        f"2021,{code},{code},100,{20 + i},40,30,{10 - i}" for i, code in enumerate(["E01a", "E01b", "E01c", "W01a"])
    ]
    file = tmp_path / "cars.csv"
    file.write_text("\n".join([header, *rows]) + "\n")
    table = read_people(file, key=LSOA, areas=frozenset({"E01b"}))
    assert table.rows_outside == 3
    assert table.totals is not None
    found = table.totals.set_index(["variable", "place"])
    assert found.loc[("households_no_car", "England"), "numerator"] == 63
    assert found.loc[("households_no_car", "England and Wales"), "numerator"] == 86
    file.write_text("\n".join([header, *rows[:2]]) + "\n")
    assert read_people(file, key=LSOA, areas=frozenset({"E01b"})).totals is None
