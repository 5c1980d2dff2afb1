"""Builds the whole site: pages, cards, exports and assets, in an empty folder, the same bytes for the same content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.errors import PublicationError
from domain.progress import Progress, no_progress
from maps.content import SiteContent
from maps.exports import write_exports
from maps.identity import OVERPRINT
from maps.lookup import index_site
from maps.page_builders import PageBuilder
from maps.render import render
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


def build_site(folder: Path, content: SiteContent, *, progress: Progress = no_progress) -> SiteReport:
    """
    Write a complete site.

    Parameters
    ----------
    folder
        An empty folder; made if absent.
    content
        Everything that the site shows.
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
    pages = _write_pages(folder, builder, progress)
    write_transparency(folder / "transparency.json", content, transparency_record(content))
    (folder / "publication.js").write_text(_NOT_YET_PUBLISHED, encoding="utf-8")
    _write_report(folder, content)
    sizes = {page: (folder / page).stat().st_size for page in pages}
    area_sizes = [size for page, size in sizes.items() if page.startswith("areas/")]
    return SiteReport(
        folder=folder,
        n_pages=len(pages),
        n_areas=len(area_sizes),
        n_cards=sum(page.startswith("cards/") for page in pages),
        n_bytes=sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()),
        largest_area_page_bytes=max(area_sizes, default=0),
        force_page_bytes=sizes["force.html"],
    )


def _all_pages(builder: PageBuilder, folder: Path) -> Iterator[tuple[str, str, Any]]:
    """Yield the path, template and value of every page, one at a time."""
    yield "index.html", "portal.html.j2", builder.portal()
    yield "force.html", "force.html.j2", builder.force()
    yield "times.html", "times.html.j2", builder.times()
    yield "equality.html", "equality.html.j2", builder.equality()
    yield "enquiry.html", "enquiry.html.j2", builder.enquiry()
    yield "exports/jsa/index.html", "jsa.html.j2", builder.jsa(folder / "exports" / "jsa")
    yield "transparency.html", "transparency.html.j2", builder.transparency()
    yield "method.html", "method.html.j2", builder.method()
    yield "backtest.html", "backtest.html.j2", builder.backtest()
    for view in builder.significance:
        yield view.page, "significance.html.j2", builder.significant(view)
    yield "data.html", "data.html.j2", builder.data()
    for code, name in builder.index.patrol_pages.items():
        yield f"areas/{name}", "area.html.j2", builder.area(code)
    for code, name in builder.index.unit_pages.items():
        yield f"units/{name}", "unit.html.j2", builder.unit(code)
    for code, name in builder.index.small_pages.items():
        yield f"small/{name}", "small.html.j2", builder.small(code)
    for zones in builder.zone_sets:
        for zone in zones.zones:
            yield f"cards/{zone.card_page}", "card.html.j2", builder.card(zone)


def _write_pages(folder: Path, builder: PageBuilder, progress: Progress) -> list[str]:
    for name in ("areas", "units", "small", "cards"):
        (folder / name).mkdir()
    total = builder.n_pages
    pages = []
    for path, template, page in _all_pages(builder, folder):
        (folder / path).write_text(render(template, page), encoding="utf-8")
        pages.append(path)
        progress("pages", len(pages), total)
    return pages


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
