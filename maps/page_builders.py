"""Builds the frozen value of each page from a site's content; what several pages share is made once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from domain.areas import FigureState
from domain.incidents import Kind
from maps import format as fmt
from maps.accuracy_views import accuracy_view
from maps.agreement_views import agreement_view
from maps.area_views import (
    SegmentView,
    TrendView,
    belonging_words,
    monthly_counts,
    overview,
    segment_views,
    small_area_rows,
    trend,
)
from maps.backtest_views import backtest_view
from maps.communication_views import communication_view
from maps.enquiry_page import EnquiryPage, enquiry_page
from maps.equality_views import equality_views
from maps.exports import ExportFile
from maps.folium_map import draw
from maps.history_views import rate_sentences
from maps.identity import identity_view
from maps.jsa_pack import JsaPage, jsa_tables, jsa_units, write_jsa_tables
from maps.list_views import lists_view
from maps.lookup import SiteIndex
from maps.map_views import MapView, area_map, force_map, prepare_maps, zone_map
from maps.pages import (
    AreaPage,
    AreaTimes,
    BacktestPage,
    CardPage,
    DataPage,
    DrawnMap,
    EqualityPage,
    ForcePage,
    KindRow,
    MethodPage,
    PageFrame,
    PortalArea,
    PortalPage,
    PortalUnit,
    SegmentChoice,
    SignificancePage,
    TimesPage,
    TransparencyPage,
)
from maps.perception_views import area_perception, force_perception
from maps.profile_pages import ProfilePages, SmallPage, UnitPage
from maps.profile_views import RisingArea, profile_view, rising_areas
from maps.segment_views import clustergram_view, contrast_views, dropped_variables, segment_history
from maps.significance_map import significance_map
from maps.significance_views import SignificanceView, significance_view
from maps.time_views import RedTimesTable
from maps.times_page import SegmentTimes, segment_times, times_about
from maps.transparency import transparency_record
from maps.visibility_views import coverage_sentence, visibility_labels, visibility_view
from maps.zone_views import ZoneSetView, ZoneView, all_zones

__all__ = ["PageBuilder"]

_KIND_WORDS = {
    Kind.ASB: "antisocial behaviour",
    Kind.MINOR_CRIME: "minor crime",
    Kind.ROAD_RELATED: "road related",
    Kind.OTHER: "other, not scored",
}


class PageBuilder:
    """
    Makes the pages of one site.

    Parameters
    ----------
    index
        Look-ups of the site.
    exports
        The exports that the pages list.
    """

    def __init__(self, index: SiteIndex, exports: Sequence[ExportFile]) -> None:
        self.index = index
        self.exports = tuple(exports)
        self.identity = identity_view(index.content.identity)
        self.zone_sets = all_zones(index)
        self.lists = tuple(lists_view(index, result) for result in index.content.zones.values())
        self.segments = segment_views(index)
        self.red_times = RedTimesTable(index.content.red_times)
        self.segment_times = segment_times(self.segments, self.red_times)
        self.maps = prepare_maps(index, overprint=self.identity.overprint)
        labels = index.content.identity.scoring_set_labels
        self.significance = tuple(
            significance_view(index, found, position=i) for i, found in enumerate(index.content.significance.values())
        )
        self.accuracy = tuple(accuracy_view(result, labels=labels) for result in index.content.backtests.values())

    def make_shared(self) -> None:
        """Make what many pages read, before processes part."""
        self.profiles.make_shared()

    def _frame(self, title: str, section: str, *, root: str = "", has_map: bool = False) -> PageFrame:
        return PageFrame(title, section, root, self.identity, has_map)

    @cached_property
    def _monthly(self) -> tuple[pd.DataFrame, list[int]]:
        months = sorted(int(m) for m in self.index.content.area_counts["month_index"].unique())
        return monthly_counts(self.index.content), months

    def _trend(self, codes: Sequence[str]) -> TrendView | None:
        table, loaded = self._monthly
        return trend(table, codes, loaded=loaded, last=self.index.content.identity.last_month)

    def portal(self) -> PortalPage:
        """Return the front page."""
        units = [
            PortalUnit(
                self.index.unit_names.get(unit, "Other areas"),
                self.index.unit_pages.get(unit, ""),
                tuple(map(self._portal_area, areas)),
            )
            for unit, areas in self.index.patrol_of_unit.items()
            if areas
        ]
        return PortalPage(
            frame=self._frame("Confidence Information Portal", "portal"),
            units=tuple(units),
            zone_sets=self.zone_sets,
            exports=self.exports,
            n_areas=fmt.count(len(self.index.patrol_names)),
        )

    def _portal_area(self, code: str) -> PortalArea:
        own = [zone for zones in self.zone_sets for zone in zones.zones if zone.patrol_code == code]
        first = [zone for zone in own if zone.scoring_set == self.zone_sets[0].key] if self.zone_sets else []
        members = self.index.small_of_patrol[code]
        unit = self.index.unit_names.get(self.index.unit_of_patrol.get(code, ""), "")
        words = [self.index.patrol_names[code], code, unit, *members]
        words += [self.index.small_names[m] for m in members]
        words += [f"{zone.name} {zone.grid_reference}" for zone in own]
        return PortalArea(
            name=self.index.patrol_names[code],
            code=code,
            href=self.index.patrol_pages[code],
            zones=fmt.plural(len(first), "Red Zone") if first else "",
            search=" ".join(dict.fromkeys(word for word in words if word)),
        )

    def force(self) -> ForcePage:
        """Return the page of the whole force."""
        return ForcePage(
            frame=self._frame("Force map", "force", has_map=True),
            map=_drawn(force_map(self.maps)),
            zone_sets=self.zone_sets,
            segments=self.segments,
            segmentation_note=self.index.content.segmentation_note if not self.segments else "",
            small_areas=small_area_rows(self.index, self.index.small_names),
            trend=self._trend(list(self.index.small_names)),
            lists=self.lists,
            coverage=coverage_sentence(self.index),
            accuracy=self.accuracy,
            segment_times=self.segment_times,
            contrasts=contrast_views(self.index),
            rising=self._rising[0],
            rising_reason=self._rising[1],
            perception=force_perception(self.index),
        )

    @cached_property
    def _rising(self) -> tuple[tuple[RisingArea, ...], str]:
        return rising_areas(self.index)

    @cached_property
    def profiles(self) -> ProfilePages:
        """What profile pages of every size share, and the pages of units and small areas."""
        table, loaded = self._monthly
        return ProfilePages(
            self.index,
            frame=lambda title: self._frame(title, "area", root="../"),
            monthly=table,
            loaded=loaded,
            zone_sets=self.zone_sets,
        )

    def unit(self, code: str) -> UnitPage:
        """Return the page of one policing unit."""
        return self.profiles.unit(code)

    def small(self, code: str) -> SmallPage:
        """Return the page of one small area."""
        return self.profiles.small(code)

    def area(self, code: str) -> AreaPage:
        """
        Return the page of one patrol area.

        Parameters
        ----------
        code
            Code of the patrol area.
        """
        members, unit = self.index.small_of_patrol[code], self.index.unit_of_patrol.get(code, "")
        return AreaPage(
            frame=self._frame(self.index.patrol_names[code], "area", root="../", has_map=True),
            name=self.index.patrol_names[code],
            code=code,
            unit_name=self.index.unit_names.get(unit, ""),
            unit_page=self.index.unit_pages.get(unit, ""),
            agreement=agreement_view(self.index.content, code),
            overview=overview(self.index, code),
            map=_drawn(area_map(self.maps, code, visibility_labels(self.index, code))),
            zone_sets=tuple(_of_area(zones, code) for zones in self.zone_sets),
            red_times=self.red_times.view("patrol", code),
            profile=profile_view(self.index, "patrol", code),
            small_areas=small_area_rows(self.index, members),
            segments=self._segments_of(members),
            segmentation_note=self.index.content.segmentation_note if not self.segments else "",
            trend=self._trend(members) if members else None,
            accuracy=self.accuracy,
            segment_times=self._segment_times_of(members),
            contrasts=contrast_views(self.index, [*members, code], root="../", most=8),
            current=self.profiles.current(code),
            season=self.profiles.season(code),
            levels=self.profiles.levels(unit),
            perception=area_perception(self.index, code),
            visibility=visibility_view(self.index, code),
            enquiry=self.profiles.enquiry.of(code),
            communication=communication_view(self.index.content, "patrol", code),
            belonging=belonging_words(self.index.content.small_to_patrol, members),
        )

    def _segment_times_of(self, members: Sequence[str]) -> tuple[SegmentTimes, ...]:
        present = {segment.code for segment in self._segments_of(members)}
        return tuple(times for times in self.segment_times if times.code in present)

    def _segments_of(self, members: Sequence[str]) -> tuple[SegmentView, ...]:
        found = [self.index.memberships[m] for m in members if m in self.index.memberships]
        present = {code for member in found for code in (member.group_code, member.environment_code)}
        return tuple(segment for segment in self.segments if segment.code in present)

    def card(self, zone: ZoneView) -> CardPage:
        """
        Return the briefing card of one zone.

        Parameters
        ----------
        zone
            The zone.
        """
        accuracy = {view.key: view for view in self.accuracy}
        return CardPage(
            frame=self._frame(f"Briefing card: {zone.name}", "card", root="../", has_map=True),
            zone=zone,
            map=_drawn(zone_map(self.maps, zone.scoring_set, zone.zone_id, zone.patrol_code)),
            red_times=self.red_times.view("zone", zone.zone_id),
            accuracy=accuracy.get(zone.scoring_set),
        )

    def times(self) -> TimesPage:
        """Return the page of Red Times."""
        views = ((code, self.red_times.view("patrol", code)) for code in self.index.patrol_names)
        areas = [
            AreaTimes(self.index.patrol_names[code], self.index.patrol_pages[code], view.windows)
            for code, view in views
            if view.windows
        ]
        return TimesPage(
            frame=self._frame("Red Times", "times"),
            red_times=self.red_times.view("force", "force"),
            areas=tuple(areas),
            segments=self.segment_times,
            about=times_about(self.index, self.index.content.red_times),
        )

    def equality(self) -> EqualityPage:
        """Return the page of the equality report."""
        return EqualityPage(self._frame("Equality report", "equality"), equality_views(self.index))

    def enquiry(self) -> EnquiryPage:
        """Return the page of enquiry for the whole force."""
        return enquiry_page(self.index, self._frame("Lines of enquiry", "enquiry"))

    def jsa(self, folder: Path) -> JsaPage:
        """
        Write the tables of the Joint Strategic Assessment pack, and return its page.

        Parameters
        ----------
        folder
            The folder `exports/jsa`.
        """
        tables = jsa_tables(self.index)
        files = write_jsa_tables(folder, self.index.content, tables)
        pages = {code: self.unit(code) for code in self.index.unit_names}
        sources = tuple(tables["sources"].itertuples(index=False, name=None))
        frame = self._frame("Joint Strategic Assessment", "jsa", root="../../")
        return JsaPage(frame, jsa_units(self.index, pages, tables), files, sources)

    def transparency(self) -> TransparencyPage:
        """Return the page of the transparency record."""
        sections = transparency_record(self.index.content)
        n_not_stated = sum(field.state == "not_stated" for section in sections for field in section.fields)
        return TransparencyPage(self._frame("Transparency record", "transparency"), sections, n_not_stated)

    def method(self) -> MethodPage:
        """Return the page that says how everything is made and how well it did."""
        content = self.index.content
        windows = sorted({result.window_months for result in content.zones.values()})
        segmentation = content.segmentation
        red_times = content.red_times
        return MethodPage(
            frame=self._frame("How it works", "method"),
            zone_sets=self.zone_sets,
            lists=self.lists,
            accuracy=self.accuracy,
            significance=self.significance,
            window=fmt.joined([fmt.plural(months, "month") for months in windows]) or "months",
            segment_reason=segmentation.reason if segmentation else content.segmentation_note,
            segment_choices=self._segment_choices(),
            red_times_reason="" if red_times.state == FigureState.OK else red_times.reason,
            clustergram=clustergram_view(segmentation) if segmentation else None,
            dropped_variables=dropped_variables(self.index),
            segment_history=segment_history(self.index),
            rate_sentences=rate_sentences(content),
        )

    def backtest(self) -> BacktestPage:
        """Return the page of the back-test."""
        content = self.index.content
        labels = content.identity.scoring_set_labels
        views = tuple(backtest_view(result, labels=labels) for result in content.backtests.values())
        return BacktestPage(self._frame("How well it would have done", "method"), views)

    def significant(self, view: SignificanceView) -> SignificancePage:
        """
        Return the page of the tests of one scoring set.

        Parameters
        ----------
        view
            The tests.
        """
        return SignificancePage(
            frame=self._frame(f"More than luck? {view.label}", "method", has_map=True),
            view=view,
            map=_drawn(significance_map(self.maps, self.index.content.significance[view.key])),
            others=tuple(other for other in self.significance if other.key != view.key),
        )

    def _segment_choices(self) -> tuple[SegmentChoice, ...]:
        segmentation = self.index.content.segmentation
        if segmentation is None:
            return ()
        return tuple(
            SegmentChoice(
                level="Community groups" if row["level"] == "group" else f"Environments in {row['parent_code']}",
                k=fmt.count(row["k"]),
                silhouette=fmt.decimal(row["silhouette"], 3),
                calinski_harabasz=fmt.count(row["calinski_harabasz"]),
                stability=fmt.decimal(row["stability_ari"], 2),
                smallest=fmt.per_cent(row["smallest_share"]),
                is_chosen=bool(row["is_chosen"]),
            )
            for row in segmentation.diagnostics.to_dict("records")
        )

    def data(self) -> DataPage:
        """Return the page of sources, quality and exports."""
        content = self.index.content
        n_by_kind = content.area_counts.groupby("kind_id")["n"].sum()
        kinds = content.kinds.sort_values(["source", "kind", "category"], kind="stable").to_dict("records")
        return DataPage(
            frame=self._frame("Data and exports", "data"),
            quality=content.quality,
            kinds=tuple(
                KindRow(
                    source=str(row["source"]),
                    category=str(row["category"]),
                    kind=_KIND_WORDS.get(row["kind"], str(row["kind"])),
                    is_street=bool(row["is_street"]),
                    is_officer_generated=bool(row["is_officer_generated"]),
                    n=fmt.count(n_by_kind.get(row["kind_id"], 0)),
                )
                for row in kinds
            ),
            definitions=content.definitions,
            exports=self.exports,
        )


def _drawn(view: MapView) -> DrawnMap:
    return DrawnMap(view, draw(view))


def _of_area(zones: ZoneSetView, code: str) -> ZoneSetView:
    """Return a list's zones in one patrol area, in the order of their rank there."""
    own = sorted((zone for zone in zones.zones if zone.patrol_code == code), key=lambda zone: zone.rank_patrol)
    return replace(zones, zones=tuple(own))
