"""`redzones load people --to`: census tables by output area become values of the LSOAs that are loaded."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from domain.errors import DatabaseError
from redzones.cli import app

METADATA = """Table_Name,Variable_Name,Type,new_names,Table_ID,old_names
Tenure of household,Total: All households,NA,ts0540001,ts054,
Tenure of household,Owned,NA,ts0540002,ts054,
Tenure of household,Social rented,NA,ts0540003,ts054,
Tenure of household,Private rented,NA,ts0540004,ts054,
"""
LOOKUP = "OA,geography_code\nE00000001,E01000001\nE00000002,E01000001\nE00000003,E01000002\nE00000009,E01000009\n"
TENURE = """OA,ts0540001,ts0540002,ts0540003,ts0540004
E00000001,100,60,30,10
E00000002,50,10,30,10
E00000003,80,80,0,0
E00000009,70,70,0,0
"""

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_engine: Engine) -> Run:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("REDZONES_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REDZONES_DATABASE_URL", fresh_engine.url.render_as_string(hide_password=False))
    squares = [
        {
            "type": "Feature",
            "properties": {"LSOA21CD": f"E0100000{i}", "LSOA21NM": f"Northgate 00{i}A"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, 53.2], [x + 0.01, 53.2], [x + 0.01, 53.21], [x, 53.21], [x, 53.2]]],
            },
        }
        for i, x in ((1, -2.80), (2, -2.79))
    ]
    Path("lsoa.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": squares}), encoding="utf-8")
    for name, content in {"oa.csv": LOOKUP, "ts054.csv": TENURE, "Table_Metadata.csv": METADATA}.items():
        Path(name).write_text(content, encoding="utf-8")

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return call


def test_output_areas_are_added_up_to_the_loaded_areas(run: Run, fresh_engine: Engine) -> None:
    assert run("load", "boundaries", "lsoa.geojson", "--geography", "lsoa:2021").exit_code == 0
    people = ("load", "people", "ts054.csv", "--geography", "oa:2021", "--to", "lsoa:2021")
    early = run(*people)
    assert isinstance(early.exception, DatabaseError)
    assert "redzones load lookup FILE --source oa:2021 --target lsoa:2021" in str(early.exception.hint)
    lookup = ("load", "lookup", "oa.csv", "--source", "oa:2021", "--target", "lsoa:2021")
    assert run(*lookup, "--target-column", "geography_code").exit_code == 0
    loaded = run(*people)
    assert loaded.exit_code == 0, loaded.output
    assert "3 rows in, 3 kept, 0 rejected" in loaded.output
    assert "3 areas of oa:2021 make 2 areas of lsoa:2021" in " ".join(loaded.output.split())
    wanted = text(
        "SELECT v.area_code, v.numerator, v.denominator, p.direction FROM people_value v "
        "JOIN people_variable p USING (variable_id) WHERE p.name = 'tenure_owned' ORDER BY v.area_code"
    )
    with fresh_engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(wanted)]
    assert rows == [("E01000001", 70.0, 150.0, "less_need"), ("E01000002", 80.0, 80.0, "less_need")]
    again = run(*people)
    assert "already loaded" in again.output
