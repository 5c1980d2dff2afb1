"""The demo: which commands load the synthetic county, and the environment in which they run."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TypeAlias

from redzones.demoshire import CountyFiles

__all__ = ["LoadCommand", "demo_environment", "load_plan"]

#: The words of one command after `redzones`.
LoadCommand: TypeAlias = list[str]

_ROOT_DATA = Path("/var/lib/redzones")
_OTHERS_MAY_PASS = 0o001


def load_plan(files: CountyFiles) -> tuple[LoadCommand, ...]:
    """
    Return the commands that load a county, in order: boundaries, look-ups, people, incidents, survey waves.

    Parameters
    ----------
    files
        What `write_county` wrote.
    """
    small = ["--geography", "lsoa:2021"]
    return (
        ["load", "boundaries", *map(str, files.lsoa_boundaries), *small],
        [
            "load",
            "boundaries",
            *map(str, files.ward_boundaries),
            "--geography",
            "ward:2025",
            "--parent",
            "district:2025",
        ],
        ["load", "boundaries", str(files.force_boundary), "--geography", "force:2025"],
        ["load", "lookup", str(files.lookup), "--source", "lsoa:2011", "--target", "lsoa:2021"],
        ["load", "lookup", str(files.centroids), "--centroids", "lsoa:2021"],
        ["load", "people", *map(str, files.people), *small],
        ["load", "incidents", *map(str, files.street)],
        ["load", "incidents", str(files.force_log), "--mapping", str(files.force_mapping)],
        *_partners(files),
        *(["load", "survey", str(wave), "--mapping", str(mapping)] for wave, mapping in files.surveys),
    )


def _partners(files: CountyFiles) -> list[LoadCommand]:
    """Return the commands for what partners and people know, as far as the county has it."""
    plan: list[LoadCommand] = []
    if files.workday is not None:
        plan.append(["load", "people", str(files.workday), "--geography", "lsoa:2021"])
    if files.council is not None:
        plan.append(["load", "incidents", str(files.council), "--mapping", str(files.council_mapping)])
    if files.known is not None:
        kinds = ("visits", "priorities", "overrides", "calendar", "nominations", "places")
        plan += [["load", kind, str(getattr(files.known, kind))] for kind in kinds]
        plan.append(["load", "layer", str(files.known.roads), "--kind", "roads"])
    return plan


def demo_environment(work: Path, files: CountyFiles) -> dict[str, str]:
    """
    Return the environment of the demo: its own settings, site and private database, whatever else is configured.

    The address of a force's database is emptied, so that invented incidents never reach it.

    Parameters
    ----------
    work
        Folder of the demo.
    files
        What `write_county` wrote.
    """
    return {
        "REDZONES_CONFIG": str(files.settings.resolve()),
        "REDZONES_SITE__FOLDER": str((work / "site").resolve()),
        "REDZONES_DATA_DIR": str(_data_dir(work.resolve())),
        "REDZONES_DATABASE_URL": "",
    }


def _data_dir(work: Path) -> Path:
    """Return a folder for the private server: beside the work, unless its unprivileged user could not get there."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not is_root or all(_others_may_pass(folder) for folder in (work, *work.parents)):
        return work / "database"
    return _ROOT_DATA / f"demo-{hashlib.sha256(str(work).encode()).hexdigest()[:8]}"


def _others_may_pass(folder: Path) -> bool:
    return not folder.exists() or bool(folder.stat().st_mode & _OTHERS_MAY_PASS)
