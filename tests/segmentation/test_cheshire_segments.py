"""Segments of the real Cheshire census."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from domain.areas import GeographyKey
from segmentation.segments import SegmentationSettings, find_segments
from sources.people import read_people

pytestmark = pytest.mark.real_data

TABLES = (
    "census21_pop_agegroup_lsoa21", "census2021-ts021-lsoa", "census2021-ts045-lsoa", "census2021-ts062-lsoa",
    "census2021-ts067-lsoa",
)  # fmt: skip
DISTRICTS = ("Halton ", "Warrington ", "Cheshire East ", "Cheshire West and Chester ")


def test_cheshire_has_several_groups_that_come_back_in_resamples(cheshire: Path) -> None:
    ages = pd.read_csv(cheshire / "people" / "census21_pop_agegroup_lsoa21.csv.gz", usecols=[0, 1])
    codes = frozenset(ages.loc[ages["lsoa21_name"].str.startswith(DISTRICTS), "lsoa21_code"])
    key = GeographyKey("lsoa", 2021)
    tables = [read_people(cheshire / "people" / f"{name}.csv.gz", key=key, areas=codes) for name in TABLES]
    nothing = pd.DataFrame(columns=["area_code", "month_index", "kind_id", "is_officer_generated", "n"])
    kinds = pd.DataFrame(
        columns=["kind_id", "source", "category", "kind", "is_street", "is_officer_generated", "weight"]
    )
    result = find_segments(
        people=pd.concat([table.frame for table in tables], ignore_index=True),
        variables=[variable for table in tables for variable in table.variables],
        area_counts=nothing,
        kinds=kinds,
        last_month_index=2025 * 12 + 11,
        settings=SegmentationSettings(k_least=4, k_most=6, starts=20, resamples=25),
        rng=np.random.default_rng(1),
    )
    assert len(result.membership) == 678
    chosen = result.diagnostics.query("level == 'group' and is_chosen").iloc[0]
    assert chosen["k"] == 5
    assert chosen["stability_ari"] > 0.8
    assert chosen["smallest_share"] >= 0.02
    assert result.segments["name"].is_unique
