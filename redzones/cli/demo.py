"""`redzones demo`: a synthetic county, loaded and refreshed by the very commands that a force uses."""

from __future__ import annotations

import os
import shlex
import time
from pathlib import Path
from typing import Annotated

import typer

from redzones.cli.context import console_out, shown_progress

__all__ = ["demo"]


def demo(
    ctx: typer.Context,
    work: Annotated[Path, typer.Option(help="Folder for the county's files and the site.")] = Path("demo-work"),
) -> None:
    """
    Write the synthetic county Demoshire, load it, run a refresh, and say where the pages and the shapefile are.

    Example: redzones demo --work demo-work
    """
    from redzones.cli import app
    from redzones.demo import demo_environment, load_plan
    from redzones.demoshire import write_county

    began = time.monotonic()
    with shown_progress(ctx) as progress:
        files = write_county(work / "county", progress=progress)
    console_out.print(f"wrote the county to {work / 'county'}: {time.monotonic() - began:.1f} s", markup=False)
    os.environ.update(demo_environment(work, files))
    closing = (["refresh", "--month", str(files.last_month)], ["export", "red-zones", "--out", str(work / "exports")])
    for arguments in (["db", "upgrade"], *load_plan(files), *closing):
        console_out.print(f"$ redzones {shlex.join(_shortened(arguments))}", markup=False)
        step_began = time.monotonic()
        app(["--quiet", *arguments], standalone_mode=False)
        console_out.print(f"  ({time.monotonic() - step_began:.1f} s)", markup=False)
    console_out.print(f"All done in {time.monotonic() - began:.1f} s.", markup=False)


def _shortened(arguments: list[str]) -> list[str]:
    """Leave out the middle of a long list of files."""
    most = 8
    return arguments if len(arguments) <= most else [*arguments[:3], "...", *arguments[-2:]]
