"""The files that every page loads: Leaflet from its own wheel and the site's style and script, all local."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from markupsafe import Markup

from domain.errors import PublicationError

__all__ = ["copy_assets", "page_style"]

_OWN = ("redzones.css", "redzones.js")
_LEAFLET = ("leaflet.js", "leaflet.css")
_LEAFLET_IMAGES = ("layers.png", "layers-2x.png", "marker-icon.png", "marker-icon-2x.png", "marker-shadow.png")
_SOURCE_MAP = "//# sourceMappingURL="


def copy_assets(folder: Path) -> None:
    """
    Copy everything that the pages load into a folder.

    Parameters
    ----------
    folder
        The `assets` folder; made if absent.

    Raises
    ------
    PublicationError
        If the wheel that brings Leaflet lacks a file.
    """
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for name in _OWN:
        (folder / name).write_bytes(files("maps").joinpath("assets", name).read_bytes())
    leaflet = files("xstatic.pkg.leaflet").joinpath("data")
    try:
        for name in _LEAFLET:
            text = leaflet.joinpath(name).read_text(encoding="utf-8")
            # A source map would be looked for by the developer tools of a browser; it is not part of the site.
            lines = [line for line in text.splitlines() if not line.startswith(_SOURCE_MAP)]
            (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        for name in _LEAFLET_IMAGES:
            (folder / "images" / name).write_bytes(leaflet.joinpath("images", name).read_bytes())
    except FileNotFoundError as error:
        raise PublicationError(
            f"Leaflet is incomplete: {error.filename} is missing", hint="Install xstatic-leaflet again (make setup)."
        ) from error


def page_style() -> Markup:
    """Return the site's own style, for a page that stands alone."""
    return Markup(files("maps").joinpath("assets", "redzones.css").read_text(encoding="utf-8"))  # noqa: S704 - our file
