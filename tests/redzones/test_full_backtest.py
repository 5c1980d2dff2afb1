"""The full back-test of a small county: everything is tested, written and printed, and nothing else changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from typer.testing import CliRunner

import redzones.cli.backtest as command
import redzones.full_backtest as full
from db import write
from domain.areas import GeographyKey
from domain.errors import AnalysisError, SourceError
from domain.months import LocalMonth
from redzones.cli import app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from hotspots.results import BacktestResult
    from redzones.demoshire import CountyFiles
    from redzones.settings import Settings

DECEMBER = LocalMonth(2025, 12)


@pytest.fixture(scope="module")
def loaded_engine(engine: Engine, small_county: CountyFiles, load_county: Callable[..., None]) -> Engine:
    load_county(engine, small_county)
    with engine.begin() as connection:
        write.refresh_assignments(connection, small_area=GeographyKey("lsoa", 2021), patrol=GeographyKey("ward", 2025))
    return engine


@pytest.fixture(scope="module")
def settings(quick_settings: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return quick_settings(tmp_path_factory.mktemp("backtest"))


@pytest.fixture(scope="module")
def results(loaded_engine: Engine, settings: Settings) -> tuple[BacktestResult, ...]:
    return full.full_backtest(loaded_engine, settings, month=DECEMBER, test_months=1)


def test_every_set_budget_scope_and_jitter_is_tested(results: tuple[BacktestResult, ...], settings: Settings) -> None:
    assert [r.scoring_set for r in results] == [str(s) for s in settings.hotspots.scoring_sets]
    for result in results:
        assert result.ledger["budget"].unique().tolist() == ["capacity", "0.2 %", "0.5 %", "1 %", "2 %", "5 %"]
        assert set(result.ledger["scope"]) == {"force", "built-up"}
        assert set(result.ledger["jitter_m"]) == {0.0, 35.0, 70.0}


def test_tables_and_a_page_are_written_whole(
    results: tuple[BacktestResult, ...], settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "folder"
    ledger, summary, page = full.write_backtests(results, folder, settings=settings, facts=[("Tested", "December")])
    html = page.read_text()
    assert "http" not in html.replace("http://www.w3.org", "")
    assert html.count("<svg viewBox") >= 6 * len(results)
    assert "<dd>December</dd>" in html
    assert len(pd.read_csv(ledger)) == sum(len(r.ledger) for r in results)
    assert len(pd.read_csv(summary)) == sum(len(r.summary) for r in results)


def test_months_without_data_say_what_to_load(loaded_engine: Engine, settings: Settings) -> None:
    with pytest.raises(AnalysisError, match="no counted incidents from 2017-12"):
        full.full_backtest(loaded_engine, settings, month=LocalMonth(2018, 12), test_months=1)


def test_nominations_are_read_best_first(tmp_path: Path) -> None:
    path = tmp_path / "named.csv"
    path.write_text("name,x,y\nMarket,341210,367130\nEstate,344640,368420\n")
    named = full.read_nominations(path, radius_m=100.0)
    assert (named.x.tolist(), named.y.tolist()) == ([341210.0, 344640.0], [367130.0, 368420.0])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("x\n1\n", "cannot be read"), ("x,y\n", "no row"), ("x,y\n1,2\n1,north\n", "row 3"), (None, "cannot be read")],
)
def test_bad_nominations_say_what_is_wrong(tmp_path: Path, text: str | None, sentence: str) -> None:
    path = tmp_path / "named.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SourceError, match=rf"named.csv: .*{sentence}"):
        full.read_nominations(path, radius_m=100.0)


@pytest.mark.parametrize("is_json", [True, False])
def test_the_command_prints_and_writes(
    results: tuple[BacktestResult, ...], settings: Settings, tmp_path: Path, monkeypatch, is_json: bool
) -> None:
    asked = {}

    def tested(engine: object, given: Settings, **options: object) -> tuple[BacktestResult, ...]:
        asked.update(options)
        return results

    monkeypatch.setattr(full, "full_backtest", tested)
    monkeypatch.setattr(command, "engine_of", lambda ctx: None)
    monkeypatch.setattr(command, "settings_of", lambda ctx: settings)
    words = ["backtest", "--month", "2025-12", "--months", "4", "--out", str(tmp_path)]
    run = CliRunner().invoke(app, ["--quiet", *(["--json"] if is_json else []), *words], catch_exceptions=False)
    assert run.exit_code == 0
    assert (asked["month"], asked["test_months"]) == (DECEMBER, 4)
    assert (tmp_path / "backtest_ledger.csv").is_file()
    if is_json:
        assert [r["chosen"] for r in json.loads(run.stdout)] == [r.chosen for r in results]
