"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from db.server import PrivateServer

ROOT = Path(__file__).resolve().parents[1]


def _real_data() -> Path | None:
    stated = os.environ.get("REDZONES_DATA")
    folder = Path(stated) if stated else ROOT.parent / "shared" / "data"
    return folder if (folder / "PROVENANCE.md").is_file() else None


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of the real data; in CI it must be there."""
    folder = _real_data()
    if folder is None:
        if os.environ.get("CI"):
            pytest.fail("the real data folder is absent in CI (set REDZONES_DATA)")
        pytest.skip("the real data folder is not on this machine (set REDZONES_DATA)")
    return folder


@pytest.fixture(scope="session")
def cheshire(real_data: Path) -> Path:
    """Return the folder of the real Cheshire data."""
    return real_data / "cheshire"


@pytest.fixture(scope="session")
def postgis_server() -> Iterator[PrivateServer]:
    """Yield a running private PostGIS of this test process; it never skips, and is gone afterwards."""
    from db.server import PrivateServer

    folder = Path(tempfile.mkdtemp(prefix="redzones-test-"))
    folder.chmod(0o755)  # as root the server's own account must pass through
    server = PrivateServer(folder, is_durable=False)
    try:
        server.ensure_running()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """
    Yield an engine of the server on which tests make and drop their databases.

    `REDZONES_TEST_DATABASE_URL` names another server than the private one; its role must be allowed to make databases
    and the PostGIS extension.
    """
    from db.engine import open_engine

    url = os.environ.get("REDZONES_TEST_DATABASE_URL") or request.getfixturevalue("postgis_server").url
    engine = open_engine(url=url, data_dir=None, time_zone="Europe/London")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgis_template(server_engine: Engine) -> Iterator[str]:
    """Yield the name of a database with PostGIS and nothing else, to be copied."""
    with _made_database(server_engine) as made:
        with made.begin() as connection:
            connection.exec_driver_sql("CREATE EXTENSION postgis")
        made.dispose()
        yield str(made.url.database)


@pytest.fixture(scope="session")
def template_database(server_engine: Engine, postgis_template: str) -> Iterator[str]:
    """Yield the name of a database upgraded to head in EPSG:27700, to be copied."""
    from db.schema import upgrade

    with _made_database(server_engine, template=postgis_template) as made:
        upgrade(made, analysis_epsg=27700)
        made.dispose()
        yield str(made.url.database)


@pytest.fixture(scope="module")
def engine(server_engine: Engine, template_database: str) -> Iterator[Engine]:
    """Yield an engine of a fresh database at head; the tests of one module share it."""
    with _made_database(server_engine, template=template_database) as made:
        yield made


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """Yield a connection whose work is rolled back after the test."""
    with engine.connect() as opened:
        transaction = opened.begin()
        yield opened
        transaction.rollback()


@pytest.fixture
def fresh_engine(server_engine: Engine, template_database: str) -> Iterator[Engine]:
    """Yield an engine of a database at head of this test's own, for tests that commit."""
    with _made_database(server_engine, template=template_database) as made:
        yield made


@pytest.fixture
def empty_database(server_engine: Engine, postgis_template: str) -> Iterator[Callable[[], Engine]]:
    """Yield a function that makes a database with PostGIS and nothing else, and returns its engine."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(_made_database(server_engine, template=postgis_template))


@contextmanager
def _made_database(server_engine: Engine, *, template: str | None = None) -> Iterator[Engine]:
    from db.engine import create_database, drop_database, open_engine

    name = f"redzones_test_{uuid.uuid4().hex[:12]}"
    url = create_database(server_engine, name, template=template)
    engine = open_engine(url=url.render_as_string(hide_password=False), data_dir=None, time_zone="Europe/London")
    try:
        yield engine
    finally:
        engine.dispose()
        drop_database(server_engine, name)
