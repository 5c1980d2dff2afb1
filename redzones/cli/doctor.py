"""`redzones doctor`: look for what would keep Redzones from working, and say how to mend it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Column, Table
from rich.text import Text

from redzones.cli.context import console_out, print_json, settings_of, state_of

__all__ = ["doctor"]

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(
    ctx: typer.Context, json: Annotated[bool, typer.Option("--json", help="Print the checks for machines.")] = False
) -> None:
    """
    Check the machine, the database and the folders; the exit code is 1 if anything fails.

    Example: redzones doctor
    """
    from redzones.doctor import examine

    checks = examine(settings_of(ctx))
    if json or state_of(ctx).is_json:
        print_json([asdict(check) for check in checks])
    else:
        table = Table(*(Column(name, overflow="fold") for name in ("check", "state", "found", "what to do")))
        for check in checks:
            state = Text(check.state, style=_STYLES[check.state])
            table.add_row(Text(check.name), state, Text(check.detail), Text(check.remedy or ""))
        console_out.print(table, soft_wrap=False)
    if any(check.state == "fail" for check in checks):
        raise typer.Exit(1)
