"""The house rules that no single room can keep for itself."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
CORE = ("spatialstats", "profiles", "segmentation", "hotspots")

# An EPSG code by its number, where it is one that we meet, or by the words before it.
EPSG_CODE = re.compile(r"\b(?:27700|4326|4258|3857|32617|26917|2157|29902)\b|(?i:epsg|srid)\W{0,3}\d{4,6}\b")
REGISTRY_HOST = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs|(?:deb|security|snapshot)\.debian\.org|archive\.ubuntu\.com"
)
MACHINE_PATH = re.compile(r"(?<![\w.~$}-])/(?:work|root|home/\w+|Users/\w+|opt/\w+)/\w")
PIN = re.compile(r"(?P<name>[a-z0-9-]+)(?:\[[a-z,-]+\])?==(?P<version>[^\s;]+)(?: ; (?P<marker>.+))?")


def committed_files() -> list[Path]:
    """Return the files that git knows; in a copy without git, all but what `.gitignore` names."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        git = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
        listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]
    ignored = {line.strip("/\n") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()}
    return [p for p in ROOT.rglob("*") if p.is_file() and not ignored.intersection(p.relative_to(ROOT).parts)]


def lines_that_match(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    found = []
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        numbered = enumerate(text.splitlines(), start=1)
        found += [f"{path.relative_to(ROOT)}:{n}: {line.strip()[:120]}" for n, line in numbered if pattern.search(line)]
    return found


def modules(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function from its signature to its end, without its docstring."""
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def pins(lock: str) -> set[tuple[str, str, str]]:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    stated = [line for line in lines if line and not line.lstrip().startswith("#")]
    matches = [PIN.fullmatch(line) for line in stated]
    assert all(matches), f"{lock} holds a line that pins nothing"
    return {(m["name"], m["version"], m["marker"] or "") for m in matches if m}


# --- packages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", PACKAGES)
def test_package_is_found_in_this_repository_and_not_elsewhere(package: str) -> None:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).resolve() == ROOT / package / "__init__.py"


@pytest.mark.parametrize("package", PACKAGES)
def test_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


def test_every_package_of_the_repository_is_packed_typed_and_on_a_floor() -> None:
    on_disk = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    tools = PROJECT["tool"]
    floors = " | ".join(tools["importlinter"]["contracts"][0]["layers"])
    assert set(PACKAGES) == on_disk
    assert set(tools["mypy"]["packages"]) == on_disk
    assert set(tools["importlinter"]["root_packages"]) == on_disk
    assert set(floors.split(" | ")) == on_disk


def test_tests_are_no_packages() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_test_files_have_unique_names() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


def test_imports_keep_to_the_floors() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


# --- the code --------------------------------------------------------------------------------------------------------


def test_epsg_codes_are_written_in_one_module() -> None:
    files = [
        path
        for path in committed_files()
        if path.relative_to(ROOT).parts[0] in PACKAGES and path != ROOT / "domain" / "crs.py"
    ]
    assert len(files) > len(PACKAGES)
    # The example in a command's help is written for people, who type a code.
    assert [line for line in lines_that_match(EPSG_CODE, files) if "Example: redzones " not in line] == []


def test_the_look_for_epsg_codes_finds_them() -> None:
    for line in ("to_crs(27700)", "crs = 'EPSG:31370'", "srid=31467", "ST_Transform(geom, 4326)"):
        assert EPSG_CODE.search(line), line
    assert not EPSG_CODE.search("analysis_epsg: int, rows: 12507")


def test_core_knows_no_files_clock_or_global_chance() -> None:
    banned = {"os", "io", "pathlib", "shutil", "tempfile", "time", "random", "logging", "socket", "subprocess"}
    banned_calls = {"open", "print", "input"}
    found = []
    for path in modules(*CORE):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name.partition(".")[0] for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [(node.module or "").partition(".")[0]]
            elif isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                is_global = re.fullmatch(r"np\.random\.(?!default_rng$|Generator$)\w+", called)
                is_clock = called.endswith((".now", ".today", ".utcnow"))
                found += [f"{path.relative_to(ROOT)}:{node.lineno}: {called}"] * bool(
                    called in banned_calls or is_global or is_clock
                )
            found += [f"{path.relative_to(ROOT)}: {name}" for name in names if name in banned]
    assert found == []


def test_functions_and_modules_are_short() -> None:
    # A migration lists tables one after the other; it is read once, from top to bottom.
    files = [path for path in modules(*PACKAGES) if path.parent.name != "versions"]
    lengths = {f"{p.relative_to(ROOT)}:{f.name}": code_lines(f) for p in files for f in functions(p)}
    too_long = {name: n for name, n in lengths.items() if n > 80}
    long_modules = {
        str(path.relative_to(ROOT)): n
        for path in files
        if (n := len(path.read_text(encoding="utf-8").splitlines())) > 450
    }
    assert too_long == {}
    assert long_modules == {}
    assert statistics.median(lengths.values()) <= 20


def test_modules_are_named_for_what_they_hold() -> None:
    vague = {"utils.py", "helpers.py", "common.py", "misc.py", "tools.py"}
    assert [str(path) for path in modules(*PACKAGES) if path.name in vague] == []


# --- what is committed -----------------------------------------------------------------------------------------------


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    files = committed_files()
    assert len(files) > 50
    assert lines_that_match(REGISTRY_HOST, files) == []
    assert lines_that_match(MACHINE_PATH, files) == []


def test_migrations_are_one_line_numbered_without_gap() -> None:
    files = sorted((ROOT / "db" / "migrations" / "versions").glob("[0-9]*.py"))
    stated = [
        re.findall(r'^(?:down_)?revision = (?:"(\d+)"|None)$', file.read_text(encoding="utf-8"), re.MULTILINE)
        for file in files
    ]
    numbers = [f"{i:04d}" for i in range(1, len(files) + 1)]
    assert [file.name[:4] for file in files] == numbers
    assert stated == [[own, before] for own, before in zip(numbers, ["", *numbers], strict=False)]


def test_no_real_data_is_committed() -> None:
    heavy = {str(p.relative_to(ROOT)): size for p in committed_files() if (size := p.stat().st_size) > 1_000_000}
    assert heavy == {}


def test_locks_agree_and_cover_the_project() -> None:
    running, checking = pins("requirements.lock"), pins("requirements-dev.lock")
    names = {name for name, _, _ in running}
    wanted = {re.split(r"[\[<>=]", line, maxsplit=1)[0] for line in PROJECT["project"]["dependencies"]}
    wanted_dev = {
        re.split(r"[\[<>=]", line, maxsplit=1)[0] for line in PROJECT["project"]["optional-dependencies"]["dev"]
    }
    assert wanted <= names
    assert wanted_dev <= {name for name, _, _ in checking}
    assert {(n, v) for n, v, _ in running} == {(n, v) for n, v, _ in checking if n in names}


# --- make and continuous integration ---------------------------------------------------------------------------------


def make(*arguments: str) -> str:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    done = subprocess.run(["make", *arguments], cwd=ROOT, env=clean, capture_output=True, text=True, check=True)
    return done.stdout


def test_bare_make_says_what_each_target_does() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", text, flags=re.MULTILINE)
    assert phony is not None
    shown = re.findall(r"^  make ([a-z-]+) +\S", make(), flags=re.MULTILINE)
    assert shown == re.findall(r"^([a-z-]+):", text, flags=re.MULTILINE)
    assert sorted(shown) == sorted(phony[1].split())


def test_continuous_integration_runs_make_check_whose_last_part_is_make_test() -> None:
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1] == "exec make check </dev/null"
    planned = [line for line in make("--dry-run", "--always-make", "check").splitlines() if "pytest" in line]
    assert "--cov" in planned[-1]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert os.access(ROOT / "scripts" / "setup.sh", os.X_OK)
