"""What a run found in the survey comes back as it was written, and no respondent with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.testing import assert_frame_equal

from db import runs
from db.perception import read_perception, write_perception
from domain.months import LocalMonth
from profiles.results import PerceptionResult

if TYPE_CHECKING:
    from sqlalchemy import Connection

STATE = {"state": ["ok", "cannot_tell"], "note": pd.Series([None, "too few answers"], dtype=object)}
AREA = {"geography": ["ward:2025"] * 2, "area_code": ["E01", "E02"]}


def _numbers(*names: str) -> dict[str, list[float]]:
    return {name: [1 / 3, np.nan] for name in names}


def _shares(question: str) -> pd.DataFrame:
    answer = {"code": [1, 2], "answer": [f"{question} one", f"{question} two"]}
    numbers = _numbers("share", "lower", "upper", "force_share")
    return pd.DataFrame({**AREA, **answer, **numbers, "n_respondents": [40, 3], **STATE})


def _result() -> PerceptionResult:
    interval = _numbers("standard_error", "lower", "upper")
    estimates = {
        **AREA, "question": "confidence", "model": ["direct", "modelled"], **_numbers("estimate"), **interval,
        "n_respondents": [40, 0], **_numbers("effective_n", "probability_below_force"), **STATE,
    }  # fmt: skip
    changes = {
        **AREA, "question": "confidence", "from_wave": pd.Series(["2024", None], dtype=object), "to_wave": "2025",
        **_numbers("change"), **interval, "verdict": ["fell", "cannot_tell"], **STATE,
    }  # fmt: skip
    waves = {"wave": ["2025"], "last_day": ["2025-11-30"], "n_respondents": [43], "is_current": [True]}
    force = {"question": ["confidence"], "estimate": [0.5], "between_area_sd": [np.nan]}
    return PerceptionResult(
        waves=pd.DataFrame(waves),
        estimates=pd.DataFrame(estimates),
        force=pd.DataFrame(force),
        channels=_shares("channel"),
        priorities=_shares("priority"),
        changes=pd.DataFrame(changes),
        gaps=pd.DataFrame({**AREA, **_numbers("gap", "lower", "upper", "worry_score", "asb_score"), **STATE}),
        targets=pd.DataFrame({"question": pd.Series([], dtype=object), "goal": pd.Series([], dtype="float64")}),
        low_confidence_probability=0.9,
        notes=("Two age bands were merged.",),
    )


def _run(connection: Connection) -> int:
    return runs.start_or_resume_run(
        connection, month=LocalMonth(2025, 12), fingerprint="abc", config_fingerprint="c", input_fingerprint="i",
        code_version="0", seed=1, settings={}, load_ids=[1],
    ).run_id  # fmt: skip


def test_perception_comes_back_as_it_was_written(connection: Connection) -> None:
    run_id, written = _run(connection), _result()
    assert read_perception(connection, run_id) is None
    for _ in range(2):  # a second attempt takes the place of the first
        write_perception(connection, run_id, written)
    read = read_perception(connection, run_id)
    assert read is not None
    for name in ("waves", "estimates", "force", "channels", "priorities", "changes", "gaps", "targets"):
        assert_frame_equal(getattr(read, name), getattr(written, name), check_dtype=False, check_like=True, rtol=1e-9)
    assert (read.notes, read.low_confidence_probability) == (written.notes, 0.9)
