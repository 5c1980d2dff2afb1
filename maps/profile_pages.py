"""The pages of units and small areas: the same profile as a patrol area's, at another size, and light."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from maps import format as fmt
from maps.agreement_views import AgreementView, agreement_view
from maps.area_views import SegmentView, TrendView, rate_sentence, segment_views, trend
from maps.enquiry_views import EnquiryView, EnquiryViews
from maps.history_views import CurrentView, HistoryViews, SeasonView, current_view
from maps.lookup import ASB_RATE, RESIDENTS, SiteIndex
from maps.pages import PageFrame
from maps.perception_views import PerceptionView, area_perception
from maps.profile_views import ProfileView, profile_view, rising_areas
from maps.zone_views import ZoneSetView

__all__ = ["ProfilePages", "SmallPage", "UnitArea", "UnitPage"]

_FORCE = "force"


@dataclass(frozen=True, slots=True)
class SmallPage:
    """One small area: its profile without a map, so that there can be one for each."""

    frame: PageFrame
    name: str
    code: str
    agreement: AgreementView
    patrol_name: str
    patrol_page: str
    unit_name: str
    unit_page: str
    overview: tuple[str, ...]
    profile: ProfileView
    trend: TrendView | None
    segments: tuple[SegmentView, ...]
    segmentation_note: str
    season: SeasonView | None = None
    levels: tuple[str, ...] = ()
    enquiry: EnquiryView | None = None


@dataclass(frozen=True, slots=True)
class UnitArea:
    """A patrol area as a row of its unit's page."""

    name: str
    href: str
    residents: str
    asb: str
    asb_rate: str
    asb_interval: str
    minor_crime: str
    rising: tuple[str, ...]
    watch: str
    zones: str
    state: str


@dataclass(frozen=True, slots=True)
class UnitPage:
    """One policing unit: its patrol areas side by side, and its own profile."""

    frame: PageFrame
    name: str
    code: str
    agreement: AgreementView
    overview: tuple[str, ...]
    areas: tuple[UnitArea, ...]
    profile: ProfileView
    current: CurrentView
    trend: TrendView | None
    season: SeasonView
    levels: tuple[str, ...]
    perception: PerceptionView
    watch_reason: str
    enquiry: EnquiryView | None = None


