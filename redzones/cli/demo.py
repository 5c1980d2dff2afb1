"""`redzones demo`: a synthetic county, loaded and refreshed by the very commands that a force uses."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from redzones.cli.context import console_out

__all__ = ["demo"]


def demo(
    ctx: typer.Context,
    work: Annotated[Path, typer.Option(help="Folder for the county's files and the site.")] = Path("demo-work"),
) -> None:
    """
    Write the synthetic county Demoshire, load it, run a refresh and say where the pages are.

    Example: redzones demo --work demo-work
    """
    from redzones.demo import demo_environment, demo_steps

    os.environ.update(demo_environment(work))
    began = time.monotonic()
    for name, arguments in demo_steps(work):
        step_began = time.monotonic()
        console_out.print(f"$ redzones {name}", markup=False)
        arguments(ctx)
        console_out.print(f"  {time.monotonic() - step_began:.1f} s", markup=False)
    console_out.print(f"All done in {time.monotonic() - began:.1f} s.", markup=False)
