"""What a whole refresh says of its zones: repeat callers where the log tells, and weights by public priorities."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from db.results import read_backtests, read_zones
from domain.incidents import ScoringSet
from domain.months import LocalMonth
from redzones.demoshire import write_county
from redzones.refresh import refresh

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from redzones.demoshire import CountyFiles
    from redzones.settings import Settings

DECEMBER = LocalMonth(2025, 12)


@pytest.fixture(scope="module")
def loaded_engine(engine: Engine, small_county: CountyFiles, load_county: Callable[..., None]) -> Engine:
    """Return an engine of a database into which the small county is loaded."""
    load_county(engine, small_county)
    return engine


def _zones(site: Path) -> list[dict[str, str]]:
    with (site / "current" / "exports" / "red-zones-street.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_zones_of_a_log_tell_of_repeat_callers_and_flag_where_they_stand_behind_a_third(
    loaded_engine: Engine, quick_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    plain = quick_settings(tmp_path / "site")
    from_log = plain.incidents.model_copy(update={"counted_sources": ("demoshire log",)})
    refresh(loaded_engine, plain.model_copy(update={"incidents": from_log}), month=DECEMBER)
    zones = _zones(tmp_path / "site")
    shares = [float(zone["repeat_caller_share"]) for zone in zones]
    assert [zone["has_repeat_callers"] == "1" for zone in zones] == [share >= 1 / 3 for share in shares]
    flagged = [zone for zone in zones if zone["has_repeat_callers"] == "1"]
    assert 0 < len(flagged) < len(zones)
    page = (tmp_path / "site" / "current" / "force.html").read_text(encoding="utf-8")
    assert page.count("Repeat callers: see who needs help before patrol") >= len(flagged)
    assert "Whether repeat callers stand behind a zone is not known" not in page


def test_zones_of_open_data_say_that_repeat_callers_are_not_known(
    loaded_engine: Engine, quick_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    refresh(loaded_engine, quick_settings(tmp_path / "site"), month=DECEMBER)
    zones = _zones(tmp_path / "site")
    assert {(zone["repeat_caller_share"], zone["has_repeat_callers"]) for zone in zones} == {("", "")}
    page = (tmp_path / "site" / "current" / "force.html").read_text(encoding="utf-8")
    assert "Whether repeat callers stand behind a zone is not known for any zone" in page


def test_priorities_of_the_survey_weigh_kinds_and_both_lists_and_the_weights_are_shown(
    loaded_engine: Engine, quick_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    plain = quick_settings(tmp_path / "site")
    options = {"priority_weights": "survey", "confidence_strength": 0.0}
    weighing = plain.model_copy(update={"hotspots": plain.hotspots.model_copy(update=options)})
    report = refresh(loaded_engine, weighing, month=DECEMBER)
    with loaded_engine.connect() as connection:
        found = read_zones(connection, report.run_id)["street"]
    lists = found.comparison
    assert lists is not None
    assert (lists.state, lists.is_published, lists.weighs_kinds, lists.strength) == ("ok", True, True, 0.0)
    on_it = lists.zones.dropna(subset=["rank_with"]).sort_values("rank_with")
    assert on_it["name"].tolist() == found.zones["name"].tolist()
    assert len(lists.periods) == 2
    site = tmp_path / "site" / "current"
    for name in ("force.html", "method.html"):
        page = " ".join((site / name).read_text(encoding="utf-8").split())
        assert "Kinds weigh what people name as priorities (survey), in " in page
        assert "No kind here: Drug dealing, Something else, Speeding and parking." in page
        assert "Red Zones without and with confidence and priorities (c = 0.00)" in page
        assert "The list with confidence and priorities is the one that is published." in page


def test_weights_of_priorities_that_nobody_recorded_are_said_to_change_nothing(
    loaded_engine: Engine, quick_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    plain = quick_settings(tmp_path / "site")
    options = {"priority_weights": "recorded", "scoring_sets": (ScoringSet.STREET,)}
    weighing = plain.model_copy(update={"hotspots": plain.hotspots.model_copy(update=options)})
    refresh(loaded_engine, weighing, month=DECEMBER)
    page = (tmp_path / "site" / "current" / "force.html").read_text(encoding="utf-8")
    assert "Every kind weighs 1: weights by public priorities (recorded) are set, but no priority of the" in page
    assert "with confidence and priorities" not in page


def test_two_years_let_the_season_be_tried_and_expected_incidents_follow_it(
    fresh_engine: Engine,
    load_county: Callable[..., None],
    quick_settings: Callable[..., Settings],
    tmp_path: Path,
) -> None:
    county = write_county(tmp_path / "county", n_small_areas=60, n_months=27, n_incidents=12_000)
    load_county(fresh_engine, county)
    plain = quick_settings(tmp_path / "site")
    street = plain.hotspots.model_copy(update={"scoring_sets": (ScoringSet.STREET,)})
    report = refresh(fresh_engine, plain.model_copy(update={"hotspots": street}), month=DECEMBER)
    with fresh_engine.connect() as connection:
        tested = read_backtests(connection, report.run_id)["street"]
    of_ground = tested.ledger[tested.ledger["scope"] == "force"]
    assert set(of_ground.loc[of_ground["candidate"] == "same season", "month"]) == {"2025-11", "2025-12"}
    assert "Not tried" not in tested.reason
    site = tmp_path / "site" / "current"
    page = (site / "force.html").read_text(encoding="utf-8")
    assert "Expected incidents are for the month to come, which in this force sees" in page
    assert "(2 years read)" in page
    assert "same season" in (site / "backtest.html").read_text(encoding="utf-8")
