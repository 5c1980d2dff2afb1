"""The refresh: the whole way through, twice the same, resumed where it broke off, and one switch."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

import redzones.refresh as refresh_module
from db.runs import live_publication, refresh_lock, runs_list
from db.schema import upgrade
from domain.errors import AnalysisError, LockedError, PublicationError
from domain.months import LocalMonth
from redzones.publish import rollback
from redzones.refresh import refresh

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from redzones.demoshire import CountyFiles
    from redzones.settings import Settings

DECEMBER = LocalMonth(2025, 12)
STEPS = [
    "join",
    "profiles",
    "segments",
    "perception",
    "red zones",
    "significance",
    "visibility",
    "red times",
    "enquiry",
    "communication",
    "equality",
    "transparency",
]


@pytest.fixture(scope="module")
def loaded_engine(engine: Engine, small_county: CountyFiles, load_county: Callable[..., None]) -> Engine:
    """Return an engine of a database into which the small county is loaded."""
    load_county(engine, small_county)
    return engine


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "publication.js"
    }


@pytest.fixture(scope="module")
def first_site(
    loaded_engine: Engine, quick_settings: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, refresh_module.RefreshReport]:
    """Return the site of a first refresh and what it reported."""
    site = tmp_path_factory.mktemp("first") / "site"
    return site, refresh(loaded_engine, quick_settings(site, processors=2), month=DECEMBER)


def test_a_refresh_goes_the_whole_way(first_site: tuple[Path, refresh_module.RefreshReport]) -> None:
    site, report = first_site
    assert [step.name for step in report.steps] == STEPS
    assert not any(step.is_reused for step in report.steps)
    assert report.site.is_file()
    assert (site / "current").resolve().name == report.fingerprint
    told = json.loads((site / "current" / "report.json").read_text())
    assert told["run"] == report.fingerprint
    assert (site / "current" / "exports" / "red-zones-street.shp.zip").is_file()


def test_the_same_refresh_again_changes_nothing(
    loaded_engine: Engine,
    quick_settings: Callable[..., Settings],
    first_site: tuple[Path, refresh_module.RefreshReport],
) -> None:
    site, first = first_site
    before = _hashes(site)
    again = refresh(loaded_engine, quick_settings(site), month=DECEMBER)
    assert again.is_unchanged
    assert again.run_id == first.run_id
    assert all(step.is_reused for step in again.steps)
    assert _hashes(site) == before


def test_another_database_with_other_numbers_and_one_processor_gives_the_same_bytes(
    empty_database: Callable[[], Engine],
    small_county: CountyFiles,
    load_county: Callable[..., None],
    quick_settings: Callable[..., Settings],
    first_site: tuple[Path, refresh_module.RefreshReport],
    tmp_path: Path,
) -> None:
    other = empty_database()
    upgrade(other, analysis_epsg=27700)
    with other.begin() as connection:
        for table in ("load", "incident_kind", "place", "siting"):
            sequence = text("SELECT setval(pg_get_serial_sequence(:table, :column), 5000)")
            names = {"incident_kind": "kind_id"}
            connection.execute(sequence, {"table": table, "column": names.get(table, f"{table}_id")})
    load_county(other, small_county)
    report = refresh(other, quick_settings(tmp_path / "site", processors=1), month=DECEMBER)
    site, first = first_site
    assert report.fingerprint == first.fingerprint
    mine, theirs = _hashes(tmp_path / "site" / "current"), _hashes(site / "runs" / first.fingerprint)
    assert mine.keys() == theirs.keys()
    assert [name for name in mine if mine[name] != theirs[name]] == []


def test_a_refresh_that_broke_off_resumes_at_the_step_that_failed(
    loaded_engine: Engine, quick_settings: Callable[..., Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = quick_settings(tmp_path / "site", seed=77)

    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("redzones.steps.times.red_times_of", full_disk)
        with pytest.raises(OSError, match="No space left"):
            refresh(loaded_engine, settings, month=DECEMBER)
    assert not (tmp_path / "site" / "current").exists()
    with loaded_engine.connect() as connection:
        assert runs_list(connection)["state"].tolist()[0] == "failed"
    report = refresh(loaded_engine, settings, month=DECEMBER)
    names = [step.name for step in report.steps]
    failed = names.index("red times")
    assert [step.name for step in report.steps if step.is_reused] == names[:failed]
    assert (tmp_path / "site" / "current" / "index.html").is_file()


def test_a_site_that_cannot_be_built_leaves_the_last_publication(
    loaded_engine: Engine,
    quick_settings: Callable[..., Settings],
    first_site: tuple[Path, refresh_module.RefreshReport],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import redzones.publish as publish_module

    site, first = first_site
    before = _hashes(site)

    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(publish_module, "build_site", full_disk)
        with pytest.raises(PublicationError, match="No space left"):
            refresh(loaded_engine, quick_settings(site, seed=5), month=DECEMBER)
    assert _hashes(site) == before
    assert (site / "current").resolve().name == first.fingerprint


def test_publishing_another_run_and_going_back(
    loaded_engine: Engine,
    quick_settings: Callable[..., Settings],
    first_site: tuple[Path, refresh_module.RefreshReport],
) -> None:
    site, first = first_site
    settings = quick_settings(site, seed=6)
    second = refresh(loaded_engine, settings, month=DECEMBER)
    assert (site / "current").resolve().name == second.fingerprint != first.fingerprint
    _, now_live = rollback(loaded_engine, settings)
    assert now_live == first.fingerprint
    assert (site / "current").resolve().name == first.fingerprint
    with loaded_engine.connect() as connection:
        assert live_publication(connection, "force") == (first.run_id, first.fingerprint)


def test_two_refreshes_at_once_are_refused(
    loaded_engine: Engine, quick_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    with refresh_lock(loaded_engine), pytest.raises(LockedError, match="another refresh is at work"):
        refresh(loaded_engine, quick_settings(tmp_path / "site"), month=DECEMBER)


def test_two_sources_of_the_same_months_are_never_added_silently(
    loaded_engine: Engine, quick_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = quick_settings(tmp_path / "site")
    both = settings.incidents.model_copy(update={"counted_sources": ()})
    with pytest.raises(AnalysisError, match="counted twice"):
        refresh(loaded_engine, settings.model_copy(update={"incidents": both}), month=DECEMBER)


def test_of_two_sources_the_remedy_names_the_one_that_can_score() -> None:
    months = {"searches": frozenset({24}), "street": frozenset({24})}
    with pytest.raises(AnalysisError, match="counted twice") as caught:
        refresh_module._check_overlap(("searches", "street"), months, lambda: {"searches": 0, "street": 5}, last=24)
    assert '["street"]: searches holds only what never scores' in str(caught.value.hint)
    both = {"a": frozenset({1}), "b": frozenset({1})}
    with pytest.raises(AnalysisError) as caught:
        refresh_module._check_overlap(("a", "b"), both, lambda: {"a": 3, "b": 5}, last=1)
    assert '["b"] (or the other)' in str(caught.value.hint)
    refresh_module._check_overlap(("a", "b"), both, dict, last=0)  # overlaps after the month asked for do not matter


@pytest.mark.parametrize(
    ("month", "words"), [(LocalMonth(2030, 1), "no counted incidents of 2030-01"), (LocalMonth(2019, 1), "2019-01")]
)
def test_a_month_without_data_is_refused(
    loaded_engine: Engine, quick_settings: Callable[..., Settings], tmp_path: Path, month: LocalMonth, words: str
) -> None:
    with pytest.raises(AnalysisError, match=words) as caught:
        refresh(loaded_engine, quick_settings(tmp_path / "site"), month=month)
    assert "The last loaded month is 2025-12" in str(caught.value.hint)


def test_a_month_after_the_wards_of_the_settings_have_ended_is_refused(
    loaded_engine: Engine, quick_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    with loaded_engine.begin() as connection:
        connection.execute(text("UPDATE geography SET valid_to = '2025-11-30' WHERE name = 'ward'"))
    try:
        with pytest.raises(AnalysisError, match="ward:2025 is in force to 2025-11-30, not in 2025-12"):
            refresh(loaded_engine, quick_settings(tmp_path / "site"), month=DECEMBER)
    finally:
        with loaded_engine.begin() as connection:
            connection.execute(text("UPDATE geography SET valid_to = NULL"))


def test_an_empty_database_says_what_to_load(
    fresh_engine: Engine, quick_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    with pytest.raises(AnalysisError, match="no boundaries of lsoa:2021") as caught:
        refresh(fresh_engine, quick_settings(tmp_path / "site"), month=DECEMBER)
    assert "redzones load boundaries" in str(caught.value.hint)
