"""What can be done: a library of interventions with their effect, how strong the evidence is, cost and source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.errors import Fault, SettingsError

__all__ = ["DRIVERS", "Intervention", "read_interventions"]

#: The five drivers of confidence (strategy, paragraph 14 a to e).
DRIVERS: Mapping[str, str] = {
    "visibility": "Visibility and 'Justice Seen, Justice Done'",
    "issues": "Antisocial behaviour and crime issues that matter to the public",
    "advocacy": "Advocacy",
    "feedback": "Improving the feedback loop",
    "satisfaction": "Satisfaction with treatment and service",
}

#: What an intervention works on; the last three concern needs and engagement, and nothing else.
APPROACHES: tuple[str, ...] = (
    "patrol", "enforcement", "problem_solving", "environment", "data", "engagement", "communication", "support",
)  # fmt: skip
_DIRECTIONS = ("positive", "mixed", "none", "harmful", "unknown")
_STRENGTHS = ("strong", "moderate", "weak", "unknown")
_COSTS = ("low", "medium", "high")
_TEXTS = ("name", "what", "effect", "source", "avoid")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "approach": APPROACHES,
    "direction": _DIRECTIONS,
    "evidence": _STRENGTHS,
    "cost": _COSTS,
    "driver": tuple(DRIVERS),
}


@dataclass(frozen=True, slots=True)
class Intervention:
    """
    One thing that a neighbourhood team or a partner can do.

    Parameters
    ----------
    id, name, what
        Identifier; name; what is done, in a sentence.
    approach
        One of `APPROACHES`.
    direction, effect
        Which way the evidence points (`positive`, `mixed`, `none`, `harmful`, `unknown`), and in words.
    evidence
        How strong it is: `strong`, `moderate`, `weak` or `unknown`.
    cost
        `low`, `medium` or `high`.
    source, year
        Who found it, and when it was published.
    driver
        Driver of confidence that it serves first, a key of `DRIVERS`.
    avoid
        When not to use it.
    """

    id: str
    name: str
    what: str
    approach: str
    direction: str
    effect: str
    evidence: str
    cost: str
    source: str
    year: int
    driver: str
    avoid: str


def read_interventions(content: Mapping[str, Any], *, file: str) -> dict[str, Intervention]:
    """
    Check a library of interventions and return it by id.

    Parameters
    ----------
    content
        The parsed TOML: a list of tables under `intervention`.
    file
        Name of the file, for errors.

    Raises
    ------
    SettingsError
        If an entry lacks something or has a word that is not known; all faults are named together.
    """
    faults: list[Fault] = []
    library: dict[str, Intervention] = {}
    for number, entry in enumerate(content.get("intervention", ()), 1):
        name = str(entry.get("id", f"number {number}"))
        found = [Fault(f"intervention {name}: {text}", file=file, remedy=remedy) for text, remedy in _wrong(entry)]
        if name in library:
            found.append(Fault(f"intervention {name} occurs twice", file=file, remedy="Give each its own id"))
        faults += found
        if not found:
            library[name] = Intervention(**entry)
    if faults:
        raise SettingsError(
            "the interventions do not make sense: " + "; ".join(map(str, faults)), faults=faults, hint=f"Mend {file}."
        )
    return library


def _wrong(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    wrong = []
    if unknown := sorted(set(entry) - set(Intervention.__dataclass_fields__)):
        wrong.append((f"{', '.join(unknown)} is not known", "Remove it"))
    if not str(entry.get("id", "")).strip():
        wrong.append(("id is missing", "Write a short id with hyphens"))
    wrong += [(f"{name} is missing", "Write a sentence") for name in _TEXTS if not str(entry.get(name, "")).strip()]
    for name, allowed in _CHOICES.items():
        if entry.get(name) not in allowed:
            wrong.append((f"{name} is {entry.get(name, 'missing')!r}", f"Write one of {', '.join(allowed)}"))
    if not isinstance(entry.get("year"), int):
        wrong.append(("year is missing", "Write the year of the source"))
    return wrong
