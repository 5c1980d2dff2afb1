"""Everything that a site shows, as one frozen value: the shell fills it, the pages only read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd

from domain.months import LocalMonth
from hotspots.results import BacktestResult, RedTimesResult, RedZonesResult, VisibilityResult
from hotspots.significance import Significance
from profiles.equality import EqualityReport
from profiles.results import CurrentPicture, EnquiryResult, MetricDefinition, PerceptionResult, PlaceHistory
from segmentation.results import SegmentationResult

__all__ = ["QualityNote", "RunFacts", "SiteContent", "SiteIdentity"]


@dataclass(frozen=True, slots=True)
class SiteIdentity:
    """
    What every page and export carries.

    Parameters
    ----------
    force_name, owner, contact
        Who publishes.
    marking
        Protective marking, printed on every page, card and export.
    edition
        `force` or `partner`.
    first_month, last_month
        The data period.
    valid_until
        Last day on which the pages are valid, from the data month.
    fingerprint
        Fingerprint of the run's inputs, settings and version (hexadecimal, 12 characters).
    version
        Version of Redzones.
    attributions
        Sentences that the data's licences ask for.
    is_approximate
        Whether zones are made from published, approximate points, so that they must be overprinted.
    analysis_epsg
        EPSG code of every geometry here.
    small_area_label, patrol_label, unit_label
        Plain words for the geographies: `LSOA`, `ward`, `district`.
    patrol_note
        Sentence about the patrol geography, such as that a ward is not a beat; may be empty.
    scoring_set_labels
        Plain words for a scoring set, where the force counts other crimes in it than METHODS 1.
    """

    force_name: str
    owner: str
    contact: str
    marking: str
    edition: str
    first_month: LocalMonth
    last_month: LocalMonth
    valid_until: date
    fingerprint: str
    version: str
    attributions: tuple[str, ...]
    is_approximate: bool
    analysis_epsg: int
    small_area_label: str
    patrol_label: str
    unit_label: str
    patrol_note: str = ""
    scoring_set_labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QualityNote:
    """One line of the data page: what was counted, its figure, and whether it asks for attention."""

    label: str
    value: str
    note: str = ""
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class RunFacts:
    """
    What a run read and with which settings, for its transparency record.

    Parameters
    ----------
    facts
        By name: seed, sources, capacity, and what only the force can say (empty where it has not).
    overrides
        A sentence for each override that holds.
    sources
        `kind`, `source`, `files`, `rows_in`, `kept`, `rejected`: the account of what was loaded.
    """

    facts: Mapping[str, str]
    overrides: tuple[str, ...]
    sources: pd.DataFrame


@dataclass(frozen=True, slots=True)
class SiteContent:
    """
    The whole content of one published site.

    Parameters
    ----------
    identity
        What every page carries.
    small_areas, patrol_areas, units, force
        Areas (`domain.schemas.AREAS`) in the analysis CRS; `parent_code` of a patrol area is its unit.
    small_to_patrol
        Best-fit links (`domain.schemas.LINKS`).
    kinds
        How each category is counted (`domain.schemas.KINDS`).
    area_counts
        Incidents per small area, month and category (`domain.schemas.AREA_COUNTS`).
    metrics, definitions
        As `profiles.results.ProfileResult`.
    segmentation
        Segments, or None where the data do not support any; `segmentation_note` then says why.
    zones, backtests
        By scoring set.
    red_times
        Red Times, or the state that says why there are none.
    quality
        Lines of the data page.
    history
        Seasons and changes of the level of recording; None where they are not computed.
    current
        The latest days beside the monthly picture; None where it is not computed.
    significance
        Tests of significance by scoring set; empty in runs that were made before there were any.
    foretelling
        Whether steadied rates foretold the last half-year better than plain ones, one for each kind: `kind`, `n_areas`,
        `verdict`, `gain`, `lower`, `upper` (`profiles.foretell.Foretelling`).
    agreements
        The latest decision on the profile of each area that has one (`db.profiles.profile_agreements`); None where
        nobody decided on any.
    perception
        What people think, or None where no survey is loaded.
    equality
        The equality report by scoring set.
    run_facts
        What the transparency record says of the run; None for runs of old.
    visibility
        Places where a visit is seen by many; None where an older run has none.
    enquiry
        Lines of enquiry; None for runs of old.
    communication
        `channels` and `actions` as `profiles.communication`; empty for runs of old.
    priorities
        You Said, We Did: as `db.read_priorities`; None where none is loaded.
    """

    identity: SiteIdentity
    small_areas: gpd.GeoDataFrame
    patrol_areas: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    force: gpd.GeoDataFrame
    small_to_patrol: pd.DataFrame
    kinds: pd.DataFrame
    area_counts: pd.DataFrame
    metrics: pd.DataFrame
    definitions: tuple[MetricDefinition, ...]
    segmentation: SegmentationResult | None
    segmentation_note: str
    zones: Mapping[str, RedZonesResult]
    backtests: Mapping[str, BacktestResult]
    red_times: RedTimesResult
    quality: tuple[QualityNote, ...]
    history: PlaceHistory | None = None
    current: CurrentPicture | None = None
    significance: Mapping[str, Significance] = field(default_factory=dict)
    foretelling: tuple[Mapping[str, Any], ...] = ()
    agreements: pd.DataFrame | None = None
    perception: PerceptionResult | None = None
    equality: Mapping[str, EqualityReport] = field(default_factory=dict)
    run_facts: RunFacts | None = None
    visibility: VisibilityResult | None = None
    enquiry: EnquiryResult | None = None
    communication: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    priorities: pd.DataFrame | None = None
