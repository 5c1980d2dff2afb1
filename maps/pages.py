"""Every page as one frozen value: what its template reads, and nothing that it would have to work out."""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup

from maps.accuracy_views import AccuracyView
from maps.agreement_views import AgreementView
from maps.area_views import SegmentView, SmallAreaRow, TrendView
from maps.backtest_views import BacktestView
from maps.communication_views import CommunicationView
from maps.content import QualityNote
from maps.enquiry_views import EnquiryView
from maps.equality_views import EqualityView
from maps.exports import ExportFile
from maps.folium_map import MapDrawing
from maps.history_views import CurrentView, SeasonView
from maps.identity import IdentityView
from maps.list_views import ListsView
from maps.map_views import MapView
from maps.perception_views import PerceptionView
from maps.profile_views import ProfileView, RisingArea
from maps.segment_views import ClustergramView, ContrastView, DroppedVariable, SegmentHistory
from maps.significance_views import SignificanceView
from maps.time_views import RedTimesView
from maps.times_page import SegmentTimes, TimesAbout
from maps.transparency import RecordSection
from maps.visibility_views import VisibilityView
from maps.zone_views import ZoneSetView, ZoneView
from profiles.results import MetricDefinition

__all__ = [
    "AreaPage",
    "AreaTimes",
    "BacktestPage",
    "BacktestReport",
    "CardPage",
    "DataPage",
    "DrawnMap",
    "EqualityPage",
    "ForcePage",
    "KindRow",
    "MethodPage",
    "PageFrame",
    "PortalArea",
    "PortalPage",
    "PortalUnit",
    "SegmentChoice",
    "SignificancePage",
    "TimesPage",
    "TransparencyPage",
]


_NO_PERCEPTION = PerceptionView("No survey of what people think is loaded.")


@dataclass(frozen=True, slots=True)
class PageFrame:
    """
    What the layout needs.

    Parameters
    ----------
    title
        Title of the page.
    section
        Entry of the navigation that it belongs to.
    root
        Way from the page to the site's folder: empty or `../`.
    identity
        What every page carries.
    has_map
        Whether the page loads Leaflet.
    """

    title: str
    section: str
    root: str
    identity: IdentityView
    has_map: bool = False


@dataclass(frozen=True, slots=True)
class DrawnMap:
    """A map with what it was drawn from, for its switch, its legends and its description."""

    view: MapView
    drawing: MapDrawing


@dataclass(frozen=True, slots=True)
class PortalArea:
    """A patrol area in the portal: `search` holds every word by which it may be found."""

    name: str
    code: str
    href: str
    zones: str
    search: str


@dataclass(frozen=True, slots=True)
class PortalUnit:
    """A policing unit in the portal, with its patrol areas."""

    name: str
    href: str
    areas: tuple[PortalArea, ...]


@dataclass(frozen=True, slots=True)
class PortalPage:
    """The Confidence Information Portal."""

    frame: PageFrame
    units: tuple[PortalUnit, ...]
    zone_sets: tuple[ZoneSetView, ...]
    exports: tuple[ExportFile, ...]
    n_areas: str


@dataclass(frozen=True, slots=True)
class ForcePage:
    """The force: its map, its zones, its segments, its trend."""

    frame: PageFrame
    map: DrawnMap
    zone_sets: tuple[ZoneSetView, ...]
    segments: tuple[SegmentView, ...]
    segmentation_note: str
    small_areas: tuple[SmallAreaRow, ...]
    trend: TrendView | None
    accuracy: tuple[AccuracyView, ...]
    coverage: str
    lists: tuple[ListsView, ...]
    segment_times: tuple[SegmentTimes, ...] = ()
    contrasts: tuple[ContrastView, ...] = ()
    rising: tuple[RisingArea, ...] = ()
    rising_reason: str = ""
    perception: PerceptionView = _NO_PERCEPTION


