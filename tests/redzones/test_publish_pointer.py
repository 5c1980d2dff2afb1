"""The one publishing switch: a link or a redirect file, replaced in one step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from domain.errors import PublicationError
from redzones.publish import Pointer, _prune, _tell_every_run

if TYPE_CHECKING:
    from pathlib import Path


def _site(folder: Path, *fingerprints: str) -> Path:
    for fingerprint in fingerprints:
        run = folder / "runs" / fingerprint
        run.mkdir(parents=True)
        (run / "index.html").write_text(fingerprint)
    return folder


@pytest.mark.parametrize("mode", ["link", "pointer"])
def test_switching_makes_another_run_live(tmp_path: Path, mode: str) -> None:
    pointer = Pointer(_site(tmp_path, "aaa", "bbb"), mode)
    assert pointer.current() is None
    pointer.switch("aaa")
    assert pointer.current() == "aaa"
    pointer.switch("bbb")
    assert pointer.current() == "bbb"
    assert pointer.front.is_file()
    assert not list(tmp_path.glob(".switch-*"))


def test_the_front_page_leads_to_the_current_run(tmp_path: Path) -> None:
    Pointer(_site(tmp_path, "aaa"), "link").switch("aaa")
    assert "current/index.html" in (tmp_path / "index.html").read_text()
    assert (tmp_path / "current" / "index.html").read_text() == "aaa"


def test_a_folder_that_refuses_is_told(tmp_path: Path) -> None:
    with pytest.raises(PublicationError, match="cannot be switched"):
        Pointer(tmp_path / "absent", "link").switch("aaa")


def test_an_old_run_learns_that_a_newer_one_is_live(tmp_path: Path) -> None:
    runs = _site(tmp_path, "aaa", "bbb") / "runs"
    _tell_every_run(runs, "aaa")
    first = (runs / "aaa" / "publication.js").read_text()
    _tell_every_run(runs, "bbb")
    note = (runs / "aaa" / "publication.js").read_text()
    value = json.loads(note[note.index("{") : note.rindex("}") + 1])
    assert value["current"] == "bbb"
    assert value["published"] in first


def test_only_the_oldest_folders_go_and_never_the_live_one(tmp_path: Path) -> None:
    runs = _site(tmp_path, "aaa", "bbb", "ccc") / "runs"
    _prune(runs, "aaa", keep=1)
    assert [p.name for p in runs.iterdir()] == ["aaa"]
