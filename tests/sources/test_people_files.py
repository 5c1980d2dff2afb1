"""People files: each layout, national files cut to a force, and numbers that cannot be."""

from __future__ import annotations

import csv
import gzip

import numpy as np
import pytest

from domain.areas import GeographyKey
from domain.errors import SettingsError, SourceError
from domain.incidents import REJECTED_COLUMNS
from sources.boundaries import read_boundaries
from sources.people import read_people
from sources.people_variables import read_declarations

LSOA, OA = GeographyKey("lsoa", 2021), GeographyKey("oa", 2021)
CARS = "Number of cars or vans: "
CAR_CATEGORIES = [
    "Total: All households",
    "No cars or vans in household",
    "1 car or van in household",
    "2 cars or vans in household",
    "3 or more cars or vans in household",
]
CAR_HEADER = "date,geography,geography code," + ",".join(CARS + c for c in CAR_CATEGORIES)
AGES = [
    "Aged 15 years and under",
    "Aged 16 to 24 years",
    "Aged 25 to 34 years",
    "Aged 35 to 49 years",
    "Aged 50 to 64 years",
    "Aged 65 years and over",
]


@pytest.fixture(scope="module")
def cheshire_codes(cheshire):
    paths = sorted((cheshire / "boundaries" / "lsoa").glob("*.geojson.gz"))
    return frozenset(code for path in paths for code in read_boundaries(path, key=LSOA).frame["area_code"])


def value(table, area, variable):
    row = table.frame[(table.frame["area_code"] == area) & (table.frame["variable"] == variable)]
    return tuple(row[["numerator", "denominator"]].to_numpy()[0])


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("file", "layout", "rows", "total"),
    [
        ("census2021-ts045-lsoa.csv.gz", "nomis_bulk", 35_672, None),
        ("census2021-ts062-lsoa.csv.gz", "nomis_bulk", 35_672, None),
        ("census2021-ts067-lsoa.csv.gz", "nomis_bulk", 35_672, None),
        ("census2021-ts021-lsoa.csv.gz", "nomis_query", 35_672, 1_095_333),
        ("census21_pop_agegroup_lsoa21.csv.gz", "long", 214_032, 1_095_415),
        ("imd2025_england_lsoa21.csv.gz", "named_columns", 33_755, None),
    ],
)
def test_real_tables_hold_every_lsoa_of_cheshire(cheshire, cheshire_codes, file, layout, rows, total):
    table = read_people(cheshire / "people" / file, key=LSOA, areas=cheshire_codes)
    assert (table.layout, table.rows_read, len(table.rejected)) == (layout, rows, 0)
    assert set(table.frame["area_code"]) == cheshire_codes
    assert len(table.frame) == 678 * len(table.variables)
    assert table.rows_outside + 678 * (6 if layout == "long" else 1) == rows
    shares = table.frame[table.frame["variable"].isin([v.name for v in table.variables if v.unit == "share"])]
    assert (shares["numerator"] <= shares["denominator"] + 11).all()
    if total is not None:
        assert shares.drop_duplicates("area_code")["denominator"].sum() == total


@pytest.mark.real_data
def test_real_values_equal_the_cells_of_the_files(cheshire, cheshire_codes):
    path = cheshire / "people" / "census2021-ts045-lsoa.csv.gz"
    table = read_people(path, key=LSOA, areas=cheshire_codes)
    with gzip.open(path, "rt", newline="") as stream:
        raw = next(row for row in csv.DictReader(stream) if row["geography code"] == "E01018585")
    expected = (float(raw[CARS + CAR_CATEGORIES[1]]), float(raw[CARS + CAR_CATEGORIES[0]]))
    assert value(table, "E01018585", "households_no_car") == expected


@pytest.mark.real_data
def test_whole_national_files_are_read_without_a_rejected_row(cheshire):
    for file in ("census2021-ts021-lsoa.csv.gz", "census2021-ts062-lsoa.csv.gz", "imd2025_england_lsoa21.csv.gz"):
        table = read_people(cheshire / "people" / file, key=LSOA)
        assert table.rejected.empty
        assert table.rows_outside == 0
        assert len(table.frame) == table.rows_read * len(table.variables)


@pytest.mark.real_data
def test_real_column_coded_table_is_read_through_its_metadata(cheshire):
    table = read_people(cheshire / "people" / "census2021_oa" / "ts054.csv.gz", key=OA)
    assert table.layout == "column_coded"
    assert table.rows_read == 8_358
    assert value(table, "E00032499", "tenure_owned") == (48.0, 116.0)


