"""
Publishing: build the site beside the old one, then replace one pointer.

`runs/<fingerprint>/` is written once and never changed, but for its `publication.js`, the one file with a clock. The
pointer is the link `current`, or the redirect file `index.html` where links are not supported. Killed at any moment,
the old publication stays; the database's own record is written before the switch as pending, and reconciled from the
pointer at the next start.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import db.runs
from domain.errors import PublicationError
from domain.progress import Progress, no_progress
from maps.site import build_site
from redzones.content import site_content

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from redzones.settings import Settings, SiteSettings

__all__ = ["Pointer", "publish_run", "rollback"]

_REDIRECT = """<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><title>Redzones</title>
<meta http-equiv="refresh" content="0; url={target}"></head>
<body><p><a href="{target}">Open the current Redzones pages</a></p></body></html>
"""


@dataclass(frozen=True, slots=True)
class Pointer:
    """
    The one switch of a site folder.

    Parameters
    ----------
    folder
        The site folder, which holds `runs/`.
    mode
        `link` (a symbolic link `current`) or `pointer` (a redirect file `index.html`).
    """

    folder: Path
    mode: str

    @property
    def front(self) -> Path:
        """What a person opens."""
        return self.folder / "current" / "index.html" if self.mode == "link" else self.folder / "index.html"

    def current(self) -> str | None:
        """Return the fingerprint of the run that is live, or None."""
        if self.mode == "link":
            link = self.folder / "current"
            return link.readlink().name if link.is_symlink() else None
        page = self.folder / "index.html"
        if not page.is_file():
            return None
        _, _, rest = page.read_text(encoding="utf-8").partition("url=runs/")
        return rest.partition("/")[0] or None

    def switch(self, fingerprint: str) -> None:
        """
        Make a run live by one `os.replace`.

        Raises
        ------
        PublicationError
            If the folder refuses, for example a file share without links.
        """
        fresh = self.folder / f".switch-{os.getpid()}"
        fresh.unlink(missing_ok=True)
        try:
            if self.mode == "link":
                fresh.symlink_to(Path("runs") / fingerprint, target_is_directory=True)
                os.replace(fresh, self.folder / "current")  # noqa: PTH105 - replaces a link, not what it points to
                self._write_front()
            else:
                fresh.write_text(_REDIRECT.format(target=f"runs/{fingerprint}/index.html"), encoding="utf-8")
                os.replace(fresh, self.folder / "index.html")  # noqa: PTH105
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise PublicationError(
                f"the site folder {self.folder} cannot be switched: {error.strerror}",
                hint='If it does not support links, set site.mode = "pointer".',
            ) from error

    def _write_front(self) -> None:
        front = self.folder / "index.html"
        text = _REDIRECT.format(target="current/index.html")
        if not front.is_file() or front.read_text(encoding="utf-8") != text:
            front.write_text(text, encoding="utf-8")


def publish_run(
    engine: Engine, settings: Settings, run_id: int, *, progress: Progress = no_progress
) -> tuple[Path, bool]:
    """
    Build the site of a finished run and make it live.

    Parameters
    ----------
    engine
        Engine of an upgraded database.
    settings
        The force's settings.
    run_id
        A finished run.
    progress
        Hears how far it is.

    Returns
    -------
    tuple
        The page to open, and whether that run was live already.

    Raises
    ------
    PublicationError
        If the folder cannot be written.
    """
    pointer = Pointer(settings.site.folder.absolute(), settings.site.mode)
    _reconcile(engine, pointer)
    with engine.connect() as connection:
        fingerprint = db.runs.run_by_id(connection, run_id).fingerprint
    target = pointer.folder / "runs" / fingerprint
    if pointer.current() == fingerprint and (target / "report.json").is_file():
        return pointer.front, True
    if not (target / "report.json").is_file():
        _build(engine, settings, run_id, target, progress)
    with engine.begin() as connection:
        db.runs.set_pending_publication(connection, run_id=run_id, edition="force", folder=fingerprint)
    _make_live(engine, pointer, fingerprint, settings.site)
    return pointer.front, False


def rollback(engine: Engine, settings: Settings) -> tuple[Path, str]:
    """
    Put the publication before the current one live again.

    Returns
    -------
    tuple
        The page to open, and the fingerprint of the run that is now live.

    Raises
    ------
    PublicationError
        If there is no earlier publication whose folder is still there.
    """
    pointer = Pointer(settings.site.folder.absolute(), settings.site.mode)
    _reconcile(engine, pointer)
    with engine.connect() as connection:
        earlier = db.runs.earlier_publications(connection, edition="force", live=pointer.current())
    for run_id, fingerprint in earlier:
        if (pointer.folder / "runs" / fingerprint / "report.json").is_file():
            with engine.begin() as connection:
                db.runs.set_pending_publication(connection, run_id=run_id, edition="force", folder=fingerprint)
            _make_live(engine, pointer, fingerprint, settings.site)
            return pointer.front, fingerprint
    raise PublicationError("there is no earlier publication to go back to", hint="redzones runs lists every run.")


def _reconcile(engine: Engine, pointer: Pointer) -> None:
    """Let the record follow the pointer: the switch itself is the publishing."""
    live = pointer.current()
    with engine.begin() as connection:
        db.runs.reconcile_publication(connection, edition="force", folder_now_live=live)


def _build(engine: Engine, settings: Settings, run_id: int, target: Path, progress: Progress) -> None:
    """Write the whole site into a scratch folder beside its place, then move it there in one step."""
    scratch = target.with_name(f".building-{target.name}")
    try:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        with engine.connect() as connection:
            content = site_content(connection, settings, run_id)
        build_site(scratch, content, n_processes=settings.n_processors, progress=progress)
        shutil.rmtree(target, ignore_errors=True)
        scratch.replace(target)
    except OSError as error:
        raise PublicationError(
            f"the site cannot be written under {target.parent}: {error.strerror or error}",
            hint="Check that the folder exists, may be written and has room.",
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _make_live(engine: Engine, pointer: Pointer, fingerprint: str, site: SiteSettings) -> None:
    pointer.switch(fingerprint)
    with engine.begin() as connection:
        db.runs.confirm_publication(connection, edition="force", folder=fingerprint)
    _tell_every_run(pointer.folder / "runs", fingerprint)
    _prune(pointer.folder / "runs", fingerprint, keep=site.keep_runs)


def _tell_every_run(runs: Path, live: str) -> None:
    """Write `publication.js` into every run's folder, so that an old page says that a newer one exists."""
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    for folder in sorted(p for p in runs.iterdir() if p.is_dir() and not p.name.startswith(".")):
        note = folder / "publication.js"
        published = now if folder.name == live else _published(note)
        value = json.dumps({"published": published, "current": live}, sort_keys=True)
        fresh = folder / ".publication.js"
        fresh.write_text(f"window.redzonesPublication = {value};\n", encoding="utf-8")
        fresh.replace(note)


def _published(note: Path) -> str | None:
    try:
        text = note.read_text(encoding="utf-8")
        return str(json.loads(text[text.index("{") : text.rindex("}") + 1]).get("published"))
    except (OSError, ValueError):
        return None


def _prune(runs: Path, live: str, *, keep: int) -> None:
    """Remove the oldest run folders beyond the number to keep; the live one always stays."""
    folders = sorted(
        (p for p in runs.iterdir() if p.is_dir() and not p.name.startswith(".") and p.name != live),
        key=lambda p: (p.stat().st_mtime, p.name),
        reverse=True,
    )
    for folder in folders[max(keep - 1, 0) :]:
        shutil.rmtree(folder, ignore_errors=True)
