"""`redzones segments`: who lives where, in plain names that a person approves, and when segments are made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import AnalysisError
from domain.months import LocalMonth
from redzones.cli.context import console_out, engine_of, print_frame, print_json, settings_of, shown_progress, state_of

if TYPE_CHECKING:
    from db.segment_models import ModelInForce
    from redzones.refit import RefitReport
    from segmentation.frozen import SegmentModel

__all__ = ["app"]

app = typer.Typer(no_args_is_help=False)

Who = Annotated[str, typer.Option("--by", help="Who decides: name or role. It is stored with the decision.")]


@app.callback(invoke_without_command=True)
def segments(ctx: typer.Context) -> None:
    """
    List the segments in force: code, name, whether a person approved it, areas, and how firm they are.

    Example: redzones segments
    """
    if ctx.invoked_subcommand is not None:
        return
    in_force, model = _model(ctx)
    table = model.result.segments
    approved = set(model.approved)
    names = model.names
    shown = (
        table[["segment_code"]]
        .rename(columns={"segment_code": "segment"})
        .assign(
            name=[names[code] for code in table["segment_code"]],
            state=["approved" if code in approved else "proposed" for code in table["segment_code"]],
            areas=table["n_areas"],
            of_residents=[f"{100 * share:.1f} %" for share in table["residents_share"]],
            stability=[f"{value:.2f}" for value in table["stability"]],
        )
    )
    print_frame(ctx, shown)
    if not state_of(ctx).is_json:
        console_out.print(f"Made from the data to {model.month}; fingerprint {in_force.fingerprint}", markup=False)


@app.command()
def show(
    ctx: typer.Context, code: Annotated[str | None, typer.Argument(help="Code of a segment; all by default.")] = None
) -> None:
    """
    Print the portrait of each segment: what sets its people, or its streets, apart from the force.

    Example: redzones segments show A1
    """
    in_force, model = _model(ctx)
    names = model.names
    wanted = [code] if code else list(model.result.segments["segment_code"])
    if unknown := [c for c in wanted if c not in names]:
        raise _unknown(unknown[0], model)
    rows = {row["segment_code"]: row for row in model.result.segments.to_dict("records")}
    if state_of(ctx).is_json:
        print_json([{**rows[c], "name": names[c], "is_approved": c in model.approved} for c in wanted])
        return
    who = _approvals(ctx, in_force)
    for each in wanted:
        state = who.get(each, "proposed")
        console_out.print(f"\n{each}: {names[each]} ({state}; {rows[each]['n_areas']} areas)", markup=False)
        for entry in rows[each]["portrait"]:
            console_out.print(f"  {entry['text']}", markup=False)


@app.command()
def approve(
    ctx: typer.Context,
    by: Who,
    code: Annotated[list[str] | None, typer.Argument(help="Codes of segments.", show_default=False)] = None,
    name: Annotated[str | None, typer.Option(help="A plain name in place of the proposed one.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Approve every name that is still proposed.")] = False,
) -> None:
    """
    Approve the name of a segment, or give it a plainer one; pages show it from the next refresh on.

    A name speaks of homes, work and streets. One that says who people are is refused.

    Example: redzones segments approve A --name "Terraces near the station" --by "Insp. Hill"
    """
    from db.segment_models import approve_name
    from segmentation.name_rules import check_name

    in_force, model = _model(ctx)
    wanted = [c for c in model.names if c not in model.approved] if everything else list(code or ())
    _check_approval(wanted, name, by, model)
    with engine_of(ctx).begin() as connection:
        for each in wanted:
            plain = check_name(name or model.names[each], code=each, others=model.names)
            approve_name(connection, in_force, code=each, name=plain, decided_by=by.strip())
            console_out.print(f"{each}: {plain} (approved by {by.strip()})", markup=False)


def _check_approval(codes: list[str], name: str | None, by: str, model: SegmentModel) -> None:
    if not codes:
        raise AnalysisError("no segment to approve", hint=f"Name one of {', '.join(model.names)}, or --all.")
    if name is not None and len(codes) > 1:
        raise AnalysisError("one name cannot be that of several segments", hint="Approve one segment at a time.")
    if not by.strip():
        raise AnalysisError("a decision needs who made it", hint="--by 'Insp. Hill'")
    if unknown := [c for c in codes if c not in model.names]:
        raise _unknown(unknown[0], model)


def _unknown(code: str, model: SegmentModel) -> AnalysisError:
    return AnalysisError(f'there is no segment "{code}"', hint=f"There are {', '.join(model.names)}.")


@app.command()
def refit(
    ctx: typer.Context,
    by: Who,
    why: Annotated[str, typer.Option(help="Why; shown on the pages.")] = "",
    month: Annotated[
        str | None, typer.Option(help="Last month of the data, YYYY-MM; that of the latest run by default.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would come of it.")] = False,
) -> None:
    """
    Make segments anew from the current data and settings, and put them in force from the next refresh on.

    Segments that follow an old one keep its code; names survive where the segment stays nearly the same.

    Example: redzones segments refit --by "Insp. Hill" --why "Census of 2031" --dry-run
    """
    from db.runs import latest_finished_run
    from redzones.refit import refit_segments

    engine = engine_of(ctx)
    if not by.strip():
        raise AnalysisError("a decision needs who made it", hint="--by 'Insp. Hill'")
    with engine.connect() as connection:
        last = LocalMonth.parse(month) if month else LocalMonth.of(latest_finished_run(connection).month)
    with shown_progress(ctx) as progress:
        report = refit_segments(
            engine,
            settings_of(ctx),
            month=last,
            decided_by=by.strip(),
            reason=" ".join(why.split()),
            is_trial=dry_run,
            progress=progress,
        )
    _print_refit(ctx, report)


def _print_refit(ctx: typer.Context, report: RefitReport) -> None:
    refit, names = report.model.refit, report.model.names
    assert refit is not None, "a refit says how it follows"
    if state_of(ctx).is_json:
        print_json(
            {
                "adjusted_rand": refit.adjusted_rand, "n_common": refit.n_common, "ended": refit.ended,
                "begun": refit.begun, "kept": refit.kept, "names": dict(names), "is_in_force": report.is_kept,
                "movers": refit.movers.to_dict("records"), "reason": report.model.result.reason,
            }
        )  # fmt: skip
        return
    console_out.print(report.model.result.reason, markup=False)
    console_out.print(
        f"Adjusted Rand index with the segments in force: {refit.adjusted_rand:.3f} over {refit.n_common:,} areas; "
        f"{len(refit.movers):,} move to another group",
        markup=False,
    )
    for code, name in names.items():
        state = "keeps its approved name" if code in refit.kept else "new name, waits for approval"
        console_out.print(f"{code}: {name} ({state})", markup=False)
    for code in refit.ended:
        console_out.print(f"{code}: {report.names_before.get(code, code)} (ends)", markup=False)
    end = "In force from the next refresh on." if report.is_kept else "Nothing is stored: this was a trial."
    console_out.print(end, markup=False)


def _model(ctx: typer.Context) -> tuple[ModelInForce, SegmentModel]:
    """Return the segments in force, or say how to get some."""
    from db.segment_models import model_in_force, read_model
    from redzones.refit import no_segments_error

    geography = settings_of(ctx).geography.small_area
    with engine_of(ctx).connect() as connection:
        found = model_in_force(connection, geography)
        if found is None:
            raise no_segments_error(connection, geography)
        return found, read_model(connection, found)


def _approvals(ctx: typer.Context, in_force: ModelInForce) -> dict[str, str]:
    from db.segment_models import name_list

    with engine_of(ctx).connect() as connection:
        rows = name_list(connection, in_force).iloc[::-1].to_dict("records")
    return {r["segment_code"]: f"approved by {r['decided_by']}, {r['decided_at']}" for r in rows}