def test_bulk_layout_matches_categories_whatever_their_case_and_spaces(write):
    header = CAR_HEADER.replace("No cars or vans in household", " NO CARS  or vans in Household ")
    table = read_people(write("a.csv", f"{header}\n2021,A 1,E1,100,20,50,20,10\n"), key=LSOA)
    assert value(table, "E1", "households_no_car") == (20.0, 100.0)
    assert value(table, "E1", "households_two_or_more_cars") == (30.0, 100.0)
    assert [v.name for v in table.variables] == ["households_no_car", "households_two_or_more_cars"]
    assert (table.rows_read, table.rows_outside, table.notes) == (1, 0, ())


def test_ethnic_group_as_bulk_download_gives_the_variables_of_the_query_export(write):
    groups = [
        "Total: All usual residents",
        "Asian, Asian British or Asian Welsh",
        "Asian, Asian British or Asian Welsh: Indian",
        "Black, Black British, Black Welsh, Caribbean or African",
        "Mixed or Multiple ethnic groups",
        "White",
        "White: Irish",
        "Other ethnic group",
    ]
    header = "date,geography,geography code," + ",".join(f'"Ethnic group: {group}"' for group in groups)
    table = read_people(write("a.csv", f"{header}\n2021,A 1,E1,100,10,5,3,2,80,1,5\n"), key=LSOA)
    assert value(table, "E1", "ethnic_white") == (80.0, 100.0)
    assert len(table.variables) == 5


def test_query_export_leaves_out_preamble_blank_lines_and_footnotes_and_no_row(write):
    lines = [
        "TS045 - Number of cars or vans,,,,,,,,,,",
        '"ONS Crown Copyright Reserved [from Nomis]",,,,,,,,,,',
        ",,,,,,,,,,",
        "2021 lsoa," + ",".join(f"{c},%" for c in CAR_CATEGORIES),
        ",,,,,,,,,,",
        "E01000001 : City 001A,100,100,20,20,50,50,20,20,10,10",
        ",100,100,20,20,50,50,20,20,10,10",
        "E01000002 : City 001B,100,100,120,20,50,50,20,20,10,10",
        "E01000003 : City 001C,90,100,20,20,50,50,20,20,10,10",
        "E01000004 : City 001D,90,100,20,20,50,50,20,20,10,10",
        ",,,,,,,,,,",
        ",In order to protect against disclosure,,,,,,,,,",
    ]
    table = read_people(write("a.csv", "\r\n".join(lines) + "\r\n"), key=LSOA)
    assert table.layout == "nomis_query"
    assert table.rows_read == 5
    assert table.rejected[["row_number", "reason"]].to_numpy().tolist() == [
        [7, "the row names no area code"],
        [8, "the part is larger than the total"],
    ]
    assert tuple(table.rejected.columns) == REJECTED_COLUMNS
    assert set(table.frame["area_code"]) == {"E01000001", "E01000003", "E01000004"}


def test_long_table_sums_all_groups_and_refuses_an_incomplete_area_whole(write):
    def area(code, counts):
        return [f"{code},{code} name,{age},{n}" for age, n in zip(AGES, counts, strict=False)]

    rows = [
        *area("E1", range(10, 16)),
        *area("E2", [1, 2, 3, 4, 5]),
        *area("E3", [1, 2, "x", 4, 5, 6]),
        *area("E4", [1] * 6),
    ]
    rows += [*area("E5", [1] * 6), *area("E6", [2] * 6), f"E6,E6 name,{AGES[0]},7"]
    path = write("a.csv", "lsoa21_code,lsoa21_name,age_group,usual_residents\n" + "\n".join(rows) + "\n")
    table = read_people(path, key=LSOA)
    assert value(table, "E1", "age_0_15") == (10.0, 75.0)
    residents = value(table, "E1", "residents")
    assert residents[0] == 75.0
    assert np.isnan(residents[1])
    assert set(table.frame["area_code"]) == {"E1", "E4", "E5"}
    assert len(table.rejected) == 5 + 6 + 7
    assert table.rows_read == len(rows) == 6 * 3 + len(table.rejected)
    reasons = dict(zip(table.rejected["row_number"], table.rejected["reason"], strict=True))
    assert reasons[15] == "the count is not a number of 0 or more"
    assert "another row of this area" in reasons[14]
    assert "no row" in reasons[8]
    assert reasons[len(rows) + 1] == "the area names this category twice"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2021,A,E2,100,x,50,20,10", "the value is not a number"),
        ("2021,A,E2,,20,50,20,10", "the value is not a number"),
        ("2021,A,E2,100,-1,50,20,10", "the count is negative"),
        ("2021,A,E2,100,113,50,20,10", "the part is larger than the total"),
        ("2021,A,,100,20,50,20,10", "the row names no area code"),
        ("2021,A,E1,100,20,50,20,10", "the area stands in the file before; its first row is kept"),
        ("2021,A,E2,100,20,50,20", "the row does not have as many fields as the header"),
    ],
)
def test_row_whose_numbers_cannot_be_is_rejected(write, row, reason):
    good = [f"2021,A,E{i},100,20,50,20,10" for i in (1, 3)]
    table = read_people(write("a.csv", "\n".join([CAR_HEADER, good[0], row, good[1]]) + "\n"), key=LSOA)
    assert table.rejected[["row_number", "reason", "raw"]].to_numpy().tolist() == [[3, reason, row]]
    assert set(table.frame["area_code"]) == {"E1", "E3"}


