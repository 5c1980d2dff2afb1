"""The survey of Demoshire as a force's contractor would deliver it: a CSV and a mapping for each wave."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from domain.months import LocalMonth
from redzones.demoshire.county import County
from redzones.demoshire.opinion import CHANNELS, PRIORITIES, WAVE_MEANS, Opinion, interview
from redzones.demoshire.people import People
from redzones.demoshire.writers import write_table

__all__ = ["coded_wave", "wave_mapping", "write_opinion_truth", "write_survey"]

_PER_WARD = 80
_AGES = {"1": "16-24", "2": "25-34", "3": "35-49", "4": "50-64", "5": "65+"}
_SEXES = {"1": "female", "2": "male"}
_ETHNICITIES = {"1": "Asian", "2": "Black", "3": "Mixed", "4": "White", "5": "Other"}
_TENURES = {"1": "owned", "2": "social rented", "3": "private rented"}
_CONFIDENCE = (
    "It is the responsibility of the police and local council working in partnership to deal with antisocial behaviour "
    "and crime issues in your local area. How much would you agree or disagree that the police and local council are "
    "dealing with the antisocial behaviour and crime issues that matter in this area?"
)
_OLD_CONFIDENCE = "Taking everything into account, do you have confidence in the police in this area?"


@dataclass(frozen=True, slots=True)
class _Scale:
    """Column, wording and labels of a question; shares of its codes among those who agree and those who do not."""

    name: str
    column: str
    wording: str
    labels: tuple[str, ...]
    agree: tuple[float, ...]
    rest: tuple[float, ...]


_FREQUENT = ("Very worried", "Fairly worried", "Not very worried", "Not at all worried")
_SCALES = (
    _Scale(
        "confidence", "Q1_CONF", _CONFIDENCE,
        ("Strongly agree", "Tend to agree", "Neither agree nor disagree", "Tend to disagree", "Strongly disagree"),
        (0.25, 0.75), (0.45, 0.33, 0.15),
    ),
    _Scale(
        "worry_asb", "Q2_WORRY", "How worried are you about antisocial behaviour in this area?", _FREQUENT,
        (0.3, 0.7), (0.6, 0.4),
    ),
    _Scale(
        "perceived_asb", "Q3_ASBPROB", "How much of a problem is antisocial behaviour in this area?",
        ("A very big problem", "A fairly big problem", "Not a very big problem", "Not a problem at all"),
        (0.25, 0.75), (0.55, 0.45),
    ),
    _Scale(
        "informed", "Q4_INFORM", "How well informed do you feel about what the police in this area are doing?",
        ("Very well informed", "Fairly well informed", "Not very well informed", "Not at all informed"),
        (0.2, 0.8), (0.65, 0.35),
    ),
)  # fmt: skip
_DONT_KNOW_SHARE = 0.07


def write_survey(
    folder: Path, opinion: Opinion, county: County, people: People, *, last_month: LocalMonth, rng: np.random.Generator
) -> tuple[tuple[Path, Path], ...]:
    """
    Write the waves, the last of which ends the month before the last one; return file and mapping of each.

    The first wave was taken by telephone with another wording: the series is broken after it.
    """
    found = []
    for wave in range(len(WAVE_MEANS)):
        last = last_month.shift(-1 - 12 * (len(WAVE_MEANS) - 1 - wave))
        drawn = interview(opinion, county, people, wave=wave, per_ward=_PER_WARD, rng=rng)
        path = folder / f"demoshire-survey-{last.year}.csv"
        write_table(path, coded_wave(drawn, last, rng))
        mapping = path.with_suffix(".toml")
        mapping.write_text(wave_mapping(last, is_first=wave == 0), encoding="utf-8", newline="\n")
        found.append((path, mapping))
    return tuple(found)


def coded_wave(drawn: pd.DataFrame, last: LocalMonth, rng: np.random.Generator) -> pd.DataFrame:
    """Return a drawn wave in the contractor's own columns and codes."""
    n = len(drawn)
    columns = {
        "SERIAL": [f"{last.year}-{i:05d}" for i in range(1, n + 1)], "LSOA21CD": drawn["lsoa"],
        "WT_DESIGN": drawn["adults"].astype(float), "STRATUM": drawn["stratum"], "SAMPPT": drawn["point"],
        "AGEBAND": drawn["age"] + 1, "SEX": drawn["sex"] + 1, "ETH5": drawn["ethnicity"] + 1,
        "TENURE3": drawn["tenure"] + 1,
    }  # fmt: skip
    for scale in _SCALES:
        agrees = drawn[scale.name].to_numpy() == 1
        code = np.where(
            agrees,
            1 + rng.choice(len(scale.agree), size=n, p=_shares(scale.agree)),
            1 + len(scale.agree) + rng.choice(len(scale.rest), size=n, p=_shares(scale.rest)),
        )
        columns[scale.column] = np.where(~agrees & (rng.random(n) < _DONT_KNOW_SHARE), 8, code)
    columns |= {"Q5_PRIOR": drawn["priority"] + 1, "Q6_CHAN": drawn["channel"] + 1}
    return pd.DataFrame(columns)


