"""The full back-test of a small county: everything is tested, written and printed, and nothing else changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal
from typer.testing import CliRunner

import redzones.cli.backtest as command
import redzones.full_backtest as full
from db import backtests, write
from domain.areas import GeographyKey
from domain.errors import AnalysisError, SettingsError, SourceError
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
def tested(loaded_engine: Engine, settings: Settings) -> full.FullBacktest:
    return full.full_backtest(loaded_engine, settings, month=DECEMBER, test_months=1)


@pytest.fixture(scope="module")
def results(tested: full.FullBacktest) -> tuple[BacktestResult, ...]:
    return tested.results


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


def test_the_ledger_is_kept_with_every_origin_and_the_same_again_takes_its_place(
    loaded_engine: Engine, settings: Settings, tested: full.FullBacktest
) -> None:
    with loaded_engine.begin() as connection:
        kept = backtests.read_ledger(connection, tested.ledger_id)
        listed = backtests.ledger_list(connection)
    assert listed["ledger_id"].tolist() == [tested.ledger_id]
    for read, written in zip(kept, tested.results, strict=True):
        assert_frame_equal(read.ledger, written.ledger, check_dtype=False)
        assert (read.chosen, read.reason) == (written.chosen, written.reason)
        assert read.origins["origin"].nunique() == 9
        keys = ["candidate", "month", "budget", "scope", "jitter_m"]
        means = read.origins.groupby(keys)["hits"].mean()
        assert_series_equal(means, written.ledger.set_index(keys)["hits"].sort_index(), rtol=1e-9)
    quick = settings.model_copy(update={"hotspots": settings.hotspots.model_copy(update={"scoring_sets": ()})})
    numbers = [full.full_backtest(loaded_engine, quick, month=DECEMBER, test_months=1).ledger_id for _ in range(2)]
    with loaded_engine.begin() as connection:
        assert backtests.ledger_list(connection)["ledger_id"].tolist() == [numbers[1], tested.ledger_id]


def test_blocks_of_days_are_tested_where_incidents_have_one(loaded_engine: Engine, settings: Settings) -> None:
    sets = settings.hotspots.model_copy(update={"scoring_sets": settings.hotspots.scoring_sets[:1]})
    dated = settings.model_copy(update={"hotspots": sets})
    result = full.full_backtest(loaded_engine, dated, month=DECEMBER, test_months=1, period="28-days")
    (only,) = result.results
    assert result.period == "28-day block"
    assert only.ledger["month"].unique().tolist() == ["28 days from 2025-12-04"]
    assert {"spread counts", "near repeats", "prior counts, 13 months"} <= set(only.ledger["candidate"])


def test_an_unknown_period_says_which_are_known(loaded_engine: Engine, settings: Settings) -> None:
    with pytest.raises(SettingsError, match="fortnight is no period"):
        full.full_backtest(loaded_engine, settings, month=DECEMBER, test_months=1, period="fortnight")


def test_month_only_data_cannot_be_tested_by_week(loaded_engine: Engine, settings: Settings) -> None:
    monthly = settings.model_copy(
        update={
            "incidents": settings.incidents.model_copy(update={"timed_sources": settings.incidents.counted_sources})
        }
    )
    with pytest.raises(AnalysisError, match="has a day, only a month"):
        full.full_backtest(loaded_engine, monthly, month=DECEMBER, test_months=1, period="week")


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

    def test(engine: object, given: Settings, **options: object) -> full.FullBacktest:
        asked.update(options)
        return full.FullBacktest(results, 7, "month", 4)

    monkeypatch.setattr(full, "full_backtest", test)
    monkeypatch.setattr(command, "engine_of", lambda ctx: None)
    monkeypatch.setattr(command, "settings_of", lambda ctx: settings)
    words = ["backtest", "--month", "2025-12", "--months", "4", "--out", str(tmp_path)]
    run = CliRunner().invoke(app, ["--quiet", *(["--json"] if is_json else []), *words], catch_exceptions=False)
    assert run.exit_code == 0
    assert (asked["month"], asked["test_months"]) == (DECEMBER, 4)
    assert (tmp_path / "backtest_ledger.csv").is_file()
    if is_json:
        said = json.loads(run.stdout)
        assert said["ledger"] == 7
        assert [r["chosen"] for r in said["sets"]] == [r.chosen for r in results]
