"""The communication plan: channels by reach or by proxies that are named, messages from lines, and SMART in full."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from domain.errors import SettingsError
from domain.months import LocalMonth
from profiles.communication import (
    ACTION_COLUMNS,
    CHANNEL_COLUMNS,
    Audience,
    PlanDates,
    plan_actions,
    plan_channels,
    read_plan_words,
)
from redzones.enquiry_files import packaged

WORDS = read_plan_words(packaged("communication.toml"), file="communication.toml")
DATES = PlanDates.after(LocalMonth(2025, 12), days=91, owner="Inspector, Northgate")
LOW = ("low-confidence", "Confidence is low", ("visibility",))
NO_HINTS = pd.DataFrame(columns=["scope", "code", "metric", "label", "estimate", "force_estimate"])
NO_FIGURES = pd.DataFrame(columns=["scope", "code", "metric", "estimate", "lower", "upper"])


def audience(code: str = "W1", *rules: tuple, residents: float = 5000.0) -> Audience:
    return Audience("patrol", code, "people of Northgate", residents, rules, "Speeding (24 %, 20 to 28 %)")


def preferred() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "scope": "patrol", "code": "W1", "answer": ["Social media", "Letter or leaflet", "Carrier pigeon"],
            "share": [0.2, 0.5, 0.3], "lower": [0.15, 0.42, 0.2], "upper": [0.25, 0.58, 0.4],
            "state": ["ok", "ok", "ok"],
        }
    )  # fmt: skip


def test_survey_ranks_channels_by_reach() -> None:
    found = plan_channels([audience()], WORDS, preferred=preferred(), hints=NO_HINTS)
    assert list(found.columns) == list(CHANNEL_COLUMNS)
    assert found["channel"].tolist() == ["Letter or leaflet through the door", "Carrier pigeon", "Social media"]
    assert set(found["basis"]) == {"survey"}


def test_without_a_survey_proxies_rank_and_no_reach_is_made_up() -> None:
    hints = pd.DataFrame(
        {"scope": "patrol", "code": "W1", "metric": ["hint_older_residents"], "label": ["Older residents"],
         "estimate": [30.0], "force_estimate": [12.0]}
    )  # fmt: skip
    found = plan_channels([audience(), audience("W2")], WORDS, preferred=None, hints=hints)
    first = found[found["code"] == "W1"]
    assert first["channel"].iloc[0] == "Letter or leaflet through the door"
    assert first["note"].iloc[0] == "for it: Older residents 30 %, 12 % in the force"
    assert first["channel"].iloc[-1] in {"Email, newsletter or website", "Social media"}
    assert found["reach"].isna().all()
    assert set(found["basis"]) == {"census proxy"}
    assert (found[found["code"] == "W2"]["note"] == "nothing stands out").all()


def test_suppressed_survey_shares_are_not_used() -> None:
    found = plan_channels([audience()], WORDS, preferred=preferred().assign(state="suppressed"), hints=NO_HINTS)
    assert set(found["basis"]) == {"census proxy"}


def test_action_is_smart_and_carries_figures_owner_and_dates() -> None:
    people = [audience("W1", LOW)]
    channels = plan_channels(people, WORDS, preferred=preferred(), hints=NO_HINTS)
    figures = pd.DataFrame(
        {"scope": ["patrol"], "code": ["W1"], "metric": ["informed"], "estimate": [44.0], "lower": [38.0],
         "upper": [50.0]}
    )  # fmt: skip
    actions = plan_actions(people, WORDS, channels=channels, figures=figures, dates=DATES)
    assert list(actions.columns) == list(ACTION_COLUMNS)
    row = actions.iloc[0]
    assert (row["start_day"], row["end_day"], row["owner"]) == ("2026-01-01", "2026-04-01", "Inspector, Northgate")
    assert row["channels"] == "Letter or leaflet through the door and Carrier pigeon"
    assert "Confidence is low" in row["because"]
    assert "now 44 % (38 to 50 %)" in row["measurable"]
    assert "only a change of 8 points or more" in row["measurable"]  # 1.96 x root 2 x 12 / 3.92
    assert "about 2,500 of 5,000 residents" in row["achievable"]
    assert "1 January 2026 to 1 April 2026" in row["time_bound"]


def test_every_audience_has_an_action_even_without_lines_residents_or_channels() -> None:
    people = [audience(), audience("W2", residents=float("nan"))]
    empty = pd.DataFrame(columns=list(CHANNEL_COLUMNS))
    actions = plan_actions(people, WORDS, channels=empty, figures=NO_FIGURES, dates=DATES)
    assert actions["code"].tolist() == ["W1", "W2"]
    assert actions["message"].eq(WORDS.standing.text).all()
    assert not actions.map(lambda value: isinstance(value, float) and np.isnan(value)).any().any()
    assert "nan" not in " ".join(actions.astype(str).to_numpy().ravel())


def test_at_most_three_messages_and_none_twice() -> None:
    rules = [("low-confidence-uninformed", "a", ("feedback",)), LOW, ("asb-high", "b", ("issues",)),
             ("under-reporting", "c", ("issues",)), ("season-ahead", "d", ("issues",))]  # fmt: skip
    people = [audience("W1", *rules)]
    actions = plan_actions(
        people, WORDS, channels=pd.DataFrame(columns=list(CHANNEL_COLUMNS)), figures=NO_FIGURES, dates=DATES
    )
    assert len(actions) == 3
    assert actions["message"].is_unique


def test_bad_words_are_refused_with_the_file() -> None:
    with pytest.raises(SettingsError, match=r"mine\.toml"):
        read_plan_words({"channel": [{"id": "x"}]}, file="mine.toml")
    with pytest.raises(SettingsError, match="no channel"):
        read_plan_words({"standing": {"text": "t", "measure": "informed"}}, file="mine.toml")


def test_messages_name_rules_that_exist() -> None:
    known = {rule["id"] for rule in packaged("enquiry_rules.toml")["rule"]}
    assert {name for message in WORDS.messages for name in message.rules} <= known
