"""What the step of Red Zones takes from a survey: the modelled confidence of patrol areas, and nothing else."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from redzones.perception_in_score import confidence_of

WARD = "ward:2025"


def survey(estimates, force=((("confidence", 0.5, 0.1, "ok")),)):
    names = ["geography", "area_code", "question", "model", "estimate", "state"]
    return SimpleNamespace(
        estimates=pd.DataFrame(estimates, columns=names),
        force=pd.DataFrame(list(force), columns=["question", "estimate", "between_area_sd", "state"]),
    )


def test_only_the_modelled_confidence_of_patrol_areas_counts() -> None:
    known = survey(
        [
            (WARD, "W1", "confidence", "modelled", 0.4, "ok"),
            (WARD, "W2", "confidence", "modelled", None, "no_data"),
            (WARD, "W1", "confidence", "direct", 0.1, "ok"),
            (WARD, "W1", "confidence", "modelled_with_place", 0.1, "ok"),
            (WARD, "W1", "worry_asb", "modelled", 0.1, "ok"),
            ("lsoa:2021", "W3", "confidence", "modelled", 0.1, "ok"),
        ]
    )
    deficits, note = confidence_of(known, geography=WARD)
    assert deficits == {"W1": pytest.approx(1.0)}
    assert note == "Patrol areas of which confidence is known: 1. Without an estimate, and so without a deficit: 1."


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (None, "No perception survey is loaded"),
        (survey([(WARD, "W1", "confidence", "direct", 0.4, "ok")]), "no estimate of confidence by patrol area"),
        (
            survey([(WARD, "W1", "confidence", "modelled", 0.4, "ok")], force=[("confidence", 0.5, 0.1, "no_data")]),
            "no estimate of confidence by patrol area",
        ),
    ],
)
def test_without_an_estimate_there_is_a_reason(known, said) -> None:
    deficits, note = confidence_of(known, geography=WARD)
    assert deficits == {}
    assert said in note
