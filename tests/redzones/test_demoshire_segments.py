"""The segments that Demoshire plants are found again, in several counties and never tuned to one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from domain.areas import GeographyKey
from redzones.demoshire import write_county
from segmentation.segments import SegmentationSettings, find_segments
from sources.people import read_people

KINDS = ["kind_id", "source", "category", "kind", "is_street", "is_officer_generated", "weight"]
COUNTS = ["area_code", "month_index", "kind_id", "is_officer_generated", "n"]


@pytest.mark.parametrize("seed", [2009, 1, 4])
def test_planted_groups_are_recovered_with_an_index_above_nine_tenths(seed: int, tmp_path: Path) -> None:
    files = write_county(tmp_path, seed=seed, n_months=1, n_incidents=3_000)
    tables = [read_people(path, key=GeographyKey("lsoa", 2021)) for path in files.people]
    result = find_segments(
        people=pd.concat([table.frame for table in tables], ignore_index=True),
        variables=[variable for table in tables for variable in table.variables],
        area_counts=pd.DataFrame(columns=COUNTS),
        kinds=pd.DataFrame(columns=KINDS),
        last_month_index=2025 * 12 + 11,
        settings=SegmentationSettings(k_least=3, k_most=7, starts=10, resamples=10),
        rng=np.random.default_rng(1),
    )
    planted = pd.read_csv(files.truth / "planted_groups.csv").set_index("area_code")["group"]
    found = result.membership.set_index("area_code")["group_code"]
    assert adjusted_rand_score(planted.reindex(found.index), found) > 0.9
