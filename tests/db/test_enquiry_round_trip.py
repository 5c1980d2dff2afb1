"""Lines of enquiry come back from the database as they were written, with the rules as they stood."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.testing import assert_frame_equal

from db import runs
from db.enquiry import read_enquiry, write_enquiry
from domain.months import LocalMonth
from profiles.results import EnquiryResult

if TYPE_CHECKING:
    from sqlalchemy import Connection


def _result() -> EnquiryResult:
    lines = pd.DataFrame(
        {
            "geography": "ward:2025", "area_code": ["W1", "W1"], "rule_id": ["b", "a"],
            "state": ["triggered", "not_evaluated"], "certainty": [0.98, np.nan], "evidence": ["20 (18 to 22).", ""],
            "reason": ["", "needs a perception survey"],
        }
    )  # fmt: skip
    rules = pd.DataFrame(
        {"rule_id": ["a", "b"], "title": ["A", "B"], "group": "problem", "meaning": "m", "check_first": [["x"], ["y"]],
         "interventions": [["i"], ["i"]], "drivers": [["issues"], ["feedback"]], "paragraph": "¶20"}
    )  # fmt: skip
    library = pd.DataFrame({"id": ["i"], "name": ["Patrol"], "year": [2019]})
    return EnquiryResult(lines, rules, library, pd.DataFrame({"pair": ["a and b"], "estimate": [0.25]}), "A note.",
                         {"Burglary rises": "burglary_rate"})  # fmt: skip


def test_lines_come_back_as_they_were_written(connection: Connection) -> None:
    run_id = runs.start_or_resume_run(
        connection, month=LocalMonth(2025, 12), fingerprint="abc", config_fingerprint="c", input_fingerprint="i",
        code_version="0", seed=1, settings={}, load_ids=[1],
    ).run_id  # fmt: skip
    assert read_enquiry(connection, run_id) is None
    written = _result()
    for _ in range(2):  # a second attempt takes the place of the first
        write_enquiry(connection, run_id, written)
    read = read_enquiry(connection, run_id)
    assert read is not None
    for name in ("lines", "rules", "interventions", "correlations"):
        assert_frame_equal(getattr(read, name), getattr(written, name), check_dtype=False)
    assert read.correlation_note == "A note."
    assert read.set_aside == {"Burglary rises": "burglary_rate"}
    write_enquiry(connection, run_id, replace(written, set_aside={}))
    again = read_enquiry(connection, run_id)
    assert again is not None
    assert again.set_aside == {}
