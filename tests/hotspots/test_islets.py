"""Islets on which no zone fits: their incidents are counted in a sentence, and those of larger ground are not."""

from __future__ import annotations

import pandas as pd
import shapely

from hotspots.placing import ZoneSettings
from hotspots.zone_table import note_on_islets

ROWS = pd.DataFrame(
    {"x": [50.0, 50.0, 5_000.0], "y": [50.0, 50.0, 5_000.0], "n": [3, 2, 7], "is_own": [True, False, True]}
)
MAINLAND = shapely.box(4_000, 4_000, 6_000, 6_000)
SETTINGS = ZoneSettings(capacity=3)


def note(*ground: shapely.Geometry) -> tuple[str, ...]:
    return note_on_islets(ROWS, shapely.union_all([MAINLAND, *ground]), SETTINGS)


def test_incidents_of_the_kinds_on_an_islet_are_counted() -> None:
    said = "Incidents on ground in the force on which no zone fits: 3 of 10 (a zone needs 60 % of its circle)."
    assert note(shapely.box(0, 0, 100, 100)) == (said,)


def test_an_island_on_which_a_zone_fits_is_not_named() -> None:
    assert note(shapely.box(0, 0, 200, 200)) == ()  # 0.04 km2, and 60 % of a circle of 141 m are 0.0375


def test_islets_that_one_circle_may_join_are_not_named() -> None:
    assert note(shapely.box(0, 0, 150, 150), shapely.box(160, 0, 310, 150)) == ()


def test_an_islet_without_incidents_and_a_force_without_islets_say_nothing() -> None:
    assert note(shapely.box(900, 900, 950, 950)) == ()
    assert note() == ()
