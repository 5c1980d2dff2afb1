"""Settings: defaults, the file, the environment, and clear faults."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from domain.errors import SettingsError
from redzones.settings import Settings, load_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REDZONES_CONFIG", raising=False)
    monkeypatch.delenv("REDZONES_DATABASE_URL", raising=False)


def test_defaults_are_great_britain() -> None:
    settings = load_settings()
    assert settings.geography.analysis_epsg == 27700
    assert settings.force.time_zone == "Europe/London"
    assert settings.database_url is None


def test_file_is_read_and_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "redzones.toml"
    file.write_text('[force]\nname = "Borsetshire"\n[patrol]\nvisits_per_day = 30\n')
    monkeypatch.setenv("REDZONES_PATROL__VISITS_PER_DAY", "44")
    settings = load_settings()
    assert settings.force.name == "Borsetshire"
    assert settings.patrol.visits_per_day == 44


def test_every_fault_is_named_together(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text('[force]\ntime_zone = "Mars/Olympus"\n[geography]\nanalysis_epsg = 4326\npatrol = "beat"\n')
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    text = caught.value.message
    assert "Mars/Olympus" in text
    assert "not a projected reference system" in text
    assert '"beat" is not a geography' in text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[forse]\nname = 'x'\n", "unknown setting forse"),
        ("[force]\nnaem = 'x'\n", "force.naem"),
        ("[force\n", "cannot be read"),
    ],
)
def test_a_misspelt_or_broken_file_is_refused(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(content)
    with pytest.raises(SettingsError, match=words):
        load_settings(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        load_settings(tmp_path / "absent.toml")


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDZONES_DATABASE_URL", "postgresql://me:hunter2@db/redzones")
    settings = load_settings()
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings.analysis_settings())


def test_a_place_weight_that_leaves_no_people_is_refused_by_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDZONES_SEGMENTS__PLACE_WEIGHT", "1")
    with pytest.raises(SettingsError, match=r"segments\.place_weight"):
        load_settings()
    monkeypatch.setenv("REDZONES_SEGMENTS__PLACE_WEIGHT", "0.99")
    assert load_settings().segments.place_weight == 0.99


TARGET = """
[perception.target]
owner = "Chief Constable"
baseline = 0.52
baseline_day = 2025-04-01
end_day = 2028-03-31
rise = 6
unit = "points"
"""


def test_a_target_is_set_whole_and_there_is_none_by_default(tmp_path):
    file = tmp_path / "redzones.toml"
    file.write_text("", encoding="utf-8")
    assert load_settings(file).perception.target is None
    file.write_text(TARGET, encoding="utf-8")
    target = load_settings(file).perception.target
    assert target is not None
    assert (target.question, target.rise, target.unit) == ("confidence", 6.0, "points")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TARGET.replace('unit = "points"\n', ""), "unit"),
        (TARGET.replace("2028", "2024"), "a target ends after it begins"),
        (TARGET.replace("rise = 6", "rise = 60"), "cannot be"),
        ('[perception]\ncovariates = ["imd_score"]', "recorded crime or ASB"),
        ("[perception]\nmost_half_width_points = 12", "less than or equal to 10"),
    ],
)
def test_settings_of_the_survey_that_make_no_sense_are_refused(tmp_path, text, message):
    file = tmp_path / "redzones.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        load_settings(file)


def test_the_number_of_processors_changes_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    one, three = Settings(processors=1), Settings(processors=3)
    assert (one.n_processors, three.n_processors) == (1, 3)
    assert one.analysis_settings() == three.analysis_settings()
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 5}, raising=False)
    assert Settings().n_processors == 2
    with pytest.raises(ValidationError):
        Settings(processors=0)
