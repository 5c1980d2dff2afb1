"""The rules of enquiry as data: read, and refused with file, rule and remedy where they do not make sense."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.errors import Fault, SettingsError
from profiles.enquiry_facts import MetricKind
from profiles.interventions import DRIVERS, Intervention

__all__ = ["Condition", "Rule", "named_metrics", "read_rules"]

#: How a condition reads the uncertainty of a figure.
TESTS: tuple[str, ...] = (
    "surely_above", "surely_below", "probably_above", "probably_below", "rose", "fell", "more_than_chance",
    "at_least", "fewer_than", "stands_out",
)  # fmt: skip
_WITH_THRESHOLD = {"surely_above", "surely_below", "probably_above", "probably_below", "at_least", "fewer_than"}
_COUNTED = {"at_least", "fewer_than"}
GROUPS: tuple[str, ...] = ("problem", "reading", "engagement", "data")
LEVELS: tuple[str, ...] = ("patrol", "unit", "small")
#: What a rule about people may suggest: their needs and how to reach them, never enforcement (DESIGN, rule 9).
ABOUT_PEOPLE: tuple[str, ...] = ("engagement", "communication", "support")
PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)(?::(interval|force|note|probability))?\}")
_DEFAULT_PROBABILITY = 0.9


@dataclass(frozen=True, slots=True)
class Condition:
    """
    One condition of a rule.

    Parameters
    ----------
    metric
        What is asked.
    test
        One of `TESTS`: `surely_...` asks the whole 95 per cent interval, `probably_...` the probability, `rose` and
        `fell` the test of a change after Benjamini-Hochberg, `more_than_chance` the scatter of chance, `at_least` and
        `fewer_than` a count that has no interval, `stands_out` a census share (half as much again as the force's, and
        five points more).
    value
        Threshold; None where it is the force's figure.
    times
        By what the force's figure is multiplied.
    probability
        That a `probably_...` needs.
    """

    metric: str
    test: str
    value: float | None = None
    times: float = 1.0
    probability: float = _DEFAULT_PROBABILITY


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One line of enquiry.

    Parameters
    ----------
    id, title
        Identifier; title on the page.
    group
        `problem`, `reading` (how to read figures), `engagement` (needs of people) or `data` (check before you act).
    levels
        For areas of which size it is asked.
    when
        Conditions; all must hold.
    evidence
        Sentence with figures: `{metric}`, `{metric:interval}`, `{metric:force}`, `{metric:note}`,
        `{metric:probability}`.
    meaning
        What it may mean.
    check_first
        What to check first.
    interventions
        Identifiers of the library.
    drivers
        Drivers of confidence that it serves, keys of `profiles.interventions.DRIVERS`.
    paragraph
        Paragraphs of the strategy.
    """

    id: str
    title: str
    group: str
    levels: tuple[str, ...]
    when: tuple[Condition, ...]
    evidence: str
    meaning: str
    check_first: tuple[str, ...]
    interventions: tuple[str, ...]
    drivers: tuple[str, ...]
    paragraph: str

    @property
    def metrics(self) -> tuple[str, ...]:
        """Every metric that the rule reads or names, once each."""
        named = [match[0] for match in PLACEHOLDER.findall(self.evidence)]
        return tuple(dict.fromkeys([condition.metric for condition in self.when] + named))


_TEXTS = ("id", "title", "evidence", "meaning", "paragraph")
_LISTS = ("levels", "check_first", "interventions", "drivers")


