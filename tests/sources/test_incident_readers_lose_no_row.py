"""The same of the other readers of incidents: searches, outcomes, archives, events, workbooks, drafts of mappings."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import duckdb
import pandas as pd
import pyogrio
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.outcomes import OutcomeFile
from sources.archive import expand_archives
from sources.force_extract import open_extract, read_mapping
from sources.kinds import UnknownKinds
from sources.monthly import open_monthly
from sources.monthly_files import MonthlyKind
from sources.outcomes import open_outcomes
from sources.propose import propose_mapping
from sources.stop_search import open_stop_search
from tests.sources.mutations import (
    MUTATIONS,
    N_ROWS,
    NO_DAMAGE,
    TABLE_DAMAGE,
    check_incidents,
    damaged_table,
    fuzz,
    fuzz_seldom,
    mutated,
    rows_below_header,
    survives,
)

LONDON = "Europe/London"
SEARCHES = "Type,Date,Latitude,Longitude,Gender,Object of search,Outcome\n" + "".join(
    f"Person search,2025-06-0{1 + i % 9}T0{i % 9}:38:00+00:00,{50 + i / 100},-2.{i},Male,Controlled drugs,Arrest\n"
    for i in range(N_ROWS)
)
OUTCOMES = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,Outcome type\n" + "".join(
    f"id{i % 75},2025-06,Gwent Police,Gwent Police,-2.{i},{50 + i / 100},On or near A,Suspect charged\n"
    for i in range(N_ROWS)
)
EVENTS = "log,from,easting,northing,class,parent,crime,result,premises,qualifiers,repeat\n" + "".join(
    f"L{i},0{1 + i % 9}/07/2025 21:00,360{500 + i},388100,ASB,L{i // 2},C{i % 3},No trace,Dwelling,a;b,Y\n"
    for i in range(N_ROWS)
)
MAPPING = """
dataset = "log"
time_zone = "Europe/London"
epsg = 27700
place_precision = "exact"
[columns]
reference = "log"
begins = "from"
x = "easting"
y = "northing"
category = "class"
parent = "parent"
crime_reference = "crime"
result = "result"
place_type = "premises"
qualifiers = "qualifiers"
repeat_caller = "repeat"
[formats]
time = "%d/%m/%Y %H:%M"
[events]
results = { "No trace" = "no_trace" }
private_places = ["Dwelling"]
[kinds]
"ASB" = { kind = "asb", street = true }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="module")
def mapping(folder):
    path = folder / "m.toml"
    path.write_text(MAPPING)
    return read_mapping(path)


@fuzz
@example(damage=NO_DAMAGE)
@given(damage=TABLE_DAMAGE)
def test_searches_lose_no_row(folder, damage):
    data = damaged_table(SEARCHES, damage)
    path = folder / "2025-06-gwent-stop-and-search.csv"
    path.write_bytes(data)
    survives(lambda: check_incidents(data, open_monthly(path, time_zone=LONDON)))


@fuzz
@example(damage=NO_DAMAGE)
@given(damage=TABLE_DAMAGE)
def test_searches_lose_no_row_when_they_are_called_so(folder, damage):
    data = damaged_table(SEARCHES, damage)
    path = folder / "2025-06-gwent-stop-and-search.csv"
    path.write_bytes(data)
    survives(lambda: check_incidents(data, open_stop_search(path, time_zone=LONDON)))


def check_outcomes(data: bytes, opened: OutcomeFile) -> None:
    batches = list(opened.batches)
    kept = [n for batch in batches for n in batch.rows["row_number"]]
    refused = [n for batch in batches for n in batch.rejected["row_number"]]
    assert len(kept) + len(refused) == len(set(kept) | set(refused)) == rows_below_header(data)
    assert all(batch.rows[["reference", "outcome"]].map(bool).all(axis=None) for batch in batches)


@fuzz
@example(damage=NO_DAMAGE, is_named=True)
@given(damage=TABLE_DAMAGE, is_named=st.booleans())
def test_outcomes_lose_no_row(folder, damage, is_named):
    data = damaged_table(OUTCOMES, damage)
    path = folder / ("2025-06-gwent-outcomes.csv" if is_named else "outcomes.csv")
    path.write_bytes(data)
    survives(lambda: check_outcomes(data, open_outcomes(path)))


