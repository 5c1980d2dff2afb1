"""The equality report only reports: zones and times are the same whether or not People data are loaded (rule 9)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from db import equality, results
from db.schema import upgrade
from domain.months import LocalMonth
from redzones.refresh import refresh

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from redzones.demoshire import CountyFiles
    from redzones.settings import Settings

DECEMBER = LocalMonth(2025, 12)


@pytest.fixture(scope="module")
def refreshed(
    engine: Engine,
    empty_database: Callable[[], Engine],
    small_county: CountyFiles,
    load_county: Callable[..., None],
    quick_settings: Callable[..., Settings],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, tuple[Engine, int, Path]]:
    """Return database, run and site of the same county, with its People data and without."""
    bare = empty_database()
    upgrade(bare, analysis_epsg=27700)
    found = {}
    for name, database, files in (("with", engine, small_county), ("without", bare, replace(small_county, people=()))):
        load_county(database, files)
        site = tmp_path_factory.mktemp(name) / "site"
        report = refresh(database, quick_settings(site), month=DECEMBER)
        found[name] = database, report.run_id, site / "runs" / report.fingerprint
    return found


def test_zones_are_the_same_with_and_without_people_data(refreshed) -> None:
    read = {}
    for name, (database, run_id, _) in refreshed.items():
        with database.connect() as connection:
            read[name] = results.read_zones(connection, run_id)
    assert read["with"].keys() == read["without"].keys()
    for scoring_set, told in read["with"].items():
        plain = read["without"][scoring_set].zones.drop(columns=["segment_code"])
        described = told.zones.drop(columns=["segment_code"])
        assert len(described)
        pd.testing.assert_frame_equal(pd.DataFrame(described), pd.DataFrame(plain))


def test_with_people_data_groups_are_compared_and_without_it_is_said(refreshed) -> None:
    database, run_id, _ = refreshed["with"]
    with database.connect() as connection:
        told = equality.read_equality(connection, run_id)["street"]
    assert told.state == "ok"
    known = told.shares[told.shares["state"] == "ok"]
    assert {"income fifth", "ethnic group", "age"} <= set(known["dimension"])
    assert known["zone_share"].between(0, 1).all()
    assert any("town centres we cannot see" in note for note in told.notes)
    database, run_id, site = refreshed["without"]
    with database.connect() as connection:
        silent = equality.read_equality(connection, run_id)["street"]
    assert silent.state == "no_data"
    assert "No People data are loaded" in silent.reason
    assert "No People data are loaded" in (site / "equality.html").read_text(encoding="utf-8")
    assert not (site / "exports" / "equality.csv").exists()


def test_the_record_says_what_was_loaded_and_what_the_force_has_not_stated(refreshed) -> None:
    _, _, site = refreshed["with"]
    record = json.loads((site / "transparency.json").read_text(encoding="utf-8"))
    fields = {field["name"]: field for section in record["sections"] for field in section["fields"]}
    assert any("police.uk street: 6 files" in value for value in fields["source_data_name"]["sentences"])
    assert fields["L"]["state"] == "not_stated"
    assert fields["senior_responsible_owner"]["sentences"] == ["not stated by the force"]
    assert (site / "exports" / "equality.csv").is_file()