def read_rules(
    content: Mapping[str, Any],
    *,
    file: str,
    metrics: Mapping[str, MetricKind],
    library: Mapping[str, Intervention],
) -> tuple[Rule, ...]:
    """
    Check rules and return them in the order of the file.

    Parameters
    ----------
    content
        The parsed TOML: a list of tables under `rule`.
    file
        Name of the file, for errors.
    metrics
        What a rule may ask, as `profiles.enquiry_facts.known_metrics`.
    library
        The interventions.

    Raises
    ------
    SettingsError
        If a rule names a metric, test or intervention that does not exist, lacks something, or turns who people are
        into a reason for enforcement; all faults are named together with file, rule and remedy.
    """
    faults: list[Fault] = []
    rules: dict[str, Rule] = {}
    for number, entry in enumerate(content.get("rule", ()), 1):
        name = str(entry.get("id", f"number {number}"))
        found = [
            Fault(f"rule {name}: {text}", file=file, remedy=remedy)
            for text, remedy in (
                *_wrong_fields(entry),
                *_wrong_conditions(entry, metrics),
                *_wrong_words(entry, metrics),
            )
        ]
        if not found:
            rule = _rule(entry)
            found = [
                Fault(f"rule {name}: {text}", file=file, remedy=remedy)
                for text, remedy in (*_wrong_choices(rule, library), *_unfair(rule, metrics, library))
            ]
            if name in rules:
                found.append(Fault(f"rule {name} occurs twice", file=file, remedy="Give each rule its own id"))
            rules[name] = rule
        faults += found
    if faults:
        raise SettingsError(
            "the rules of enquiry do not make sense: " + "; ".join(map(str, faults)), faults=faults,
            hint=f"Mend {file}.",
        )  # fmt: skip
    return tuple(rules.values())


def named_metrics(entry: Mapping[str, Any]) -> frozenset[str]:
    """
    Return every metric that a well-formed entry of a file of rules asks or names.

    Examples
    --------
    >>> sorted(named_metrics({"when": [{"metric": "zones", "test": "at_least"}], "evidence": "{asb_rate:force}"}))
    ['asb_rate', 'zones']
    """
    asked = {str(condition["metric"]) for condition in entry["when"]}
    return frozenset(asked | {match[0] for match in PLACEHOLDER.findall(entry["evidence"])})


def _rule(entry: Mapping[str, Any]) -> Rule:
    conditions = tuple(Condition(**{k: v for k, v in condition.items() if k != "of"}) for condition in entry["when"])
    lists = {name: tuple(entry[name]) for name in _LISTS}
    return Rule(**{**{k: v for k, v in entry.items() if k not in lists}, **lists, "when": conditions})


