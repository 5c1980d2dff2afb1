"""The private PostGIS on a machine or a disk that does not play along: one clear error, nothing broken."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from db.account import account_of_folder, server_account
from db.binaries import INSTALL_HINT, ServerPrograms, all_server_programs, find_server_programs
from db.cluster import failure
from db.lock import file_lock
from db.server import PrivateServer
from domain.errors import LockedError, ServerError


@pytest.fixture
def home():
    folder = Path(tempfile.mkdtemp(prefix="redzones-own-"))
    folder.chmod(0o755)
    yield folder
    PrivateServer(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def small_disk(home):
    """Return a function that mounts a disk of so many megabytes."""
    mounted: list[Path] = []

    def mount(megabytes: int) -> Path:
        place = home / "disk"
        place.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", place],
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            pytest.skip("this user may not mount a small disk")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        PrivateServer(place).stop()
        subprocess.run(["umount", "-l", place], check=True)


def fill(file: Path) -> None:
    with suppress(OSError), file.open("wb", buffering=0) as stream:
        while stream.write(bytes(4096)) == 4096:
            pass


def programs(major: int, *, has_postgis: bool = True) -> ServerPrograms:
    return ServerPrograms(Path(f"/nowhere/{major}"), major, f"{major}.1", has_postgis)


def test_the_newest_server_with_postgis_is_taken():
    candidates = [programs(17, has_postgis=False), programs(15), programs(16), programs(13)]
    assert find_server_programs(candidates=candidates).major == 16
    assert find_server_programs(candidates=candidates, major=15).major == 15


@pytest.mark.parametrize(
    ("candidates", "message"),
    [
        ([], "no PostgreSQL server is installed"),
        ([programs(16, has_postgis=False)], r"16\.1 is installed, but none"),
        ([programs(13)], r"13\.1 is installed, but none"),
    ],
)
def test_what_to_install_is_said(candidates, message):
    with pytest.raises(ServerError, match=message) as raised:
        find_server_programs(candidates=candidates)
    assert raised.value.hint == INSTALL_HINT
    assert "apt-get install postgresql-postgis" in INSTALL_HINT


def test_folders_without_a_whole_server_are_passed_over(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    broken = tmp_path / "16" / "bin"
    broken.mkdir(parents=True)
    for name in ("postgres", "initdb", "pg_ctl"):
        (broken / name).write_text("#!/bin/sh\nexit 1\n")
        (broken / name).chmod(0o755)
    client = tmp_path / "17" / "bin"
    client.mkdir(parents=True)
    (client / "psql").touch(mode=0o755)
    assert all_server_programs([f"{tmp_path}/*/bin"]) == ()


@pytest.mark.parametrize(
    ("version", "message"), [("9\n", "made by PostgreSQL 9"), ("garbage", "PG_VERSION is missing or damaged")]
)
def test_a_data_folder_that_no_server_here_can_run_is_named(home, version, message):
    server = PrivateServer(home)
    server.data_folder.mkdir(mode=0o700)
    (server.data_folder / "PG_VERSION").write_text(version)
    server_account().own(server.data_folder)
    with pytest.raises(ServerError, match=message) as raised:
        server.ensure_running()
    assert "load the data anew" in (raised.value.hint or "")
    assert server.status().state == "stopped"


def test_a_full_disk_leaves_no_half_made_data_folder(small_disk):
    place = small_disk(12)
    server = PrivateServer(place, is_durable=False)
    with pytest.raises(ServerError, match="no space left on its disk") as raised:
        server.ensure_running()
    assert "Free some space" in (raised.value.hint or "")
    assert server.status().state == "absent"
    assert not (place / "postgis.new").exists()


def test_a_disk_that_fills_later_stops_the_start_and_keeps_the_data(small_disk):
    place = small_disk(150)
    server = PrivateServer(place, is_durable=False)
    server.ensure_running()
    with psycopg.connect(host=str(server.socket_folder), user="redzones", dbname="redzones") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    filler = place / "filler"
    fill(filler)
    with pytest.raises(ServerError, match="no space left on its disk") as raised:
        server.ensure_running()
    assert "Free some space" in (raised.value.hint or "")
    filler.unlink()
    server.ensure_running()
    with psycopg.connect(host=str(server.socket_folder), user="redzones", dbname="redzones") as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


@pytest.mark.parametrize("is_made_before", [False, True])
def test_a_read_only_disk_is_named(small_disk, is_made_before):
    place = small_disk(150)
    server = PrivateServer(place, is_durable=False)
    if is_made_before:
        server.ensure_running()
        server.stop()
    subprocess.run(["mount", "-o", "remount,ro", place], check=True)
    with pytest.raises(ServerError, match="Read-only file system") as raised:
        server.ensure_running()
    assert "REDZONES_DATA_DIR" in (raised.value.hint or "")


def test_a_folder_that_cannot_be_made_is_named(home):
    (home / "file").touch()
    with pytest.raises(ServerError, match="cannot use the data folder") as raised:
        PrivateServer(home / "file" / "below").ensure_running()
    assert raised.value.hint


def test_a_folder_on_the_way_that_is_closed_is_named(home):
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    if not server_account().is_other:
        closed.chmod(0)
    with pytest.raises(ServerError, match="closed") as raised:
        PrivateServer(closed / "data").ensure_running()
    closed.chmod(0o700)
    assert "REDZONES_DATA_DIR" in (raised.value.hint or "")


def test_a_data_folder_of_root_is_refused_to_everybody():
    with pytest.raises(ServerError, match="belongs to root"):
        account_of_folder(Path("/"))


@pytest.mark.parametrize("action", ["status", "stop", "ensure_running"])
def test_a_data_folder_out_of_reach_is_never_called_absent(tmp_path, action):
    server = PrivateServer(tmp_path / "home")
    server.data_folder.mkdir(parents=True)
    if server_account().is_other:  # a data folder of root's: PostgreSQL would refuse it
        message = "belongs to root"
    else:
        server.data_folder.parent.chmod(0)
        message = "cannot use the data folder"
    with pytest.raises(ServerError, match=message):
        getattr(server, action)()
    server.data_folder.parent.chmod(0o700)


def test_a_command_that_waits_too_long_for_another_says_so(tmp_path):
    held = file_lock(tmp_path / "lock", patience_s=1, busy="holding on")
    wanted = file_lock(tmp_path / "lock", patience_s=0.1, busy="counting")
    with held, pytest.raises(LockedError, match=r"another command has been counting for 0 seconds"), wanted:
        pass
    with file_lock(tmp_path / "lock", patience_s=0, busy="counting"):
        pass


@pytest.mark.parametrize(
    ("told", "hint"),
    [
        ('FATAL:  could not write lock file "postmaster.pid": No space left on device', "Free some space"),
        ("initdb: error: could not create directory: Read-only file system", "read-only disk"),
        ('FATAL:  lock file "postmaster.pid" already exists', "remove the folder's file postmaster.pid"),
        ("[Errno 13] Permission denied: '/x'", "Make /data writable"),
        ("LOG: something\nFATAL:  invalid value", "server.log"),
        ("", "server.log"),
    ],
)
def test_each_failure_has_its_remedy(told, hint):
    error = failure("cannot start", Path("/data"), told)
    assert hint in (error.hint or "")
    assert "LOG" not in error.message
