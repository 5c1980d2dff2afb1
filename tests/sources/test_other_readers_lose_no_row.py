"""The same of records, output-area tables and neighbourhoods: refused in our own words, or every row accounted for."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.areas import GeographyKey
from domain.records import RecordKind
from sources.neighbourhoods import read_neighbourhoods
from sources.people import read_people
from sources.records import read_records_file
from tests.sources.mutations import (
    MUTATIONS,
    N_ROWS,
    NO_DAMAGE,
    TABLE_DAMAGE,
    damaged_table,
    fuzz,
    mutated,
    rows_below_header,
    survives,
)

RECORDS = {
    RecordKind.VISITS: "zone_id,callsign,begins_at,minutes,mode\n" + "Z1,DM12,2025-12-01 21:30,15,foot\n" * N_ROWS,
    RecordKind.OVERRIDES: (
        "override_id,rule,x,y,radius_m,factor,reason,owner,valid_from,valid_to\n"
        + "O1,nudge,340500,366500,150,1.1,New,Analyst,2025-01-01,2025-12-01\n" * N_ROWS
    ),
    RecordKind.CALENDAR: "category,name,begins_at,ends_at\n"
    + "event,Fair,2025-12-01 10:00,2025-12-02 10:00\n" * N_ROWS,
}
METADATA = "Table_Name,Variable_Name,new_names\n" + "".join(
    f"Tenure of household,{category},ts054000{i}\n"
    for i, category in enumerate(("Total: All households", "Owned", "Social rented", "Private rented"), 1)
)
TENURE = "OA,ts0540001,ts0540002,ts0540003,ts0540004\n" + "".join(f"E00000{i:03},100,50,30,20\n" for i in range(N_ROWS))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("fuzz")
    (made / "Table_Metadata.csv").write_text(METADATA, encoding="utf-8")
    return made


@pytest.mark.parametrize("kind", list(RECORDS))
@fuzz
@example(damage=NO_DAMAGE)
@given(damage=TABLE_DAMAGE)
def test_records_lose_no_row(folder: Path, kind: RecordKind, damage: tuple[list, bytes]) -> None:
    data = damaged_table(RECORDS[kind], damage)
    path = folder / "records.csv"
    path.write_bytes(data)

    def work() -> None:
        table = read_records_file(path, kind=kind, epsg=27700)
        assert len(table.frame) + len(table.rejected) == table.rows_read == rows_below_header(data)

    survives(work)


@fuzz
@example(damage=NO_DAMAGE, changes=[], is_metadata=False)
@given(damage=TABLE_DAMAGE, changes=MUTATIONS, is_metadata=st.booleans())
def test_tables_of_coded_columns_lose_no_row(
    folder: Path, damage: tuple[list, bytes], changes: list[tuple[str, int, str, bytes]], is_metadata: bool
) -> None:
    data = TENURE.encode() if is_metadata else damaged_table(TENURE, damage)
    (folder / "Table_Metadata.csv").write_bytes(mutated(METADATA, changes) if is_metadata else METADATA.encode())
    (folder / "ts054.csv").write_bytes(data)

    def work() -> None:
        table = read_people(folder / "ts054.csv", key=GeographyKey("oa", 2021))
        assert table.rows_read == table.frame["area_code"].nunique() + len(table.rejected)

    survives(work)


def packed() -> bytes:
    ring = "-2.6,53.3,0 -2.5,53.3,0 -2.5,53.4,0 -2.6,53.3,0"
    shape = f"<outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs>"
    place = f"<Placemark><name>North</name><Polygon>{shape}</Polygon></Placemark>"
    text = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{place}</Document></kml>'
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(zipfile.ZipInfo("cheshire/CN01.kml"), text)
    return data.getvalue()


@fuzz
@given(at=st.integers(0, 5_000), some=st.binary(min_size=1, max_size=6), is_cut=st.booleans())
def test_damaged_neighbourhoods_are_read_or_refused(folder: Path, at: int, some: bytes, is_cut: bool) -> None:
    data = packed()
    at %= len(data)
    path = folder / "beats.zip"
    path.write_bytes(data[:at] if is_cut else data[:at] + some + data[at + len(some) :])

    def work() -> None:
        frame = read_neighbourhoods(path, key=GeographyKey("neighbourhood", 2025)).frame
        assert frame.geometry.is_valid.all()

    survives(work)