def _wrong_fields(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    wrong = []
    if unknown := sorted(set(entry) - set(Rule.__dataclass_fields__)):
        known = ", ".join(Rule.__dataclass_fields__)
        wrong.append((f"{', '.join(unknown)} is not known", f"Known are {known}"))
    wrong += [(f"{name} is missing", "Write it as a text") for name in _TEXTS if not str(entry.get(name, "")).strip()]
    wrong += [
        (f"{name} is not a list of texts with at least one", f'Write {name} = ["..."]')
        for name in _LISTS
        if not (isinstance(entry.get(name), list) and entry[name] and all(isinstance(v, str) for v in entry[name]))
    ]
    if entry.get("group") not in GROUPS:
        wrong.append((f"group is {entry.get('group', 'missing')!r}", f"Write one of {', '.join(GROUPS)}"))
    return wrong


def _wrong_conditions(entry: Mapping[str, Any], metrics: Mapping[str, MetricKind]) -> list[tuple[str, str]]:
    conditions = entry.get("when")
    if not (isinstance(conditions, list) and conditions and all(isinstance(c, Mapping) for c in conditions)):
        return [("when holds no condition", 'Write when = [{ metric = "...", test = "..." }]')]
    return [fault for condition in conditions for fault in _wrong_condition(condition, metrics)]


def _wrong_condition(condition: Mapping[str, Any], metrics: Mapping[str, MetricKind]) -> list[tuple[str, str]]:
    metric, test = condition.get("metric"), condition.get("test")
    if metric not in metrics:
        return [(f"the metric {metric!r} does not exist", _nearest(str(metric), metrics))]
    if test not in TESTS:
        return [(f"the test {test!r} does not exist", f"Write one of {', '.join(TESTS)}")]
    wrong = []
    if unknown := sorted(set(condition) - {"metric", "test", "value", "of", "times", "probability"}):
        wrong.append((f"{', '.join(unknown)} is not known in a condition", "Remove it"))
    if test in _WITH_THRESHOLD and ("value" in condition) == (condition.get("of") == "force"):
        wrong.append((f"{test} of {metric} has no threshold", 'Write value = a number, or of = "force"'))
    if not isinstance(condition.get("value", 0), int | float) or isinstance(condition.get("value"), bool):
        wrong.append((f"the value of {metric} is not a number", "Write a number"))
    if not 0.5 <= float(condition.get("probability", _DEFAULT_PROBABILITY)) < 1:
        wrong.append((f"the probability for {metric} is out of range", "Write 0.5 to 0.99"))
    is_counted = metrics[str(metric)].is_counted
    if test in _COUNTED and not is_counted:
        wrong.append((f"{test} would ignore the interval of {metric}", "Write surely_above or surely_below"))
    if test in {"surely_above", "surely_below", "probably_above", "probably_below"} and is_counted:
        wrong.append((f"{metric} is a count without interval", "Write at_least or fewer_than"))
    if test == "stands_out" and metrics[str(metric)].kind != "people":
        wrong.append((f"stands_out is for census shares, and {metric} is none", "Write surely_above"))
    return wrong


def _nearest(metric: str, metrics: Mapping[str, MetricKind]) -> str:
    stem = metric.split("_", maxsplit=1)[0]
    like = sorted(name for name in metrics if name.startswith(stem))[:5]
    return f"Like it are {', '.join(like)}" if like else "exports/metrics.csv lists the metrics"


def _wrong_words(entry: Mapping[str, Any], metrics: Mapping[str, MetricKind]) -> list[tuple[str, str]]:
    text = str(entry.get("evidence", ""))
    named = [name for name, _ in PLACEHOLDER.findall(text)]
    wrong = [(f"the evidence names {name!r}, which does not exist", _nearest(name, metrics))
             for name in named if name not in metrics]  # fmt: skip
    if "{" in PLACEHOLDER.sub("", text):
        wrong.append(("the evidence has a brace that is no placeholder", "Write {metric} or {metric:interval}"))
    if text and not named:
        wrong.append(("the evidence gives no figure", "Name at least one metric in braces"))
    return wrong


def _wrong_choices(rule: Rule, library: Mapping[str, Intervention]) -> list[tuple[str, str]]:
    wrong = [(f"the intervention {name!r} does not exist", "Use an id of interventions.toml")
             for name in rule.interventions if name not in library]  # fmt: skip
    wrong += [(f"the driver {name!r} does not exist", f"Write one of {', '.join(DRIVERS)}")
              for name in rule.drivers if name not in DRIVERS]  # fmt: skip
    wrong += [(f"the level {name!r} does not exist", f"Write one of {', '.join(LEVELS)}")
              for name in rule.levels if name not in LEVELS]  # fmt: skip
    return wrong


def _unfair(
    rule: Rule, metrics: Mapping[str, MetricKind], library: Mapping[str, Intervention]
) -> list[tuple[str, str]]:
    """Return why a rule would target who people are; a condition on people leads to their needs and nothing else."""
    about = [condition.metric for condition in rule.when if metrics[condition.metric].kind == "people"]
    if not about:
        return []
    if rule.group != "engagement":
        return [(f"{', '.join(about)} says who people are, and the rule is no rule of engagement",
                 'Write group = "engagement", or take the condition out')]  # fmt: skip
    return [
        (f"{', '.join(about)} says who people are, and {name} is {library[name].approach}",
         f"Suggest only interventions of {', '.join(ABOUT_PEOPLE)}")
        for name in rule.interventions
        if name in library and library[name].approach not in ABOUT_PEOPLE
    ]  # fmt: skip
