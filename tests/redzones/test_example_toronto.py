"""The Toronto example: another grid, clock, census and set of kinds by settings and mappings alone."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from domain.areas import GeographyKey
from domain.errors import SourceError
from redzones.settings import load_settings
from sources.boundaries import read_boundaries
from sources.force_extract import open_extract, read_mapping
from sources.people import read_people

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "toronto"
NEIGHBOURHOOD = GeographyKey("neighbourhood", 2016)


@pytest.fixture
def toronto(real_data):
    """Return the folder of Toronto's files."""
    return real_data / "toronto"


@pytest.fixture
def no_environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith("REDZONES_")]:
        monkeypatch.delenv(name)


def test_the_settings_are_those_of_another_country(no_environment):
    settings = load_settings(EXAMPLE / "redzones.toml")
    assert settings.geography.analysis_epsg == 32617
    assert settings.force.time_zone == "America/Toronto"
    assert settings.geography.small_area == settings.geography.patrol == "neighbourhood:2016"
    assert settings.site.scoring_set_labels == {"asb_minor": "Auto theft and break and enter"}
    assert settings.analysis_settings()["site"]["attributions"] == list(settings.site.attributions)
    assert not any("Open Government Licence" in sentence for sentence in settings.site.attributions)


def test_the_mapping_says_that_nothing_is_asb():
    mapping = read_mapping(EXAMPLE / "incidents.toml")
    assert {name: str(entry.kind) for name, entry in mapping.kinds.items()} == {
        "Auto Theft": "minor_crime",
        "Break and Enter": "minor_crime",
        "Assault": "other",
        "Robbery": "other",
        "Theft Over": "other",
    }
    assert mapping.open_data


@pytest.mark.real_data
def test_the_census_is_joined_for_every_neighbourhood_by_the_names_of_the_incident_file(toronto):
    layer = read_boundaries(
        toronto / "toronto_neighbourhoods_140.geojson",
        key=NEIGHBOURHOOD,
        code_column="name_in_mci",
        parent_key=GeographyKey("city", 2016),
        parent_code="Toronto",
    )
    codes = frozenset(layer.frame["area_code"])
    assert len(codes) == 140
    assert set(layer.frame["parent_code"]) == {"Toronto"}
    table = read_people(
        toronto / "toronto_neighbourhood_profiles_census2016.csv.gz",
        key=NEIGHBOURHOOD,
        variables=EXAMPLE / "people_variables.toml",
        areas=codes,
    )
    assert set(table.frame["area_code"]) == codes
    assert (table.layout, table.rows_read, table.rows_outside) == ("transposed", 141, 1)
    sums = table.frame.groupby("variable")[["numerator", "denominator"]].sum()
    assert sums.loc["residents", "numerator"] == 2_731_571  # the file's own figure for the city
    assert sums.loc["low_income", "numerator"] == pytest.approx(543_390, abs=140 * 5)  # rounded to fives


@pytest.mark.real_data
def test_every_incident_is_read_with_its_hour_in_torontos_clock(toronto):
    mapping = read_mapping(EXAMPLE / "incidents.toml")
    file = open_extract(toronto / "toronto_mci_2014_2021.csv.gz", mapping=mapping)
    first = next(iter(file.batches)).rows
    assert first["begins_at"].iloc[0].isoformat() == "2014-01-01T05:00:00+00:00"
    assert first["stated_area_code"].iloc[0] == "West Humber-Clairville"
    assert file.is_open_data


@pytest.mark.real_data
def test_the_script_names_files_that_exist_and_keeps_to_its_work_folder(toronto, tmp_path):
    notes = tmp_path / "notes"
    fake = tmp_path / "redzones"
    fake.write_text(f'#!/bin/bash\necho "$@" "url=${{REDZONES_DATABASE_URL-none}}" >>"{notes}"\n')
    fake.chmod(0o755)
    work = tmp_path / "work"
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "REDZONES_DATABASE_URL": "postgresql://x/y",
    }
    done = subprocess.run(
        [str(EXAMPLE / "run.sh"), str(toronto), str(work)], check=False, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    calls = notes.read_text().splitlines()
    assert [call.split()[1:3] for call in calls] == [
        ["db", "upgrade"],
        ["load", "boundaries"],
        ["load", "people"],
        ["load", "incidents"],
        ["refresh", "--month"],
        ["export", "red-zones"],
    ]
    assert all(call.endswith("url=none") for call in calls)
    named = [Path(word) for call in calls for word in call.split() if word.startswith((str(toronto), str(EXAMPLE)))]
    assert len(named) == 5
    assert all(path.is_file() for path in named)


# --- a table on its side, in small -----------------------------------------------------------------------------------

DECLARATION = """
[tables.profiles]
source = "Profiles"
period = "2016"
denominator = "none"
category_columns = ["_id", "Figure"]
area_names = { "St. James" = "St.James" }

[[variables]]
name = "renters"
label = "Renters"
topic = "tenure"
table = "profiles"
numerator = ["2: Renter"]
denominator = ["1: Households"]
"""
TABLE = '_id,Figure,City,St. James,Annex\n1,Households,"2,000","1,500",500\n2,Renter,900,"1,200",x\n3,Renter,1,2,3\n'


def read_small(folder, *, text=TABLE, declaration=DECLARATION, areas=("St.James", "Annex")):
    (folder / "profiles.csv").write_text(text)
    (folder / "variables.toml").write_text(declaration)
    return read_people(
        folder / "profiles.csv", key=NEIGHBOURHOOD, variables=folder / "variables.toml", areas=frozenset(areas)
    )


def test_a_table_on_its_side_gives_each_area_its_own_total_and_refuses_what_is_no_number(tmp_path):
    table = read_small(tmp_path)
    assert table.frame.to_numpy().tolist() == [["St.James", "renters", 1200.0, 1500.0]]
    assert table.rejected[["row_number", "column"]].to_numpy().tolist() == [[5, "2: renter"]]  # the fifth column
    assert table.rows_read == 3
    assert table.rows_outside == 1


@pytest.mark.parametrize(
    ("text", "declaration", "message"),
    [
        (TABLE.replace("3,Renter", "2,Renter"), DECLARATION, "stands twice"),
        (TABLE.replace("1,Households", "9,Households"), DECLARATION, "1: households"),
        (TABLE.replace("City", "St.James"), DECLARATION, "more than one column"),
        (TABLE.replace('900,"1,200",x', "900"), DECLARATION, "fields"),
    ],
)
def test_a_table_on_its_side_that_does_not_fit_its_declaration_is_refused(tmp_path, text, declaration, message):
    with pytest.raises(SourceError, match=message):
        read_small(tmp_path, text=text, declaration=declaration)
