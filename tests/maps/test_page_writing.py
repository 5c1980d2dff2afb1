"""Pages are the same whoever writes them, and none is lost with the process that was to write it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from maps import page_writing
from maps.page_writing import PageJob, write_pages
from maps.site import build_site

N_PAGES = 40


@pytest.fixture(autouse=True)
def _plain_pages(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "plain" in request.fixturenames:
        monkeypatch.setattr(page_writing, "render", lambda _template, page: page)


@pytest.fixture
def plain() -> None:
    """Pages whose value is their text."""


def jobs(make) -> list[PageJob]:
    return [PageJob(f"{number}.html", "", lambda number=number: make(number)) for number in range(N_PAGES)]


def texts(folder: Path) -> list[str]:
    return [(folder / f"{number}.html").read_text(encoding="utf-8") for number in range(N_PAGES)]


@pytest.mark.usefixtures("plain")
def test_two_processes_share_the_pages(tmp_path):
    def slowly(number: int) -> str:
        time.sleep(0.005)
        return f"{number} {os.getpid()}"

    told = []
    write_pages(tmp_path, jobs(slowly), n_processes=2, progress=lambda *heard: told.append(heard))
    numbers, writers = zip(*(text.split() for text in texts(tmp_path)), strict=True)
    assert list(map(int, numbers)) == list(range(N_PAGES))
    assert writers[0] == str(os.getpid()) != writers[-1]
    assert len(set(writers)) == 2
    assert told[-1] == ("pages", N_PAGES, N_PAGES)


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("n_pages", [0, 1, N_PAGES])
def test_one_process_alone_writes_every_page(tmp_path, n_pages):
    write_pages(tmp_path, jobs(lambda number: f"{number} {os.getpid()}")[:n_pages])
    assert len(list(tmp_path.iterdir())) == n_pages
    assert all(path.read_text().endswith(str(os.getpid())) for path in tmp_path.iterdir())


@pytest.mark.usefixtures("plain")
def test_where_memory_is_short_one_process_writes_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(page_writing, "_LEAST_MIB", 10**9)
    write_pages(tmp_path, jobs(lambda _: str(os.getpid())), n_processes=2)
    assert set(texts(tmp_path)) == {str(os.getpid())}


@pytest.mark.usefixtures("plain")
def test_what_a_killed_process_was_writing_is_written_by_the_other(tmp_path):
    first = os.getpid()

    def killed_at_the_third(number: int) -> str:
        if os.getpid() != first and number == N_PAGES - 3:
            (tmp_path / f"{number}.html").write_text("half a pa", encoding="utf-8")
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.005)
        return str(number)

    write_pages(tmp_path, jobs(killed_at_the_third), n_processes=2)
    assert texts(tmp_path) == [str(number) for number in range(N_PAGES)]


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("n_processes", [1, 2])
@pytest.mark.parametrize("bad", [0, 20, N_PAGES - 1])
def test_a_page_that_cannot_be_made_fails_whoever_tries_first(tmp_path, n_processes, bad):
    def make(number: int) -> str:
        if number == bad:
            raise ValueError(f"page {number} cannot be made")
        return str(number)

    with pytest.raises(ValueError, match=f"page {bad} cannot be made"):
        write_pages(tmp_path, jobs(make), n_processes=n_processes)


def test_two_processes_write_the_bytes_of_one(tmp_path, content, site):
    again = build_site(tmp_path / "again", content, n_processes=2).folder
    mine, theirs = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (again, site)
    )
    assert mine.keys() == theirs.keys()
    assert [path for path in mine if mine[path] != theirs[path]] == []
