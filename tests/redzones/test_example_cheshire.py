"""The Cheshire example: its script runs the right commands on files that exist, and writes only where it is told."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from redzones.settings import load_settings

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "cheshire"


@pytest.fixture
def run(tmp_path):
    """Return a function that runs the script with a `redzones` that only notes how it was called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    notes = tmp_path / "notes"
    fake = folder / "redzones"
    fake.write_text(
        '#!/bin/bash\n{ printf "%s\\n" "$@" "config=$REDZONES_CONFIG" "site=$REDZONES_SITE__FOLDER" '
        '"data=$REDZONES_DATA_DIR" "url=${REDZONES_DATABASE_URL-none}"; echo END; } >>"' + str(notes) + '"\n'
        'case " $* " in *" $FAIL_AT "*) exit 3;; esac\n'
    )
    fake.chmod(0o755)

    def call(*arguments: object, fail_at: str = "never") -> tuple[subprocess.CompletedProcess[str], list[list[str]]]:
        environment = {
            **os.environ,
            "PATH": f"{folder}:{os.environ['PATH']}",
            "FAIL_AT": fail_at,
            "REDZONES_DATABASE_URL": "postgresql://force.example/live",
        }
        done = subprocess.run(
            [str(EXAMPLE / "run.sh"), *map(str, arguments)],
            check=False,
            capture_output=True,
            text=True,
            env=environment,
            cwd=tmp_path,
        )
        calls = notes.read_text().split("END\n")[:-1] if notes.exists() else []
        return done, [text.splitlines() for text in calls]

    return call


@pytest.mark.real_data
def test_the_script_loads_refreshes_and_exports_files_that_exist(run, cheshire, tmp_path):
    done, calls = run(cheshire, tmp_path / "work")
    assert done.returncode == 0, done.stderr
    words = [[w for w in call if "=" not in w and w != "--quiet"] for call in calls]
    assert words[0] == ["db", "upgrade"]
    assert [w[:2] for w in words[1:5]] == [["load", "boundaries"]] * 4
    assert words[-5] == ["refresh", "--month", "2025-12"]
    assert {w[3] for w in words[-4:]} == {"shp", "gpkg", "geojson", "csv"}
    named = [Path(w) for call in words for w in call if w.startswith(str(cheshire))]
    assert all(path.is_file() for path in named)
    assert sum(path.parent.name == "crime" for path in named) == 12
    assert "site/current/index.html" in done.stdout


@pytest.mark.real_data
def test_the_script_keeps_to_its_work_folder_and_off_a_configured_server(run, cheshire, tmp_path):
    before = {p for p in tmp_path.rglob("*") if "bin" not in p.parts}
    work = tmp_path / "a folder with spaces"
    _, calls = run(cheshire, work)
    for call in calls:
        assert f"config={EXAMPLE / 'redzones.toml'}" in call
        assert f"site={work}/site" in call
        assert f"data={work}/database" in call
        assert "url=none" in call
    written = {p for p in tmp_path.rglob("*") if "bin" not in p.parts} - before
    assert written == {work, tmp_path / "notes"}


@pytest.mark.real_data
def test_the_script_stops_at_the_first_command_that_fails(run, cheshire, tmp_path):
    done, calls = run(cheshire, tmp_path / "work", fail_at="lookup")
    assert done.returncode == 3
    assert "lookup" in calls[-1]
    assert "current/index.html" not in done.stdout


@pytest.mark.parametrize("arguments", [(), ("one",), ("/no/such/folder", "work")])
def test_wrong_arguments_are_refused_with_the_usage(run, arguments):
    done, calls = run(*arguments)
    assert done.returncode == 2
    assert "usage: run.sh DATA_DIR WORK_DIR" in done.stderr
    assert calls == []


def test_the_settings_are_those_of_cheshire_on_open_data(monkeypatch):
    for name in [name for name in os.environ if name.startswith("REDZONES_")]:
        monkeypatch.delenv(name)
    settings = load_settings(EXAMPLE / "redzones.toml")
    assert settings.force.name == "Cheshire"
    assert settings.incidents.counted_sources == ("police.uk street",)
    assert settings.patrol.visits_per_day == 40