def _shares(weights: tuple[float, ...]) -> list[float]:
    return [weight / sum(weights) for weight in weights]


def wave_mapping(last: LocalMonth, *, is_first: bool) -> str:
    """Return the mapping of a wave, as a force would write it."""
    first = last.shift(-2)
    mode = "telephone" if is_first else "face to face"
    frame = "random digit dialling" if is_first else "postcode address file"
    lines = [
        "# One wave of the neighbourhood survey: its facts, its columns, its questions exactly as they were asked.",
        'survey = "Demoshire neighbourhood survey"', f'wave = "{last.year}"',
        f"first_day = {first.first_day.isoformat()}", f"last_day = {last.first_day.replace(day=28).isoformat()}",
        f'mode = "{mode}"', f'frame = "{frame}"', "response_rate = 0.46", 'geography = "lsoa:2021"',
        'margins = ["age_sex", "ethnicity", "tenure"]', "", "[columns]", 'respondent = "SERIAL"',
        'area_code = "LSOA21CD"', 'weight = "WT_DESIGN"', 'stratum = "STRATUM"', 'psu = "SAMPPT"',
        'age_band = "AGEBAND"', 'sex = "SEX"', 'ethnicity = "ETH5"', 'tenure = "TENURE3"', "",
    ]  # fmt: skip
    recodes = (("age_band", _AGES), ("sex", _SEXES), ("ethnicity", _ETHNICITIES), ("tenure", _TENURES))
    for name, words in recodes:
        lines += [f"[recodes.{name}]", *(f'{code} = "{word}"' for code, word in words.items()), ""]
    for scale in _SCALES:
        wording = _OLD_CONFIDENCE if is_first and scale.name == "confidence" else scale.wording
        lines += _question(scale.name, scale.column, wording, scale.labels)
        lines += [f"agree = {list(range(1, 1 + len(scale.agree)))}", "dont_know = [8]", ""]
    for name, column, wording, labels in (
        ("priority", "Q5_PRIOR", "Which one of these should the police here deal with first?", PRIORITIES),
        ("preferred_channel", "Q6_CHAN", "How would you most like to hear from the police here?", CHANNELS),
    ):
        lines += [*_question(name, column, wording, labels), ""]
    return "\n".join(lines)


def _question(name: str, column: str, wording: str, labels: tuple[str, ...]) -> list[str]:
    scale = ", ".join(f'{code} = "{label}"' for code, label in enumerate(labels, 1))
    return [f"[questions.{name}]", f'column = "{column}"', f'wording = "{wording}"', f"scale = {{ {scale} }}"]


def write_opinion_truth(folder: Path, opinion: Opinion, county: County) -> Path:
    """Write the planted share of each ward who agree, question by question and wave by wave."""
    n_waves, n_wards = opinion.agree["confidence"].shape
    table = pd.DataFrame(
        {
            "ward_code": list(county.wards.codes) * n_waves,
            "wave": np.repeat(np.arange(1, n_waves + 1), n_wards),
            "is_sampled": np.tile(opinion.is_sampled, n_waves),
            **{name: shares.ravel().round(5) for name, shares in opinion.agree.items()},
        }
    )
    return write_table(folder / "planted_confidence.csv", table)
