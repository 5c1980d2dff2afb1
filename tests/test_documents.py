"""What the documents say, held against what the code does."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel

from domain import errors
from redzones.cli import app
from redzones.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted(path for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md") for path in ROOT.glob(pattern))
GUIDES = ROOT / "docs" / "guides"
LINK = re.compile(r"\]\((?!https?:|mailto:)(?P<target>[^)#\s]+)?(?:#(?P<anchor>[^)\s]+))?\)")
FENCE = re.compile(r"^```\w*\n(?P<code>.*?)^```", flags=re.MULTILINE | re.DOTALL)
CALL = re.compile(
    r"(?:^|&& )(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?redzones (?:--[a-z]+ )*(?P<words>[a-z][a-z-]*(?: [a-z][a-z-]*)?)",
    flags=re.MULTILINE,
)


def commands(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command that a person can call, with its words."""
    command = typer.main.get_command(app) if command is None else command
    below = getattr(command, "commands", {})
    if path and (not below or getattr(command, "invoke_without_command", False)):
        yield path, command
    for name, child in sorted(below.items()):
        yield from commands(child, (*path, name))


COMMANDS = dict(commands())


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from fields(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name


def flattened(table: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, dict) and value:  # an empty table is a setting of its own
            yield from flattened(value, f"{prefix}{name}.")
        else:
            yield prefix + name


def settings_of_the_guide() -> str:
    text = (GUIDES / "load-your-own-force.md").read_text(encoding="utf-8")
    return text.partition("```toml\n")[2].partition("```")[0]


# --- the command line ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_of_a_command_ends_with_an_example_of_it(path: tuple[str, ...]) -> None:
    lines = (COMMANDS[path].help or "").strip().splitlines()
    assert len(lines) > 1, "the help says nothing but the example"
    last = lines[-1].strip()
    assert last.startswith("Example: ")
    assert tuple(shlex.split(last.removeprefix("Example: "))[: len(path) + 1]) == ("redzones", *path)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_of_a_command_says_what_it_does(path: tuple[str, ...]) -> None:
    silent = [p.name for p in COMMANDS[path].params if not getattr(p, "help", None) and p.name != "help"]
    assert silent == []


def calls(text: str) -> list[list[str]]:
    """Return the first words of every call of redzones in the fenced and the inline code of a document."""
    inline = re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
    code = [match["code"] for match in FENCE.finditer(text)] + inline
    return [match["words"].split() for part in code for match in CALL.finditer(part)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_that_a_document_shows_exist(document: Path) -> None:
    groups = {path[0] for path in COMMANDS if len(path) > 1} - {path[0] for path in COMMANDS if len(path) == 1}
    known = {path[:n] for path in COMMANDS for n in (1, 2)}
    shown = [tuple(words) for words in calls(document.read_text(encoding="utf-8"))]
    assert [words for words in shown if (words if words[0] in groups else words[:1]) not in known] == []


def test_the_look_for_commands_finds_them() -> None:
    text = "`redzones loads` lists\n```sh\nA=b .venv/bin/redzones --json db stop && redzones export red-zones\n```\n"
    assert calls(text) == [["db", "stop"], ["export", "red-zones"], ["loads"]]


# --- settings, errors, links -----------------------------------------------------------------------------------------


def test_guide_shows_every_setting_and_no_other() -> None:
    shown = set(flattened(tomllib.loads(settings_of_the_guide())))
    assert shown == set(fields(Settings)) - {"database_url", "data_dir", "processors"}


def test_settings_of_the_guide_make_sense_and_show_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REDZONES_CONFIG", "REDZONES_DATABASE_URL", "REDZONES_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "redzones.toml"
    file.write_text(settings_of_the_guide(), encoding="utf-8")
    shown = load_settings(file)
    assert shown.hotspots == Settings().hotspots
    assert shown.segments == Settings().segments
    assert shown.times == Settings().times
    assert shown.perception == Settings().perception
    assert shown.site == Settings().site


def test_every_exit_code_is_explained() -> None:
    kinds = [getattr(errors, name) for name in errors.__all__]
    raised = {kind.exit_code for kind in kinds if issubclass(kind, errors.RedzonesError)}
    text = (GUIDES / "operate.md").read_text(encoding="utf-8")
    assert raised <= {int(code) for code in re.findall(r"^\| (\d+) \|", text, flags=re.MULTILINE)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_a_document_lead_somewhere(document: Path) -> None:
    for match in LINK.finditer(document.read_text(encoding="utf-8")):
        target = (document.parent / match["target"]).resolve() if match["target"] else document
        assert target.exists(), match[0]
        if match["anchor"]:
            assert match["anchor"] in anchors(target), match[0]


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "adr").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_changelog_begins_with_what_is_unreleased() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert headings[0] == "[Unreleased]"
