"""Tables that cross rooms: the agreed columns, or one error with every fault."""

from __future__ import annotations

import pandas as pd
import pytest

from domain.errors import SchemaError
from domain.schemas import AREA_COUNTS, LINKS, check


def test_a_good_table_passes_and_keeps_its_further_columns() -> None:
    frame = pd.DataFrame({"source_code": ["a"], "target_code": ["b"], "share": [1], "extra": [2]})
    checked = check(frame, LINKS)
    assert checked["share"].dtype == "float64"
    assert checked["extra"].tolist() == [2]


def test_all_faults_are_told_together() -> None:
    frame = pd.DataFrame({"area_code": ["a"], "month_index": ["x"], "kind_id": [1], "n": [0]})
    with pytest.raises(SchemaError, match="area_counts") as caught:
        check(frame, AREA_COUNTS)
    text = " ".join(map(str, caught.value.faults))
    assert "is_officer_generated" in text
    assert "month_index" in text