class ProfilePages:
    """
    Makes what profile pages of every size share, and the pages of units and small areas.

    Parameters
    ----------
    index
        Look-ups of the site.
    frame
        Makes the frame of a page from its title.
    monthly
        As `maps.area_views.monthly_counts`.
    loaded
        Months (as `LocalMonth.index`) with any incident.
    zone_sets
        The lists of Red Zones.
    """

    def __init__(
        self,
        index: SiteIndex,
        *,
        frame: Callable[[str], PageFrame],
        monthly: pd.DataFrame,
        loaded: Sequence[int],
        zone_sets: Sequence[ZoneSetView],
    ) -> None:
        self.index = index
        self.history = HistoryViews(index.content)
        self.enquiry = EnquiryViews(index.content)
        self._frame, self._monthly, self._loaded, self._zone_sets = frame, monthly, loaded, zone_sets

    def make_shared(self) -> None:
        """Make what many pages read."""
        _ = self._monthly_of, self._segments

    def current(self, code: str) -> CurrentView | None:
        """Return the latest days of a patrol area, a unit or the force; None where no run computed any."""
        picture = self.index.content.current
        return None if picture is None else current_view(picture, code)

    def season(self, code: str) -> SeasonView | None:
        """Return the season of a patrol area, a unit or the force; None where no run computed any."""
        return None if self.index.content.history is None else self.history.season(code)

    def levels(self, unit: str) -> tuple[str, ...]:
        """Return the changes of the level of recording that concern a unit and what lies in it."""
        return self.history.levels([_FORCE, unit])

    @cached_property
    def _monthly_of(self) -> dict[str, pd.DataFrame]:
        """The monthly counts by small area, so that no page searches all of them."""
        return {str(code): rows for code, rows in self._monthly.groupby(level="area_code")}

    @cached_property
    def _segments(self) -> dict[str, SegmentView]:
        return {segment.code: segment for segment in segment_views(self.index)}

    def small(self, code: str) -> SmallPage:
        """
        Return the page of one small area.

        Parameters
        ----------
        code
            Code of the small area.
        """
        index = self.index
        patrol = index.patrol_of_small.get(code, "")
        unit = index.unit_of_patrol.get(patrol, "")
        member = index.memberships.get(code)
        codes = (member.group_code, member.environment_code) if member else ()
        own = self._monthly_of.get(code, self._monthly.iloc[:0])
        return SmallPage(
            frame=self._frame(index.small_names[code]),
            name=index.small_names[code],
            code=code,
            agreement=agreement_view(index.content, code),
            patrol_name=index.patrol_names.get(patrol, ""),
            patrol_page=index.patrol_pages.get(patrol, ""),
            unit_name=index.unit_names.get(unit, ""),
            unit_page=index.unit_pages.get(unit, ""),
            overview=self._overview("small", code, index.small_names[code], index.patrol_names.get(patrol, "")),
            profile=profile_view(index, "small", code),
            trend=trend(own, [code], loaded=self._loaded, last=index.content.identity.last_month),
            segments=tuple(self._segments[c] for c in codes if c in self._segments),
            segmentation_note=index.content.segmentation_note if not self._segments else "",
            enquiry=self.enquiry.of(code),
        )

    def unit(self, code: str) -> UnitPage:
        """
        Return the page of one policing unit.

        Parameters
        ----------
        code
            Code of the unit.
        """
        index = self.index
        members = index.patrol_of_unit.get(code, ())
        small = [m for patrol in members for m in index.small_of_patrol[patrol]]
        name = index.unit_names[code]
        rows = sorted(members, key=lambda patrol: (-self._asb_rate(patrol), index.patrol_names[patrol]))
        return UnitPage(
            frame=self._frame(name),
            name=name,
            code=code,
            agreement=agreement_view(index.content, code),
            overview=self._overview("unit", code, name, index.content.identity.force_name),
            areas=tuple(map(self._unit_area, rows)),
            profile=profile_view(index, "unit", code),
            current=current_view(index.content.current, code),
            trend=trend(self._monthly, small, loaded=self._loaded, last=index.content.identity.last_month),
            season=self.history.season(code),
            levels=self.levels(code),
            perception=area_perception(index, code),
            watch_reason=rising_areas(index)[1],
            enquiry=self.enquiry.of(code),
        )

    def _asb_rate(self, patrol: str) -> float:
        figure = self.index.figure("patrol", patrol, ASB_RATE)
        return figure.estimate if figure is not None else -1.0

    def _unit_area(self, code: str) -> UnitArea:
        index = self.index
        profile = profile_view(index, "patrol", code)
        zones = [z for z in self._zone_sets[0].zones if z.patrol_code == code] if self._zone_sets else []
        rate = index.figure("patrol", code, ASB_RATE)

        def count(metric: str) -> str:
            figure = index.figure("patrol", code, metric)
            return fmt.count(figure.estimate) if figure is not None else fmt.MISSING

        watched = profile.watch
        return UnitArea(
            name=index.patrol_names[code],
            href=index.patrol_pages[code],
            residents=count(RESIDENTS),
            asb=count("asb_count"),
            asb_rate=fmt.figure(rate.estimate, rate.definition.unit) if rate else fmt.MISSING,
            asb_interval=fmt.interval(rate.lower, rate.upper, rate.definition.unit) if rate else "",
            minor_crime=count("minor_crime_count"),
            rising=tuple(row.name for row in watched.rows if row.is_rising),
            watch=("cannot tell" if watched.reason else "none rises") if watched.rows else fmt.MISSING,
            zones=fmt.plural(len(zones), "Red Zone") if zones else "none",
            state=agreement_view(index.content, code).state,
        )

    def _overview(self, role: str, code: str, name: str, within: str) -> tuple[str, ...]:
        """Return in a few sentences what an area is and how it compares."""
        identity = self.index.content.identity
        label = identity.small_area_label if role == "small" else identity.unit_label
        article = "an" if label[:1].lower() in "aeio" or label in {"LSOA", "MSOA"} else "a"
        residents = self.index.figure(role, code, RESIDENTS)
        who = f", home to {fmt.count(residents.estimate)} residents" if residents else ""
        sentences = [f"{name} is {article} {label}" + (f" of {within}" if within else "") + f"{who}."]
        if rate := self.index.figure(role, code, ASB_RATE):
            sentences.append(rate_sentence(rate))
        return tuple(sentences)
