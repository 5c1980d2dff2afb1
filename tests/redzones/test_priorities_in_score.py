"""Priorities of the public as weights of kinds: how words become categories, and what the page is told of them."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from hotspots.confidence import priority_weights
from redzones.perception_in_score import named_categories, survey_priorities, weights_sentence

KINDS = pd.DataFrame(
    [("Anti-social behaviour", "asb"), ("Shoplifting", "minor_crime"), ("Public order", "minor_crime")],
    columns=["category", "kind"],
)
LOG_KINDS = pd.DataFrame(
    [("ASB Nuisance", "asb"), ("ASB Environmental", "asb"), ("Criminal Damage", "minor_crime")],
    columns=["category", "kind"],
)


def named(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["area_code", "kind", "n"])


def answers(*rows: tuple[str, str, float, int, str], geography: str = "ward:2025") -> SimpleNamespace:
    """Return a survey: area, answer, share, people asked, state."""
    table = pd.DataFrame(rows, columns=["area_code", "answer", "share", "n_respondents", "state"])
    return SimpleNamespace(priorities=table.assign(geography=geography))


def test_a_word_of_the_survey_finds_its_category_however_it_is_spelt() -> None:
    found, unmatched = named_categories(
        named(("A", "Antisocial behaviour", 3), ("A", "SHOPLIFTING", 2), ("A", "Speeding", 9)), KINDS
    )
    assert found.to_numpy().tolist() == [["A", "Anti-social behaviour", 3.0], ["A", "Shoplifting", 2.0]]
    assert unmatched == ("Speeding",)


@pytest.mark.parametrize("word", ["asb", "ASB", "Antisocial behaviour", "anti-social behaviour"])
def test_a_word_for_a_kind_is_shared_among_its_categories(word) -> None:
    found, unmatched = named_categories(named(("A", word, 6), ("A", "Criminal Damage", 2)), LOG_KINDS)
    assert found.to_numpy().tolist() == [
        ["A", "ASB Environmental", 3.0], ["A", "ASB Nuisance", 3.0], ["A", "Criminal Damage", 2.0],
    ]  # fmt: skip
    assert unmatched == ()


def test_other_is_no_kind_that_people_could_mean() -> None:
    kinds = pd.DataFrame([("Burglary", "other"), ("Shoplifting", "minor_crime")], columns=["category", "kind"])
    found, unmatched = named_categories(named(("A", "other", 4), ("A", "burglary", 2)), kinds)
    assert found.to_numpy().tolist() == [["A", "Burglary", 2.0]]
    assert unmatched == ("other",)


def test_however_many_categories_a_kind_has_it_weighs_the_same() -> None:
    told = (("A", "asb", 30), ("A", "criminal damage", 10), ("B", "asb", 10), ("B", "criminal damage", 30))
    one_kind = LOG_KINDS[LOG_KINDS["category"] != "ASB Environmental"]
    few, many = (priority_weights(named_categories(named(*told), kinds)[0]) for kinds in (one_kind, LOG_KINDS))
    assert few.set_index(["area_code", "category"])["weight"].to_dict() == pytest.approx(
        many[many["category"] != "ASB Environmental"].set_index(["area_code", "category"])["weight"].to_dict()
    )


def test_an_area_with_an_answer_that_cannot_be_told_is_left_out_and_weighs_one() -> None:
    """A share that is missing is not a share of nothing: it would halve the kind."""
    survey = answers(
        ("A", "Shoplifting", 0.25, 80, "ok"), ("A", "Speeding", 0.75, 80, "ok"),
        ("B", "Shoplifting", 0.25, 9, "ok"), ("B", "Speeding", float("nan"), 9, "cannot_tell"),
        ("C", "Shoplifting", 0.25, 0, "ok"), ("C", "Speeding", 0.75, 0, "ok"),
    )  # fmt: skip
    found = survey_priorities(survey, geography="ward:2025")
    assert found.to_numpy().tolist() == [["A", "Shoplifting", 20.0], ["A", "Speeding", 60.0]]
    assert survey_priorities(survey, geography="district:2025").empty
    assert survey_priorities(None, geography="ward:2025").empty


def test_the_page_is_told_which_weights_and_which_words_weigh_nothing() -> None:
    weights = pd.DataFrame({"area_code": ["A", "B", "A"], "category": ["b", "b", "a"], "weight": [2.0, 0.5, 1.0]})
    assert weights_sentence(weights, source="recorded", n_areas=2, unmatched=("Noise", "Speeding")) == (
        "Kinds weigh what people name as priorities (recorded), in 2 areas: a 1.00 to 1.00, b 0.50 to 2.00. "
        "No kind here: Noise, Speeding."
    )
    assert weights_sentence(weights.iloc[:0], source="survey", n_areas=1, unmatched=("Noise",)) == (
        "Every kind weighs 1: no priority that is named (survey) is a kind of incident here. No kind here: Noise."
    )
    many = pd.DataFrame({"area_code": "A", "category": list("abcdefgh"), "weight": 1.5})
    assert weights_sentence(many, source="survey", n_areas=1, unmatched=()).endswith("f 1.50 to 1.50 and 2 more.")
