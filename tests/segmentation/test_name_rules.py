"""Names that label people are refused; plain ones pass."""

from __future__ import annotations

import pytest

from domain.errors import AnalysisError
from segmentation.name_rules import check_name
from segmentation.names import name_phrases


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Asian terraces", "ethnic group"),
        ("Homes of WHITE families", "ethnic group"),
        ("Streets near the Mosque", "religion"),
        ("Muslims and students", "religion"),
        ("Teenagers and terraces", "age"),
        ("Elderly in bungalows", "age"),
        ("Deprived estates", "lack"),
        ("Low income renters", "lack"),
        ("Benefits street", "lack"),
        ("High-crime flats", "crime"),
    ],
)
def test_a_name_that_labels_people_is_refused_with_the_word_and_why(name: str, why: str) -> None:
    with pytest.raises(AnalysisError, match=why) as caught:
        check_name(name, code="A", others={})
    assert "homes" in str(caught.value.hint)


@pytest.mark.parametrize(
    "name", ["Terraces near the station", "Whitehall flats", "Racecourse villas", "Old town lanes"]
)
def test_plain_names_pass(name: str) -> None:
    assert check_name(f"  {name} ", code="A", others={"A": name}) == name


@pytest.mark.parametrize(
    ("name", "words"),
    [("   ", "needs a name"), ("x" * 161, "161 characters"), ("<script>", "plain text"), ("12 34", "plain text")],
)
def test_what_is_no_plain_text_is_refused(name: str, words: str) -> None:
    with pytest.raises(AnalysisError, match=words):
        check_name(name, code="A", others={})


def test_no_two_segments_share_a_name() -> None:
    with pytest.raises(AnalysisError, match="segment B already"):
        check_name("rent privately", code="A", others={"B": "Rent privately"})


def test_every_proposed_phrase_would_pass_the_same_rules() -> None:
    for phrase in name_phrases().values():
        for words in filter(None, (phrase.high, phrase.low)):
            check_name(f"Many {words}: busier for minor crime", code="A", others={})
