"""Ids that follow a zone from month to month."""

from __future__ import annotations

import geopandas as gpd
import shapely

from domain.incidents import ScoringSet
from hotspots.zone_ids import match_zone_ids, new_zone_id


def discs(*centres: float) -> list[shapely.Geometry]:
    return [shapely.Point(x, 0).buffer(141) for x in centres]


def old(**zones: float) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"zone_id": list(zones)}, geometry=discs(*zones.values()), crs=27700)


def test_a_zone_that_moves_a_little_keeps_its_id() -> None:
    assert match_zone_ids(discs(40, 5_000), ["n1", "n2"], old(a=0)) == ["a", "n2"]


def test_a_zone_that_only_touches_an_old_one_is_new() -> None:
    assert match_zone_ids(discs(250), ["n1"], old(a=0)) == ["n1"]


def test_the_greatest_overlap_wins_and_the_other_gets_what_is_left() -> None:
    assert match_zone_ids(discs(60, 10), ["n1", "n2"], old(a=0)) == ["n1", "a"]
    assert match_zone_ids(discs(30, 0), ["n1", "n2"], old(a=0, b=80)) == ["b", "a"]


def test_equal_overlaps_go_to_the_better_rank_and_the_lower_old_id() -> None:
    assert match_zone_ids(discs(50, -50), ["n1", "n2"], old(a=0)) == ["a", "n2"]
    assert match_zone_ids(discs(0), ["n1"], old(b=50, a=-50)) == ["a"]


def test_a_fresh_id_that_is_taken_gets_a_suffix() -> None:
    assert match_zone_ids(discs(0, 300, 600), ["n", "n", "n"], None) == ["n", "n-2", "n-3"]
    assert match_zone_ids(discs(9_000), ["a"], old(a=0)) == ["a-2"]


def test_no_zones_before_or_now() -> None:
    assert match_zone_ids([], [], old(a=0)) == []
    assert match_zone_ids(discs(0), ["n"], old()) == ["n"]


def test_ids_are_made_of_the_place_and_differ_between_scoring_sets() -> None:
    ids = {
        new_zone_id(340_120, 366_340, scoring_set=scoring_set, is_british_grid=british)
        for scoring_set in ScoringSet
        for british in (True, False)
    }
    assert ids == {"ST-SJ4012-6634", "AM-SJ4012-6634", "ST-340120-366340", "AM-340120-366340"}
