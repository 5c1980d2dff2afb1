"""The monthly archive: read where it lies, member by member, and refused whole where it is unsafe."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from domain.errors import SourceError
from sources.archive import MOST_RATIO, expand_archives, is_archive, list_archive
from sources.monthly import open_monthly
from sources.monthly_files import MonthlyKind

LONDON = "Europe/London"
INCIDENTS = (MonthlyKind.STREET, MonthlyKind.STOP_AND_SEARCH)


def packed(path: Path, members: dict[str, bytes], *, method=zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return path


@pytest.fixture
def month(street_header, street_row):
    def make(name: str = "2025-12", n_rows: int = 2) -> bytes:
        return "\n".join([street_header, *[street_row(month=name)] * n_rows, ""]).encode()

    return make


@pytest.mark.real_data
def test_real_months_come_out_of_an_archive_as_they_went_in(cheshire, tmp_path):
    names = [
        "2025-08-cheshire-street.csv",
        "2025-07-cheshire-street.csv",
        "2025-07-cheshire-stop-and-search.csv",
        "2023-03-cheshire-outcomes.csv",
    ]
    data = {name: gzip.decompress((cheshire / "crime" / f"{name}.gz").read_bytes()) for name in names}
    path = packed(tmp_path / "latest.zip", {f"{name[:7]}/{name}": content for name, content in data.items()})
    members = list_archive(path, kinds=INCIDENTS)
    assert [member.name for member in members] == [names[2], names[1], names[0]]
    for member in members:
        file = open_monthly(member, time_zone=LONDON)
        n_rows = sum(len(batch.rows) + len(batch.rejected) for batch in file.batches)
        assert n_rows == data[member.name].count(b"\n") - 1
        assert file.sha256 == hashlib.sha256(data[member.name]).hexdigest()
        assert file.file_name == member.name
    assert not [found for found in tmp_path.iterdir() if found != path], "nothing is unpacked to the disk"


def test_a_force_is_taken_out_of_several(month, tmp_path):
    forces = ("avon-and-somerset", "cheshire", "gwent")
    path = packed(tmp_path / "a.zip", {f"2025-12/2025-12-{f}-street.csv": month() for f in forces})
    assert [m.told.force for m in list_archive(path, kinds=INCIDENTS)] == list(forces)
    (only,) = list_archive(path, kinds=INCIDENTS, forces=["Cheshire"])
    assert open_monthly(only, time_zone=LONDON).scope == "cheshire 2025-12"
    with pytest.raises(SourceError, match="nothing of merseyside") as caught:
        list_archive(path, kinds=INCIDENTS, forces=["merseyside"])
    assert "avon-and-somerset, cheshire, gwent" in caught.value.hint
    with pytest.raises(SourceError, match="no outcomes file"):
        list_archive(path, kinds=[MonthlyKind.OUTCOMES])


def test_archives_are_expanded_among_other_files(month, tmp_path, write):
    path = packed(tmp_path / "a.zip", {f"2025-{m}-x-street.csv": month(f"2025-{m}") for m in ("11", "12")})
    plain = write("2025-10-x-street.csv", month("2025-10"))
    names = [file.name for file in expand_archives([plain, path], kinds=INCIDENTS)]
    assert names == ["2025-10-x-street.csv", "2025-11-x-street.csv", "2025-12-x-street.csv"]
    assert not is_archive(write("book.xlsx", b"PK\x03\x04rest"))


@pytest.mark.parametrize(
    "name",
    [
        "../2025-12-x-street.csv",
        "a/../../2025-12-x-street.csv",
        "/etc/2025-12-x-street.csv",
        "C:\\x-street.csv",
        "..\\x",
    ],
)
def test_a_path_that_climbs_out_refuses_the_archive(month, tmp_path, name):
    path = packed(tmp_path / "a.zip", {"2025-12-cheshire-street.csv": month(), name: b"x"})
    with pytest.raises(SourceError, match="leads out of the archive"):
        list_archive(path, kinds=INCIDENTS)


def test_bombs_nested_and_encrypted_members_are_refused_together(month, tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.csv", "x")
    path = packed(
        tmp_path / "a.zip",
        {"2025-12-x-street.csv": bytes(5 << 20), "inner.zip": inner.getvalue(), "2025-11-x-street.csv": month()},
    )
    data = bytearray(path.read_bytes())
    last = data.rfind(b"PK\x01\x02")
    data[last + 8] |= 1  # the flag of encryption in the archive's list
    path.write_bytes(data)
    with pytest.raises(SourceError) as caught:
        list_archive(path, kinds=INCIDENTS)
    told = " ".join(fault.message for fault in caught.value.faults)
    assert f"unpacks to more than {MOST_RATIO} times its size" in told
    assert "archive inside the archive" in told
    assert "is encrypted" in told
    assert len(caught.value.faults) == 3


def test_no_more_is_read_than_the_archive_states(month, tmp_path):
    path = packed(tmp_path / "a.zip", {"2025-12-x-street.csv": month(n_rows=2_000)})
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02") + 24
    data[at : at + 4] = (100).to_bytes(4, "little")  # a list that lies about the unpacked size
    path.write_bytes(data)
    (member,) = list_archive(path, kinds=INCIDENTS)
    with pytest.raises(SourceError, match=r"damaged|ends in the middle"):
        open_monthly(member, time_zone=LONDON)


def test_damaged_and_doubled_archives_are_refused(month, tmp_path):
    path = packed(tmp_path / "a.zip", {"2025-12-x-street.csv": month(n_rows=500)})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match="zip archive is damaged"):
        list_archive(path, kinds=INCIDENTS)
    path.write_bytes(whole[:60] + bytes(20) + whole[80:])
    (member,) = list_archive(path, kinds=INCIDENTS)
    with pytest.raises(SourceError, match="damaged"):
        open_monthly(member, time_zone=LONDON)
    twice = packed(tmp_path / "b.zip", {"1/2025-12-x-street.csv": month(), "2/2025-12-x-street.csv": month()})
    with pytest.raises(SourceError, match="twice"):
        list_archive(twice, kinds=INCIDENTS)
    empty = packed(tmp_path / "c.zip", {"2025-12-x-street.csv": b""})
    with pytest.raises(SourceError, match="empty"):
        open_monthly(list_archive(empty, kinds=INCIDENTS)[0], time_zone=LONDON)
