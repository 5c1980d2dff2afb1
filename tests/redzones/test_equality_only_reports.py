"""The equality report only reports: zones and times are the same whether or not People data are loaded (rule 9)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

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

#: Database, run and site.
Refreshed: TypeAlias = "tuple[Engine, int, Path]"

DECEMBER = LocalMonth(2025, 12)


def test_the_county_with_and_without_people_data(
    engine: Engine,
    empty_database: Callable[[], Engine],
    small_county: CountyFiles,
    load_county: Callable[..., None],
    quick_settings: Callable[..., Settings],
    tmp_path: Path,
) -> None:
    bare = empty_database()
    upgrade(bare, analysis_epsg=27700)
    refreshed: dict[str, Refreshed] = {}
    for name, database, files in (("with", engine, small_county), ("without", bare, replace(small_county, people=()))):
        load_county(database, files)
        site = tmp_path / name
        report = refresh(database, quick_settings(site), month=DECEMBER)
        refreshed[name] = database, report.run_id, site / "runs" / report.fingerprint
    zones_are_the_same(refreshed)
    groups_are_compared_where_people_are_known(refreshed)
    the_record_says_what_was_loaded_and_what_is_not_stated(refreshed)


def zones_are_the_same(refreshed: dict[str, Refreshed]) -> None:
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


def groups_are_compared_where_people_are_known(refreshed: dict[str, Refreshed]) -> None:
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


def the_record_says_what_was_loaded_and_what_is_not_stated(refreshed: dict[str, Refreshed]) -> None:
    _, _, site = refreshed["with"]
    record = json.loads((site / "transparency.json").read_text(encoding="utf-8"))
    fields = {field["name"]: field for section in record["sections"] for field in section["fields"]}
    assert any("police.uk street: 6 files" in value for value in fields["source_data_name"]["sentences"])
    assert fields["L"]["state"] == "not_stated"
    assert fields["senior_responsible_owner"]["sentences"] == ["not stated by the force"]
    assert (site / "exports" / "equality.csv").is_file()