def test_numerator_may_exceed_the_total_as_far_as_perturbation_goes(write):
    table = read_people(write("a.csv", f"{CAR_HEADER}\n2021,A,E1,100,112,0,0,0\n"), key=LSOA)
    assert value(table, "E1", "households_no_car") == (112.0, 100.0)


def test_rows_of_other_areas_are_counted_and_said_and_missing_areas_too(write):
    rows = [f"2021,A,E{i},100,20,50,20,10" for i in range(5)]
    table = read_people(write("a.csv", "\n".join([CAR_HEADER, *rows]) + "\n"), key=LSOA, areas=frozenset({"E1", "E9"}))
    assert (table.rows_read, table.rows_outside) == (5, 4)
    assert table.notes == (
        "4 rows are of areas that are not loaded, and left out",
        "1 of 2 loaded areas have no values in this file",
    )
    with pytest.raises(SourceError, match="none of its"):
        read_people(write("b.csv", "\n".join([CAR_HEADER, *rows]) + "\n"), key=LSOA, areas=frozenset({"W1"}))


def test_scores_may_be_negative_and_have_no_denominator(write):
    names = ["IMD", "Income", "Employment", "Education", "Health", "Crime", "Housing_and_Services", "Environment"]
    header = ",".join(["lsoa21_code", "IMD_decile", *(f"{name}_score" for name in names)])
    table = read_people(write("a.csv", f"{header}\nE1,3,20.5,0.1,0.05,12,-1.5,-0.2,9,30\n"), key=LSOA)
    health = value(table, "E1", "health_deprivation")
    assert health[0] == -1.5
    assert np.isnan(health[1])
    forms = {v.name for v in table.variables if v.forms_segments}
    assert forms == {"income_deprivation", "employment_deprivation", "education_deprivation", "health_deprivation"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            CAR_HEADER.replace(",Number of cars or vans: No cars or vans in household", "") + "\n2021,A,E1,1,1,0,0\n",
            "category",
        ),
        (CAR_HEADER.replace("Total: ", "") + "\n2021,A,E1,1,1,0,0,0\n", "category"),
        ("date,geography,geography code,Shoe size: Total,Hat size: Total\n2021,A,E1,1,1\n", "2 topics"),
        ("date,geography,geography code,Shoe size: Total\n2021,A,E1,1\n", "no variable is declared"),
        ("lsoa21_code,shoes\nE1,2\n", "no variable is declared"),
        ("place,shoes\nE1,2\n", "no column of area codes"),
        ("TS999 - Shoes,,\nx,,\n", "no header"),
        ("OA,ts0540001\nE1,5\n", "no Table_Metadata"),
        (CAR_HEADER + "\n" + "2021,A,E1,x,1,0,0,0\n" * 3, "rows are refused for one reason"),
    ],
)
def test_table_that_cannot_be_used_is_refused(write, text, message):
    with pytest.raises(SourceError, match=message) as caught:
        read_people(write("a.csv", text), key=LSOA)
    assert caught.value.hint


def test_declared_variables_are_distinct_and_name_nobody_by_crime():
    declared = read_declarations()
    names = [rule.variable.name for rule in declared.variables]
    assert len(names) == len(set(names)) > 25
    forming = {rule.variable.name for rule in declared.variables if rule.variable.forms_segments}
    assert not forming & {"residents", "imd_score", "imd_decile", "crime_deprivation"}
    assert {"income_deprivation", "households_no_car", "age_65_over"} <= forming


