"""Simple records: each kind read, each fault named, no person stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from domain.errors import SourceError
from domain.records import RecordKind
from sources.records import read_records_file, template

if TYPE_CHECKING:
    from pathlib import Path

ROWS = {
    RecordKind.VISITS: "ST-1,NP21,2025-12-05 21:30,15,foot",
    RecordKind.PRIORITIES: "P1,E05012189,2025-11-01,Off-road bikes on the park,asb,Patrols,2025-12-01,,Sgt desk",
    RecordKind.OVERRIDES: "O1,exclude,340500,366500,150,,Police station is a default address,Analyst,2025-01-01,",
    RecordKind.CALENDAR: "match_day,Home match,2025-12-06 15:00,2025-12-06 17:00,",
    RecordKind.NOMINATIONS: "E05012189,Insp north,2025-12-01,340500,366500,Groups at the precinct",
    RecordKind.PLACES: "Custody suite,custody,340500,366500,100",
    RecordKind.AGREEMENTS: "E05012189,agreed,2026-01-15,Insp north,Area Board,2025-12,",
}


def _file(tmp_path: Path, kind: RecordKind, *rows: str, header: str | None = None) -> Path:
    file = tmp_path / f"{kind}.csv"
    file.write_text("\n".join([header or template(kind), *rows]) + "\n")
    return file


def _read(file: Path, kind: RecordKind):
    return read_records_file(file, kind=kind, epsg=27700)


@pytest.mark.parametrize("kind", list(RecordKind))
def test_each_kind_is_read(tmp_path: Path, kind: RecordKind) -> None:
    table = _read(_file(tmp_path, kind, ROWS[kind]), kind)
    assert len(table.frame) == table.rows_read == 1, table.rejected.to_dict("records")
    assert table.frame["row_number"].tolist() == [2]


def test_times_and_points_have_types(tmp_path: Path) -> None:
    kind = RecordKind.NOMINATIONS
    table = _read(_file(tmp_path, kind, ROWS[kind]), kind)
    assert table.frame["nominated_on"][0] == pd.Timestamp("2025-12-01")
    assert table.frame[["x", "y"]].iloc[0].tolist() == [340500.0, 366500.0]


@pytest.mark.parametrize("column", ["Collar number", "officer_name", "Surname", "e-mail"])
def test_a_column_that_could_name_a_person_is_refused(tmp_path: Path, column: str) -> None:
    kind = RecordKind.VISITS
    file = _file(tmp_path, kind, ROWS[kind] + ",x", header=template(kind) + "," + column)
    with pytest.raises(SourceError, match="could name a person"):
        _read(file, kind)


@pytest.mark.parametrize(
    ("kind", "row", "column", "reason"),
    [
        (RecordKind.VISITS, "ST-1,12345678,2025-12-05 21:30,15,foot", "callsign", "not a callsign"),
        (RecordKind.VISITS, "ST-1,NP21,soon,15,foot", "begins_at", "not a date"),
        (RecordKind.VISITS, "ST-1,NP21,2025-12-05 21:30,-3,foot", "minutes", "not a number from 0"),
        (RecordKind.VISITS, "ST-1,NP21,2025-12-05 21:30,15,horse", "mode", "none of cycle, foot, vehicle"),
        (RecordKind.VISITS, ",NP21,2025-12-05 21:30,15,foot", "zone_id", "missing"),
        (RecordKind.CALENDAR, "match_day,Cup,2025-12-06 15:00,2025-12-06 13:00,", "ends_at", "before begins_at"),
        (RecordKind.PLACES, "Custody suite,custody,340500,9366500,100", "x", "outside"),
        (RecordKind.OVERRIDES, "O2,nudge,340500,366500,150,,Skate park,Insp,2025-01-01,", "factor", "needs a factor"),
        (RecordKind.OVERRIDES, "O2,nudge,340500,366500,150,11,Park,Insp,2025-01-01,", "factor", "from 0 to 10"),
    ],
)
def test_a_bad_row_is_refused_with_its_reason(
    tmp_path: Path, kind: RecordKind, row: str, column: str, reason: str
) -> None:
    table = _read(_file(tmp_path, kind, ROWS[kind], ROWS[kind], row), kind)
    assert len(table.frame) == 2
    assert table.rejected["row_number"].tolist() == [4]
    assert table.rejected["column"].tolist() == [column]
    assert reason in table.rejected["reason"][0]


def test_a_missing_column_names_the_columns_that_belong(tmp_path: Path) -> None:
    kind = RecordKind.VISITS
    file = _file(tmp_path, kind, "ST-1,NP21", header="zone_id,callsign")
    with pytest.raises(SourceError) as caught:
        _read(file, kind)
    assert {fault.column for fault in caught.value.faults} == {"begins_at", "minutes"}


def test_points_need_a_reference_system(tmp_path: Path) -> None:
    kind = RecordKind.PLACES
    with pytest.raises(SourceError, match="reference system"):
        read_records_file(_file(tmp_path, kind, ROWS[kind]), kind=kind)