@fuzz
@example(damage=NO_DAMAGE, unknown_kinds=UnknownKinds.REFUSE)
@given(damage=TABLE_DAMAGE, unknown_kinds=st.sampled_from([*UnknownKinds, UnknownKinds.REJECT]))
def test_events_lose_no_row(folder, mapping, damage, unknown_kinds):
    data = damaged_table(EVENTS, damage)
    path = folder / "events.csv"
    path.write_bytes(data)
    survives(lambda: check_incidents(data, open_extract(path, mapping=mapping, unknown_kinds=unknown_kinds)))


def packed() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("stop-and-search", SEARCHES), ("outcomes", OUTCOMES)):
            archive.writestr(zipfile.ZipInfo(f"2025-06/2025-06-gwent-{name}.csv"), text, zipfile.ZIP_DEFLATED)
    return data.getvalue()


@fuzz
@given(at=st.integers(0, 5_000), some=st.binary(min_size=1, max_size=6), cut=st.booleans())
def test_damaged_archives_are_refused_or_read_whole(folder, at, some, cut):
    data = packed()
    at %= len(data)
    path = folder / "a.zip"
    path.write_bytes(data[:at] if cut else data[:at] + some + data[at + len(some) :])

    def work() -> None:
        for member in expand_archives([path], kinds=[MonthlyKind.STOP_AND_SEARCH]):
            check_incidents(SEARCHES.encode(), open_monthly(member, time_zone=LONDON))

    survives(work)


@pytest.fixture(scope="module")
def workbook(folder) -> bytes:
    frame = pd.read_csv(io.StringIO(EVENTS), dtype=str)
    pyogrio.write_dataframe(frame, folder / "whole.xlsx", driver="XLSX", layer="Logs")
    return (folder / "whole.xlsx").read_bytes()


@fuzz
@given(at=st.integers(0, 50_000), some=st.binary(min_size=1, max_size=6), cut=st.booleans())
def test_damaged_workbooks_are_refused_or_lose_no_row(folder, mapping, workbook, at, some, cut):
    at %= len(workbook)
    path = folder / "log.xlsx"
    path.write_bytes(workbook[:at] if cut else workbook[:at] + some + workbook[at + len(some) :])

    def work() -> None:
        n_rows = sum(len(batch.rows) + len(batch.rejected) for batch in open_extract(path, mapping=mapping).batches)
        assert n_rows == N_ROWS

    survives(work)


@pytest.fixture(scope="module")
def parquet(folder) -> bytes:
    with duckdb.connect() as connection:
        (folder / "events_whole.csv").write_text(EVENTS)
        frame = connection.read_csv(str(folder / "events_whole.csv"), all_varchar=False)
        frame.write_parquet(str(folder / "whole.parquet"))
    return (folder / "whole.parquet").read_bytes()


@fuzz_seldom
@given(at=st.integers(0, 50_000), some=st.binary(min_size=1, max_size=6), kind=st.integers(0, 3))
def test_damaged_parquet_is_refused_or_loses_no_row(folder, mapping, parquet, at, some, kind):
    at %= len(parquet)
    head, tail = parquet[:at], parquet[at:]
    # a change in place, something put in, something lost, an end that was put on again
    data = (head + some + tail[len(some) :], head + some + tail, head + tail[len(some) :], head + parquet[-8:])[kind]
    path = folder / "log.parquet"
    path.write_bytes(data)

    def work() -> None:
        n_rows = sum(len(batch.rows) + len(batch.rejected) for batch in open_extract(path, mapping=mapping).batches)
        assert n_rows == N_ROWS

    survives(work)


@fuzz_seldom
@given(changes=MUTATIONS)
def test_any_draft_reads_back_as_a_mapping(folder, changes):
    path, drafted = folder / "extract.csv", folder / "drafted.toml"
    path.write_bytes(mutated(EVENTS, changes))

    def work() -> None:
        text = propose_mapping(path, time_zone=LONDON)
        drafted.write_text(text, encoding="utf-8", newline="\n")
        assert re.search(r"^\[kinds\]$", text, re.MULTILINE)
        assert read_mapping(drafted).kinds

    survives(work)
