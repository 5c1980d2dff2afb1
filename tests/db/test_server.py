"""The private PostGIS: made, started, shared, stopped, and unreachable to everybody else."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from db.account import server_account
from db.cluster import server_process
from db.server import PrivateServer, default_data_dir
from domain.errors import ServerError

ROOT = Path(__file__).resolve().parents[2]

# Everything is imported before root is given up: an ordinary user may not be able to read where Python lies.
_ENSURE = """
import os, sys
from pathlib import Path
import psycopg, sqlalchemy.dialects.postgresql.psycopg
from db.engine import open_engine
from db.server import PrivateServer, default_data_dir
if len(sys.argv) > 2:
    uid = int(sys.argv[2])
    os.setgroups([]); os.setgid(uid); os.setuid(uid)
server = PrivateServer(Path(sys.argv[1]), is_durable=False)
server.ensure_running()
print(server.status().pid)
"""


@pytest.fixture
def home():
    """Yield a short folder through which the server's account may pass; its server is stopped afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="redzones-own-"))
    folder.chmod(0o755)
    yield folder
    PrivateServer(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def shared():
    """Yield a running server for the tests that may share one."""
    folder = Path(tempfile.mkdtemp(prefix="redzones-own-"))
    folder.chmod(0o755)
    server = PrivateServer(folder, is_durable=False)
    server.ensure_running()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def ask(server: PrivateServer, query: str, **changed):
    parameters = {"host": str(server.socket_folder), "user": "redzones", "dbname": "redzones"} | changed
    with psycopg.connect(**parameters) as connection:
        return connection.execute(query).fetchone()


def in_new_process(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _ENSURE, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
    )


def test_starting_twice_is_one_server_with_postgis(shared):
    first = shared.status()
    assert shared.ensure_running() == shared.url
    assert shared.status() == first
    assert first.state == "running"
    assert ask(shared, "SELECT postgis_lib_version() IS NOT NULL") == (True,)


def test_the_url_names_the_socket_and_holds_no_secret(shared):
    url = make_url(shared.url)
    assert (url.drivername, url.database, url.password) == ("postgresql+psycopg", "redzones", None)
    assert url.query["host"] == str(shared.socket_folder)


def test_it_never_listens_on_the_network(shared):
    assert ask(shared, "SELECT current_setting('listen_addresses')") == ("",)
    pid = shared.status().pid
    opened = [str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()]
    inodes = {name.removeprefix("socket:[").removesuffix("]") for name in opened if name.startswith("socket:")}
    listening = set()
    for table in ("tcp", "tcp6"):
        lines = Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
        listening |= {line.split()[9] for line in lines if line.split()[3] == "0A"}
    assert inodes
    assert not inodes & listening


def test_only_the_owners_role_is_let_in(shared):
    ask(shared, "SELECT 1")
    with psycopg.connect(host=str(shared.socket_folder), user="redzones", dbname="redzones") as connection:
        connection.execute("CREATE ROLE intruder LOGIN SUPERUSER")
    with pytest.raises(psycopg.OperationalError, match="rejects"):
        ask(shared, "SELECT 1", user="intruder")


def test_another_account_of_the_machine_is_refused_even_at_the_socket(shared):
    if os.geteuid() != 0:
        pytest.skip("only root can try the door as somebody else")
    knock = (
        "import os, sys, psycopg; os.setgroups([]); os.setgid(54321); os.setuid(54321);"
        "psycopg.connect(host=sys.argv[1], user='redzones', dbname='redzones')"
    )
    command = [sys.executable, "-c", knock, shared.socket_folder]
    socket = shared.socket_folder / ".s.PGSQL.5432"
    shut = subprocess.run(command, capture_output=True, text=True, check=False)
    shared.socket_folder.chmod(0o755)
    socket.chmod(0o777)
    ajar = subprocess.run(command, capture_output=True, text=True, check=False)
    shared.socket_folder.chmod(0o700)
    socket.chmod(0o700)
    assert "Permission denied" in shut.stderr
    assert ajar.returncode != 0
    assert "local user" in ajar.stderr or "Peer authentication failed" in ajar.stderr


def test_data_and_socket_folders_are_private(shared):
    assert shared.data_folder.stat().st_mode & 0o077 == 0
    assert shared.socket_folder.stat().st_mode & 0o077 == 0


def test_two_commands_at_once_share_one_server(home):
    commands = [in_new_process(home) for _ in range(3)]
    told = [command.communicate(timeout=120) for command in commands]
    assert [command.returncode for command in commands] == [0, 0, 0], told
    assert len({out for out, _ in told}) == 1


def test_an_ordinary_user_has_a_server_of_their_own(home):
    uid = os.geteuid() or 65534
    os.chown(home, uid, -1)
    command = in_new_process(home, *([uid] if os.geteuid() == 0 else []))
    out, err = command.communicate(timeout=120)
    assert command.returncode == 0, err
    assert Path(f"/proc/{int(out)}").stat().st_uid == uid
    assert (home / "postgis").stat().st_uid == uid


def test_without_an_account_postgres_root_runs_it_as_nobody(home, monkeypatch):
    monkeypatch.setattr("db.account._UNPRIVILEGED", ("redzones-no-such-account", "nobody"))
    server = PrivateServer(home, is_durable=False)
    server.ensure_running()
    expected = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
    assert Path(f"/proc/{server.status().pid}").stat().st_uid == expected


def test_stopping_is_clean_and_may_be_repeated(home):
    server = PrivateServer(home, is_durable=False)
    assert server.status().state == "absent"
    assert server.stop() is False
    assert not list(home.iterdir())
    server.ensure_running()
    assert server.stop() is True
    assert server.stop() is False
    assert server.status().state == "stopped"
    assert "database system is shut down" in (home / "postgis" / "server.log").read_text()
    assert not (home / "postgis" / "postmaster.pid").exists()


def test_a_killed_server_comes_back_with_its_data(home):
    server = PrivateServer(home)
    server.ensure_running()
    with psycopg.connect(host=str(server.socket_folder), user="redzones", dbname="redzones") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    busy = psycopg.connect(host=str(server.socket_folder), user="redzones", dbname="redzones")
    busy.execute("SELECT 1")
    killed = server.status().pid
    os.kill(killed, signal.SIGKILL)
    server.ensure_running()
    busy.close()
    assert server.status().pid != killed
    assert ask(server, "SELECT answer FROM kept") == (42,)


def answered_at_last(server, *, patience_s=120.0):
    """Ask until the server answers: on a busy machine it may notice the death of a session only a moment later."""
    until = time.monotonic() + patience_s
    while True:
        server.ensure_running()
        try:
            return ask(server, "SELECT 1")
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def test_a_killed_backend_is_waited_for(home):
    server = PrivateServer(home)
    server.ensure_running()
    before = server.status().pid
    with psycopg.connect(host=str(server.socket_folder), user="redzones", dbname="redzones") as busy:
        os.kill(busy.info.backend_pid, signal.SIGKILL)  # the server then restarts by itself, recovering
        busy.close()
    assert answered_at_last(server) == (1,)
    assert server.status().pid == before


def test_a_socket_that_was_cleaned_away_comes_back(home):
    server = PrivateServer(home, is_durable=False)
    server.ensure_running()
    shutil.rmtree(server.socket_folder)
    server.ensure_running()
    assert ask(server, "SELECT 1") == (1,)


def test_a_tight_umask_does_not_shut_the_server_out(home):
    before = os.umask(0o077)
    try:
        server = PrivateServer(home / "new" / "data", is_durable=False)
        server.ensure_running()
        assert server.stop()
    finally:
        os.umask(before)


def test_a_stale_number_never_points_to_a_stranger(home):
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        folder = home / "postgis"
        folder.mkdir()
        server_account().own(folder)
        (folder / "postmaster.pid").write_text(f"{stranger.pid}\n{folder}\n0\n5432\n{home}\n\n0\nready\n")
        assert server_process(folder) is None
        assert PrivateServer(home).stop() is False
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("name", ["a" * 120, 'it\'s $HOME, "quoted" `x` ünd'])
def test_long_and_odd_paths_serve(home, name):
    server = PrivateServer(home / name, is_durable=False)
    try:
        server.ensure_running()
        assert len(os.fsencode(server.socket_folder)) < 90
        assert ask(server, "SELECT current_setting('data_directory')") == (str(home / name / "postgis"),)
    finally:
        server.stop()
        shutil.rmtree(server.socket_folder, ignore_errors=True)


def test_a_socket_folder_that_somebody_else_made_is_refused(home):
    server = PrivateServer(home / ("b" * 120), is_durable=False)
    server.socket_folder.mkdir(mode=0o755)
    try:
        with pytest.raises(ServerError, match="should be a private folder") as raised:
            server.ensure_running()
        assert str(server.socket_folder) in (raised.value.hint or "")
    finally:
        server.socket_folder.rmdir()


def test_foreign_environment_and_a_half_made_data_folder_do_not_matter(home, monkeypatch):
    (home / "postgis.new" / "base").mkdir(parents=True)
    for name, value in {
        "PGDATA": "/nowhere", "PGPORT": "1", "PGHOST": "db.invalid", "PGUSER": "nobody", "PGTZ": "Asia/Tokyo",
        "LC_ALL": "xx_XX.UTF-8", "LANG": "xx_XX", "LC_MESSAGES": "fr_FR.UTF-8",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    server = PrivateServer(home, is_durable=False)
    server.ensure_running()
    assert ask(server, "SELECT datcollate FROM pg_database WHERE datname = current_database()", port=5432) == (
        "C.UTF-8",
    )
    assert not (home / "postgis.new").exists()


def test_the_default_folder_follows_the_user(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_data_dir() == Path("/var/lib/redzones")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_data_dir() == Path("/data/redzones")
    monkeypatch.setenv("XDG_DATA_HOME", "not/absolute")
    monkeypatch.setenv("HOME", "/home/ann")
    assert default_data_dir() == Path("/home/ann/.local/share/redzones")
