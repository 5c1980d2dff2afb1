"""The communication plan of every neighbourhood and segment, after its lines of enquiry are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import db.enquiry
import db.perception
import db.read
import db.results
import db.run_tables
from domain.areas import FigureState
from profiles.communication import Audience, PlanDates, plan_actions, plan_channels, read_plan_words
from profiles.people import RESIDENTS
from redzones.enquiry_files import packaged
from redzones.steps.work import profiles_so_far

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from profiles.results import EnquiryResult, PerceptionResult, ProfileResult
    from redzones.steps.work import Work
    from segmentation.results import SegmentationResult

__all__ = ["COMMUNICATION", "communication"]

#: Name of the step in the small tables of a run.
COMMUNICATION = "communication"
_FILE = "communication.toml"
_PATROL, _SEGMENT = "patrol", "segment"
#: A line speaks for a segment where at least this share of its small areas has it.
_LEAST_SHARE = 0.25
_MEASURES = ("confidence", "informed", "worry_asb", "perceived_asb")

Rules = tuple[tuple[str, str, tuple[str, ...]], ...]


def communication(connection: Connection, work: Work) -> dict[str, Any]:
    """Plan for every neighbourhood and community group whom to tell what, by which channel, until when."""
    enquiry = db.enquiry.read_enquiry(connection, work.run_id)
    profiles = profiles_so_far(connection, work)
    if enquiry is None or profiles is None:
        return {"note": "There are no lines of enquiry, so there is nothing to plan."}
    perception = db.perception.read_perception(connection, work.run_id)
    segments = db.results.read_segments(connection, work.run_id)
    audiences = (
        *_neighbourhoods(connection, work, profiles, enquiry, perception),
        *_groups(work, profiles, enquiry, perception, segments),
    )
    words = read_plan_words(packaged(_FILE), file=_FILE)
    channels = plan_channels(
        audiences,
        words,
        preferred=None if perception is None else _scoped(perception.channels, work),
        hints=_hints(work, profiles, segments),
    )
    settings = work.settings
    owner = settings.enquiry.plan_owner or settings.force.owner
    actions = plan_actions(
        audiences,
        words,
        channels=channels,
        figures=_figures(connection, work, perception),
        dates=PlanDates.after(work.month, days=settings.enquiry.plan_days, owner=owner),
    )
    db.run_tables.write_tables(connection, work.run_id, COMMUNICATION, {"channels": channels, "actions": actions})
    return {"audiences": len(audiences), "actions": len(actions)}


def _triggered(enquiry: EnquiryResult, geography: str) -> pd.DataFrame:
    lines = enquiry.lines
    return lines[(lines["state"] == "triggered") & (lines["geography"] == geography)]


def _rules(enquiry: EnquiryResult, ids: Sequence[str]) -> Rules:
    known = {str(row["rule_id"]): row for row in enquiry.rules.to_dict("records")}
    return tuple((name, str(known[name]["title"]), tuple(known[name]["drivers"])) for name in ids)


def _neighbourhoods(
    connection: Connection,
    work: Work,
    profiles: ProfileResult,
    enquiry: EnquiryResult,
    perception: PerceptionResult | None,
) -> tuple[Audience, ...]:
    areas = db.read.areas(connection, work.patrol).sort_values("area_code")
    lines = {
        str(code): list(rows["rule_id"]) for code, rows in _triggered(enquiry, str(work.patrol)).groupby("area_code")
    }
    residents = _residents(profiles, str(work.patrol))
    named = _top_priority(perception, str(work.patrol))
    return tuple(
        Audience(
            _PATROL, str(code), f"people who live, work or stay in {name}", residents.get(str(code), np.nan),
            _rules(enquiry, lines.get(str(code), [])), named.get(str(code), ""),
        )
        for code, name in zip(areas["area_code"], areas["area_name"], strict=True)
    )  # fmt: skip


def _groups(
    work: Work,
    profiles: ProfileResult,
    enquiry: EnquiryResult,
    perception: PerceptionResult | None,
    segments: SegmentationResult | None,
) -> tuple[Audience, ...]:
    """Return the community groups; a line speaks for one where a quarter of its small areas has it."""
    if segments is None:
        return ()
    members = segments.membership.set_index("area_code")["group_code"]
    lines = _triggered(enquiry, str(work.small_area))
    residents = _residents(profiles, str(work.small_area))
    named = _top_priority(perception, _SEGMENT)
    groups = segments.segments[segments.segments["level"] == "group"].sort_values("segment_code")
    made = []
    for code, name in zip(groups["segment_code"], groups["name"], strict=True):
        own = members.index[members == code]
        shares = lines[lines["area_code"].isin(own)]["rule_id"].value_counts() / max(len(own), 1)
        wide = sorted(shares[shares >= _LEAST_SHARE].items(), key=lambda pair: (-pair[1], str(pair[0])))
        people = float(sum(residents.get(str(area), 0.0) for area in own))
        made.append(
            Audience(
                _SEGMENT, str(code), f"people of the community group {code}: {name}", people,
                _rules(enquiry, [str(rule) for rule, _ in wide]), named.get(str(code), ""),
            )
        )  # fmt: skip
    return tuple(made)


def _residents(profiles: ProfileResult, geography: str) -> Mapping[str, float]:
    rows = profiles.metrics
    rows = rows[(rows["geography"] == geography) & (rows["metric"] == RESIDENTS) & (rows["state"] == FigureState.OK)]
    return {str(code): float(n) for code, n in zip(rows["area_code"], rows["estimate"], strict=True)}


def _top_priority(perception: PerceptionResult | None, geography: str) -> Mapping[str, str]:
    if perception is None or perception.priorities.empty:
        return {}
    rows = perception.priorities
    rows = rows[(rows["geography"] == geography) & (rows["state"] == FigureState.OK)]
    top = rows.sort_values(["share", "answer"], ascending=[False, True], kind="stable").drop_duplicates("area_code")
    return {
        str(code): f"{answer} ({100 * share:.0f} %, {100 * low:.0f} to {100 * high:.0f} %)"
        for code, answer, share, low, high in zip(
            top["area_code"], top["answer"], top["share"], top["lower"], top["upper"], strict=True
        )
    }


def _scoped(shares: pd.DataFrame, work: Work) -> pd.DataFrame:
    scope = shares["geography"].map({str(work.patrol): _PATROL, _SEGMENT: _SEGMENT})
    return shares[scope.notna()].assign(scope=scope, code=shares["area_code"])


def _hints(work: Work, profiles: ProfileResult, segments: SegmentationResult | None) -> pd.DataFrame:
    """Return the census proxies of patrol areas, and of groups as sums over their small areas."""
    labels = {d.metric: d.label for d in profiles.definitions if d.part == "hints"}
    rows = profiles.metrics
    rows = rows[rows["metric"].isin(list(labels)) & (rows["state"] == FigureState.OK)]
    rows = rows.assign(label=rows["metric"].map(labels), code=rows["area_code"])
    columns = ["scope", "code", "metric", "label", "estimate", "force_estimate"]
    patrol = rows[rows["geography"] == str(work.patrol)].assign(scope=_PATROL)[columns]
    if segments is None:
        return patrol
    members = segments.membership.set_index("area_code")["group_code"]
    small = rows[rows["geography"] == str(work.small_area)]
    small = small.assign(code=small["area_code"].map(members)).dropna(subset=["code", "numerator", "denominator"])
    sums = small.groupby(["code", "metric", "label"], sort=True).agg(
        numerator=("numerator", "sum"), denominator=("denominator", "sum"), force_estimate=("force_estimate", "first")
    )
    sums = sums[sums["denominator"] > 0].reset_index()
    groups = sums.assign(scope=_SEGMENT, estimate=100.0 * sums["numerator"] / sums["denominator"])[columns]
    return pd.concat([patrol, groups], ignore_index=True)


def _figures(connection: Connection, work: Work, perception: PerceptionResult | None) -> pd.DataFrame:
    """Return the figures by which success is measured: modelled ones of patrol areas, direct ones of groups."""
    columns = ["scope", "code", "metric", "estimate", "lower", "upper"]
    blocks = [pd.DataFrame(columns=columns)]
    found = db.read.priorities(connection, work.load_ids, month=work.month)
    if found is not None:
        n_open = found["agreed_solved_on"].isna().groupby(found["area_code"]).sum().astype(float)
        rows = {"scope": _PATROL, "code": n_open.index, "metric": "open_priorities", "estimate": n_open.to_numpy()}
        blocks.append(pd.DataFrame({**rows, "lower": np.nan, "upper": np.nan}))
    if perception is not None and not perception.estimates.empty:
        table = perception.estimates
        is_patrol = (table["geography"] == str(work.patrol)) & (table["model"] == "modelled")
        is_group = (table["geography"] == _SEGMENT) & (table["model"] == "direct")
        table = table[(is_patrol | is_group) & (table["state"] == FigureState.OK) & table["question"].isin(_MEASURES)]
        scope = np.where(table["geography"] == _SEGMENT, _SEGMENT, _PATROL)
        values = {name: 100.0 * table[name] for name in ("estimate", "lower", "upper")}
        blocks.append(table.assign(scope=scope, code=table["area_code"], metric=table["question"], **values)[columns])
    return pd.concat([block for block in blocks if len(block)] or blocks, ignore_index=True)
