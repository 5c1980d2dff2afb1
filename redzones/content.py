"""What a site shows, read from PostGIS for one run and put into one frozen value."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import db.audits
import db.enquiry
import db.equality
import db.perception
import db.profiles
import db.read
import db.results
import db.run_tables
import db.runs
import db.schema
import db.significance
import db.summaries
import db.visibility
from domain.areas import FigureState, GeographyKey
from domain.errors import DatabaseError
from domain.months import LocalMonth, month_range
from maps.content import QualityNote, RunFacts, SiteContent, SiteIdentity
from redzones import __version__
from redzones.confidence_contrasts import with_confidence
from redzones.steps.communication import COMMUNICATION
from redzones.steps.transparency import TRANSPARENCY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from redzones.settings import Settings

__all__ = ["run_identity", "site_content"]

_LABELS = {"lsoa": "LSOA", "msoa": "MSOA", "oa": "output area"}
_WARD_NOTE = "A ward is an electoral area: it is not a police beat. Load your own neighbourhoods to see them here."
_POLICE_UK = "police.uk"
_OPEN_DATA_NOTE = "Contains public sector information licensed under the Open Government Licence v3.0."
_OPEN_DATA_SOURCES = "Sources: {publishers}."
_PUBLISHERS = {
    "statistics": "Office for National Statistics",
    "deprivation": "Ministry of Housing, Communities and Local Government",
}
_ORDNANCE_SURVEY_NOTE = "Contains OS data © Crown copyright and database right 2025."
_UNATTRIBUTED = "Published data: {sources}. What their licences ask to be said belongs into site.attributions."
_KIND_WORDS = {
    "asb": "antisocial behaviour",
    "minor_crime": "minor crime",
    "road_related": "road-related incidents",
    "other": "other crime and incidents",
}


def _label(key: GeographyKey) -> str:
    return _LABELS.get(key.name, key.name.replace("_", " "))


def run_identity(connection: Connection, settings: Settings, run_id: int) -> SiteIdentity:
    """
    Return what every page and export of a run carries.

    Raises
    ------
    DatabaseError
        If there is no such run.
    """
    run = db.runs.run_by_id(connection, run_id)
    month = LocalMonth.of(run.month)
    sources = settings.incidents.counted_sources
    is_open = db.summaries.is_open_data(connection, run.load_ids, sources)
    patrol = GeographyKey.parse(settings.geography.patrol)
    return SiteIdentity(
        force_name=settings.force.name,
        owner=settings.force.owner,
        contact=settings.force.contact,
        marking=settings.site.marking,
        edition="force",
        first_month=_first_month(connection, settings, run.load_ids, month),
        last_month=month,
        valid_until=_valid_until(month, settings.site.valid_days),
        fingerprint=run.fingerprint,
        version=__version__,
        attributions=_attributions(connection, settings, run.load_ids, is_open=is_open),
        is_approximate=is_open,
        analysis_epsg=db.schema.stored_analysis_epsg(connection),
        small_area_label=_label(GeographyKey.parse(settings.geography.small_area)),
        patrol_label=_label(patrol),
        unit_label=_label(GeographyKey.parse(settings.geography.policing_unit)),
        patrol_note=_WARD_NOTE if patrol.name == "ward" else "",
        scoring_set_labels={str(name): label for name, label in settings.site.scoring_set_labels.items()},
    )


def _attributions(
    connection: Connection, settings: Settings, load_ids: Sequence[int], *, is_open: bool
) -> tuple[str, ...]:
    """Return the force's own sentences; without any, those that police.uk and the ONS ask for, where they are used."""
    if settings.site.attributions or not is_open:
        return settings.site.attributions
    counted = settings.incidents.counted_sources or tuple(db.summaries.months_by_source(connection, load_ids))
    if not any(source.startswith(_POLICE_UK) for source in counted):
        return (_UNATTRIBUTED.format(sources=", ".join(counted)),)
    loaded = db.summaries.published_data(connection, load_ids)
    publishers = ["data.police.uk", *(name for of, name in _PUBLISHERS.items() if of in loaded)]
    sources = _OPEN_DATA_SOURCES.format(publishers="; ".join(publishers))
    return (_OPEN_DATA_NOTE, sources, *([_ORDNANCE_SURVEY_NOTE] if "boundaries" in loaded else []))


