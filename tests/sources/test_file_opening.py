"""Opening a file: what is refused before a row is believed, and what the fingerprint covers."""

from __future__ import annotations

import gzip
import hashlib
import os
from pathlib import Path

import pytest

from domain.errors import SourceError
from sources.files import LINE_LIMIT, check_path, read_whole, scan_text, stem
from sources.tables import read_records


def test_fingerprint_is_of_the_decompressed_bytes(write):
    plain, zipped = write("a.csv", "x,y\n1,2\n"), write("a.csv.gz", "x,y\n1,2\n")
    expected = hashlib.sha256(b"x,y\n1,2\n").hexdigest()
    assert scan_text(plain).sha256 == scan_text(zipped).sha256 == read_whole(zipped)[1] == expected


def test_scan_knows_lines_size_and_whether_the_last_line_is_closed(write):
    closed, cut = scan_text(write("a.csv", "x\n1\n")), scan_text(write("b.csv", "x\n1"))
    assert (closed.lines, closed.size, closed.ends_with_newline) == (2, 4, True)
    assert (cut.lines, cut.ends_with_newline) == (1, False)


def test_byte_order_mark_is_not_part_of_the_text_but_of_the_fingerprint(write):
    file = scan_text(write("a.csv", b"\xef\xbb\xbfx\n1\n"))
    assert file.encoding == "utf-8-sig"
    assert file.sha256 == hashlib.sha256(b"\xef\xbb\xbfx\n1\n").hexdigest()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "empty"),
        ("empty.csv.gz", b"", "empty"),
        ("nul.csv", b"x\n1\n\0\n", "NUL"),
        ("latin.csv", "x\ncaf\xe9\n".encode("latin-1"), "not UTF-8"),
        ("cut.csv", b"x\n\xc3", "middle of a character"),
        ("utf16.csv", "x\n1\n".encode("utf-16"), "UTF-16"),
        ("book.csv", b"PK\x03\x04rest", "workbook"),
        ("old.csv", b"\xd0\xcf\x11\xe0rest", "workbook"),
        ("long.csv", b"x\n" + b"a" * (LINE_LIMIT + 1), "1 MiB"),
    ],
)
def test_a_file_that_is_not_a_text_table_is_refused_with_a_remedy(write, name, content, message):
    with pytest.raises(SourceError, match=message) as caught:
        scan_text(write(name, content))
    assert name in caught.value.message
    assert caught.value.hint


def test_faults_of_the_text_name_the_row(write):
    with pytest.raises(SourceError) as caught:
        scan_text(write("nul.csv", b"x\n1\n\0\n"))
    assert caught.value.faults[0].row == 3
    with pytest.raises(SourceError) as caught:
        scan_text(write("latin.csv", b"x\n1\n2\n\xe9\n"))
    assert caught.value.faults[0].row == 4


def test_line_limit_holds_across_pieces_and_spares_lines_of_just_that_length(write):
    assert scan_text(write("just.csv", b"x\n" * 300_000 + b"a" * (LINE_LIMIT - 1) + b"\nb\n")).lines == 300_002
    with pytest.raises(SourceError, match="1 MiB"):
        scan_text(write("over.csv", b"x\n" * 300_000 + b"a" * (LINE_LIMIT + 1) + b"\nb\n"))


def test_truncated_gzip_is_refused_and_names_the_row(write, tmp_path):
    path = write("cut.csv.gz", "\n".join(f"{i},{i * i}" for i in range(20_000)))
    path.write_bytes(path.read_bytes()[:-5_000])
    with pytest.raises(SourceError, match="breaks off") as caught:
        scan_text(path)
    assert caught.value.faults[0].row is not None
    assert caught.value.faults[0].row > 1


def test_damaged_gzip_and_false_gz_are_refused(write, tmp_path):
    path = write("bad.csv.gz", "x\n" * 10_000)
    data = bytearray(path.read_bytes())
    data[20] ^= 0xFF
    path.write_bytes(bytes(data))
    with pytest.raises(SourceError, match=r"damaged|breaks off"):
        scan_text(path)
    false = tmp_path / "false.csv.gz"
    false.write_text("x\n1\n")
    with pytest.raises(SourceError, match="not gzip"):
        scan_text(false)


@pytest.mark.parametrize(
    "address",
    [
        "/vsicurl/http://example.org/a.csv",
        "/vsizip/a.zip/a.csv",
        "https://example.org/a.csv",
        "ftp://host/a.csv",
        "/VSIMEM/x",
    ],
)
def test_addresses_are_refused_and_nothing_is_fetched(address):
    with pytest.raises(SourceError, match="not a file"):
        check_path(Path(address))


def test_name_that_only_begins_like_a_virtual_path_is_a_file(write):
    assert scan_text(write("vsi_report.csv", "x\n1\n")).name == "vsi_report.csv"


def test_file_that_changes_after_its_scan_is_refused(write):
    path = write("a.csv", "x,y\n" + "1,2\n" * 10)
    file = scan_text(path)
    path.write_text("x,y\n" + "1,3\n" * 11)
    with pytest.raises(SourceError, match="changed while it was read"):
        list(read_records(file))


def test_folder_missing_file_and_device_are_refused(tmp_path):
    for path, message in [(tmp_path, "folder"), (tmp_path / "no.csv", "no such file"), (Path(os.devnull), "ordinary")]:
        with pytest.raises(SourceError, match=message):
            check_path(path)
    with pytest.raises(SourceError):
        check_path(Path("a\0b"))
    with pytest.raises(SourceError):
        check_path(tmp_path / ("n" * 5_000))


def test_other_encoding_is_read_only_where_stated_and_said_in_notes(write):
    path = write("a.csv", "x\ncafé £5\n".encode("cp1252"))
    file = scan_text(path, encoding="cp1252")
    assert file.notes == ("read as cp1252, as the mapping states",)
    with pytest.raises(SourceError, match="not an encoding"):
        scan_text(path, encoding="klingon")


def test_file_that_is_read_whole_is_bounded(tmp_path):
    path = tmp_path / "bomb.geojson.gz"
    path.write_bytes(gzip.compress(b"{" + b" " * 5_000_000))
    assert path.stat().st_size < 10_000
    with pytest.raises(SourceError, match="more than 1 MiB"):
        read_whole(path, limit=1 << 20)


def test_sparse_file_of_ten_gigabytes_is_refused_at_once(tmp_path):
    path = tmp_path / "sparse.csv"
    with path.open("wb") as file:
        file.truncate(10 * (1 << 30))
    with pytest.raises(SourceError, match="NUL"):
        scan_text(path)


def test_stem_leaves_out_every_ending():
    assert [stem(Path(name)) for name in ("a.csv.gz", "a.b.csv", "a", ".gz")] == ["a", "a.b", "a", ""]
