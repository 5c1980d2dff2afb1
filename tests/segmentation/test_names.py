"""Names are plain, unique, and never drawn from who people are."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from domain.errors import SettingsError
from segmentation.names import name_environments, name_groups, name_phrases, read_phrases
from segmentation.portraits import Contrast

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN_TOPICS = {
    "ethnicity",
    "religion",
    "deprivation",
    "language",
    "birth",
    "disability",
    "health",
    "qualifications",
}
FORBIDDEN_WORDS = (
    "poor",
    "depriv",
    "unemploy",
    "ethnic",
    "white",
    "black",
    "asian",
    "muslim",
    "young",
    "youth",
    "problem",
)


def high(deviation: float, index: float = 150.0) -> Contrast:
    return Contrast(10.0 + deviation * 10, 10.0, deviation, index)


def test_the_most_distinctive_variables_name_a_group_at_most_one_of_each_topic() -> None:
    contrasts = {
        "households_no_car": high(2.0),
        "households_two_or_more_cars": high(1.9),
        "tenure_private_rented": high(1.0, 110.0),
    }
    assert name_groups([contrasts], name_phrases()) == ["Many homes without a car, more rent privately"]


def test_ethnicity_deprivation_and_unemployment_never_name_a_group() -> None:
    contrasts = {name: high(3.0) for name in ("ethnic_black", "income_deprivation", "work_never_worked", "age_16_24")}
    assert name_groups([contrasts], name_phrases()) == ["Close to the force's average"]


def test_names_that_would_be_the_same_take_another_phrase_or_a_number() -> None:
    one = {"households_no_car": high(2.0), "work_students": high(1.5), "tenure_private_rented": high(1.0)}
    two = {"households_no_car": high(2.0), "work_students": high(1.5)}
    names = name_groups([one, one, two, {}, {}], name_phrases())
    assert len(set(names)) == 5
    assert names[1] == "Many homes without a car, many full-time students, many rent privately"
    assert names[2].endswith("(2)")


def test_small_differences_are_not_worth_a_name() -> None:
    assert name_groups([{"work_students": Contrast(5.5, 5.0, 2.0, 110.0)}], name_phrases()) == [
        "Close to the force's average"
    ]


def test_the_phrases_that_ship_are_of_no_forbidden_topic_or_word() -> None:
    declared = tomllib.loads((ROOT / "sources" / "mappings" / "people_variables.toml").read_text(encoding="utf-8"))
    topics = {v["name"]: v["topic"] for v in declared["variables"]}
    # a degree or an apprenticeship is a strength; lack of qualifications is not said
    allowed = {"degree_level", "apprenticeship"}
    for variable, phrase in name_phrases().items():
        assert topics.get(variable) not in FORBIDDEN_TOPICS or variable in allowed
        text = f"{phrase.high} {phrase.low}".lower()
        assert not any(word in text for word in FORBIDDEN_WORDS)
    assert not {"work_never_worked", "no_qualifications", "age_16_24"} & set(name_phrases())


@pytest.mark.parametrize("entry", [{}, {"topic": "cars"}, {"high": "cars"}, {"topic": "cars", "hihg": "cars"}])
def test_an_entry_that_is_not_understood_is_refused(entry) -> None:
    with pytest.raises(SettingsError, match="name phrases of cars"):
        read_phrases({"cars": entry})


def test_environments_are_named_by_how_busy_they_are_beside_the_force() -> None:
    ratios = [
        {"ASB": 0.4, "minor crime": 0.5},
        {"ASB": 0.7, "minor crime": 0.8},
        {"ASB": 1.5, "minor crime": 1.0},
        {"ASB": 2.0, "minor crime": 2.0},
        {"ASB": 1.0, "minor crime": 0.5},
        {"ASB": 1.0, "minor crime": 1.0},
    ]
    words = [name.removeprefix("G: ") for name in name_environments("G", ratios)]
    assert words == [
        "quietest", "quieter", "busier for ASB", "busier", "quieter for minor crime", "about as busy as the force",
    ]  # fmt: skip


def test_environments_alike_in_words_still_have_names_of_their_own() -> None:
    names = name_environments("G", [{"ASB": 1.0, "minor crime": 1.0}] * 3)
    assert len(set(names)) == 3
    quiet = [{"ASB": ratio, "minor crime": ratio} for ratio in (0.8, 0.2, 0.5)]
    assert name_environments("G", quiet) == ["G: quiet", "G: quietest", "G: quieter"]
    busy = [{"ASB": ratio, "minor crime": 1.0} for ratio in (1.5, 3.0)]
    assert name_environments("G", busy) == ["G: busier for ASB", "G: busiest for ASB"]
    assert len(set(name_environments("G", [{"ASB": 0.5}] * 5))) == 5


def test_a_group_that_is_not_divided_says_so() -> None:
    assert name_environments("G", [{}]) == ["G: one environment"]