def _valid_until(month: LocalMonth, days: int) -> date:
    return month.shift(1).first_day + timedelta(days=days - 1)


def _first_month(connection: Connection, settings: Settings, load_ids: Sequence[int], month: LocalMonth) -> LocalMonth:
    by_source = db.summaries.months_by_source(connection, load_ids)
    counted = settings.incidents.counted_sources or tuple(by_source)
    window = range(month.index + 1 - settings.hotspots.window_months, month.index + 1)
    first = min((m for source in counted for m in by_source.get(source, ()) if m in window), default=month.index)
    return month.shift(first - month.index)


def site_content(connection: Connection, settings: Settings, run_id: int) -> SiteContent:
    """
    Read everything that the pages of a run show.

    Parameters
    ----------
    connection
        An open connection.
    settings
        The force's settings.
    run_id
        A run whose steps are finished.

    Raises
    ------
    DatabaseError
        If the run does not exist or a step of it is not finished.
    """
    run = db.runs.run_by_id(connection, run_id)
    identity = run_identity(connection, settings, run_id)
    small, patrol, unit = (
        GeographyKey.parse(text)
        for text in (settings.geography.small_area, settings.geography.patrol, settings.geography.policing_unit)
    )
    profiles = db.results.read_profiles(connection, run_id)
    red_times = db.results.read_red_times(connection, run_id)
    if profiles is None or red_times is None:
        raise DatabaseError(f"run {run_id} is not finished", hint="redzones refresh resumes it.")
    sources = settings.incidents.counted_sources
    perception = db.perception.read_perception(connection, run_id)
    small_to_patrol = db.read.best_fit_links(connection, small, patrol)
    return SiteContent(
        identity=identity,
        small_areas=db.read.areas(connection, small),
        patrol_areas=db.read.areas(connection, patrol),
        units=db.read.areas(connection, unit),
        force=db.read.force_area(connection),
        small_to_patrol=small_to_patrol,
        kinds=db.read.kinds(connection, sources),
        area_counts=db.read.area_counts(
            connection,
            geography=small,
            load_ids=run.load_ids,
            first=identity.last_month.shift(-35),
            last=identity.last_month,
            sources=sources,
        ),
        metrics=profiles.metrics,
        definitions=profiles.definitions,
        history=db.profiles.read_history(connection, run_id),
        current=db.profiles.read_current(connection, run_id),
        segmentation=with_confidence(
            db.results.read_segments(connection, run_id), perception, small_to_patrol, patrol=str(patrol)
        ),
        foretelling=tuple(db.runs.step_result(connection, run_id, "profiles").get("foretelling", ())),
        agreements=db.profiles.profile_agreements(connection, run.load_ids),
        segmentation_note=_segment_note(connection, run_id),
        zones=db.results.read_zones(connection, run_id),
        backtests=db.results.read_backtests(connection, run_id),
        red_times=red_times,
        quality=(
            *_quality(connection, run.load_ids, settings, identity.last_month),
            *_levels(connection, run_id),
            *_duplicates(connection, run.load_ids),
        ),
        communication=db.run_tables.read_tables(connection, run_id, COMMUNICATION),
        priorities=db.read.priorities(connection, run.load_ids, month=identity.last_month),
        enquiry=db.enquiry.read_enquiry(connection, run_id),
        equality=db.equality.read_equality(connection, run_id),
        run_facts=_run_facts(connection, run_id),
        significance=db.significance.read_significance(connection, run_id),
        perception=perception,
        visibility=db.visibility.read_visibility(connection, run_id),
    )


def _run_facts(connection: Connection, run_id: int) -> RunFacts | None:
    tables = db.run_tables.read_tables(connection, run_id, TRANSPARENCY)
    if not tables:
        return None
    facts = tables["facts"]
    is_override = facts["name"] == "override"
    return RunFacts(
        facts=dict(facts[~is_override].itertuples(index=False, name=None)),
        overrides=tuple(facts.loc[is_override, "value"]),
        sources=tables["sources"],
    )


def _segment_note(connection: Connection, run_id: int) -> str:
    result = db.runs.step_result(connection, run_id, "segments")
    return str(result.get("note") or result.get("reason") or "")


