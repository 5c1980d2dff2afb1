"""A force adds rules and interventions of its own without code; what they say, not where they lie, makes a new run."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import SettingsError
from profiles.enquiry_facts import FACTS, MetricKind
from redzones.enquiry_files import load_interventions, load_rules, packaged, rules_set_aside
from redzones.settings import load_settings

RULE = """
[[rule]]
id = "{id}"
title = "Zones"
group = "problem"
levels = ["patrol"]
when = [{{ metric = "red_zones", test = "at_least", value = 2 }}]
evidence = "{{red_zones}} zones."
meaning = "Many."
check_first = ["Where?"]
interventions = ["{intervention}"]
drivers = ["issues"]
paragraph = "¶19"
"""
INTERVENTION = """
[[intervention]]
id = "tea"
name = "Tea"
what = "Drink it."
approach = "engagement"
direction = "unknown"
effect = "Not measured."
evidence = "unknown"
cost = "low"
source = "Ours"
year = 2025
driver = "visibility"
avoid = "Late at night."
"""


def metrics() -> dict[str, MetricKind]:
    named = {c["metric"] for rule in packaged("enquiry_rules.toml")["rule"] for c in rule["when"]}
    own = {name: MetricKind(name, name, "", "people" if name.startswith("hint_") else "place") for name in named}
    return {**own, **FACTS}


def test_rule_of_the_force_comes_after_ours_and_may_use_its_own_intervention(tmp_path: Path) -> None:
    (tmp_path / "tea.toml").write_text(INTERVENTION)
    (tmp_path / "mine.toml").write_text(RULE.format(id="many-zones", intervention="tea"))
    library = load_interventions(tmp_path / "tea.toml")
    rules = load_rules(tmp_path / "mine.toml", metrics=metrics(), library=library)
    assert rules[-1].id == "many-zones"
    assert len(rules) == len(packaged("enquiry_rules.toml")["rule"]) + 1


def test_rule_with_an_id_of_ours_takes_its_place(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(RULE.format(id="single-address", intervention="place-management"))
    rules = load_rules(tmp_path / "mine.toml", metrics=metrics(), library=load_interventions(None))
    assert [rule.title for rule in rules if rule.id == "single-address"] == ["Zones"]
    assert len(rules) == len(packaged("enquiry_rules.toml")["rule"])


def test_rule_of_ours_about_a_kind_that_the_force_does_not_watch_is_set_aside() -> None:
    watched = {name: kind for name, kind in metrics().items() if not name.startswith("asb_")}
    rules = load_rules(None, metrics=watched, library=load_interventions(None))
    assert 0 < len(rules) < len(packaged("enquiry_rules.toml")["rule"])
    assert not [name for rule in rules for name in rule.metrics if name.startswith("asb_")]


def test_rule_of_the_force_about_such_a_kind_is_a_fault(tmp_path: Path) -> None:
    text = RULE.format(id="many-zones", intervention="place-management").replace("{red_zones}", "{asb_rate:force}")
    (tmp_path / "mine.toml").write_text(text)
    watched = {name: kind for name, kind in metrics().items() if not name.startswith("asb_")}
    with pytest.raises(SettingsError, match="'asb_rate', which does not exist"):
        load_rules(tmp_path / "mine.toml", metrics=watched, library=load_interventions(None))


@pytest.mark.parametrize("text", ["[[rule]\n", None])
def test_file_that_is_absent_or_broken_is_named(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "mine.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SettingsError, match="cannot be read") as caught:
        load_rules(file, metrics=metrics(), library=load_interventions(None))
    assert str(file) in caught.value.message
    assert caught.value.hint


def test_fault_names_the_file_of_the_force(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(RULE.format(id="many-zones", intervention="coffee"))
    with pytest.raises(SettingsError, match=r"mine\.toml: rule many-zones: the intervention 'coffee'"):
        load_rules(tmp_path / "mine.toml", metrics=metrics(), library=load_interventions(None))


def test_what_the_rules_say_makes_a_new_run_and_not_where_they_lie(tmp_path: Path) -> None:
    seen = []
    for name, title in (("a.toml", "many-zones"), ("b.toml", "many-zones"), ("c.toml", "other")):
        (tmp_path / name).write_text(RULE.format(id=title, intervention="tea"))
        (tmp_path / "redzones.toml").write_text(f'[enquiry]\nrules = "{(tmp_path / name).as_posix()}"\n')
        seen.append(load_settings(tmp_path / "redzones.toml").analysis_settings()["enquiry"])
    assert seen[0] == seen[1] != seen[2]
    assert str(tmp_path) not in str(seen)


def test_rules_of_ours_that_need_what_this_force_lacks_are_named(tmp_path: Path) -> None:
    known = metrics()
    library = load_interventions(None)
    assert not rules_set_aside(load_rules(None, metrics=known, library=library), metrics=known)
    first = packaged("enquiry_rules.toml")["rule"][0]
    lacking = {name: kind for name, kind in known.items() if name != first["when"][0]["metric"]}
    told = rules_set_aside(load_rules(None, metrics=lacking, library=library), metrics=lacking)
    assert told[first["title"]] == first["when"][0]["metric"]
