"""Plain text read as columns is what `csv` reads record by record, and whatever is not plain goes through `csv`."""

from __future__ import annotations

import gzip
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sources.column_blocks
from domain.errors import SourceError
from sources.column_blocks import ColumnBlock, read_columns
from sources.files import scan_text
from sources.fixed_times import read_fixed_times
from sources.tables import read_table

WORDS = st.sampled_from(["", " ", "a", "Mill Lane", "1.50", "nan", "é", "NA", "-", "\u2028", "'", "#", "\x1a", "a b "])
FIELDS = st.one_of(WORDS, st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6))


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text


def outcome(read, file):
    """Return what a reader makes of a file: every record with its number, or its complaint."""
    try:
        header, blocks = read(file)
        pairs = [list(zip(block.row_numbers, map(list, block.records), strict=True)) for block in blocks]
        return header, list(chain.from_iterable(pairs))
    except SourceError as error:
        return str(error)


@settings(deadline=None, max_examples=150)
@given(
    rows=st.lists(st.lists(FIELDS, min_size=1, max_size=4), min_size=1, max_size=30),
    end=st.sampled_from(["\n", "\r\n"]),
    damage=st.tuples(st.integers(0, 10_000), st.sampled_from(["", '"', "\n", "\r", ",", "\n\n"])),
    is_closed=st.booleans(),
)
def test_columns_and_records_are_the_same(tmp_path_factory, rows, end, damage, is_closed):
    text = end.join(",".join(map(quoted, row)) for row in [["a", "b", "c"], *rows]) + (end if is_closed else "")
    at = damage[0] % (len(text) + 1)
    file = tmp_path_factory.mktemp("same") / "rows.csv"
    file.write_bytes((text[:at] + damage[1] + text[at:]).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources.column_blocks, "PIECE_BYTES", 24)  # so that a few rows make many pieces
        try:
            scanned = scan_text(file)
        except SourceError:
            return
        assert outcome(read_columns, scanned) == outcome(read_table, scanned)


def test_plain_text_is_read_as_columns_and_the_rest_as_records(tmp_path, monkeypatch):
    monkeypatch.setattr(sources.column_blocks, "PIECE_BYTES", 40)
    file = tmp_path / "rows.csv"
    file.write_text("a,b\n" + "1,2\n" * 20 + '"x\ny",2\n' + "3,4\n" * 40, encoding="utf-8")
    _, blocks = read_columns(scan_text(file))
    read = list(blocks)
    assert {type(block).__name__ for block in read} == {"ColumnBlock", "RecordBlock"}
    assert isinstance(read[-1], ColumnBlock), "after the quoted row, plain text is plain again"
    assert [number for block in read for number in block.row_numbers] == list(range(2, 63))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_letters_survive_in_every_encoding(tmp_path, encoding):
    file = tmp_path / "rows.csv.gz"
    file.write_bytes(gzip.compress(("a,b\n" + "é,ß\n" * 3).encode(encoding)))
    header, blocks = read_columns(scan_text(file, encoding=encoding.removesuffix("-sig")))
    assert header == ["a", "b"]
    assert [record for block in blocks for record in block.records] == [["é", "ß"]] * 3


def test_a_header_alone_is_refused(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("a,b\n\n\n", encoding="utf-8")
    with pytest.raises(SourceError, match="a header and no rows"):
        read_columns(scan_text(file))


@settings(deadline=None)
@given(
    st.datetimes(min_value=np.datetime64("1990-01-01", "us").item(), max_value=np.datetime64("2099-12-31", "us").item())
)
def test_a_fixed_time_is_the_time_that_was_written(moment):
    for time_format in ("%d/%m/%Y %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y%m%d"):
        text = moment.strftime(time_format)
        read = read_fixed_times(np.array([text, f"{text} ", "é" * len(text)], dtype=object), time_format)
        assert read[0].item() == moment.strptime(text, time_format)
        assert np.isnat(read[1:]).all()


@pytest.mark.parametrize(
    "text",
    ["31/02/2025 10:00", "00/01/2025 10:00", "01/13/2025 10:00", "01/01/2025 24:00", "01/01/2025 10:60", ""],
)
def test_what_is_no_time_of_the_format_is_left_to_others(text):
    assert np.isnat(read_fixed_times(np.array([text], dtype=object), "%d/%m/%Y %H:%M")).all()
