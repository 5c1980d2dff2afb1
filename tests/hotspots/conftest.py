"""Ashby, a made-up town of 6 by 4 km: two wards, a market place, an estate, a lone shop, and quiet streets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from domain.incidents import ScoringSet
from domain.months import LocalMonth
from hotspots.red_zones import ZoneSettings

WEST, SOUTH = 340_000.0, 366_000.0
LAST = LocalMonth(2025, 12).index
MARKET, ESTATE, SHOP = (341_210.0, 367_130.0), (344_640.0, 368_420.0), (345_310.0, 366_790.0)

KINDS = pd.DataFrame(
    [
        (0, "Anti-social behaviour", "asb", True, False),
        (1, "Criminal damage and arson", "minor_crime", True, False),
        (2, "Shoplifting", "minor_crime", False, False),
        (3, "Burglary", "other", False, False),
        (4, "Drugs", "other", False, True),
    ],
    columns=["kind_id", "category", "kind", "is_street", "is_officer_generated"],
).assign(source="police.uk street", weight=1.0)


@dataclass(frozen=True)
class Town:
    """What the engine is given about Ashby."""

    places: pd.DataFrame
    counts: pd.DataFrame
    force: gpd.GeoDataFrame
    wards: gpd.GeoDataFrame

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        return {"places": self.places, "place_counts": self.counts, "kinds": KINDS}

    def zone_input(self, **changes) -> dict:
        values = {
            **self.tables, "scoring_set": ScoringSet.STREET, "last_month_index": LAST, "force": self.force,
            "patrol_areas": self.wards, "area_segments": {"E01": "A", "E02": "B"},
            "settings": ZoneSettings(capacity=3), "model": "blend", "previous": None, "rng": np.random.default_rng(7),
        }  # fmt: skip
        return {**values, **changes}

    def test_input(self, **changes) -> dict:
        values = {
            **self.tables, "scoring_set": ScoringSet.STREET, "last_month_index": LAST, "test_months": 6,
            "force": self.force, "capacity": 3, "radius_m": 141.0, "rng": np.random.default_rng(7),
        }  # fmt: skip
        return {**values, **changes}

    def moved(self, east: float, north: float) -> Town:
        """Return the same town somewhere else."""
        return replace(
            self,
            places=self.places.assign(x=self.places["x"] + east, y=self.places["y"] + north),
            force=self.force.set_geometry(self.force.translate(east, north)),
            wards=self.wards.set_geometry(self.wards.translate(east, north)),
        )

    def counting(self, *rows: tuple[int, int, int]) -> Town:
        """Return the town with these counts only: place, months before the last one, and antisocial incidents."""
        counts = pd.DataFrame([count(place_id, LAST - age, n) for place_id, age, n in rows])
        return replace(self, counts=counts if rows else self.counts.iloc[:0])

    def with_force(self, *shapes: shapely.Geometry) -> Town:
        """Return the town in a force of another outline."""
        return replace(self, force=areas(["F"], ["Ashby"], [None], [shapely.union_all(list(shapes))]))

    @property
    def outline(self) -> shapely.Geometry:
        return self.force.geometry.iloc[0]


def areas(codes, names, parents, shapes, crs=27700) -> gpd.GeoDataFrame:
    columns = {"area_code": codes, "area_name": names, "parent_code": parents}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def place(place_id, x, y, location, *, is_inside=True, small_area_code="E01") -> dict:
    return {
        "place_id": place_id, "x": float(x), "y": float(y), "location": location, "is_inside": is_inside,
        "small_area_code": small_area_code, "patrol_code": None,
    }  # fmt: skip


def count(place_id, month_index, n, *, kind_id=0, is_officer_generated=False) -> dict:
    return {
        "place_id": place_id, "month_index": month_index, "kind_id": kind_id,
        "is_officer_generated": is_officer_generated, "n": n,
    }  # fmt: skip


def outline() -> shapely.Geometry:
    return shapely.box(WEST, SOUTH, WEST + 6_000, SOUTH + 4_000)


def make_town(*, n_months: int = 12, seed: int = 1) -> Town:
    """Return Ashby: every street a few incidents, the market place and the estate many, the shop from one point."""
    rng = np.random.default_rng(seed)
    places = [
        place(
            i, WEST + 25 + 10 * rng.integers(0, 595), SOUTH + 25 + 10 * rng.integers(0, 395), f"On or near Street {i}"
        )
        for i in range(200)
    ]
    rate = [0.1] * 200
    for i in range(5):
        street = "Market Place" if i % 2 else "Mill Lane"
        places.append(place(200 + i, MARKET[0] + 30 * (i - 2), MARKET[1], f"On or near {street}"))
        places.append(place(210 + i, ESTATE[0], ESTATE[1] + 30 * (i - 2), "On or near Elm Road", small_area_code="E02"))
        rate += [3.0, 2.0]
    places.append(place(220, *SHOP, "On or near Supermarket", small_area_code="E02"))
    places.append(place(221, WEST - 500, SOUTH + 2_000, "On or near Border Road", is_inside=False))
    rate += [4.0, 9.0]
    counts = []
    for month in range(LAST - n_months + 1, LAST + 1):
        for kind_id, share in ((0, 0.6), (1, 0.2), (2, 0.3), (3, 0.3), (4, 0.2)):
            n = rng.poisson(np.array(rate) * share)
            counts += [count(places[i]["place_id"], month, n[i], kind_id=kind_id) for i in np.flatnonzero(n)]
    halves = [shapely.box(WEST + east, SOUTH, WEST + east + 3_000, SOUTH + 4_000) for east in (0, 3_000)]
    wards = areas(["W1", "W2"], ["Northgate", "Eastfield"], ["D1", "D1"], halves)
    return Town(pd.DataFrame(places), pd.DataFrame(counts), areas(["F"], ["Ashby"], [None], [outline()]), wards)


@pytest.fixture(scope="session")
def ashby() -> Town:
    return make_town()


@pytest.fixture(scope="session")
def reference(real_data: Path) -> Path:
    """Return the folder of the reference cases."""
    return real_data / "reference"
