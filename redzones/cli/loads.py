"""`redzones loads`: what was loaded, and what became of every row."""

from __future__ import annotations

from typing import Annotated

import typer

from redzones.cli.context import console_out, engine_of, print_frame, print_json, state_of

__all__ = ["app"]

app = typer.Typer(invoke_without_command=True)


@app.callback()
def loads(ctx: typer.Context) -> None:
    """
    List every load with its rows in, kept and rejected; `loads show N` tells one load in full.

    Example: redzones loads
    """
    if ctx.invoked_subcommand is not None:
        return
    from db.read import load_list

    with engine_of(ctx).connect() as connection:
        frame = load_list(connection)
    print_frame(ctx, frame)


@app.command()
def show(ctx: typer.Context, load_id: Annotated[int, typer.Argument(help="Number of the load.")]) -> None:
    """
    Tell one load in full, with the rows it refused and why.

    Example: redzones loads show 7
    """
    from db.read import load_detail

    with engine_of(ctx).connect() as connection:
        detail = load_detail(connection, load_id)
    if state_of(ctx).is_json:
        print_json(detail)
        return
    for key, value in detail.items():
        console_out.print(f"{key}: {value}", markup=False)


@app.command()
def undo(ctx: typer.Context, load_id: Annotated[int, typer.Argument(help="Number of the load.")]) -> None:
    """
    Withdraw a load and reinstate what it superseded. Nothing is deleted; the next refresh reads what is live then.

    Example: redzones loads undo 7
    """
    from dataclasses import asdict

    from db.undo import undo_load

    with engine_of(ctx).begin() as connection:
        report = undo_load(connection, load_id)
    if state_of(ctx).is_json:
        print_json(asdict(report))
        return
    console_out.print(f"{report.file_name}: load {load_id} ({report.kept:,} rows) is withdrawn", markup=False)
    for number, file_name in report.reinstated:
        console_out.print(f"{file_name}: load {number} is live again", markup=False)
    if report.outcomes:
        console_out.print(f"incidents whose outcome is as it was without it: {report.outcomes:,}", markup=False)
    if report.runs:
        console_out.print(f"runs that read it, and still do: {', '.join(map(str, report.runs))}", markup=False)
