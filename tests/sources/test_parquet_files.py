"""Parquet extracts: the rows of the same CSV, one file and no other opened, and faults told in our own words."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from domain.errors import SourceError
from sources.force_extract import open_extract, read_mapping
from sources.parquet import read_parquet
from sources.propose import propose_mapping
from tests.sources.test_extract_files import MAPPING

LONDON = "Europe/London"
CSV = """log_no,from,to,easting,northing,class,where,by
1,01/07/2025 21:00,01/07/2025 21:30,360500,388100,ASB Nuisance,Mill Lane,Public
2,26/10/2025 01:30,,360500.5,388100.25,Damage,,Officer
3,30/03/2025 01:30,30/03/2025 00:30,0,0,Damage,"Mill Lane, 2",
4,,,360500,388100,Damage,Mill Lane,Public
5,02/07/2025 09:00,,9999999,388100,Damage,Mill Lane,Public
"""
# the types that a careful export gives each column
TYPED = """
    log_no::INTEGER AS log_no, strptime("from", '%d/%m/%Y %H:%M') AS "from", strptime("to", '%d/%m/%Y %H:%M') AS "to",
    easting::DECIMAL(9, 2) AS easting, northing::DOUBLE AS northing, class, "where", "by"
"""


@pytest.fixture
def mapping(write):
    return read_mapping(write("m.toml", MAPPING))


def parquet(path: Path, query: str) -> Path:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Europe/London'")
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


def typed(path: Path, csv: Path, columns: str = TYPED) -> Path:
    return parquet(path, f"SELECT {columns} FROM read_csv('{csv}', all_varchar = true)")


def both(file) -> tuple[pd.DataFrame, pd.DataFrame]:
    batches = list(file.batches)
    rows = pd.concat([batch.rows for batch in batches], ignore_index=True)
    return rows, pd.concat([batch.rejected for batch in batches], ignore_index=True)


def test_a_parquet_file_gives_the_rows_of_its_csv(write, mapping, tmp_path):
    csv = write("log.csv", CSV)
    rows, refused = both(open_extract(csv, mapping=mapping))
    assert (len(rows), refused["row_number"].tolist()) == (3, [5, 6])
    file = open_extract(typed(tmp_path / "log.parquet", csv), mapping=mapping)
    found, found_refused = both(file)
    pd.testing.assert_frame_equal(found, rows)
    assert found_refused[["row_number", "reason"]].equals(refused[["row_number", "reason"]])
    assert (file.file_name, len(file.sha256), file.notes) == ("log.parquet", 64, ())


def test_a_time_that_knows_its_zone_is_that_moment_where_the_clock_time_is_doubled(write, mapping, tmp_path):
    csv = write("log.csv", CSV)
    moments = TYPED.replace("""strptime("from", '%d/%m/%Y %H:%M')""", "TIMESTAMPTZ '2025-10-26 01:30:00+00'")
    file = open_extract(typed(tmp_path / "log.parquet", csv, moments), mapping=mapping)
    (batch,) = file.batches
    # 01:30 UTC is the second 01:30 of that night: a local time would be taken as the first, 00:30 UTC
    assert set(batch.rows["begins_at"]) == {pd.Timestamp("2025-10-26 01:30", tz="UTC")}
    assert "the file states the zone of the times in from" in file.notes[0]


def test_days_are_whole_days_and_no_midnight_is_invented(write, tmp_path):
    day = TYPED.replace("'%d/%m/%Y %H:%M') AS \"from\"", "'%d/%m/%Y %H:%M')::DATE AS \"from\"")
    path = typed(tmp_path / "log.parquet", write("log.csv", CSV.splitlines()[0] + "\n" + CSV.splitlines()[1]), day)
    timed = read_mapping(write("m.toml", MAPPING))
    with pytest.raises(SourceError, match="not one that the mapping's formats fit"):
        list(open_extract(path, mapping=timed).batches)
    for formats in ('"%d/%m/%Y"', '["%d/%m/%Y %H:%M", "%d/%m/%Y"]'):
        days = MAPPING.replace('"%d/%m/%Y %H:%M"', formats).replace('ends = "to"\n', "")
        (batch,) = open_extract(path, mapping=read_mapping(write("m.toml", days))).batches
        assert batch.rows["begins_at"].tolist() == [pd.Timestamp("2025-06-30 23:00", tz="UTC")]
        assert (batch.rows["ends_at"] - batch.rows["begins_at"]).tolist() == [pd.Timedelta(days=1)]


def test_each_plain_type_is_written_as_a_csv_would_write_it(tmp_path):
    path = parquet(
        tmp_path / "types.parquet",
        """SELECT 7::UTINYINT AS a, 1e300::DOUBLE AS b, 2.50::DECIMAL(9, 2) AS c, 12345678901234567::BIGINT AS d,
        true AS e, NULL::INTEGER AS f, 'NaN'::DOUBLE AS g, 3::DOUBLE AS h, DATE '2025-07-01' AS i, TIME '10:05' AS j,
        TIMESTAMP_NS '2025-07-01 10:05:06.123456789' AS k, 'é "x", y' AS "l m", 4.00::DECIMAL(9, 2) AS n, [1] AS o""",
    )
    table = read_parquet(path, time_format="%d/%m/%Y %H:%M")
    (block,) = table.blocks
    expected = [
        *("7", str(int(1e300)), "2.50", "12345678901234567", "Yes", "", "", "3", "2025-07-01", "10:05:00"),
        *("01/07/2025 10:05", 'é "x", y', "4"),
    ]
    assert block.records == [expected]
    assert list(block.row_numbers) == [2]
    assert table.header == [*"abcdefghijk", "l m", "n"]
    assert table.notes == ("not read, because their values are no plain ones: o (list)",)


def test_columns_of_lists_and_bytes_are_refused_together_where_the_mapping_names_them(write, mapping, tmp_path):
    columns = TYPED.replace(', class, "where"', ', class, [class] AS "where"').replace(
        '"by"\n', "'x'::BLOB AS \"by\"\n"
    )
    path = typed(tmp_path / "log.parquet", write("log.csv", CSV), columns)
    with pytest.raises(SourceError, match=r"(?s)2 faults.*type blob.*type list") as caught:
        open_extract(path, mapping=mapping)
    assert caught.value.hint == "Export plain columns: texts, numbers, times, true or false."
    # one that no mapping names does no harm
    beside = typed(tmp_path / "more.parquet", write("log.csv", CSV), TYPED + ", {'a': 1} AS more")
    assert len(both(open_extract(beside, mapping=mapping))[0]) == 3


def test_a_missing_column_is_named(write, mapping, tmp_path):
    path = typed(tmp_path / "log.parquet", write("log.csv", CSV), TYPED.replace("class,", "class AS kind,"))
    with pytest.raises(SourceError, match=r"column \"class\".*the column is missing"):
        open_extract(path, mapping=mapping)


def test_false_cut_and_empty_files_are_refused(write, mapping, tmp_path):
    data = typed(tmp_path / "log.parquet", write("log.csv", CSV)).read_bytes()
    empty = parquet(tmp_path / "none.parquet", "SELECT 1 AS a WHERE false").read_bytes()
    for content, words in (
        (b"", "the file is empty"),
        (b"just text", "this is not a Parquet file"),
        (b"PAR1" + bytes(20), "breaks off before its end"),
        (data[: len(data) // 2], "breaks off before its end"),
        (b"PAR1" + bytes(20) + b"PAR1", "the Parquet file cannot be read"),
        (data[: len(data) // 2] + data[-8:], "the Parquet file cannot be read"),
    ):
        with pytest.raises(SourceError, match=words) as caught:
            list(open_extract(write("bad.parquet", content), mapping=mapping).batches)
        assert caught.value.hint
    with pytest.raises(SourceError, match="holds no rows"):
        read_parquet(write("none.parquet", empty), time_format="%Y-%m-%d")


def test_an_overlong_field_and_a_nul_are_refused(tmp_path):
    long = parquet(tmp_path / "a.parquet", "SELECT repeat('x', 140000) AS a FROM range(2000)")
    with pytest.raises(SourceError, match="longer than 128 KiB"):
        list(read_parquet(long, time_format="%Y-%m-%d").blocks)
    nul = parquet(
        tmp_path / "b.parquet", "SELECT CASE WHEN i = 3 THEN 'a' || chr(0) ELSE 'a' END AS a FROM range(9) t(i)"
    )
    with pytest.raises(SourceError, match=r"row 5.*NUL"):
        list(read_parquet(nul, time_format="%Y-%m-%d").blocks)


def test_a_name_of_wild_cards_opens_that_file_alone_and_nothing_can_be_fetched(tmp_path):
    parquet(tmp_path / "ab.parquet", "SELECT 'other' AS a")
    path = parquet(tmp_path / "plain.parquet", "SELECT 'this' AS a").rename(tmp_path / "a*.parquet")
    (block,) = read_parquet(path, time_format="%Y-%m-%d").blocks
    assert block.records == [["this"]]
    for address in ("https://example.org/a.parquet", "/vsicurl/https://example.org/a.parquet", "s3://bucket/a.parquet"):
        with pytest.raises(SourceError, match="nothing is fetched"):
            read_parquet(Path(address), time_format="%Y-%m-%d")


def test_the_decoder_may_open_nothing_else(tmp_path):
    from sources.parquet import _closed_connection

    path = parquet(tmp_path / "a.parquet", "SELECT 1 AS a")
    other = parquet(tmp_path / "b.parquet", "SELECT 1 AS a")
    connection = _closed_connection(path)
    for text in (str(other), "https://example.org/a.parquet", str(tmp_path / "*.parquet")):
        with pytest.raises(duckdb.Error, match="disabled by configuration"):
            connection.read_parquet(text).fetchall()
    with pytest.raises(duckdb.Error):
        connection.execute("INSTALL httpfs")
    with pytest.raises(duckdb.Error, match="locked"):
        connection.execute("SET enable_external_access = true")


def test_rows_stay_in_order_and_are_numbered_across_blocks(tmp_path):
    path = parquet(tmp_path / "a.parquet", "SELECT i AS a FROM range(300000) t(i)")
    n = 0
    for block in read_parquet(path, time_format="%Y-%m-%d", block_rows=7_000).blocks:
        assert [int(record[0]) + 2 for record in block.records] == list(block.row_numbers)
        n += len(block.records)
    assert n == 300_000


def test_a_draft_is_made_of_a_parquet_file(write, tmp_path):
    path = typed(tmp_path / "log.parquet", write("log.csv", CSV))
    mapping = read_mapping(write("drafted.toml", propose_mapping(path, time_zone=LONDON)))
    assert (mapping.epsg, mapping.formats.time, mapping.columns.x) == (27700, ("%Y-%m-%d %H:%M:%S",), "easting")
    rows, refused = both(open_extract(path, mapping=mapping))
    assert len(rows) + len(refused) == 5