def test_own_declaration_of_variables_is_used_and_checked(write):
    own = """
    [tables.shoes]
    source = "Shoe survey"
    period = "2025"
    topics = ["Shoe size"]
    denominator = "total"
    [[variables]]
    name = "large_shoes"
    label = "Large shoes"
    topic = "shoes"
    table = "shoes"
    numerator = ["Large"]
    """
    text = "date,geography,geography code,Shoe size: Total,Shoe size: Large\n2025,A,E1,10,4\n"
    table = read_people(write("a.csv", text), key=LSOA, variables=write("v.toml", own))
    assert value(table, "E1", "large_shoes") == (4.0, 10.0)
    assert table.variables[0].source_table == "Shoe survey"
    for wrong in (
        "[tables",
        own.replace('table = "shoes"', 'table = "hats"'),
        own.replace("large_shoes", "Large Shoes"),
        "",
    ):
        with pytest.raises(SettingsError):
            read_people(write("a.csv", text), key=LSOA, variables=write("w.toml", wrong or "x = 1"))


IOD2019_HEADER = (
    "LSOA code (2011),LSOA name (2011),Local Authority District code (2019),Index of Multiple Deprivation (IMD) Score,"
    "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived),"
    "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs),Income Score (rate),"
    'Employment Score (rate),"Education, Skills and Training Score",Health Deprivation and Disability Score,'
    "Crime Score,Barriers to Housing and Services Score,Living Environment Score"
)
IOD_ROW = "E01000001,City of London 001A,E09000001,6.208,29199,9,0.007,0.01,0.024,-2.149,-2.11,28.021,56.8\n"


def test_both_editions_of_the_indices_of_deprivation_are_told_apart_by_their_codes(write):
    lsoa11 = GeographyKey("lsoa", 2011)
    before = read_people(write("iod2019.csv", f"{IOD2019_HEADER}\n{IOD_ROW}"), key=lsoa11)
    now = read_people(write("iod2025.csv", f"{IOD2019_HEADER.replace('2011', '2021')}\n{IOD_ROW}"), key=LSOA)
    assert value(before, "E01000001", "income_deprivation_2019")[0] == 0.007
    assert value(now, "E01000001", "income_deprivation")[0] == 0.007
    assert {v.period for v in before.variables} == {"2019"}
    assert not any(v.forms_segments for v in before.variables)
    with pytest.raises(SourceError, match="no column of area codes of lsoa:2021"):
        read_people(write("wrong.csv", f"{IOD2019_HEADER}\n{IOD_ROW}"), key=LSOA)


def test_mid_year_estimates_are_read_below_their_title_lines(write):
    text = (
        "Mid-2022 Lower layer Super Output Area population estimates,,,,\n"
        "This worksheet contains one table,,,,\n"
        "LAD 2021 Code,LSOA 2021 Code,LSOA 2021 Name,Total,F0\n"
        "E06000006,E01012367,Halton 001A,1540,9\n"
    )
    table = read_people(write("a.csv", text), key=LSOA, period="mid-2022")
    assert value(table, "E01012367", "residents_mid_year")[0] == 1540
    assert [(v.unit, v.period) for v in table.variables] == [("count", "mid-2022")]
    assert (table.rows_read, len(table.rejected)) == (1, 0)


def test_workday_population_carries_the_warning_of_the_pandemic(write):
    header = "date,geography,geography code,Workday population: Total"
    table = read_people(write("a.csv", f"{header}\n2021,Halton 001A,E01012367,2210\n"), key=LSOA)
    assert value(table, "E01012367", "workday_population")[0] == 2210
    assert any("pandemic" in note for note in table.notes)
    assert all("pandemic" in v.label for v in table.variables)


def test_ages_in_eighteen_bands_and_in_six_share_a_topic_and_are_told_apart(write):
    bands = ["4 years and under", *(f"{i} to {i + 4} years" for i in range(5, 85, 5)), "85 years and over"]
    header = "date,geography,geography code,Age: Total," + ",".join(f"Age: Aged {band}" for band in bands)
    table = read_people(write("a.csv", f"{header}\n2021,A,E1,180," + ",".join(["10"] * 18) + "\n"), key=LSOA)
    assert value(table, "E1", "age_15_19") == (10.0, 180.0)
    assert value(table, "E1", "age_75_over") == (30.0, 180.0)


@pytest.mark.real_data
def test_real_tables_of_protected_groups_point_in_no_direction(cheshire):
    declared = read_declarations()
    protected = {"ethnicity", "religion", "origin", "language", "sex", "disability", "partnership", "age"}
    of_groups = [rule.variable for rule in declared.variables if rule.variable.topic in protected]
    assert len(of_groups) > 25
    assert {v.direction for v in of_groups} == {"neither"}
    assert not [v.name for v in of_groups if v.forms_segments and v.topic not in {"age", "ethnicity"}]
    table = read_people(cheshire / "people" / "census2021_oa" / "ts008.csv.gz", key=OA)
    by_name = table.frame.pivot_table(index="area_code", columns="variable", values="numerator")
    assert by_name["female"].sum() > by_name["male"].sum() > 0
