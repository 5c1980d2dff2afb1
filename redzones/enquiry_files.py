"""The data files of enquiry: those that come with Redzones, and the force's own beside them."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.errors import SettingsError
from profiles.enquiry_rules import Rule, named_metrics, read_rules
from profiles.interventions import Intervention, read_interventions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from profiles.enquiry_facts import MetricKind

__all__ = ["load_interventions", "load_rules", "packaged", "read_toml", "rules_set_aside"]

_RULES = "enquiry_rules.toml"


def packaged(name: str) -> dict[str, Any]:
    """Return the content of a data file of the package `profiles`."""
    return tomllib.loads((files("profiles") / name).read_text(encoding="utf-8"))


def read_toml(path: Path) -> dict[str, Any]:
    """
    Return the content of a TOML file of the force.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    SettingsError
        If it does not exist or is no TOML.
    """
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(
            f"{path} cannot be read: {error}", hint="Mend the file, or its path in [enquiry]."
        ) from error


def load_interventions(own: Path | None) -> dict[str, Intervention]:
    """
    Return the library of interventions, with those of the force; one of the same id takes the place of ours.

    Parameters
    ----------
    own
        File of the force, or None.

    Raises
    ------
    SettingsError
        If a file cannot be read or does not make sense.
    """
    name = "interventions.toml"
    library = read_interventions(packaged(name), file=name)
    if own is not None:
        library |= read_interventions(read_toml(own), file=own.name)
    return library


def load_rules(
    own: Path | None, *, metrics: Mapping[str, MetricKind], library: Mapping[str, Intervention]
) -> tuple[Rule, ...]:
    """
    Return the rules, with those of the force after them; one of the same id takes the place of ours.

    A rule of ours that names a figure which this force does not have, such as the rate of a kind that it does not
    watch, is set aside; in the force's own file that is a fault.

    Parameters
    ----------
    own
        File of the force, or None.
    metrics
        What a rule may ask.
    library
        The interventions.

    Raises
    ------
    SettingsError
        If a file cannot be read or a rule does not make sense.
    """
    ours = {"rule": [entry for entry in packaged(_RULES)["rule"] if named_metrics(entry) <= set(metrics)]}
    rules = {rule.id: rule for rule in read_rules(ours, file=_RULES, metrics=metrics, library=library)}
    if own is not None:
        further = read_rules(read_toml(own), file=own.name, metrics=metrics, library=library)
        rules |= {rule.id: rule for rule in further}
    return tuple(rules.values())


def rules_set_aside(rules: Iterable[Rule], *, metrics: Mapping[str, MetricKind]) -> dict[str, str]:
    """
    Return the rules of ours that are not asked, and the figures that they would need, in the order of the file.

    Parameters
    ----------
    rules
        The rules that are asked.
    metrics
        What a rule may ask.
    """
    asked = {rule.id for rule in rules}
    return {
        str(entry["title"]): ", ".join(sorted(named_metrics(entry) - set(metrics)))
        for entry in packaged(_RULES)["rule"]
        if entry["id"] not in asked
    }
