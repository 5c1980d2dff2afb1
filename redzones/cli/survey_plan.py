"""`redzones survey-plan`: where the next interviews are worth most."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from redzones.cli.context import console_out, engine_of, print_json, settings_of, state_of

if TYPE_CHECKING:
    from redzones.survey_planning import NamedPlan

__all__ = ["survey_plan"]


def survey_plan(
    ctx: typer.Context,
    interviews: Annotated[int, typer.Argument(help="Interviews that the next wave may add.", min=1)],
    question: Annotated[str, typer.Option(help="Question whose error is to fall.")] = "confidence",
    step: Annotated[int, typer.Option(help="Interviews in a batch, such as those of one sampling point.", min=1)] = 5,
    by_residents: Annotated[
        bool, typer.Option("--by-residents", help="Count an area by its residents instead of all areas alike.")
    ] = False,
) -> None:
    """
    Say where the next interviews lower the error most, and how many answers an area needs to show five points.

    It rests on the latest finished refresh with a survey; no respondent is read.

    Example: redzones survey-plan 500
    """
    from redzones.survey_planning import plan_survey

    plan = plan_survey(
        engine_of(ctx),
        settings_of(ctx),
        interviews=interviews,
        question=question,
        step=step,
        by_residents=by_residents,
    )
    if state_of(ctx).is_json:
        print_json(_plain(plan))
    else:
        _print(plan)


def _plain(plan: NamedPlan) -> dict[str, Any]:
    known = asdict(plan.plan)
    return {**known, "wave": plan.wave, "question": plan.question, "areas": plan.areas.to_dict("records")}


def _print(plan: NamedPlan) -> None:
    from rich.table import Table

    table = Table("Area", "Name", title_justify="left")
    table.title = f"Next interviews, after wave {plan.wave} ({plan.question})"
    for heading in ("Answers now", "More", "Margin now", "Margin then", "For ±5", "For a change of 5"):
        table.add_column(heading, justify="right")
    for row in plan.areas.sort_values(["n_more", "area_code"], ascending=[False, True]).to_dict("records"):
        margins = (f"±{row['margin_now']:.1f}", f"±{row['margin_then']:.1f}")
        counts = (f"{row['n_for_level']:,}", f"{row['n_for_change']:,}")
        table.add_row(row["area_code"], row["area_name"], str(row["n_now"]), str(row["n_more"]), *margins, *counts)
    console_out.print(table)
    known = plan.plan
    console_out.print(
        f"Mean margin of the modelled figures: ±{known.margin_now:.1f} points now, ±{known.margin_then:.1f} then.\n"
        f"One answer is worth {known.worth:.2f} of one in a simple sample. An area's own figure is known to ±5 points "
        f"with {known.answers_for_level:,} answers; a change of 5 points is seen with {known.answers_for_change:,} in "
        "each wave.",
        markup=False,
    )