def _levels(connection: Connection, run_id: int) -> tuple[QualityNote, ...]:
    """Return whether each source went on recording each kind as before, as the run found it."""
    by_source = db.runs.step_result(connection, run_id, "join").get("levels", {})
    return tuple(
        QualityNote(
            f"Level of recording: {_KIND_WORDS.get(level['kind'], level['kind'])}, {source}",
            *_level_words(level),
            is_warning=bool(level["shifts"]),
        )
        for source, levels in by_source.items()
        for level in levels
    )


def _duplicates(connection: Connection, load_ids: Sequence[int]) -> tuple[QualityNote, ...]:
    """Return what two agencies may both have recorded."""
    return tuple(
        QualityNote(
            f"Possibly recorded twice: {_KIND_WORDS.get(row['kind'], row['kind'])}, {row['agency']} and "
            f"{row['other_agency']}",
            f"{row['n_pairs']:,} pairs",
            "Near in place and time, of one kind, recorded by two agencies. Both are kept and counted: people decide.",
            is_warning=True,
        )
        for row in db.read.duplicate_totals(connection, load_ids)
    )


def _level_words(level: Mapping[str, Any]) -> tuple[str, str]:
    if level["state"] != FigureState.OK:
        return "cannot tell", f"The test of a change of level {level['reason']}."
    if not level["shifts"]:
        return "unchanged", f"No change of level was found in {level['n_months']} months, like months compared."
    values = "; ".join(f"{s['ratio']:.2f} times from {s['first_after']} on" for s in level["shifts"])
    details = "; ".join(
        f"between {s['last_before']} and {s['first_after']}, interval {s['lower']:.2f} to {s['upper']:.2f}"
        for s in level["shifts"]
    )
    return values, f"The level changed ({details}): years on both sides are not to be pooled or compared."


def _months_without_data(
    connection: Connection, settings: Settings, load_ids: Sequence[int], month: LocalMonth
) -> QualityNote:
    """Return which months of the window are not loaded, though earlier ones are."""
    first = _first_month(connection, settings, load_ids, month)
    by_source = db.summaries.months_by_source(connection, load_ids)
    counted = settings.incidents.counted_sources or tuple(by_source)
    known = {index for source in counted for index in by_source.get(source, ())}
    missing = [str(m) for m in month_range(first, month) if m.index not in known]
    return QualityNote(
        f"Months without data from {first} to {month}",
        ", ".join(missing) or "none",
        "Their incidents are missing from counts, rates, zones and changes: load them." if missing else "",
        is_warning=bool(missing),
    )


def _quality(
    connection: Connection, load_ids: Sequence[int], settings: Settings, month: LocalMonth
) -> tuple[QualityNote, ...]:
    """Return the location quality audit and the accounts of every row, for the data page."""
    totals = db.summaries.load_totals(connection, load_ids)
    audit = db.read.location_quality(connection, load_ids, sources=settings.incidents.counted_sources)
    share = audit["share_with_coordinates"]
    lines = [
        QualityNote(
            "Incident rows read", f"{totals['rows_in']:,}", "Every row is either kept or rejected with a reason."
        ),
        _months_without_data(connection, settings, load_ids, month),
        QualityNote("Incident rows kept", f"{totals['kept']:,}"),
        QualityNote(
            "Incident rows rejected", f"{totals['rejected']:,}", totals["reasons"], is_warning=totals["rejected"] > 0
        ),
        QualityNote(
            "Incidents with coordinates",
            f"{100 * share:.1f} %",
            "Under 85 per cent a hot spot map misleads (Ratcliffe 2004).",
            is_warning=share < db.audits.LEAST_SHARE_WITH_COORDINATES,
        ),
        QualityNote(
            "Incidents outside the force",
            f"{audit['n_outside']:,} of {audit['n_rows']:,}",
            "Kept and flagged; they are counted in no area.",
        ),
        QualityNote("On the ten busiest map points", f"{100 * audit['share_on_ten_busiest']:.1f} %"),
        QualityNote(
            "Point and stated area disagree",
            f"{100 * audit['share_point_disagrees']:.1f} %",
            "Boundaries are generalised; the stated area code is trusted where its vintage matches.",
        ),
    ]
    return tuple(lines)
