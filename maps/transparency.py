"""
The transparency record, made from the run, in the fields of the Algorithmic Transparency Recording Standard.

The questions of ALGO-CARE follow. Every sentence is a fact of the engine, which its tests hold, or a figure of this
run. What only the force can say is taken from its settings, or stands there as not stated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from domain.areas import FigureState
from hotspots.results import BacktestResult, RedZonesResult
from maps import format as fmt
from maps.accuracy_views import accuracy_view
from maps.content import RunFacts, SiteContent
from maps.lookup import scoring_set_label
from profiles.equality import EqualityReport

__all__ = ["RecordField", "RecordSection", "transparency_record", "write_transparency"]

_STANDARD = "Algorithmic Transparency Recording Standard, fields as in version 2.1; voluntary for police forces"
_NOT_STATED = "not stated by the force"

#: What the engine does not do; each has a test in the project, named in the guide.
_DOES_NOT = (
    "It scores ground, never a person: no name, address or identity of anyone is read into a score or shown.",
    (
        "No census or deprivation figure, no community group and no proxy for a protected characteristic enters a "
        "score that places a zone or a visit."
    ),
    "Records that police activity makes, such as stop and search or drugs found on patrol, never score a zone.",
    "Patrol hours and visits never feed the score.",
    "Nothing here orders a deployment, a stop or a search; a person decides.",
    "Pages load nothing from a network and send nothing to anyone.",
)


@dataclass(frozen=True, slots=True)
class RecordField:
    """
    One field of the record.

    Parameters
    ----------
    name
        Attribute of the standard, or letter of ALGO-CARE.
    label
        In plain words.
    sentences
        What it says.
    state
        `ok`, `not_stated` where only the force can say it and has not, or `no_data`.
    """

    name: str
    label: str
    sentences: tuple[str, ...]
    state: str = "ok"


@dataclass(frozen=True, slots=True)
class RecordSection:
    """A section of the record: its number and title in the standard, and its fields."""

    number: str
    title: str
    fields: tuple[RecordField, ...]


def transparency_record(content: SiteContent) -> tuple[RecordSection, ...]:
    """
    Return the record of a run.

    Parameters
    ----------
    content
        Everything that the site shows.

    Returns
    -------
    tuple
        The tiers and sections of the standard in its order, then ALGO-CARE and what the engine does not do.
    """
    return (
        RecordSection("Tier 1", "Overview", _overview(content)),
        RecordSection("2.1", "Owner and responsibility", _owner(content)),
        RecordSection("2.2", "Description and rationale", _rationale(content)),
        RecordSection("2.3", "Decision-making process", _process(content)),
        RecordSection("2.4.2", "Models and measured accuracy", _models(content)),
        RecordSection("2.4.3", "Data", _data(content)),
        RecordSection("2.5", "Risks, mitigations and impact assessments", _risks(content)),
        RecordSection("ALGO-CARE", "The eight questions of ALGO-CARE", _algo_care(content)),
        RecordSection("Limits", "What the engine does not do", (RecordField("does_not", "It does not", _DOES_NOT),)),
    )


def write_transparency(path: Path, content: SiteContent, sections: Sequence[RecordSection]) -> None:
    """
    Write the record for machines.

    Parameters
    ----------
    path
        The file.
    content
        Everything that the site shows.
    sections
        The record.
    """
    identity = content.identity
    record = {
        "standard": _STANDARD,
        "marking": identity.marking,
        "run": identity.fingerprint,
        "version": identity.version,
        "period": [str(identity.first_month), str(identity.last_month)],
        "valid_until": identity.valid_until.isoformat(),
        "sections": [asdict(section) for section in sections],
    }
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def _facts(content: SiteContent) -> RunFacts | None:
    return content.run_facts


def _fact(content: SiteContent, name: str) -> str:
    facts = _facts(content)
    return "" if facts is None else facts.facts.get(name, "")


def _stated(content: SiteContent, name: str, label: str) -> RecordField:
    """Return what only the force can say, or that it has not."""
    value = _fact(content, name)
    return RecordField(name, label, (value or _NOT_STATED,), "ok" if value else "not_stated")


def _field(name: str, label: str, *values: str) -> RecordField:
    known = tuple(dict.fromkeys(value for value in values if value))
    return RecordField(name, label, known or (fmt.MISSING,), "ok" if known else FigureState.NO_DATA.value)


def _overview(content: SiteContent) -> tuple[RecordField, ...]:
    identity = content.identity
    contact = (
        RecordField("contact_email", "Contact", (identity.contact,))
        if identity.contact
        else RecordField("contact_email", "Contact", (_NOT_STATED,), "not_stated")
    )
    return (
        _field("name", "Name", f"Redzones, {identity.force_name}"),
        _field(
            "description",
            "What it is for",
            "It ranks small zones (Red Zones) in which the public is expected to report the most antisocial behaviour "
            "and minor crime in the coming month, and the hours of the week (Red Times) in which it concentrates, so "
            "that visible patrol and problem-solving can be planned there.",
            "The aim is the confidence of the public, not arrests.",
        ),
        contact,
    )


def _owner(content: SiteContent) -> tuple[RecordField, ...]:
    identity = content.identity
    return (
        _field("organisation", "Organisation", identity.force_name),
        _field("team", "Team", identity.owner),
        _stated(content, "senior_responsible_owner", "Senior responsible owner"),
        _field(
            "external_supplier",
            "Supplier",
            f"Redzones {identity.version} is open software that runs in the force's own database and on its own "
            "machines; its licence (Apache 2.0) lets anyone read and check the code.",
        ),
    )


def _rationale(content: SiteContent) -> tuple[RecordField, ...]:
    identity, labels = content.identity, content.identity.scoring_set_labels
    lists = [
        f"{scoring_set_label(name, labels)}: {fmt.plural(len(result.zones), 'zone')}, the capacity being "
        f"{result.capacity}, from the last {fmt.plural(result.window_months, 'month')}."
        for name, result in content.zones.items()
    ]
    return (
        _field(
            "detailed_description",
            "Method",
            f"Public-reported incidents of {fmt.period(identity.first_month, identity.last_month)} are counted at "
            "their points; a score per piece of ground is blurred a little; discs are placed where they cover the most "
            "score for their area until the patrol capacity is used.",
            _red_times_method(content),
            *lists,
            *(said for name, result in content.zones.items() if (said := _what_people_say(name, result, labels))),
        ),
        _field("scope", "Scope", f"Patrol capacity: {_fact(content, 'capacity')}." if _facts(content) else ""),
        _field("alternatives", "Alternatives that were tested", *map(_alternatives, content.backtests.values())),
    )


def _what_people_say(name: str, result: RedZonesResult, labels: Mapping[str, str]) -> str:
    """Return whether confidence and priorities entered the scores of a published list; empty where they did not."""
    comparison = result.comparison
    if comparison is None or not comparison.is_published:
        return ""
    confidence = (
        f"low confidence lifts a score (c = {fmt.decimal(comparison.strength, 2)})" if comparison.strength else ""
    )
    priorities = "kinds weigh what people name as their priorities" if comparison.weighs_kinds else ""
    what = " and ".join(part for part in (confidence, priorities) if part)
    return f"{scoring_set_label(name, labels)}: {what}; the list without this is published beside."


def _red_times_method(content: SiteContent) -> str:
    red_times = content.red_times
    if red_times.state != FigureState.OK:
        return red_times.reason
    return (
        f"Red Times rest on {fmt.plural(red_times.n_timed, 'incident')} whose time is known; a window is named only "
        "where it stands out beyond chance after correction for the number of windows tested."
    )


def _alternatives(result: BacktestResult) -> str:
    names = list(dict.fromkeys(result.summary["candidate"])) if len(result.summary) else []
    return f"Ways of ranking tested side by side: {fmt.joined([str(name) for name in names])}." if names else ""


def _process(content: SiteContent) -> tuple[RecordField, ...]:
    facts = _facts(content)
    overrides = () if facts is None else facts.overrides
    n_zones = sum(len(result.zones) for result in content.zones.values())
    return (
        _field(
            "process_integration",
            "Part in the decision",
            "Advice to those who plan visible patrol. It produces maps, printable cards and files; it changes no "
            "record and sends no instruction.",
        ),
        _field(
            "provided_information",
            "What people are given",
            f"{fmt.plural(n_zones, 'zone')} in {fmt.plural(len(content.zones), 'list')}, each with its reasons, its "
            "expected incidents with an interval, how firm its place in the list is, and who lives there.",
        ),
        _field(
            "frequency_and_scale",
            "How often",
            f"Once a month; this run is valid until {fmt.day(content.identity.valid_until)}.",
        ),
        _field(
            "human_decisions",
            "What people decide",
            "An analyst may exclude ground, with a reason and the name of the rule, before zones are ranked. "
            + (f"In this run: {len(overrides)}." if overrides else "In this run there is none."),
            *overrides,
        ),
        _stated(content, "training", "Training required"),
        _stated(content, "appeals", "Appeal and review"),
    )


def _models(content: SiteContent) -> tuple[RecordField, ...]:
    labels = content.identity.scoring_set_labels
    fields = []
    for result in content.backtests.values():
        view = accuracy_view(result, labels=labels)
        fields.append(
            _field(
                "model_performance",
                f"Where, {view.label}",
                f"Used: {view.chosen}.",
                view.reason,
                view.sentence,
                view.moved,
            )
        )
    red_times = content.red_times
    when = red_times.notes if red_times.state == FigureState.OK else ("Not tested: this run has no Red Times.",)
    fields.append(_field("model_performance", "When", *when))
    if content.segmentation is not None:
        fields.append(
            _field("model_architecture", "Community segments (they place nothing)", content.segmentation.reason)
        )
    seed = _fact(content, "seed")
    fields.append(
        _field(
            "system_architecture",
            "Reproducible",
            f"Run {content.identity.fingerprint}, Redzones {content.identity.version}"
            + (f", seed {seed}" if seed else "")
            + ": the same inputs, settings and version give the same bytes.",
        )
    )
    return tuple(fields)


def _source(kind: str, source: str) -> str:
    return f"{fmt.capitalised(kind)}, {source}" if source and source != kind else fmt.capitalised(kind)


def _data(content: SiteContent) -> tuple[RecordField, ...]:
    facts = _facts(content)
    rows = [] if facts is None else facts.sources.to_dict("records")
    sources = [
        f"{_source(str(row['kind']), str(row['source']))}: "
        f"{fmt.plural(row['files'], 'file')}, {fmt.count(row['rows_in'])} rows in, {fmt.count(row['kept'])} kept, "
        f"{fmt.count(row['rejected'])} rejected with a reason."
        for row in rows
    ]
    topics = _fact(content, "people_topics")
    return (
        _field("source_data_name", "What was loaded", *sources),
        _field(
            "sensitive_attributes",
            "Census, deprivation and survey figures",
            f"Topics loaded: {topics}. They describe areas, form segments "
            "and make the equality report; none enters a score."
            if topics
            else "",
        ),
        _field(
            "completeness_and_representativeness",
            "How complete",
            *(f"{note.label}: {note.value}." for note in content.quality),
            "Only what was reported and recorded is counted: places where people have stopped reporting look quiet.",
        ),
        _field(
            "data_access_and_storage",
            "Where it lies",
            "In the force's PostGIS under roles of least privilege; pages carry no point of an incident of a force "
            "extract and no row of a survey.",
        ),
    )


def _risks(content: SiteContent) -> tuple[RecordField, ...]:
    identity = content.identity
    single = sum(int(result.zones["is_single_address"].sum()) for result in content.zones.values())
    risks = [
        (
            f"A zone may be one address. Zones of this run with more than half of their incidents from one point: "
            f"{single}; they are marked for problem-solving, not patrol."
        ),
        *_caller_risk(content),
        "Feedback: patrol finds what it looks for. So only what the public reports scores a zone.",
        *(
            ["Published points are approximate; zones made from them are overprinted and must not be deployed to."]
            if identity.is_approximate
            else []
        ),
        *(
            sentence
            for report in content.equality.values()
            for sentence in _equality_risk(report, identity.scoring_set_labels)
        ),
    ]
    return (
        _stated(content, "impact_assessment", "Impact assessment"),
        _field("risks", "Risks and what is done about them", *risks),
    )


def _caller_risk(content: SiteContent) -> list[str]:
    """Return what is known of zones behind which repeat callers stand."""
    zones = [result.zones for result in content.zones.values() if "repeat_caller_share" in result.zones]
    n_known = sum(int(table["repeat_caller_share"].notna().sum()) for table in zones)
    if not n_known:
        return ["A zone may be a few people who call again and again: the sources of this run do not tell."]
    n_flagged = sum(int(table["has_repeat_callers"].sum()) for table in zones)
    known = fmt.plural(n_known, "zone")
    flagged = f"marked, since a third or more of the incidents came from repeat callers: {n_flagged}"
    return [f"A zone may be a few people who call again and again. Known for {known}; {flagged}."]


def _equality_risk(report: EqualityReport, labels: Mapping[str, str]) -> list[str]:
    """Return what the equality report measured: how many groups lie above their share of reports, and the price."""
    if report.state != FigureState.OK:
        return [f"Equality report: {report.reason}"]
    known = report.shares[report.shares["state"] == FigureState.OK.value]
    n_above = int((known["against_incidents_lower"] > 0).sum())
    label, verb = scoring_set_label(report.scoring_set, labels), "has" if n_above == 1 else "have"
    words = [
        (
            f"Equality report ({label}): of {fmt.plural(len(known), 'group')} compared, {n_above} {verb} a share of "
            "Red Zone ground above the share of reported incidents beyond chance."
        )
    ]
    capped = report.price[report.price["slack"].notna()] if len(report.price) else report.price
    if len(capped):
        row = capped.iloc[-1]
        words.append(
            f"A cap at the share of reports by fifth of income would cost {fmt.per_cent(row['lost'], 1)} of the hits "
            f"(95 % interval {fmt.per_cent(row['lost_lower'], 1)} to {fmt.per_cent(row['lost_upper'], 1)})."
        )
    return words


def _algo_care(content: SiteContent) -> tuple[RecordField, ...]:
    radii = sorted({float(r) for result in content.zones.values() for r in result.zones["radius_m"]})
    radius = f"Zones of {fmt.joined([f'{r:g} m' for r in radii])} radius" if radii else "No zones in this run"
    reports = content.equality.values()
    has_report = any(report.state == FigureState.OK for report in reports)
    return (
        _field("A", "Advisory", "A person decides on every visit; the output is a ranked list with its reasons."),
        RecordField(
            "L",
            "Lawful",
            (_fact(content, "legal_basis") or _NOT_STATED,),
            "ok" if _fact(content, "legal_basis") else "not_stated",
        ),
        _field("G", "Granularity", f"{radius}; blocks of the week; never a person, a household or an address."),
        _field("O", "Ownership", "The force holds data, results and code; the licence is Apache 2.0."),
        _field(
            "C",
            "Challengeable",
            "Scores, their parts, the ledger of tests and this record are published with each run as pages and files.",
        ),
        _field("A2", "Accuracy", "Measured on the force's own past, months not seen before; see above."),
        _field("R", "Responsible", "An equality report goes with this run." if has_report else _no_report(content)),
        _field("E", "Explainable", "Every card says in words why its zone is red, and how sure that is."),
    )


def _no_report(content: SiteContent) -> str:
    reasons = list(dict.fromkeys(report.reason for report in content.equality.values()))
    return " ".join(reasons) or "This run has no equality report."