@dataclass(frozen=True, slots=True)
class AreaPage:
    """One patrol area."""

    frame: PageFrame
    name: str
    code: str
    unit_name: str
    overview: tuple[str, ...]
    map: DrawnMap
    zone_sets: tuple[ZoneSetView, ...]
    red_times: RedTimesView
    profile: ProfileView
    small_areas: tuple[SmallAreaRow, ...]
    segments: tuple[SegmentView, ...]
    segmentation_note: str
    trend: TrendView | None
    visibility: VisibilityView
    accuracy: tuple[AccuracyView, ...]
    segment_times: tuple[SegmentTimes, ...] = ()
    contrasts: tuple[ContrastView, ...] = ()
    agreement: AgreementView | None = None
    unit_page: str = ""
    current: CurrentView | None = None
    season: SeasonView | None = None
    levels: tuple[str, ...] = ()
    perception: PerceptionView = _NO_PERCEPTION
    enquiry: EnquiryView | None = None
    communication: CommunicationView | None = None
    belonging: str = "most of its people live"


@dataclass(frozen=True, slots=True)
class CardPage:
    """The printable briefing card of one zone."""

    frame: PageFrame
    zone: ZoneView
    map: DrawnMap
    red_times: RedTimesView
    accuracy: AccuracyView | None


@dataclass(frozen=True, slots=True)
class AreaTimes:
    """The Red Times of one patrol area, for the list of all."""

    name: str
    href: str
    windows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimesPage:
    """Red Times of the force and of each segment, the reddest windows of every patrol area, and what they rest on."""

    frame: PageFrame
    red_times: RedTimesView
    areas: tuple[AreaTimes, ...]
    segments: tuple[SegmentTimes, ...] = ()
    about: TimesAbout = field(default_factory=TimesAbout)


@dataclass(frozen=True, slots=True)
class SegmentChoice:
    """One number of segments that was tried."""

    level: str
    k: str
    silhouette: str
    calinski_harabasz: str
    stability: str
    smallest: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class MethodPage:
    """How the zones, times, segments and rates are made, and how well the zones did."""

    frame: PageFrame
    zone_sets: tuple[ZoneSetView, ...]
    accuracy: tuple[AccuracyView, ...]
    lists: tuple[ListsView, ...]
    significance: tuple[SignificanceView, ...]
    window: str
    segment_reason: str
    segment_choices: tuple[SegmentChoice, ...]
    red_times_reason: str
    clustergram: ClustergramView | None = None
    dropped_variables: tuple[DroppedVariable, ...] = ()
    segment_history: SegmentHistory | None = None
    rate_sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BacktestPage:
    """How well every way of ranking would have done."""

    frame: PageFrame
    backtests: tuple[BacktestView, ...]


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """The same as a file of its own, for `redzones backtest --out`: it brings its style with it."""

    title: str
    marking: str
    style: Markup
    facts: tuple[tuple[str, str], ...]
    backtests: tuple[BacktestView, ...]


@dataclass(frozen=True, slots=True)
class SignificancePage:
    """What is hot beyond chance, of one scoring set, with the way to the others."""

    frame: PageFrame
    view: SignificanceView
    map: DrawnMap
    others: tuple[SignificanceView, ...]


@dataclass(frozen=True, slots=True)
class KindRow:
    """How one category is counted."""

    source: str
    category: str
    kind: str
    is_street: bool
    is_officer_generated: bool
    n: str


@dataclass(frozen=True, slots=True)
class DataPage:
    """Where the data come from, how good they are, and what is exported."""

    frame: PageFrame
    quality: tuple[QualityNote, ...]
    kinds: tuple[KindRow, ...]
    definitions: tuple[MetricDefinition, ...]
    exports: tuple[ExportFile, ...]


@dataclass(frozen=True, slots=True)
class EqualityPage:
    """Whose streets the zones lie in, and what a cap would cost."""

    frame: PageFrame
    views: tuple[EqualityView, ...]


@dataclass(frozen=True, slots=True)
class TransparencyPage:
    """The transparency record of the run."""

    frame: PageFrame
    sections: tuple[RecordSection, ...]
    n_not_stated: int
