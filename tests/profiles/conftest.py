"""Surveyland: forty patrol areas in two units, whose people answer a survey with planted confidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pytest

from domain.surveys import SurveyQuestion, SurveyWave
from profiles.perception_inputs import AreasOfForce
from profiles.survey_groups import SurveyAnswers

YES_NO = ((1, "Agree"), (2, "Disagree"), (8, "Don't know"))
QUESTIONS = (
    SurveyQuestion("confidence", "Do they deal with what matters?", YES_NO, (1,), (8,), (9,)),
    SurveyQuestion("worry_asb", "Are you worried?", YES_NO, (1,), (8,), (9,)),
    SurveyQuestion("priority", "What first?", ((1, "ASB"), (2, "Speeding")), ()),
    SurveyQuestion("preferred_channel", "How?", ((1, "Email"), (2, "Letter"), (3, "Visit")), ()),
)
PATROL = [f"W{i:02d}" for i in range(40)]
UNITS = {"U1": "Northgate", "U2": "Southgate"}


@dataclass(frozen=True)
class Surveyland:
    """Makers of waves and areas, and the truth."""

    truth: pd.Series
    areas: AreasOfForce
    wave: Callable[..., SurveyAnswers]


def make_wave(truth: pd.Series, *, seed: int = 1, per_area: int = 80, rise: float = 0.0, **facts) -> SurveyAnswers:
    """Draw a wave: `per_area` simple random respondents in every patrol area but the last two."""
    rng = np.random.default_rng(seed)
    area = np.repeat(PATROL[:-2], per_area)
    n = len(area)
    chance = truth[area].to_numpy() + rise
    frame = pd.DataFrame(
        {
            "row_number": np.arange(2, n + 2), "respondent": [str(i) for i in range(n)], "area_code": area,
            "weight": rng.choice([1.0, 2.0], n), "stratum": None, "psu": None,
            "age_band": rng.choice(["16-64", "65+"], n, p=[0.6, 0.4]), "sex": None, "ethnicity": None, "tenure": None,
            "channel": None, "answer_confidence": np.where(rng.random(n) < chance, 1.0, 2.0),
            "answer_worry_asb": np.where(rng.random(n) < 0.8 - chance, 1.0, 2.0),
            "answer_priority": rng.choice([1.0, 2.0], n, p=[0.7, 0.3]),
            "answer_preferred_channel": rng.choice([1.0, 2.0, 3.0], n),
        }
    )  # fmt: skip
    stated = {
        "survey": "S", "wave": "2025", "first_day": date(2025, 9, 1), "last_day": date(2025, 11, 28), "mode": "post",
        "frame": "addresses", "response_rate": None, "questions": QUESTIONS, "margins": ("age_sex",), **facts,
    }  # fmt: skip
    units = {code: "U1" if i % 2 else "U2" for i, code in enumerate(PATROL)}
    return SurveyAnswers(SurveyWave(**stated), frame, {}, {code: code for code in PATROL}, units)


@pytest.fixture(scope="session")
def surveyland() -> Surveyland:
    """Return the place, its planted confidence, and a maker of waves."""
    rng = np.random.default_rng(7)
    hardship = rng.normal(size=40)
    truth = pd.Series(0.5 - 0.045 * hardship + rng.normal(0, 0.045, 40), index=PATROL)
    rate = 20 * np.exp(0.3 * rng.normal(size=40))
    areas = AreasOfForce(
        patrol_key="ward:2025",
        unit_key="district:2025",
        patrol_codes=PATROL,
        unit_names=UNITS,
        segments=None,
        population=pd.DataFrame({"age_16_64": [8e4, 7e4], "age_65_over": [2e4, 3e4]}, index=list(UNITS)),
        metrics=pd.DataFrame({"income_deprivation": 15 + 5 * hardship, "age_65_over": rng.normal(20, 4, 40)}, PATROL),
        asb=pd.DataFrame({"estimate": rate, "lower": rate - 4, "upper": rate + 4}, index=PATROL),
    )

    def wave(**options) -> SurveyAnswers:
        return make_wave(truth, **options)

    return Surveyland(truth, areas, wave)
