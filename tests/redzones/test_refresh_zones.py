"""What a whole refresh says of its zones: repeat callers where the log tells of them."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from domain.months import LocalMonth
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
