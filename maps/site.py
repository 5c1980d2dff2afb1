"""Builds the whole site: pages, cards, exports and assets, in an empty folder, the same bytes for the same content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from domain.errors import PublicationError
from domain.progress import Progress, no_progress
from maps.content import SiteContent
from maps.exports import write_exports
from maps.identity import OVERPRINT
from maps.lookup import index_site
from maps.page_builders import PageBuilder
from maps.page_writing import PageJob, write_pages
from maps.site_assets import copy_assets
from maps.transparency import transparency_record, write_transparency

__all__ = ["SiteReport", "build_site"]

_NOT_YET_PUBLISHED = (
    "// Replaced when the site is published: says when, and which run is current.\nwindow.redzonesPublication = null;\n"
)


@dataclass(frozen=True, slots=True)
class SiteReport:
    """
    What was built.

    Parameters
    ----------
    folder
        The site's folder.
    n_pages, n_areas, n_cards
        HTML files in all; pages of patrol areas; briefing cards.
    n_bytes
        Size of the whole folder.
    largest_area_page_bytes, force_page_bytes
        Sizes that the design bounds at 2 and 6 MB.
    """

    folder: Path
    n_pages: int
    n_areas: int
    n_cards: int
    n_bytes: int
    largest_area_page_bytes: int
    force_page_bytes: int


def build_site(
    folder: Path, content: SiteContent, *, n_processes: int = 1, progress: Progress = no_progress
) -> SiteReport:
    """
    Write a complete site.

    Parameters
    ----------
    folder
        An empty folder; made if absent.
    content
        Everything that the site shows.
    n_processes
        Processes that may write pages (`maps.page_writing.write_pages`); the bytes are the same.
    progress
        Hears how many pages are written.

    Returns
    -------
    SiteReport
        What was built; `report.json` is written last, so that its presence means that the site is whole.

    Raises
    ------
    PublicationError
        If the folder is not empty.
    CrsError
        If a geometry is not in the analysis CRS of the content.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise PublicationError(f"the folder {folder} is not empty", hint="Give an empty folder for the site.")
    copy_assets(folder / "assets")
    exports = write_exports(folder / "exports", content)
    builder = PageBuilder(index_site(content), exports)
    for name in ("areas", "units", "small", "cards", "exports/jsa"):
        (folder / name).mkdir()
    jobs = _all_pages(builder, folder)
    builder.make_shared()
    write_pages(folder, jobs, n_processes=n_processes, progress=progress)
    write_transparency(folder / "transparency.json", content, transparency_record(content))
    (folder / "publication.js").write_text(_NOT_YET_PUBLISHED, encoding="utf-8")
    _write_report(folder, content)
    sizes = {job.path: (folder / job.path).stat().st_size for job in jobs}
    area_sizes = [size for page, size in sizes.items() if page.startswith("areas/")]
    return SiteReport(
        folder=folder,
        n_pages=len(jobs),
        n_areas=len(area_sizes),
        n_cards=sum(page.startswith("cards/") for page in sizes),
        n_bytes=sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()),
        largest_area_page_bytes=max(area_sizes, default=0),
        force_page_bytes=sizes["force.html"],
    )


def _all_pages(builder: PageBuilder, folder: Path) -> list[PageJob]:
    """Return every page of the site, none of them made yet."""
    index = builder.index
    return [
        PageJob("index.html", "portal.html.j2", builder.portal),
        PageJob("force.html", "force.html.j2", builder.force),
        PageJob("times.html", "times.html.j2", builder.times),
        PageJob("equality.html", "equality.html.j2", builder.equality),
        PageJob("enquiry.html", "enquiry.html.j2", builder.enquiry),
        PageJob("exports/jsa/index.html", "jsa.html.j2", partial(builder.jsa, folder / "exports" / "jsa")),
        PageJob("transparency.html", "transparency.html.j2", builder.transparency),
        PageJob("method.html", "method.html.j2", builder.method),
        PageJob("backtest.html", "backtest.html.j2", builder.backtest),
        *(
            PageJob(view.page, "significance.html.j2", partial(builder.significant, view))
            for view in builder.significance
        ),
        PageJob("data.html", "data.html.j2", builder.data),
        *_jobs("areas", "area.html.j2", builder.area, index.patrol_pages),
        *_jobs("units", "unit.html.j2", builder.unit, index.unit_pages),
        *_jobs("small", "small.html.j2", builder.small, index.small_pages),
        *(
            PageJob(f"cards/{zone.card_page}", "card.html.j2", partial(builder.card, zone))
            for zones in builder.zone_sets
            for zone in zones.zones
        ),
    ]


def _jobs(folder: str, template: str, make: Callable[[str], Any], pages: Mapping[str, str]) -> Iterator[PageJob]:
    """Yield the pages of one kind of area, by its codes and file names."""
    for code, name in pages.items():
        yield PageJob(f"{folder}/{name}", template, partial(make, code))


def _write_report(folder: Path, content: SiteContent) -> None:
    """Write the machine's view of the site: what it is, what is in it, and the fingerprint of every file."""
    identity = content.identity
    report = {
        "force": identity.force_name,
        "owner": identity.owner,
        "marking": identity.marking,
        "edition": identity.edition,
        "period": [str(identity.first_month), str(identity.last_month)],
        "valid_until": identity.valid_until.isoformat(),
        "run": identity.fingerprint,
        "version": identity.version,
        "status": OVERPRINT if identity.is_approximate else "",
        "small_areas": len(content.small_areas),
        "patrol_areas": len(content.patrol_areas),
        "red_zones": {
            name: {"zones": len(result.zones), "capacity": result.capacity, "notes": list(result.notes)}
            for name, result in content.zones.items()
        },
        "models": {name: {"used": r.chosen, "reason": r.reason} for name, r in content.backtests.items()},
        "segments": 0 if content.segmentation is None else len(content.segmentation.segments),
        "red_times": {"state": content.red_times.state, "reason": content.red_times.reason},
        "quality": [{"label": q.label, "value": q.value, "is_warning": q.is_warning} for q in content.quality],
        "files": _fingerprints(folder),
    }
    text = json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")


def _fingerprints(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file but `publication.js`, which changes when the site is published."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "publication.js")
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}
