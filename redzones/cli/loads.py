"""`redzones loads`: what was loaded, and what became of every row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

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
    for line in _lines(detail):
        console_out.print(line, markup=False, soft_wrap=True)


def _lines(detail: Mapping[str, Any]) -> list[str]:
    """Return a load as lines for a person: one for each fact, and one for each note, warning and refused row."""
    from db.audits import audit_sentences

    lines = [f"{_words(key)}: {value}" for key, value in detail.items() if isinstance(value, str | int | bool)]
    lines += [f"{_words(key)}: {', '.join(detail[key])}" for key in ("months", "agencies") if detail.get(key)]
    lines += [f"note: {note}" for note in detail.get("notes", ())]
    audit = detail.get("quality") or {}
    lines += [
        f"{_words(name)}: {f'{value:.1%}' if isinstance(value, float) else f'{value:,}'}"
        for name, value in audit.get("location", {}).items()
        if value is not None
    ]
    lines += [f"warning: {sentence}" for sentence in (audit_sentences(audit) if audit else ())]
    for name, value in detail.get("events", {}).items():
        told = value if isinstance(value, int) else ", ".join(f"{_words(why)} {n:,}" for why, n in value.items())
        lines.append(f"{'events' if name == 'counted' else _words(name)}: {told or 'none'}")
    lines += [
        f"possible duplicates: {', '.join(f'{_words(k)} {v}' for k, v in row.items())}"
        for row in detail.get("possible_duplicates", ())
    ]
    lines += [f"rejected, {reason}: {n:,}" for reason, n in detail["reasons"].items()]
    return lines + [_refused_row(row) for row in detail["first_rejected_rows"]]


def _words(name: str) -> str:
    return name.replace("_", " ")


def _refused_row(row: Mapping[str, Any]) -> str:
    column = f', column "{row["column_name"]}"' if row["column_name"] else ""
    return f"row {row['row_number']}{column}: {row['reason']}" + (f": {row['raw']}" if row["raw"] else "")


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
